"""The columns that every table of work has: throughput, time, quality, reviews, cost.

Reasons where something is undefined: not_in_export (no time anywhere), no_timed_label (none here), no_pair,
no_benchmark, no_review, no_rates (no rate card), no_rate (none for these labels, or no time to pay), no_accepted_label,
no_timed_annotation, no_costed_annotation, no_costed_review,
no_approval_time, no_outline, one_asset (an interval needs two).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Estimator, Measured, measure_columns, undefined_column
from labelqa.measures.workforce.cost import Costs
from labelqa.measures.workforce.effort import Effort
from labelqa.measures.workforce.groups import Groups, inverse, plain
from labelqa.measures.workforce.periods import NO_DAY
from labelqa.measures.workforce.times import USUAL, Times
from labelqa.measures.workforce.verdicts import Verdicts
from labelqa.stats.grouped import divided

_HOUR = 3600.0


@dataclass(frozen=True, eq=False)
class Facts:
    """All that is known of each label of an effort; `day` in days since 1970, `consensus` and `benchmark` its scores."""

    effort: Effort
    times: Times
    verdicts: Verdicts
    costs: Costs
    day: Ints
    consensus: Floats
    benchmark: Floats
    estimator: Estimator
    has_rates: bool

    @property
    def no_time(self) -> str:
        """The reason why a time is undefined."""
        return "not_in_export" if np.isnan(self.times.raw).all() else "no_timed_label"

    @property
    def no_cost(self) -> str:
        """The reason why a cost is undefined."""
        return "no_rate" if self.has_rates else "no_rates"

    @property
    def no_rework(self) -> str:
        """The reason why the time of rework is undefined: there are verdicts, but the export adds it to labeling."""
        return "not_in_export" if self.verdicts.carried.any() else "no_review"

    def groups(self, group: Ints, n: int) -> Groups:
        """Put the labels into groups."""
        return Groups(group, n, self.effort.asset, self.estimator)


def tally(facts: Facts, groups: Groups) -> pl.DataFrame:
    """Count and measure each group: one row a group, the columns of `COLUMNS`."""
    counts = [*_throughput(facts, groups), *_times(facts, groups)]
    measured = [
        *_speed(facts, groups),
        *_quality(facts, groups),
        *_reviews(facts, groups),
        *_money(facts, groups),
    ]
    columns = [*counts, *(column for one in measured for column in _laid_out(one))]
    columns.append(undefined_column([one for one in measured if isinstance(one, Measured)]))
    return pl.DataFrame(columns).select(COLUMNS)


def _laid_out(one: Measured | pl.Series) -> list[pl.Series]:
    if isinstance(one, pl.Series):
        return [one]
    columns = measure_columns([one])
    return columns if one.name in WITH_INTERVAL else columns[:1]


def _throughput(facts: Facts, groups: Groups) -> list[pl.Series]:
    effort, dated = facts.effort, facts.day != NO_DAY
    days = groups.distinct(facts.day, dated)
    n_dated = groups.count(dated & effort.answered).astype(np.float64)
    calendar_days = groups.span(facts.day, dated)
    return [
        pl.Series("n_labels", groups.count(effort.answered)),
        pl.Series("n_skipped", groups.count(~effort.answered)),
        pl.Series("n_annotations", groups.whole(effort.n_annotations)),
        pl.Series("n_assets", groups.assets(effort.answered)),
        pl.Series("n_days", days),
        pl.Series("labels_per_day", divided(n_dated, days)).fill_nan(None),
        pl.Series("labels_per_calendar_day", divided(n_dated, calendar_days)).fill_nan(None),
    ]


def _times(facts: Facts, groups: Groups) -> list[pl.Series]:
    effort, times = facts.effort, facts.times
    timed = effort.answered & ~np.isnan(times.active)
    inferred = groups.count(timed & times.inferred)
    n_timed = groups.count(timed)
    source = np.where(inferred == 0, "export", np.where(inferred == n_timed, "inferred", "both"))
    return [
        pl.Series("labeling_seconds", groups.total(times.raw)).fill_nan(None),
        pl.Series("active_seconds", groups.total(times.active)).fill_nan(None),
        pl.Series("skipped_seconds", groups.total(np.where(effort.answered, np.nan, times.active))).fill_nan(None),
        pl.Series("n_timed", n_timed),
        pl.Series("time_source", source).set(pl.Series(n_timed == 0), None),
        pl.Series("n_outliers", groups.count(times.outlier != USUAL)),
        pl.Series("n_overlaps", groups.count(times.overlaps)),
        pl.Series("review_seconds", groups.total(times.review)).fill_nan(None),
        pl.Series("review_active_seconds", groups.total(times.review_active)).fill_nan(None),
    ]


def _speed(facts: Facts, groups: Groups) -> list[Measured | pl.Series]:
    effort, times, why = facts.effort, facts.times, facts.no_time
    no_mark = why if why == "not_in_export" else "no_timed_annotation"
    one = np.where(effort.answered, 1.0, np.nan)
    per_label = groups.amount("seconds_per_label", times.active, one, why)
    per_annotation = groups.amount("seconds_per_annotation", times.active, one * effort.n_annotations, no_mark)
    outlined = np.where(effort.n_vertices > 0, times.active, np.nan)
    per_vertex = groups.amount("seconds_per_vertex", outlined, one * effort.n_vertices, "no_outline")
    return [
        per_label,
        groups.amount("raw_seconds_per_label", times.raw, one, why),
        per_annotation,
        per_vertex,
        inverse("labels_per_hour", per_label, _HOUR, why),
        inverse("annotations_per_hour", per_annotation, _HOUR, no_mark),
    ]


def _quality(facts: Facts, groups: Groups) -> list[Measured | pl.Series]:
    return [
        groups.mean("consensus", facts.consensus, "no_pair"),
        pl.Series("n_consensus", groups.count(~np.isnan(facts.consensus))),
        groups.mean("benchmark", facts.benchmark, "no_benchmark"),
        pl.Series("n_benchmark", groups.count(~np.isnan(facts.benchmark))),
    ]


def _reviews(facts: Facts, groups: Groups) -> list[Measured | pl.Series]:
    effort, times, verdicts = facts.effort, facts.times, facts.verdicts
    reviewed = effort.answered & (verdicts.n > 0)
    seen = np.where(reviewed, 1.0, np.nan)
    submitted = np.where(effort.answered & verdicts.carried, 1.0, np.nan)
    rework = verdicts.separate * np.where(verdicts.again, np.nan_to_num(times.active), 0.0)
    return [
        pl.Series("n_reviewed", groups.count(reviewed)),
        groups.share("acceptance_rate", seen * verdicts.accepted, seen, "no_review"),
        groups.share("first_acceptance_rate", seen * verdicts.accepted_first, seen, "no_review"),
        groups.share("rejection_rate", seen * ~verdicts.accepted, seen, "no_review"),
        pl.Series("n_sent_back", groups.count(effort.answered & (verdicts.n_rejected > 0))),
        groups.share("rework_rate", submitted * (verdicts.n_rejected > 0), submitted, "no_review"),
        groups.amount("rejections_per_label", submitted * verdicts.n_rejected, submitted, "no_review"),
        plain("rework_seconds", groups.total(rework), facts.no_rework),
        groups.amount("review_seconds_per_label", seen * times.review_active, seen, "no_review"),
        groups.amount("hours_to_approval", verdicts.hours, np.ones(len(effort)), "no_approval_time"),
        pl.Series("n_approval_times", groups.count(~np.isnan(verdicts.hours))),
    ]


def _money(facts: Facts, groups: Groups) -> list[Measured | pl.Series]:
    effort, verdicts, labeling, why = facts.effort, facts.verdicts, facts.costs.labeling, facts.no_cost
    one = np.where(effort.answered, 1.0, 0.0)
    seen = np.where(effort.answered & (verdicts.n > 0), 1.0, np.nan)
    rework = verdicts.separate * labeling * verdicts.again
    accepted, no_mark, unseen, unreviewed = (
        reason if facts.has_rates else why
        for reason in ("no_accepted_label", "no_costed_annotation", "no_costed_review", "no_review")
    )
    return [
        plain("cost", groups.total(labeling), why),
        pl.Series("n_costed", groups.count(effort.answered & ~np.isnan(labeling))),
        groups.amount("cost_per_label", labeling, one, why),
        groups.amount("cost_per_annotation", labeling, one * effort.n_annotations, no_mark),
        groups.amount("cost_per_accepted_label", seen * labeling, seen * verdicts.accepted, accepted),
        plain("rejected_cost", groups.total(np.where(seen > 0, labeling * ~verdicts.accepted, np.nan)), unreviewed),
        plain("review_cost", groups.total(facts.costs.review), unseen),
        plain("rework_cost", groups.total(rework), facts.no_rework if facts.has_rates else why),
    ]


WITH_INTERVAL = (
    "seconds_per_label",
    "labels_per_hour",
    "consensus",
    "benchmark",
    "acceptance_rate",
    "rejection_rate",
    "rework_rate",
    "cost_per_label",
    "cost_per_accepted_label",
)
"""Measures shown with their interval."""


def _spread_out(*names: str) -> tuple[str, ...]:
    return tuple(
        column
        for name in names
        for column in ((name, f"{name}_low", f"{name}_high") if name in WITH_INTERVAL else (name,))
    )


COLUMNS = _spread_out(
    "n_labels", "n_annotations", "n_skipped", "n_assets", "n_days", "labels_per_day", "labels_per_calendar_day",
    "labeling_seconds", "active_seconds", "skipped_seconds", "n_timed", "time_source", "n_outliers", "n_overlaps",
    "seconds_per_label", "raw_seconds_per_label", "seconds_per_annotation", "seconds_per_vertex",
    "labels_per_hour", "annotations_per_hour",
    "consensus", "n_consensus", "benchmark", "n_benchmark",
    "n_reviewed", "acceptance_rate", "first_acceptance_rate", "rejection_rate", "n_sent_back", "rework_rate",
    "rejections_per_label", "review_seconds", "review_active_seconds", "review_seconds_per_label", "rework_seconds",
    "hours_to_approval", "n_approval_times",
    "cost", "n_costed", "cost_per_label", "cost_per_annotation", "cost_per_accepted_label",
    "rejected_cost", "review_cost", "rework_cost", "undefined",
)  # fmt: skip
"""The columns of a tally, in order."""
