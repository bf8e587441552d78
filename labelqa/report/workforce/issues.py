"""Issues: what is open, and for how long."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.numbers import count
from labelqa.report.page import Column, Page, heading, more, table
from labelqa.report.workforce.amounts import amount

_SHOWN = 8


def draw(work: Workforce, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    if work.issues.is_empty():
        return
    order = ["state", "n_issues", "category"]
    issues = work.issues.sort(order, descending=[False, True, False], nulls_last=True)
    rows = issues.head(_SHOWN).to_dicts()
    yield heading("Issues", "open ones first; their days end with the export")
    columns = [
        Column("category", [row["category"] or "(not said)" for row in rows], is_name=True),
        Column("state", [row["state"] for row in rows], is_name=True),
        Column("issues", [count(row["n_issues"]) for row in rows]),
        Column("assets", [count(row["n_assets"]) for row in rows], rank=1),
        Column("median\ndays", [amount(row["median_days"]) for row in rows]),
        Column("longest", [amount(row["longest_days"]) for row in rows], rank=1),
    ]
    yield table(columns, page)
    yield from more(issues.height - _SHOWN, "row")
