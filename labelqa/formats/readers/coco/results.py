"""COCO results: a list of detections, by a model, on the images of the instances files read with it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from labelqa.formats.files import File
from labelqa.formats.json_stream import read_records
from labelqa.formats.readers.coco.annotations import Annotation, Annotations
from labelqa.formats.readers.coco.catalog import Catalog, catalog_for
from labelqa.formats.readers.coco.instances import PROJECT, add_labels
from labelqa.project import Builder


def read_results(file: File, labeler: str, catalogs: Sequence[Catalog], builder: Builder) -> None:
    """Read a list of results: a label by this model for every image of the instances files that they refer to.

    Without any instances file, an image is known by its results alone, and ids stand for names.
    """
    results = Annotations("", builder)
    for batch in read_records(file, Annotation, builder):
        results.add(batch)
    rows = results.rows()
    builder.labeler(labeler, is_model=True)
    catalog = catalog_for(rows, catalogs, builder) if catalogs else _catalog_of(rows, builder)
    labels = add_labels(catalog.images.with_columns(record=pl.lit(None, pl.Int64)), labeler, builder)
    builder.annotations_frame(results.boxes(rows, labels, catalog.categories))


def _catalog_of(rows: pl.DataFrame, builder: Builder) -> Catalog:
    """Take the ids in results as asset ids and classes, and add the assets."""
    builder.problem(
        "warning",
        "the instances file that the results belong to; ids are taken as asset ids and classes, and images without "
        "results are unknown",
        remedy="Read both together.",
    )
    images = rows.select("image", asset_id="image").unique().sort("image")
    builder.assets_frame(images.select("asset_id", project_id=pl.lit(PROJECT)))
    return Catalog(builder.file, images, rows.select("category", pl.col("category").alias("class")).unique())
