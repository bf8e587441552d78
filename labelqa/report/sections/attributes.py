"""Attributes: which answers about annotations differ most."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from labelqa.measures.score import Scores
from labelqa.report.numbers import count, interval, percent
from labelqa.report.page import Column, Page, heading, more, table

_SHOWN = 5


def draw(scores: Scores, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section, of the benchmark if there is one, else between labelers."""
    table_of = scores.attributes
    measured = next((name for name in ("benchmark", "consensus") if table_of[name].count()), None)
    if measured is None:
        return
    rows = table_of.drop_nulls(measured).sort(measured, "class", "question", "kind")
    where = "against the benchmark" if measured == "benchmark" else "between labelers"
    shown = rows.head(_SHOWN).to_dicts()
    confidence = percent(scores.how["interval"]["confidence"])
    cells = [interval(row[measured], row[f"{measured}_low"], row[f"{measured}_high"]) for row in shown]
    yield heading("Attributes", f"answers about matched annotations, {where}, least agreement first")
    yield table(
        [
            Column("class", [row["class"] for row in shown], is_name=True),
            Column("question", [row["question"] for row in shown], is_name=True),
            Column(f"agreement\n[{confidence} interval]", cells),
            Column("n", [count(row[f"n_{measured}"]) for row in shown]),
        ],
        page,
    )
    yield from more(rows.height - _SHOWN, "question")
