"""A question answered by putting items in order: `answer` holds them, the best first.

Similarity is (tau + 1) / 2 with Kendall's tau-b (Kendall 1945, The treatment of ties in ranking problems, Biometrika 33)
over the items that occur in either ranking. Items that a ranking leaves out are tied behind its last:

    tau = (concordant - discordant) / sqrt(pairs not tied in a * pairs not tied in b)

So a ranking that leaves out just the last item says the same as one that has it, and disjoint rankings are opposites.
Where tau is 0 / 0 (a ranking is empty), the similarity is 1 if the rankings are equal, else 0. An item that a ranking
repeats counts where it stands first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints, QuestionKind, numbered, spread
from labelqa.kinds.window import blocks
from labelqa.stats.grouped import count_by, total_by

_AT_ONCE = 2_000_000
"""Items on both sides of the pairs compared at once; keeps the arrays within a few hundred megabytes."""


@dataclass(frozen=True)
class Rankings:
    """Rankings end to end: item numbers in order, first place and size of each; and where to look an item up.

    `keys` are ranking * n_items + item, sorted, and `place` the place of that item in its ranking.
    """

    items: Ints
    first: Ints
    size: Ints
    n_items: int
    keys: Ints
    place: Ints

    @classmethod
    def of(cls, answer: pl.Series) -> Rankings:
        """Number the items of a series of lists; null is an empty ranking."""
        owner, _ = spread(answer.list.len().fill_null(0).to_numpy().astype(np.int64))
        different, item = numbered(answer.explode(empty_as_null=False, keep_nulls=False))
        n_items = max(len(different), 1)
        _, earliest = np.unique(owner * n_items + item, return_index=True)
        earliest.sort()
        owner, item = owner[earliest], item[earliest]
        size = count_by(owner, len(answer))
        _, place = spread(size)
        keys = owner * n_items + item
        order = np.argsort(keys)
        return cls(item, np.cumsum(size) - size, size, n_items, keys[order], place[order])

    def across(self, a: Ints, b: Ints) -> tuple[Ints, Ints]:
        """Go through the items of each ranking a[k]: which k, and the item's place in ranking b[k] or -1."""
        row, place = spread(self.size[a])
        wanted = b[row] * self.n_items + self.items[self.first[a[row]] + place]
        at = np.searchsorted(self.keys, wanted)
        return row, np.where(np.append(self.keys, -1)[at] == wanted, np.append(self.place, -1)[at], -1)


def similarity(a: Sequence[Sequence[str]], b: Sequence[Sequence[str]]) -> Floats:
    """Compare ranking a[k] with ranking b[k]: (tau-b + 1) / 2.

    Parameters
    ----------
    a, b : sequences of one length n
        Rankings, each a sequence of items, best first.

    Returns
    -------
    float64 array of length n, in [0, 1]

    Raises
    ------
    ValueError
        If `a` and `b` differ in length.

    Examples
    --------
    >>> similarity(["abc", "abc", "abc"], ["abc", "acb", "cba"]).tolist()
    [1.0, 0.6666666666666666, 0.0]
    >>> similarity(["abc", "", ""], ["ab", "ab", ""]).tolist()  # c is last either way; an empty ranking says nothing
    [1.0, 0.0, 1.0]
    """
    if len(a) != len(b):
        raise ValueError(f"as many rankings on either side; found {len(a)} and {len(b)}")
    return _similarity(_laid_out(a, b), np.arange(len(a)), np.arange(len(b)) + len(a))


def similarity_matrix(a: Sequence[Sequence[str]], b: Sequence[Sequence[str]]) -> Floats:
    """Compare every ranking of `a` with every ranking of `b`: float64 (n, m).

    Examples
    --------
    >>> similarity_matrix(["ab", "ba"], ["ab"]).tolist()
    [[1.0], [0.0]]
    """
    row, column = (np.ravel(side) for side in np.indices((len(a), len(b))))
    return _similarity(_laid_out(a, b), row, column + len(a)).reshape(len(a), len(b))


