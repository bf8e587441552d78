"""Annotations of COCO files: decoded records into columns, columns into the boxes of labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.formats.boxes import from_sizes
from labelqa.formats.json_stream import Batch
from labelqa.formats.unread import Unread
from labelqa.project import Builder
from labelqa.project.validate import MAX_COORDINATE

Id = int | float | str
"""Ids are numbers by the book; some writers make them texts, or floats."""

_SIDES = ("x", "y", "w", "h")
_COLUMNS = {
    "image": pl.String(),
    "category": pl.String(),
    "annotation_id": pl.String(),
    **dict.fromkeys(_SIDES, pl.Float64()),
    "score": pl.Float64(),
    "is_crowd": pl.Boolean(),
    "record": pl.Int64(),
}
_NOTHING = (b"null", b"[]", b"{}")
_OTHER_SHAPES = ("segmentation", "keypoints", "attributes")


class Annotation(msgspec.Struct, gc=False):
    """An annotation of an instances file, or a result."""

    image_id: Id
    category_id: Id | None = None
    id: Id | None = None
    bbox: list[float] | None = None
    iscrowd: bool | int | float | None = None
    score: float | None = None
    segmentation: msgspec.Raw = msgspec.Raw()
    keypoints: msgspec.Raw = msgspec.Raw()
    attributes: msgspec.Raw = msgspec.Raw()


class Annotations:
    """Collects the annotations of one file as columns, and counts what is not read.

    Parameters
    ----------
    member : str
        Where they stand in the file, as problems name it: "annotations[...]." or nothing.
    builder : Builder
        Takes the problems.
    """

    def __init__(self, member: str, builder: Builder) -> None:
        self._member, self._builder = member, builder
        self._frames = [pl.DataFrame(schema=_COLUMNS)]
        self._unread = Unread("bbox")

    def add(self, batch: Batch[Annotation]) -> None:
        """Add a run of records."""
        records = batch.records
        n_sides, sides = _sides([record.bbox or () for record in records])
        rows = pl.DataFrame(
            {
                "image": id_texts([record.image_id for record in records]),
                "category": id_texts([record.category_id for record in records]),
                "annotation_id": id_texts([record.id for record in records]),
                **{side: pl.Series(sides[:, place]).fill_nan(None) for place, side in enumerate(_SIDES)},
                "score": pl.Series([record.score for record in records], dtype=pl.Float64),
                "is_crowd": [bool(record.iscrowd) for record in records],
                "record": pl.Series(batch.numbers, dtype=pl.Int64),
            }
        )
        is_torn = (n_sides != 0) & (n_sides != 4)
        found = [str(records[row].bbox) for row in np.flatnonzero(is_torn)]
        torn = rows.filter(is_torn).select("record", found=pl.Series(found, dtype=pl.String))
        self._note(torn, "bbox", "four numbers; the annotation is left out", "error")
        self._builder.records(0, torn.height)
        self._frames.append(rows)
        self._count("annotation without bbox", n_sides == 0, batch)
        for shape in _OTHER_SHAPES:
            raws = map(attrgetter(shape), records)
            self._count(shape, np.fromiter(map(_is_something, raws), np.bool_, len(records)), batch)

    def rows(self) -> pl.DataFrame:
        """Give what was collected, and note what was not read."""
        self._unread.note(self._builder)
        return pl.concat(self._frames)

    def boxes(self, rows: pl.DataFrame, labels: pl.DataFrame, categories: pl.DataFrame) -> pl.DataFrame:
        """Make annotations of rows as `Builder.annotations_frame` takes them; those that refer to nothing are noted.

        Labels of which something is left out are marked as incomplete, so that nobody takes them for empty.

        Parameters
        ----------
        rows : polars.DataFrame
            As `rows` gives them.
        labels : polars.DataFrame
            `image` (an id) and `label` (a number), one row an image.
        categories : polars.DataFrame
            `category` (an id) and `class` (a name), one row a category.
        """
        rows = rows.join(labels.select("image", "label"), on="image", how="left", maintain_order="left")
        rows = rows.join(categories.select("category", "class"), on="category", how="left", maintain_order="left")
        nowhere, has_box = pl.col("label").is_null(), pl.col("x").is_not_null()
        nameless, far = pl.col("class").is_null(), pl.max_horizontal(pl.col(_SIDES).abs()) > MAX_COORDINATE
        image, category = pl.col("image"), pl.col("category")
        box = pl.concat_list(_SIDES).cast(pl.List(pl.String)).list.join(", ")
        faults = (
            (nowhere, "image_id", image, "the id of an image of the instances file"),
            (~nowhere & has_box & nameless, "category_id", category, "the id of a category of the instances file"),
            (~nowhere & has_box & ~nameless & far, "bbox", box, f"numbers within {MAX_COORDINATE:.0f} pixels"),
        )
        for fault, field, found, expected in faults:
            bad = rows.filter(fault).select("record", found=found)
            self._note(bad, field, f"{expected}; the annotation is left out", "error")
            self._builder.records(0, bad.height)
        is_good = (has_box & ~nowhere & ~nameless & ~far).fill_null(False)
        good, lost = rows.filter(is_good), rows.filter(~is_good & ~nowhere)
        self._builder.unread(lost["label"], np.ones(lost.height, np.int64))
        drawn_back = good.filter((pl.col("w") < 0) | (pl.col("h") < 0)).select("record", found=box)
        expected = "a width and height of 0 or more; read as drawn from the other corner"
        self._note(drawn_back, "bbox", expected, "warning")
        return good.select(
            "label",
            "annotation_id",
            "class",
            "score",
            "is_crowd",
            kind=pl.lit("bbox"),
            geometry=from_sizes(*(pl.col(side) for side in _SIDES)),
        )

    def _count(self, kind: str, where: NDArray[np.bool_], batch: Batch[Annotation]) -> None:
        if where.any():
            self._unread.add(kind, batch.numbers[int(where.argmax())], n=int(where.sum()))

    def _note(self, rows: pl.DataFrame, field: str, expected: str, severity: str) -> None:
        rows = rows.with_columns(source=pl.lit(self._builder.file))
        self._builder.problems.add_rows(severity, rows, expected, field=f"{self._member}{field}")


def _sides(boxes: Sequence[Sequence[float]]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Lay boxes out as an array: how many numbers each has, and [n, 4], nan where they are not four."""
    n_sides = np.fromiter(map(len, boxes), np.intp, len(boxes))
    flat = np.fromiter(chain.from_iterable(boxes), np.float64, int(n_sides.sum()))
    first = np.cumsum(n_sides) - n_sides
    sides = np.full((len(boxes), 4), np.nan)
    is_whole = n_sides == 4
    sides[is_whole] = flat[first[is_whole, None] + np.arange(4)]
    return n_sides, sides


def id_texts(ids: Sequence[Id | None]) -> pl.Series:
    """Give ids as texts: 7, 7.0 and "7" are one id.

    Examples
    --------
    >>> id_texts([7, 7.0, "7", None, "a"]).to_list()
    ['7', '7', '7', None, 'a']
    """
    try:
        return pl.Series(ids, dtype=pl.Int64).cast(pl.String)
    except (TypeError, OverflowError):
        return pl.Series([_id_text(id) for id in ids], dtype=pl.String)


def _id_text(id: Id | None) -> str | None:
    if isinstance(id, float) and id.is_integer():
        return str(int(id))
    return None if id is None else str(id)


def _is_something(raw: msgspec.Raw) -> bool:
    # A segmentation may be long, and is looked at only if it is short enough to be an empty one.
    return len(raw) > 4 or (len(raw) > 0 and bytes(raw) not in _NOTHING)
