"""The data: what this export cannot tell, and what was wrong in it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from labelqa.project import Project
from labelqa.report.document.blocks import Block, Cell, Column, Item, Listing, Section, Table, Words
from labelqa.report.document.told import Told
from labelqa.report.numbers import count, counted, share
from labelqa.report.sections.problems import sorted_out, tally

_SHOWN, _FILES = 12, 12
_TONES = {"error": "bad", "warning": "doubt", "note": ""}


@dataclass(frozen=True)
class _Known:
    """Something an export may tell: of how many of how many it does, and what stays unknown without it."""

    what: str
    n: int
    of: int
    lost: str


def section(told: Told) -> Section | None:
    """Tell what the export lacks and what was wrong in it."""
    project = told.scores.comparison.project
    blocks: list[Block] = [_told(project), *_problems(project), _files(project)]
    return Section("data", "The data behind it", "What an export does not tell, no number can.", blocks)


def _told(project: Project) -> Table:
    rows = _known(project)
    said = [Cell(_share(row), row.n / row.of if row.of else 0.0, tone=_tone(row)) for row in rows]
    return Table(
        [
            Column("the export tells", [row.what for row in rows]),
            Column("for", said),
            Column("without it", [row.lost for row in rows]),
        ]
    )


def _share(row: _Known) -> str:
    if row.n == 0:
        return "none"
    return "all" if row.n == row.of else f"{share(row.n, row.of)} ({count(row.n)} of {count(row.of)})"


def _tone(row: _Known) -> str:
    return "good" if row.n == row.of > 0 else "doubt" if row.n else "bad"


def _known(project: Project) -> list[_Known]:
    labels, assets = project.labels, project.assets
    work = labels.filter(pl.col("role") == "submitted")
    shared = work.group_by("project_id", "asset_id").agg(pl.col("labeler").drop_nulls().n_unique())
    n_shared = shared.filter(pl.col("labeler") > 1).height
    has = {
        role: labels.filter(pl.col("role") == role).select("project_id", "asset_id").n_unique()
        if (labels["role"] == role).any()
        else 0
        for role in ("benchmark", "prediction")
    }
    reviewed = project.tables["reviews"]["label"].drop_nulls().n_unique()
    frames = int((assets["width"].is_not_null() & assets["height"].is_not_null()).sum())
    n, n_assets = work.height, assets.height
    return [
        _Known("who labeled", int(work["labeler"].count()), n, "labels by nobody known meet the benchmark only"),
        _Known("two labelers or more an asset", n_shared, n_assets, "no consensus, no agreement between labelers"),
        _Known("a benchmark", has["benchmark"], n_assets, "no precision, recall, or accuracy"),
        _Known("when labels were submitted", int(work["created_at"].count()), n, "no timeline, no forecast, no drift"),
        _Known("labeling time", int(work["seconds"].count()), n, "times are inferred from gaps, or unknown"),
        _Known("reviews", int(reviewed), n, "no acceptance or rework rate"),
        _Known("pre-labels", has["prediction"], n_assets, "not known what automation saves"),
        _Known("size of the frame", frames, n_assets, "nothing is clipped; tolerances are in pixels"),
    ]


def _problems(project: Project) -> list[Block]:
    problems = project.problems
    if problems.is_empty():
        return [Words("Nothing was wrong in the files.", "good")]
    sorts = sorted_out(problems)
    items = [
        Item(
            f"{counted(sort['n'], sort['severity'])}",
            f"{sort['field'] + ': ' if sort['field'] else ''}expected {sort['expected']}",
            _first(sort),
            _TONES[sort["severity"]],
        )
        for sort in sorts.head(_SHOWN).to_dicts()
    ]
    more = (
        f"and {counted(sorts.height - _SHOWN, 'more sort')}; labelqa inspect lists all" if sorts.height > _SHOWN else ""
    )
    return [Words(f"{tally(problems)}."), Listing(items, more)]


def _first(sort: dict[str, object]) -> str:
    if sort["file"] is None:
        return ""
    record = f", record {sort['record']:,}" if sort["record"] is not None else ""
    found = f": {sort['found']}" if sort["found"] is not None else ""
    return f"first in {sort['file']}{record}{found}"


def _files(project: Project) -> Table:
    sources = project.sources.sort("n_records", "file", descending=[True, False])
    rows = sources.head(_FILES).to_dicts()
    numbers = [
        Column(noun, [Cell(count(row[f"n_{noun}"]), row[f"n_{noun}"]) for row in rows], is_number=True)
        for noun in ("records", "skipped", "labels", "annotations")
    ]
    more = f"and {counted(sources.height - _FILES, 'more file')}" if sources.height > _FILES else ""
    names = [Column("file", [row["file"] for row in rows]), Column("format", [row["format"] for row in rows])]
    return Table([*names, *numbers], more, caption="Files")
