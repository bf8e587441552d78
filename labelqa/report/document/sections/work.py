"""The work: how much in which time, and when it will be done."""

from __future__ import annotations

from labelqa.report.definitions import DEFINITIONS
from labelqa.report.document.blocks import Block, Cell, Column, Figure, Section, Table, Words
from labelqa.report.document.charts.timeline import Period, timeline
from labelqa.report.document.sections.headline import measured
from labelqa.report.document.told import Told
from labelqa.report.numbers import count, counted
from labelqa.report.reasons import notes
from labelqa.report.workforce.amounts import amount, day, money, periods, ranged

_PERIODS = 120
_SCENARIOS = 12


def section(told: Told) -> Section | None:
    """Tell about throughput, forecast and reviewers."""
    blocks: list[Block] = [*_timeline(told), *_forecast(told), *_reviewers(told)]
    return Section("work", "Work and forecast", "", blocks) if blocks else None


def _timeline(told: Told) -> list[Block]:
    known = told.work.timeline.drop_nulls("period").sort("period")
    if known.height < 2:
        return []
    shown, every = known.tail(_PERIODS), told.work.how["time"]["every"]
    quality = told.quality or "consensus"
    names = periods(shown["period"], every)
    rows = zip(names, shown["n_labels"], shown[quality], strict=True)
    svg = timeline([Period(name, n, number) for name, n, number in rows], quality)
    caption = f"Labels submitted each {every} ({told.work.how['time']['zone']}), and their {quality}."
    if known.height > _PERIODS:
        caption += f" The last {_PERIODS} of {count(known.height)}."
    return [Figure(svg, caption)]


def _forecast(told: Told) -> list[Block]:
    found = told.work.forecast
    if found.is_empty():
        return []
    if not found["n_labels_left"].sum():
        return [Words("Nothing is left to label: every asset has as many labels as asked for.", "good")]
    rows = found.head(_SCENARIOS).to_dicts()
    columns = [Column("project", [row["project_id"] for row in rows])] if found["project_id"].n_unique() > 1 else []
    columns += [
        Column("scenario", [row["scenario"] for row in rows]),
        *(
            Column(title, [Cell(count(row[name]), row[name]) for row in rows], is_number=True)
            for title, name in (("labels left", "n_labels_left"), ("assets left", "n_assets_left"))
        ),
        Column(
            "labels a day", [Cell(amount(row["labels_per_day"]), row["labels_per_day"]) for row in rows], is_number=True
        ),
        Column(
            "days",
            [Cell(ranged(row["days"], row["days_low"], row["days_high"]), row["days"]) for row in rows],
            is_number=True,
            hint=DEFINITIONS["forecast"].meaning,
        ),
        Column("done on", [day(row["finished_on"]) for row in rows]),
        Column("at the latest", [day(row["finished_on_high"]) for row in rows]),
    ]
    if found["cost"].count():
        columns.append(Column("cost", [Cell(money(row["cost"]), row["cost"]) for row in rows], is_number=True))
    more = f"and {counted(found.height - _SCENARIOS, 'more scenario')}" if found.height > _SCENARIOS else ""
    return [Table(columns, more, notes([row["undefined"] for row in rows], ["days"]), caption="Forecast")]


def _reviewers(told: Told) -> list[Block]:
    found = told.work.reviewers
    if found.is_empty():
        return []
    rows = found.sort("n_reviews", "reviewer", descending=[True, False], nulls_last=True).head(_SCENARIOS).to_dicts()
    columns = [
        Column("reviewer", [row["reviewer"] or "(nobody named)" for row in rows]),
        Column("reviews", [Cell(count(row["n_reviews"]), row["n_reviews"]) for row in rows], is_number=True),
        Column(
            "accepted",
            [measured(row, "acceptance_rate") for row in rows],
            is_number=True,
            hint="Share of the reviews that accept.",
        ),
        Column(
            "hours to review",
            [Cell(amount(row["median_hours"]), row["median_hours"]) for row in rows],
            is_number=True,
            hint="Median.",
        ),
    ]
    more = f"and {counted(found.height - _SCENARIOS, 'more reviewer')}" if found.height > _SCENARIOS else ""
    return [Table(columns, more, caption="Reviewers")]
