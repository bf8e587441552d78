"""Fair comparison: labelers' skill and speed once the difficulty of their assets and the company they kept is taken out.

| number | model | what it needs |
|---|---|---|
| consensus | agreement of two labels = both labelers + asset | assets with three labels or more |
| benchmark | agreement with the benchmark = labeler + asset | two labelers or more on an asset with a benchmark |
| time | log seconds of a label = labeler + asset | two labelers or more on an asset |

Two labels agree or disagree with each other, so the model of the consensus is one of pairs: the mean agreement of a label
would credit a labeler with the partners he met, and of two labels alone nobody can say whose fault a disagreement is.
Effects are differences from the mean labeler of a group of labelers linked by shared assets; between groups nothing can
be compared. Errors are clustered by asset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.quality.labels import Work, counted_pairs, label_benchmark, label_consensus
from labelqa.stats.grouped import count_by, divided, mean_by, total_by
from labelqa.stats.two_way import DEFINED, REASONS, Effects, additive_effects

USUAL_CAP = 300.0
"""Seconds at which a label's time is cut where no capped times are given."""

LEAST_LABELS = 3
"""Labels of an asset from which its pairs tell whose they are."""


@dataclass(frozen=True, eq=False)
class Fits:
    """The three models, fitted; L labels, effects over all labelers of the project.

    `consensus_left` and `time_left` are float64 [L]: by how much a label's agreement, or the log of its seconds, differs
    from what is expected of a mean labeler on its asset, nan where that is not known.
    """

    work: Work
    seconds: Floats
    consensus: Effects
    benchmark: Effects
    time: Effects
    consensus_left: Floats
    time_left: Floats

    @classmethod
    def of(cls, comparison: Comparison, seconds: Floats | None = None, centre: str = "mean") -> Fits:
        """Fit; `seconds` of each label of the project, nan where unknown, else those of the export, cut at `USUAL_CAP`."""
        work = Work.of(comparison)
        n = comparison.project.labelers.height
        times = usable_seconds(comparison, seconds)
        mine = work.counts & (work.labeler >= 0)
        consensus, consensus_left = _of_pairs(comparison, work, n, centre)
        score = label_benchmark(comparison)
        rows = np.flatnonzero(mine & ~np.isnan(score))
        benchmark = _of_labels(work, rows, score[rows], n, centre)
        rows = np.flatnonzero(mine & (times > 0))
        logs = np.log(times[rows])
        time = _of_labels(work, rows, logs, n, centre)
        time_left = np.full(len(times), np.nan)
        time_left[rows] = time.residual + time.value[work.labeler[rows]]
        return cls(work, times, consensus, benchmark, time, consensus_left, time_left)


