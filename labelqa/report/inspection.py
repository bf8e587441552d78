"""What is in an export: counts by file, role, kind, class and labeler, dates, and every problem with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.text import Text

from labelqa.project import Project
from labelqa.report.names import one_line
from labelqa.report.numbers import count, counted
from labelqa.report.page import Column, Page, heading, more, notes_below, table
from labelqa.report.sections import problems

_FILES, _CLASSES, _LABELERS, _PROBLEMS = 12, 20, 12, 12
"""How many rows of each table are drawn."""

_ALL = "--json lists all"


def inspected(project: Project) -> dict[str, pl.DataFrame]:
    """Count what a project holds.

    Parameters
    ----------
    project : Project

    Returns
    -------
    dict of str to polars.DataFrame
        `sources` (file, format, n_records, n_skipped, n_labels, n_annotations); `totals` (what, n); `roles` (role, status,
        n_labels, first and last time, n_seconds: labels with a labeling time); `classes` (kind, class, n_annotations,
        n_labels, n_labelers; attributes too); `labelers` (labeler, n_labels, n_assets, first, last, is_model);
        `problems`.

    Examples
    --------
    >>> import labelqa
    >>> inspected(labelqa.demo(assets=10, labelers=2))["totals"].rows()[:2]
    [('projects', 1), ('assets', 10)]
    """
    labels = project.labels.with_columns(pl.col("role", "status").cast(pl.String))
    time = pl.coalesce("created_at", "updated_at")
    whose = project.annotations.select("kind", "class", "labeler", label=project.tables["annotations"]["label"])
    seconds = pl.col("seconds").count()
    return {
        "sources": project.sources,
        "totals": _totals(project),
        "roles": labels.group_by("role", "status")
        .agg(n_labels=pl.len(), first=time.min(), last=time.max(), n_seconds=seconds)
        .sort("n_labels", "role", "status", descending=[True, False, False]),
        "classes": whose.group_by("kind", "class")
        .agg(
            n_annotations=pl.len(),
            n_labels=pl.col("label").n_unique(),
            n_labelers=pl.col("labeler").drop_nulls().n_unique(),
        )
        .sort("n_annotations", "kind", "class", descending=[True, False, False]),
        "labelers": labels.filter(pl.col("labeler").is_not_null())
        .group_by("labeler")
        .agg(
            n_labels=pl.len(),
            n_assets=pl.struct("project_id", "asset_id").n_unique(),
            first=time.min(),
            last=time.max(),
        )
        .join(project.labelers.select("labeler", "is_model"), on="labeler", how="left")
        .sort("n_labels", "labeler", descending=[True, False]),
        "problems": project.problems,
    }


def _totals(project: Project) -> pl.DataFrame:
    assets, labels = project.assets, project.tables["labels"]
    counts = {
        "projects": assets["project_id"].n_unique(),
        "assets": assets.height,
        "assets without a label": assets.height - labels["asset"].n_unique(),
        "assets of unknown size": int((assets["width"].is_null() | assets["height"].is_null()).sum()),
        "labels": labels.height,
        "labels by an unknown labeler": labels["labeler_row"].null_count(),
        "labels with nothing in them": labels.height - project.tables["annotations"]["label"].n_unique(),
        "labels with marks that were not read": int((labels["n_unread"] > 0).sum()),
        "annotations": project.tables["annotations"].height,
        "reviews": project.tables["reviews"].height,
        "issues": int(project.tables["issues"]["n"].sum()),
    }
    return pl.DataFrame({"what": list(counts), "n": list(counts.values())}, schema={"what": pl.String, "n": pl.Int64})


def as_data(project: Project) -> dict[str, Any]:
    """Give the counts as plain data: lists of rows, times as ISO 8601 texts."""
    tables = inspected(project)
    times = pl.selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = {name: tables[name].with_columns(times).to_dicts() for name in tables if name != "totals"}
    return {"totals": dict(tables["totals"].iter_rows()), **rows}


def drawn(project: Project, page: Page) -> Iterator[RenderableType]:
    """Draw what a project holds."""
    tables = inspected(project)
    yield from _sources(tables["sources"], page)
    totals = dict(tables["totals"].iter_rows())
    shown = [counted(n, re.sub(r"s\b", "", what, count=1), what) for what, n in totals.items() if n]
    yield heading("Contents")
    yield from notes_below([one_line(", ".join(shown) or "nothing")])
    yield from _roles(tables["roles"], page)
    yield from _classes(tables["classes"], page)
    yield from _labelers(tables["labelers"], page)
    yield from problems.drawn(project.problems, page, _PROBLEMS, _ALL)


def _sources(sources: pl.DataFrame, page: Page) -> Iterator[RenderableType]:
    yield heading("Files", counted(sources.height, "file"))
    rows = sources.sort("n_records", "file", descending=[True, False]).head(_FILES)
    columns = [
        Column("file", rows["file"].to_list(), is_name=True),
        Column("format", rows["format"].to_list(), is_name=True),
        *(
            Column(name, [count(n) for n in rows[f"n_{name}"]], rank=rank)
            for rank, name in enumerate(("records", "skipped", "labels", "annotations"))
        ),
    ]
    yield table(columns, page)
    yield from more(sources.height - _FILES, "file", _ALL)


def _roles(roles: pl.DataFrame, page: Page) -> Iterator[RenderableType]:
    if roles.is_empty():
        return
    yield heading("Labels")
    yield table(
        [
            Column("role", roles["role"].to_list(), is_name=True),
            Column("status", roles["status"].to_list(), is_name=True),
            Column("labels", [count(n) for n in roles["n_labels"]]),
            Column("with seconds", [count(n) for n in roles["n_seconds"]], rank=2),
            *_times(roles),
        ],
        page,
    )


def _classes(classes: pl.DataFrame, page: Page) -> Iterator[RenderableType]:
    if classes.is_empty():
        return
    yield heading("Classes", f"{counted(classes.height, 'class', 'classes')}, by number of annotations")
    rows = classes.head(_CLASSES)
    yield table(
        [
            Column("class", rows["class"].to_list(), is_name=True),
            Column("kind", rows["kind"].to_list(), is_name=True),
            Column("annotations", [count(n) for n in rows["n_annotations"]]),
            Column("labels", [count(n) for n in rows["n_labels"]], rank=1),
            Column("labelers", [count(n) for n in rows["n_labelers"]], rank=2),
        ],
        page,
    )
    yield from more(classes.height - _CLASSES, "class", _ALL)


def _labelers(labelers: pl.DataFrame, page: Page) -> Iterator[RenderableType]:
    if labelers.is_empty():
        return
    yield heading("Labelers", f"{counted(labelers.height, 'labeler')}, by number of labels")
    rows = labelers.head(_LABELERS)
    yield table(
        [
            Column("labeler", rows["labeler"].to_list(), is_name=True),
            Column("labels", [count(n) for n in rows["n_labels"]]),
            Column("assets", [count(n) for n in rows["n_assets"]], rank=1),
            Column("model", [Text("yes" if is_model else "-") for is_model in rows["is_model"]], rank=4),
            *_times(rows),
        ],
        page,
    )
    yield from more(labelers.height - _LABELERS, "labeler", _ALL)


def _times(rows: pl.DataFrame) -> list[Column]:
    """Draw from when to when; left out where no time is known."""
    if not rows["first"].count():
        return []
    texts = rows.select(pl.col("first", "last").dt.strftime("%Y-%m-%d").fill_null("-"))
    return [Column(name, texts[name].to_list(), rank=rank) for rank, name in ((3, "first"), (3, "last"))]
