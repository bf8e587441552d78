"""The cluster bootstrap with Poisson weights: percentile intervals that do not depend on the order of rows.

Source
------
Efron, Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13, for the percentile interval; Hanley,
MacGibbon (2006) and Chamandy et al. (2012), both cited in `labelqa.stats.keyed_random`, for Poisson(1) weights hashed
from ids in place of resampling.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labelqa.stats.keyed_random import checked_keys, mix, poisson1
from labelqa.stats.ratio import Interval, check_confidence, checked_clusters, ratio_of

# Elements in one temporary array: 2**16 float64 are half a MiB, which stays in the cache.
_BLOCK_ELEMENTS = 1 << 16
_MIN_CLUSTERS = 2


def bootstrap_interval(
    group: ArrayLike,
    n_groups: int,
    numerator: ArrayLike,
    denominator: ArrayLike,
    key: ArrayLike,
    confidence: float = 0.95,
    seed: int = 0,
    replicates: int = 1000,
) -> Interval:
    """Put a percentile bootstrap interval around each ratio, with clusters (assets) as the unit that is resampled.

    In replicate b the cluster of key k weighs w = Poisson(1), drawn by hashing (seed, k, b), and the replicate's ratio
    is sum w y / sum w n. An asset has the same weight in every group it appears in, so groups can be compared, and in
    every partition of the data. Replicates in which all weights of a group are 0 (a share of exp(-G) with G clusters)
    have no ratio and are left out of its percentiles. Percentiles interpolate linearly (type 7 of Hyndman and Fan,
    numpy's default). Like every percentile bootstrap it is too narrow for few clusters near 0 or 1, and of no width
    where all clusters agree.

    Each temporary stays below 1 MB, or is a single column of the input if that is longer. The size of the blocks does
    not show in the bits of the result, nor do other groups.

    Parameters
    ----------
    group, n_groups, numerator, denominator
        As for `labelqa.stats.ratio.ratio`; rows are clusters, sums run in row order.
    key : uint64 [n_rows]
        Hash of the asset's id, from `labelqa.stats.keyed_random`.
    confidence : float
        Two-sided, in (0, 1).
    seed : int
    replicates : int
        At least 1; 1,000 for 95 %.

    Returns
    -------
    Interval
        low and high are nan for groups of fewer than 2 clusters with evidence.

    Raises
    ------
    ValueError
        As `ratio`; also if confidence is outside (0, 1), replicates < 1, or keys are not uint64 or not one a row.

    Examples
    --------
    >>> from labelqa.stats.keyed_random import keys_of
    >>> key = keys_of([f"asset-{i}" for i in range(50)])
    >>> found = bootstrap_interval([0] * 50, 1, [1.0, 0.5] * 25, [1] * 50, key)
    >>> found.value, found.low.round(2), found.high.round(2)
    (array([0.75]), array([0.68]), array([0.82]))
    """
    clusters = checked_clusters(group, n_groups, numerator, denominator)
    check_confidence(confidence)
    keys = checked_keys(key, clusters.group.size)
    if replicates < 1:
        raise ValueError(f"replicates must be at least 1, got {replicates}")

    # A stable sort brings groups together without changing the order of sums within one.
    order = np.argsort(clusters.group, kind="stable")
    stream = mix(seed, keys)[order]
    codes, y, n = clusters.group[order], clusters.numerator[order], clusters.denominator[order]

    low, high = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    groups_at_once = max(1, _BLOCK_ELEMENTS // replicates)
    for first in range(0, n_groups, groups_at_once):
        last = min(first + groups_at_once, n_groups)
        rows = slice(*np.searchsorted(codes, [first, last]))
        ratios = _replicate_ratios(codes[rows] - first, last - first, y[rows], n[rows], stream[rows], replicates)
        ratios.sort(axis=0)  # nan, where a replicate has no ratio, goes to the end
        low[first:last] = _sorted_quantile(ratios, (1 - confidence) / 2)
        high[first:last] = _sorted_quantile(ratios, (1 + confidence) / 2)

    n_clusters = clusters.count()
    low[n_clusters < _MIN_CLUSTERS] = high[n_clusters < _MIN_CLUSTERS] = np.nan
    return Interval(ratio_of(clusters), low, high, n_clusters)


def _replicate_ratios(
    group: NDArray[np.int64],
    n_groups: int,
    numerator: NDArray[np.float64],
    denominator: NDArray[np.float64],
    stream: NDArray[np.uint64],
    replicates: int,
) -> NDArray[np.float64]:
    """Ratio of every replicate, [replicates, n_groups]; nan where all weights are 0."""
    ratios = np.full((replicates, n_groups), np.nan)
    at_once = max(1, _BLOCK_ELEMENTS // max(1, group.size))
    for first in range(0, replicates, at_once):
        replicate = np.arange(first, min(first + at_once, replicates), dtype=np.uint64)[:, None]
        weight = poisson1(mix(stream, replicate))  # [block, rows]
        # One bincount for the whole block: a cell is a group in a replicate, its rows still in row order.
        cell = (np.arange(replicate.size)[:, None] * n_groups + group).ravel()
        cells = replicate.size * n_groups
        top = np.bincount(cell, weights=(weight * numerator).ravel(), minlength=cells)
        bottom = np.bincount(cell, weights=(weight * denominator).ravel(), minlength=cells)
        block = ratios[first : first + replicate.size].reshape(-1)
        np.divide(top, bottom, out=block, where=bottom > 0)
    return ratios


def _sorted_quantile(ratios: NDArray[np.float64], probability: float) -> NDArray[np.float64]:
    """Quantile of each column of sorted [replicates, n_groups], nan last and not counted; nan for an empty column."""
    n_valid = np.count_nonzero(~np.isnan(ratios), axis=0)
    position = np.maximum(n_valid - 1, 0) * probability
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(n_valid - 1, 0))
    column = np.arange(ratios.shape[1])
    start, step = ratios[below, column], position - below
    quantile: NDArray[np.float64] = start + step * (ratios[above, column] - start)
    return quantile
