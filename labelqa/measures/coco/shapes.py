"""What annotations mark: boxes, or masks, with the areas by which COCO sorts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from labelqa.kinds import bbox, mask, polygon, region
from labelqa.kinds.apart import lie_apart
from labelqa.kinds.kind import Floats, Ints
from labelqa.kinds.mask import EDGE, Masks
from labelqa.kinds.rings import Rings
from labelqa.measures.coco.layout import Bools
from labelqa.measures.coco.pixels import drawn
from labelqa.project import schema

AREAS = ("bbox", "mask", "polygon", "rotated_bbox")
"""Kinds that mark an area."""

_SIDES = ("left", "top", "right", "bottom")


def stated(annotations: pl.DataFrame) -> tuple[Floats, Floats]:
    """Give what is stated beside the values: area [N], and sides of the box (4, N); nan where it is not."""
    column = annotations["stated"]
    if column.null_count() == len(column):
        return np.full(len(column), np.nan), np.full((4, len(column)), np.nan)
    slots = [
        column.list.get(schema.STATED.index(name), null_on_oob=True).fill_null(float("nan")).to_numpy()
        for name in ("area", *_SIDES)
    ]
    return slots[0], np.stack(slots[1:])


def boxes(annotations: pl.DataFrame) -> tuple[Floats, Bools]:
    """Give the box of every annotation: the stated one, else its own, else that round its outline.

    Returns
    -------
    boxes : float64 array (4, N)
    left_out : bool array [N]
        Where there is none.
    """
    found = stated(annotations)[1]
    missing: Bools = np.asarray(np.isnan(found).any(axis=0))
    if not missing.any():
        return found, missing
    kinds = annotations["kind"].cast(pl.String)
    for name in AREAS:
        rows = np.flatnonzero((kinds == name).to_numpy() & missing)
        if len(rows):
            found[:, rows] = _bounds(name, annotations if len(rows) == len(kinds) else annotations[rows])
            missing[rows] = False
    return found, missing


def _bounds(name: str, annotations: pl.DataFrame) -> Floats:
    if name == "bbox":
        return bbox.KIND.values(annotations)
    if name == "mask":
        return mask.KIND.values(annotations).box.astype(np.float64)
    return _round(_rings(name, annotations))


def _round(rings: Rings) -> Floats:
    """Give the box round the corners of each row; 0, 0, 0, 0 where there are none."""
    found, first = np.zeros((4, len(rings.count))), rings.first
    some = np.flatnonzero(np.diff(first) > 0)
    if len(some):
        found[:2, some] = np.minimum.reduceat(rings.xy, first[some]).T
        found[2:, some] = np.maximum.reduceat(rings.xy, first[some]).T
    return found


def _rings(name: str, annotations: pl.DataFrame) -> Rings:
    """Give the corners of boxes, rotated boxes or polygons."""
    if name == "polygon":
        return polygon.rings_of(annotations)
    n = annotations.height
    if name == "bbox":
        left, top, right, bottom = bbox.KIND.values(annotations)
        xy = np.stack([left, top, left, bottom, right, bottom, right, top], axis=1)
    else:
        x, y, width, height, degrees = annotations["geometry"].explode().to_numpy().reshape(-1, 5).T
        cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        corners = []
        for to_right, down in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
            corners.append(x + to_right * width * cos - down * height * sin)
            corners.append(y + to_right * width * sin + down * height * cos)
        xy = np.stack(corners, axis=1)
    return Rings(np.ascontiguousarray(xy).reshape(-1, 2), np.full(n, 4), np.ones(n, np.int64))


def masks(annotations: pl.DataFrame, union: bool) -> tuple[Masks, Bools]:
    """Give the pixels of every annotation.

    Parameters
    ----------
    annotations : polars.DataFrame
        With `width` and `height` of the image.
    union : bool
        Whether all rings of a polygon are parts, as in COCO's files; else those that lie in one another are holes.

    Returns
    -------
    masks : Masks
    left_out : bool array [N]
        Where there are none: too long an outline, too large an image, no area at all.
    """
    kinds = annotations["kind"].cast(pl.String)
    left_out = ~kinds.is_in(AREAS).to_numpy()
    parts: list[tuple[Ints, Masks]] = []
    for name in AREAS:
        rows = np.flatnonzero((kinds == name).to_numpy())
        if len(rows) == 0:
            continue
        some = annotations[rows]
        if name == "mask":
            parts.append((rows, mask.KIND.values(some)))
            continue
        rings = _rings(name, some)
        together = np.full(len(rows), True) if union else lie_apart(rings)
        sides = (some[side].cast(pl.Float64).fill_null(float("nan")).to_numpy() for side in ("width", "height"))
        pixels, too_much = drawn(rings, together, *sides)
        left_out[rows] = too_much
        parts.append((rows, pixels))
    return _joined(parts, len(kinds)), left_out


def _joined(parts: list[tuple[Ints, Masks]], n: int) -> Masks:
    """Put masks of some rows each into one, in the order of the rows."""
    box, keys = np.zeros((4, n), np.int64), [np.empty(0, np.int64)]
    for rows, some in parts:
        box[:, rows] = some.box
        keys.append(rows[some.keys >> 31] << 31 | some.keys & EDGE)
    return Masks.of(np.sort(np.concatenate(keys)), box)


Measured = tuple[Any, Floats, Bools]
"""Boxes or masks, their areas, and which rows are left out."""


def measured(kind: str, is_truth: bool, exact: bool) -> Callable[[pl.DataFrame], Measured]:
    """Make the function that gives what annotations mark.

    The area of ground truth is the stated one, that of a detection is that of its box (results state none, and
    pycocotools takes no other), which `exact` reading has stated to the last digit; else it is that of what they mark.
    """

    def measure(annotations: pl.DataFrame) -> Measured:
        area, sides = stated(annotations)
        if not is_truth and not exact:
            area = np.where(np.isnan(sides).any(axis=0), np.nan, _area(sides))
        unknown = np.isnan(area)
        if unknown.any():
            area[unknown] = _own_area(annotations if unknown.all() else annotations[np.flatnonzero(unknown)])
        if kind == "bbox":
            found, left_out = boxes(annotations)
            rest = np.flatnonzero(np.isnan(area) & ~left_out)
            if len(rest):
                area[rest] = region.Region().values(annotations[rest]).shapes.area
            return found, area, left_out
        pixels, left_out = masks(annotations, exact)
        return pixels, np.where(np.isnan(area), pixels.area, area), left_out

    return measure


def _own_area(annotations: pl.DataFrame) -> Floats:
    """Give the area of boxes, and the pixels of masks; nan for other kinds, of which it takes longer."""
    found = np.full(annotations.height, np.nan)
    kinds = annotations["kind"].cast(pl.String)
    for name in ("bbox", "mask"):
        rows = np.flatnonzero((kinds == name).to_numpy())
        if len(rows):
            some = annotations if len(rows) == len(kinds) else annotations[rows]
            found[rows] = _area(bbox.KIND.values(some)) if name == "bbox" else mask.KIND.values(some).area
    return found


def _area(sides: Floats) -> Floats:
    left, top, right, bottom = sides
    return np.asarray((right - left) * (bottom - top))
