"""A question answered with a number: `geometry` holds that one.

Similarity is 1 - |a - b| / width of the scale that the ontology declares for the question (columns `scale_min` and
`scale_max`), 0 if that is negative: the numerical similarity of Gower (1971, A general coefficient of similarity and some
of its properties, Biometrics 27). Without a declared scale two different numbers are neither alike nor unlike, and the
similarity is nan; a `tolerance` settles it. Equal numbers are alike in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from labelqa.kinds.kind import Floats, Ints, QuestionKind


def closeness(a: ArrayLike, b: ArrayLike, scale: ArrayLike = np.nan, *, tolerance: float | None = None) -> Floats:
    """1 - |a - b| / scale, cut at 0, element by element.

    Parameters
    ----------
    a, b : array_like of float
        Numbers in one unit, nan for no answer; broadcast against each other.
    scale : array_like of float
        Width of the declared scale, greatest minus least, in the same unit; nan, 0 or infinite: not declared.
    tolerance : float, optional
        Where no scale is declared, numbers at most this far apart are alike (1), others not (0).

    Returns
    -------
    float64 array
        In [0, 1]; nan where the numbers differ, no scale is declared and there is no tolerance. No answer is wholly like
        no answer and unlike any number.

    Examples
    --------
    >>> closeness([3, 5, 5], [4, 5, 1], 4).tolist()  # on a scale from 1 to 5
    [0.75, 1.0, 0.0]
    >>> closeness([3, 3], [4, 3]).tolist()
    [nan, 1.0]
    >>> closeness([3, 3], [4, 5], tolerance=1).tolist()
    [1.0, 0.0]
    """
    a, b, scale = (np.asarray(numbers, dtype=np.float64) for numbers in (a, b, scale))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        apart = np.abs(a - b)
        declared = np.isfinite(scale) & (scale != 0)
        on_scale = np.maximum(1.0 - apart / np.where(declared, np.abs(scale), np.nan), 0.0)
    within = np.nan if tolerance is None else np.where(apart <= tolerance, 1.0, 0.0)
    similarity = np.where(declared, on_scale, within)
    silent_a, silent_b = np.isnan(a), np.isnan(b)
    similarity = np.where(silent_a ^ silent_b, 0.0, similarity)
    return np.where((a == b) | (silent_a & silent_b), 1.0, similarity)


def closeness_matrix(a: ArrayLike, b: ArrayLike, scale: float = np.nan, *, tolerance: float | None = None) -> Floats:
    """Closeness of every number of `a` (n) with every number of `b` (m), on one scale: float64 (n, m).

    Examples
    --------
    >>> closeness_matrix([1, 2], [1, 5], 4).tolist()
    [[1.0, 0.0], [0.75, 0.25]]
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return closeness(a[:, None], b[None, :], scale, tolerance=tolerance)


@dataclass(frozen=True)
class Numbers:
    """Answers and widths of their declared scales, float64 [n] each; nan: no answer, not declared."""

    answer: Floats
    scale: Floats


@dataclass(frozen=True)
class Number(QuestionKind):
    """A number on a scale or within a tolerance.

    Parameters
    ----------
    tolerance : float, optional
        Where no scale is declared, numbers at most this far apart are alike (1), others not (0); tested with <=,
        unrounded. None: undefined there.
    """

    name: ClassVar[str] = "number"

    tolerance: float | None = None

    def values(self, annotations: pl.DataFrame) -> Numbers:
        """Take the numbers and the width of their scales."""
        answer = annotations["geometry"].list.first()
        ends = [
            annotations[end].cast(pl.Float64)
            if end in annotations.columns
            else pl.Series([None] * len(answer), dtype=pl.Float64)
            for end in ("scale_min", "scale_max")
        ]
        least, greatest = (end.fill_null(np.nan).to_numpy() for end in ends)
        with np.errstate(over="ignore", invalid="ignore"):
            return Numbers(answer.fill_null(np.nan).to_numpy(), np.abs(greatest - least))

    def similarity(self, values: Numbers, a: Ints, b: Ints) -> Floats:
        """Closeness on the wider of the two declared scales (they are one, unless projects were joined)."""
        scale = np.fmax(values.scale[a], values.scale[b])
        return closeness(values.answer[a], values.answer[b], scale, tolerance=self.tolerance)


KIND = Number()
