"""Estimates: a ratio of sums over assets, its interval, and the reason where it is undefined.

Assets are the sampling unit: labels and annotations of one asset are not independent. So every measure is a sum over
assets divided by a sum over assets, and its evidence is one cell for each asset in each group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.errors import UsageError, near_match
from labelqa.kinds.kind import Floats, Ints
from labelqa.stats.betting import exact_interval
from labelqa.stats.bootstrap import bootstrap_interval
from labelqa.stats.grouped import distinct, total_by
from labelqa.stats.keyed_random import keys_of
from labelqa.stats.moments import Moments
from labelqa.stats.ratio import Interval

METHODS = ("cluster", "bootstrap", "exact")


@dataclass(frozen=True)
class Uncertainty:
    """How intervals are made.

    Parameters
    ----------
    method : "cluster", "bootstrap" or "exact"
        Linearised variance with assets as clusters and t quantiles; percentile bootstrap over assets; or finite-sample
        betting bounds, which hold for any number of assets.
    confidence : float in (0, 1)
    seed : int
        For the bootstrap's weights and the order in which `exact` takes the assets.

    Raises
    ------
    UsageError
        If a value is out of range.
    """

    method: str = "cluster"
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UsageError(
                f"An interval is one of {', '.join(METHODS)}, not {self.method!r}{near_match(self.method, METHODS)}"
            )
        if not 0 < self.confidence < 1:
            raise UsageError(f"A confidence lies between 0 and 1, such as 0.95, not {self.confidence!r}")


@dataclass(frozen=True)
class Evidence:
    """Cells of a ratio, one for each asset of each group that has any: arrays of one length, sorted by (asset, group)."""

    group: NDArray[np.integer]
    asset: NDArray[np.integer]
    numerator: Floats
    denominator: Floats

    @classmethod
    def joined(cls, parts: Sequence[Evidence]) -> Evidence:
        """Lay the evidence of adjoining parts end to end."""
        columns = (np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls))
        return cls(*columns)

    @classmethod
    def gathered(cls, group: Ints, asset: Ints, numerator: Floats, denominator: Floats) -> Evidence:
        """Add up rows of one group and asset, in the order given; rows with group < 0 belong to nobody."""
        return Cells.of(group, asset).evidence(numerator, denominator)


NO_EVIDENCE = Evidence(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Cells:
    """The groups of each asset, K cells sorted by (asset, group), and what falls into each: several ratios share them.

    In that order neighbours belong to different groups, so that sums of groups do not wait for one another.

    `group`, `asset` int64 [K]; `used`, the N rows that belong to a group, int64 [N], None for all; `cell` int64 [N], where
    they fall.
    """

    group: Ints
    asset: Ints
    used: Ints | None
    cell: Ints

    @classmethod
    def of(cls, group: Ints, asset: Ints) -> Cells:
        """Find the cells of rows; a group below 0 is nobody's."""
        used = np.flatnonzero(group >= 0)
        all_used = len(used) == len(group)
        if not all_used:
            group, asset = group.take(used), asset.take(used)
        n_groups, n_assets = int(group.max(initial=-1)) + 1, int(asset.max(initial=0)) + 1
        key, cell = distinct(asset * n_groups + group, n_assets * n_groups)
        asset = key // max(n_groups, 1)
        return cls(key - asset * n_groups, asset, None if all_used else used, cell)

    def evidence(self, numerator: Floats, denominator: Floats) -> Evidence:
        """Add up rows of one cell, in the order given; of 0 over 0 there is no evidence."""
        above, below = (
            total_by(self.cell, values if self.used is None else values.take(self.used), len(self.group))
            for values in (numerator, denominator)
        )
        some = np.flatnonzero(below > 0)
        return Evidence(self.group.take(some), self.asset.take(some), above.take(some), below.take(some))

    def of_scores(self, score: Floats) -> Evidence:
        """Give the evidence for the mean of the scores that are defined."""
        undefined = np.isnan(score)
        return self.evidence(np.where(undefined, 0.0, score), (~undefined).astype(np.float64))


class HasAssets(Protocol):
    """What has a table of assets: a project, wherever it is kept."""

    @property
    def assets(self) -> pl.DataFrame:
        """The assets in canonical order, at least project_id and asset_id."""


class Gathered(Protocol):
    """The evidence of a measure, gathered from part to part in the order of the assets."""

    def add(self, evidence: Evidence, first_asset: int) -> None:
        """Add the evidence of the next part, of whose assets the first one is `first_asset` of the whole project."""

    def regroup(self, place: Ints, n_groups: int) -> None:
        """Move each group to its place among more groups."""

    def interval(self) -> Interval:
        """Estimate the ratio of every group."""


