"""Agreement of two labels, from the rows of the match table alone (scoring definitions, section 3).

The agreement is the weighted mean of the components present in either label, and 1 if both labels are empty. Each
question is a component. The objects are one component together (`micro`), one for each kind (`kinds`) or one for each
class (`macro`); under `types` the components are averaged within each kind first.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from labelqa.comparison.concepts import Concepts
from labelqa.comparison.rows import BEST_OF_A, BEST_OF_B, MATCHED, Rows
from labelqa.comparison.scheme import Scheme
from labelqa.kinds.kind import Floats, Ints
from labelqa.stats.grouped import count_by, distinct, divided, total_by


def agreements(rows: Rows, n_pairs: int, concepts: Concepts, scheme: Scheme) -> Floats:
    """Agreement of each pair of labels: float64 [n_pairs]; 1 for pairs without rows, nan if all weights are 0.

    `rows.pair` counts from 0 and is sorted; sums run in the order of the rows.
    """
    asked = questions_among(rows, concepts)
    drawn = rows.where(np.delete(np.arange(len(rows)), asked)) if len(asked) else rows
    parts = [_asked(rows.where(asked), concepts), _drawn(drawn, n_pairs, concepts, scheme)]
    if scheme.average == "types":
        parts = [_by_type(Components.joined(parts), n_pairs, len(concepts.types))]
    total, weight = np.zeros(n_pairs), np.zeros(n_pairs)
    for part in parts:
        total += total_by(part.pair, part.weight * part.score, n_pairs)
        weight += total_by(part.pair, part.weight, n_pairs)
    agreement = np.minimum(divided(total, weight), 1.0)  # weights that are no binary fractions may round above 1
    agreement[count_by(rows.pair, n_pairs) == 0] = 1.0
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


def _drawn(rows: Rows, n_pairs: int, concepts: Concepts, scheme: Scheme) -> Components:
    """The objects, as many components as the scheme's average says."""
    concept_a, concept_b = concepts.sides(rows)
    if scheme.average in ("macro", "types"):
        classes = class_sums(rows, concept_a, concept_b, n_pairs, len(concepts.weight))
        score = classes.sums.score(scheme)
        weight = concepts.weight[classes.concept]
        return Components(classes.pair, concepts.type[classes.concept], weight, score)
    n_types = len(concepts.types) if scheme.average == "kinds" else 1
    column = np.append(1 + concepts.type if scheme.average == "kinds" else np.ones_like(concepts.type), 0)
    first = rows.pair * (n_types + 1)
    places = first + column.take(concept_a, mode="wrap"), first + column.take(concept_b, mode="wrap")
    sums = Sums.over(rows, *places, n_pairs * (n_types + 1), _weights(concept_a, concept_b, concepts))
    score = sums.where(_of_somebody(n_pairs, n_types)).score(scheme)
    present = np.flatnonzero(~np.isnan(score))
    return Components(present // n_types, present % n_types, np.ones(len(present)), score[present])


def questions_among(rows: Rows, concepts: Concepts) -> Ints:
    """Find the rows that hold answers to questions."""
    if not concepts.is_question.any():
        return np.empty(0, np.int64)
    return np.flatnonzero(concepts.is_question[np.maximum(*concepts.sides(rows))])


def _weights(concept_a: Ints, concept_b: Ints, concepts: Concepts) -> tuple[Floats, Floats] | None:
    """Look up the weight of the annotation on either side of each row; None if all weigh 1."""
    if (concepts.weight == 1).all():
        return None
    return concepts.weight[concept_a], concepts.weight[concept_b]


def _of_somebody(n_pairs: int, n_columns: int) -> Ints:
    """Leave out the first of the 1 + `n_columns` places of each pair, which is nobody's."""
    return (np.arange(n_pairs)[:, None] * (n_columns + 1) + np.arange(1, n_columns + 1)).ravel()


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

    `n_matched` on side a and `n_found` on side b have partners. These are `n_shared` pairs of one with the other, unless
    each annotation takes its best partner (`matching="best"`): then nothing is shared.
    """

    similarity: Floats
    n_a: Floats
    n_b: Floats
    n_matched: Floats
    n_found: Floats
    n_shared: Floats

    @classmethod
    def over(
        cls, rows: Rows, place_a: Ints, place_b: Ints, n_places: int, weights: tuple[Floats, Floats] | None = None
    ) -> Sums:
        """Add up rows, each in the place of its annotation a and of its annotation b (nobody has places, too)."""
        a, b = _Side(place_a, n_places, weights and weights[0]), _Side(place_b, n_places, weights and weights[1])
        if not (rows.outcome >= BEST_OF_A).any():
            matched = np.flatnonzero(rows.outcome == MATCHED)
            n_matched = a.where(matched).count()
            similarity = a.where(matched).total(rows.similarity[matched])
            return cls(similarity, a.count(), b.count(), n_matched, n_found=n_matched, n_shared=n_matched)
        of_a, of_b = np.flatnonzero(rows.outcome == BEST_OF_A), np.flatnonzero(rows.outcome == BEST_OF_B)
        similarity = a.where(of_a).total(rows.similarity[of_a]) + b.where(of_b).total(rows.similarity[of_b])
        n_matched, n_found = a.where(of_a).count(), b.where(of_b).count()
        return cls(similarity, a.count(), b.count(), n_matched, n_found, n_shared=np.zeros(n_places))

    def where(self, places: Ints) -> Sums:
        """Take some of the places."""
        return Sums(*(getattr(self, column.name).take(places) for column in fields(self)))

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
class _Side:
    """One side of M rows: the place of each, int64 [M], of so many, and its weight, float64 [M]; None if all weigh 1."""

    place: Ints
    n_places: int
    weight: Floats | None

    def where(self, which: Ints) -> _Side:
        """Take some of the rows."""
        return _Side(self.place[which], self.n_places, None if self.weight is None else self.weight[which])

    def count(self) -> Floats:
        """Add up the weights in each place."""
        if self.weight is None:
            return count_by(self.place, self.n_places).astype(np.float64)
        return total_by(self.place, self.weight, self.n_places)

    def total(self, values: Floats) -> Floats:
        """Add up values times weights in each place."""
        return total_by(self.place, values if self.weight is None else self.weight * values, self.n_places)


@dataclass(frozen=True)
class ClassSums:
    """Sums by pair of labels and class: int64 [K] each, sorted by (pair, concept), and unweighted sums."""

    pair: Ints
    concept: Ints
    sums: Sums


def class_sums(rows: Rows, concept_a: Ints, concept_b: Ints, n_pairs: int, n_concepts: int) -> ClassSums:
    """Gather rows by (pair, class): a row with two classes counts on side a of one and on side b of the other.

    Concepts are -1 where nobody is; `rows.pair` counts from 0.
    """
    width = n_concepts + 1  # the first place of a pair is nobody's
    first = rows.pair * np.int64(width) + 1
    keys, place = distinct(np.concatenate([first + concept_a, first + concept_b]), n_pairs * width)
    sums = Sums.over(rows, place[: len(rows)], place[len(rows) :], len(keys))
    pair, column = keys // width, keys % width
    somebody = np.flatnonzero(column)
    return ClassSums(pair[somebody], column[somebody] - 1, sums.where(somebody))
