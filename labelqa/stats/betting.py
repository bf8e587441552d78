"""Confidence bounds for bounded means by betting: valid at every sample size, for any distribution, also near 1.

Source
------
Waudby-Smith, Ramdas (2024), "Estimating means of bounded random variables by betting", Journal of the Royal Statistical
Society B 86, doi:10.1093/jrsssb/qkad009 (arXiv:2010.09686): the hedged capital interval with predictable plug-in bets
for a fixed sample size, truncated at c = 3/4, in its maximum form. Generalised here from means to ratios.

The idea
--------
To test the claim "the ratio is m", bet against it with bets that gain nothing on average if it is true. Each cluster,
of total y_i and size n_i, 0 <= y_i <= n_i <= N, is one round. The capital starts at 1 and is multiplied by

    1 + lambda_i * (y_i - m n_i) / N,    lambda_i = min(bet_i, c / m),

where bet_i comes from the clusters before i alone and does not depend on m. If the ratio is m or less, the capital is a
nonnegative supermartingale, and by Ville's inequality it ever reaches 1 / alpha with probability alpha at most. The
lower bound is the greatest m at which it did. With n_i = 1 all of this is the paper's.

The refuted m form an interval that starts at 0, so bisection finds its end: while bet_i < c / m, a factor falls as m
rises; from there on it is 1 + c (y_i / m - n_i) / N, which falls too. All factors are at least 1 - c > 0, so their
products fall with m, and the running maximum does.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labelqa.stats.keyed_random import checked_keys, mix
from labelqa.stats.ratio import Clusters, Interval, check_confidence, checked_clusters, ratio_of

_TRUNCATION = 0.75  # the paper's c: 1/2 or 3/4; the latter is sharper where most clusters are perfect
_BISECTIONS = 40  # bounds are multiples of 2**-40, about 1e-12, so that 1 - bound is exact
_BLOCK_ELEMENTS = 1 << 16  # of one temporary array, unless a single group is longer


def lower_bound(
    numerator: ArrayLike,
    denominator: ArrayLike,
    alpha: float = 0.05,
    key: ArrayLike | None = None,
    seed: int = 0,
    largest: float | None = None,
) -> float:
    """Bound the ratio of one group from below: too high with probability `alpha` at most, whatever the distribution.

    Clusters are taken to be independent draws from one population, and the bound is on its ratio E(y) / E(n). One
    caveat: N should be known beforehand. By default it is the largest denominator seen, which keeps the guarantee where
    all denominators are equal or quality does not depend on the size of the cluster, and is an approximation elsewhere
    (simulated with Pareto sizes that decide quality: a 5 % bound errs 8 % of the time). Give `largest` where the size
    of a cluster is limited by design.

    Parameters
    ----------
    numerator : float64 [n_clusters]
        Total score y_i of the cluster (asset), 0 <= y_i <= n_i.
    denominator : float64 [n_clusters]
        Size n_i of the cluster, >= 0. Rows of 0 over 0 are no evidence and are passed over.
    alpha : float
        Probability of a bound that is too high, in (0, 1).
    key : uint64 [n_clusters], optional
        Hash of the asset's id. Bets are placed in the order of the hash of (seed, key), so neither the order of rows
        nor ids that go with quality matter. Without keys the rows are taken as they stand: let that be at random.
    seed : int
    largest : float, optional
        Greatest denominator a cluster can have (N), at least the greatest seen.

    Returns
    -------
    float
        In [0, 1), rounded down to a multiple of 2**-40; 0 without observations.

    Raises
    ------
    ValueError
        If lengths differ, numbers are not finite, a denominator is negative, a numerator is outside 0..denominator,
        alpha is outside (0, 1), keys are not uint64, or `largest` is exceeded.

    Examples
    --------
    >>> round(lower_bound([1.0] * 100, [1] * 100), 4)
    0.9608
    >>> lower_bound([], [])
    0.0
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, such as 0.05, got {alpha}")
    clusters = _one_group(numerator, denominator)
    row = _betting_order(clusters, None if key is None else checked_keys(key, clusters.group.size), seed)
    if not row.size:
        return 0.0
    y, n = clusters.numerator[None, row], clusters.denominator[None, row]
    return float(_lower_bounds(y, n, np.array([row.size]), alpha, largest)[0])


def upper_bound(
    numerator: ArrayLike,
    denominator: ArrayLike,
    alpha: float = 0.05,
    key: ArrayLike | None = None,
    seed: int = 0,
    largest: float | None = None,
) -> float:
    """Bound the ratio of one group from above: 1 minus the lower bound of the complement, y_i -> n_i - y_i.

    Parameters
    ----------
    numerator, denominator, alpha, key, seed, largest
        As for `lower_bound`.

    Returns
    -------
    float
        In (0, 1], rounded up to a multiple of 2**-40; 1 without observations. Errors as in `lower_bound`.

    Examples
    --------
    >>> round(upper_bound([0.0] * 100, [1] * 100), 4)
    0.0392
    """
    clusters = _one_group(numerator, denominator)
    complement = clusters.denominator - clusters.numerator
    return 1.0 - lower_bound(complement, clusters.denominator, alpha, key, seed, largest)


