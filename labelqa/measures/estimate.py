"""Estimates: a ratio of sums over assets, its interval, and the reason where it is undefined.

Assets are the sampling unit: labels and annotations of one asset are not independent. So every measure is a sum over
assets divided by a sum over assets, and its evidence is one cell for each asset in each group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.errors import UsageError, near_match
from labelqa.kinds.kind import Floats, Ints
from labelqa.project import Project
from labelqa.stats.betting import exact_interval
from labelqa.stats.bootstrap import bootstrap_interval
from labelqa.stats.grouped import distinct, total_by
from labelqa.stats.keyed_random import keys_of
from labelqa.stats.ratio import Interval, cluster_interval

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
    """Cells of a ratio, one for each asset of each group that has any: arrays of one length, sorted (group, asset)."""

    group: Ints
    asset: Ints
    numerator: Floats
    denominator: Floats

    @classmethod
    def gathered(cls, group: Ints, asset: Ints, numerator: Floats, denominator: Floats) -> Evidence:
        """Add up rows of one group and asset, in the order given; rows with group < 0 belong to nobody."""
        return Cells.of(group, asset).evidence(numerator, denominator)


@dataclass(frozen=True)
class Cells:
    """The assets of each group, K cells sorted by (group, asset), and what falls into each: several ratios share them.

    `group`, `asset` int64 [K]; `used` int64 [N], the rows that belong to a group; `cell` int64 [N], where they fall.
    """

    group: Ints
    asset: Ints
    used: Ints
    cell: Ints

    @classmethod
    def of(cls, group: Ints, asset: Ints) -> Cells:
        """Find the cells of rows; a group below 0 is nobody's."""
        used = np.flatnonzero(group >= 0)
        group, asset = group[used], asset[used]
        n_groups, n_assets = int(group.max(initial=-1)) + 1, int(asset.max(initial=0)) + 1
        key, cell = distinct(group * n_assets + asset, n_groups * n_assets)
        return cls(key // n_assets, key % n_assets, used, cell)

    def evidence(self, numerator: Floats, denominator: Floats) -> Evidence:
        """Add up rows of one cell, in the order given; of 0 over 0 there is no evidence."""
        above, below = (total_by(self.cell, values[self.used], len(self.group)) for values in (numerator, denominator))
        some = np.flatnonzero(below > 0)
        return Evidence(self.group[some], self.asset[some], above[some], below[some])


class Estimator:
    """Makes intervals of evidence, all in one way.

    Parameters
    ----------
    project : Project
        Its asset ids key the random numbers, so that they do not depend on order or partition.
    uncertainty : Uncertainty
    """

    def __init__(self, project: Project, uncertainty: Uncertainty) -> None:
        self._project = project
        self.uncertainty = uncertainty
        self._asset_keys: np.ndarray | None = None

    def interval(self, evidence: Evidence, n_groups: int) -> Interval:
        """Estimate the ratio of every group: arrays of length n_groups, nan where undefined."""
        ratio = (evidence.group, n_groups, evidence.numerator, evidence.denominator)
        how = self.uncertainty
        if how.method == "cluster":
            return cluster_interval(*ratio, confidence=how.confidence)
        make = bootstrap_interval if how.method == "bootstrap" else exact_interval
        return make(*ratio, key=self._keys()[evidence.asset], confidence=how.confidence, seed=how.seed)

    def _keys(self) -> np.ndarray:
        if self._asset_keys is None:
            assets = self._project.assets
            ids = assets.select(pl.concat_str("project_id", pl.lit("\x1f"), "asset_id")).to_series()
            self._asset_keys = keys_of(ids.to_list())
        return self._asset_keys


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
