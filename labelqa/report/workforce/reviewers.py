"""Who reviews, how strictly, and how long labels wait."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.numbers import count, interval
from labelqa.report.page import Column, Page, heading, more, table
from labelqa.report.workforce.amounts import amount

_SHOWN = 8
_RATES = {"acceptance_rate": "accepts", "benchmark_agreement": "agrees with\nthe benchmark"}


def draw(work: Workforce, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    reviewers = work.reviewers.sort("n_reviews", "reviewer", descending=[True, False], nulls_last=True)
    if reviewers.is_empty():
        return
    rows = reviewers.head(_SHOWN).to_dicts()
    yield heading("Reviewers", "most verdicts first")
    columns = [
        Column("reviewer", [row["reviewer"] or "(nobody named)" for row in rows], is_name=True),
        Column("verdicts", [count(row["n_reviews"]) for row in rows]),
    ]
    for name, title in _RATES.items():
        if reviewers[name].is_not_null().any():
            cells = [interval(row[name], row[f"{name}_low"], row[f"{name}_high"]) for row in rows]
            columns.append(Column(title, cells, rank=1 if name == "benchmark_agreement" else 0))
    columns.append(Column("median hours\nafter submission", [amount(row["median_hours"]) for row in rows], rank=2))
    columns.append(Column("of their\nown labels", [count(row["n_own"]) for row in rows], rank=3))
    yield table(columns, page)
    yield from more(reviewers.height - _SHOWN, "reviewer")
