"""Values of any kind in the cells of a plain table: numbers separated by spaces, answers by bars."""

from __future__ import annotations

import polars as pl

from labelqa.formats.cells import Cells
from labelqa.formats.readers.table.columns import Columns
from labelqa.kinds import kinds

BAR = "|"
LEVEL = " > "
"""Between the levels of a path in a taxonomy."""

OWN_COLUMNS = ("bbox", "choice", "checklist")
"""Kinds whose values have columns of their own."""

_ANSWERED = ("ranking", "relation", "taxonomy", "text")
"""Kinds whose values are in `answer` alone."""

_WHOLE_CELL = ("choice", "text")
"""Kinds whose one answer is the whole cell, bars included."""

_LARGEST_PART = 2**32 - 1


def other_kinds() -> list[str]:
    """Name the kinds whose values are in `geometry`, `parts` and `answer`."""
    return [name for name in kinds() if name not in OWN_COLUMNS]


def joined_answers(kind: pl.Expr, answers: pl.Expr) -> pl.Expr:
    """Put answers into one cell."""
    levels = answers.list.eval(pl.element().str.replace_all("\x1f", LEVEL, literal=True))
    whole = kind.is_in(_WHOLE_CELL)
    return pl.when(whole).then(answers.list.first()).when(answers.list.len() > 0).then(levels.list.join(BAR))


def torn_answers(kind: pl.Expr, answers: pl.Expr) -> pl.Expr:
    """Tell which answers would read back otherwise: those that hold what separates answers, or blanks at their ends."""
    one = pl.element()
    torn = one.str.contains(BAR, literal=True) | one.str.contains(LEVEL, literal=True) | (one.str.strip_chars() != one)
    edges = (one.str.strip_chars() != one) | (one == "")
    return (
        pl.when(kind.is_in(_WHOLE_CELL))
        .then(answers.list.eval(edges).list.any())
        .otherwise(answers.list.eval(torn | (one == "")).list.any())
        .fill_null(False)
    )


def other_values(cells: Cells, columns: Columns, rows: pl.DataFrame) -> pl.DataFrame:
    """Give the rows of other kinds as `Builder.annotations_frame` takes them; numbers that are none are noted."""
    is_other = rows["kind"].is_in(other_kinds()) & rows["class"].is_not_null()
    numbers = {name: cells.texts(columns[name]).fill_null("").str.split(" ") for name in ("geometry", "parts")}
    texts = {name: column.list.filter(pl.element() != "") for name, column in numbers.items()}
    parsed = pl.DataFrame(
        {
            "geometry": texts["geometry"].list.eval(pl.element().cast(pl.Float64, strict=False)),
            "parts": texts["parts"].list.eval(pl.element().cast(pl.UInt32, strict=False)),
        }
    )
    is_good = is_other
    needs = is_other & ~rows["kind"].is_in(_ANSWERED)
    bare = needs & (parsed["geometry"].list.len() == 0)
    cells.note(bare, columns["class"], "numbers in `geometry` for a value of this kind; it is left out", "error")
    is_good = is_good & ~bare
    for name, expected in (
        ("geometry", "finite numbers separated by spaces"),
        ("parts", f"whole numbers from 0 to {_LARGEST_PART} separated by spaces"),
    ):
        whole = parsed.select(
            pl.col(name).list.eval(pl.element().is_not_null() & pl.element().cast(pl.Float64).is_finite()).list.all()
        ).to_series()
        cells.note(is_other & ~whole, columns[name], f"{expected}; the annotation is left out", "error")
        is_good = is_good & whole
    answer, kind = cells.texts(columns["answer"]), pl.col("kind")
    split = pl.col("answer").fill_null("").str.split(BAR).list.eval(pl.element().str.strip_chars())
    split = split.list.filter(pl.element() != "")
    paths = split.list.eval(pl.element().str.replace_all(LEVEL, "\x1f", literal=True))
    answered = (
        rows.with_columns(answer)
        .select(
            pl.when(kind == "text")
            .then(pl.concat_list(pl.col("answer").fill_null("")))
            .when(kind == "taxonomy")
            .then(paths)
            .when(pl.col("answer").is_not_null())
            .then(split)
            .when(kind == "ranking")
            .then(pl.lit([], pl.List(pl.String)))
        )
        .to_series()
    )
    has_parts = pl.lit(cells.filled(columns["parts"])) | kind.is_in(["mask", "track"])
    return rows.select(
        "label",
        "annotation_id",
        "class",
        "kind",
        "place",
        "parent_id",
        "score",
        "is_crowd",
        geometry=pl.when(pl.lit(parsed["geometry"].list.len() > 0)).then(pl.lit(parsed["geometry"])),
        parts=pl.when(has_parts).then(pl.lit(parsed["parts"])),
        answer=answered,
    ).filter(is_good)
