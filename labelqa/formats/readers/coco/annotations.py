"""Annotations of COCO files: decoded records into columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.formats.files import File
from labelqa.formats.json_stream import Batch
from labelqa.formats.readers.coco.held import Held
from labelqa.formats.readers.coco.panoptic import segments
from labelqa.formats.readers.coco.schema import Annotation, Id, content
from labelqa.formats.readers.coco.segments import is_rectangle

SIDES = ("x", "y", "w", "h")
_COLUMNS = {
    "image": pl.String(),
    "category": pl.String(),
    "annotation_id": pl.String(),
    **dict.fromkeys(SIDES, pl.Float64()),
    "area": pl.Float64(),
    "score": pl.Float64(),
    "is_crowd": pl.Boolean(),
    "segmentation": pl.Binary(),
    "keypoints": pl.Binary(),
    "attributes": pl.Binary(),
    "picture": pl.String(),
    "torn": pl.String(),
    "record": pl.Int64(),
}


class Annotations:
    """Collects the annotations of one file as columns.

    Parameters
    ----------
    file : File
    member : str
        Where they stand in the file, as problems name it: "annotations[...]." or nothing.
    held : Held
        Takes the problems.

    Attributes
    ----------
    shapes : set of str
        What they state: box, outline, keypoints. Outlines that are all nothing but the boxes are none.
    """

    def __init__(self, file: File, member: str, held: Held) -> None:
        self.file, self.member = file, member
        self.shapes: set[str] = set()
        self.held = held
        self._frames = [pl.DataFrame(schema=_COLUMNS)]

    def add(self, batch: Batch[Annotation]) -> None:
        """Add a run of records; a panoptic one adds its segments."""
        of_picture = np.fromiter((len(record.segments_info) > 0 for record in batch.records), bool, len(batch.records))
        numbers = np.asarray(batch.numbers, dtype=np.int64)
        if not of_picture.any():
            self._add(batch.records, numbers, False)
            return
        plain = np.flatnonzero(~of_picture).tolist()
        self._add([batch.records[k] for k in plain], numbers[plain], False)
        for k in map(int, np.flatnonzero(of_picture)):
            found = segments(batch.records[k])
            if found is None:
                expected = "segments with ids that are whole numbers; the annotation is left out"
                field = f"{self.member}segments_info"
                self.held.problem("error", expected, record=int(numbers[k]), field=field)
                self.held.records(0, 1)
                found = [
                    Annotation(image_id=batch.records[k].image_id, file_name="")
                ]  # so that its label is incomplete
            self._add(found, np.full(len(found), numbers[k]), True)

    def _add(self, records: Sequence[Annotation], numbers: NDArray[np.int64], is_panoptic: bool) -> None:
        n_sides, sides = _sides([record.bbox or () for record in records])
        raws = {name: _contents([getattr(record, name) for record in records]) for name in _RAW}
        rows = pl.DataFrame(
            {
                "image": id_texts([record.image_id for record in records]),
                "category": id_texts([record.category_id for record in records]),
                "annotation_id": id_texts([record.id for record in records]),
                **{side: pl.Series(sides[:, place]).fill_nan(None) for place, side in enumerate(SIDES)},
                "area": pl.Series([record.area for record in records], dtype=pl.Float64),
                "score": pl.Series([record.score for record in records], dtype=pl.Float64),
                "is_crowd": pl.Series([bool(record.iscrowd) for record in records], dtype=pl.Boolean),
                **raws,
                "record": pl.Series(numbers, dtype=pl.Int64),
            }
        )
        pictures = pl.Series([r.file_name for r in records], dtype=pl.String) if is_panoptic else _NO_TEXT
        rows = rows.with_columns(picture=pictures, torn=_NO_TEXT).select(*_COLUMNS)
        if rows["keypoints"].null_count() < rows.height:
            labelled = [r.num_keypoints is None or r.num_keypoints > 0 for r in records]
            none_labelled = ~pl.Series(labelled, dtype=pl.Boolean)
            rows = rows.with_columns(keypoints=pl.when(~none_labelled).then("keypoints"))
        torn = np.flatnonzero((n_sides != 0) & (n_sides != 4))
        if len(torn):
            found: list[str | None] = [None] * len(records)
            for k in map(int, torn):
                found[k] = str(records[k].bbox)
            rows = rows.with_columns(torn=pl.Series(found, dtype=pl.String))
        self._frames.append(rows)
        self._see(rows)

    def _see(self, rows: pl.DataFrame) -> None:
        """Look which shapes there are, as far as that is not known."""
        if rows["x"].is_not_null().any():
            self.shapes.add("box")
        if rows["keypoints"].is_not_null().any():
            self.shapes.add("keypoints")
        if "outline" not in self.shapes:
            outlines = rows.filter(pl.col("segmentation").is_not_null()).select("segmentation", *SIDES)
            if not all(is_rectangle(raw, box) for raw, *box in outlines.iter_rows()) or any(
                name in self.file.beside for name in rows["picture"].drop_nulls().unique()
            ):
                self.shapes.add("outline")

    def rows(self) -> pl.DataFrame:
        """Give what was collected."""
        self._frames = [pl.concat(self._frames)]
        return self._frames[0]


_RAW = ("segmentation", "keypoints", "attributes")
_NO_TEXT = pl.lit(None, pl.String)


def _contents(raws: Sequence[msgspec.Raw]) -> pl.Series:
    """Give what members hold as bytes, null for nothing."""
    if not any(map(len, raws)):
        return pl.Series([None], dtype=pl.Binary).new_from_index(0, len(raws))
    return pl.Series([content(raw) for raw in raws], dtype=pl.Binary)


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
