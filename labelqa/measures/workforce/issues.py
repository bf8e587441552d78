"""Issues that were raised: how many are open, of what sort, how old; how long the others took.

The age of an open issue is counted up to the last moment that the export tells of, not up to now: the same export gives
the same ages on any day.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from labelqa.project import Project


def last_moment(project: Project) -> datetime | None:
    """Give the latest time in a project: of labels, reviews and issues; None if it has no times."""
    stored = project.tables
    times = [
        *(stored["labels"][name] for name in ("created_at", "updated_at")),
        stored["reviews"]["created_at"],
        *(stored["issues"][name] for name in ("created_at", "resolved_at")),
    ]
    latest: datetime | None = pl.concat(column.alias("time") for column in times).max()  # type: ignore[assignment]
    return latest


def by_category(project: Project) -> pl.DataFrame:
    """Count the issues of each project, category and state.

    Columns: project_id, category (null: the export does not say), state (open, resolved), n_issues, n_assets, n_labels (with
    such an issue), n_dated (issues of which the days are known), median_days, longest_days: open, up to the last moment in
    the export; resolved, from being raised to being resolved.

    Examples
    --------
    >>> from labelqa.project import Builder
    >>> builder = Builder()
    >>> builder.source("a.json", "example")
    >>> builder.asset("p", "image-1")
    >>> label = builder.label("p", "image-1", "label-1", "ann@example.org", created_at="2026-03-05")
    >>> builder.issue("p", "image-1", "open", label=label, category="unclear edge", created_at="2026-03-01")
    >>> by_category(builder.project()).select("category", "state", "n_issues", "longest_days").rows()
    [('unclear edge', 'open', 1, 4.0)]
    """
    until = pl.when(pl.col("state") == "open").then(pl.lit(last_moment(project), pl.Datetime("us", "UTC")))
    days = (until.otherwise("resolved_at") - pl.col("created_at")).dt.total_microseconds() / 86_400e6
    issues = project.tables["issues"].with_columns(
        project.assets["project_id"].gather(project.tables["issues"]["asset"])
    )
    return (
        issues.with_columns(days=pl.when(days >= 0).then(days))
        .group_by("project_id", "category", "state")
        .agg(
            n_issues=pl.col("n").sum(),
            n_assets=pl.col("asset").n_unique().cast(pl.Int64),
            n_labels=pl.col("label").drop_nulls().n_unique().cast(pl.Int64),
            n_dated=pl.col("days").count().cast(pl.Int64),
            median_days=pl.col("days").median(),
            longest_days=pl.col("days").max(),
        )
        .sort("project_id", "category", "state", nulls_last=True)
    )
