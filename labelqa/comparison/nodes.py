"""Nodes and edges: the annotations of pairs of labels as graphs, and what matching makes of each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labelqa.comparison.rows import EXTRA, MISSED, NOBODY, KindRows, Rows
from labelqa.kinds.kind import Candidates, Floats, Ints, Runs, listed, owners
from labelqa.stats.grouped import count_by

Bools = NDArray[np.bool_]
Outcomes = NDArray[np.uint8]

_PART = 255
"""In place of an outcome: a row of an object of several parts that is not its first."""


@dataclass(frozen=True)
class Edges:
    """Candidates as edges between nodes, E of them, sorted by (left, right): pair, nodes, annotations, similarity."""

    pair: Ints
    left: Ints
    right: Ints
    a: Ints
    b: Ints
    similarity: Floats

    def __len__(self) -> int:
        return len(self.left)

    def where(self, which: Ints) -> Edges:
        """Take some of the edges."""
        if len(which) == len(self):
            return self
        return Edges(
            self.pair.take(which),
            self.left.take(which),
            self.right.take(which),
            self.a.take(which),
            self.b.take(which),
            self.similarity.take(which),
        )


class Nodes:
    """The annotations of each pair as nodes, numbered end to end on either side, and what becomes of them.

    An annotation has a node in every pair its label takes part in.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._end_left, self._end_right = np.cumsum(runs.n_a, dtype=np.int64), np.cumsum(runs.n_b, dtype=np.int64)
        # What to add to the row of an annotation for the number of its node, pair by pair.
        self._to_left = self._end_left - runs.n_a - runs.first_a
        self._to_right = self._end_right - runs.n_b - runs.first_b
        self.free_left: Bools = np.ones(int(runs.n_a.sum()), np.bool_)
        self.free_right: Bools = np.ones(int(runs.n_b.sum()), np.bool_)
        self._parts: Ints = np.empty(0, np.int64)
        self._taken: list[tuple[Edges, int | Outcomes]] = []

    @cached_property
    def _pair_of_left(self) -> Ints:
        return owners(self._end_left)

    @cached_property
    def _pair_of_right(self) -> Ints:
        return owners(self._end_right)

    def edges(self, found: Candidates) -> Edges:
        """Number the nodes of candidates."""
        left, right = self._to_left.take(found.pair), self._to_right.take(found.pair)
        left += found.a
        right += found.b
        return Edges(found.pair, left, right, found.a, found.b, found.similarity)

    def free(self, edges: Edges) -> Edges:
        """Keep the edges that are free at both ends."""
        return edges.where(np.flatnonzero(self.free_left.take(edges.left) & self.free_right.take(edges.right)))

    def take(self, edges: Edges, outcome: int | Outcomes) -> None:
        """Make partners of the nodes of some edges, which no longer are free."""
        self.free_left[edges.left] = False
        self.free_right[edges.right] = False
        self._taken.append((edges, outcome))

    def take_parts(self, leaders: Ints) -> None:
        """Take what is not the first row of its object: the first stands for all of it."""
        leads = leaders == np.arange(len(leaders))
        self.free_left &= leads[listed(self._runs.first_a, self._runs.n_a)[1]]
        self.free_right &= leads[listed(self._runs.first_b, self._runs.n_b)[1]]
        self._parts = np.flatnonzero(~self.free_left)

    def rest_left(self) -> tuple[Ints, Ints]:
        """Give pair and row of what is free on side a, in order."""
        return _rest(self._pair_of_left, self._to_left, self.free_left)

    def rest_right(self) -> tuple[Ints, Ints]:
        """Give pair and row of what is free on side b, in order."""
        return _rest(self._pair_of_right, self._to_right, self.free_right)

    def rest(self, group: Ints | None) -> Runs:
        """Let what is free on side a of each pair face what is free on side b, where both are of one group."""
        (pair_a, a), (pair_b, b) = self.rest_left(), self.rest_right()
        n_a, n_b = (count_by(pair, len(self._runs.n_a)) for pair in (pair_a, pair_b))
        first_a, first_b = np.cumsum(n_a) - n_a, np.cumsum(n_b) - n_b + len(a)
        return Runs(first_a, n_a, first_b, n_b, group, np.concatenate([a, b]))

    def rows(self, marks: KindRows) -> Rows:
        """Lay out what became of each node, sorted: pair by pair those of side a, then those of side b that are free."""
        n_a = self._runs.n_a
        pair_missed, missed = self.rest_right()
        n_missed = count_by(pair_missed, len(n_a))
        pair, row_a = listed(self._runs.first_a, n_a + n_missed)
        # The places of what is missed, and what to add to the number of a node on the left for its place.
        at_missed = self._end_left.take(pair_missed) + np.arange(len(missed))
        shift = np.cumsum(n_missed) - n_missed
        row_a[at_missed] = 0
        a, b = marks.row.take(row_a), np.full(len(pair), NOBODY, marks.row.dtype)
        similarity, outcome = np.zeros(len(pair)), np.full(len(pair), EXTRA, np.uint8)
        a[at_missed] = NOBODY
        b[at_missed] = marks.row.take(missed)
        outcome[at_missed] = MISSED
        for edges, became in self._taken:
            at = edges.left + shift.take(edges.pair)
            b[at] = marks.row.take(edges.b)
            similarity[at] = edges.similarity
            outcome[at] = became
        rows = Rows(pair, a, b, similarity, outcome)
        if not len(self._parts):
            return rows
        outcome[self._parts + shift.take(self._pair_of_left.take(self._parts))] = _PART
        return rows.where(np.flatnonzero(outcome != _PART))


def _rest(pair_of: Ints, to_node: Ints, free: Bools) -> tuple[Ints, Ints]:
    """Give pair and row of the free nodes of one side."""
    node = np.flatnonzero(free)
    pair = pair_of.take(node)
    return pair, node - to_node.take(pair)
