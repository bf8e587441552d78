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
from labelqa.stats.grouped import total_by
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
        used = (group >= 0) & (denominator > 0)
        group, asset, numerator, denominator = group[used], asset[used], numerator[used], denominator[used]
        base = int(asset.max(initial=0)) + 1
        key, cell = np.unique(group * base + asset, return_inverse=True)
        return cls(
            key // base,
            key % base,
            total_by(cell, numerator, len(key)),
            total_by(cell, denominator, len(key)),
        )


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
        pl.Series(column, values).fill_nan(None)
        for m in measured
        for column, values in (
            (m.name, m.interval.value),
            (f"{m.name}_low", m.interval.low),
            (f"{m.name}_high", m.interval.high),
        )
    ]


def undefined_column(measured: list[Measured]) -> pl.Series:
    """Say what is undefined in each row and why: `consensus: no_pair; f1 interval: one_asset`; null if nothing is."""
    parts = []
    for m in measured:
        no_value, no_interval = np.isnan(m.interval.value), np.isnan(m.interval.low)
        parts.append(
            pl.select(
                pl.when(pl.Series(no_value))
                .then(pl.lit(f"{m.name}: {m.reason}"))
                .when(pl.Series(no_interval))
                .then(pl.lit(f"{m.name} interval: one_asset"))
                .alias(m.name)
            ).to_series()
        )
    joined = pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator="; ", ignore_nulls=True)).to_series()
    return joined.replace("", None).alias("undefined")
