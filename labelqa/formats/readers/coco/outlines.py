"""Outlines of annotations: polygons and masks of segmentations, and masks from pictures beside the file."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from labelqa.formats.files import File
from labelqa.formats.readers.coco import panoptic
from labelqa.formats.readers.coco.notes import Notes, start
from labelqa.formats.readers.coco.segments import decode

_VALUE = {"row": pl.Int64(), "kind": pl.String(), "geometry": pl.List(pl.Float64), "parts": pl.List(pl.UInt32)}


def read_outlines(rows: pl.DataFrame, as_they_are: bool, notes: Notes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read segmentations.

    Parameters
    ----------
    rows : polars.DataFrame
        `row`, `record`, `segmentation` (JSON), `x` (null if there is no box to read instead), `width` and `height` of
        the image.
    as_they_are : bool
        Keep parts that overlap.
    notes : Notes

    Returns
    -------
    found, bad : polars.DataFrame
        `row`, `kind` and the value; rows that cannot be read.
    """
    frames = [pl.DataFrame(schema=_VALUE)]
    faults: list[tuple[int, str]] = []
    for decoded in decode(rows["segmentation"].to_list(), as_they_are=as_they_are):
        faults += decoded.faults
        for places, expected in (
            (decoded.short, "three corners or more in every part; parts with fewer are left out"),
            (decoded.joined, "parts that do not overlap; they are joined, since COCO means what is in any of them"),
        ):
            notes.add(rows[places], "segmentation", start("segmentation"), expected, "warning")
        _note_sizes(rows[decoded.masks["place"]], decoded.masks, notes)
        for kind, frame in (("polygon", decoded.polygons), ("mask", decoded.masks)):
            values = frame.select("geometry", "parts", row=rows["row"].gather(frame["place"]), kind=pl.lit(kind))
            frames.append(values.select(*_VALUE))
    bad = rows[[place for place, _ in faults]].with_columns(
        fault=pl.Series([why for _, why in faults], dtype=pl.String)
    )
    for has_box, then in ((True, "its box is read instead"), (False, "the annotation is left out")):
        for (fault,), some in bad.filter(pl.col("x").is_not_null() == has_box).group_by("fault", maintain_order=True):
            notes.add(some, "segmentation", start("segmentation"), f"{fault}; {then}", "error")
    return pl.concat(frames), bad.drop("fault")


def _note_sizes(rows: pl.DataFrame, masks: pl.DataFrame, notes: Notes) -> None:
    """Note masks of another size than their image."""
    both = rows.select("record", "width", "height").with_columns(tall=masks["height"], wide=masks["width"])
    other = both.filter((pl.col("width") != pl.col("wide")) | (pl.col("height") != pl.col("tall")))
    expected = "a mask of the size of its image; laid on its top left corner"
    notes.add(other, "segmentation.size", pl.format("{} x {}", "wide", "tall"), expected, "warning")


def read_pictures(rows: pl.DataFrame, beside: Mapping[str, File], notes: Notes) -> pl.DataFrame:
    """Read the segments whose pixels are in pictures: `row`, `kind` and the value.

    Parameters
    ----------
    rows : polars.DataFrame
        `row`, `record`, `picture` (the name of the file) and `annotation_id`, which is the colour.
    beside : mapping of str to File
    notes : Notes
    """
    frames = [pl.DataFrame(schema=_VALUE)]
    for (name,), some in rows.filter(pl.col("picture").is_in(list(beside))).group_by("picture", maintain_order=True):
        colors = some["annotation_id"].cast(pl.Int64, strict=False).fill_null(-1)
        try:
            values = list(panoptic.masks(beside[str(name)], colors.to_list()))
        except ValueError as error:
            notes.add(some.head(1), "file_name", "picture", f"{error}; its segments are left out", "error")
            continue
        geometry = pl.Series([value.geometry for value in values], dtype=pl.List(pl.Float64))
        parts = pl.Series([value.parts for value in values], dtype=pl.List(pl.UInt32))
        masks = some.select("row", kind=pl.lit("mask")).with_columns(geometry=geometry, parts=parts)
        empty = some.filter(pl.Series([not value.parts for value in values], dtype=pl.Boolean))
        notes.add(empty, "segments_info", "annotation_id", "pixels of this colour in the picture", "warning")
        frames.append(masks)
    return pl.concat(frames)
