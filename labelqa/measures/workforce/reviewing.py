"""Reviewers: their verdicts, how long labels wait for them, and whether the benchmark agrees."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Ints
from labelqa.measures.estimate import measure_columns, undefined_column
from labelqa.measures.workforce.effort import NO_TIME, SECOND
from labelqa.measures.workforce.groups import Groups, plain
from labelqa.measures.workforce.tally import Facts
from labelqa.measures.workforce.verdicts import verdict_rows
from labelqa.stats.grouped import count_by, total_by


def by_reviewer(facts: Facts, agree_at: float) -> pl.DataFrame:
    """Show each reviewer, null where nobody is named.

    Columns: reviewer, n_reviews (verdicts on labels of the work), n_accepted, n_rejected, n_labels, n_own (on labels of
    their own), n_elsewhere (verdicts on assets as a whole, and on labels that are no one's work), acceptance_rate (of
    verdicts, with interval), benchmark_agreement (share of verdicts that say what the benchmark says: acceptance of a label
    whose benchmark agreement reaches `agree_at`, rejection of another; with interval), n_benchmark, median_hours (from
    submission to verdict), n_hours, undefined.
    """
    effort = facts.effort
    place, accepted, time, review = verdict_rows(effort)
    everyone = effort.source.tables["reviews"]["reviewer"]
    names = everyone.unique().sort(nulls_last=True)
    code = everyone.rank("dense").cast(pl.Int64).fill_null(len(names)).to_numpy().astype(np.int64) - 1
    who, n = code[review], len(names)
    groups = Groups(who, n, effort.asset[place], facts.estimator)
    every = np.ones(len(place))
    score = facts.benchmark[place]
    right = np.where(np.isnan(score), np.nan, (score >= agree_at) == accepted)
    hours = _hours(facts, place, time)
    own = pl.Series(effort.labelers.gather(effort.labeler[place])) == names.gather(who)
    measured = [
        groups.share("acceptance_rate", accepted * every, every, "no_verdict_on_a_label"),
        groups.share("benchmark_agreement", right, every, "no_benchmark"),
        plain("median_hours", _medians(who, hours, n), "no_review_time"),
    ]
    shares = measure_columns(measured)
    return pl.DataFrame(
        [
            names,
            pl.Series("n_reviews", count_by(who, n)),
            pl.Series("n_accepted", count_by(who[accepted], n)),
            pl.Series("n_rejected", count_by(who[~accepted], n)),
            pl.Series("n_labels", groups.distinct(place, np.ones(len(place), np.bool_))),
            pl.Series("n_own", total_by(who, own.fill_null(False).to_numpy().astype(np.float64), n).astype(np.int64)),
            pl.Series("n_elsewhere", count_by(code, n) - count_by(who, n)),
            *shares[:6],
            pl.Series("n_benchmark", groups.count(~np.isnan(right))),
            shares[6],
            pl.Series("n_hours", groups.count(~np.isnan(hours))),
            undefined_column(measured),
        ]
    )


def by_pair(facts: Facts) -> pl.DataFrame:
    """Show who reviewed whom: labeler, reviewer, n_reviews, n_accepted, n_rejected, n_labels, median_hours."""
    effort = facts.effort
    place, accepted, time, review = verdict_rows(effort)
    hours = _hours(facts, place, time)
    return (
        pl.DataFrame(
            {
                "labeler": effort.labelers.gather(effort.labeler[place]),
                "reviewer": effort.source.tables["reviews"]["reviewer"].gather(review),
                "accepted": accepted,
                "place": place,
                "hours": pl.Series(hours).fill_nan(None),
            },
            schema_overrides={"labeler": pl.String, "reviewer": pl.String},
        )
        .group_by("labeler", "reviewer")
        .agg(
            n_reviews=pl.len().cast(pl.Int64),
            n_accepted=pl.col("accepted").sum().cast(pl.Int64),
            n_rejected=(~pl.col("accepted")).sum().cast(pl.Int64),
            n_labels=pl.col("place").n_unique().cast(pl.Int64),
            median_hours=pl.col("hours").median(),
        )
        .sort("labeler", "reviewer", nulls_last=True)
    )


def _hours(facts: Facts, place: Ints, time: Ints) -> np.ndarray:
    """Give the hours from submission to verdict, nan where a time is unknown or the verdict came first."""
    created = facts.effort.created[place]
    known = (time != NO_TIME) & (created != NO_TIME)
    hours = np.full(len(place), np.nan)
    hours[known] = (time[known] - created[known]) / (3600 * SECOND)
    return np.where(hours >= 0, hours, np.nan)


def _medians(group: Ints, values: np.ndarray, n: int) -> np.ndarray:
    """Median of the known values of each group, nan where there is none."""
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.lexsort((values[known], group[known]))]
    first = np.searchsorted(group[order], np.arange(n))
    size = count_by(group[order], n)
    some = size > 0
    medians = np.full(n, np.nan)
    ordered = values[order]
    medians[some] = (ordered[(first + (size - 1) // 2)[some]] + ordered[(first + size // 2)[some]]) / 2
    return medians
