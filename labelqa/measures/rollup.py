"""Roll-ups: what parts of a project come to in each group, added up in the order of the assets.

A part tells its groups' totals, and its evidence asset by asset; both are small. Sums run on from part to part in id
order, so that they have the same bits however the project was cut, on whatever threads or machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Ints
from labelqa.measures.estimate import Estimator, Evidence, Gathered, Measured


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

    The evidence of all its measures is gathered together: group g of measure m, of G groups, is number m G + g.

    Parameters
    ----------
    estimator : Estimator
    """

    def __init__(self, estimator: Estimator) -> None:
        self._estimator = estimator
        self.keys: Ints = np.empty(0, np.int64)
        self.totals: dict[str, Ints] = {}
        self._measures: tuple[str, ...] = ()
        self._gathered: Gathered = estimator.gather(0)

    def add(self, tally: Tally, first_asset: int) -> None:
        """Add a part, the next one in the order of the assets, of which `first_asset` is its first."""
        self._meet(tally)
        place = np.searchsorted(self.keys, tally.keys)
        for name, values in tally.totals.items():
            self.totals[name][place] += values
        if tally.evidence:
            found = [tally.evidence[name] for name in self._measures]
            group = [place.take(one.group) + m * len(self.keys) for m, one in enumerate(found)]
            every = Evidence.joined(found)
            self._gathered.add(replace(every, group=np.concatenate(group), asset=every.asset + first_asset))

    def measured(self, reasons: Mapping[str, str]) -> list[Measured]:
        """Estimate measures of every group; why each may be undefined."""
        every, n = self._gathered.interval(), len(self.keys)
        first = {name: m * n for m, name in enumerate(self._measures)}
        return [
            Measured(name, every.of(slice(first[name], first[name] + n)), reason) for name, reason in reasons.items()
        ]

    def _meet(self, tally: Tally) -> None:
        """Make room for groups and measures that are new."""
        if not self.totals:
            self.totals = {name: np.zeros(0, np.int64) for name in tally.totals}
            self._measures = tuple(tally.evidence)
        if np.array_equal(self.keys, tally.keys):
            return
        merged = np.union1d(self.keys, tally.keys)
        if len(merged) == len(self.keys):
            return
        place, n = np.searchsorted(merged, self.keys), len(merged)
        for name, total in self.totals.items():
            self.totals[name] = np.zeros(n, np.int64)
            self.totals[name][place] = total
        measure = np.arange(len(self._measures))[:, None]
        self._gathered.regroup((measure * n + place).ravel(), len(measure) * n)
        self.keys = merged
