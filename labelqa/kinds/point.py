"""Points: `geometry` is x, y in pixels.

Similarity falls with the distance d as exp(-d^2 / (2 tolerance^2)), which is the Object Keypoint Similarity of COCO with
the tolerance in the place of object scale and keypoint constant: 0.61 at one tolerance, 0.14 at two, 0.01 at three. The
tolerance is 1 % of the frame's diagonal, 10 pixels where the frame is unknown, or an option; of two points from different
frames it is the mean of both. With a tolerance of 0 only equal points are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from labelqa.kinds.frames import UNKNOWN, check_tolerance, tolerances
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.window import search

_MOST_EXPONENT = 746.0
"""exp(-x) is 0 in float64 from here on."""

_ROUNDING = 1e-12
"""exp(-x) may come out as 1 a little beyond 0."""

_SLACK = 1 + 1e-9
"""Factor by which windows are widened, so that rounding loses no pair."""


def closeness(a: ArrayLike, b: ArrayLike, tolerance: ArrayLike = UNKNOWN) -> Floats:
    """exp(-d^2 / (2 tolerance^2)) of the distance d, element by element.

    Parameters
    ----------
    a, b : array_like of shape (..., 2)
        x and y in pixels; broadcast against each other.
    tolerance : array_like of float
        In pixels, not negative.

    Returns
    -------
    float64 array of shape (...)
        In [0, 1], 1 for equal points; nan where a number is nan.

    Raises
    ------
    ValueError
        If the last dimension is not 2.

    Examples
    --------
    >>> closeness([[0, 0], [3, 4], [60, 80]], [0, 0], 5).round(6).tolist()
    [1.0, 0.606531, 0.0]
    >>> closeness([[0, 0], [3, 4]], [0, 0], 0).tolist()
    [1.0, 0.0]
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape[-1:] != (2,) or b.shape[-1:] != (2,):
        raise ValueError(f"points have 2 numbers each, x y; found shapes {a.shape} and {b.shape}")
    apart = np.abs(a - b)
    distance = np.hypot(apart[..., 0], apart[..., 1])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        similarity = np.exp(-((distance / np.asarray(tolerance, dtype=np.float64)) ** 2) / 2)
    return np.asarray(np.where(distance == 0, 1.0, similarity))


def closeness_matrix(a: ArrayLike, b: ArrayLike, tolerance: float = UNKNOWN) -> Floats:
    """Closeness of every point of `a` (n, 2) to every point of `b` (m, 2): float64 (n, m).

    Examples
    --------
    >>> closeness_matrix([[0, 0], [0, 1]], [[0, 0]], 1).round(6).tolist()
    [[1.0], [0.606531]]
    """
    a, b = np.reshape(np.asarray(a, np.float64), (-1, 2)), np.reshape(np.asarray(b, np.float64), (-1, 2))
    return closeness(a[:, None, :], b[None, :, :], tolerance)


def greatest_exponent(least: float) -> float:
    """Give an x such that exp(-x) falls below `least`, or is 0, beyond it, however it is rounded."""
    return min(-float(np.log(least)) + _ROUNDING, _MOST_EXPONENT) if least > 0 else _MOST_EXPONENT


@dataclass(frozen=True)
class Points:
    """Places (float64 [n, 2]) and tolerances (float64 [n]) of points, in pixels."""

    xy: Floats
    tolerance: Floats


@dataclass(frozen=True)
class Point(ObjectKind):
    """Points; values are `Points`.

    Parameters
    ----------
    tolerance : float, optional
        In pixels; by default 1 % of the diagonal of the frame, 10 pixels where it is unknown.
    """

    name: ClassVar[str] = "point"
    tolerance: float | None = None

    def __post_init__(self) -> None:
        check_tolerance(self.tolerance)

    def values(self, annotations: pl.DataFrame) -> Points:
        """Lay the points out, with the tolerances of their frames."""
        flat = annotations["geometry"].explode(empty_as_null=False, keep_nulls=False).to_numpy()
        if (annotations["geometry"].list.len().fill_null(0) != 2).any():
            raise ValueError("point: geometry holds 2 numbers, x y")
        return Points(flat.reshape(-1, 2), tolerances(annotations, self.tolerance))

    def similarity(self, values: Points, a: Ints, b: Ints) -> Floats:
        """exp(-d^2 / (2 tolerance^2))."""
        tolerance = (values.tolerance[a] + values.tolerance[b]) / 2
        return closeness(values.xy[a], values.xy[b], tolerance)

    def candidates(self, values: Points, runs: Runs, least: float) -> Candidates:
        """Find pairs within the distance at which similarity falls below `least`."""
        reach = np.sqrt(2 * greatest_exponent(least))
        x, y = values.xy.T
        # Half of it on either side: the tolerance of a pair is the mean of both.
        half = values.tolerance / 2 * reach * _SLACK + (np.abs(x) + np.abs(y)) * (_SLACK - 1)
        bounds = np.stack([x - half, y - half, x + half, y + half])
        return search(bounds, runs, least, lambda a, b: self.similarity(values, a, b))


KIND = Point()
