"""Stretches of time: `geometry` is start and end in seconds or frames, the end not included.

Similarity is intersection over union along the line (Jaccard 1912): time in both / time in either. Two intervals without
length are alike if they are equal, else not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.window import in_window


def iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union of stretches of a line, element by element; swapping `a` and `b` changes no bit.

    Parameters
    ----------
    a, b : array_like of shape (..., 2)
        Both ends in one unit, half-open, in either order; broadcast against each other.

    Returns
    -------
    float64 array of shape (...)
        In [0, 1]; nan where an end is nan.

    Raises
    ------
    ValueError
        If the last dimension is not 2.

    Examples
    --------
    >>> iou([[0, 4], [1, 3], [4, 6]], [0, 4]).tolist()
    [1.0, 0.5, 0.0]
    >>> iou([[7, 7], [7, 7]], [[7, 7], [8, 8]]).tolist()  # no length: equal, not equal
    [1.0, 0.0]
    """
    return _iou(*_ends(a), *_ends(b))


def iou_matrix(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union of every stretch of `a` (n, 2) with every stretch of `b` (m, 2): float64 (n, m).

    Examples
    --------
    >>> iou_matrix([[0, 4], [2, 6]], [[0, 2]]).tolist()
    [[0.5], [0.0]]
    """
    start_a, end_a = _ends(a)
    start_b, end_b = _ends(b)
    return _iou(start_a[:, None], end_a[:, None], start_b[None, :], end_b[None, :])


def _ends(stretches: ArrayLike) -> tuple[Floats, Floats]:
    """Give the lesser and the greater end."""
    values = np.asarray(stretches, dtype=np.float64)
    if values.size == 0 and values.ndim == 1:
        values = values.reshape(0, 2)
    if values.ndim == 0 or values.shape[-1] != 2:
        raise ValueError(f"stretches have 2 numbers each, start and end; found shape {values.shape}")
    return values.min(axis=-1), values.max(axis=-1)


def _iou(start_a: Floats, end_a: Floats, start_b: Floats, end_b: Floats) -> Floats:
    """Intersection over union of ordered ends.

    Rounding is monotone, so what is in both never exceeds either length, and the quotient never 1.
    """
    both = np.maximum(np.minimum(end_a, end_b) - np.maximum(start_a, start_b), 0.0)
    either = (end_a - start_a) + (end_b - start_b) - both
    equal = (start_a == start_b) & (end_a == end_b)
    with np.errstate(invalid="ignore", divide="ignore"):
        similarity = both / either
    return np.where(equal, 1.0, np.where(either == 0, 0.0, similarity))


@dataclass(frozen=True)
class Interval(ObjectKind):
    """Stretches of time; values are float64 (2, n): starts, ends."""

    name: ClassVar[str] = "interval"

    def values(self, annotations: pl.DataFrame) -> Floats:
        """Lay starts and ends out one after the other."""
        flat = annotations["geometry"].explode(empty_as_null=False, keep_nulls=False).to_numpy()
        if len(flat) != 2 * len(annotations):
            raise ValueError(f"{self.name}: geometry holds 2 numbers each, start and end")
        return np.stack(_ends(flat.reshape(-1, 2)))

    def similarity(self, values: Floats, a: Ints, b: Ints) -> Floats:
        """Intersection over union."""
        start, end = values
        return _iou(start[a], end[a], start[b], end[b])

    def candidates(self, values: Floats, runs: Runs, least: float) -> Candidates:
        """Find pairs by a window on the start, which contains every stretch with IoU >= `least`."""

        def alike(a: Ints, b: Ints) -> tuple[Ints, Floats]:
            similarity = self.similarity(values, a, b)
            near = np.flatnonzero((similarity >= least) & (similarity > 0))
            return near, similarity.take(near)

        return Candidates(*in_window((values[0], values[1]), None, runs, least, alike))


KIND = Interval()
