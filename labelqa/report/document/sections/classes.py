"""Classes: which are hard, and what is taken for what."""

from __future__ import annotations

from typing import Any

import polars as pl

from labelqa.report.definitions import DEFINITIONS, title_of
from labelqa.report.document.blocks import Block, Cell, Column, Figure, Figures, Section, Table
from labelqa.report.document.charts.heat import Square, heat
from labelqa.report.document.sections.headline import measured
from labelqa.report.document.told import Told
from labelqa.report.numbers import count, counted, share, value
from labelqa.report.reasons import notes
from labelqa.report.sections.confusions import most_called_both, most_taken_for_another

_SHOWN, _IN_MATRIX, _CONFUSED, _MATRICES = 25, 20, 10, 3
_NARROW = 7
_UNMATCHED = "(unmatched)"


def section(told: Told) -> Section | None:
    """Tell about classes and questions."""
    classes = told.scores.classes
    if classes.is_empty():
        return None
    relations = told.scores.confusion["relation"].unique().to_list()
    relation = next((name for name in ("benchmark", "consensus") if name in relations), None)
    blocks: list[Block] = [_table(told)]
    if relation is not None:
        cells = told.scores.confusion.filter(pl.col("relation") == relation)
        blocks += [*_most_confused(cells, relation), Figures(_matrices(cells, relation))]
    if told.scores.attributes.height:
        blocks.append(_attributes(told))
    return Section("classes", "Classes and questions", "Least agreement first.", blocks)


def _table(told: Told) -> Table:
    classes = told.scores.classes
    shown = [name for name in ("consensus", "benchmark") if classes[name].count()]
    first = shown[-1] if shown else "n_annotations"
    rows = classes.sort(first, "class", "kind", nulls_last=True).head(_SHOWN).to_dicts()
    columns = [
        Column("class or question", [row["class"] for row in rows]),
        Column("kind", [row["kind"] for row in rows]),
        Column(
            "annotations", [Cell(count(row["n_annotations"]), row["n_annotations"]) for row in rows], is_number=True
        ),
    ]
    for name in shown:
        columns.append(Column(title_of(name), [measured(row, name) for row in rows], True, DEFINITIONS[name].meaning))
        columns.append(_counts("assets", rows, f"n_assets_{name}"))
    if "benchmark" in shown:
        for name in ("precision", "recall", "f1"):
            cells = [Cell(value(row[name]), row[name]) for row in rows]
            columns.append(Column(title_of(name), cells, True, DEFINITIONS[name].meaning))
    more = f"and {counted(classes.height - _SHOWN, 'more class', 'more classes')}; labelqa score -o writes all"
    below = notes(
        [row["undefined"] for row in rows], shown, ["precision", "recall", "f1"] if "benchmark" in shown else []
    )
    return Table(columns, more if classes.height > _SHOWN else "", below)


def _counts(title: str, rows: list[dict[str, Any]], name: str) -> Column:
    return Column(title, [Cell(count(row[name] or 0), row[name]) for row in rows], is_number=True)


def _most_confused(cells: pl.DataFrame, relation: str) -> list[Table]:
    is_benchmark = relation == "benchmark"
    rows = (most_taken_for_another if is_benchmark else most_called_both)(cells).head(_CONFUSED).to_dicts()
    if not rows:
        return []
    names = [row["class"] if row["question"] is None else f"{row['question']}: {row['class']}" for row in rows]
    table = Table(
        [
            Column("in the benchmark" if is_benchmark else "class", names),
            Column("taken for" if is_benchmark else "also called", [row["other"] for row in rows]),
            Column("n", [Cell(count(row["n"]), row["n"]) for row in rows], is_number=True),
            Column(
                "of its matches",
                [Cell(share(row["n"], row["n_matches"]), row["n"] / row["n_matches"]) for row in rows],
                True,
            ),
        ],
        caption="Most confused, " + ("against the benchmark" if is_benchmark else "between labelers"),
    )
    return [table]


def _matrices(cells: pl.DataFrame, relation: str) -> list[Figure]:
    """Draw the matrix of the objects, and those of the questions with most answers."""
    groups = cells.group_by("kind", "question").agg(
        pl.col("n").sum(), n_classes=pl.col("class_a").drop_nulls().n_unique()
    )
    of_objects = groups.filter(pl.col("question").is_null() & (pl.col("n_classes") > 1)).sort("n", descending=True)
    of_questions = groups.filter(pl.col("question").is_not_null()).sort("n", "question", descending=[True, False])
    chosen = pl.concat([of_objects.sort("n", "kind", descending=[True, False]), of_questions]).head(_MATRICES)
    figures = []
    for kind, question in chosen.select("kind", "question").iter_rows():
        here = (pl.col("kind") == kind) & pl.col("question").eq_missing(question)
        figures.append(_matrix(cells.filter(here), kind, question, relation))
    return figures


def _matrix(cells: pl.DataFrame, kind: str, question: str | None, relation: str) -> Figure:
    both = [cells.select(pl.col(f"class_{side}").alias("class"), "n") for side in "ab"]
    sizes = pl.concat(both).drop_nulls().group_by("class").agg(pl.col("n").sum())
    names = sorted(sizes.sort("n", "class", descending=[True, False])["class"].head(_IN_MATRIX).to_list())
    place = {name: k for k, name in enumerate(names)}
    place_or_last = {**place, None: len(names)}
    of_row, of_column = (dict(cells.group_by(f"class_{side}").agg(pl.col("n").sum()).iter_rows()) for side in "ba")
    squares: dict[tuple[int, int], Square] = {}
    for class_a, class_b, n in cells.select("class_a", "class_b", "n").iter_rows():
        if class_a in place_or_last and class_b in place_or_last:
            whole, where = (of_column[class_a], "column") if class_b is None else (of_row[class_b], "row")
            told = f"{_name(class_b)} called {_name(class_a)}: {count(n)}, {share(n, whole)} of the {where}"
            squares[place_or_last[class_b], place_or_last[class_a]] = Square(0.06 + 0.84 * n / whole, count(n), told)
    shown = [*names, _UNMATCHED]
    axes = ("benchmark", "labeler") if relation == "benchmark" else ("one labeler", "the other")
    what = f"answers to {question}" if question is not None else f"classes of {kind}"
    caption = (
        f"What is taken for what: {what}. Counts; the colour is the share of the row, in the last row of the column."
    )
    if sizes.height > _IN_MATRIX:
        caption += f" The {_IN_MATRIX} commonest of {sizes.height:,}."
    return Figure(heat(shown, shown, squares, f"Confusion of {what}", axes), caption, is_wide=len(shown) > _NARROW)


def _name(cls: str | None) -> str:
    return _UNMATCHED if cls is None else cls


def _attributes(told: Told) -> Table:
    table = told.scores.attributes
    name = "benchmark" if table["benchmark"].count() else "consensus"
    rows = table.sort(name, "class", "question", "kind", nulls_last=True).head(_SHOWN).to_dicts()
    return Table(
        [
            Column("class", [row["class"] for row in rows]),
            Column("question", [row["question"] for row in rows]),
            Column(title_of(name), [measured(row, name) for row in rows], is_number=True),
            Column("n", [Cell(count(row[f"n_{name}"] or 0), row[f"n_{name}"]) for row in rows], is_number=True),
        ],
        f"and {counted(table.height - _SHOWN, 'more question')}" if table.height > _SHOWN else "",
        caption="Answers about matched annotations",
    )
