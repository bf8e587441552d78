"""Random draws that belong to things: to a seed, a purpose, and the numbers of an asset, a labeler, an object.

Nothing is drawn from a stream, so the draws for asset 7 are the same whether 10 or 10,000 assets are asked for, and a
new purpose disturbs no other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, pdtr

from labelqa.kinds.kind import Floats, Ints
from labelqa.stats.keyed_random import keys_of, mix

_GREATEST_COUNT = 200
"""Counts are cut here; the means in use are below 20."""


class Draws:
    """The draws of one seed.

    Every method takes the `purpose` of the draw and the numbers of the things it belongs to, as int64 arrays that
    broadcast.

    Examples
    --------
    >>> draws = Draws(seed=1)
    >>> few, many = draws.uniform("size", np.arange(3)), draws.uniform("size", np.arange(9))
    >>> bool((few == many[:3]).all())
    True
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def uniform(self, purpose: str, *things: ArrayLike) -> Floats:
        """Draw from the open interval (0, 1)."""
        bits = mix(self._seed, keys_of([purpose]))
        for thing in things:
            bits = mix(bits, np.asarray(thing, dtype=np.uint64))
        return ((bits >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52

    def between(self, low: ArrayLike, high: ArrayLike, purpose: str, *things: ArrayLike) -> Floats:
        """Draw evenly from `low` to `high`."""
        least, most = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
        return least + (most - least) * self.uniform(purpose, *things)

    def normal(self, purpose: str, *things: ArrayLike) -> Floats:
        """Draw from the standard normal distribution."""
        return np.asarray(ndtri(self.uniform(purpose, *things)), dtype=np.float64)

    def pick(self, shares: ArrayLike, purpose: str, *things: ArrayLike) -> Ints:
        """Draw a number 0 .. n - 1 with these n shares, which sum to 1."""
        bounds = np.cumsum(shares)[:-1]
        return np.searchsorted(bounds, self.uniform(purpose, *things)).astype(np.int64)

    def below(self, n: int, purpose: str, *things: ArrayLike) -> Ints:
        """Draw a whole number from 0 to n - 1, all alike."""
        return np.minimum(self.uniform(purpose, *things) * n, n - 1).astype(np.int64)

    def poisson(self, mean: ArrayLike, purpose: str, *things: ArrayLike) -> Ints:
        """Draw a count from the Poisson distribution with this mean, by its inverse cdf."""
        uniform = self.uniform(purpose, *things)
        counts = np.zeros(uniform.shape, dtype=np.int64)
        for count in range(_GREATEST_COUNT):
            exceeds = uniform > pdtr(count, np.asarray(mean, dtype=np.float64))
            if not exceeds.any():
                break
            counts += exceeds
        return counts
