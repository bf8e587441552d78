"""Matching: of two labels' annotations, which are the same thing, and what became of the others.

Rows are made block by block; a block is a run of pairs, and its rows depend on its pairs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelqa.comparison.scheme import Scheme
from labelqa.kinds import LinkKind, ObjectKind, QuestionKind
from labelqa.kinds.kind import Candidates, Floats, Ints, Partners, Runs, Values, spread
from labelqa.stats.assignment import assign, greedy
from labelqa.stats.grouped import count_by

OUTCOMES = ("matched", "wrong_class", "near_miss", "missed", "extra", "best_of_a", "best_of_b")
MATCHED, WRONG_CLASS, NEAR_MISS, MISSED, EXTRA, BEST_OF_A, BEST_OF_B = range(7)

NOBODY = -1
"""Stands for the annotation that is not there."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Rows of the match table, M of them: pair, annotation rows on either side (or `NOBODY`), similarity, outcome."""

    pair: Ints
    a: Ints
    b: Ints
    similarity: Floats
    outcome: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.pair)

    @staticmethod
    def joined(parts: Sequence[Rows]) -> Rows:
        """Lay parts end to end."""
        if not parts:
            empty = np.empty(0, np.int64)
            return Rows(empty, empty, empty, np.empty(0), np.empty(0, np.uint8))
        return Rows(*(np.concatenate([getattr(part, column) for part in parts]) for column in _COLUMNS))

    def where(self, which: NDArray[np.bool_] | Ints | slice) -> Rows:
        """Take some of the rows."""
        return Rows(*(getattr(self, column)[which] for column in _COLUMNS))

    def sorted(self) -> Rows:
        """Sort by (pair, a, b), what is not there last."""
        last = np.iinfo(np.int64).max
        return self.where(
            np.lexsort((np.where(self.b < 0, last, self.b), np.where(self.a < 0, last, self.a), self.pair))
        )


_COLUMNS = ("pair", "a", "b", "similarity", "outcome")


@dataclass(frozen=True)
class KindRows:
    """The annotations of one pool: their rows in the annotations table, sorted by owner, classes, places and values.

    The owner is the label, or the object whose attributes they are. `row`, `cls`, `place` are int64 [N]; `first` int64
    [n_owners + 1] gives the first of each owner; `confidence` float64 [N], -1 where there is none.
    """

    row: Ints
    cls: Ints
    place: Ints
    values: Values
    first: Ints
    confidence: Floats

    def runs(self, owner_a: Ints, owner_b: Ints) -> Runs:
        """Give the runs of annotations that face each other in pairs of owners."""
        first_a, first_b = self.first[owner_a], self.first[owner_b]
        return Runs(first_a, self.first[owner_a + 1] - first_a, first_b, self.first[owner_b + 1] - first_b)


def match_objects(kind: ObjectKind, marks: KindRows, label_a: Ints, label_b: Ints, scheme: Scheme) -> Rows:
    """Match the objects of one kind, for P pairs of labels.

    1. Of the same class, similarity at least the threshold: `matched`.
    2. Of what is left, class-blind, at least the threshold: `wrong_class`.
    3. Of what is left, the same class, at least the near threshold: `near_miss`.
    4. The rest is `extra` (side a alone) or `missed` (side b alone).

    Under `matching="best"` there is no step 2 and 3, see `_best`; under `"blind"` steps 1 and 2 are one. An object of
    several parts makes a row for each part, or for each pair of parts.
    """
    runs = marks.runs(label_a, label_b)
    found = kind.candidates(marks.values, runs, scheme.threshold)
    if scheme.matching == "best":
        return _best(marks, runs, found)
    leaders = kind.leaders(marks.values)
    nodes = _Nodes(runs)
    if leaders is not None:
        nodes.take_parts(leaders)
    if scheme.matching == "blind":
        parts = [_blind(marks, nodes, found)]
    else:
        parts = [_matched(marks, nodes, found, outcome, scheme) for outcome in (MATCHED, WRONG_CLASS)]
    if scheme.near_threshold < scheme.threshold:
        near = _near(kind, marks, nodes, runs, scheme.near_threshold)
        parts.append(_matched(marks, nodes, near, NEAR_MISS, scheme))
    parts += [_alone(marks, *nodes.rest_left(), EXTRA), _alone(marks, *nodes.rest_right(), MISSED)]
    rows = Rows.joined(parts)
    return rows if leaders is None else _in_parts(rows, marks, leaders)