def _laid_out(a: Sequence[Sequence[str]], b: Sequence[Sequence[str]]) -> Rankings:
    return Rankings.of(pl.Series([list(ranking) for ranking in [*a, *b]], dtype=pl.List(pl.String)))


def _similarity(rankings: Rankings, a: Ints, b: Ints) -> Floats:
    """Compare ranking a[k] with ranking b[k], some at a time."""
    size = rankings.size[a] + rankings.size[b]
    parts = [_tau(rankings, a[block], b[block]) for block in blocks(size, _AT_ONCE)]
    return np.concatenate(parts) if parts else np.empty(0)


def _tau(rankings: Rankings, a: Ints, b: Ints) -> Floats:
    """(tau-b + 1) / 2, from counts of pairs of items; all counts are whole numbers, so no sum is rounded.

    Pairs are tied in a if both items are in b alone. Discordant are pairs of common items in opposite orders, an item
    of one ranking alone before a common one, and an item of a alone with an item of b alone.
    """
    n = len(a)
    row, place = rankings.across(a, b)
    common_a, before_a = _alone_before_common(row, place, n)
    _, before_b = _alone_before_common(*rankings.across(b, a), n)
    alone_a, alone_b = rankings.size[a] - common_a, rankings.size[b] - common_a
    opposite = _inversions(row[place >= 0], place[place >= 0], n)
    discordant = opposite + before_a + before_b + alone_a.astype(np.float64) * alone_b
    pairs = _pairs(common_a + alone_a + alone_b)
    told_a, told_b = pairs - _pairs(alone_b), pairs - _pairs(alone_a)
    above, below = told_a + told_b - pairs - 2 * discordant, np.sqrt(told_a * told_b)
    tau = np.clip(above / np.where(below == 0, 1.0, below), -1.0, 1.0)
    equal = (alone_a == 0) & (alone_b == 0) & (discordant == 0)
    return np.where(below == 0, equal, (tau + 1.0) / 2)


def _pairs(n: Ints) -> Floats:
    return n * (n - 1.0) / 2


def _alone_before_common(row: Ints, place: Ints, n_rows: int) -> tuple[Ints, Floats]:
    """Count the common items of each row, and the pairs of an item of one ranking alone before a common one."""
    common = place >= 0
    alone = np.cumsum(~common)
    start = np.searchsorted(row, np.arange(n_rows))
    before = alone - np.append(0, alone)[start][row]
    return count_by(row[common], n_rows), total_by(row[common], before[common], n_rows)


def _inversions(group: Ints, rank: Ints, n_groups: int) -> Floats:
    """Count the pairs of a group in which the greater rank comes first: float64 [n_groups], whole numbers.

    From the highest bit down: of two ranks that first differ in a bit, the greater has it. So among the elements with
    equal higher bits, count for each without the bit those with it that come before.
    """
    total = np.zeros(n_groups)
    for bit in reversed(range(int(rank.max(initial=0)).bit_length())):
        start = np.flatnonzero(np.diff(group << 32 | rank >> (bit + 1), prepend=-1))
        size = np.diff(np.append(start, len(rank)))
        has = rank >> bit & 1
        seen = np.cumsum(has) - has
        before = seen - np.repeat(seen[start], size)
        total += total_by(group, before * (1 - has), n_groups)
        # Sort by this bit within equal higher bits, keeping the order otherwise: those without it, then those with it.
        without = np.repeat(size - np.add.reduceat(has, start), size)
        _, place = spread(size)
        to = np.arange(len(rank)) - place + np.where(has == 1, without + before, place - before)
        rank = _moved(rank, to)
    return total


def _moved(values: Ints, to: Ints) -> Ints:
    moved = np.empty_like(values)
    moved[to] = values
    return moved


@dataclass(frozen=True)
class Ranking(QuestionKind):
    """Items in order, the best first."""

    name: ClassVar[str] = "ranking"

    def values(self, annotations: pl.DataFrame) -> Rankings:
        """Number the items and lay the rankings end to end."""
        return Rankings.of(annotations["answer"])

    def similarity(self, values: Rankings, a: Ints, b: Ints) -> Floats:
        """(tau-b + 1) / 2."""
        return _similarity(values, a, b)


KIND = Ranking()
