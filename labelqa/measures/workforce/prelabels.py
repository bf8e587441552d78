"""What became of pre-labels, with a price on the time they saved."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.comparison.comparer import compare_relations
from labelqa.kinds.kind import Floats
from labelqa.measures.score import Scores
from labelqa.measures.workforce.automation import automation
from labelqa.measures.workforce.projects import undefined_last
from labelqa.measures.workforce.rates import RateCard
from labelqa.measures.workforce.tally import Facts


def priced_automation(facts: Facts, scores: Scores, card: RateCard | None, seconds: Floats) -> pl.DataFrame:
    """Look at what became of pre-labels, and put a price on the time they saved."""
    project, scheme = facts.effort.source, scores.comparison.scheme
    against = compare_relations(project, ("prediction",), scheme)
    table = automation(against, seconds, facts.estimator.uncertainty.confidence)
    own = {name: rate.per_hour for name in project.labelers["labeler"] if card and (rate := card.rate(name))}
    hourly, active = facts.costs.hourly, facts.times.active
    known = ~np.isnan(hourly) & ~np.isnan(active)
    total = float(active[known].sum())
    mean = float((hourly[known] * active[known]).sum()) / total if total else None
    paid = pl.col("labeler").replace_strict(own, default=None, return_dtype=pl.Float64)
    per_hour = pl.when(pl.col("labeler").is_null()).then(pl.lit(mean, pl.Float64)).otherwise(paid)
    saved = table.with_columns(money_saved=pl.col("seconds_saved_total") / 3600 * per_hour)
    return undefined_last(saved)
