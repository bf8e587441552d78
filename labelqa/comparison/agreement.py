"""Agreement of two labels, from the rows of the match table alone (scoring definitions, section 3).

Each question is one component; the objects are one component together (`micro`) or one for each class (`macro`). The
agreement is the weighted mean of the components present in either label, and 1 if both labels are empty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelqa.comparison.match import MATCHED, Rows
from labelqa.comparison.scheme import Scheme
from labelqa.kinds.kind import Floats, Ints
from labelqa.project import Project
from labelqa.stats.grouped import count_by, divided, total_by


@dataclass(frozen=True)
class Concepts:
    """What a row's class means for the agreement.

    `of_annotation` int64 [N + 1] gives the concept of each annotation, and -1 at the end for nobody (row -1);
    `is_question` bool [C] and `weight` float64 [C] go by concept.
    """

    of_annotation: Ints
    is_question: np.ndarray
    weight: Floats

    @classmethod
    def of(cls, project: Project, scheme: Scheme, questions: set[str]) -> Concepts:
        """Look up the concepts of a project under a scheme."""
        ontology = project.ontology
        concept = project.tables["annotations"]["concept"].to_numpy()
        return cls(
            np.append(concept.astype(np.int64), -1),
            np.array([kind in questions for kind in ontology["kind"]], dtype=bool),
            np.array([scheme.weights.get(name, 1.0) for name in ontology["class"]], dtype=np.float64),
        )

    def sides(self, rows: Rows) -> tuple[Ints, Ints]:
        """Give the concept on either side of each row, -1 where nobody is."""
        return self.of_annotation[rows.a], self.of_annotation[rows.b]


def agreements(rows: Rows, n_pairs: int, concepts: Concepts, scheme: Scheme) -> Floats:
    """Agreement of each pair of labels: float64 [n_pairs]; 1 for pairs without rows, nan if all weights are 0.

    `rows.pair` counts from 0 and is sorted; sums run in the order of the rows.
    """
    concept_a, concept_b = concepts.sides(rows)
    is_question = concepts.is_question[np.maximum(concept_a, concept_b)] if len(rows) else np.empty(0, bool)

    asked = np.flatnonzero(is_question & ~np.isnan(rows.similarity))  # an undefined similarity is no component
    question_weight = concepts.weight[np.maximum(concept_a, concept_b)[asked]]
    total = total_by(rows.pair[asked], question_weight * rows.similarity[asked], n_pairs)
    weight = total_by(rows.pair[asked], question_weight, n_pairs)

    drawn = rows.where(~is_question)
    concept_a, concept_b = concept_a[~is_question], concept_b[~is_question]
    if scheme.average == "macro":
        classes = class_sums(drawn, concept_a, concept_b, len(concepts.weight))
        by_class = concepts.weight[classes.concept]
        total += total_by(classes.pair, by_class * classes.sums.score(scheme), n_pairs)
        weight += total_by(classes.pair, by_class, n_pairs)
    else:
        place_a, place_b = np.where(concept_a >= 0, drawn.pair, -1), np.where(concept_b >= 0, drawn.pair, -1)
        sums = Sums.over(drawn, place_a, place_b, n_pairs, concepts.weight[concept_a], concepts.weight[concept_b])
        score = sums.score(scheme)
        present = ~np.isnan(score)
        total += np.where(present, score, 0.0)
        weight += present
    agreement = np.minimum(divided(total, weight), 1.0)  # weights that are no binary fractions may round above 1
    return np.where(count_by(rows.pair, n_pairs) > 0, agreement, 1.0)


@dataclass(frozen=True)
class Sums:
    """Objects in K places (pairs of labels, or their classes): weighted similarity of the matched, and weighted counts."""

    similarity: Floats
    n_a: Floats
    n_b: Floats
    n_matched: Floats

    @classmethod
    def over(cls, rows: Rows, place_a: Ints, place_b: Ints, n_places: int, weight_a: Floats, weight_b: Floats) -> Sums:
        """Add up rows, each in the place of its annotation a and of its annotation b (-1: nobody is there)."""
        there_a, there_b, matched = place_a >= 0, place_b >= 0, rows.outcome == MATCHED
        return cls(
            total_by(place_a[matched], weight_a[matched] * rows.similarity[matched], n_places),
            total_by(place_a[there_a], weight_a[there_a], n_places),
            total_by(place_b[there_b], weight_b[there_b], n_places),
            total_by(place_a[matched], weight_a[matched], n_places),
        )

    def score(self, scheme: Scheme) -> Floats:
        """Sum of similarities over the scheme's denominator: float64 [K], nan where there is nothing."""
        if scheme.denominator == "larger":
            denominator = np.maximum(self.n_a, self.n_b)
        elif scheme.denominator == "dice":
            denominator = (self.n_a + self.n_b) / 2
        else:
            denominator = self.n_a + self.n_b - self.n_matched
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
