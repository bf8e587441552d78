"""Agreement of two labels, from the rows of the match table alone (scoring definitions, section 3).

The agreement is the weighted mean of the components present in either label, and 1 if both labels are empty. Each
question is a component. The objects are one component together (`micro`), one for each kind (`kinds`) or one for each
class (`macro`); under `types` the components are averaged within each kind first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelqa.comparison.concepts import Concepts
from labelqa.comparison.match import BEST_OF_A, BEST_OF_B, MATCHED, Rows
from labelqa.comparison.scheme import Scheme
from labelqa.kinds.kind import Floats, Ints
from labelqa.stats.grouped import count_by, divided, total_by


def agreements(rows: Rows, n_pairs: int, concepts: Concepts, scheme: Scheme) -> Floats:
    """Agreement of each pair of labels: float64 [n_pairs]; 1 for pairs without rows, nan if all weights are 0.

    `rows.pair` counts from 0 and is sorted; sums run in the order of the rows.
    """
    parts = [_asked(rows, concepts), _drawn(rows, n_pairs, concepts, scheme)]
    if scheme.average == "types":
        parts = [_by_type(Components.joined(parts), n_pairs, len(concepts.types))]
    total, weight = np.zeros(n_pairs), np.zeros(n_pairs)
    for part in parts:
        total += total_by(part.pair, part.weight * part.score, n_pairs)
        weight += total_by(part.pair, part.weight, n_pairs)
    agreement = np.minimum(divided(total, weight), 1.0)  # weights that are no binary fractions may round above 1
    return np.where(count_by(rows.pair, n_pairs) > 0, agreement, 1.0)


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
    concept = np.maximum(*concepts.sides(rows))
    asked = np.flatnonzero(concepts.is_question[concept] & ~np.isnan(rows.similarity))
    concept = concept[asked]
    return Components(rows.pair[asked], concepts.type[concept], concepts.weight[concept], rows.similarity[asked])


def _drawn(rows: Rows, n_pairs: int, concepts: Concepts, scheme: Scheme) -> Components:
    """The objects, as many components as the scheme's average says."""
    concept_a, concept_b = concepts.sides(rows)
    drawn = ~concepts.is_question[np.maximum(concept_a, concept_b)]
    rows, concept_a, concept_b = rows.where(drawn), concept_a[drawn], concept_b[drawn]
    if scheme.average in ("macro", "types"):
        classes = class_sums(rows, concept_a, concept_b, len(concepts.weight))
        score = classes.sums.score(scheme)
        weight = concepts.weight[classes.concept]
        return Components(classes.pair, concepts.type[classes.concept], weight, score)
    n_types = len(concepts.types) if scheme.average == "kinds" else 1
    kind = concepts.type if scheme.average == "kinds" else np.zeros_like(concepts.type)
    place_a, place_b = (
        np.where(concept >= 0, rows.pair * n_types + kind[concept], -1) for concept in (concept_a, concept_b)
    )
    weight_a, weight_b = concepts.weight[concept_a], concepts.weight[concept_b]
    score = Sums.over(rows, place_a, place_b, n_pairs * n_types, weight_a, weight_b).score(scheme)
    present = np.flatnonzero(~np.isnan(score))
    return Components(present // n_types, present % n_types, np.ones(len(present)), score[present])


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
    def over(cls, rows: Rows, place_a: Ints, place_b: Ints, n_places: int, weight_a: Floats, weight_b: Floats) -> Sums:
        """Add up rows, each in the place of its annotation a and of its annotation b (-1: nobody is there)."""
        there_a, there_b = place_a >= 0, place_b >= 0
        one_sided = bool((rows.outcome >= BEST_OF_A).any())
        matched = rows.outcome == (BEST_OF_A if one_sided else MATCHED)
        similarity = total_by(place_a[matched], weight_a[matched] * rows.similarity[matched], n_places)
        n_a = total_by(place_a[there_a], weight_a[there_a], n_places)
        n_b = total_by(place_b[there_b], weight_b[there_b], n_places)
        n_matched = total_by(place_a[matched], weight_a[matched], n_places)
        if not one_sided:
            return cls(similarity, n_a, n_b, n_matched, n_found=n_matched, n_shared=n_matched)
        found = rows.outcome == BEST_OF_B
        similarity += total_by(place_b[found], weight_b[found] * rows.similarity[found], n_places)
        n_found = total_by(place_b[found], weight_b[found], n_places)
        return cls(similarity, n_a, n_b, n_matched, n_found, n_shared=np.zeros(n_places))

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
class ClassSums:
    """Sums by pair of labels and class: int64 [K] each, sorted by (pair, concept), and unweighted sums."""

    pair: Ints
    concept: Ints
    sums: Sums


def class_sums(rows: Rows, concept_a: Ints, concept_b: Ints, n_concepts: int) -> ClassSums:
    """Gather rows by (pair, class): a row with two classes counts on side a of one and on side b of the other."""
    pair = rows.pair.astype(np.int64)
    key_a = np.where(concept_a >= 0, pair * n_concepts + concept_a, -1)
    key_b = np.where(concept_b >= 0, pair * n_concepts + concept_b, -1)
    keys = np.sort(np.concatenate([key_a[key_a >= 0], key_b[key_b >= 0]]))
    keys = keys[np.diff(keys, prepend=-1) > 0]
    place_a, place_b = (np.where(key >= 0, np.searchsorted(keys, key), -1) for key in (key_a, key_b))
    one = np.ones(len(rows))
    sums = Sums.over(rows, place_a, place_b, len(keys), one, one)
    return ClassSums(keys // max(n_concepts, 1), keys % max(n_concepts, 1), sums)