def usable_seconds(comparison: Comparison, seconds: Floats | None) -> Floats:
    """Take the seconds given, or the export's cut at `USUAL_CAP`; nan for what is not above 0."""
    if seconds is None:
        stated = comparison.project.tables["labels"]["seconds"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        seconds = np.minimum(stated, USUAL_CAP)
    return np.where(np.isfinite(seconds) & (np.nan_to_num(seconds) > 0), seconds, np.nan)


def _of_labels(work: Work, rows: Ints, response: Floats, n: int, centre: str) -> Effects:
    asset = work.asset[rows]
    return additive_effects([work.labeler[rows]], [1], n, response, asset, column=asset, centre=centre)


def _of_pairs(comparison: Comparison, work: Work, n: int, centre: str) -> tuple[Effects, Floats]:
    """Fit the agreement of pairs, on assets with three labels at least; give what each label leaves over."""
    pairs, rows = comparison.pair_rows, counted_pairs(comparison, "consensus")
    n_labels = _labels_met(comparison, rows)
    rows = rows[n_labels[pairs.asset[rows]] >= LEAST_LABELS]
    a, b, asset = pairs.label_a[rows], pairs.label_b[rows], pairs.asset[rows]
    sides = [work.labeler[a], work.labeler[b]]
    fit = additive_effects(sides, [1, 1], n, comparison.agreement[rows], asset, column=asset, centre=centre)
    size = len(work.asset)
    left = np.concatenate([fit.residual, fit.residual])
    mean = mean_by(np.concatenate([a, b]), left, size)
    # A label that is off by d lowers the asset's mean too: its pairs are left with d (m - 2) / m of it.
    m = n_labels[work.asset].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = mean * m / np.maximum(m - 2.0, 1.0)
    own[work.labeler >= 0] += fit.value[work.labeler[work.labeler >= 0]]
    return fit, own


def _labels_met(comparison: Comparison, rows: Ints) -> Ints:
    """Count the labels of each asset that take part in these pairs."""
    pairs = comparison.pair_rows
    asset = comparison.project.tables["labels"]["asset"].to_numpy()
    met = np.zeros(len(asset), np.bool_)
    met[pairs.label_a[rows]] = met[pairs.label_b[rows]] = True
    return count_by(asset[np.flatnonzero(met)], comparison.project.assets.height)


def fair_comparison(fits: Fits, comparison: Comparison, confidence: float = 0.95) -> pl.DataFrame:
    """Set adjusted numbers beside the raw ones.

    Parameters
    ----------
    fits : Fits
        Centred on the mean.
    comparison : Comparison
        With the relations consensus and benchmark.
    confidence : float in (0, 1)

    Returns
    -------
    polars.DataFrame
        One row a labeler of the project, sorted: labeler, and for `consensus` and `benchmark` each

        - `x_raw`: mean over the labeler's labels; `x_n` labels in it
        - `x_effect` (`_low`, `_high`): difference from the mean labeler of the group on the same assets
        - `x_adjusted` (`_low`, `_high`): what the labeler would reach on the average asset, with average partners; null
          outside the largest group, because there the average asset is another one
        - `x_group`: number of the group, 0 the largest; `x_assets`: assets that tell of the labeler

        and likewise `time_raw` (geometric mean of seconds per label), `time_n`, `time_factor` (seconds needed for what
        takes the mean labeler of the group 1), `time_adjusted`, `time_group`, `time_assets`; `undefined`: what is null
        and why (no_evidence, nothing_shared, not_identified, other_group, one_cluster: an interval needs two assets).
    """
    names = comparison.project.labelers["labeler"]
    n, work = len(names), fits.work
    labeler = np.where(work.counts, work.labeler, -1)
    columns: list[pl.Series] = [names]
    reasons: list[pl.Series] = []
    for name, fit, score in (
        ("consensus", fits.consensus, label_consensus(comparison)),
        ("benchmark", fits.benchmark, label_benchmark(comparison)),
        ("time", fits.time, np.log(fits.seconds)),
    ):
        shown = _Shown.of(name, fit, confidence)
        rows = (labeler >= 0) & ~np.isnan(score)
        raw = divided(total_by(labeler[rows], score[rows], n), count_by(labeler[rows], n))
        columns += [
            pl.Series(f"{name}_raw", np.exp(raw) if name == "time" else raw).fill_nan(None),
            pl.Series(f"{name}_n", count_by(labeler[rows], n)),
            *shown.columns,
        ]
        reasons.append(shown.reason)
    undefined = pl.DataFrame(reasons).select(pl.concat_str(pl.all(), separator="; ", ignore_nulls=True)).to_series()
    columns.append(undefined.replace("", None).alias("undefined"))
    worked = count_by(labeler[labeler >= 0], n) > 0
    return pl.DataFrame(columns).filter(pl.Series(worked))


@dataclass(frozen=True)
class _Shown:
    """The columns of one model and what is undefined in them."""

    columns: list[pl.Series]
    reason: pl.Series

    @classmethod
    def of(cls, name: str, fit: Effects, confidence: float) -> _Shown:
        low, high = fit.interval(confidence)
        in_first = fit.group == 0
        ends = {"": fit.value, "_low": low, "_high": high}
        if name == "time":
            effect = {f"time_factor{end}": np.exp(value) for end, value in ends.items()}
            adjusted = {f"time_adjusted{end}": np.exp(fit.level + value) for end, value in ends.items()}
        else:
            effect = {f"{name}_effect{end}": value for end, value in ends.items()}
            adjusted = {f"{name}_adjusted{end}": np.clip(fit.level + value, 0.0, 1.0) for end, value in ends.items()}
        adjusted = {column: np.where(in_first, value, np.nan) for column, value in adjusted.items()}
        group = pl.Series(f"{name}_group", fit.group)
        columns = [
            *(pl.Series(column, value).fill_nan(None) for column, value in {**effect, **adjusted}.items()),
            group.zip_with(group >= 0, pl.Series([None], dtype=pl.Int64)),
            pl.Series(f"{name}_assets", fit.n_clusters),
        ]
        return cls(columns, _reason(name, fit, in_first))


def _reason(name: str, fit: Effects, in_first: NDArray[np.bool_]) -> pl.Series:
    """Say why a labeler's adjusted number or its interval is null."""
    code = pl.Series(REASONS).gather(fit.reason)
    apart = pl.Series((fit.reason == DEFINED) & ~in_first)
    only_interval = pl.Series(~np.isnan(fit.value) & np.isnan(fit.error))
    told = pl.select(
        pl.when(apart)
        .then(pl.lit(f"{name}_adjusted: other_group"))
        .when(only_interval)
        .then(pl.format(f"{name} interval: {{}}", code))
        .when(pl.Series(fit.reason != DEFINED))
        .then(pl.format(f"{name}: {{}}", code))
    )
    return told.to_series().alias(name)
