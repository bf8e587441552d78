"""What became of pre-labels."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from rich.console import RenderableType

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.numbers import count, share, value
from labelqa.report.page import Column, Page, heading, more, notes_below, table
from labelqa.report.reasons import notes
from labelqa.report.workforce.amounts import duration, money

_SHOWN = 8


def draw(work: Workforce, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    wanted = work.automation.filter(pl.col("level").is_in(["project", "class"]))
    if wanted.is_empty():
        return
    rows = wanted.head(1 + _SHOWN).to_dicts()
    yield heading("Pre-labels", "what became of them")
    columns = [Column("class", [row["class"] or "(all)" for row in rows], is_name=True)]
    columns.append(Column("pre-labels", [count(row["n_prelabels"]) for row in rows]))
    columns += [
        Column(fate, [share(row[f"n_{fate}"], row["n_prelabels"]) for row in rows])
        for fate in ("kept", "edited", "deleted")
    ]
    columns += [
        Column("added", [count(row["n_added"]) for row in rows], rank=2),
        Column("IoU", [value(row["iou"]) for row in rows], rank=1),
        Column("saved\na label", [_saved(row["seconds_saved"]) for row in rows], rank=1),
    ]
    if wanted["money_saved"].is_not_null().any():
        columns.append(Column("saved\nin all", [money(row["money_saved"]) for row in rows], rank=3))
    columns.append(Column("pre-label?", [row["advice"] or "" for row in rows], rank=2))
    yield table(columns, page)
    yield from more(wanted.height - 1 - _SHOWN, "class")
    yield from notes_below(notes([row["undefined"] for row in rows], ["seconds_saved", "iou"]))


def _saved(seconds: float | None) -> str:
    return f"-{duration(-seconds)}" if seconds is not None and seconds < 0 else duration(seconds)
