"""What is taken for what, and what is most often left without a partner."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from rich.console import RenderableType

from labelqa.measures.score import Scores
from labelqa.report.numbers import count, share
from labelqa.report.page import Column, Page, heading, table

_SHOWN = 5
_GROUP = ["kind", "question"]


def draw(scores: Scores, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section, of the benchmark if there is one, else between labelers."""
    relations = scores.confusion["relation"].unique().to_list()
    relation = next((name for name in ("benchmark", "consensus") if name in relations), None)
    if relation is None:
        return
    cells = scores.confusion.filter(pl.col("relation") == relation)
    against_benchmark = relation == "benchmark"
    confused = (most_taken_for_another if against_benchmark else most_called_both)(cells).head(_SHOWN)
    where = "against the benchmark" if against_benchmark else "between labelers"
    if not confused.is_empty():
        yield heading("Most confused classes", where)
        yield table(_confused(confused, "taken for" if against_benchmark else "also called"), page)
    yield from _draw_unmatched(cells, against_benchmark, page)


def most_taken_for_another(cells: pl.DataFrame) -> pl.DataFrame:
    """List confusions, the commonest first: class (the benchmark's), other (the labeler's), n, n_matches of the class."""
    both = cells.filter(pl.col("class_a").is_not_null() & pl.col("class_b").is_not_null())
    return (
        both.with_columns(n_matches=pl.col("n").sum().over(*_GROUP, "class_b"))
        .filter(pl.col("class_a") != pl.col("class_b"))
        .select(*_GROUP, pl.col("class_b").alias("class"), pl.col("class_a").alias("other"), "n", "n_matches")
        .sort("n", -pl.col("n_matches"), *_GROUP, "class", "other", descending=[True] + [False] * 5)
    )


def most_called_both(cells: pl.DataFrame) -> pl.DataFrame:
    """List confusions of a symmetric matrix: each two classes once, under the rarer one, of which it is a larger part."""
    pair = pl.concat_list(pl.min_horizontal("class", "other"), pl.max_horizontal("class", "other"))
    return (
        most_taken_for_another(cells)
        .sort("n", "n_matches", "class", descending=[True, False, False], maintain_order=True)
        .with_columns(pair=pair)
        .unique([*_GROUP, "pair"], keep="first", maintain_order=True)
        .drop("pair")
    )


def _confused(rows: pl.DataFrame, verb: str) -> list[Column]:
    return [
        Column("class", _names(rows, "class"), is_name=True),
        Column(verb, rows["other"].to_list(), is_name=True),
        Column("n", [count(n) for n in rows["n"]]),
        Column("of its matches", [share(n, of) for n, of in rows.select("n", "n_matches").iter_rows()]),
    ]


def _draw_unmatched(cells: pl.DataFrame, against_benchmark: bool, page: Page) -> Iterator[RenderableType]:
    lonely = most_unmatched(cells, against_benchmark).head(_SHOWN)
    if lonely.is_empty():
        return
    columns = [Column("class", _names(lonely, "class"), is_name=True)]
    if against_benchmark:
        yield heading("Most often unmatched", "missed: in the benchmark only; extra: drawn by the labeler only")
        columns += [
            Column("missed", [count(n) for n in lonely["n_missed"]]),
            Column("of the\nbenchmark", [share(*row) for row in lonely.select("n_missed", "n_there").iter_rows()]),
            Column("extra", [count(n) for n in lonely["n_extra"]]),
            Column("of all\ndrawn", [share(*row) for row in lonely.select("n_extra", "n_drawn").iter_rows()]),
        ]
    else:
        yield heading("Most often unmatched", "drawn by one of two labelers only")
        columns += [
            Column("n", [count(n) for n in lonely["n_extra"]]),
            Column("of all\ncompared", [share(*row) for row in lonely.select("n_extra", "n_drawn").iter_rows()]),
        ]
    yield table(columns, page)


def most_unmatched(cells: pl.DataFrame, against_benchmark: bool) -> pl.DataFrame:
    """List classes with something unmatched, the most first: class, n_missed of n_there, n_extra of n_drawn.

    Between labelers, missed and extra are the same, and a match within the class stands for two annotations of it.
    """
    twice = pl.when(pl.col("class_a") == pl.col("class_b")).then(1 if against_benchmark else 2).otherwise(1)
    weighed = cells.with_columns(n_all=pl.col("n") * twice.fill_null(1))
    sides = []
    for side, other, n_alone, n_all in (("a", "b", "n_extra", "n_drawn"), ("b", "a", "n_missed", "n_there")):
        alone = pl.col("n").filter(pl.col(f"class_{other}").is_null()).sum()
        of_class = weighed.filter(pl.col(f"class_{side}").is_not_null()).group_by(
            *_GROUP, pl.col(f"class_{side}").alias("class")
        )
        sides.append(of_class.agg(alone.alias(n_alone), pl.col("n_all").sum().alias(n_all)))
    key = [*_GROUP, "class"]
    both = sides[0].join(sides[1], on=key, how="full", coalesce=True, nulls_equal=True).fill_null(0)
    most = both.filter(pl.col("n_extra") + pl.col("n_missed") > 0)
    return most.sort(pl.col("n_extra") + pl.col("n_missed"), *key, descending=[True, False, False, False])


def _names(rows: pl.DataFrame, column: str) -> list[str]:
    """Name classes; answers with their question."""
    return [
        name if question is None else f"{question}: {name}"
        for question, name in rows.select("question", column).iter_rows()
    ]
