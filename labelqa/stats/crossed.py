"""Observations by their units (labelers) and columns (assets), crossed: what fits of several responses to them share.

Effects of the columns are swept out, which leaves a system as small as the number of units.

Source
------
Searle (1987), "Linear Models for Unbalanced Data", chapters 4 and 5 (two-way crossed classification, absorbing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labelqa.stats.grouped import distinct, tallied, total_by

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TINY = 1e-9
"""Of the largest eigenvalue: below it a direction is one that the data say nothing of."""


def _numbered(codes: ArrayLike) -> Ints:
    """Number codes from 0 without gaps."""
    number = np.asarray(codes, dtype=np.int64)
    least = int(number.min(initial=0))
    return distinct(number - least, int(number.max(initial=0)) - least + 1)[1]


@dataclass(frozen=True, eq=False)
class Crossed:
    """Who takes part in which observations: what fits of several responses to the same observations have in common.

    Attributes
    ----------
    unit : int64 [n_observations, n_parts]
        Units of each observation, -1 for nobody.
    sign : float64 [n_parts]
    n_units : int
    clusters, columns : int64 [n_observations]
        Numbered from 0; columns None without.
    """

    unit: Ints
    sign: Floats
    n_units: int
    clusters: Ints
    columns: Ints | None

    @classmethod
    def of(
        cls,
        units: Sequence[ArrayLike],
        signs: Sequence[float],
        n_units: int,
        cluster: ArrayLike,
        *,
        column: ArrayLike | None = None,
    ) -> Crossed:
        """Lay observations out; arguments and errors as of `two_way.additive_effects`."""
        parts = [np.asarray(unit, dtype=np.int64) for unit in units]
        clusters = _numbered(cluster)
        columns = None if column is None else clusters if column is cluster else _numbered(column)
        if any(part.shape != clusters.shape for part in (*parts, *(() if columns is None else (columns,)))):
            raise ValueError("units, response, cluster and column must be flat and equally long")
        unit, sign = np.stack(parts, axis=1), np.asarray(signs, dtype=np.float64)
        if len(parts) == 2 and sign.sum() == 0:
            unit[unit[:, 0] == unit[:, 1]] = -1  # a unit less itself
        return cls(unit, sign, n_units, clusters, columns)

    @cached_property
    def there(self) -> NDArray[np.bool_]:
        """Where somebody takes part: [n_observations, n_parts]."""
        return self.unit >= 0

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """Units with an observation: [n_units]."""
        return np.bincount(self.unit[self.there], minlength=self.n_units) > 0

    @cached_property
    def informative(self) -> NDArray[np.bool_]:
        """Observations that the sweep of the columns leaves something of: an asset with one label says nothing."""
        if self.columns is None:
            return np.ones(len(self.clusters), bool)
        informative: NDArray[np.bool_] = np.bincount(self.columns)[self.columns] > 1
        return informative

    @cached_property
    def cells(self) -> tuple[Ints, Ints]:
        """Give the different clusters with their units, as one number each, ascending, and the place of each who takes part."""
        return self._places(self.clusters)

    @cached_property
    def n_clusters(self) -> Ints:
        """Clusters of each unit among the informative observations: [n_units]."""
        keys, place = self.cells
        told = np.zeros(len(keys), bool)
        told[place[self._each(self.informative)]] = True
        return np.bincount(keys[told] % self.n_units, minlength=self.n_units).astype(np.int64)

    @cached_property
    def system(self) -> Any:
        """The normal equations' matrix once the columns are swept out: sparse [n_units, n_units]."""
        system = self._products()
        if self.columns is not None:
            summed = self.by(self.columns, np.ones(len(self.columns)))
            mean = self.by(self.columns, 1.0 / np.bincount(self.columns)[self.columns])
            system = (system - summed.T @ mean).tocsr()
        system.data[np.abs(system.data) < TINY] = 0.0
        system.eliminate_zeros()
        return system

    def _products(self) -> csr_array:
        """Add up the products of signs of each two units that take part in one observation."""
        from scipy.sparse import csr_array

        n, parts = self.n_units, range(len(self.sign))
        keys, totals = [], []
        for one, other in product(parts, parts):
            both = self.there[:, one] & self.there[:, other]
            key, count = tallied(self.unit[both, one] * n + self.unit[both, other], n * n)
            keys.append(key)
            totals.append(count * (self.sign[one] * self.sign[other]))
        key, place = distinct(np.concatenate(keys), n * n)
        data = total_by(place, np.concatenate(totals), len(key))
        return csr_array((data, key % n, np.searchsorted(key // n, np.arange(n + 1))), shape=(n, n))

    def gathered(self, values: Floats) -> Floats:
        """Add up the values of the observations of each unit, with their signs: [n_units]."""
        return total_by(self.unit[self.there], self._signed(values), self.n_units)

    def spread_out(self, of_units: Floats) -> Floats:
        """Add up what the units of each observation have, with their signs: [n_observations]."""
        padded = np.append(of_units, 0.0)  # nobody has nothing
        total = padded.take(self.unit[:, 0]) * self.sign[0]
        for unit, sign in zip(self.unit.T[1:], self.sign[1:], strict=True):
            total += padded.take(unit) * sign
        return np.asarray(total, dtype=np.float64)

    def by(self, codes: Ints, values: Floats) -> csr_array:
        """Add up the values of observations by code and unit, with their signs: sparse [n_codes, n_units]."""
        from scipy.sparse import csr_array

        keys, place = self.cells if codes is self.clusters else self._places(codes)
        n_codes = int(codes.max(initial=-1)) + 1
        first = np.searchsorted(keys // self.n_units, np.arange(n_codes + 1))
        data = total_by(place, self._signed(values), len(keys))
        return csr_array((data, keys % self.n_units, first), shape=(n_codes, self.n_units))

    def _places(self, codes: Ints) -> tuple[Ints, Ints]:
        key = (codes[:, None] * self.n_units + self.unit)[self.there]
        return distinct(key, (int(codes.max(initial=-1)) + 1) * self.n_units)

    def _each(self, values: NDArray[Any]) -> NDArray[Any]:
        """Repeat what observations have for each who takes part, in order."""
        return np.broadcast_to(values[:, None], self.unit.shape)[self.there]

    def _signed(self, values: Floats) -> Floats:
        return (values[:, None] * self.sign)[self.there]
