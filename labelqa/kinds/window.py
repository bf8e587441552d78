"""The search for pairs that can be alike at all, through the boxes around them, and what all area kinds share.

A row's enclosing box says where it lies. A sorted window on the left edges finds the boxes that touch without looking
at all pairs. What remains is ruled out by area: two shapes share at most the smaller of both and of what their
enclosing boxes share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelqa.errors import InputError
from labelqa.kinds.facing import Facing
from labelqa.kinds.kind import Candidates, Floats, Ints, Runs, listed, owners

_Array = NDArray[Any]

_CELLS = 4
"""Cells for each row of a run in the table of left edges, always rounded towards keeping."""

_NARROW = 0.3
"""Least similarity from which the width of a alone makes a narrow window, whatever that of b."""

_AT_ONCE = 1 << 18
"""Pairs whose similarity is worked out in one go; keeps the arrays within some tens of megabytes."""

_LISTED = 1 << 16
"""Pairs that are listed and looked at in one go; their arrays stay in the cache."""

_FEW = 16
"""Rows of a run that are all looked at; among more of them a window is searched for."""

MOST_LISTED = 1 << 28
"""Most pairs in windows that are gone through for one block of labels: some seconds."""

MOST_CLOSE = 1 << 22
"""Most pairs that are compared closely, or found alike, in one block of labels: about a gigabyte, or a minute.