def _blind(marks: KindRows, nodes: _Nodes, found: Candidates) -> Rows:
    """Match whatever the classes; a pair of one class is `matched`, another `wrong_class`."""
    left, right = nodes.left(found.pair, found.a), nodes.right(found.pair, found.b)
    allowed = nodes.free_left[left] & nodes.free_right[right] & (marks.place[found.a] == marks.place[found.b])
    edges = np.flatnonzero(allowed)
    chosen = edges[assign(left[edges], right[edges], found.similarity[edges])]
    nodes.take(left[chosen], right[chosen])
    same = marks.cls[found.a[chosen]] == marks.cls[found.b[chosen]]
    return Rows.joined(
        [_paired(marks, found, chosen[same], MATCHED), _paired(marks, found, chosen[~same], WRONG_CLASS)]
    )


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
    nodes = _Nodes(runs)
    found = kind.candidates(marks.values, runs, partners)
    parts = [_matched(marks, nodes, found, outcome, scheme) for outcome in (MATCHED, WRONG_CLASS)]
    parts += [_alone(marks, *nodes.rest_left(), EXTRA), _alone(marks, *nodes.rest_right(), MISSED)]
    return Rows.joined(parts)


def _best(marks: KindRows, runs: Runs, found: Candidates) -> Rows:
    """Give each annotation of either side a row with its most similar partner of the same class, ties to the first.

    A partner may be taken any number of times. Outcome `best_of_a` is the row of the annotation on side a, `best_of_b`
    that of the one on side b; without a partner they are `extra` and `missed`.
    """
    same = np.flatnonzero((marks.cls[found.a] == marks.cls[found.b]) & (marks.place[found.a] == marks.place[found.b]))
    found = Candidates(found.pair[same], found.a[same], found.b[same], found.similarity[same])
    nodes = _Nodes(runs)
    left, right = nodes.left(found.pair, found.a), nodes.right(found.pair, found.b)
    nodes.take(left, right)
    return Rows.joined(
        [
            _paired(marks, found, _first_of_best(left, found.similarity), BEST_OF_A),
            _paired(marks, found, _first_of_best(right, found.similarity), BEST_OF_B),
            _alone(marks, *nodes.rest_left(), EXTRA),
            _alone(marks, *nodes.rest_right(), MISSED),
        ]
    )


def _first_of_best(node: Ints, similarity: Floats) -> Ints:
    """Find the edge of greatest similarity at each node, the first of several."""
    order = np.lexsort((np.arange(len(node)), -similarity, node))
    return order[np.diff(node[order], prepend=-1) > 0]


def _matched(marks: KindRows, nodes: _Nodes, found: Candidates, outcome: int, scheme: Scheme) -> Rows:
    """Match what is still free on both sides, of one class unless the outcome is that the class is wrong."""
    left, right = nodes.left(found.pair, found.a), nodes.right(found.pair, found.b)
    allowed = nodes.free_left[left] & nodes.free_right[right] & (marks.place[found.a] == marks.place[found.b])
    if outcome != WRONG_CLASS:
        allowed &= marks.cls[found.a] == marks.cls[found.b]
    edges = np.flatnonzero(allowed)
    weight = found.similarity[edges]
    if scheme.matching == "confidence":
        weight = _turns(marks.confidence[found.a[edges]], left[edges], weight, right[edges])
    choose = assign if scheme.matching == "optimal" else greedy
    chosen = edges[choose(left[edges], right[edges], weight)]
    nodes.take(left[chosen], right[chosen])
    return _paired(marks, found, chosen, outcome)


