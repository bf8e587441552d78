"""The ratio estimator with clusters, its linearised variance and t interval.

A quality number is a sum of scores over a count of labels, and labels of one asset are not independent: the asset is
the sampling unit (the cluster), its number of labels is random too. So the estimate is a ratio of two totals and its
variance is the one of the linearised ratio.

Source
------
Cochran (1977), "Sampling Techniques", 3rd edition, chapter 6 (the ratio estimate and its variance, here without the
finite population correction); Wolter (2007), "Introduction to Variance Estimation", 2nd edition, chapter 6
(Taylor series methods), for clusters drawn with replacement. Student's t with (clusters - 1) degrees of freedom is the
usual survey practice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labelqa.stats.student import t_quantile

_MIN_CLUSTERS = 2  # one cluster tells nothing about the spread between clusters


@dataclass(frozen=True, eq=False)
class Interval:
    """Estimates of many groups with their intervals; every array has shape [n_groups].

    Attributes
    ----------
    value : float64
        The ratio; nan for a group without evidence.
    low, high : float64
        The ends of the interval; nan where there is none.
    n_clusters : int64
        Clusters (assets) with evidence, that is with a denominator above 0.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n_clusters: NDArray[np.int64]

    def of(self, groups: slice) -> Interval:
        """Take those of some groups."""
        return Interval(self.value[groups], self.low[groups], self.high[groups], self.n_clusters[groups])


