"""What CVAT's similarities look at beside the values of two marks: groups, layers, the frame and its size."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints

GROUP_BOX = ("group_left", "group_top", "group_right", "group_bottom")

_GROUP, _Z_ORDER = 5, 6
"""Places in `stated`."""

_CORNERS = ("bbox", "mask")
_PLANAR = ("polygon", "polyline", "point")


def columns(annotations: pl.DataFrame) -> pl.DataFrame:
    """Compute further columns for the annotations of a project.

    Parameters
    ----------
    annotations : polars.DataFrame
        The whole table in any order: label, asset (row numbers), place, annotation_id, kind, geometry, parts, answer,
        stated, parent_id, and width and height of the frame (null if unknown).

    Returns
    -------
    polars.DataFrame
        For each row, int64: `item`, the number of its frame of its label; `group`, the number of its group in there, a
        mark without one being its own; `layer`, its place in the drawing order of the frame, from the bottom, marks of
        one z-order by their ids, later ones on top. Float64: `group_left`, `group_top`, `group_right`, `group_bottom`, the
        box round all marks of the group, nan without any; `raster_width`, `raster_height`, the frame's size in
        pixels, or where it is unknown, as far as anything reaches that is drawn on the asset.
    """
    group = pl.col("stated").list.get(_GROUP, null_on_oob=True).fill_nan(None).fill_null(0.0)
    z_order = pl.col("stated").list.get(_Z_ORDER, null_on_oob=True).fill_nan(None).fill_null(0.0)
    left, top, right, bottom = extents(annotations)
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    found = annotations.select(
        "asset",
        "width",
        "height",
        item=pl.struct("label", "place").rank("dense").cast(pl.Int64) - 1,
        key=pl.when(group != 0).then(group).otherwise(-1.0 - row.cast(pl.Float64)),
        z_order=z_order,
        shown=pl.col("parent_id").is_null(),
        id=pl.col("annotation_id"),
    ).with_columns(left=pl.Series(left), top=pl.Series(top), right=pl.Series(right), bottom=pl.Series(bottom))
    # What is nested has a group of its own and no extent, so that it moves nothing.
    found = found.with_columns(pl.when("shown").then("key").otherwise(-1.0 - row.cast(pl.Float64)).alias("key"))
    drawn = {side: pl.col(side).fill_nan(None) for side in ("left", "top", "right", "bottom")}
    of_group = ("item", "key")
    order = pl.struct("item", "z_order", pl.col("id").str.len_chars().alias("id_length"), "id", row.alias("row"))
    return found.select(
        "item",
        group=pl.struct(*of_group).rank("dense").cast(pl.Int64) - 1,
        layer=order.rank("ordinal").cast(pl.Int64) - 1,
        group_left=drawn["left"].min().over(*of_group).fill_null(np.nan),
        group_top=drawn["top"].min().over(*of_group).fill_null(np.nan),
        group_right=drawn["right"].max().over(*of_group).fill_null(np.nan),
        group_bottom=drawn["bottom"].max().over(*of_group).fill_null(np.nan),
        raster_width=_side("width", drawn["right"]),
        raster_height=_side("height", drawn["bottom"]),
    )


def _side(size: str, reach: pl.Expr) -> pl.Expr:
    """Give the size of the frame, known or as far as marks reach."""
    reached = reach.max().over("asset").ceil().fill_null(1.0).clip(1.0)
    return pl.coalesce(pl.col(size).cast(pl.Float64), reached)


def extents(annotations: pl.DataFrame) -> Floats:
    """Left, top, right, bottom of a box round each mark of a frame, nan where there is none: float64 [4, N].

    A rotated box counts as if it were not rotated, and a point that is not labelled does not count, as in CVAT.
    """
    kind = annotations["kind"].cast(pl.String).to_numpy()
    n = annotations["geometry"].list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = annotations["geometry"].explode(empty_as_null=False, keep_nulls=False).cast(pl.Float64).to_numpy()
    first = np.cumsum(n) - n
    found = np.full((4, len(kind)), np.nan)
    whole = np.flatnonzero(np.isin(kind, _CORNERS) & (n == 4))
    found[:, whole] = flat[first[whole, None] + np.arange(4)].T
    turned = np.flatnonzero((kind == "rotated_bbox") & (n == 5))
    x, y, width, height = flat[first[turned, None] + np.arange(4)].T
    found[:, turned] = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    planar = np.flatnonzero(np.isin(kind, _PLANAR) & (n >= 2) & (n % 2 == 0))
    skeletons = np.flatnonzero((kind == "keypoints") & (n >= 2) & (n % 2 == 0))
    for rows in (planar, skeletons):
        if len(rows):
            found[:, rows] = _round_points(flat, first[rows], n[rows] // 2, _seen(annotations, rows))
    return found


def _seen(annotations: pl.DataFrame, rows: Ints) -> Floats:
    """Give 0 for each point of the rows that counts and nan for others: keypoints have their visibility in `parts`."""
    chosen = annotations[rows]
    if chosen["kind"][0] != "keypoints":
        return np.zeros(int(chosen["geometry"].list.len().sum()) // 2)
    visibility = chosen["parts"].explode(empty_as_null=False, keep_nulls=False).to_numpy()
    return np.where(visibility > 0, 0.0, np.nan)


def _round_points(flat: Floats, first: Ints, n_points: Ints, seen: Floats) -> Floats:
    """Boxes round the points of rows: float64 [4, R]."""
    owner = np.repeat(np.arange(len(first)), n_points)
    start = np.cumsum(n_points) - n_points
    at = first[owner] + 2 * (np.arange(len(owner)) - start[owner])
    x, y = flat[at] + seen, flat[at + 1] + seen
    return np.stack(
        [
            np.fmin.reduceat(x, start),
            np.fmin.reduceat(y, start),
            np.fmax.reduceat(x, start),
            np.fmax.reduceat(y, start),
        ]
    )
