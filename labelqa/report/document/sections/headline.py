"""How the project stands: the numbers to be seen first."""

from __future__ import annotations

from typing import Any

import polars as pl

from labelqa.report.definitions import DEFINITIONS, title_of
from labelqa.report.document.blocks import Block, Cell, Column, Fact, Facts, Section, Span, Table, Words
from labelqa.report.document.sections.in_short import in_short
from labelqa.report.document.told import Told
from labelqa.report.numbers import UNDEFINED, count, counted, interval, value
from labelqa.report.reasons import reason_of
from labelqa.report.workforce.amounts import amount, duration, money, ranged

_SHOWN = 20
_N = {"consensus": "n_assets_consensus", "benchmark": "n_assets_benchmark", "self_consistency": "n_self"}
_DETAILS = ("precision", "recall", "f1", "mean_iou")


def section(told: Told) -> Section | None:
    """Tell how the project stands; of several projects each."""
    projects = told.scores.project
    blocks: list[Block] = []
    if projects.height == 1:
        row, work = projects.row(0, named=True), told.work.project.row(0, named=True)
        blocks = [Words(" ".join(in_short(told))), Facts(_quality(row)), Facts(_sizes(row, told) + _work(work))]
    elif projects.height:
        blocks = [_projects(projects, told)]
    lead = f"Square brackets: {told.confidence} interval. n: how many are behind a number."
    return Section("summary", "Summary", lead, blocks)


def _quality(row: dict[str, Any]) -> list[Fact]:
    facts = [_measure(row, name) for name in ("consensus", "benchmark")]
    if row["benchmark"] is not None:
        facts += [_measure(row, name) for name in _DETAILS]
    if row["self_consistency"] is not None:
        facts.append(_measure(row, "self_consistency"))
    return facts


def _measure(row: dict[str, Any], name: str) -> Fact:
    number, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    hint = DEFINITIONS[name].meaning
    if number is None:
        return Fact(title_of(name), UNDEFINED, reason_of(name, row["undefined"]) or "", hint=hint, tone="faint")
    ends = f"[{value(low)}, {value(high)}]" if low is not None and high is not None else f"[{UNDEFINED}]"
    n = row[_N.get(name, "n_assets_benchmark")]
    noun = "pair" if name == "self_consistency" else "asset"
    return Fact(title_of(name), value(number), f"{ends}, {counted(n, noun)}", Span(number, low, high), hint)


def _sizes(row: dict[str, Any], told: Told) -> list[Fact]:
    asked = f"{row['n_labels'] / row['n_assets']:.1f} labels an asset" if row["n_assets"] else ""
    return [
        Fact("Assets", count(row["n_assets"]), asked),
        Fact("Labels", count(row["n_labels"]), f"by {counted(told.scores.labelers.height, 'labeler')}"),
        Fact("Annotations", count(row["n_annotations"])),
    ]


def _work(row: dict[str, Any]) -> list[Fact]:
    facts = []
    if row["seconds_per_label"] is not None:
        ends = ranged(*(row[f"seconds_per_label{end}"] for end in ("", "_low", "_high"))).partition(" ")[2]
        hint = DEFINITIONS["seconds_per_label"].meaning
        facts.append(
            Fact(
                "Time a label",
                duration(row["seconds_per_label"]),
                f"{ends} s, {amount(row['labels_per_hour'])} an hour",
                hint=hint,
            )
        )
    if row["acceptance_rate"] is not None:
        facts.append(_rate(row, "acceptance_rate", "n_reviewed"))
    if row["cost"] is not None:
        each = f"{money(row['cost_per_label'])} a label"
        facts.append(
            Fact("Cost", f"{money(row['cost'])} {row['currency']}", each, hint=DEFINITIONS["cost_per_label"].meaning)
        )
    return facts


def _rate(row: dict[str, Any], name: str, n: str) -> Fact:
    number, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    ends = f"[{value(low)}, {value(high)}]" if low is not None and high is not None else f"[{UNDEFINED}]"
    span = Span(number, low, high)
    return Fact(title_of(name), value(number), f"{ends}, {count(row[n])} reviewed", span, DEFINITIONS[name].meaning)


def _projects(projects: pl.DataFrame, told: Told) -> Table:
    rows = projects.sort("consensus", "project_id", nulls_last=True).head(_SHOWN).to_dicts()
    sizes = [
        Column(noun, [Cell(count(row[f"n_{noun}"]), row[f"n_{noun}"]) for row in rows], is_number=True)
        for noun in ("assets", "labels", "annotations")
    ]
    shown = [name for name in ("consensus", "benchmark") if projects[name].count()]
    measures = [
        Column(title_of(name), [measured(row, name) for row in rows], True, DEFINITIONS[name].meaning) for name in shown
    ]
    more = f"and {counted(projects.height - _SHOWN, 'more project')}" if projects.height > _SHOWN else ""
    sums = f"{counted(told.scores.labelers.height, 'labeler')} in {counted(projects.height, 'project')}"
    return Table([Column("project", [row["project_id"] for row in rows]), *sizes, *measures], more, [sums])


def measured(row: dict[str, Any], name: str) -> Cell:
    """Show a measure of a row: with its interval, a bar, and where it is undefined the reason as a hint."""
    number, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    bar = None if number is None else Span(number, low, high)
    hint = (reason_of(name, row["undefined"]) or "") if number is None else ""
    return Cell(interval(number, low, high), number, bar, hint=hint)
