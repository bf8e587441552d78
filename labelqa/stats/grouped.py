"""Sums, counts and means by group, always in the order of the rows, so that they have the same bits every time.

`numpy.add.at` adds in that order, as `numpy.bincount` does, but does not first look for the least and greatest group.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.integer]
Floats = NDArray[np.float64]

_SPARSE = 8
"""Possible keys for each row beyond which keys are sorted, not marked in a table of all that are possible."""

_SMALL = 1 << 20
"""Possible keys whose table is no burden however few of them occur."""

_DENSE = 4
"""Possible keys for each row up to which sums over all that are possible cost less than finding the different ones."""


def total_by(group: Integers, values: NDArray[np.floating | np.integer], n_groups: int) -> Floats:
    """Sum the values of each group in row order: float64 [n_groups].

    Examples
    --------
    >>> total_by(np.array([2, 0, 2]), np.array([0.5, 1.0, 0.25]), 3).tolist()
    [1.0, 0.0, 0.75]
    """
    total = np.zeros(n_groups)
    np.add.at(total, group, np.asarray(values, dtype=np.float64))
    return total


def count_by(group: Integers, n_groups: int) -> NDArray[np.int64]:
    """Count the rows of each group: int64 [n_groups].

    Examples
    --------
    >>> count_by(np.array([2, 0, 2]), 3).tolist()
    [1, 0, 2]
    """
    n = np.zeros(n_groups, np.int64)
    np.add.at(n, group, 1)
    return n


def mean_by(group: Integers, values: Floats, n_groups: int) -> Floats:
    """Mean of the values of each group that are not nan: float64 [n_groups], nan where there is none.

    Examples
    --------
    >>> mean_by(np.array([0, 0, 2]), np.array([1.0, 0.5, np.nan]), 3).tolist()
    [0.75, nan, nan]
    """
    defined = np.flatnonzero(~np.isnan(values))
    if len(defined) < len(values):
        group, values = group[defined], values[defined]
    return divided(total_by(group, values, n_groups), count_by(group, n_groups))


def divided(above: Floats, below: NDArray[np.floating | np.integer]) -> Floats:
    """Divide, nan where the divisor is 0.

    Examples
    --------
    >>> divided(np.array([1.0, 0.0]), np.array([4, 0])).tolist()
    [0.25, nan]
    """
    quotient: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0)
    return quotient


def distinct(key: Integers, n_keys: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the different keys among N from 0 to `n_keys` - 1: ascending, int64 [K], and the place of each row's, int64 [N].

    Examples
    --------
    >>> keys, place = distinct(np.array([7, 2, 7]), 10)
    >>> keys.tolist(), place.tolist()
    ([2, 7], [1, 0, 1])
    """
    if n_keys > max(_SPARSE * len(key), _SMALL):
        found, place = np.unique(key, return_inverse=True)
        return found.astype(np.int64, copy=False), place.astype(np.int64, copy=False)
    occurs = np.zeros(n_keys, np.bool_)
    occurs[key] = True
    keys = np.flatnonzero(occurs)
    place_of = np.empty(n_keys, np.int64)
    place_of[keys] = np.arange(len(keys))
    return keys, place_of.take(key)


def averaged(key: Integers, values: Floats, n_keys: int) -> tuple[NDArray[np.int64], Floats]:
    """Average the values of each different key among N from 0 to `n_keys` - 1: keys, ascending, int64 [K], and float64 [K].

    Examples
    --------
    >>> keys, mean = averaged(np.array([7, 2, 7]), np.array([1.0, 0.5, 0.5]), 10)
    >>> keys.tolist(), mean.tolist()
    ([2, 7], [0.5, 0.75])
    """
    if n_keys > _DENSE * len(key):
        keys, place = distinct(key, n_keys)
        return keys, total_by(place, values, len(keys)) / count_by(place, len(keys))
    n = count_by(key, n_keys)
    keys = np.flatnonzero(n > 0)
    return keys, total_by(key, values, n_keys).take(keys) / n.take(keys)


def tallied(key: Integers, n_keys: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the different keys among N from 0 to `n_keys` - 1: ascending, int64 [K], and how often each occurs.

    Examples
    --------
    >>> keys, n = tallied(np.array([7, 2, 7]), 10)
    >>> keys.tolist(), n.tolist()
    ([2, 7], [1, 2])
    """
    if n_keys > max(_SPARSE * len(key), _SMALL):
        found, n = np.unique(key, return_counts=True)
        return found.astype(np.int64, copy=False), n.astype(np.int64, copy=False)
    n = count_by(key, n_keys)
    keys = np.flatnonzero(n)
    return keys, n[keys]


def found_among(keys: Integers, wanted: Integers, n_keys: int) -> NDArray[np.int64]:
    """Find keys among K ascending ones from 0 to `n_keys` - 1: the place of each, int64 [W], -1 for those not there.

    Examples
    --------
    >>> found_among(np.array([2, 5, 7]), np.array([7, 3, 2]), 10).tolist()
    [2, -1, 0]
    """
    if not len(keys):
        return np.full(len(wanted), -1)
    if n_keys > max(_SPARSE * (len(keys) + len(wanted)), _SMALL):
        place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
        place[keys.take(place) != wanted] = -1
        return place
    place_of = np.full(n_keys, -1, np.int32)
    place_of[keys] = np.arange(len(keys), dtype=np.int32)
    return place_of.take(wanted).astype(np.int64)
