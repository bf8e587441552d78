"""The confusion matrix: what is taken for what, with a row and a column for what corresponds to nothing.

Objects count under their classes: matched on the diagonal, wrong_class off it, everything else in the unmatched row
and column (null). Answers count under their question: of a choice the two answers against each other, of a checklist
each answer that both gave, or that only one did.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.comparison.pairs import RELATIONS
from labelqa.comparison.rows import BEST_OF_A, BEST_OF_B, MATCHED, NOBODY, OUTCOMES, WRONG_CLASS, Rows
from labelqa.kinds import QuestionKind, kinds
from labelqa.kinds.kind import Ints
from labelqa.project import schema
from labelqa.stats.grouped import distinct, tallied, total_by

_BETWEEN_EQUALS = ("consensus", "self")
"""Relations whose sides are interchangeable: their matrix is made symmetric."""

_AT_ONCE = 1 << 16
"""Rows of the match table that are looked at in one go: their arrays stay in the cache."""

_CELL = ["relation", "class_a", "class_b", "kind", "question"]


def confusion_matrix(comparison: Comparison) -> pl.DataFrame:
    """Count the cells of the confusion matrix of every relation.

    Returns
    -------
    polars.DataFrame
        relation, class_a, class_b (null = unmatched), n, kind, question (null for objects). Against the benchmark,
        class_a is the labeler's and class_b the benchmark's. Between labelers the matrix is symmetric: the cells
        (x, y) and (y, x) both hold the number of matches between x and y, whoever had which; the diagonal holds the
        number of matches.
    """
    cells = _objects(comparison)
    if comparison.project.ontology["kind"].is_in(schema.ANSWERED).any():
        cells = pl.concat([cells, _answers(comparison)])
    counted = cells.lazy().group_by(_CELL).agg(pl.col("n").sum())
    equals = counted.filter(
        pl.col("relation").is_in(_BETWEEN_EQUALS) & ~pl.col("class_a").eq_missing(pl.col("class_b"))
    )
    mirrored = equals.rename({"class_a": "class_b", "class_b": "class_a"}).select(cells.columns)
    return (
        pl.concat([counted.select(cells.columns), mirrored])
        .group_by(_CELL)
        .agg(pl.col("n").sum())
        .sort("relation", "kind", "question", "class_a", "class_b", nulls_last=True)
        .select("relation", "class_a", "class_b", "n", "kind", "question")
        .collect()
    )


def _objects(comparison: Comparison) -> pl.DataFrame:
    """Count matches of objects by class; a near miss is unmatched on both sides."""
    ontology = comparison.project.ontology
    questions = [name for name, kind in kinds().items() if isinstance(kind, QuestionKind)]
    relation, a, b, outcome, n = _tally(comparison)
    together = np.isin(outcome, (MATCHED, WRONG_CLASS, BEST_OF_A))
    apart = ~together & (outcome != BEST_OF_B)
    nobody = np.full(len(n), NOBODY)
    cells = pl.concat(
        pl.DataFrame({"relation": relation, "a": a, "b": b, "n": n}).filter(which)
        for a, b, which in ((a, b, together), (a, nobody, apart & (a >= 0)), (nobody, b, apart & (b >= 0)))
    ).select(
        relation=pl.lit(pl.Series(RELATIONS)).gather("relation"),
        class_a=pl.lit(ontology["class"]).gather(_nobody_is_null("a")),
        class_b=pl.lit(ontology["class"]).gather(_nobody_is_null("b")),
        kind=pl.lit(ontology["kind"]).gather(pl.coalesce(_nobody_is_null("a"), "b")),
        question=pl.lit(None, pl.String),
        n="n",
    )
    return cells.filter(~pl.col("kind").is_in(questions))


def _tally(comparison: Comparison) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Count the rows of the match table: relation, concept on either side (-1 for nobody), outcome, rows, int64 [K]."""
    width, n_outcomes = len(comparison.project.ontology) + 1, len(OUTCOMES)
    n_cells = len(RELATIONS) * width * width * n_outcomes
    counted = []
    for rows, a, b in _parts(comparison):
        cell = comparison.pair_rows.relation[rows.pair] * width + (a + 1)
        counted.append(tallied((cell * width + (b + 1)) * n_outcomes + rows.outcome, n_cells))
    cell, n = (np.concatenate([np.empty(0, np.int64), *(part[k] for part in counted)]) for k in (0, 1))
    cell, place = distinct(cell, n_cells)
    ends, outcome = np.divmod(cell, n_outcomes)
    left, b = np.divmod(ends, width)
    relation, a = np.divmod(left, width)
    return relation, a - 1, b - 1, outcome, total_by(place, n, len(cell)).astype(np.int64)


