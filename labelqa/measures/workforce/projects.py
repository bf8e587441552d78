"""What is told of whole projects: their work, the caps that hold in them, and what an asset costs."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.measures.score import Scores
from labelqa.measures.workforce.rates import RateCard
from labelqa.measures.workforce.tally import Facts, tally
from labelqa.measures.workforce.times import CAP_SHARE


def by_project(
    facts: Facts, scores: Scores, card: RateCard | None, asked: np.ndarray, cap: float | None
) -> pl.DataFrame:
    """Tally the projects; agreement is taken from the scores, which average over assets."""
    effort, times = facts.effort, facts.times
    tallied = tally(facts, facts.groups(effort.project, len(effort.projects)))
    agreement = [f"{name}{end}" for name in ("consensus", "benchmark") for end in ("", "_low", "_high")]
    table = pl.DataFrame([effort.projects.alias("project_id")]).hstack(tallied)
    return undefined_last(
        table.with_columns(
            *scores.project.select(agreement),
            cap_seconds=_column(times.cap),
            review_cap_seconds=_column(times.review_cap),
            cap_rule=pl.lit(cap_rule(cap)),
            labels_per_asset=pl.Series(asked),
            cost_per_asset=tallied["cost_per_label"] * pl.Series(asked),
            currency=pl.lit(card.currency if card else None, pl.String),
        )
    )


def cap_rule(cap: float | None) -> str:
    """Name the cap."""
    return f"{100 * CAP_SHARE:g}th percentile of the project's labels" if cap is None else f"given: {cap:g} seconds"


def _column(values: np.ndarray) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)


def undefined_last(table: pl.DataFrame) -> pl.DataFrame:
    """Put the column `undefined` behind all others."""
    return table.select(pl.exclude("undefined"), "undefined")
