"""Tails of sums of independent trials, of one chance or of several.

Source
------
Abramowitz, Stegun (1964), 26.5.24: the binomial tail is a regularised incomplete beta function. Trials of different
chances (Poisson binomial): Barlow, Heidtmann (1984), IEEE Transactions on Reliability 33 - the distributions of the
parts are convolved, here one binomial for each chance that occurs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def binomial_tail(count: ArrayLike, n: ArrayLike, chance: ArrayLike) -> NDArray[np.float64]:
    """Probability of at least `count` successes in `n` trials, elementwise; 1 for a count of 0, 0 for more than n.

    Examples
    --------
    >>> binomial_tail([0, 1, 2, 3], 2, 0.5).tolist()
    [1.0, 0.75, 0.25, 0.0]
    """
    from scipy.special import betainc  # here, because importing scipy is slow

    k, trials, p = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (count, n, chance)))
    tail = betainc(np.maximum(k, 1.0), np.maximum(trials - k + 1.0, 1.0), p)
    return np.asarray(np.where(k <= 0, 1.0, np.where(k > trials, 0.0, tail)), dtype=np.float64)


def trials_tail(chances: ArrayLike, count: int) -> float:
    """Probability that independent trials with these chances succeed at least `count` times.

    Fast where few different chances occur.

    Examples
    --------
    >>> trials_tail([0.5, 0.5, 1.0], 3)
    0.25
    """
    from scipy.special import gammaln

    chance = np.asarray(chances, dtype=np.float64)
    certain = int((chance >= 1.0).sum())
    spread = np.array([1.0])
    for p, n in zip(*np.unique(chance[(chance > 0) & (chance < 1)], return_counts=True), strict=True):
        k = np.arange(n + 1.0)
        choices = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
        spread = np.convolve(spread, np.exp(choices + k * np.log(p) + (n - k) * np.log1p(-p)))
    needed = max(count - certain, 0)
    return float(min(1.0, spread[needed:][::-1].sum()))
