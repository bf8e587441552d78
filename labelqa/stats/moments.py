"""The ratio estimator with clusters, its variance gathered in one pass over clusters that come part by part.

Sums of squares about the final ratio would need a second pass. They are gathered about the ratio of each group's first
cluster instead, and moved to the final ratio at the end:

    sum (y - R n)^2 = sum d^2 + 2 (r - R) sum d n + (r - R)^2 sum n^2    with d = y - r n

Where all clusters agree, d is 0 and nothing is lost; a shift that is not far off costs no digits, unlike a shift of 0.

Source
------
The estimate and interval are those of `labelqa.stats.ratio`. Chan, Golub and LeVeque (1983), "Algorithms for computing
the sample variance: analysis and recommendations", The American Statistician 37(3), for the shift.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labelqa.stats.ratio import Interval, check_confidence
from labelqa.stats.student import t_quantile

_MIN_CLUSTERS = 2


class Moments:
    """Sums over the clusters of each of G groups: as many numbers however many clusters there are.

    Clusters are added in the order of their ids. Sums run on from part to part, so that they have the same bits however
    the clusters were cut into parts.

    Examples
    --------
    >>> moments = Moments(2)
    >>> moments.add(np.array([0, 0]), np.array([1.0, 1.0]), np.array([1.0, 1.0]))
    >>> moments.add(np.array([0, 1]), np.array([1.5, 1.0]), np.array([2.0, 1.0]))
    >>> found = moments.interval()
    >>> found.value, found.low.round(4), found.high, found.n_clusters
    (array([0.875, 1.   ]), array([0.4716,    nan]), array([ 1., nan]), array([3, 1]))
    """

    def __init__(self, n_groups: int) -> None:
        self._sums = np.zeros((7, n_groups))

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return self._sums.shape[1]

    def regroup(self, place: NDArray[np.int64], n_groups: int) -> None:
        """Move each group to its place among more groups."""
        sums = np.zeros((7, n_groups))
        sums[:, place] = self._sums
        self._sums = sums

    def add(self, group: NDArray[np.integer], numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> None:
        """Add clusters: group, total and size of each, [n_rows]; a size of 0 over 0 is no evidence.

        Raises
        ------
        ValueError
            If a total or size is not finite.
        """
        some = np.flatnonzero(denominator > 0)
        if len(some) < len(denominator):
            group, numerator, denominator = group.take(some), numerator.take(some), denominator.take(some)
        about, top, bottom, squares, crossed, sizes, n = self._sums
        new = np.flatnonzero(n.take(group) == 0)[::-1]
        about[group.take(new)] = numerator.take(new) / denominator.take(new)  # of several, the first is written last
        np.add.at(n, group, 1.0)
        d = about.take(group)
        d *= denominator
        np.subtract(numerator, d, out=d)
        # Each row is added to what its group has come to, in the order of the rows.
        np.add.at(top, group, numerator)
        np.add.at(bottom, group, denominator)
        np.add.at(squares, group, d * d)
        np.add.at(crossed, group, d * denominator)
        np.add.at(sizes, group, denominator * denominator)
        if not np.isfinite(self._sums).all():
            raise ValueError("numerator and denominator must be finite; leave rows without a value out")

    def interval(self, confidence: float = 0.95, limits: tuple[float, float] = (0.0, 1.0)) -> Interval:
        """Put a t interval around each ratio; see `labelqa.stats.ratio.cluster_interval`.

        Raises
        ------
        ValueError
            If confidence is outside (0, 1) or an estimate lies outside the limits.
        """
        check_confidence(confidence)
        about, top, bottom, squares, crossed, sizes, n = self._sums
        n_groups = self.n_groups
        value, low, high = (np.full(n_groups, np.nan) for _ in range(3))
        np.divide(top, bottom, out=value, where=bottom > 0)
        if ((value < limits[0]) | (value > limits[1])).any():
            found = f"{np.nanmin(value)} to {np.nanmax(value)}"
            raise ValueError(
                f"ratios range from {found}, outside limits={limits}; pass the limits of this kind of ratio"
            )
        defined = np.flatnonzero(n >= _MIN_CLUSTERS)
        shift, m = (about - value)[defined], n[defined]
        about_value = squares[defined] + shift * (2 * crossed[defined] + shift * sizes[defined])
        spread = np.sqrt(m / (m - 1) * np.maximum(about_value, 0.0)) / bottom[defined]
        half_width = t_quantile(m - 1, 0.5 + confidence / 2) * spread
        low[defined] = np.maximum(value[defined] - half_width, limits[0])
        high[defined] = np.minimum(value[defined] + half_width, limits[1])
        return Interval(value, low, high, n.astype(np.int64))
