"""Who needs attention first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.text import Text

from labelqa.measures.score import Scores
from labelqa.report.numbers import count, interval, percent, value
from labelqa.report.page import Column, Page, heading, more, notes_below, table
from labelqa.report.reasons import notes

_SHOWN = 12
_PLOT_WIDTH = 17
_DETAILS = {"precision": "preci-\nsion", "recall": "recall", "mean_iou": "mean\nIoU"}


def draw(scores: Scores, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    labelers = scores.labelers
    if labelers.is_empty():
        return
    measured = [name for name in ("consensus", "benchmark") if labelers[name].is_not_null().any()]
    rows = by_need(labelers).head(_SHOWN).to_dicts()
    yield heading("Labelers", _order(measured))
    yield table(_columns(rows, measured, percent(scores.how["interval"]["confidence"])), page)
    yield from more(labelers.height - _SHOWN)
    details = list(_DETAILS) if "benchmark" in measured else []
    yield from notes_below(notes([row["undefined"] for row in rows], measured or ["consensus"], details))


def by_need(labelers: pl.DataFrame) -> pl.DataFrame:
    """Sort labelers by the upper end of their intervals, lowest first; consensus or benchmark, whichever is lower.

    The upper end is low only for those who are surely low: few labels make a wide interval and no false alarm. Since
    consensus is mostly lower than benchmark, each counts from the labelers' mean. Both count, because a few benchmark
    labels alone tell little, and much consensus may be beside them.
    """
    heights = [pl.col(f"{name}_high") - pl.col(name).mean() for name in ("benchmark", "consensus")]
    return labelers.sort(pl.min_horizontal(heights), "labeler", nulls_last=True, maintain_order=True)


def _order(measured: list[str]) -> str:
    if not measured:
        return "by name; there is nothing to compare them with"
    if len(measured) == 1:
        return f"surely low first, by the upper end of the {measured[0]} interval"
    return "surely low first, by the upper end of either interval against the mean"


def _columns(rows: list[dict[str, Any]], measured: list[str], confidence: str) -> list[Column]:
    columns = [
        Column("labeler", [row["labeler"] for row in rows], is_name=True),
        Column("labels", [count(row["n_labels"]) for row in rows]),
    ]
    if "consensus" in measured:
        columns.append(_measure("consensus", rows, confidence))
        columns.append(Column("pairs", [count(row["n_pairs"]) for row in rows], rank=7))
    if "benchmark" in measured:
        columns.append(_measure("benchmark", rows, confidence))
        columns.append(Column("n", [count(row["n_benchmark"]) for row in rows], rank=1))
        for rank, (name, header) in enumerate(_DETAILS.items(), start=2):
            columns.append(Column(header, [value(row[name]) for row in rows], rank=rank))
    if any(row["n_self"] for row in rows):
        cells = [
            interval(row["self_consistency"], row["self_consistency_low"], row["self_consistency_high"]) for row in rows
        ]
        columns.append(Column("the same\nlabeler twice", cells, rank=5))
    if measured:
        plotted = measured[-1]
        axis = f"{plotted:<{_PLOT_WIDTH}}\n0{'1':>{_PLOT_WIDTH - 1}}"
        columns.append(Column(axis, [_plot(row, plotted) for row in rows], rank=6))
    return columns


def _measure(name: str, rows: list[dict[str, Any]], confidence: str) -> Column:
    cells = [interval(row[name], row[f"{name}_low"], row[f"{name}_high"]) for row in rows]
    return Column(f"{name}\n[{confidence} interval]", cells)


def _plot(row: dict[str, Any], name: str) -> Text:
    """Draw value and interval on a line from 0 to 1."""
    number, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    cells = ["·"] * _PLOT_WIDTH
    if low is not None and high is not None:
        first, last = _place(low), _place(high)
        cells[first : last + 1] = ["━"] * (last + 1 - first)
    if number is not None:
        cells[_place(number)] = "●"
    return Text("".join(cells), style="cyan")


def _place(number: float) -> int:
    return round(number * (_PLOT_WIDTH - 1))
