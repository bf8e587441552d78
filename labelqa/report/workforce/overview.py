"""The projects: how much was done, in what time, how well, for how much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.names import fitted
from labelqa.report.numbers import count, counted, interval
from labelqa.report.page import Page, listing, more
from labelqa.report.reasons import reason_of
from labelqa.report.workforce.amounts import amount, duration, money, ranged

_SHOWN = 5


def draw(work: Workforce, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    for place, row in enumerate(work.project.head(_SHOWN).to_dicts()):
        if place:
            yield Text()
        yield Text(fitted(row["project_id"], page.width), style="bold")
        yield Text(_counts(row))
        yield Text()
        parts = (("time", _time(row)), ("pace", _pace(row)), ("quality", _quality(row)), ("cost", _cost(row)))
        yield listing([(Text(title, style="dim"), told) for title, told in parts])
    yield from more(work.project.height - _SHOWN, "project")


def _counts(row: dict[str, Any]) -> str:
    parts = [counted(row["n_labels"], "label"), counted(row["n_annotations"], "annotation")]
    parts += [f"{count(row['n_skipped'])} skipped", counted(row["n_assets"], "asset")]
    return ", ".join(parts)


def _why(name: str, row: dict[str, Any]) -> str:
    return f"- ({reason_of(name, row['undefined']) or 'undefined'})"


def _time(row: dict[str, Any]) -> str:
    if row["active_seconds"] is None:
        return _why("seconds_per_label", row)
    inferred = {"inferred": ", inferred from gaps", "both": ", partly inferred from gaps"}.get(row["time_source"], "")
    told = f" of {duration(row['labeling_seconds'])} in all; each label counts up to {duration(row['cap_seconds'])}"
    untimed = row["n_labels"] - row["n_timed"]
    rest = f"; {counted(untimed, 'label')} without time" if untimed else ""
    return f"{duration(row['active_seconds'])} active{told} ({row['cap_rule']}){inferred}{rest}"


def _pace(row: dict[str, Any]) -> str:
    days = f"{amount(row['labels_per_day'])} labels a day over {counted(row['n_days'], 'day')} with work"
    if row["seconds_per_label"] is None:
        return "-" if row["labels_per_day"] is None else days
    ends = (row[f"seconds_per_label{end}"] for end in ("", "_low", "_high"))
    return f"{ranged(*ends)} s a label, {amount(row['labels_per_hour'])} labels an active hour, {days}"


def _quality(row: dict[str, Any]) -> str:
    parts = [
        f"{words} {interval(row[name], row[f'{name}_low'], row[f'{name}_high'])}"
        for name, words in (
            ("consensus", "consensus"),
            ("benchmark", "benchmark"),
            ("acceptance_rate", "accepted"),
            ("rework_rate", "sent back"),
        )
        if row[name] is not None
    ]
    return ", ".join(parts) or "- (nothing to compare with)"


def _cost(row: dict[str, Any]) -> str:
    if row["cost"] is None:
        return _why("cost", row)
    told = f", {money(row['cost_per_label'])} a label"
    if row["cost_per_accepted_label"] is not None:
        told += f", {money(row['cost_per_accepted_label'])} an accepted one"
    told += f", {money(row['cost_per_asset'])} an asset of {counted(row['labels_per_asset'], 'label')}"
    if row["review_cost"]:
        told += f"; review {money(row['review_cost'])}"
    uncosted = row["n_labels"] - row["n_costed"]
    told += f"; {counted(uncosted, 'label')} without cost" if uncosted else ""
    return f"{money(row['cost'])} {fitted(row['currency'], 8)}{told}"