def exact_interval(
    group: ArrayLike,
    n_groups: int,
    numerator: ArrayLike,
    denominator: ArrayLike,
    key: ArrayLike,
    confidence: float = 0.95,
    seed: int = 0,
    largest: float | None = None,
) -> Interval:
    """Put a finite-sample interval around each ratio: `lower_bound` and `upper_bound` at (1 - confidence) / 2 each.

    A bound takes the best moment of the betting, not the last, so now and then it passes the plain ratio; the interval
    is then widened to hold the ratio, which cannot cost coverage. For one-sided bounds of many groups at level alpha
    take ``confidence = 1 - 2 * alpha`` and read one end.

    Parameters
    ----------
    group, n_groups
        As for `labelqa.stats.ratio.ratio`.
    numerator, denominator, key, seed, largest
        As for `lower_bound`; keys are required, and N is looked up group by group if `largest` is not given.
    confidence : float
        Two-sided, in (0, 1).

    Returns
    -------
    Interval
        A single cluster has an interval too, though a wide one; groups without evidence have nan. Errors as in
        `lower_bound` and `labelqa.stats.ratio.ratio`, and if confidence is outside (0, 1).

    Examples
    --------
    >>> from labelqa.stats.keyed_random import keys_of
    >>> key = keys_of([f"asset-{i}" for i in range(100)])
    >>> found = exact_interval([0] * 100, 1, [1.0] * 100, [1] * 100, key)
    >>> found.low.round(3), found.value, found.high
    (array([0.952]), array([1.]), array([1.]))
    """
    clusters = _bounded(checked_clusters(group, n_groups, numerator, denominator))
    check_confidence(confidence)
    row = _betting_order(clusters, checked_keys(key, clusters.group.size), seed)
    n_clusters, value = clusters.count(), ratio_of(clusters)
    first_row = np.cumsum(n_clusters) - n_clusters
    alpha = (1 - confidence) / 2
    low, high = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    for members in _batches(n_clusters):
        count = n_clusters[members]
        place = np.arange(count.max())
        # Short groups are filled up with rows of 0 over 0, whose factor is 1: they change no bit.
        real = place < count[:, None]
        at = row[np.where(real, first_row[members, None] + place, 0)]
        y, n = np.where(real, clusters.numerator[at], 0.0), np.where(real, clusters.denominator[at], 0.0)
        low[members] = np.minimum(_lower_bounds(y, n, count, alpha, largest), value[members])
        high[members] = np.maximum(1.0 - _lower_bounds(n - y, n, count, alpha, largest), value[members])
    return Interval(value, low, high, n_clusters)


def _lower_bounds(
    y: NDArray[np.float64], n: NDArray[np.float64], count: NDArray[np.int64], alpha: float, largest: float | None
) -> NDArray[np.float64]:
    """Lower bounds [b] of groups laid out as [b, width]: `count` real rows each in betting order, then 0 over 0.

    Sums and products run along one row and need no vector logarithm: a bound's bits depend on its own group alone.
    """
    scale = n.max(axis=1, keepdims=True)
    if largest is not None:
        if not scale.max() <= largest < math.inf:
            raise ValueError(f"largest={largest} must be finite and at least the greatest denominator, {scale.max()}")
        scale = np.full_like(scale, largest)
    y, n = y / scale, n / scale

    seen = np.arange(1.0, y.shape[1] + 1)
    mean = (0.5 + np.cumsum(y, axis=1)) / (1 + np.cumsum(n, axis=1))
    variance = (0.25 + np.cumsum((y - mean * n) ** 2, axis=1)) / (seen + 1)
    before = np.concatenate([np.full_like(scale, 0.25), variance[:, :-1]], axis=1)
    bet = np.sqrt(2 * math.log(1 / alpha) / (count[:, None] * before))

    # Slightly more than 1 / alpha, to cover the rounding of that many products.
    goal = (1 + 16 * count * np.finfo(np.float64).eps) / alpha
    refuted, open_end = np.zeros(count.size), np.ones(count.size)
    for _ in range(_BISECTIONS):
        m = (refuted + open_end) / 2
        factor = np.minimum(bet, (_TRUNCATION / m)[:, None])
        factor *= y - m[:, None] * n
        factor += 1
        # Capital may leave the range of float64: infinity has reached the goal, and 0 only makes the bound wider.
        with np.errstate(over="ignore", under="ignore"):
            reached = np.cumprod(factor, axis=1, out=factor).max(axis=1) >= goal
        refuted, open_end = np.where(reached, m, refuted), np.where(reached, open_end, m)
    return refuted  # itself refuted, hence on the safe side


def _betting_order(clusters: Clusters, keys: NDArray[np.uint64] | None, seed: int) -> NDArray[np.int64]:
    """Rows with evidence, group after group, in the order of the hash of (seed, key) or else as they stand."""
    order = np.lexsort((clusters.group,) if keys is None else (mix(seed, keys), clusters.group))
    return order[clusters.denominator[order] > 0]


def _batches(count: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the groups with evidence in batches of like size (up to a factor of 2) and bounded area."""
    by_size = np.argsort(count, kind="stable")
    sizes = count[by_size]
    first = int(np.searchsorted(sizes, 1))
    while first < by_size.size:
        width = 2 * int(sizes[first])
        last = min(int(np.searchsorted(sizes, width, side="right")), first + max(1, _BLOCK_ELEMENTS // width))
        yield by_size[first:last]
        first = last


def _one_group(numerator: ArrayLike, denominator: ArrayLike) -> Clusters:
    return _bounded(checked_clusters(np.zeros(np.shape(denominator), dtype=np.int64), 1, numerator, denominator))


def _bounded(clusters: Clusters) -> Clusters:
    outside = (clusters.numerator < 0) | (clusters.numerator > clusters.denominator)
    if outside.any():
        worst = int(np.flatnonzero(outside)[0])
        found = f"{clusters.numerator[worst]} over {clusters.denominator[worst]} in row {worst}"
        raise ValueError(f"betting needs numerators from 0 to their denominator, got {found}")
    return clusters
