"""What is left to do, and what it will take."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.numbers import count
from labelqa.report.page import Column, Page, heading, more, notes_below, table
from labelqa.report.reasons import notes
from labelqa.report.workforce.amounts import amount, day, money, ranged

_SHOWN = 9
_ASKED = {
    "given": "labels asked for as given",
    "stated": "labels asked for as the export says",
    "inferred": "as many labels asked for as most assets have",
    "stated and inferred": "labels asked for as the export says; elsewhere as many as most assets have",
}


def draw(work: Workforce, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    found = work.forecast
    if found.is_empty():
        return
    if not found["n_labels_left"].sum():
        yield heading("Forecast", "nothing is left: every asset has as many labels as asked for")
        return
    yield heading("Forecast", _ASKED[work.how["forecast"]["labels_per_asset"]])
    rows = found.head(_SHOWN).to_dicts()
    several = found["project_id"].n_unique() > 1
    columns = [Column("project", [row["project_id"] for row in rows], is_name=True)] if several else []
    columns += [
        Column("scenario", [row["scenario"] for row in rows], is_name=True),
        Column("labels\nleft", [count(row["n_labels_left"]) for row in rows]),
        Column("assets\nleft", [count(row["n_assets_left"]) for row in rows], rank=2),
        Column("labels\na day", [amount(row["labels_per_day"]) for row in rows], rank=1),
        Column("days", [ranged(row["days"], row["days_low"], row["days_high"]) for row in rows]),
        Column("done on", [day(row["finished_on"]) for row in rows]),
        Column("at the\nlatest", [day(row["finished_on_high"]) for row in rows], rank=3),
    ]
    if found["cost"].is_not_null().any():
        columns.append(Column("cost", [money(row["cost"]) for row in rows]))
    yield table(columns, page)
    yield from more(found.height - _SHOWN, "scenario")
    yield from notes_below(notes([row["undefined"] for row in rows], ["days"]))
