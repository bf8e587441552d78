"""The project in a few sentences, for those who read no further."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelqa.report.document.told import Told
from labelqa.report.names import fitted
from labelqa.report.numbers import count, counted, interval, share
from labelqa.report.sections.confusions import most_called_both, most_taken_for_another
from labelqa.report.workforce.amounts import day

_NAMED = 3


def in_short(told: Told) -> Iterator[str]:
    """Say how far labelers agree, how right they are, who and what stands out, and when it is done."""
    row = told.scores.project.row(0, named=True)
    said = {name: interval(row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in ("consensus", "benchmark")}
    if row["consensus"] is not None:
        yield f"Labelers agree {said['consensus']} of 1."
    if row["benchmark"] is not None:
        of = f"{count(row['n_assets_benchmark'])} of {counted(row['n_assets'], 'asset')} have a benchmark"
        yield f"Their labels agree {said['benchmark']} with the benchmark ({of})."
    yield from _below(told)
    yield from _confused(told)
    yield from _left(told)


def _below(told: Told) -> Iterator[str]:
    """Name labelers who are surely below the team: outside its funnel limits."""
    if told.quality is None:
        return
    ranks = told.work.ranks.filter((pl.col("measure") == told.quality) & (pl.col("position") == "below"))
    low = ranks.sort("value", "labeler")["labeler"].to_list()
    if low:
        more = f" and {count(len(low) - _NAMED)} more" if len(low) > _NAMED else ""
        names = ", ".join(fitted(name, 40) for name in low[:_NAMED])
        yield f"Surely below the team by {told.quality}: {names}{more}."


def _confused(told: Told) -> Iterator[str]:
    cells = told.scores.confusion
    relation = next((name for name in ("benchmark", "consensus") if (cells["relation"] == name).any()), "none")
    of = cells.filter(pl.col("relation") == relation)
    most = (most_taken_for_another if relation == "benchmark" else most_called_both)(of).head(1)
    for row in most.to_dicts():
        verb = "taken for" if relation == "benchmark" else "also called"
        part = f"{counted(row['n'], 'time')}, {share(row['n'], row['n_matches'])} of its matches"
        question = "" if row["question"] is None else f"{fitted(row['question'], 40)}: "
        yield f"Most confused: {question}{fitted(row['class'], 40)} {verb} {fitted(row['other'], 40)} ({part})."


def _left(told: Told) -> Iterator[str]:
    for row in told.work.forecast.head(1).to_dicts():
        if not row["n_labels_left"]:
            yield "Nothing is left to label."
        elif row["finished_on"] is not None:
            latest = f", at the latest {day(row['finished_on_high'])}" if row["finished_on_high"] else ""
            yield f"{counted(row['n_labels_left'], 'label')} left: done {day(row['finished_on'])}{latest}, at the recent pace."
