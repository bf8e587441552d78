"""Roll-ups: what parts of a project come to in each group, added up in the order of the assets.

A part tells its groups' totals, and its evidence asset by asset; both are small. Sums run on from part to part in id
order, so that they have the same bits however the project was cut, on whatever threads or machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Ints
from labelqa.measures.estimate import NO_EVIDENCE, Estimator, Evidence, Gathered, Measured


@dataclass(frozen=True)
class Tally:
    """What a part comes to in each of its groups, G of them.

    Attributes
    ----------
    keys : int64 [G]
        Number of each group in the whole project, ascending.
    totals : mapping of str to int64 [G]
    measures : tuple of str
    evidence : Evidence
        Of all measures, one after the other: group g of measure m is number m G + g. Assets are counted within the part.
    """

    keys: Ints
    totals: Mapping[str, NDArray[np.integer]]
    measures: tuple[str, ...] = ()
    evidence: Evidence = NO_EVIDENCE

    @classmethod
    def of(cls, keys: Ints, totals: Mapping[str, NDArray[np.integer]], evidence: Mapping[str, Evidence]) -> Tally:
        """Join the evidence of each measure, whose groups are counted from 0 to G - 1."""
        found = [replace(one, group=one.group + m * len(keys)) for m, one in enumerate(evidence.values())]
        return cls(keys, totals, tuple(evidence), Evidence.joined(found))

    @cached_property
    def of_measures(self) -> dict[str, Evidence]:
        """The evidence of each measure, whose groups are counted from 0 to G - 1."""
        every, n, found = self.evidence, len(self.keys), {}
        ends = np.searchsorted(every.group // max(n, 1), np.arange(len(self.measures) + 1)).tolist()
        for m, (name, at) in enumerate(zip(self.measures, pairwise(ends), strict=True)):
            rows = slice(*at)
            group = every.group[rows] - m * n
            found[name] = Evidence(group, every.asset[rows], every.numerator[rows], every.denominator[rows])
        return found


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
        place, found = np.searchsorted(self.keys, tally.keys), tally.evidence
        for name, values in tally.totals.items():
            self.totals[name][place] += values
        if len(tally.keys) < len(self.keys):
            found = replace(found, group=self._of_measures(place).take(found.group))
        self._gathered.add(found, first_asset)

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
            self._measures = tally.measures
        before, self.keys = self.keys, np.union1d(self.keys, tally.keys)
        if len(before) == len(self.keys):
            return
        place, n = np.searchsorted(self.keys, before), len(self.keys)
        for name, total in self.totals.items():
            self.totals[name] = np.zeros(n, np.int64)
            self.totals[name][place] = total
        self._gathered.regroup(self._of_measures(place), len(self._measures) * n)

    def _of_measures(self, place: Ints) -> Ints:
        """Give the numbers of groups of each measure, by the places of groups."""
        return (np.arange(len(self._measures))[:, None] * len(self.keys) + place).ravel()
