"""Matching: of two labels' annotations, which are the same thing, and what became of the others.

Rows are made block by block; a block is a run of pairs, and its rows depend on its pairs alone.
"""

from __future__ import annotations

import numpy as np

from labelqa.comparison.nodes import Edges, Nodes
from labelqa.comparison.rows import (
    BEST_OF_A,
    BEST_OF_B,
    EXTRA,
    MATCHED,
    MISSED,
    NEAR_MISS,
    NOBODY,
    OUTCOMES,
    WRONG_CLASS,
    KindRows,
    Rows,
    alone,
)
from labelqa.comparison.scheme import Scheme
from labelqa.kinds import LinkKind, ObjectKind, QuestionKind
from labelqa.kinds.kind import Candidates, Floats, Ints, Partners, spread
from labelqa.stats.assignment import assign, greedy

__all__ = [
    "BEST_OF_A",
    "BEST_OF_B",
    "EXTRA",
    "MATCHED",
    "MISSED",
    "NEAR_MISS",
    "NOBODY",
    "OUTCOMES",
    "WRONG_CLASS",
    "KindRows",
    "Rows",
    "match_answers",
    "match_links",
    "match_objects",
]


def match_objects(kind: ObjectKind, marks: KindRows, label_a: Ints, label_b: Ints, scheme: Scheme) -> Rows:
    """Match the objects of one kind, for P pairs of labels.

    1. Of the same class, similarity at least the threshold: `matched`.
    2. Of what is left, class-blind, at least the threshold: `wrong_class`.
    3. Of what is left, the same class, at least the near threshold: `near_miss`.
    4. The rest is `extra` (side a alone) or `missed` (side b alone).

    Under `matching="best"` there is no step 2 and 3, see `_best`; under `"blind"` steps 1 and 2 are one. An object of
    several parts makes a row for each part, or for each pair of parts.
    """
    runs = marks.runs(label_a, label_b, marks.place_group if scheme.matching == "blind" else marks.class_group)
    found = kind.candidates(marks.values, runs, scheme.threshold)
    nodes = Nodes(runs)
    if scheme.matching == "best":
        return _best(marks, nodes, found)
    edges = nodes.edges(found)
    leaders = kind.leaders(marks.values)
    if leaders is not None:
        nodes.take_parts(leaders)
        edges = nodes.free(edges)
    _match_first(marks, nodes, edges, scheme)
    _match_rest(kind, marks, nodes, scheme)
    rows = nodes.rows(marks)
    return rows if leaders is None else _in_parts(rows, marks, leaders).sorted()


def _match_first(marks: KindRows, nodes: Nodes, edges: Edges, scheme: Scheme) -> None:
    """Match at the threshold: what is of one class, or whatever there is."""
    best = _chosen(marks, edges, scheme)
    if scheme.matching == "blind":
        nodes.take(best, WRONG_CLASS - marks.same_class(best.a, best.b).view(np.uint8))
    else:
        nodes.take(best, MATCHED)


def _match_rest(kind: ObjectKind, marks: KindRows, nodes: Nodes, scheme: Scheme) -> None:
    """Match what step 1 left free: wrong classes, then near misses. One search finds the candidates of both."""
    looks_near = scheme.near_threshold < scheme.threshold
    if scheme.matching == "blind":
        if looks_near:
            found = kind.candidates(marks.values, nodes.rest(marks.class_group), scheme.near_threshold)
            nodes.take(_chosen(marks, nodes.edges(found), scheme, near=True), NEAR_MISS)
        return
    least = scheme.near_threshold if looks_near else scheme.threshold
    edges = nodes.edges(kind.candidates(marks.values, nodes.rest(marks.place_group), least))
    same_class = marks.same_class(edges.a, edges.b)
    wrong = edges.where(np.flatnonzero(~same_class & (edges.similarity >= scheme.threshold)))
    nodes.take(_chosen(marks, wrong, scheme), WRONG_CLASS)
    if looks_near:
        near = nodes.free(edges.where(np.flatnonzero(same_class)))
        nodes.take(_chosen(marks, near, scheme, near=True), NEAR_MISS)


