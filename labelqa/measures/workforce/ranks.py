"""Labelers beside their team: funnel limits, shrunken values, and intervals of ranks instead of bare ranks.

Every measure is a ratio of sums over assets, as elsewhere. Its variance for one labeler mixes the spread between the
labeler's own assets with that of all, which counts as much as `_PRIOR` assets, so that two equal assets are not taken for
certainty.

Source
------
Spiegelhalter (2005), "Funnel plots for comparing institutional performance", Statistics in Medicine 24, for the limits;
DerSimonian, Laird (1986), "Meta-analysis in clinical trials", Controlled Clinical Trials 7, for the variance between
labelers, from which the shrinkage follows (empirical Bayes); Klein, Wright, Wieczorek (2020), "A joint confidence region
for an overall ranking of populations", JRSS C 69, for ranks: they hold for all labelers at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats
from labelqa.measures.estimate import Evidence
from labelqa.measures.workforce.effort import Effort
from labelqa.measures.workforce.groups import Groups
from labelqa.measures.workforce.tally import Facts
from labelqa.stats.grouped import count_by, divided, total_by

FUNNEL = 0.998
"""Two-sided: a labeler like the team lies outside once in 500 times."""

_PRIOR = 10
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True)
class Ranked:
    """A measure in which labelers are ranked: what is summed over what, and whether more is better."""

    name: str
    above: Floats
    below: Floats
    more_is_better: bool
    most: float


SCHEMA = {
    "measure": pl.String,
    "labeler": pl.String,
    "n": pl.Int64,
    "n_assets": pl.Int64,
    "value": pl.Float64,
    "team": pl.Float64,
    "shrunk": pl.Float64,
    "shrunk_low": pl.Float64,
    "shrunk_high": pl.Float64,
    "funnel_low": pl.Float64,
    "funnel_high": pl.Float64,
    "position": pl.String,
    "rank": pl.Int64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
}


def ranks(facts: Facts, groups: Groups) -> pl.DataFrame:
    """Rank the labelers in every measure that is there: the columns of `SCHEMA`, sorted by measure, rank, labeler."""
    tables = [_ranked(measure, facts, groups) for measure in _measures(facts)]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *tables])


def _measures(facts: Facts) -> list[Ranked]:
    effort, verdicts = facts.effort, facts.verdicts
    one = np.ones(len(effort))
    reviewed = np.where(effort.answered & (verdicts.n > 0), 1.0, np.nan)
    submitted = np.where(effort.answered & verdicts.carried, 1.0, np.nan)
    answered = np.where(effort.answered, 1.0, np.nan)
    return [
        Ranked("consensus", facts.consensus, one, True, 1.0),
        Ranked("benchmark", facts.benchmark, one, True, 1.0),
        Ranked("acceptance_rate", reviewed * verdicts.accepted, reviewed, True, 1.0),
        Ranked("rework_rate", submitted * (verdicts.n_rejected > 0), submitted, False, 1.0),
        Ranked("seconds_per_label", facts.times.active, answered, False, np.inf),
    ]


def _ranked(measure: Ranked, facts: Facts, groups: Groups) -> pl.DataFrame:
    from scipy.special import ndtri  # here, because importing scipy is slow

    cells = groups.cells(measure.above, measure.below)
    people = cells.group < facts.effort.n_labelers - 1
    cells = Evidence(cells.group[people], cells.asset[people], cells.numerator[people], cells.denominator[people])
    present = np.flatnonzero(count_by(cells.group, groups.n))
    if not len(present):
        return pl.DataFrame(schema=SCHEMA)
    value, variance, usual = _spread(cells, groups.n)
    value, variance, usual = value[present], variance[present], usual[present]
    size, n = total_by(cells.group, cells.denominator, groups.n)[present], count_by(cells.group, groups.n)[present]
    team = float(cells.numerator.sum() / cells.denominator.sum())

    between = _between(value, variance)
    weight = between / (between + variance)
    shrunk, error = weight * value + (1 - weight) * team, np.sqrt(weight * variance)
    z = float(ndtri(0.5 + facts.estimator.uncertainty.confidence / 2))
    reach = float(ndtri(0.5 + FUNNEL / 2)) * np.sqrt(usual)
    position = np.where(value < team - reach, "below", np.where(value > team + reach, "above", "inside"))
    joint = facts.estimator.uncertainty.confidence ** (1 / len(present))
    half = float(ndtri(0.5 + joint / 2)) * np.sqrt(variance)
    good = value if measure.more_is_better else -value
    low, high = np.sort(good - half), np.sort(good + half)
    table = pl.DataFrame(
        {
            "measure": pl.repeat(measure.name, len(present), eager=True),
            "labeler": facts.effort.labelers.gather(present),
            "n": np.round(size).astype(np.int64),
            "n_assets": n,
            "value": value,
            "team": np.full(len(present), team),
            "shrunk": shrunk,
            "shrunk_low": np.clip(shrunk - z * error, 0.0, measure.most),
            "shrunk_high": np.clip(shrunk + z * error, 0.0, measure.most),
            "funnel_low": np.clip(team - reach, 0.0, measure.most),
            "funnel_high": np.clip(team + reach, 0.0, measure.most),
            "position": position,
            "rank": 1 + len(good) - np.searchsorted(np.sort(good), good, side="right"),
            "rank_low": 1 + len(good) - np.searchsorted(low, good + half, side="right"),
            "rank_high": len(good) - np.searchsorted(high, good - half, side="left"),
        },
        schema=SCHEMA,
    )
    return table.sort("rank", "labeler")


def _spread(cells: Evidence, n_groups: int) -> tuple[Floats, Floats, Floats]:
    """Give the ratio of each group, its variance, and the variance it would have if it were as spread as all."""
    group, above, below = cells.group, cells.numerator, cells.denominator
    size, squared = total_by(group, below, n_groups), total_by(group, below * below, n_groups)
    value, n = divided(total_by(group, above, n_groups), size), count_by(group, n_groups)
    residual = above - np.nan_to_num(value)[group] * below
    squares = total_by(group, residual * residual, n_groups)
    free = np.maximum(n - 1, 0)
    if free.sum() == 0:  # one asset each: the spread between labelers must do
        residual = above - above.sum() / below.sum() * below
        overall = float((residual * residual).sum() / (below * below).sum())
    else:
        overall = float(squares.sum() / squared.sum() * n.sum() / free.sum())
    own = np.nan_to_num(divided(squares, squared) * divided(n.astype(np.float64), free))
    mixed = (free * own + _PRIOR * overall) / (free + _PRIOR)
    scale = divided(squared, size * size)
    return value, np.maximum(mixed * scale, _LEAST_VARIANCE), np.maximum(overall * scale, _LEAST_VARIANCE)


def _between(value: Floats, variance: Floats) -> float:
    """Estimate the variance between labelers by moments."""
    if len(value) < 2:
        return 0.0
    weight = 1 / variance
    centre = (weight * value).sum() / weight.sum()
    excess = float((weight * (value - centre) ** 2).sum()) - (len(value) - 1)
    return max(0.0, excess / float(weight.sum() - (weight * weight).sum() / weight.sum()))


def quadrants(ranked: pl.DataFrame, effort: Effort) -> pl.Series:
    """Say for each labeler how fast and how right they are beside the team: `fast, right`, `usual, low` ...

    Right or low by the benchmark where there is one, else by consensus; usual where the funnel limits do not tell.
    """
    measures = set(ranked["measure"])
    quality = "benchmark" if "benchmark" in measures else "consensus"
    names = {"seconds_per_label": {"below": "fast", "above": "slow"}, quality: {"above": "right", "below": "low"}}
    said = [
        pl.Series(effort.labelers).replace_strict(
            *_columns(ranked.filter(pl.col("measure") == measure), words), default=None, return_dtype=pl.String
        )
        for measure, words in names.items()
    ]
    return pl.select(pl.concat_str(said, separator=", ")).to_series().alias("quadrant")


def _columns(rows: pl.DataFrame, words: dict[str, str]) -> tuple[pl.Series, pl.Series]:
    return rows["labeler"], rows["position"].replace_strict(words, default="usual", return_dtype=pl.String)