class Estimator:
    """Makes intervals of evidence, all in one way.

    Parameters
    ----------
    project : Project
        Its asset ids key the random numbers, so that they do not depend on order or partition.
    uncertainty : Uncertainty
    """

    def __init__(self, project: HasAssets, uncertainty: Uncertainty) -> None:
        self._project = project
        self.uncertainty = uncertainty

    def gather(self, n_groups: int) -> Gathered:
        """Begin to gather the evidence of a measure."""
        return _Summed(self, n_groups) if self.uncertainty.method == "cluster" else _Kept(self, n_groups)

    def interval(self, evidence: Evidence, n_groups: int) -> Interval:
        """Estimate the ratio of every group: arrays of length n_groups, nan where undefined."""
        how = self.uncertainty
        if how.method == "cluster":
            moments = Moments(n_groups)
            moments.add(evidence.group, evidence.numerator, evidence.denominator)
            return moments.interval(how.confidence)
        ratio = (evidence.group, n_groups, evidence.numerator, evidence.denominator)
        make = bootstrap_interval if how.method == "bootstrap" else exact_interval
        return make(*ratio, key=self._keys[evidence.asset], confidence=how.confidence, seed=how.seed)

    @cached_property
    def _keys(self) -> NDArray[np.uint64]:
        ids = self._project.assets.select(pl.concat_str("project_id", pl.lit("\x1f"), "asset_id")).to_series()
        return keys_of(ids.to_list())


class _Summed:
    """Sums that the interval with assets as clusters is made of; of no size to speak of."""

    def __init__(self, estimator: Estimator, n_groups: int) -> None:
        self._estimator = estimator
        self._moments = Moments(n_groups)

    def add(self, evidence: Evidence, first_asset: int) -> None:
        del first_asset
        self._moments.add(evidence.group, evidence.numerator, evidence.denominator)

    def regroup(self, place: Ints, n_groups: int) -> None:
        self._moments.regroup(place, n_groups)

    def interval(self) -> Interval:
        return self._moments.interval(self._estimator.uncertainty.confidence)


class _Kept:
    """All evidence, asset by asset, for intervals that look at it more than once: 24 bytes an asset and group."""

    def __init__(self, estimator: Estimator, n_groups: int) -> None:
        self._estimator = estimator
        self._n_groups = n_groups
        self._parts: list[Evidence] = []

    def add(self, evidence: Evidence, first_asset: int) -> None:
        group, asset = evidence.group.astype(np.uint32), (evidence.asset + first_asset).astype(np.uint32)
        self._parts.append(Evidence(group, asset, evidence.numerator, evidence.denominator))

    def regroup(self, place: Ints, n_groups: int) -> None:
        self._n_groups = n_groups
        self._parts = [replace(part, group=place[part.group].astype(np.uint32)) for part in self._parts]

    def interval(self) -> Interval:
        return self._estimator.interval(Evidence.joined(self._parts), self._n_groups)


@dataclass(frozen=True)
class Measured:
    """A measure of every group: its name, interval, and the reason to give where it is undefined."""

    name: str
    interval: Interval
    reason: str


def measure_columns(measured: list[Measured]) -> list[pl.Series]:
    """Make columns `name`, `name_low`, `name_high` of each measure, null where undefined."""
    return [
        pl.Series(column, values, nan_to_null=True)
        for m in measured
        for column, values in (
            (m.name, m.interval.value),
            (f"{m.name}_low", m.interval.low),
            (f"{m.name}_high", m.interval.high),
        )
    ]


def undefined_column(measured: list[Measured]) -> pl.Series:
    """Say what is undefined in each row and why: `consensus: no_pair; f1 interval: one_asset`; null if nothing is."""
    code = np.zeros(len(measured[0].interval.value) if measured else 0, np.int64)
    for m in measured:
        code = 3 * code + np.isnan(m.interval.low) + np.isnan(m.interval.value)  # without a value there is no interval
    found, row = np.unique(code, return_inverse=True)
    told = pl.Series("undefined", [_told(int(number), measured) for number in found], dtype=pl.String)
    return told[row]


def _told(code: int, measured: list[Measured]) -> str | None:
    """Put into words what is undefined: a digit in base 3 for each measure, 1 without an interval, 2 without a value."""
    parts: list[str] = []
    for m in reversed(measured):
        code, state = divmod(code, 3)
        parts += [[], [f"{m.name} interval: one_asset"], [f"{m.name}: {m.reason}"]][state]
    return "; ".join(reversed(parts)) or None
