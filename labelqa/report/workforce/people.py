"""Speed and quality of labelers side by side, and how they change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import RenderableType

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.names import fitted
from labelqa.report.numbers import UNDEFINED, count, interval, percent
from labelqa.report.page import Column, Page, heading, more, notes_below, table
from labelqa.report.reasons import notes
from labelqa.report.workforce.amounts import amount, money

_SHOWN = 12
_HOUR = 3600.0
_SHARES = {"consensus": "n_consensus", "benchmark": "n_benchmark", "acceptance_rate": "n_reviewed"}
_TITLES = {"consensus": "consensus", "benchmark": "benchmark", "acceptance_rate": "accepted"}
_CHANGES = {
    "learning": ("with each doubling of labels done", "faster", "slower"),
    "fatigue": ("with each hour of a sitting", "faster", "slower"),
}


def draw(work: Workforce, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    labelers = work.labelers.sort("n_labels", "labeler", descending=[True, False], nulls_last=True)
    if labelers.is_empty():
        return
    rows = labelers.head(_SHOWN).to_dicts()
    yield heading("Labelers", "most labels first; seconds are active ones")
    yield table(_columns(rows, labelers, percent(work.how["interval"]["confidence"])), page)
    yield from more(labelers.height - _SHOWN)
    shown = [name for name in _SHARES if labelers[name].is_not_null().any()]
    yield from notes_below(notes([row["undefined"] for row in rows], [*shown, "seconds_per_label"]))
    yield from notes_below(["team: beside the team's, outside its 99.8 % funnel limits"])
    yield from _changes(work.curves, page, work.how["interval"]["confidence"])


def _columns(rows: list[dict[str, Any]], labelers: pl.DataFrame, confidence: str) -> list[Column]:
    columns = [
        Column("labeler", [row["labeler"] or "(nobody named)" for row in rows], is_name=True),
        Column("labels", [count(row["n_labels"]) for row in rows]),
        Column("skip-\nped", [count(row["n_skipped"]) for row in rows], rank=6),
        Column("active\nhours", [_hours(row["active_seconds"]) for row in rows], rank=3),
        Column("s a\nlabel", [amount(row["seconds_per_label"]) for row in rows]),
    ]
    for rank, (name, n) in enumerate(_SHARES.items()):
        if labelers[name].is_not_null().any():
            cells = [interval(row[name], row[f"{name}_low"], row[f"{name}_high"]) for row in rows]
            columns.append(Column(f"{_TITLES[name]}\n[{confidence} interval]", cells, rank=2 * rank))
            columns.append(Column("n", [count(row[n]) for row in rows], rank=7))
    if labelers["cost_per_label"].is_not_null().any():
        columns.append(Column("cost\na label", [money(row["cost_per_label"]) for row in rows], rank=1))
    columns.append(Column("team", [row["quadrant"] or UNDEFINED for row in rows], rank=5))
    return columns


def _hours(seconds: float | None) -> str:
    return amount(None if seconds is None else seconds / _HOUR)


def _changes(curves: pl.DataFrame, page: Page, confidence: float) -> Iterator[RenderableType]:
    """Tell whose pace surely changes."""
    lines, n_sure, n_tested = [], 0, 0
    for name, (when, less, more_) in _CHANGES.items():
        sure = curves.filter((pl.col(f"{name}_low") > 0) | (pl.col(f"{name}_high") < 0))
        n_sure, n_tested = n_sure + sure.height, n_tested + curves[f"{name}_low"].count()
        for row in sure.sort(pl.col(name).abs(), "labeler", descending=[True, False]).head(3).to_dicts():
            ends = (f"{100 * row[f'{name}{end}']:+.0f} %" for end in ("", "_low", "_high"))
            said = "{} seconds a label [{}, {}]".format(*ends)
            who = fitted(row["labeler"], page.width // 3)
            lines.append(f"{who}: {less if row[name] < 0 else more_} {when}: {said}, n = {count(row[f'n_{name}'])}")
    if lines:
        chance = round((1 - confidence) * n_tested)
        yield heading(
            "Ramping up or fading", f"{n_sure} of {n_tested} intervals without 0; by chance alone about {chance}"
        )
        yield from notes_below(lines)
