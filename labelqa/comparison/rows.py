"""Rows of the match table, and the annotations they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Floats, Ints, Runs, Values

OUTCOMES = ("matched", "wrong_class", "near_miss", "missed", "extra", "best_of_a", "best_of_b")
MATCHED, WRONG_CLASS, NEAR_MISS, MISSED, EXTRA, BEST_OF_A, BEST_OF_B = range(7)

NOBODY = -1
"""Stands for the annotation that is not there."""


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
        n_rows = 1 + max(int(self.a.max(initial=0)), int(self.b.max(initial=0)))
        key = self.pair * np.int64(2 * n_rows) + np.where(self.a < 0, n_rows + self.b, self.a)
        order = np.argsort(key, kind="stable")
        if (np.diff(key[order]) == 0).any():  # an annotation of side a in several rows: b decides
            order = np.lexsort((np.where(self.b < 0, n_rows, self.b), key))
        return self.where(order)

    @staticmethod
    def merged(parts: Sequence[Rows]) -> Rows:
        """Lay sorted parts into one another."""
        some = [part for part in parts if len(part)]
        return some[0] if len(some) == 1 else Rows.joined(some).sorted()


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

    def runs(self, owner_a: Ints, owner_b: Ints, group: Ints | None = None) -> Runs:
        """Give the runs of annotations that face each other in pairs of owners, where both are of one group."""
        first_a, first_b = self.first[owner_a], self.first[owner_b]
        return Runs(first_a, self.first[owner_a + 1] - first_a, first_b, self.first[owner_b + 1] - first_b, group)

    def same_class(self, a: Ints, b: Ints) -> NDArray[np.bool_]:
        """Tell whether rows a[k] and b[k] are of one class."""
        same: NDArray[np.bool_] = self.cls.take(a) == self.cls.take(b)
        return same

    @cached_property
    def place_group(self) -> Ints | None:
        """Number the places, of which only marks of one meet: int64 [N], None if there is but one."""
        return None if (self.place == self.place[:1]).all() else self.place

    @cached_property
    def class_group(self) -> Ints:
        """Number class and place of each row: int64 [N]."""
        if self.place_group is None:
            return self.cls
        return self.cls * np.int64(int(self.place.max()) + 1) + self.place


def alone(marks: KindRows, pair: Ints, index: Ints, outcome: int) -> Rows:
    """Make rows of annotations that correspond to nothing: `extra` on side a, `missed` on side b."""
    nobody = np.full(len(pair), NOBODY)
    row = marks.row[index]
    a, b = (row, nobody) if outcome == EXTRA else (nobody, row)
    return Rows(pair, a, b, np.zeros(len(pair)), np.full(len(pair), outcome, np.uint8))
