"""What went wrong while reading: how much of each severity, and the gravest sorts with an example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.text import Text

from labelqa.measures.score import Scores
from labelqa.report.names import fitted
from labelqa.report.numbers import count, counted
from labelqa.report.page import Page, heading, listing, more

_SHOWN = 3
_STYLES = {"error": "red", "warning": "yellow", "note": "dim"}


def draw(scores: Scores, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    yield from drawn(scores.problems, page, _SHOWN, "--json and -o list them all")


def drawn(problems: pl.DataFrame, page: Page, shown: int, where: str) -> Iterator[RenderableType]:
    """Draw the gravest sorts of problems, and say where all of them are."""
    if problems.is_empty():
        return
    sorts = sorted_out(problems)
    yield heading("Problems", f"{tally(problems)}; {where}")
    yield listing(
        [
            (Text(counted(sort["n"], sort["severity"]), style=_STYLES[sort["severity"]]), _told(sort, page))
            for sort in sorts.head(shown).to_dicts()
        ]
    )
    yield from more(sorts.height - shown, "sort")


def sorted_out(problems: pl.DataFrame) -> pl.DataFrame:
    """Put problems of one sort together, the gravest and then the commonest first; the first one is the example."""
    return (
        problems.group_by("severity", "field", "expected", maintain_order=True)
        .agg(pl.col("n").sum(), pl.col("file", "record", "found").first())
        .sort("severity", pl.col("n"), descending=[False, True], maintain_order=True)
    )


def tally(problems: pl.DataFrame) -> str:
    """Count problems in words.

    Examples
    --------
    >>> tally(pl.DataFrame({"severity": ["error", "note"], "n": [1, 12]}))
    '13 problems: 1 error, 12 notes'
    """
    counts = dict(problems.group_by("severity").agg(pl.col("n").sum()).iter_rows())
    parts = ", ".join(counted(counts[severity], severity) for severity in _STYLES if severity in counts)
    return f"{counted(sum(counts.values()), 'problem')}: {parts}"


def _told(sort: dict[str, Any], page: Page) -> str:
    """Tell what was expected, and where something else was found first."""
    field = f"{fitted(sort['field'], 30)}: " if sort["field"] else ""
    told = f"{field}expected {fitted(sort['expected'], 2 * page.width)}."
    if sort["file"] is not None:
        first = "First" if sort["n"] > 1 else "In"
        record = f", record {count(sort['record'])}" if sort["record"] is not None else ""
        found = f": {fitted(sort['found'], page.width // 2)}" if sort["found"] is not None else ""
        told += f" {first}: {fitted(sort['file'], page.width // 2)}{record}{found}"
    return told
