"""COCO results: a list of detections, by a model, on the images of the instances files read with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from labelqa.formats.json_stream import read_records
from labelqa.formats.readers.coco.annotations import Annotations
from labelqa.formats.readers.coco.catalog import Catalog, catalog_for
from labelqa.formats.readers.coco.instances import NO_POINTS, NO_SIZES, PROJECT, add_labels
from labelqa.formats.readers.coco.marks import Marks
from labelqa.formats.readers.coco.schema import Annotation
from labelqa.project import Builder


@dataclass(frozen=True)
class Results:
    """A list of results."""

    annotations: Annotations

    def collect(self) -> None:
        """Read the file into columns."""
        for batch in read_records(self.annotations.file, Annotation, self.annotations.held):
            self.annotations.add(batch)

    def add(self, labeler: str, role: str, catalogs: Sequence[Catalog], marks: Marks, builder: Builder) -> None:
        """Add a label by this model for every image of the instances files that the results refer to.

        Without any instances file, an image is known by its results alone, and ids stand for names.
        """
        rows = self.annotations.rows()
        builder.labeler(labeler, is_model=True)
        catalog = catalog_for(rows, catalogs, builder) if catalogs else _catalog_of(rows, builder)
        labels = add_labels(catalog.images.with_columns(record=pl.lit(None, pl.Int64)), labeler, role, builder)
        marks.add(labels, catalog.categories)


def _catalog_of(rows: pl.DataFrame, builder: Builder) -> Catalog:
    """Take the ids in results as asset ids and classes, and add the assets."""
    builder.problem(
        "warning",
        "the instances file that the results belong to; ids are taken as asset ids and classes, and images without "
        "results are unknown",
        remedy="Read both together.",
    )
    images = rows.select("image", asset_id="image", **NO_SIZES).unique().sort("image")
    builder.assets_frame(images.select("asset_id", project_id=pl.lit(PROJECT)))
    categories = rows.select("category", pl.col("category").alias("class"), points=NO_POINTS).unique()
    return Catalog(builder.file, images, categories)
