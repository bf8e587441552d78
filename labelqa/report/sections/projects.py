"""What was scored and how it stands: one block for one project, a table for several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.text import Text

from labelqa.measures.score import Scores
from labelqa.report.names import fitted
from labelqa.report.numbers import count, counted, interval, value
from labelqa.report.page import Column, Page, heading, more, notes_below, table
from labelqa.report.reasons import notes, reason_of

_SHOWN = 8
_MEASURES = ("consensus", "benchmark")
_DETAILS = {"precision": "precision", "recall": "recall", "F1": "f1", "mean IoU": "mean_iou"}


def draw(scores: Scores, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    projects = scores.project
    if projects.height == 1:
        yield from _block(projects.row(0, named=True), scores.labelers.height, page)
        return
    yield Text(counted(projects.height, "project"), style="bold")
    yield Text(_sizes(projects.select(pl.selectors.numeric().sum()).row(0, named=True), scores.labelers.height))
    if projects.height:
        shown = projects.head(_SHOWN)
        yield heading("Projects")
        yield _table(shown, page)
        yield from more(projects.height - _SHOWN)
        yield from notes_below(notes(shown["undefined"], _MEASURES))


def _sizes(row: dict[str, Any], n_labelers: int) -> str:
    sizes = [counted(row[f"n_{noun}s"], noun) for noun in ("asset", "label", "annotation")]
    return ", ".join([*sizes, counted(n_labelers, "labeler")])


def _block(row: dict[str, Any], n_labelers: int, page: Page) -> Iterator[RenderableType]:
    yield Text(fitted(row["project_id"], page.width), style="bold")
    yield Text(_sizes(row, n_labelers))
    yield Text()
    for measure in _MEASURES:
        if row[measure] is None:
            yield Text(f"  {measure}  {value(None)} ({reason_of(measure, row['undefined'])})")
            continue
        over = counted(row[f"n_assets_{measure}"], "asset")
        yield Text.assemble(f"  {measure}  ", (_with_interval(row, measure), "bold"), f" over {over}")
    if row["benchmark"] is not None:
        details = ", ".join(f"{name} {value(row[column])}" for name, column in _DETAILS.items())
        yield Text(f"             {details}", style="dim")
    if row["self_consistency"] is not None:
        pairs = counted(row["n_self"], "pair")
        repeated = _with_interval(row, "self_consistency")
        yield Text.assemble("  the same labeler twice  ", (repeated, "bold"), f" over {pairs}")


def _with_interval(row: dict[str, Any], measure: str) -> str:
    return interval(row[measure], row[f"{measure}_low"], row[f"{measure}_high"])


def _table(projects: pl.DataFrame, page: Page) -> RenderableType:
    rows = projects.to_dicts()
    return table(
        [
            Column("project", [row["project_id"] for row in rows], is_name=True),
            Column("assets", [count(row["n_assets"]) for row in rows]),
            Column("labels", [count(row["n_labels"]) for row in rows]),
            Column("annotations", [count(row["n_annotations"]) for row in rows], rank=1),
            *(Column(measure, [_with_interval(row, measure) for row in rows]) for measure in _MEASURES),
        ],
        page,
    )
