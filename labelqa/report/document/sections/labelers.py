"""Labelers: how fast, how good, who needs attention."""

from __future__ import annotations

from typing import Any

import polars as pl

from labelqa.report.definitions import DEFINITIONS, title_of
from labelqa.report.document.blocks import Block, Cell, Column, Figure, Section, Table
from labelqa.report.document.charts.quadrant import Point, quadrant
from labelqa.report.document.sections.headline import measured
from labelqa.report.document.told import Told
from labelqa.report.numbers import UNDEFINED, count, counted, interval, value
from labelqa.report.reasons import notes
from labelqa.report.sections.labelers import by_need
from labelqa.report.workforce.amounts import amount, money

_SHOWN = 25
_MOST_POINTS = 200
_UNNAMED = "(nobody named)"


def section(told: Told) -> Section | None:
    """Tell about the labelers."""
    labelers = told.scores.labelers
    if labelers.is_empty():
        return None
    blocks: list[Block] = [*_chart(told), _table(told)]
    lead = "In the table: surely low first, by the upper end of the interval beside the labelers' mean."
    return Section("labelers", "Labelers", lead if told.quality else "", blocks)


def _chart(told: Told) -> list[Block]:
    """Draw speed and quality where both are known of two labelers at least."""
    quality, work = told.quality, told.work.labelers
    if quality is None:
        return []
    known = work.filter(pl.col("labels_per_hour").is_not_null() & pl.col(quality).is_not_null())
    if known.height < 2:
        return []
    rows = known.sort("n_labels", "labeler", descending=[True, False], nulls_last=True).head(_MOST_POINTS).to_dicts()
    points = [
        Point(
            row["labeler"] or _UNNAMED,
            row["labels_per_hour"],
            row[quality],
            row[f"{quality}_low"],
            row[f"{quality}_high"],
            row["n_labels"],
            f"{row['labeler'] or _UNNAMED}: {amount(row['labels_per_hour'])} labels an hour, "
            f"{quality} {interval(row[quality], row[f'{quality}_low'], row[f'{quality}_high'])}, "
            f"{counted(row['n_labels'], 'label')}; beside the team {row['quadrant'] or UNDEFINED}",
        )
        for row in rows
    ]
    team = told.work.project.row(0, named=True) if told.work.project.height == 1 else {}
    of_ranks = told.work.ranks.filter(pl.col("measure") == quality)["team"]
    level = of_ranks[0] if len(of_ranks) else None
    svg = quadrant(points, team.get("labels_per_hour"), level, title_of("labels_per_hour"), title_of(quality))
    caption = (
        "Speed and quality: upper right is fast and good. A circle is as large as the labeler's work; the line through it is "
        f"the {told.confidence} interval. Differences within the intervals may be chance."
    )
    if known.height > _MOST_POINTS:
        caption += f" The {_MOST_POINTS} of {count(known.height)} labelers with most labels."
    return [Figure(svg, caption)]


def _table(told: Told) -> Table:
    labelers = told.scores.labelers
    wanted = ["labels_per_hour", "seconds_per_label", "acceptance_rate", "cost_per_label", "quadrant"]
    work = told.work.labelers.select("labeler", *wanted, pl.col("^acceptance_rate_.*$"))
    rows = by_need(labelers).head(_SHOWN).join(work, on="labeler", how="left", maintain_order="left").to_dicts()
    shown = [name for name in ("consensus", "benchmark", "self_consistency") if labelers[name].count()]
    columns = [
        Column("labeler", [row["labeler"] or _UNNAMED for row in rows]),
        _numbers("labels", rows, "n_labels", count),
    ]
    for name in shown:
        columns.append(Column(title_of(name), [measured(row, name) for row in rows], True, DEFINITIONS[name].meaning))
        n = {"consensus": "n_pairs", "benchmark": "n_benchmark", "self_consistency": "n_self"}[name]
        columns.append(_numbers("pairs" if name != "benchmark" else "n", rows, n, count))
    if "benchmark" in shown:
        columns += [_numbers(title_of(name), rows, name, value) for name in ("precision", "recall", "mean_iou")]
    if told.work.labelers["acceptance_rate"].count():
        columns.append(_numbers(title_of("acceptance_rate"), rows, "acceptance_rate", value))
    if told.work.labelers["labels_per_hour"].count():
        columns.append(_numbers("labels an hour", rows, "labels_per_hour", amount))
    if told.work.labelers["cost_per_label"].count():
        columns.append(_numbers("cost a label", rows, "cost_per_label", money))
    if told.work.labelers["quadrant"].count():
        cells = [row["quadrant"] or UNDEFINED for row in rows]
        columns.append(Column("team", cells, hint=DEFINITIONS["quadrant"].meaning))
    more = f"and {counted(labelers.height - _SHOWN, 'more labeler')}; labelqa score -o writes all"
    details = ["precision", "recall", "mean_iou"] if "benchmark" in shown else []
    below = notes([row["undefined"] for row in rows], shown or ["consensus"], details)
    return Table(columns, more if labelers.height > _SHOWN else "", below)


def _numbers(title: str, rows: list[dict[str, Any]], name: str, write: Any) -> Column:
    cells = [Cell(UNDEFINED if row[name] is None else write(row[name]), row[name]) for row in rows]
    known = DEFINITIONS.get(name)
    return Column(title, cells, is_number=True, hint=known.meaning if known else "")
