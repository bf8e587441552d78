"""The timeline: the last periods with work."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.numbers import count, value
from labelqa.report.page import Column, Page, heading, notes_below, table
from labelqa.report.workforce.amounts import amount, duration, periods

_SHOWN = 10
_BAR = 20


def draw(work: Workforce, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    timeline = work.timeline
    if timeline["period"].drop_nulls().is_empty():
        return
    every, shown = work.how["time"]["every"], timeline.tail(_SHOWN)
    rows = shown.drop("period").to_dicts()
    yield heading("Timeline", f"every {every} with work, {work.how['time']['zone']}")
    most = max(row["n_labels"] for row in rows) or 1
    bars = ["█" * round(_BAR * row["n_labels"] / most) for row in rows]
    columns = [
        Column(every, periods(shown["period"], every), is_name=True),
        Column("labels", [count(row["n_labels"]) for row in rows]),
        Column("annotations", [count(row["n_annotations"]) for row in rows], rank=3),
        Column("active", [duration(row["active_seconds"]) for row in rows], rank=1),
        Column("labels an\nactive hour", [amount(row["labels_per_hour"]) for row in rows], rank=2),
    ]
    columns += [
        Column(name, [value(row[name]) for row in rows])
        for name in ("consensus", "benchmark")
        if timeline[name].is_not_null().any()
    ]
    columns.append(Column("", bars, is_name=True, rank=4))
    yield table(columns, page)
    if timeline.height > _SHOWN:
        yield from notes_below([f"and {count(timeline.height - _SHOWN)} earlier ones; -o writes all"])
