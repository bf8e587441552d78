"""Boxes in space that stand upright: `geometry` is x, y, z of the centre, length, width, height, yaw.

Yaw turns about the z axis, in radians from x towards y; length lies along the turned x axis; lengths in any one unit.
Similarity is intersection over union of the volumes: the exact area that the two rotated rectangles share, times the
stretch of z that they share, as the KITTI benchmark compares 3D boxes (Geiger, Lenz, Urtasun 2012, CVPR). Which way a
cuboid faces makes no difference, only the space it takes. Two cuboids without volume are alike if they are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from labelqa.kinds.convex import rectangles_overlap
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.window import search

_SLACK = 1e-9
"""Share by which the bounds around a cuboid are widened, so that rounding loses none."""


def iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union of volumes, element by element; swapping `a` and `b` changes no bit.

    Parameters
    ----------
    a, b : array_like of shape (..., 7)
        x, y, z of the centre, length, width, height (their sign is dropped), yaw in radians; broadcast against each
        other.

    Returns
    -------
    float64 array of shape (...)
        In [0, 1]; nan where a number is nan.

    Raises
    ------
    ValueError
        If the last dimension is not 7.

    Examples
    --------
    >>> float(iou([0, 0, 0, 4, 2, 1, 0], [1, 0, 0, 4, 2, 1, 0]))
    0.6
    >>> float(iou([0, 0, 0, 4, 2, 1, 0], [0, 0, 0, 4, 2, 1, np.pi / 2]).round(12))  # across: 4 of 12
    0.333333333333
    """
    a, b = np.broadcast_arrays(_checked(a), _checked(b))
    return _iou(a, b)


def iou_matrix(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union of every cuboid of `a` (n, 7) with every cuboid of `b` (m, 7): float64 (n, m).

    Examples
    --------
    >>> iou_matrix([[0, 0, 0, 2, 2, 2, 0]], [[0, 0, 1, 2, 2, 2, 0], [9, 0, 0, 2, 2, 2, 0]]).round(6).tolist()
    [[0.333333, 0.0]]
    """
    return iou(_checked(a)[:, None, :], _checked(b)[None, :, :])


def _checked(cuboids: ArrayLike) -> Floats:
    """Take the sign from the sizes."""
    values = np.array(cuboids, dtype=np.float64)
    if values.size == 0 and values.ndim == 1:
        values = values.reshape(0, 7)
    if values.ndim == 0 or values.shape[-1] != 7:
        raise ValueError(
            f"cuboids have 7 numbers each, x y z of the centre, length width height, yaw; found shape {values.shape}"
        )
    values[..., 3:6] = np.abs(values[..., 3:6])
    return values


def _iou(a: Floats, b: Floats) -> Floats:
    """Intersection over union of cuboids, (..., 7) each.

    What is in both is a product of factors at most as great as those of either volume, so that it exceeds neither.
    """
    height = np.maximum(_shared_height(a, b), 0.0)
    both = rectangles_overlap(a[..., [0, 1, 3, 4, 6]], b[..., [0, 1, 3, 4, 6]]) * height
    either = _volume(a) + _volume(b) - both
    equal = (a == b).all(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        similarity = both / either
    return np.where(equal, 1.0, np.where(either == 0, 0.0, similarity))


def _volume(cuboids: Floats) -> Floats:
    return np.asarray((cuboids[..., 3] * cuboids[..., 4]) * cuboids[..., 5])


def _shared_height(a: Floats, b: Floats) -> Floats:
    """Stretch of z that two cuboids share, negative where they lie apart; from the difference, which is exact when near."""
    apart = np.abs(a[..., 2] - b[..., 2])
    return np.minimum((a[..., 5] + b[..., 5]) / 2 - apart, np.minimum(a[..., 5], b[..., 5]))


@dataclass(frozen=True)
class Cuboid(ObjectKind):
    """Upright boxes in space; values are float64 (n, 7)."""

    name: ClassVar[str] = "cuboid"

    def values(self, annotations: pl.DataFrame) -> Floats:
        """Lay the cuboids out, a row each."""
        flat = annotations["geometry"].explode(empty_as_null=False, keep_nulls=False).to_numpy()
        if len(flat) != 7 * len(annotations):
            raise ValueError("cuboid: geometry holds 7 numbers each, x y z of the centre, length width height, yaw")
        return _checked(flat.reshape(-1, 7))

    def similarity(self, values: Floats, a: Ints, b: Ints) -> Floats:
        """Intersection over union of volumes."""
        return _iou(values[a], values[b])

    def candidates(self, values: Floats, runs: Runs, least: float) -> Candidates:
        """Find pairs among those whose ground plans may touch and that share enough of their height and volume.

        IoU is at most the IoU of the stretches of z, and at most the smaller volume over the larger.
        """
        volume, height = _volume(values), values[:, 5]

        def greatest(a: Ints, b: Ints) -> Floats:
            z = np.maximum(_shared_height(values[a], values[b]), 0.0)
            smaller = np.minimum(volume[a], volume[b])
            with np.errstate(invalid="ignore", divide="ignore"):
                most = np.minimum(z / (height[a] + height[b] - z), smaller / np.maximum(volume[a], volume[b]))
            return np.where(smaller > 0, most * (1 + _SLACK), 1.0)

        return search(_ground(values), runs, least, lambda a, b: self.similarity(values, a, b), greatest)


def _ground(cuboids: Floats) -> Floats:
    """Left, least y, right, greatest y of an upright rectangle around each ground plan: float64 (4, n)."""
    x, y, _, length, width, _, yaw = cuboids.T
    cos, sin = np.abs(np.cos(yaw)), np.abs(np.sin(yaw))
    half_x, half_y = (length * cos + width * sin) / 2, (length * sin + width * cos) / 2
    slack = (np.abs(x) + np.abs(y) + half_x + half_y) * _SLACK
    return np.stack([x - half_x - slack, y - half_y - slack, x + half_x + slack, y + half_y + slack])


KIND = Cuboid()
