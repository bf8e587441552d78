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
        # The numbers of a chunk are looked at where they are; those of several would be copied first.
        chunks = annotations["geometry"].get_chunks()
        corners = [one.explode(empty_as_null=False, keep_nulls=False).to_numpy().reshape(-1, 4).T for one in chunks]
        return np.concatenate(corners, axis=1, out=np.empty((4, sum(one.shape[1] for one in corners))))

    def similarity(self, values: Floats, a: Ints, b: Ints) -> Floats:
        """Intersection over union."""
        return _iou(values.T[a], values.T[b])

    def clipped(self, values: Floats, width: Floats, height: Floats) -> Floats:
        """Cut boxes to the frame; a box wholly outside becomes a box without area on its edge."""
        frame = np.stack([width, height, width, height])
        return np.where(np.isnan(frame), values, np.clip(values, 0.0, frame))

    def candidates(self, values: Floats, runs: Runs, least: float) -> Candidates:
        """Find pairs by windows on the edges that contain every box with IoU >= `least`."""
        left, top, right, bottom = values
        return Candidates(*in_window((left, right), (top, bottom), runs, least, _alike(values, least)))


def _alike(values: Floats, least: float) -> Callable[[Ints, Ints], tuple[Ints, Floats]]:
    """Make a function that finds those alike enough among rows a[k] and b[k], and their IoU."""
    left, top, right, bottom = values

    def sides(low: Floats, high: Floats, a: Ints, b: Ints) -> tuple[Floats, Floats, Floats]:
        """Give the length of each side of a and of b, and what they share."""
        low_a, low_b, high_a, high_b = low.take(a), low.take(b), high.take(a), high.take(b)
        both = np.minimum(high_a, high_b)
        both -= np.maximum(low_a, low_b)
        high_a -= low_a
        high_b -= low_b
        return high_a, high_b, np.maximum(both, 0.0, out=both)

    def alike(a: Ints, b: Ints) -> tuple[Ints, Floats]:
        either, area_b, both = sides(left, right, a, b)
        height_a, height_b, height = sides(top, bottom, a, b)
        both *= height
        either *= height_a
        area_b *= height_b
        either += area_b
        either -= both
        flat = np.flatnonzero(either == 0)  # no area on either side
        either[flat] = 1.0
        both /= either
        both[flat] = (values[:, a[flat]] == values[:, b[flat]]).all(axis=0)
        near = np.flatnonzero((both >= least) & (both > 0))
        return near, both.take(near)

    return alike


KIND = BBox()
