"""Nodes and edges: the annotations of pairs of labels as graphs, and what matching makes of each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelqa.comparison.rows import EXTRA, MISSED, NEAR_MISS, NOBODY, WRONG_CLASS, KindRows, Rows
from labelqa.kinds.kind import Candidates, Floats, Ints, Runs
from labelqa.stats.grouped import count_by

Bools = NDArray[np.bool_]

_PART = 255
"""In place of an outcome: a row of an object of several parts that is not its first."""


@dataclass(frozen=True)
class Edges:
    """Candidates as edges between nodes, E of them, sorted by (left, right): nodes, annotations, similarity.

    `confidence` is that of the annotation on side a, and is empty unless the marks have one.
    """

    left: Ints
    right: Ints
    pair: Ints
    a: Ints
    b: Ints
    similarity: Floats
    same_class: Bools
    confidence: Floats

    def __len__(self) -> int:
        return len(self.left)

    def where(self, which: Ints) -> Edges:
        """Take some of the edges."""
        return Edges(
            self.left.take(which),
            self.right.take(which),
            self.pair.take(which),
            self.a.take(which),
            self.b.take(which),
            self.similarity.take(which),
            self.same_class.take(which),
            self.confidence.take(which) if len(self.confidence) else self.confidence,
        )


class Nodes:
    """The annotations of each pair as nodes, numbered end to end on either side, and what becomes of them.

    An annotation has a node in every pair its label takes part in.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        # What to add to the row of an annotation for the number of its node, pair by pair.
        self._to_left = np.cumsum(runs.n_a) - runs.n_a - runs.first_a
        self._to_right = np.cumsum(runs.n_b) - runs.n_b - runs.first_b
        n_left, n_right = int(runs.n_a.sum()), int(runs.n_b.sum())
        self.free_left: Bools = np.ones(n_left, bool)
        self.free_right: Bools = np.ones(n_right, bool)
        self._partner = np.full(n_left, NOBODY)
        self._similarity = np.zeros(n_left)
        self._outcome = np.full(n_left, EXTRA, np.uint8)

    def edges(self, marks: KindRows, found: Candidates) -> Edges:
        """Number the nodes of candidates of one place."""
        pair, a, b, similarity = found.pair, found.a, found.b, found.similarity
        apart = marks.place.take(a) != marks.place.take(b)
        if apart.any():
            near = np.flatnonzero(~apart)
            pair, a, b, similarity = pair[near], a[near], b[near], similarity[near]
        left, right = self._to_left.take(pair) + a, self._to_right.take(pair) + b
        same_class = marks.cls.take(a) == marks.cls.take(b)
        confidence = marks.confidence[a] if len(marks.confidence) else marks.confidence
        return Edges(left, right, pair, a, b, similarity, same_class, confidence)

    def free(self, edges: Edges) -> Edges:
        """Keep the edges that are free at both ends."""
        return edges.where(np.flatnonzero(self.free_left.take(edges.left) & self.free_right.take(edges.right)))

    def take(self, marks: KindRows, edges: Edges, *, near: bool) -> None:
        """Make partners of the nodes of some edges, which no longer are free."""
        self.free_left[edges.left] = False
        self.free_right[edges.right] = False
        self._partner[edges.left] = marks.row.take(edges.b)
        self._similarity[edges.left] = edges.similarity
        self._outcome[edges.left] = NEAR_MISS if near else WRONG_CLASS - edges.same_class.view(np.uint8)

    def take_parts(self, leaders: Ints) -> None:
        """Take what is not the first row of its object: the first stands for all of it."""
        leads = leaders == np.arange(len(leaders))
        self.free_left &= leads[self._rows_left()]
        self.free_right &= leads[_listed(self._runs.first_b, self._runs.n_b)]
        self._outcome[~self.free_left] = _PART

    def rest_left(self) -> tuple[Ints, Ints]:
        """Give pair and row of what is free on side a."""
        return _rest(self._runs.n_a, self._to_left, self.free_left)

    def rest_right(self) -> tuple[Ints, Ints]:
        """Give pair and row of what is free on side b."""
        return _rest(self._runs.n_b, self._to_right, self.free_right)

    def rows(self, marks: KindRows) -> Rows:
        """Lay out what became of each node, sorted: pair by pair those of side a, then those of side b that are free."""
        n_pairs, n_a = len(self._runs.n_a), self._runs.n_a
        pair_missed, missed = self.rest_right()
        n_missed = count_by(pair_missed, n_pairs)
        left = np.arange(len(self._partner))
        at_left = left + np.repeat(np.cumsum(n_missed) - n_missed, n_a)
        at_missed = np.cumsum(n_a).take(pair_missed) + np.arange(len(missed))
        pair = np.repeat(np.arange(n_pairs), n_a + n_missed)
        a, b = np.full(len(pair), NOBODY), np.full(len(pair), NOBODY)
        similarity, outcome = np.zeros(len(pair)), np.full(len(pair), MISSED, np.uint8)
        a[at_left] = marks.row.take(self._rows_left())
        b[at_left] = self._partner
        b[at_missed] = marks.row.take(missed)
        similarity[at_left] = self._similarity
        outcome[at_left] = self._outcome
        rows = Rows(pair, a, b, similarity, outcome)
        return rows.where(np.flatnonzero(outcome != _PART)) if (self._outcome == _PART).any() else rows

    def _rows_left(self) -> Ints:
        return _listed(self._runs.first_a, self._runs.n_a)


def _listed(first: Ints, n: Ints) -> Ints:
    """List the rows of runs, one run after the other."""
    listed = np.repeat(first - (np.cumsum(n) - n), n)
    listed += np.arange(len(listed))
    return listed


def _rest(n: Ints, to_node: Ints, free: Bools) -> tuple[Ints, Ints]:
    """Give pair and row of the free nodes of one side."""
    node = np.flatnonzero(free)
    pair = np.repeat(np.arange(len(n)), n).take(node)
    return pair, node - to_node.take(pair)