Real labels stay far below: of the marks in a block, 200,000, each would have to lie over forty others.
"""

MOST_WORK = 3e8
"""Most runs, frames or tenths of corners that are gone through for two labels, summed over their pairs: some ten seconds."""


def search(
    bounds: Floats,
    runs: Runs,
    least: float,
    similarity: Callable[[Ints, Ints], Floats],
    greatest: Callable[[Ints, Ints], Floats] | None = None,
    cost: Ints | Floats | None = None,
) -> Candidates:
    """Find the pairs with similarity >= `least` and > 0 among those whose enclosing boxes touch.

    Shapes may be far more alike than their enclosing boxes (two thin crosses in boxes of different sizes) or far less,
    so that the IoU of the boxes rules nothing out, only that they lie apart; `greatest` may rule out more.

    Parameters
    ----------
    bounds : float64 array (4, n)
        Left, top, right, bottom of a box around each row. Two rows of similarity > 0 have boxes that at least touch.
    runs : Runs
    least : float in [0, 1]
    similarity : callable
        Gives the similarity of row a[k] and row b[k].
    greatest : callable, optional
        Gives a number that the similarity does not exceed, to the bit, and that is quicker to have.
    cost : array [n], optional
        What each row adds to the work on every pair that it is in: 1 for what takes some ten nanoseconds.

    Returns
    -------
    Candidates

    Raises
    ------
    InputError
        If there are too many pairs, see `in_window`, or the work on those of two labels is more than `MOST_WORK`.
    """
    left, top, right, bottom = bounds

    def close(a: Ints, b: Ints) -> tuple[Ints]:
        which = np.flatnonzero((right.take(b) >= left.take(a)) & (left.take(b) <= right.take(a)))
        if greatest is not None:
            most = greatest(a.take(which), b.take(which))
            which = which[(most >= least) & (most > 0)]
        return (which,)

    pair, a, b = in_window((left, right), (top, bottom), runs, 0.0, close)
    if cost is not None and np.bincount(pair, cost[a] + cost[b]).max(initial=0.0) > MOST_WORK:
        raise InputError(
            "labels whose marks have fewer corners, runs or frames where they lie over each other",
            found=f"two labels with {len(pair)} such pairs of marks or fewer, and millions of corners",
            remedy="Look for a label with hundreds of very detailed marks in one place, and leave it out.",
        )
    alike = np.empty(len(pair))
    for start in range(0, len(pair), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        alike[part] = similarity(a[part], b[part])
    near = np.flatnonzero((alike >= least) & (alike > 0))
    return Candidates(pair[near], a[near], b[near], alike[near])


def iou(both: Floats, area_a: Floats, area_b: Floats, equal: NDArray[np.bool_]) -> Floats:
    """Intersection over union from areas: 1 for equal values, else 0 where neither has an area.

    What is in both is cut to the smaller area, which rounding may let it exceed.

    Examples
    --------
    >>> iou(np.array([2.0, 0.0]), np.array([4.0, 0.0]), np.array([4.0, 0.0]), np.array([False, True])).tolist()
    [0.3333333333333333, 1.0]
    """
    both = np.minimum(both, np.minimum(area_a, area_b))
    either = area_a + area_b - both
    ratio = np.divide(both, either, out=np.zeros(len(both)), where=either > 0)
    return np.where(equal, 1.0, ratio)


def greatest_iou(bounds: Floats, area: Floats) -> Callable[[Ints, Ints], Floats]:
    """Make a bound of `iou` out of areas and enclosing boxes; 1 for equal areas, which equal values have.

    IoU grows with what is in both, and that is at most the smaller area and at most what the enclosing boxes share:
    `shared`, to which a kind cuts it. In particular IoU >= t needs min(area_a, area_b) >= t max(area_a, area_b).
    """

    def greatest(a: Ints, b: Ints) -> Floats:
        area_a, area_b = area[a], area[b]
        return iou(shared(bounds, a, b), area_a, area_b, area_a == area_b)

    return greatest


def shared(bounds: Floats, a: Ints, b: Ints) -> Floats:
    """Area that the enclosing boxes of row a[k] and row b[k] share."""
    left, top, right, bottom = bounds
    width = np.minimum(right[a], right[b]) - np.maximum(left[a], left[b])
    height = np.minimum(bottom[a], bottom[b]) - np.maximum(top[a], top[b])
    return np.asarray(np.maximum(width, 0.0) * np.maximum(height, 0.0))


def blocks(size: Ints, most: int) -> Iterator[slice]:
    """Cut rows of some sizes into slices of about `most` in all, each of at least one row.

    Examples
    --------
    >>> [(block.start, block.stop) for block in blocks(np.array([4, 4, 4, 40, 1]), 10)]
    [(0, 3), (3, 4), (4, 5)]
    """
    start = np.cumsum(size) - size
    cuts = np.searchsorted(start, np.arange(0, int(start[-1]) + 1, most)) if len(start) else start
    yield from (slice(*cut) for cut in pairwise([*np.unique(cuts).tolist(), len(size)]))


def in_window(
    x: tuple[Floats, Floats],
    y: tuple[Floats, Floats] | None,
    runs: Runs,
    least: float,
    keep: Callable[[Ints, Ints], tuple[_Array, ...]],
) -> tuple[_Array, ...]:
    """Find the pairs of rows that face each other and whose intervals may have an IoU of at least `least`.

    Intervals that touch are found if `least` is 0. A few others come along; where runs are short, all of those on x.
    However many they are, only those that `keep` wants are held.

    Parameters
    ----------
    x, y : two float64 arrays [N]
        Ends of the intervals of each row, the lesser ones first; y is None where there is but one direction.
    runs : Runs
    least : float in [0, 1]
    keep : callable
        Is given rows a[k] and b[k], int64; gives the ascending k of those that are wanted, and whatever else it found out
        about them, as arrays of that length.

    Returns
    -------
    pair, a, b : int64 array
        The pairs that `keep` wanted, sorted so.
    *others
        What else it gave.

    Raises
    ------
    InputError
        If more than `MOST_LISTED` pairs are looked at or `keep` wants more than `MOST_CLOSE` of them.
    """
    facing = Facing.of(runs)
    couple, place = listed(facing.first_a, facing.n_a)
    node_row = facing.rows(place)
    begin, size = facing.first_b.take(couple), facing.n_b.take(couple)
    row_b = _narrowed(*x, facing, couple, node_row, least, begin, size)
    check_pairs(int(size.sum()), MOST_LISTED)
    nothing = np.empty(0, np.int64)
    kept, n_kept = [(nothing, nothing, *keep(nothing, nothing)[1:])], 0
    for some in blocks(size, _LISTED):
        node, at = listed(begin[some], size[some])
        b = at if row_b is None else row_b.take(at)
        if y is not None:
            near = _on_one_level(*y, node_row[some], node, b, least)
            node, b = node.take(near), b.take(near)
        node += some.start
        which, *more = keep(node_row.take(node), b)
        kept.append((node.take(which), b.take(which), *more))
        n_kept += len(which)
        check_pairs(n_kept, MOST_CLOSE)
    node, b, *more = (np.concatenate(column) for column in zip(*kept, strict=True))
    found = facing.pair.take(couple.take(node)), node_row.take(node), b, *more
    if row_b is runs.row:
        return found
    order = in_order(*found[:3])
    return tuple(column.take(order) for column in found)


def _narrowed(
    left: Floats, right: Floats, facing: Facing, couple: Ints, a: Ints, least: float, begin: Ints, size: Ints
) -> Ints | None:
    """Narrow what long runs of side b hold for each node, a row on side a of a couple, to a window on their left edges.

    Writes the first place and the number of places of side b into `begin` and `size`, int64 [A], and gives the list of
    rows in which these are places: that of `facing`, unless rows of long runs must be sorted by their left edges.
    """
    long = np.flatnonzero(facing.n_b > _FEW)
    if not len(long):
        return facing.row
    longest = int(facing.n_b.max()) + 1
    runs, run = np.unique(facing.first_b.take(long) * longest + facing.n_b.take(long), return_inverse=True)
    first, n = np.divmod(runs, longest)
    run_of = np.full(len(facing.n_b), -1)
    run_of[long] = run
    run_of_node = run_of.take(couple)
    node = np.flatnonzero(run_of_node >= 0)
    run_of_node = run_of_node.take(node)

    row, start = facing.rows(listed(first, n)[1]), np.cumsum(n) - n
    edge = left.take(row)
    cells = _Cells.of(edge, n)
    widest = np.maximum.reduceat(right.take(row) - edge, start).take(run_of_node) if least < _NARROW else None
    low, high = _bounds(left, right, a.take(node), least, widest)
    before = cells.rows_before(run_of_node, low)
    size[node] = cells.rows_before(run_of_node, high, and_in=1) - before
    if cells.order is None:
        begin[node] = before + (first - start).take(run_of_node)
        return facing.row
    others = np.arange(int((facing.first_b + facing.n_b).max())) if facing.row is None else facing.row
    begin[node] = before + len(others)
    return np.concatenate([others, row.take(cells.order)])


def _bounds(left: Floats, right: Floats, a: Ints, least: float, widest: Floats | None) -> tuple[Floats, Floats]:
    """Bounds of the left edge of b for each row a: float64 [A], [A].

    The left edge of b lies between that of a less b's greatest width, float64 [A], and the right edge of a. With `least` >
    0 the two x-intervals must have that IoU: the left edge of b lies between x - w (1/t - 1) and x + w (1 - t), where x and
    w are left edge and width of a. That holds for boxes; it does not for what lies inside them.
    """
    start = left.take(a)
    width = right.take(a) - start
    reach = np.abs(start) + width
    low, high = (
        start - width * (1.0 / least - 1.0) if least > 0 else np.full(len(a), -np.inf),
        start + width * (1.0 - least),
    )
    if widest is not None:
        low, reach = np.maximum(low, start - widest), reach + widest
    slack = reach * 1e-9  # the bounds are exact, their arithmetic is not
    return low - slack, high + slack


def _on_one_level(top: Floats, bottom: Floats, a: Ints, node: Ints, b: Ints, least: float) -> Ints:
    """Find the pairs of rows a[node[k]] and b[k] whose y-intervals share at least `least` of that of a: ascending k.

    Those of IoU >= `least` do. The lower end of b lies far enough below the upper end of a, and the other way round.
    """
    low, high = top.take(a), bottom.take(a)
    if least > 0:
        height = high - low
        slack = (np.abs(low) + height) * 1e-9  # as in `_bounds`
        height *= least
        low, high = low + height - slack, high - height + slack
    on_one_level = bottom.take(b) >= low.take(node)
    on_one_level &= top.take(b) <= high.take(node)
    return np.flatnonzero(on_one_level)


@dataclass(frozen=True)
class _Cells:
    """The M left edges of R runs, end to end; the extent of each run is cut into cells of equal width.

    Rounding keeps the order, so that no edge inside a window is lost; a few outside come along.

    `least`, `scale` (cells to a pixel), `last` float64 [R] and `first` int64 [R]: where the left edges of a run begin, its
    last cell, counted from 0, and the number of its first one among all C. `before` int64 [C + 1], the edges before each
    cell; `order` int64 [M] puts the edges in the order of their cells, and is None if they are.
    """

    least: Floats
    scale: Floats
    last: Floats
    first: Ints
    before: Ints
    order: Ints | None

    @classmethod
    def of(cls, edge: Floats, n: Ints) -> _Cells:
        """Put the edges of runs of n each into cells."""
        run, start, n_cells = owners(np.cumsum(n)), np.cumsum(n) - n, _CELLS * n
        least, first = np.minimum.reduceat(edge, start), np.cumsum(n_cells) - n_cells
        last = (n_cells - 1).astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            extent = np.maximum.reduceat(edge, start) - least
            scale = np.divide(n_cells, extent, out=np.zeros(len(n)), where=extent > 0)
        cell = first.take(run) + _level(edge, least.take(run), scale.take(run), last.take(run))
        before = np.zeros(int(n_cells.sum()) + 1, np.int64)
        np.cumsum(np.bincount(cell, minlength=len(before) - 1), out=before[1:])
        order = None if (cell[1:] >= cell[:-1]).all() else np.argsort(cell, kind="stable")
        return cls(least, scale, last, first, before, order)

    def rows_before(self, run: Ints, edge: Floats, *, and_in: int = 0) -> Ints:
        """Count the edges in cells before that of an edge in the run of each node, or up to that cell."""
        level = _level(edge, self.least.take(run), self.scale.take(run), self.last.take(run), above=and_in)
        return self.before.take(self.first.take(run) + level + and_in)


def _level(edge: Floats, least: Floats, scale: Floats, last: Floats, *, above: int = 0) -> Ints:
    """Find the cell of each edge within its run. One that is nan, for boxes without end, is the first, or last if `above`."""
    with np.errstate(invalid="ignore", over="ignore"):
        level = (edge - least) * scale
    bounded = np.fmax(np.fmin(level, last), 0.0) if above else np.fmin(np.fmax(level, 0.0), last)
    return np.asarray(bounded, dtype=np.int64)


def in_order(pair: Ints, a: Ints, b: Ints) -> Ints:
    """Find the order of pairs of rows by (pair, a, b): int64 [E].

    Examples
    --------
    >>> in_order(np.array([0, 1, 1, 4]), np.array([3, 3, 3, 0]), np.array([5, 9, 8, 2])).tolist()
    [0, 2, 1, 3]
    """
    key = pair * (int(a.max(initial=0)) + 1) + a
    order = np.argsort(key, kind="stable")
    key, b = key.take(order), b.take(order)
    again = np.append(key[1:] == key[:-1], False) if len(key) else np.empty(0, np.bool_)
    again[1:] |= again[:-1].copy()
    several = np.flatnonzero(again)
    order[several] = order.take(several).take(np.lexsort((b.take(several), key.take(several))))
    return order


def check_pairs(n: int, most: int = MOST_CLOSE) -> None:
    """Refuse labels with more pairs of marks than can be compared in bounded time and memory.

    Raises
    ------
    InputError
        If `n` is greater than `most`.
    """
    if n > most:
        raise InputError(
            f"labels in which a mark meets few others; at most {most} pairs are compared at once",
            found=f"{n} pairs of marks or more that may be the same thing",
            remedy="Look for a label with thousands of marks in one place, and leave it out.",
        )
