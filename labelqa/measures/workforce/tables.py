"""The tables of work, each made of the same facts when somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats
from labelqa.measures.score import Scores
from labelqa.measures.workforce import breakdown, issues, reviewing
from labelqa.measures.workforce.curves import curves
from labelqa.measures.workforce.fair import Fits, fair_comparison
from labelqa.measures.workforce.forecast import Asked, forecast
from labelqa.measures.workforce.periods import Calendar
from labelqa.measures.workforce.prelabels import priced_automation
from labelqa.measures.workforce.projects import by_project, undefined_last
from labelqa.measures.workforce.ranks import quadrants, ranks
from labelqa.measures.workforce.rates import RateCard
from labelqa.measures.workforce.tally import Facts, tally


@dataclass(frozen=True, eq=False)
class Terms:
    """On what terms the work is looked at.

    Attributes
    ----------
    calendar : Calendar
    card : RateCard, optional
    cap : float, optional
        The cap that was given, in seconds.
    asked : Asked
        How many labels assets should have.
    more_labelers : int
        Of one scenario of the forecast.
    """

    calendar: Calendar
    card: RateCard | None
    cap: float | None
    asked: Asked
    more_labelers: int


def makers(facts: Facts, scores: Scores, terms: Terms) -> dict[str, Callable[[], pl.DataFrame]]:
    """Give what makes each table of a `Workforce`, but for what was found; `scores` are of all labels of the facts."""
    effort = facts.effort
    of_labelers = cache(lambda: facts.groups(effort.labeler, effort.n_labelers))
    ranked = cache(lambda: ranks(facts, of_labelers()))

    def labelers() -> pl.DataFrame:
        table = pl.DataFrame([effort.labelers.alias("labeler")]).hstack(tally(facts, of_labelers()))
        worked = pl.col("n_labels") + pl.col("n_skipped") > 0
        return undefined_last(table.with_columns(quadrants(ranked(), effort)).filter(worked))

    def adjusted() -> pl.DataFrame:
        comparison = scores.kept.looked_at.whole
        fits = Fits.of(comparison, seconds(facts))
        return fair_comparison(fits, comparison, facts.estimator.uncertainty.confidence)

    return {
        "project": partial(by_project, facts, scores, terms.card, terms.asked.of_project, terms.cap),
        "labelers": labelers,
        **over_time(facts, terms.calendar),
        "classes": partial(by_class, facts, scores),
        "batches": partial(breakdown.by_asset_field, facts, "batch"),
        "datasets": partial(breakdown.by_asset_field, facts, "dataset"),
        "adjusted": adjusted,
        "ranks": ranked,
        "curves": partial(curves, facts),
        "sittings": partial(breakdown.sittings, facts),
        "reviewers": lambda: reviewing.by_reviewer(facts, scores.comparison.scheme.agree_at),
        "reviews": partial(reviewing.by_pair, facts),
        "issues": partial(issues.by_category, effort.source),
        "forecast": partial(forecast, facts, terms.asked, terms.more_labelers),
        "automation": lambda: priced_automation(facts, scores, terms.card, seconds(facts)),
        "labels": partial(breakdown.each_label, facts),
    }


def over_time(facts: Facts, calendar: Calendar) -> dict[str, Callable[[], pl.DataFrame]]:
    """Give what makes the timelines."""
    return {
        "timeline": partial(breakdown.by_period, facts, calendar),
        "labeler_timeline": partial(breakdown.by_period_and_labeler, facts, calendar),
    }


def by_class(facts: Facts, scores: Scores) -> pl.DataFrame:
    """Count annotations by class, of the classes that are looked at."""
    comparison = scores.kept.looked_at.whole
    table, is_seen = breakdown.by_class(facts), pl.Series(comparison.ontology.same >= 0)
    if is_seen.all():
        return table
    seen = comparison.project.ontology.filter(is_seen).select("project_id", "class", "kind")
    return table.join(seen, on=seen.columns, how="semi", maintain_order="left")


def seconds(facts: Facts) -> Floats:
    """Give the active seconds of every label of the project, nan where it is no one's work or not known."""
    every = np.full(facts.effort.source.tables["labels"].height, np.nan)
    every[facts.effort.row] = facts.times.active
    return every
