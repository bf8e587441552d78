"""Evidence for the quality measures: which sums over which assets each ratio is made of.

| measure | numerator | denominator |
|---|---|---|
| consensus, benchmark | scores of the labels | labels with a score |
| precision | matched | drawn by the labeler |
| recall | matched | in the benchmark |
| f1 | 2 matched | drawn + in the benchmark |
| mean_iou | similarity of the matched objects | matched objects |
| accuracy | matched | matched + wrong class + missed + extra, a near miss being both of the last |

Under `matching="best"` each annotation is matched or not by itself: precision goes by the labeler's, recall by the
benchmark's, f1 and accuracy by all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.comparison.agreement import Sums, class_sums, questions_among
from labelqa.comparison.pairs import RELATIONS
from labelqa.comparison.rows import BEST_OF_A, MATCHED, OUTCOMES, WRONG_CLASS, Rows
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Cells, Evidence, Measured, measure_columns
from labelqa.stats.grouped import count_by, total_by

TOTALS = ("n_matched", "n_drawn", "n_expected")

_REASONS = {
    "precision": "nothing_drawn",
    "recall": "nothing_in_benchmark",
    "f1": "nothing_drawn_or_in_benchmark",
    "mean_iou": "nothing_matched",
    "accuracy": "nothing_drawn_or_in_benchmark",
}


def reasons(n_compared: NDArray[np.int64]) -> dict[str, str]:
    """Say why precision and the others may be undefined, where so much was compared with a benchmark in each group."""
    return _REASONS if n_compared.any() else dict.fromkeys(_REASONS, "no_benchmark")


@dataclass(frozen=True)
class Counts:
    """What came of comparing with the benchmark, in N places (pairs, or pairs and classes).

    `group`, `asset` int64 [N]; the rest float64 [N]: the labeler's annotations that have a partner, the benchmark's that
    have one, pairs of them; annotations drawn by the labeler, in the benchmark; wrong classes; similarity and number of
    matched objects.
    """

    group: Ints
    asset: Ints
    n_matched: Floats
    n_found: Floats
    n_shared: Floats
    n_drawn: Floats
    n_expected: Floats
    n_wrong_class: Floats
    similarity: Floats
    n_objects: Floats

    def grouped(self, group: Ints) -> Counts:
        """Give the same counts under other groups; a group below 0 leaves a place out."""
        return replace(self, group=group)

    def totals(self, n_groups: int) -> dict[str, NDArray[np.int64]]:
        """Sum up the counts of each group: n_compared (places), n_matched, n_drawn, n_expected."""
        used = np.flatnonzero(self.group >= 0)
        group = self.group[used]
        sums = {name: total_by(group, getattr(self, name)[used], n_groups).astype(np.int64) for name in TOTALS}
        return {"n_compared": count_by(group, n_groups), **sums}

    def evidence(self, names: Iterable[str] = tuple(_REASONS)) -> dict[str, Evidence]:
        """Give the evidence for some of precision, recall, f1, mean_iou and accuracy of each group."""
        right, either = self.n_matched + self.n_found, self.n_drawn + self.n_expected
        sums = {
            "precision": (self.n_matched, self.n_drawn),
            "recall": (self.n_found, self.n_expected),
            "f1": (right, either),
            "mean_iou": (self.similarity, self.n_objects),
            "accuracy": (right - self.n_shared, either - self.n_shared - self.n_wrong_class),
        }
        cells = Cells.of(self.group, self.asset)
        return {name: cells.evidence(*sums[name]) for name in names}


def benchmark_counts(comparison: Comparison) -> Counts:
    """Count in each benchmark pair; `group` is the row of the pair."""
    first, end = pairs_of(comparison, "benchmark")
    rows, n_pairs = rows_of(comparison, first, end), end - first
    concept_a, concept_b = comparison.concepts.sides(rows)
    n_rows = count_by(rows.pair * len(OUTCOMES) + rows.outcome, n_pairs * len(OUTCOMES))
    matched, wrong_class, _, _, _, best_of_a, best_of_b = n_rows.reshape(n_pairs, len(OUTCOMES)).T.astype(np.float64)
    alone = (rows.outcome == WRONG_CLASS) & (np.minimum(concept_a, concept_b) < 0)  # the other class is not looked at
    wrong_class -= count_by(rows.pair[alone], n_pairs)
    similar = (rows.outcome == MATCHED) | (rows.outcome >= BEST_OF_A)
    similar[questions_among(concept_a, concept_b, comparison.concepts)] = False
    objects = np.flatnonzero(similar)
    return Counts(
        np.arange(first, end),
        comparison.pair_rows.asset[first:end],
        matched + best_of_a,
        matched + best_of_b,
        matched,
        count_by(rows.pair[concept_a >= 0], n_pairs).astype(np.float64),
        count_by(rows.pair[concept_b >= 0], n_pairs).astype(np.float64),
        wrong_class,
        total_by(rows.pair[objects], rows.similarity[objects], n_pairs),
        count_by(rows.pair[objects], n_pairs).astype(np.float64),
    )


@dataclass(frozen=True)
class ClassPlaces:
    """Rows gathered by pair and class, K places: row of the pair, concept, sums, agreement in the class.

    The agreement of a question is its similarity.
    """

    pair: Ints
    concept: Ints
    sums: Sums
    score: Floats

    @classmethod
    def of(cls, comparison: Comparison) -> ClassPlaces:
        """Gather all rows."""
        ends, concepts = comparison.ends, comparison.concepts
        n_concepts = len(concepts.weight)
        found = class_sums(ends, len(comparison.pair_rows), n_concepts)
        score = found.sums.score(comparison.scheme)
        asked = questions_among(ends.concept_a, ends.concept_b, concepts)
        if len(asked):
            keys = found.pair * n_concepts + found.concept
            wanted = ends.rows.pair[asked] * np.int64(n_concepts)
            wanted += np.maximum(ends.concept_a[asked], ends.concept_b[asked])
            score[np.searchsorted(keys, wanted)] = ends.rows.similarity[asked]
        return cls(found.pair, found.concept, found.sums, score)

    def of_pairs(self, first: int, end: int) -> ClassPlaces:
        """Take those of the pairs from `first` to `end`, which is not included."""
        some = slice(*np.searchsorted(self.pair, [first, end]))
        return ClassPlaces(self.pair[some], self.concept[some], self.sums.of(some), self.score[some])


def pairs_of(comparison: Comparison, relation: str) -> tuple[int, int]:
    """Give the first row and the end of the pairs of a relation, which adjoin."""
    number = RELATIONS.index(relation)
    first, end = np.searchsorted(comparison.pair_rows.relation, [number, number + 1])
    return int(first), int(end)


def rows_of(comparison: Comparison, first: int, end: int) -> Rows:
    """Take the rows of adjoining pairs, which then count from 0."""
    pair = comparison.rows.pair
    start, stop = np.searchsorted(pair, np.array([first, end], pair.dtype))
    taken = comparison.rows.where(slice(int(start), int(stop)))
    return replace(taken, pair=taken.pair.astype(np.int64) - first)


def values_first(measured: list[Measured]) -> list[pl.Series]:
    """Lay out all values, then all bounds: precision, recall ... precision_low, precision_high, recall_low ..."""
    columns = measure_columns(measured)
    return columns[::3] + [column for k, column in enumerate(columns) if k % 3]
