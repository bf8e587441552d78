"""What the demo planted beside what was measured: does labelqa find the truth?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from rich.console import RenderableType

from labelqa.measures.score import Scores
from labelqa.report.numbers import count, interval, percent, value
from labelqa.report.page import Column, Page, heading, notes_below, table
from labelqa.simulation.scenes import CAR, CLASS_SHARES, TRUCK

_SHOWN = 12
_FEW = 30
"""Labels below which linearised intervals near 1 are known to be too narrow."""


def planted_and_measured(truth: pl.DataFrame, scores: Scores) -> pl.DataFrame:
    """Set the truth of the demo beside the scores of its boxes.

    Parameters
    ----------
    truth : polars.DataFrame
        As `labelqa.simulation.truth` gives it.
    scores : Scores
        Of the demo's boxes alone; questions have error rates of their own.

    Returns
    -------
    polars.DataFrame
        One row a labeler: labeler, profile, recall_planted, precision_planted, and from the scores n_benchmark, recall
        and precision with intervals.
    """
    found = 1 - pl.col("miss_rate")
    # A true object counts if it is found and, being a car or a truck, gets its own name.
    right = found * (1 - (CLASS_SHARES[CAR] + CLASS_SHARES[TRUCK]) * pl.col("confusion_rate"))
    n_objects = (pl.col("n_expected") / pl.col("n_benchmark")).fill_nan(None)
    rows = truth.join(scores.labelers, on="labeler", how="left").sort("labeler")
    return rows.select(
        "labeler",
        "profile",
        "n_benchmark",
        right.alias("recall_planted"),
        (right * n_objects / (found * n_objects + pl.col("false_alarms"))).alias("precision_planted"),
        *(f"{name}{end}" for name in ("recall", "precision") for end in ("", "_low", "_high")),
    )


def planted_text(truth: pl.DataFrame, scores: Scores, page: Page) -> str:
    """Draw the table of planted and measured."""
    rows = planted_and_measured(truth, scores)
    return page.draw(_parts(rows, percent(scores.how["interval"]["confidence"]), page))


def _parts(rows: pl.DataFrame, confidence: str, page: Page) -> Iterator[RenderableType]:
    shown = rows.head(_SHOWN)
    columns = [
        Column("labeler", shown["labeler"].to_list(), is_name=True),
        Column("profile", shown["profile"].to_list(), is_name=True),
        Column("n", [count(n or 0) for n in shown["n_benchmark"]]),
    ]
    for name in ("recall", "precision"):
        measured = shown.select(name, f"{name}_low", f"{name}_high").iter_rows()
        columns += [
            Column(f"{name}\nplanted", [value(number) for number in shown[f"{name}_planted"]]),
            Column(f"measured\n[{confidence} interval]", [interval(*row) for row in measured]),
        ]
    yield heading(
        "Planted and measured", "is the truth behind the demo found again? boxes only, n benchmark labels each"
    )
    yield table(columns, page)
    if rows.height > _SHOWN:
        yield from notes_below([f"and {count(rows.height - _SHOWN)} more"])
    if (shown["n_benchmark"].fill_null(0) < _FEW).any():
        yield from notes_below(["intervals of so few labels run narrow; try more --assets"])
