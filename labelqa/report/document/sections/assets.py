"""The assets to look at first, drawn."""

from __future__ import annotations

import polars as pl

from labelqa.errors import UsageError
from labelqa.report.definitions import DEFINITIONS, title_of
from labelqa.report.document.blocks import Block, Cell, Column, Figure, Figures, Section, Table, Words
from labelqa.report.document.told import Told
from labelqa.report.drawing.draw import draw
from labelqa.report.markup import Markup
from labelqa.report.numbers import count, counted, value

_SHOWN, _DRAWN = 20, 6
_SIZE = 520
_ID = ("project_id", "asset_id")


def section(told: Told) -> Section | None:
    """Show the assets on which labelers agree least; where no asset has two labels, those that are most wrong."""
    assets = told.scores.assets
    shared = assets.filter((pl.col("n_labels") >= 2) & pl.col("consensus").is_not_null())
    tested = assets.filter(pl.col("benchmark").is_not_null())
    of, measure = (shared, "consensus") if shared.height else (tested, "benchmark")
    if of.is_empty():
        return None
    worst = of.filter(pl.col(measure) < 1).sort(measure, "agreement_rate", *_ID, nulls_last=True)
    what = "with at least two labels" if measure == "consensus" else "with a benchmark"
    if worst.is_empty():
        return Section(
            "assets",
            "Assets to look at first",
            "",
            [Words(f"None: all {counted(of.height, 'asset')} {what} agree.", "good")],
        )
    lead = f"Lowest {title_of(measure).lower()} of the {counted(of.height, 'asset')} {what}."
    drawings, notes = _drawings(worst.head(_DRAWN), measure, told)
    blocks: list[Block] = [
        Figures(drawings),
        *(Words(note, "faint") for note in notes),
        _table(worst.head(_SHOWN), worst.height, told),
    ]
    return Section("assets", "Assets to look at first", lead, blocks)


def _drawings(assets: pl.DataFrame, measure: str, told: Told) -> tuple[list[Figure], list[str]]:
    figures, notes = [], []
    names = told.scores.comparison.project.assets.select(*_ID, "name")
    for project_id, asset_id, name in (
        assets.join(names, on=_ID, how="left", maintain_order="left").select(*_ID, "name").iter_rows()
    ):
        image = told.images.find(name, asset_id) if told.images else None
        try:
            drawing = draw(told.scores, asset_id, project_id=project_id, relation=measure, image=image, size=_SIZE)
        except UsageError as error:  # an image that cannot be shown takes nothing from the drawing
            notes.append(str(error))
            drawing = draw(told.scores, asset_id, project_id=project_id, relation=measure, size=_SIZE)
        figures.append(Figure(Markup(drawing.svg), f"labelqa explain PATH {asset_id}", is_wide=False))
    return figures, notes


def _table(assets: pl.DataFrame, n_all: int, told: Told) -> Table:
    columns = [
        Column("asset", assets["asset_id"].to_list()),
        Column("labels", [Cell(count(n), n) for n in assets["n_labels"]], is_number=True),
    ]
    if told.scores.project.height > 1:
        columns.insert(0, Column("project", assets["project_id"].to_list()))
    for name in ("consensus", "agreement_rate", "benchmark"):
        if assets[name].count():
            cells = [Cell(value(number), number) for number in assets[name]]
            columns.append(Column(title_of(name), cells, is_number=True, hint=DEFINITIONS[name].meaning))
    more = f"and {counted(n_all - assets.height, 'more asset')} below full agreement; labelqa score -o writes all"
    return Table(columns, more if n_all > assets.height else "")
