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

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.comparison.agreement import Sums, class_sums
from labelqa.comparison.match import BEST_OF_A, BEST_OF_B, MATCHED, WRONG_CLASS, Rows
from labelqa.comparison.pairs import RELATIONS
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Estimator, Evidence, Measured
from labelqa.stats.grouped import count_by, total_by


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
        """Sum up the counts of each group: n_matched, n_drawn, n_expected."""
        used = self.group >= 0
        return {
            name: total_by(self.group[used], values[used], n_groups).astype(np.int64)
            for name, values in (
                ("n_matched", self.n_matched),
                ("n_drawn", self.n_drawn),
                ("n_expected", self.n_expected),
            )
        }

    def measures(self, estimator: Estimator, n_groups: int) -> list[Measured]:
        """Estimate precision, recall, f1, mean_iou and accuracy of each group."""
        right, either = self.n_matched + self.n_found, self.n_drawn + self.n_expected
        ratios = {
            "precision": (self.n_matched, self.n_drawn, "nothing_drawn"),
            "recall": (self.n_found, self.n_expected, "nothing_in_benchmark"),
            "f1": (right, either, "nothing_drawn_or_in_benchmark"),
            "mean_iou": (self.similarity, self.n_objects, "nothing_matched"),
            "accuracy": (
                right - self.n_shared,
                either - self.n_shared - self.n_wrong_class,
                "nothing_drawn_or_in_benchmark",
            ),
        }
        return [
            Measured(
                name,
                estimator.interval(Evidence.gathered(self.group, self.asset, above, below), n_groups),
                reason if np.any(self.group >= 0) else "no_benchmark",
            )
            for name, (above, below, reason) in ratios.items()
        ]


def benchmark_counts(comparison: Comparison) -> Counts:
    """Count in each benchmark pair; `group` is the row of the pair."""
    pairs = np.flatnonzero(comparison.pair_rows.relation == RELATIONS.index("benchmark"))
    rows, place = _rows_of(comparison, pairs)
    concept_a, concept_b = comparison.concepts.sides(rows)
    right = np.isin(rows.outcome, (MATCHED, BEST_OF_A, BEST_OF_B))
    objects = right & ~comparison.concepts.is_question[np.maximum(concept_a, concept_b)]

    def count(which: NDArray[np.bool_]) -> Floats:
        return count_by(place[which], len(pairs)).astype(np.float64)

    return Counts(
        pairs,
        comparison.pair_rows.asset[pairs],
        count(right & (concept_a >= 0)),
        count(right & (concept_b >= 0)),
        count(rows.outcome == MATCHED),
        count(concept_a >= 0),
        count(concept_b >= 0),
        count(rows.outcome == WRONG_CLASS),
        total_by(place[objects], rows.similarity[objects], len(pairs)),
        count(objects),
    )


@dataclass(frozen=True)
class ClassPlaces:
    """A relation's rows gathered by pair and class, K places: row of the pair, concept, sums, agreement in the class.

    The agreement of a question is its similarity.
    """

    pair: Ints
    concept: Ints
    sums: Sums
    score: Floats

    @classmethod
    def of(cls, comparison: Comparison, relation: str) -> ClassPlaces:
        """Gather the rows of a relation."""
        pairs = np.flatnonzero(comparison.pair_rows.relation == RELATIONS.index(relation))
        rows, place = _rows_of(comparison, pairs)
        local = Rows(place, rows.a, rows.b, rows.similarity, rows.outcome)
        concepts = comparison.concepts
        concept_a, concept_b = concepts.sides(local)
        found = class_sums(local, concept_a, concept_b, len(concepts.weight))
        score = found.sums.score(comparison.scheme)
        asked = np.flatnonzero(concepts.is_question[np.maximum(concept_a, concept_b)])
        keys = found.pair * len(concepts.weight) + found.concept
        wanted = place[asked] * len(concepts.weight) + np.maximum(concept_a, concept_b)[asked]
        score[np.searchsorted(keys, wanted)] = local.similarity[asked]
        return cls(pairs[found.pair], found.concept, found.sums, score)


def _rows_of(comparison: Comparison, pairs: Ints) -> tuple[Rows, Ints]:
    """Take the rows of sorted, adjoining pairs, and the place of each row's pair among them."""
    first = int(pairs[0]) if len(pairs) else 0
    start, stop = np.searchsorted(comparison.rows.pair, [first, first + len(pairs)])
    taken = comparison.rows.where(slice(int(start), int(stop)))
    return taken, taken.pair.astype(np.int64) - first