@dataclass(frozen=True, eq=False)
class Clusters:
    """Checked input common to all intervals: row i is one cluster of one group; arrays of shape [n_rows]."""

    group: NDArray[np.int64]
    n_groups: int
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]

    def total(self, per_row: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum [n_rows] values to [n_groups], in row order: the same bits whatever other groups there are."""
        return np.asarray(np.bincount(self.group, weights=per_row, minlength=self.n_groups), dtype=np.float64)

    def count(self) -> NDArray[np.int64]:
        """Count the rows with evidence, [n_groups]."""
        return np.bincount(self.group[self.denominator > 0], minlength=self.n_groups).astype(np.int64)


def ratio(group: ArrayLike, n_groups: int, numerator: ArrayLike, denominator: ArrayLike) -> NDArray[np.float64]:
    """Divide the total of the numerators by the total of the denominators, group by group.

    Parameters
    ----------
    group : int [n_rows]
        The group of each cluster, 0..n_groups - 1. Sums run in row order, so give rows in the order of ids.
    n_groups : int
    numerator : float64 [n_rows]
        Total of the cluster, for example the sum of the label scores of one asset. Finite.
    denominator : float64 [n_rows]
        Size of the cluster, for example the number of those labels; >= 0. A row of 0 over 0 is no evidence.

    Returns
    -------
    float64 [n_groups]
        nan where the denominators add up to 0.

    Raises
    ------
    ValueError
        If lengths differ, a group is out of range, a number is not finite, a denominator is negative, or a numerator
        stands over a denominator of 0.

    Examples
    --------
    >>> ratio([0, 0, 2], 3, [1.0, 0.5, 3.0], [1, 2, 4])
    array([0.5 ,  nan, 0.75])
    """
    return ratio_of(checked_clusters(group, n_groups, numerator, denominator))


def cluster_interval(
    group: ArrayLike,
    n_groups: int,
    numerator: ArrayLike,
    denominator: ArrayLike,
    confidence: float = 0.95,
    limits: tuple[float, float] = (0.0, 1.0),
) -> Interval:
    """Put a t interval around each ratio, from the spread between its clusters.

    With G clusters of total y_i and size n_i, R = sum y / sum n and e_i = y_i - R n_i,
    Var(R) = G / (G - 1) * sum e_i^2 / (sum n_i)^2, and the interval is R -+ t(G - 1) * sqrt(Var(R)), cut to `limits`.
    For n_i = 1 this is the textbook t interval of a mean. It is too narrow for few clusters near 0 or 1, and of no
    width where all clusters agree: use `labelqa.stats.betting` for decisions there.

    Parameters
    ----------
    group, n_groups, numerator, denominator
        As for `ratio`.
    confidence : float
        Two-sided, in (0, 1).
    limits : (float, float)
        The range a ratio of this kind can lie in: (0, 1) for scores and shares, (0, inf) for seconds per label.

    Returns
    -------
    Interval
        low and high are nan for groups of fewer than 2 clusters with evidence.

    Raises
    ------
    ValueError
        As `ratio`; also if confidence is outside (0, 1) or an estimate lies outside the limits.

    Examples
    --------
    >>> found = cluster_interval([0, 0, 0, 1], 2, [1.0, 1.0, 1.5, 1.0], [1, 1, 2, 1])
    >>> found.value, found.low.round(4), found.high, found.n_clusters
    (array([0.875, 1.   ]), array([0.4716,    nan]), array([ 1., nan]), array([3, 1]))
    """
    clusters = checked_clusters(group, n_groups, numerator, denominator)
    check_confidence(confidence)
    value, n_clusters = ratio_of(clusters), clusters.count()
    if ((value < limits[0]) | (value > limits[1])).any():
        found = f"{np.nanmin(value)} to {np.nanmax(value)}"
        raise ValueError(f"ratios range from {found}, outside limits={limits}; pass the limits of this kind of ratio")

    # Rows of a group without evidence are 0 / 0: their nan ratio is kept out of the sums.
    residual = clusters.numerator - np.nan_to_num(value)[clusters.group] * clusters.denominator
    squares, size = clusters.total(residual * residual), clusters.total(clusters.denominator)

    defined = n_clusters >= _MIN_CLUSTERS
    n = n_clusters[defined].astype(np.float64)
    half_width = t_quantile(n - 1, 0.5 + confidence / 2) * np.sqrt(n / (n - 1) * squares[defined]) / size[defined]
    low, high = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    low[defined] = np.maximum(value[defined] - half_width, limits[0])
    high[defined] = np.minimum(value[defined] + half_width, limits[1])
    return Interval(value, low, high, n_clusters)


def ratio_of(clusters: Clusters) -> NDArray[np.float64]:
    """Estimate the ratios of checked clusters: [n_groups], nan where there is no evidence."""
    size = clusters.total(clusters.denominator)
    value = np.full(clusters.n_groups, np.nan)
    np.divide(clusters.total(clusters.numerator), size, out=value, where=size > 0)
    return value


def checked_clusters(group: ArrayLike, n_groups: int, numerator: ArrayLike, denominator: ArrayLike) -> Clusters:
    """Check and convert the input that all intervals share; see `ratio` for its meaning.

    Raises
    ------
    ValueError
        With the first fault found.
    """
    codes = np.asarray(group)
    y, n = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    if codes.ndim != 1 or y.shape != codes.shape or n.shape != codes.shape:
        shapes = f"{codes.shape}, {y.shape} and {n.shape}"
        raise ValueError(f"group, numerator and denominator must be flat and equally long, got shapes {shapes}")
    if codes.size and (codes.dtype.kind not in "iu" or codes.min() < 0 or codes.max() >= n_groups):
        raise ValueError(f"group must hold whole numbers from 0 to n_groups - 1 = {n_groups - 1}")
    if not (np.isfinite(y).all() and np.isfinite(n).all()):
        raise ValueError("numerator and denominator must be finite; leave rows without a value out")
    if (n < 0).any():
        raise ValueError(f"denominators count evidence and cannot be negative, got {n.min()}")
    if ((n == 0) & (y != 0)).any():
        raise ValueError("a numerator other than 0 stands over a denominator of 0")
    return Clusters(codes.astype(np.int64), int(n_groups), y, n)


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless `confidence` lies strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, such as 0.95, got {confidence}")
