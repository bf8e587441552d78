"""The confusion matrix: what is taken for what, with a row and a column for what corresponds to nothing.

Objects count under their classes: matched on the diagonal, wrong_class off it, everything else in the unmatched row
and column (null). Answers count under their question: of a choice the two answers against each other, of a checklist
each answer that both gave, or that only one did.
"""

from __future__ import annotations

import polars as pl

from labelqa.comparison import Comparison
from labelqa.comparison.match import BEST_OF_A, BEST_OF_B, MATCHED, WRONG_CLASS
from labelqa.comparison.pairs import RELATIONS
from labelqa.kinds import QuestionKind, kinds
from labelqa.project import schema

_BETWEEN_EQUALS = ("consensus", "self")
"""Relations whose sides are interchangeable: their matrix is made symmetric."""

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
    cells = pl.concat([_objects(comparison), _answers(comparison)])
    counted = cells.group_by(_CELL).agg(pl.col("n").sum())
    equals = counted.filter(
        pl.col("relation").is_in(_BETWEEN_EQUALS) & ~pl.col("class_a").eq_missing(pl.col("class_b"))
    )
    mirrored = equals.rename({"class_a": "class_b", "class_b": "class_a"}).select(counted.columns)
    return (
        pl.concat([counted, mirrored])
        .group_by(_CELL)
        .agg(pl.col("n").sum())
        .sort("relation", "kind", "question", "class_a", "class_b", nulls_last=True)
        .select("relation", "class_a", "class_b", "n", "kind", "question")
    )


def _narrow_rows(comparison: Comparison) -> pl.DataFrame:
    """Give the match table with numbers: relation, concept on either side (null for nobody), outcome, rows."""
    rows = comparison.rows
    concept = comparison.project.tables["annotations"]["concept"]
    a, b = (pl.Series(side) for side in (rows.a, rows.b))
    nobody = pl.Series([None], dtype=a.dtype)
    a, b = a.zip_with(a >= 0, nobody), b.zip_with(b >= 0, nobody)
    return pl.DataFrame(
        {
            "relation": comparison.pair_rows.relation[rows.pair],
            "concept_a": concept.gather(a),
            "concept_b": concept.gather(b),
            "outcome": rows.outcome,
            "a": a,
            "b": b,
        }
    ).with_columns(concept=pl.coalesce("concept_a", "concept_b"))


def _objects(comparison: Comparison) -> pl.DataFrame:
    """Count matches of objects by class; a near miss is unmatched on both sides."""
    questions = [name for name, kind in kinds().items() if isinstance(kind, QuestionKind)]
    ontology = comparison.project.ontology.with_row_index("concept")
    drawn = ontology.filter(~pl.col("kind").is_in(questions)).select("concept", "kind")
    rows = (
        _narrow_rows(comparison)
        .join(drawn, on="concept", how="semi")
        .group_by("relation", "concept_a", "concept_b", "outcome")
        .agg(n=pl.len().cast(pl.Int64))
    )
    together = pl.col("outcome").is_in([MATCHED, WRONG_CLASS, BEST_OF_A])
    nobody = pl.lit(None, pl.UInt32)
    apart = rows.filter(~together & (pl.col("outcome") != BEST_OF_B))
    cells = pl.concat(
        [
            rows.filter(together),
            apart.filter(pl.col("concept_a").is_not_null()).with_columns(concept_b=nobody),
            apart.filter(pl.col("concept_b").is_not_null()).with_columns(concept_a=nobody),
        ]
    )
    names = comparison.project.ontology
    return cells.select(
        relation=pl.Series(RELATIONS).gather(cells["relation"]),
        class_a=names["class"].gather(cells["concept_a"]),
        class_b=names["class"].gather(cells["concept_b"]),
        kind=names["kind"].gather(cells.select(pl.coalesce("concept_a", "concept_b")).to_series()),
        question=pl.lit(None, pl.String),
        n="n",
    )


def _answers(comparison: Comparison) -> pl.DataFrame:
    """Count answers of questions with a list of answers: a choice's against each other, the others' one by one."""
    names = comparison.project.ontology.select("kind", "class").with_row_index("concept")
    asked = names.filter(pl.col("kind").is_in(schema.ANSWERED))
    rows = _narrow_rows(comparison).join(asked, on="concept", how="inner", maintain_order="left")
    answer = comparison.project.tables["annotations"]["answer"]
    named = rows.select(
        "kind",
        relation=pl.Series(RELATIONS).gather(rows["relation"]),
        question="class",
        answer_a=answer.gather(rows["a"]),
        answer_b=answer.gather(rows["b"]),
    ).with_row_index("row")
    return _each_answer(named).with_columns(n=pl.lit(1, pl.Int64)).select(*_CELL, "n")


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
