"""Annotations out of the rows of a plain table: which rows are boxes, which are questions, and their values."""

from __future__ import annotations

import polars as pl

from labelqa.formats.boxes import from_corners, from_sizes
from labelqa.formats.cells import Cells
from labelqa.formats.readers.table.columns import SIZED, Columns
from labelqa.formats.readers.table.values import BAR, OWN_COLUMNS, other_kinds
from labelqa.formats.unread import Unread
from labelqa.project import Builder
from labelqa.project.validate import MAX_COORDINATE

_QUESTIONS = ("choice", "checklist")


def sorted_out(cells: Cells, columns: Columns, label: pl.Series, unread: Unread) -> pl.DataFrame:
    """Tell boxes from questions.

    Returns
    -------
    polars.DataFrame
        For each row label, annotation_id, kind as given, class, answer, record, whether it holds an annotation at all
        (`is_mark`), and whether that is a box or a question (`is_box`, `is_question`). One that is neither was noted.
    """
    given = [cells.filled(columns[name]) for name in columns.box]
    rows = pl.DataFrame(
        {
            "label": label,
            "annotation_id": cells.texts(columns["annotation_id"]),
            "kind": cells.words(columns["kind"]),
            "class": cells.texts(columns["class"]),
            "answer": cells.texts(columns["answer"]),
            "place": cells.texts(columns["place"]),
            "parent_id": cells.texts(columns["parent_id"]),
            "score": cells.checked_numbers(columns["score"]),
            "is_crowd": cells.checked_flags(columns["is_crowd"]),
            "record": cells.records,
        }
    ).with_columns(has_box=pl.any_horizontal(*given) if given else pl.lit(False))
    kind, has_box = pl.col("kind"), pl.col("has_box")
    has_class, has_answer = pl.col("class").is_not_null(), pl.col("answer").is_not_null()
    any_kind = kind.is_null()
    rows = rows.with_columns(
        is_mark=has_class | has_box | has_answer,
        is_other=(has_class & kind.is_in(other_kinds())).fill_null(False),
        is_box=(has_class & ((kind == "bbox") | (any_kind & has_box & ~has_answer))).fill_null(False),
        is_question=(has_class & (kind.is_in(_QUESTIONS) | (any_kind & has_answer & ~has_box))).fill_null(False),
    )
    is_unread = has_class & ~kind.is_in([*OWN_COLUMNS, *other_kinds()])
    for name, first, n in (
        rows.filter(is_unread).group_by("kind").agg(pl.col("record").min(), n=pl.len()).sort("kind").iter_rows()
    ):
        unread.add(name, first, n=n)
    faults = rows.select(
        nameless=~has_class & (has_box | has_answer),
        unclear=has_class & any_kind & (has_box == has_answer),
        both=(pl.col("is_box") & has_answer) | (pl.col("is_question") & has_box),
    )
    cls = columns["class"]
    cells.note(faults["nameless"], cls, "a class; the annotation is left out", "error")
    cells.note(faults["unclear"], cls, "either a box or an answer; the annotation is left out", "error")
    cells.note(faults["both"], cls, "either a box or an answer; what its kind has no use for is not read", "note")
    return rows


def boxes(cells: Cells, columns: Columns, rows: pl.DataFrame) -> pl.DataFrame:
    """Give the rows that are boxes as `Builder.annotations_frame` takes them; those without four numbers are noted."""
    is_good = rows["is_box"]
    numbers = {}
    for name in columns.box:
        numbers[name] = cells.numbers(columns[name])
        fits = (numbers[name].abs() <= MAX_COORDINATE).fill_null(False)
        expected = f"a number within {MAX_COORDINATE:.0f} pixels; the annotation is left out"
        cells.note(rows["is_box"] & ~fits, columns[name], expected, "error")
        is_good = is_good & fits
    if not columns.box:
        cells.note(is_good, columns["class"], "columns for boxes in the table; the annotation is left out", "error")
        return rows.clear().select("label")
    if columns.box == SIZED:
        for name in SIZED[2:]:
            expected = "a size of 0 or more; read as drawn from the other corner"
            cells.note(is_good & (numbers[name] < 0).fill_null(False), columns[name], expected, "warning")
    layout = from_sizes if columns.box == SIZED else from_corners
    return rows.select(
        "label",
        "annotation_id",
        "class",
        "place",
        "parent_id",
        "score",
        "is_crowd",
        kind=pl.lit("bbox"),
        geometry=layout(*(pl.lit(numbers[name]) for name in columns.box)),
    ).filter(is_good)


def questions(cells: Cells, columns: Columns, rows: pl.DataFrame) -> pl.DataFrame:
    """Give the rows that are questions: label, annotation_id, class, record, kind as given, and the answers, a list."""
    kind, answer = pl.col("kind"), pl.col("answer")
    unanswered = rows.select(pl.col("is_question") & (kind == "choice") & answer.is_null()).to_series().fill_null(False)
    cells.note(unanswered, columns["class"], "an answer to a choice; the annotation is left out", "error")
    several = answer.fill_null("").str.split(BAR).list.eval(pl.element().str.strip_chars()).list.unique()
    return rows.filter(pl.col("is_question") & ~unanswered).select(
        "label",
        "annotation_id",
        "class",
        "place",
        "parent_id",
        "record",
        "kind",
        answer=pl.when(kind == "choice")
        .then(pl.concat_list(answer))
        .otherwise(several.list.filter(pl.element() != "")),
    )


def questions_merged(rows: pl.DataFrame, builder: Builder) -> pl.DataFrame:
    """Make one annotation of the rows that answer one question in one label.

    A question is a checklist if a row says so, or if there are several answers and no row says that it is a choice.
    A choice with several answers is noted and keeps the first in the order of the alphabet.
    """
    answers = pl.col("answer").explode(empty_as_null=False, keep_nulls=False).unique().sort()
    merged = rows.group_by("label", "class", "place", "parent_id").agg(
        pl.col("annotation_id").min(),
        pl.col("record").min(),
        answer=answers,
        is_checklist=(pl.col("kind") == "checklist").any(),
        is_choice=(pl.col("kind") == "choice").any(),
    )
    is_choice = ~pl.col("is_checklist") & (pl.col("is_choice") | (pl.col("answer").list.len() == 1))
    merged = merged.with_columns(kind=pl.when(is_choice).then(pl.lit("choice")).otherwise(pl.lit("checklist")))
    is_torn = is_choice & (pl.col("answer").list.len() > 1)
    builder.problems.add_rows(
        "warning",
        merged.filter(is_torn).select("record", source=pl.lit(builder.file), found=pl.col("answer").list.join(BAR)),
        "one answer to a choice in one label; the first in the order of the alphabet is taken",
        field="answer",
    )
    return merged.select(
        "label",
        "annotation_id",
        "class",
        "kind",
        "place",
        "parent_id",
        answer=pl.when(is_torn).then(pl.col("answer").list.head(1)).otherwise("answer"),
        is_crowd=pl.lit(False),
    )
