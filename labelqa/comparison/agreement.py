"""Agreement of two labels, from the rows of the match table alone (scoring definitions, section 3).

The agreement is the weighted mean of the components present in either label, and 1 if both labels are empty. Each
question is a component. The objects are one component together (`micro`), one for each kind (`kinds`) or one for each
class (`macro`); under `types` the components are averaged within each kind first.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from labelqa.comparison.concepts import Concepts
from labelqa.comparison.rows import BEST_OF_A, BEST_OF_B, MATCHED, Rows
from labelqa.comparison.scheme import Scheme
from labelqa.kinds.kind import Floats, Ints
from labelqa.stats.grouped import count_by, distinct, divided, total_by


def agreements(ends: Ends, n_pairs: int, concepts: Concepts, scheme: Scheme) -> Floats:
    """Agreement of each pair of labels: float64 [n_pairs]; 1 for pairs without rows, nan if all weights are 0.

    `ends` are those of all rows, whose pairs count from 0 and are sorted; sums run in the order of the rows.
    """
    rows, asked = ends.rows, questions_among(ends.concept_a, ends.concept_b, concepts)
    drawn = ends.where(np.delete(np.arange(len(rows)), asked)) if len(asked) else ends
    parts = [_asked(rows.where(asked), concepts), _drawn(drawn, n_pairs, concepts, scheme)]
    if scheme.average == "types":
        parts = [_by_type(Components.joined(parts), n_pairs, len(concepts.types))]
    total, weight = np.zeros(n_pairs), np.zeros(n_pairs)
    for part in parts:
        total += total_by(part.pair, part.weight * part.score, n_pairs)
        weight += total_by(part.pair, part.weight, n_pairs)
    agreement = np.minimum(divided(total, weight), 1.0)  # weights that are no binary fractions may round above 1
    without = np.flatnonzero(weight == 0)
    first, end = (np.searchsorted(rows.pair, without, side) for side in ("left", "right"))
    agreement[without[first == end]] = 1.0
    return agreement


@dataclass(frozen=True)
class Components:
    """What the agreement of a pair is the mean of: pair, type (number of the pool), weight and score, arrays [K]."""

    pair: Ints
    type: Ints
    weight: Floats
    score: Floats

    @classmethod
    def joined(cls, parts: list[Components]) -> Components:
        """Lay parts end to end."""
        return cls(
            np.concatenate([part.pair for part in parts]),
            np.concatenate([part.type for part in parts]),
            np.concatenate([part.weight for part in parts]),
            np.concatenate([part.score for part in parts]),
        )


def _asked(rows: Rows, concepts: Concepts) -> Components:
    """Each question with a defined similarity is a component."""
    rows = rows.where(np.flatnonzero(~np.isnan(rows.similarity)))
    concept = np.maximum(*concepts.sides(rows))
    return Components(rows.pair, concepts.type[concept], concepts.weight[concept], rows.similarity)


def _drawn(ends: Ends, n_pairs: int, concepts: Concepts, scheme: Scheme) -> Components:
    """The objects, as many components as the scheme's average says."""
    if scheme.average in ("macro", "types"):
        classes = class_sums(ends, n_pairs, len(concepts.weight))
        score = classes.sums.score(scheme)
        weight = concepts.weight[classes.concept]
        return Components(classes.pair, concepts.type[classes.concept], weight, score)
    n_types, place = 1, ends.pair
    if scheme.average == "kinds":
        n_types = len(concepts.types)
        place = place * n_types + concepts.type.take(ends.concept)
    all_alike = (concepts.weight == 1).all()
    score = ends.sums(place, n_pairs * n_types, None if all_alike else concepts.weight.take(ends.concept)).score(scheme)
    present = np.flatnonzero(~np.isnan(score))
    return Components(present // n_types, present % n_types, np.ones(len(present)), score.take(present))


def questions_among(concept_a: Ints, concept_b: Ints, concepts: Concepts) -> Ints:
    """Find the rows that hold answers to questions, by the concepts on their sides."""
    if not concepts.is_question.any():
        return np.empty(0, np.int64)
    return np.flatnonzero(concepts.is_question[np.maximum(concept_a, concept_b)])


def _by_type(components: Components, n_pairs: int, n_types: int) -> Components:
    """Average the components of one type in each pair; the types then count alike."""
    place = components.pair * n_types + components.type
    weight = total_by(place, components.weight, n_pairs * n_types)
    score = divided(total_by(place, components.weight * components.score, n_pairs * n_types), weight)
    present = np.flatnonzero(~np.isnan(score))
    return Components(present // n_types, present % n_types, np.ones(len(present)), score[present])


@dataclass(frozen=True)
class Sums:
    """Objects in K places (pairs of labels, or their classes): weighted similarity and weighted counts, float64 [K].

    `n_matched` on side a and `n_found` on side b have partners. `n_shared` of them are pairs of one with the other; where
    each annotation takes its best partner (`matching="best"`) none are.
    """

    similarity: Floats
    n_a: Floats
    n_b: Floats
    n_matched: Floats
    n_found: Floats
    n_shared: Floats

    def of(self, places: slice) -> Sums:
        """Take some of the places."""
        return Sums(*(getattr(self, column.name)[places] for column in fields(self)))

    def score(self, scheme: Scheme) -> Floats:
        """Sum of similarities over the scheme's denominator: float64 [K], nan where there is nothing."""
        if scheme.denominator == "larger":
            denominator = np.maximum(self.n_a, self.n_b)
        elif scheme.denominator == "dice":
            denominator = (self.n_a + self.n_b) / 2
        else:
            denominator = self.n_a + self.n_b - self.n_shared
        return divided(self.similarity, denominator)


@dataclass(frozen=True)
class Ends:
    """The annotations in M rows, E of them: those of the `n_both` matched rows, then what else is on side a, then on side b.

    Two annotations that are matched are of one class and count as one end. A best partner has a row of its own. int64 [E]:
    `pair`, `concept`, and the `row` they are in; `concept_a` and `concept_b` int64 [M] are those on the sides of each row.
    """

    rows: Rows
    concept_a: Ints
    concept_b: Ints
    row: Ints
    pair: Ints
    concept: Ints
    n_both: int
    n_a: int

    @classmethod
    def of(cls, rows: Rows, concept_a: Ints, concept_b: Ints) -> Ends:
        """Find the ends of rows, whose concepts on either side are int64 [M], -1 for nobody."""
        apart = rows.outcome != MATCHED
        both, a, b = (np.flatnonzero(which) for which in (~apart, apart & (concept_a >= 0), apart & (concept_b >= 0)))
        row = np.concatenate([both, a, b])
        concept = np.concatenate([concept_a.take(both), concept_a.take(a), concept_b.take(b)])
        return cls(rows, concept_a, concept_b, row, rows.pair.take(row), concept, len(both), len(a))

    def where(self, which: Ints) -> Ends:
        """Give the ends of some of the rows."""
        return Ends.of(self.rows.where(which), self.concept_a.take(which), self.concept_b.take(which))

    def sums(self, place: Ints, n_places: int, weight: Floats | None = None) -> Sums:
        """Add up the ends in each place, int64 [E], of so many; all weigh 1 unless it says otherwise, float64 [E]."""

        def count(ends: Ints | slice) -> Floats:
            if weight is None:
                return count_by(place[ends], n_places).astype(np.float64)
            return total_by(place[ends], weight[ends], n_places)

        def similarity(ends: Ints | slice) -> Floats:
            alike = self.rows.similarity.take(self.row[ends])
            return total_by(place[ends], alike if weight is None else weight[ends] * alike, n_places)

        both, a, b = slice(self.n_both), slice(self.n_both, self.n_both + self.n_a), slice(self.n_both + self.n_a, None)
        shared, alike = count(both), similarity(both)
        sums = Sums(alike, shared + count(a), shared + count(b), shared, shared, shared)
        outcome = self.rows.outcome.take(self.row[self.n_both :])
        of_a, of_b = (self.n_both + np.flatnonzero(outcome == best) for best in (BEST_OF_A, BEST_OF_B))
        if not len(of_a) + len(of_b):
            return sums
        return replace(
            sums,
            similarity=alike + (similarity(of_a) + similarity(of_b)),
            n_matched=shared + count(of_a),
            n_found=shared + count(of_b),
        )


@dataclass(frozen=True)
class ClassSums:
    """Sums by pair of labels and class: int64 [K] each, sorted by (pair, concept), and unweighted sums."""

    pair: Ints
    concept: Ints
    sums: Sums


def class_sums(ends: Ends, n_pairs: int, n_concepts: int) -> ClassSums:
    """Gather rows by (pair, class): a row with two classes counts on side a of one and on side b of the other.

    Pairs count from 0.
    """
    keys, place = distinct(ends.pair * np.int64(n_concepts) + ends.concept, n_pairs * n_concepts)
    pair = keys // max(n_concepts, 1)
    return ClassSums(pair, keys - pair * n_concepts, ends.sums(place, len(keys)))
