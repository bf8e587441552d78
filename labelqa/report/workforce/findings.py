"""What to act on."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.names import one_line
from labelqa.report.numbers import count, counted, percent
from labelqa.report.page import Page, heading, listing, more, notes_below

_SHOWN = 8


def draw(work: Workforce, page: Page) -> Iterator[RenderableType]:  # noqa: ARG001
    """Give the parts of this section."""
    tested = work.detectors.filter(work.detectors["n_tested"] > 0)
    if tested.is_empty():
        return
    rate = percent(work.how["false_alarms"])
    yield heading("Findings", f"false alarms: at most {rate} of projects in which nothing is wrong have any")
    if work.findings.is_empty():
        yield from notes_below(
            [f"none; {counted(int(tested['n_tested'].sum()), 'test')} of {tested.height} kinds were made"]
        )
        return
    shown = work.findings.sort("p_value", "number").head(_SHOWN).to_dicts()
    yield listing([(Text(count(row["number"]), style="yellow"), f"{one_line(row['sentence'])}.") for row in shown])
    yield from more(work.findings.height - _SHOWN, "finding", "--json and -o tell all, with the rows behind them")
