"""What each label costs, from the rate card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats
from labelqa.measures.workforce.effort import Effort
from labelqa.measures.workforce.rates import Rate, RateCard
from labelqa.measures.workforce.times import Times

_HOUR = 3600.0


@dataclass(frozen=True, eq=False)
class Costs:
    """Of each label of an `Effort`: cost of labeling, of review, of its labeler's hour; float64 [W], nan where unknown."""

    labeling: Floats
    review: Floats
    hourly: Floats

    @classmethod
    def of(cls, effort: Effort, times: Times, card: RateCard | None) -> Costs:
        """Price every label; a label paid by the hour whose time is unknown has no cost."""
        if card is None:
            unknown = np.full(len(effort), np.nan)
            return cls(unknown, unknown, unknown)
        rates = [card.rate(name) for name in effort.labelers]
        per_hour, per_label, per_annotation = (
            np.array([np.nan if rate is None else getattr(rate, name) for rate in rates])[effort.labeler]
            for name in Rate.__dataclass_fields__
        )
        raw = card.hours == "raw"
        labeling = (
            _hourly(per_hour, times.raw if raw else times.active)
            + per_label * effort.answered
            + per_annotation * effort.n_annotations
        )
        seconds = times.review if raw else times.review_active
        return cls(labeling, _hourly(_reviewers_rates(effort, card), seconds), per_hour)


def _hourly(per_hour: Floats, seconds: Floats) -> Floats:
    """Pay hours; what is not paid by the hour needs no time."""
    return np.where(per_hour == 0, 0.0, per_hour * seconds / _HOUR)


def _reviewers_rates(effort: Effort, card: RateCard) -> Floats:
    """Give what an hour of each label's review costs: the rate of the one who reviewed it last."""
    reviews = effort.source.tables["reviews"].select("label", "reviewer").drop_nulls()
    reviewers = reviews["reviewer"].unique().sort()
    code = np.full(effort.source.tables["labels"].height, len(reviewers))
    code[reviews["label"].to_numpy()] = reviews["reviewer"].replace_strict(
        reviewers, pl.Series(range(len(reviewers)), dtype=pl.Int64), return_dtype=pl.Int64
    )
    rates = [card.review_rate(name) for name in (*reviewers, None)]
    amounts = np.array([np.nan if rate is None else rate for rate in rates])
    return np.asarray(amounts[code[effort.row]])
