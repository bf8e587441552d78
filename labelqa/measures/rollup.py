"""Roll-ups: what parts of a project come to in each group, added up in the order of the assets.

A part tells its groups' totals, and its evidence asset by asset; both are small. Sums run on from part to part in id
order, so that they have the same bits however the project was cut, on whatever threads or machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Ints
from labelqa.measures.estimate import Estimator, Evidence, Gathered, Measured
from labelqa.stats.ratio import Interval


@dataclass(frozen=True)
class Tally:
    """What a part comes to in each of its groups, G of them.

    Attributes
    ----------
    keys : int64 [G]
        Number of each group in the whole project, ascending.
    totals : mapping of str to int64 [G]
    evidence : mapping of str to Evidence
        By measure; groups are counted from 0 to G - 1, assets within the part.
    """

    keys: Ints
    totals: Mapping[str, NDArray[np.integer]]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


class Rollup:
    """The groups of a table, and what was added to them so far.

    Parameters
    ----------
    estimator : Estimator
    keys : int64 [G], optional
        Groups that there are in any case, ascending; others come as they are met.
    """

    def __init__(self, estimator: Estimator, keys: Ints | None = None) -> None:
        self._estimator = estimator
        self.keys: Ints = np.empty(0, np.int64) if keys is None else keys
        self.totals: dict[str, Ints] = {}
        self._gathered: dict[str, Gathered] = {}

    def add(self, tally: Tally, first_asset: int) -> None:
        """Add a part, the next one in the order of the assets, of which `first_asset` is its first."""
        place = self._places(tally.keys)
        for name, values in tally.totals.items():
            total = self.totals.setdefault(name, np.zeros(len(self.keys), np.int64))
            total[place] += values
        for name, found in tally.evidence.items():
            if name not in self._gathered:
                self._gathered[name] = self._estimator.gather(len(self.keys))
            evidence = Evidence(place[found.group], found.asset + first_asset, found.numerator, found.denominator)
            self._gathered[name].add(evidence)

    def interval(self, name: str) -> Interval:
        """Estimate a measure of every group."""
        return self._gathered[name].interval()

    def measured(self, reasons: Mapping[str, str]) -> list[Measured]:
        """Estimate some measures; why each may be undefined."""
        return [Measured(name, self.interval(name), reason) for name, reason in reasons.items()]

    def _places(self, keys: Ints) -> Ints:
        """Find the places of groups, made where they are new."""
        merged = np.union1d(self.keys, keys)
        if len(merged) > len(self.keys):
            place, n = np.searchsorted(merged, self.keys), len(merged)
            for name, total in self.totals.items():
                self.totals[name] = np.zeros(n, np.int64)
                self.totals[name][place] = total
            for gathered in self._gathered.values():
                gathered.regroup(place, n)
            self.keys = merged
        return np.searchsorted(self.keys, keys)
