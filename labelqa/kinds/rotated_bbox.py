"""Rotated boxes: `geometry` is x, y of the centre, width, height in pixels, angle in degrees.

The angle turns clockwise as seen on the screen, where y points down. Similarity is intersection over union of the areas
(Jaccard 1912), exact. Only the rectangle counts: turned by 90 degrees with width and height swapped, or by 180, it is the
same, and the sign of a size is dropped. Two rectangles without area are alike if they are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from labelqa.kinds.convex import rectangles_overlap
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.rings import Rings
from labelqa.kinds.shapes import Shapes, keys_of, shapes_of_rings
from labelqa.kinds.window import greatest_iou, search, shared
from labelqa.kinds.window import iou as iou_of_areas

_SLACK = 1e-9
"""Share by which the boxes around rectangles are widened, so that rounding loses none."""


def iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union of rotated boxes, element by element; swapping `a` and `b` changes no bit.

    Parameters
    ----------
    a, b : array_like of shape (..., 5)
        x and y of the centre, width, height (their sign is dropped), angle in degrees clockwise on the screen; broadcast
        against each other.

    Returns
    -------
    float64 array of shape (...)
        In [0, 1]; nan where a number is nan.

    Raises
    ------
    ValueError
        If the last dimension is not 5.

    Examples
    --------
    >>> float(iou([5, 5, 10, 4, 0], [5, 5, 4, 10, 90]))  # the same rectangle
    1.0
    >>> float(iou([5, 5, 10, 5, 0], [5, 5, 10, 5, 90]).round(12))  # across: 25 of 75
    0.333333333333
    """
    a, b = np.broadcast_arrays(_five(a), _five(b))
    shape = a.shape[:-1]
    values = _checked(np.concatenate([a.reshape(-1, 5), b.reshape(-1, 5)]))
    n = len(values) // 2
    found = _similarity(values, np.arange(n), np.arange(n) + n)
    return np.where(np.isnan(values[:n] + values[n:]).any(axis=1), np.nan, found).reshape(shape)


def iou_matrix(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union of every rotated box of `a` (n, 5) with every one of `b` (m, 5): float64 (n, m).

    Examples
    --------
    >>> iou_matrix([[0, 0, 2, 2, 0]], [[0, 0, 2, 2, 45], [9, 0, 2, 2, 45]]).round(6).tolist()
    [[0.707107, 0.0]]
    """
    return iou(_five(a)[:, None, :], _five(b)[None, :, :])


def _five(boxes: ArrayLike) -> Floats:
    values = np.asarray(boxes, dtype=np.float64)
    if values.size == 0 and values.ndim == 1:
        values = values.reshape(0, 5)
    if values.ndim == 0 or values.shape[-1] != 5:
        raise ValueError(
            f"rotated boxes have 5 numbers each, x y of the centre, width height, angle; found shape {values.shape}"
        )
    return values


def _checked(boxes: Floats) -> Floats:
    """Write each rectangle in one way: no signs, angle in radians from 0 up to a right angle."""
    values = boxes.copy()
    size = np.abs(values[:, 2:4])
    with np.errstate(invalid="ignore"):
        turn = np.mod(values[:, 4], 180.0)
    turn[turn >= 180] = 0.0  # what is just below 0 is rounded up to a half turn
    across = turn >= 90
    values[:, 2:4] = np.where(across[:, None], size[:, ::-1], size)
    values[:, 4] = np.deg2rad(np.where(across, turn - 90, turn))
    return values


def _similarity(values: Floats, a: Ints, b: Ints) -> Floats:
    bounds, area = _bounds(values), _area(values)
    both = np.minimum(rectangles_overlap(values[a], values[b]), shared(bounds, a, b))
    return iou_of_areas(both, area[a], area[b], (values[a] == values[b]).all(axis=1))


def _area(values: Floats) -> Floats:
    return np.asarray(values[:, 2] * values[:, 3])


def _bounds(values: Floats) -> Floats:
    """Left, top, right, bottom of an upright box around each: float64 (4, n)."""
    x, y, width, height, angle = values.T
    cos, sin = np.abs(np.cos(angle)), np.abs(np.sin(angle))
    half_x, half_y = (width * cos + height * sin) / 2, (width * sin + height * cos) / 2
    slack = (np.abs(x) + np.abs(y) + half_x + half_y) * _SLACK
    return np.stack([x - half_x - slack, y - half_y - slack, x + half_x + slack, y + half_y + slack])


@dataclass(frozen=True)
class RotatedBBox(ObjectKind):
    """Rotated boxes; values are float64 (n, 5): centre, sizes, angle in radians from 0 up to a right angle.

    Cut to a frame they may have up to eight corners, and values are then `Shapes`.
    """

    name: ClassVar[str] = "rotated_bbox"

    def values(self, annotations: pl.DataFrame) -> Floats:
        """Lay the rectangles out, a row each, and write each in one way."""
        flat = annotations["geometry"].explode(empty_as_null=False, keep_nulls=False).to_numpy()
        if (annotations["geometry"].list.len().fill_null(0) != 5).any():
            raise ValueError(
                "rotated_bbox: geometry holds 5 numbers, x y of the centre, width height, angle in degrees"
            )
        return _checked(flat.reshape(-1, 5))

    def similarity(self, values: Floats | Shapes, a: Ints, b: Ints) -> Floats:
        """Intersection over union."""
        return values.similarity(a, b) if isinstance(values, Shapes) else _similarity(values, a, b)

    def clipped(self, values: Floats | Shapes, width: Floats, height: Floats) -> Shapes:
        """Cut rectangles to the frame; one wholly outside has no area left and is like none that differs from it."""
        shapes = values if isinstance(values, Shapes) else as_shapes(values)
        return shapes.clipped(width, height)

    def candidates(self, values: Floats | Shapes, runs: Runs, least: float) -> Candidates:
        """Find pairs among those whose boxes and areas allow the similarity."""
        if isinstance(values, Shapes):
            return values.candidates(runs, least)
        greatest = greatest_iou(_bounds(values), _area(values))
        return search(_bounds(values), runs, least, lambda a, b: _similarity(values, a, b), greatest)


def as_shapes(values: Floats) -> Shapes:
    """Make regions of rectangles as `RotatedBBox.values` lays them out."""
    n = len(values)
    x, y, width, height, angle = values.T
    cos, sin = np.cos(angle), np.sin(angle)
    along, across = np.array([-1, 1, 1, -1]) * width[:, None] / 2, np.array([-1, -1, 1, 1]) * height[:, None] / 2
    corner_x = x[:, None] + cos[:, None] * along - sin[:, None] * across
    corner_y = y[:, None] + sin[:, None] * along + cos[:, None] * across
    xy = np.stack([corner_x, corner_y], axis=-1).reshape(-1, 2)
    rings = Rings(xy, np.full(n, 4), np.ones(n, np.int64))
    return shapes_of_rings(rings, keys_of(xy, rings.first, rings.size, rings.count))[0]


KIND = RotatedBBox()
