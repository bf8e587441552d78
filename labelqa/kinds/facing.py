"""Which runs of rows face each other: of two labels, the marks of one group (one class, one frame).

The rows of one group lie side by side in their label, or are brought there, so that a label falls into runs, one for
each group. The runs of side a look for the run of their group on side b in a table of all labels and groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Ints, Runs, listed
from labelqa.stats.grouped import found_among


@dataclass(frozen=True)
class Facing:
    """K couples of runs that face each other, none empty: those of one pair of labels and one group.

    `pair`, `first_a`, `n_a`, `first_b`, `n_b` int64 [K], sorted by pair. A run is some places in the list `row`, int64, or
    some rows by number if that is None; the couples are then sorted by (pair, first_a).
    """

    pair: Ints
    first_a: Ints
    n_a: Ints
    first_b: Ints
    n_b: Ints
    row: Ints | None

    @classmethod
    def of(cls, runs: Runs) -> Facing:
        """Find the runs that face each other in P pairs of labels."""
        some = np.flatnonzero((runs.n_a > 0) & (runs.n_b > 0))
        first_a, n_a, first_b, n_b = (side.take(some) for side in (runs.first_a, runs.n_a, runs.first_b, runs.n_b))
        labels = cls(some, first_a, n_a, first_b, n_b, runs.row)
        if runs.group is None or not len(some):
            return labels
        stretch = _Stretch.of(labels)
        if not stretch.holds(labels):
            labels = labels._copied()
            stretch = _Stretch.of(labels)
        return _Groups.of(labels, stretch, runs.group).met(labels)

    def rows(self, place: Ints) -> Ints:
        """Give the rows at some places."""
        return place if self.row is None else self.row.take(place)

    def _copied(self) -> Facing:
        """List the rows of every run anew, so that no two runs share any."""
        _, place_a = listed(self.first_a, self.n_a)
        _, place_b = listed(self.first_b, self.n_b)
        first_a, first_b = np.cumsum(self.n_a) - self.n_a, np.cumsum(self.n_b) - self.n_b + len(place_a)
        return Facing(self.pair, first_a, self.n_a, first_b, self.n_b, self.rows(np.concatenate([place_a, place_b])))


@dataclass(frozen=True)
class _Stretch:
    """The n places from the lowest one in any run to the highest, cut where runs begin and end.

    `cut` bool [n + 1]; `label` int64 [n], which increases at each cut.
    """

    start: int
    cut: NDArray[np.bool_]
    label: Ints

    @classmethod
    def of(cls, labels: Facing) -> _Stretch:
        sides = ((labels.first_a, labels.first_a + labels.n_a), (labels.first_b, labels.first_b + labels.n_b))
        start = min(int(first.min()) for first, _ in sides)
        cut = np.zeros(max(int(end.max()) for _, end in sides) - start + 1, np.bool_)
        for first, end in sides:
            cut[first - start] = cut[end - start] = True
        return cls(start, cut, np.cumsum(cut[:-1]))

    def holds(self, labels: Facing) -> bool:
        """Tell whether no run begins or ends inside another."""
        sides = ((labels.first_a, labels.n_a), (labels.first_b, labels.n_b))
        return all(np.array_equal(self.label_of(first), self.label_of(first + n - 1)) for first, n in sides)

    def is_used(self, labels: Facing) -> NDArray[np.bool_]:
        """Tell which labels are runs; the others are what lies between them: bool [labels + 1], they count from 1."""
        used = np.zeros(int(self.label[-1]) + 1, np.bool_)
        used[self.label_of(labels.first_a)] = used[self.label_of(labels.first_b)] = True
        return used

    def label_of(self, place: Ints) -> Ints:
        """Give the label that each place is in."""
        return self.label.take(place - self.start)


@dataclass(frozen=True)
class _Groups:
    """R runs of rows of one group in one label, sorted by (label, group).

    `first`, `size` int64 [R] and `row` as in `Facing`; `key` int64 [R] is label * `width` + group, which counts from 0 to
    `width` - 1; `run` int64 [n + 1] tells for each place of the stretch how many runs begin before it or there, less one.
    """

    stretch: _Stretch
    first: Ints
    size: Ints
    key: Ints
    width: int
    run: Ints
    row: Ints | None

    @classmethod
    def of(cls, labels: Facing, stretch: _Stretch, group: Ints) -> _Groups:
        """Divide labels by the groups of all rows, int64 [N]."""
        start, label, row = stretch.start, stretch.label, labels.row
        here = slice(start, start + len(label))
        number = group[here] if row is None else group.take(row[here])
        falls = 1 + np.flatnonzero((number[1:] < number[:-1]) & ~stretch.cut[1:-1])
        moved = len(falls) > 0 and bool(stretch.is_used(labels).take(label.take(falls)).any())
        if moved:
            order = np.lexsort((number, label))
            number, row = number.take(order), labels.rows(start + order)
        begins = stretch.cut.copy()
        begins[1:-1] |= number[1:] != number[:-1]
        first, least = np.flatnonzero(begins), int(number.min())
        width = int(number.max()) - least + 1
        key = label.take(first[:-1]) * width + (number.take(first[:-1]) - least)
        return cls(
            stretch, first[:-1] + (0 if moved else start), np.diff(first), key, width, np.cumsum(begins) - 1, row
        )

    def met(self, labels: Facing) -> Facing:
        """Find the runs of one group in labels that face each other."""
        begin, end = (
            self.run.take(place - self.stretch.start) for place in (labels.first_a, labels.first_a + labels.n_a)
        )
        couple, run_a = listed(begin, end - begin)
        # The run of the same group in another label: its key differs by the labels alone.
        further = (self.stretch.label_of(labels.first_b) - self.stretch.label_of(labels.first_a)) * self.width
        wanted = self.key.take(run_a) + further.take(couple)
        run_b = found_among(self.key, wanted, (int(self.stretch.label[-1]) + 1) * self.width)
        there = np.flatnonzero(run_b >= 0)
        run_a, run_b, pair = run_a.take(there), run_b.take(there), labels.pair.take(couple.take(there))
        return Facing(
            pair, self.first.take(run_a), self.size.take(run_a), self.first.take(run_b), self.size.take(run_b), self.row
        )