def _turns(confidence: Floats, left: Ints, similarity: Floats, right: Ints) -> Floats:
    """Weigh edges so that the surest annotation of side a chooses first, its best partner, of several the last one.

    That is the order of COCOeval; annotations of one confidence come in canonical order.
    """
    order = np.lexsort((-right, -similarity, left, -confidence))
    weight = np.empty(len(order))
    weight[order] = np.arange(len(order), 0, -1)
    return weight


def _near(kind: ObjectKind, marks: KindRows, nodes: _Nodes, runs: Runs, least: float) -> Candidates:
    """Look for near misses among the few annotations that are still free: each of side a is a pair of its own."""
    pair, row = nodes.rest_left()
    wanted = np.flatnonzero(nodes.n_free_right()[pair] > 0)
    pair, row = pair[wanted], row[wanted]
    alone = Runs(row, np.ones(len(row), np.int64), runs.first_b[pair], runs.n_b[pair])
    found = kind.candidates(marks.values, alone, least)
    return Candidates(pair[found.pair], found.a, found.b, found.similarity)


class _Nodes:
    """The annotations of each pair as nodes, numbered end to end on either side, and which are still free.

    An annotation has a node in every pair its label takes part in.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._start_left = np.cumsum(runs.n_a) - runs.n_a
        self._start_right = np.cumsum(runs.n_b) - runs.n_b
        self.free_left: Bools = np.ones(int(runs.n_a.sum()), bool)
        self.free_right: Bools = np.ones(int(runs.n_b.sum()), bool)

    def left(self, pair: Ints, a: Ints) -> Ints:
        return self._start_left[pair] + a - self._runs.first_a[pair]

    def right(self, pair: Ints, b: Ints) -> Ints:
        return self._start_right[pair] + b - self._runs.first_b[pair]

    def take(self, left: Ints, right: Ints) -> None:
        self.free_left[left] = False
        self.free_right[right] = False

    def take_parts(self, leaders: Ints) -> None:
        """Take what is not the first row of its object: the first stands for all of it."""
        leads = leaders == np.arange(len(leaders))
        for n, first, free in (
            (self._runs.n_a, self._runs.first_a, self.free_left),
            (self._runs.n_b, self._runs.first_b, self.free_right),
        ):
            pair, place = spread(n)
            free &= leads[first[pair] + place]

    def rest_left(self) -> tuple[Ints, Ints]:
        """Give pair and row of what is free on side a."""
        return self._rest(self._runs.n_a, self._runs.first_a, self.free_left)

    def n_free_right(self) -> Ints:
        """Count what is free on side b of each pair."""
        return count_by(self.rest_right()[0], len(self._runs.n_b))

    def rest_right(self) -> tuple[Ints, Ints]:
        """Give pair and row of what is free on side b."""
        return self._rest(self._runs.n_b, self._runs.first_b, self.free_right)

    @staticmethod
    def _rest(n: Ints, first: Ints, free: Bools) -> tuple[Ints, Ints]:
        pair, place = spread(n)
        pair, place = pair[free], place[free]
        return pair, first[pair] + place


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
    return Rows.joined(
        [both, _alone(marks, pair_a[only_a], a[only_a], EXTRA), _alone(marks, pair_b[only_b], b[only_b], MISSED)]
    )


def _paired(marks: KindRows, found: Candidates, chosen: Ints, outcome: int) -> Rows:
    return Rows(
        found.pair[chosen],
        marks.row[found.a[chosen]],
        marks.row[found.b[chosen]],
        found.similarity[chosen],
        np.full(len(chosen), outcome, np.uint8),
    )


def _alone(marks: KindRows, pair: Ints, index: Ints, outcome: int) -> Rows:
    nobody = np.full(len(pair), NOBODY)
    row = marks.row[index]
    a, b = (row, nobody) if outcome == EXTRA else (nobody, row)
    return Rows(pair, a, b, np.zeros(len(pair)), np.full(len(pair), outcome, np.uint8))
