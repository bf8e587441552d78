"""Sums, counts and means by group, always in the order of the rows, so that they have the same bits every time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.integer]
Floats = NDArray[np.float64]


def total_by(group: Integers, values: NDArray[np.floating | np.integer], n_groups: int) -> Floats:
    """Sum the values of each group in row order: float64 [n_groups].

    Examples
    --------
    >>> total_by(np.array([2, 0, 2]), np.array([0.5, 1.0, 0.25]), 3).tolist()
    [1.0, 0.0, 0.75]
    """
    return np.asarray(np.bincount(group, values, n_groups), dtype=np.float64)


def count_by(group: Integers, n_groups: int) -> NDArray[np.int64]:
    """Count the rows of each group: int64 [n_groups].

    Examples
    --------
    >>> count_by(np.array([2, 0, 2]), 3).tolist()
    [1, 0, 2]
    """
    return np.asarray(np.bincount(group, minlength=n_groups), dtype=np.int64)


def mean_by(group: Integers, values: Floats, n_groups: int) -> Floats:
    """Mean of the values of each group that are not nan: float64 [n_groups], nan where there is none.

    Examples
    --------
    >>> mean_by(np.array([0, 0, 2]), np.array([1.0, 0.5, np.nan]), 3).tolist()
    [0.75, nan, nan]
    """
    defined = ~np.isnan(values)
    return divided(total_by(group[defined], values[defined], n_groups), count_by(group[defined], n_groups))


def divided(above: Floats, below: NDArray[np.floating | np.integer]) -> Floats:
    """Divide, nan where the divisor is 0.

    Examples
    --------
    >>> divided(np.array([1.0, 0.0]), np.array([4, 0])).tolist()
    [0.25, nan]
    """
    quotient: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0)
    return quotient
