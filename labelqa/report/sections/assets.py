"""The assets to look at first: those on which labelers agree least."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from rich.console import RenderableType

from labelqa.measures.score import Scores
from labelqa.report.numbers import count, counted, value
from labelqa.report.page import Column, Page, heading, notes_below, table

_SHOWN = 6
_TITLE = "Assets to look at first"
_ID = ("project_id", "asset_id")


def draw(scores: Scores, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section: by consensus, or where no asset has two labels, by the benchmark."""
    assets = scores.scan("assets")
    is_shared = (pl.col("n_labels") >= 2) & pl.col("consensus").is_not_null()
    is_tested = pl.col("benchmark").is_not_null()
    n_shared, n_tested = assets.select(is_shared.sum(), is_tested.sum()).collect().row(0)
    if n_shared:
        shared = assets.filter(is_shared, pl.col("consensus") < 1)
        lowest = shared.sort("consensus", "agreement_rate", *_ID, nulls_last=True).head(_SHOWN).collect()
        caption = f"lowest consensus of the {counted(n_shared, 'asset')} with at least two labels"
        agreed = f"all {counted(n_shared, 'asset')} with at least two labels agree fully"
    elif n_tested:
        lowest = assets.filter(pl.col("benchmark") < 1).sort("benchmark", *_ID).head(_SHOWN).collect()
        caption = f"lowest agreement with the benchmark, of {counted(n_tested, 'asset')} with one"
        agreed = f"all {counted(n_tested, 'asset')} with a benchmark agree with it fully"
    else:
        return
    if lowest.is_empty():
        yield heading(_TITLE)
        yield from notes_below([f"none: {agreed}"])
        return
    yield heading(_TITLE, caption)
    yield table(_columns(lowest, scores), page)


def _columns(assets: pl.DataFrame, scores: Scores) -> list[Column]:
    columns = [
        Column("asset", assets["asset_id"].to_list(), is_name=True),
        Column("labels", [count(n) for n in assets["n_labels"]]),
    ]
    if scores.project.height > 1:
        columns.insert(0, Column("project", assets["project_id"].to_list(), is_name=True))
    headers = {"consensus": "consensus", "agreement_rate": "agreement\nrate", "benchmark": "benchmark"}
    shown = {name: header for name, header in headers.items() if assets[name].is_not_null().any()}
    return columns + [Column(header, [value(v) for v in assets[name]]) for name, header in shown.items()]
