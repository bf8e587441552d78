"""COCO instances: images, categories and annotations by one labeler in one object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import polars as pl

from labelqa.formats.json_stream import Batch, read_members
from labelqa.formats.readers.coco.annotations import Annotations, id_texts
from labelqa.formats.readers.coco.catalog import Catalog
from labelqa.formats.readers.coco.marks import Marks
from labelqa.formats.readers.coco.schema import Annotation, Id
from labelqa.project import Builder

PROJECT = "default"

_IMAGES = {
    "image": pl.String(),
    "name": pl.String(),
    "width": pl.Int64(),
    "height": pl.Int64(),
    "record": pl.Int64(),
}
_CATEGORIES = {
    "category": pl.String(),
    "class": pl.String(),
    "points": pl.List(pl.String()),
    "record": pl.Int64(),
}

NO_SIZES = {"width": pl.lit(None, pl.Int64), "height": pl.lit(None, pl.Int64)}
NO_POINTS = pl.lit(None, pl.List(pl.String))


class _Image(msgspec.Struct, gc=False):
    id: Id
    file_name: str | None = None
    width: float | None = None
    height: float | None = None


class _Category(msgspec.Struct, gc=False):
    id: Id
    name: str | None = None
    keypoints: Any = None


@dataclass
class Instances:
    """An instances file: images, categories and annotations."""

    annotations: Annotations
    images: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_IMAGES))
    categories: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_CATEGORIES))

    def collect(self) -> None:
        """Read the file into columns."""
        images, categories = [self.images], [self.categories]
        types = {"images": _Image, "categories": _Category, "annotations": Annotation}
        for batch in read_members(self.annotations.file, types, self.annotations.held):
            if batch.key == "images":
                images.append(_image_rows(batch))
            elif batch.key == "categories":
                categories.append(_category_rows(batch))
            else:
                self.annotations.add(batch)
        self.images, self.categories = pl.concat(images), pl.concat(categories)

    def add(self, labeler: str, role: str, marks: Marks, builder: Builder) -> Catalog:
        """Add a label by this labeler for every image that the file lists; give what its ids mean."""
        rows = self.annotations.rows()
        assets = _assets(self.images, builder) if self.images.height else _assets_of(rows, builder)
        classes = _classes(self.categories, builder) if self.categories.height else _classes_of(rows, builder)
        builder.labeler(labeler, is_model=bool(rows["score"].is_not_null().any()))
        columns = ["asset_id", "name", "width", "height", "record"]
        builder.assets_frame(assets.select(*columns, project_id=pl.lit(PROJECT)))
        seen = marks.add(add_labels(assets, labeler, role, builder), classes)
        usual = seen["kind"].item(0) if seen.height else "bbox"
        for cls in classes["class"].unique().sort():
            for kind in seen.filter(pl.col("class") == cls)["kind"].to_list() or [usual]:
                builder.concept(PROJECT, kind, cls)
        return Catalog(self.annotations.file.name, assets.select("image", "asset_id", "width", "height"), classes)


def add_labels(images: pl.DataFrame, labeler: str, role: str, builder: Builder) -> pl.DataFrame:
    """Add a label by this labeler for each image (columns `asset_id`, `record`); add its number as column `label`."""
    first = builder.labels_frame(
        images.select(
            "asset_id",
            "record",
            project_id=pl.lit(PROJECT),
            label_id=pl.format("{}/{}", pl.lit(labeler), "asset_id"),
            labeler=pl.lit(labeler),
            role=pl.lit(role),
            status=pl.lit("submitted"),
        )
    )
    return images.with_row_index("label", offset=first)


def _classes_of(rows: pl.DataFrame, builder: Builder) -> pl.DataFrame:
    """Take the category ids of annotations as classes, where nothing tells their names."""
    ids = rows.select("category").drop_nulls().unique().sort("category")
    if ids.height:
        expected = "names for the categories, in 'categories'; their ids are taken as classes"
        builder.problem("warning", expected, field="category_id", n=rows.height)
    return ids.with_columns(pl.col("category").alias("class"), points=NO_POINTS)


def _assets_of(rows: pl.DataFrame, builder: Builder) -> pl.DataFrame:
    """Take the images that annotations name, where nothing lists them."""
    ids = rows.select("image", asset_id="image").unique().sort("image")
    if ids.height:
        expected = "a list 'images'; the image ids are taken as asset ids, and images without annotations are unknown"
        builder.problem("warning", expected, field="images", n=ids.height)
    return ids.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in _IMAGES.items() if name != "image")


def _assets(images: pl.DataFrame, builder: Builder) -> pl.DataFrame:
    """One row an image: its file name is the asset's id if no other image of the file has it, else the image's id."""
    values = ("name", "width", "height", "record")
    one = images.group_by("image").agg(*(pl.col(name).min() for name in values), n=pl.len()).sort("image")
    repeated = one.filter(pl.col("n") > 1).select("record", found="image")
    _note(repeated, "images[...].id", "an id that occurs once; its entries are taken as one image", builder)
    is_shared = pl.col("name").is_not_null() & pl.col("name").is_duplicated()
    shared = one.filter(is_shared).select("record", found="name")
    expected = "a name that occurs once; the image's id is taken as the asset's id"
    _note(shared, "images[...].file_name", expected, builder)
    return one.with_columns(asset_id=pl.when(is_shared | pl.col("name").is_null()).then("image").otherwise("name"))


def _classes(categories: pl.DataFrame, builder: Builder) -> pl.DataFrame:
    """One row a category id: its name, or the id if it has none."""
    name, record = pl.col("class"), pl.col("record")
    one = categories.group_by("category").agg(
        name.min(), record.min(), n=name.n_unique(), points=pl.col("points").sort(nulls_last=True).first()
    )
    one = one.sort("category")
    torn = one.filter(pl.col("n") > 1).select("record", found="category")
    expected = "one name for each id; the first in the order of the alphabet is taken"
    _note(torn, "categories[...].id", expected, builder)
    return one.select("category", pl.coalesce("class", "category"), "points")


def _note(rows: pl.DataFrame, field: str, expected: str, builder: Builder) -> None:
    builder.problems.add_rows("warning", rows.with_columns(source=pl.lit(builder.file)), expected, field=field)


def _image_rows(batch: Batch[_Image]) -> pl.DataFrame:
    sizes = {
        side: pl.Series([getattr(image, side) for image in batch.records], dtype=pl.Float64).round().clip(-1e18, 1e18)
        for side in ("width", "height")
    }
    return pl.DataFrame(
        {
            "image": id_texts([image.id for image in batch.records]),
            "name": pl.Series([image.file_name or None for image in batch.records], dtype=pl.String),
            **{side: values.cast(pl.Int64) for side, values in sizes.items()},
            "record": pl.Series(batch.numbers, dtype=pl.Int64),
        }
    )


def _category_rows(batch: Batch[_Category]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "category": id_texts([category.id for category in batch.records]),
            "class": pl.Series([category.name or None for category in batch.records], dtype=pl.String),
            "points": pl.Series([_names(category.keypoints) for category in batch.records], dtype=pl.List(pl.String)),
            "record": pl.Series(batch.numbers, dtype=pl.Int64),
        }
    )


def _names(given: object) -> list[str] | None:
    """Take the names of keypoints, if they are texts."""
    is_named = isinstance(given, list) and bool(given) and all(isinstance(name, str) for name in given)
    return given if is_named else None  # type: ignore[return-value]
