"""The confusion matrix: what is taken for what, with a row and a column for what corresponds to nothing.

Objects count under their classes: matched on the diagonal, wrong_class off it, everything else in the unmatched row
and column (null). Answers count under their question: of a choice the two answers against each other, of a checklist
each answer that both gave, or that only one did.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from labelqa.comparison import Comparison
from labelqa.comparison.pairs import RELATIONS
from labelqa.comparison.rows import BEST_OF_A, BEST_OF_B, MATCHED, NOBODY, OUTCOMES, WRONG_CLASS
from labelqa.kinds import QuestionKind, kinds
from labelqa.kinds.kind import Ints
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.scored import Scored
from labelqa.measures.rollup import Rollup, Tally
from labelqa.stats.grouped import tallied

_BETWEEN_EQUALS = ("consensus", "self")
"""Relations whose sides are interchangeable: their matrix is made symmetric."""

_CELL = ("relation", "class_a", "class_b", "kind", "question")


def tally(scored: Scored) -> Tally:
    """Count the matches of a part by relation, concept on either side and outcome."""
    comparison = scored.comparison
    rows = comparison.rows
    width, n_outcomes = len(comparison.project.ontology) + 1, len(OUTCOMES)
    a, b = _ends(comparison)
    # Which cell it is, ((relation * width + a + 1) * width + b + 1) * n_outcomes + outcome, a column at a time.
    cell = comparison.pair_rows.relation.take(rows.pair)
    for factor, column in ((width, a + 1), (width, b + 1), (n_outcomes, rows.outcome)):
        cell *= factor
        cell += column
    keys, n = tallied(cell, len(RELATIONS) * width * width * n_outcomes)
    return Tally(keys, {"n": n})


def answers(scored: Scored, groups: Groups) -> pl.DataFrame | None:
    """Count the answers of a part to questions with a list of answers: the columns of `_CELL`, and n; None without any."""
    comparison = scored.comparison
    if not groups.is_answered.any():
        return None
    ontology, given = comparison.project.ontology, comparison.project.tables["annotations"]["answer"]
    a, b = _ends(comparison)
    concept = np.where(a >= 0, a, b)
    asked = np.flatnonzero(groups.is_answered[concept])
    rows = comparison.rows.where(asked)
    one, other = (pl.DataFrame({"row": side}).select(_nobody_is_null("row")).to_series() for side in (rows.a, rows.b))
    named = pl.DataFrame(
        {
            "kind": ontology["kind"].gather(concept[asked]),
            "relation": pl.Series(RELATIONS).gather(comparison.pair_rows.relation[rows.pair]),
            "question": ontology["class"].gather(concept[asked]),
            "answer_a": given.gather(one),
            "answer_b": given.gather(other),
        }
    ).with_row_index("row")
    return added([_each_answer(named).with_columns(n=pl.lit(1, pl.Int64)).select(*_CELL, "n")])


def added(cells: Sequence[pl.DataFrame | None]) -> pl.DataFrame:
    """Add up cells that are the same; at least one table of them must be there."""
    there = pl.concat(table for table in cells if table is not None)
    return there.group_by(*_CELL).agg(pl.col("n").sum())


def table(rollup: Rollup, answered: pl.DataFrame | None, ontology: pl.DataFrame) -> pl.DataFrame:
    """Lay out the cells of the confusion matrix of every relation.

    Returns
    -------
    polars.DataFrame
        relation, class_a, class_b (null = unmatched), n, kind, question (null for objects). Against the benchmark,
        class_a is the labeler's and class_b the benchmark's. Between labelers the matrix is symmetric: the cells
        (x, y) and (y, x) both hold the number of matches between x and y, whoever had which; the diagonal holds the
        number of matches.
    """
    objects = _objects(rollup, ontology)
    if answered is None:
        return objects
    equals = answered.filter(
        pl.col("relation").is_in(_BETWEEN_EQUALS) & ~pl.col("class_a").eq_missing(pl.col("class_b"))
    )
    mirrored = equals.rename({"class_a": "class_b", "class_b": "class_a"}).select(answered.columns)
    both = pl.concat([objects, added([answered, mirrored]).select(objects.columns)])
    return both.sort("relation", "kind", "question", "class_a", "class_b", nulls_last=True)


def _objects(rollup: Rollup, ontology: pl.DataFrame) -> pl.DataFrame:
    """Lay out the cells of objects by class, sorted; a near miss is unmatched on both sides."""
    width = len(ontology) + 1
    ends, outcome = np.divmod(rollup.keys, len(OUTCOMES))
    left, b = np.divmod(ends, width)
    relation, a = np.divmod(left, width)
    a, b, nobody = a - 1, b - 1, np.full(len(a), NOBODY)
    together = np.isin(outcome, (MATCHED, WRONG_CLASS, BEST_OF_A))
    apart = ~together & (outcome != BEST_OF_B)
    counted = np.concatenate([together, apart & (a >= 0), apart & (b >= 0)])
    relation, n = (np.tile(column, 3)[counted] for column in (relation, rollup.totals["n"]))
    a, b = np.concatenate([a, a, nobody])[counted], np.concatenate([b, nobody, b])[counted]

    names, name_of = _numbered(ontology["class"])
    kind_names, kind_of = _numbered(ontology["kind"])
    kind, a, b = kind_of[np.where(a == NOBODY, b, a)], name_of[a], name_of[b]
    turned = np.flatnonzero(np.isin(relation, [RELATIONS.index(name) for name in _BETWEEN_EQUALS]) & (a != b))
    a, b = np.append(a, b[turned]), np.append(b, a[turned])
    relation, kind, n = (np.append(column, column[turned]) for column in (relation, kind, n))

    shape = (len(RELATIONS), len(kind_names), len(names), len(names))
    drawn = np.flatnonzero(~np.array([isinstance(kinds().get(name), QuestionKind) for name in kind_names])[kind])
    keys, place = np.unique(np.ravel_multi_index((relation, kind, a, b), shape)[drawn], return_inverse=True)
    total = np.zeros(len(keys), np.int64)
    np.add.at(total, place, n[drawn])
    relation, kind, a, b = np.unravel_index(keys, shape)
    return pl.DataFrame(
        [
            pl.Series(RELATIONS).gather(relation).alias("relation"),
            names.gather(a).alias("class_a"),
            names.gather(b).alias("class_b"),
            pl.Series("n", total),
            kind_names.gather(kind).alias("kind"),
            pl.Series("question", [None], dtype=pl.String).new_from_index(0, len(keys)),
        ]
    )


def _numbered(column: pl.Series) -> tuple[pl.Series, Ints]:
    """Give the different names, sorted, null last, and the number of each row among them; that of row -1 is null's."""
    names = sorted(set(column))
    number = {name: k for k, name in enumerate(names)}
    rows = [number[name] for name in column]
    return pl.Series([*names, None], dtype=pl.String), np.array([*rows, len(names)], dtype=np.int64)


def _ends(comparison: Comparison) -> tuple[Ints, Ints]:
    """Give the row of the ontology on either side of each match, -1 for nobody; best partners included."""
    concept = np.append(comparison.project.tables["annotations"]["concept"].to_numpy().astype(np.int64), NOBODY)
    return concept[comparison.rows.a], concept[comparison.rows.b]


def _nobody_is_null(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != NOBODY).then(pl.col(column))


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
    return pl.concat([choice.select(_CELL), each.select(_CELL)])
