"""Axis-aligned boxes: `geometry` is left, top, right, bottom in pixels, continuous coordinates.

Similarity is intersection over union (Jaccard 1912), i / (a + b - i) in float64, without the +1 of pixel-counting
conventions. Two boxes without area are alike if they are equal, else not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.window import in_window


def iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union of boxes, element by element.

    Parameters
    ----------
    a, b : array_like of shape (..., 4)
        x1, y1, x2, y2 of opposite corners, in either order; broadcast against each other.

    Returns
    -------
    float64 array of shape (...)
        In [0, 1]; nan where a coordinate is nan.

    Raises
    ------
    ValueError
        If the last dimension is not 4.

    Examples
    --------
    >>> float(iou([0, 0, 10, 10], [0, 5, 10, 15]))
    0.3333333333333333
    >>> iou([[0, 0, 10, 10], [3, 3, 3, 9]], [0, 0, 10, 10]).tolist()
    [1.0, 0.0]
    >>> float(iou([3, 3, 3, 9], [3, 9, 3, 3]))  # no area, equal
    1.0
    """
    return _iou(_corners(a), _corners(b))


def iou_matrix(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union of every box of `a` with every box of `b`.

    Parameters
    ----------
    a : array_like of shape (n, 4)
    b : array_like of shape (m, 4)

    Returns
    -------
    float64 array of shape (n, m)

    Examples
    --------
    >>> iou_matrix([[0, 0, 2, 2], [5, 5, 6, 6]], [[0, 0, 2, 1]]).tolist()
    [[0.5], [0.0]]
    """
    return _iou(_corners(a)[:, None, :], _corners(b)[None, :, :])


def _corners(boxes: ArrayLike) -> NDArray[np.float64]:
    """Put the corners in order: left, top, right, bottom."""
    values = np.asarray(boxes, dtype=np.float64)
    if values.size == 0 and values.ndim == 1:
        values = values.reshape(0, 4)
    if values.shape[-1] != 4:
        raise ValueError(f"boxes have 4 numbers each, x1 y1 x2 y2; found shape {values.shape}")
    first, second = values[..., :2], values[..., 2:]
    return np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=-1)


def _iou(a: Floats, b: Floats) -> Floats:
    """Intersection over union of ordered corners."""
    width = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    height = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    both = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    area_a = (a[..., 2] - a[..., 0]) * (a[..., 3] - a[..., 1])
    area_b = (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    either = area_a + area_b - both
    equal = (a == b).all(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        similarity = both / either
    # Equal boxes are 1 whatever rounding did to the areas; 0 / 0 is what is left of boxes without area.
    return np.where(equal, 1.0, np.where(either == 0, 0.0, similarity))


@dataclass(frozen=True)
class BBox(ObjectKind):
    """Boxes with sides along the axes; values are float64 (4, n), a row for each side: left, top, right, bottom."""

    name: ClassVar[str] = "bbox"
    columns: ClassVar[tuple[str, ...] | None] = ("geometry",)

    def values(self, annotations: pl.DataFrame) -> Floats:
        """Lay the sides out one after the other."""
        flat = annotations["geometry"].explode(empty_as_null=False, keep_nulls=False)
        return np.ascontiguousarray(flat.to_numpy().reshape(-1, 4).T)

    def similarity(self, values: Floats, a: Ints, b: Ints) -> Floats:
        """Intersection over union."""
        return _iou(values.T[a], values.T[b])

    def clipped(self, values: Floats, width: Floats, height: Floats) -> Floats:
        """Cut boxes to the frame; a box wholly outside becomes a box without area on its edge."""
        frame = np.stack([width, height, width, height])
        return np.where(np.isnan(frame), values, np.clip(values, 0.0, frame))

    def candidates(self, values: Floats, runs: Runs, least: float) -> Candidates:
        """Find pairs by a window on the left edge that contains every box with IoU >= `least`."""
        return Candidates(*in_window(values[0], values[2], runs, least, _alike(values, least)))


def _alike(values: Floats, least: float) -> Callable[[Ints, Ints], tuple[Ints, Floats]]:
    """Make a function that finds those alike enough among rows a[k] and b[k], and their IoU.

    Many drop out by height alone: the two y-intervals share at least `least` of either one.
    """
    left, top, right, bottom = values
    share = least * (1 - 1e-9)  # exact bounds in inexact arithmetic

    def alike(a: Ints, b: Ints) -> tuple[Ints, Floats]:
        top_a, top_b, bottom_a, bottom_b = top.take(a), top.take(b), bottom.take(a), bottom.take(b)
        both = np.minimum(bottom_a, bottom_b)
        both -= np.maximum(top_a, top_b)
        height_a = np.subtract(bottom_a, top_a, out=bottom_a)
        shortest = np.multiply(height_a, share, out=top_a)
        enough = np.flatnonzero(both >= np.maximum(shortest, 0.0, out=shortest))
        height_b = np.subtract(bottom_b, top_b, out=bottom_b).take(enough)
        a, b, both, height_a = a.take(enough), b.take(enough), both.take(enough), height_a.take(enough)

        left_a, left_b, right_a, right_b = left.take(a), left.take(b), right.take(a), right.take(b)
        width = np.minimum(right_a, right_b)
        width -= np.maximum(left_a, left_b)
        both *= np.maximum(width, 0.0, out=width)
        right_a -= left_a
        right_b -= left_b
        either = np.multiply(right_a, height_a, out=height_a)
        either += np.multiply(right_b, height_b, out=height_b)
        either -= both
        flat = np.flatnonzero(either == 0)  # no area on either side
        either[flat] = 1.0
        both /= either
        both[flat] = (values[:, a[flat]] == values[:, b[flat]]).all(axis=0)
        near = np.flatnonzero((both >= least) & (both > 0))
        return enough.take(near), both.take(near)

    return alike


KIND = BBox()
