"""Groups of labels: sums, distinct counts and ratios with intervals, assets as clusters."""

from __future__ import annotations

import numpy as np

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Estimator, Evidence, Measured
from labelqa.measures.workforce.effort import Flags
from labelqa.stats.grouped import count_by, distinct, divided, tallied, total_by
from labelqa.stats.ratio import Interval
from labelqa.stats.student import t_quantile


class Groups:
    """Labels put into groups, each label into one or none.

    Parameters
    ----------
    group : int64 [W]
        Group of each label; below 0: none.
    n : int
        Number of groups.
    asset : int64 [W]
        Row of the label's asset.
    estimator : Estimator
        How shares get their intervals; amounts, which have no upper limit, get them by linearised variance.
    """

    def __init__(self, group: Ints, n: int, asset: Ints, estimator: Estimator) -> None:
        self.group, self.n = group, n
        self._estimator = estimator
        self._used = group >= 0
        base = int(asset.max(initial=0)) + 1
        key, self._cell = distinct(group[self._used] * base + asset[self._used], n * base)
        self._cell_group, self._cell_asset = key // base, key % base

    def count(self, which: Flags) -> Ints:
        """Count labels."""
        return count_by(self.group[which & self._used], self.n)

    def whole(self, values: Ints) -> Ints:
        """Sum whole numbers."""
        return total_by(self.group[self._used], values[self._used], self.n).astype(np.int64)

    def total(self, values: Floats) -> Floats:
        """Sum what is known of values: nan where nothing is."""
        known = self._used & ~np.isnan(values)
        total = total_by(self.group[known], values[known], self.n)
        return np.where(count_by(self.group[known], self.n) > 0, total, np.nan)

    def assets(self, which: Flags) -> Ints:
        """Count the assets that have such a label."""
        has = np.bincount(self._cell, weights=which[self._used], minlength=len(self._cell_group)) > 0
        return count_by(self._cell_group[has], self.n)

    def distinct(self, values: Ints, which: Flags) -> Ints:
        """Count the distinct values in each group."""
        used = which & self._used
        if not used.any():
            return np.zeros(self.n, np.int64)
        least = int(values[used].min())
        span = int(values[used].max()) - least + 1
        met, _ = tallied(self.group[used] * span + (values[used] - least), self.n * span)
        return count_by(met // span, self.n)

    def span(self, values: Ints, which: Flags) -> Ints:
        """Count from the least to the greatest value of each group, both included; 0 where there is none."""
        used = which & self._used
        least, most = np.full(self.n, np.iinfo(np.int64).max), np.full(self.n, np.iinfo(np.int64).min)
        np.minimum.at(least, self.group[used], values[used])
        np.maximum.at(most, self.group[used], values[used])
        some = least <= most
        return np.where(some, np.where(some, most, 0) - np.where(some, least, 0) + 1, 0)

    def cells(self, above: Floats, below: Floats) -> Evidence:
        """Add up numerators and denominators by group and asset, rows with nan in either left out."""
        known = ~(np.isnan(above) | np.isnan(below))[self._used]
        cell, n = self._cell[known], len(self._cell_group)
        numerator = total_by(cell, above[self._used][known], n)
        denominator = total_by(cell, below[self._used][known], n)
        some = (denominator > 0) | (numerator != 0)
        return Evidence(self._cell_group[some], self._cell_asset[some], numerator[some], denominator[some])

    def share(self, name: str, above: Floats, below: Floats, reason: str) -> Measured:
        """Estimate a ratio between 0 and 1."""
        return Measured(name, self._estimator.interval(self.cells(above, below), self.n), reason)

    def mean(self, name: str, scores: Floats, reason: str) -> Measured:
        """Estimate the mean of scores."""
        return self.share(name, scores, np.ones(len(scores)), reason)

    def amount(self, name: str, above: Floats, below: Floats, reason: str) -> Measured:
        """Estimate a ratio that is not negative, such as seconds per label."""
        cells = self.cells(above, below)
        found = linearised(cells, self.n, self._estimator.uncertainty.confidence)
        found.low[:] = np.maximum(found.low, 0.0)
        return Measured(name, found, reason)


def linearised(cells: Evidence, n_groups: int, confidence: float) -> Interval:
    """Put an interval around each ratio of totals by its linearised variance, without limits.

    As `labelqa.stats.ratio.cluster_interval`, but a cell may have a numerator without a denominator: the cost of a label
    that was rejected is part of what an accepted one costs.
    """
    group, above, below = cells.group, cells.numerator, cells.denominator
    size, n = total_by(group, below, n_groups), count_by(group, n_groups)
    value = divided(total_by(group, above, n_groups), size)
    residual = above - np.nan_to_num(value)[group] * below
    squares = total_by(group, residual * residual, n_groups)
    low, high = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    some = (n >= 2) & (size > 0)
    count = n[some].astype(np.float64)
    half = t_quantile(count - 1, 0.5 + confidence / 2) * np.sqrt(count / (count - 1) * squares[some]) / size[some]
    low[some], high[some] = value[some] - half, value[some] + half
    return Interval(value, low, high, n)


def plain(name: str, value: Floats, reason: str) -> Measured:
    """Take a value without interval."""
    return Measured(name, Interval(value, value, value, np.zeros(len(value), np.int64)), reason)


def inverse(name: str, measured: Measured, factor: float, reason: str) -> Measured:
    """Turn an amount over: seconds per label into labels per hour with factor 3600."""
    found = measured.interval
    with_factor = np.full(len(found.value), factor)
    value, low, high = (divided(with_factor, end) for end in (found.value, found.high, found.low))
    return Measured(name, Interval(value, low, high, found.n_clusters), reason)
