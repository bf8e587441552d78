"""Keypoints: x, y and visibility of every point, named by the category."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl

from labelqa.formats.readers.coco.notes import Notes, start
from labelqa.formats.readers.coco.segments import lists

_DECODER = msgspec.json.Decoder(list[float])


def read_points(rows: pl.DataFrame, is_result: bool, notes: Notes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read keypoints.

    Parameters
    ----------
    rows : polars.DataFrame
        `row`, `record`, `keypoints` (JSON) and `points` (the category's names of them, or null).
    is_result : bool
        Whether they are by a model: these do not tell visibility, and COCO does not look at it, so that every point
        that has a place is visible.
    notes : Notes

    Returns
    -------
    found, bad : polars.DataFrame
        `row`, `kind` and the value; rows that cannot be read.
    """
    points: list[list[float]] = []
    is_good = np.zeros(rows.height, bool)
    for k, raw in enumerate(rows["keypoints"]):
        try:
            found = _DECODER.decode(raw)
        except (ValueError, RecursionError):
            continue
        is_good[k] = len(found) > 0 and len(found) % 3 == 0
        is_good[k] &= is_result or all(seen in (0.0, 1.0, 2.0) for seen in found[2::3])
        if is_good[k]:
            points.append(found)
    bad = rows.filter(~is_good)
    expected = "x, y and visibility (0, 1 or 2) of every point; they are left out"
    notes.add(bad, "keypoints", start("keypoints"), expected, "error")
    size = np.array([len(one) // 3 for one in points], dtype=np.int64)
    flat = np.array([number for one in points for number in one], dtype=np.float64).reshape(-1, 3)
    seen = flat[:, 2]
    if is_result:
        seen = np.where((seen > 0) | (flat[:, :2] != 0).any(axis=1), 2.0, 0.0)
    read = rows.filter(is_good).select(
        "row",
        "points",
        kind=pl.lit("keypoints"),
        geometry=lists(np.where(seen[:, None] > 0, flat[:, :2], 0.0).ravel(), 2 * size, pl.Float64()),
        parts=lists(seen.astype(np.uint32), size, pl.UInt32()),
    )
    named = pl.col("points").list.len() == pl.col("parts").list.len()
    read = read.with_columns(answer=pl.when(named).then("points")).drop("points")
    return read.filter(pl.col("parts").list.sum() > 0), bad
