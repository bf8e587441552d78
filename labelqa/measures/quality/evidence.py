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

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.comparison.agreement import Sums, class_sums, questions_among
from labelqa.comparison.pairs import RELATIONS
from labelqa.comparison.rows import BEST_OF_A, MATCHED, OUTCOMES, Rows
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Cells, Estimator, Measured
from labelqa.stats.grouped import count_by, total_by

_AT_ONCE = 1 << 16
"""Rows of the match table that are looked at in one go: their arrays stay in the cache."""


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
        cells = Cells.of(self.group, self.asset)
        missing = None if np.any(self.group >= 0) else "no_benchmark"
        return [
            Measured(name, estimator.interval(cells.evidence(above, below), n_groups), missing or reason)
            for name, (above, below, reason) in ratios.items()
        ]


def benchmark_counts(comparison: Comparison) -> Counts:
    """Count in each benchmark pair; `group` is the row of the pair."""
    first, end = pairs_of(comparison, "benchmark")
    rows, n_pairs = rows_of(comparison, first, end), end - first
    concept_a, concept_b = comparison.concepts.sides(rows)
    n_rows = count_by(rows.pair * len(OUTCOMES) + rows.outcome, n_pairs * len(OUTCOMES))
    matched, wrong_class, _, _, _, best_of_a, best_of_b = n_rows.reshape(n_pairs, len(OUTCOMES)).T.astype(np.float64)
    similar = (rows.outcome == MATCHED) | (rows.outcome >= BEST_OF_A)
    similar[questions_among(rows, comparison.concepts)] = False
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
    def of(cls, comparison: Comparison, first: int, end: int) -> ClassPlaces:
        """Gather the rows of the pairs from `first` to `end`, which is not included."""
        rows, concepts = rows_of(comparison, first, end), comparison.concepts
        n_concepts = len(concepts.weight)
        found = class_sums(rows, *concepts.sides(rows), end - first, n_concepts)
        score = found.sums.score(comparison.scheme)
        asked = questions_among(rows, concepts)
        if len(asked):
            rows = rows.where(asked)
            keys = found.pair * n_concepts + found.concept
            wanted = rows.pair * n_concepts + np.maximum(*concepts.sides(rows))
            score[np.searchsorted(keys, wanted)] = rows.similarity
        return cls(first + found.pair, found.concept, found.sums, score)


def pairs_of(comparison: Comparison, relation: str) -> tuple[int, int]:
    """Give the first row and the end of the pairs of a relation, which adjoin."""
    number = RELATIONS.index(relation)
    first, end = np.searchsorted(comparison.pair_rows.relation, [number, number + 1])
    return int(first), int(end)


def parts_of(comparison: Comparison, relation: str) -> Iterator[tuple[int, int]]:
    """Cut the pairs of a relation into runs of whole assets with about `_AT_ONCE` rows each: first row and end."""
    first, end = pairs_of(comparison, relation)
    asset, pair = comparison.pair_rows.asset[first:end], comparison.rows.pair
    start, stop = np.searchsorted(pair, np.array([first, end], pair.dtype))
    cuts = first + np.searchsorted(asset, comparison.pair_rows.asset[pair[start:stop:_AT_ONCE]])
    yield from pairwise(np.unique([first, *cuts.tolist(), end]).tolist())


def rows_of(comparison: Comparison, first: int, end: int) -> Rows:
    """Take the rows of adjoining pairs, which then count from 0."""
    pair = comparison.rows.pair
    start, stop = np.searchsorted(pair, np.array([first, end], pair.dtype))
    taken = comparison.rows.where(slice(int(start), int(stop)))
    return replace(taken, pair=taken.pair.astype(np.int64) - first)