def _in_parts(rows: Rows, marks: KindRows, leaders: Ints) -> Rows:
    """Make a row for each part of an object, and for each part of one with each part of the other where two are matched."""
    order = np.argsort(leaders, kind="stable")
    first = np.searchsorted(leaders[order], np.arange(len(leaders)))
    count = np.bincount(leaders[leaders >= 0], minlength=len(leaders))

    def parts(row: Ints) -> tuple[Ints, Ints]:
        """Give first place in `order` and number of the parts; 1 for nobody."""
        at = np.searchsorted(marks.row, np.maximum(row, 0)).clip(max=len(leaders) - 1)
        return first[at], np.where(row == NOBODY, 1, count[at])

    (first_a, n_a), (first_b, n_b) = parts(rows.a), parts(rows.b)
    row, within = spread(n_a * n_b)
    a = marks.row[order[np.minimum(first_a[row] + within // n_b[row], len(order) - 1)]]
    b = marks.row[order[np.minimum(first_b[row] + within % n_b[row], len(order) - 1)]]
    taken = rows.where(row)
    return Rows(
        taken.pair,
        np.where(taken.a == NOBODY, NOBODY, a),
        np.where(taken.b == NOBODY, NOBODY, b),
        taken.similarity,
        taken.outcome,
    )


def match_links(
    kind: LinkKind, marks: KindRows, label_a: Ints, label_b: Ints, partners: Partners, scheme: Scheme
) -> Rows:
    """Match links between objects once the objects have partners: of one type `matched`, else `wrong_class`."""
    runs = marks.runs(label_a, label_b)
    nodes = Nodes(runs)
    found = kind.candidates(marks.values, runs, partners)
    edges = nodes.edges(found)
    edges = edges.where(np.flatnonzero(marks.place.take(edges.a) == marks.place.take(edges.b)))
    same_class = marks.same_class(edges.a, edges.b)
    nodes.take(_chosen(marks, edges.where(np.flatnonzero(same_class)), scheme), MATCHED)
    wrong = nodes.free(edges.where(np.flatnonzero(~same_class)))
    nodes.take(_chosen(marks, wrong, scheme), WRONG_CLASS)
    return nodes.rows(marks)


def _best(marks: KindRows, nodes: Nodes, found: Candidates) -> Rows:
    """Give each annotation of either side a row with its most similar partner of the same class, ties to the first.

    A partner may be taken any number of times. Outcome `best_of_a` is the row of the annotation on side a, `best_of_b`
    that of the one on side b; without a partner they are `extra` and `missed`.
    """
    edges = nodes.edges(found)
    nodes.free_left[edges.left] = False
    nodes.free_right[edges.right] = False
    parts = [
        Rows(best.pair, marks.row[best.a], marks.row[best.b], best.similarity, np.full(len(best), outcome, np.uint8))
        for node, outcome in ((edges.left, BEST_OF_A), (edges.right, BEST_OF_B))
        for best in (edges.where(_first_of_best(node, edges.similarity)),)
    ]
    rest = [alone(marks, *nodes.rest_left(), EXTRA), alone(marks, *nodes.rest_right(), MISSED)]
    return Rows.joined(parts + rest).sorted()


def _first_of_best(node: Ints, similarity: Floats) -> Ints:
    """Find the edge of greatest similarity at each node, the first of several."""
    order = np.lexsort((np.arange(len(node)), -similarity, node))
    return order[np.diff(node[order], prepend=-1) > 0]


def _chosen(marks: KindRows, edges: Edges, scheme: Scheme, *, near: bool = False) -> Edges:
    """Choose among edges whose nodes are free: a one-to-one matching, as the scheme says."""
    weight = edges.similarity
    if scheme.matching == "confidence":
        weight = _turns(marks.confidence.take(edges.a), edges.left, weight, edges.right)
    by_total = scheme.matching == "optimal" or (scheme.matching == "blind" and not near)
    return edges.where(np.flatnonzero((assign if by_total else greedy)(edges.left, edges.right, weight)))


def _turns(confidence: Floats, left: Ints, similarity: Floats, right: Ints) -> Floats:
    """Weigh edges so that the surest annotation of side a chooses first, its best partner, of several the last one.

    That is the order of COCOeval; annotations of one confidence come in canonical order.
    """
    order = np.lexsort((-right, -similarity, left, -confidence))
    weight = np.empty(len(order))
    weight[order] = np.arange(len(order), 0, -1)
    return weight


def match_answers(kind: QuestionKind, marks: KindRows, owner_a: Ints, owner_b: Ints) -> Rows:
    """Compare the answers to each question, for P pairs of owners: one row a question that either side answers.

    Equal answers are `matched`, different ones `wrong_class` with their similarity (nan if it is undefined), one-sided
    ones `extra` or `missed` with 0.
    """
    runs = marks.runs(owner_a, owner_b)
    pair_a, place_a = spread(runs.n_a)
    pair_b, place_b = spread(runs.n_b)
    a, b = runs.first_a[pair_a] + place_a, runs.first_b[pair_b] + place_b
    # A question is answered once in each place, so (pair, question, place) is a key on both sides.
    n_questions, n_places = int(marks.cls.max(initial=0)) + 1, int(marks.place.max(initial=0)) + 1
    key_a = (pair_a * n_questions + marks.cls[a]) * n_places + marks.place[a]
    key_b = (pair_b * n_questions + marks.cls[b]) * n_places + marks.place[b]
    _, at_a, at_b = np.intersect1d(key_a, key_b, assume_unique=True, return_indices=True)
    similarity = kind.similarity(marks.values, a[at_a], b[at_b])
    both = Rows(
        pair_a[at_a],
        marks.row[a[at_a]],
        marks.row[b[at_b]],
        similarity,
        np.where(similarity == 1.0, MATCHED, WRONG_CLASS).astype(np.uint8),
    )
    only_a, only_b = np.ones(len(a), bool), np.ones(len(b), bool)
    only_a[at_a] = False
    only_b[at_b] = False
    only = [alone(marks, pair_a[only_a], a[only_a], EXTRA), alone(marks, pair_b[only_b], b[only_b], MISSED)]
    return Rows.joined([both, *only]).sorted()