def _parts(comparison: Comparison) -> Iterator[tuple[Rows, Ints, Ints]]:
    """Go through the match table part by part: rows, and the concept on either side, -1 for nobody."""
    concept = comparison.project.tables["annotations"]["concept"].to_numpy()
    concept_or_nobody = np.append(concept.astype(np.int32), np.int32(NOBODY))
    for start in range(0, len(comparison.rows), _AT_ONCE):
        rows = comparison.rows.where(slice(start, start + _AT_ONCE))
        a, b = (concept_or_nobody.take(side, mode="wrap").astype(np.int64) for side in (rows.a, rows.b))
        yield rows, a, b


def _nobody_is_null(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != NOBODY).then(pl.col(column))


def _answers(comparison: Comparison) -> pl.DataFrame:
    """Count answers of questions with a list of answers: a choice's against each other, the others' one by one."""
    ontology, annotations = comparison.project.ontology, comparison.project.tables["annotations"]
    is_asked = ontology["kind"].is_in(schema.ANSWERED).to_numpy()
    asked = [_asked(*part, is_asked) for part in _parts(comparison)]
    rows = Rows.joined([rows for rows, _ in asked])
    concept = pl.Series(np.concatenate([np.empty(0, np.int64), *(concept for _, concept in asked)]))
    a, b = (pl.DataFrame({"row": side}).select(_nobody_is_null("row")).to_series() for side in (rows.a, rows.b))
    named = pl.DataFrame(
        {
            "kind": ontology["kind"][concept],
            "relation": pl.Series(RELATIONS)[comparison.pair_rows.relation[rows.pair]],
            "question": ontology["class"][concept],
            "answer_a": annotations["answer"].gather(a),
            "answer_b": annotations["answer"].gather(b),
        }
    ).with_row_index("row")
    return _each_answer(named).with_columns(n=pl.lit(1, pl.Int64)).select(*_CELL, "n")


def _asked(rows: Rows, a: Ints, b: Ints, is_asked: NDArray[np.bool_]) -> tuple[Rows, Ints]:
    """Keep the rows that hold answers to some questions, and give their concepts."""
    concept = np.where(a >= 0, a, b)
    asked = np.flatnonzero(is_asked[concept])
    return rows.where(asked), concept[asked]


def _each_answer(rows: pl.DataFrame) -> pl.DataFrame:
    """Set single answers against each other; of several, each that both gave and each that only one gave."""
    single = (pl.col("answer_a").list.len().fill_null(1) == 1) & (pl.col("answer_b").list.len().fill_null(1) == 1)
    is_choice = pl.col("kind") == "choice"
    choice = rows.filter(is_choice & single).with_columns(
        class_a=pl.col("answer_a").list.first(), class_b=pl.col("answer_b").list.first()
    )
    several = rows.filter(~(is_choice & single))
    key = ["row", "relation", "kind", "question"]
    side_a, side_b = (
        several.select(*key, pl.col(f"answer_{s}").alias("answer"))
        .explode("answer", empty_as_null=False, keep_nulls=False)
        .with_columns(pl.col("answer").alias(f"class_{s}"))
        for s in "ab"
    )
    each = side_a.join(side_b, on=[*key, "answer"], how="full", coalesce=True)
    columns = ["relation", "class_a", "class_b", "kind", "question"]
    return pl.concat([choice.select(columns), each.select(columns)])
