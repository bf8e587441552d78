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
from labelqa.kinds.kind import Candidates, Floats, Ints, Runs, spread
from labelqa.stats.grouped import distinct

_Array = NDArray[Any]

_CELLS = 4
"""Cells for each row of a run in the table of left edges, always rounded towards keeping."""

_NARROW = 0.3
"""Least similarity from which the width of a alone makes a narrow window, whatever that of b."""

_AT_ONCE = 1 << 18
"""Pairs whose similarity is worked out in one go; keeps the arrays within some tens of megabytes."""

_LISTED = 1 << 17
"""Pairs in a window that are listed in one go."""

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
    pair, place = spread(runs.n_a)
    a = runs.first_a[pair] + place
    left_a, top_a, right_a, bottom_a = bounds[:, a]

    def close(node: Ints, b: Ints) -> tuple[Ints, Ints]:
        left, top, right, bottom = bounds[:, b]
        touching = (right >= left_a[node]) & (left <= right_a[node]) & (bottom >= top_a[node]) & (top <= bottom_a[node])
        node, b = node[touching], b[touching]
        if greatest is not None:
            most = greatest(a[node], b)
            able = (most >= least) & (most > 0)
            node, b = node[able], b[able]
        return node, b

    node, b = in_window(bounds[0], runs, pair, *left_window(bounds[0], bounds[2], a, runs, pair, 0.0), close)
    if cost is not None and np.bincount(pair[node], cost[a[node]] + cost[b]).max(initial=0.0) > MOST_WORK:
        raise InputError(
            "labels whose marks have fewer corners, runs or frames where they lie over each other",
            found=f"two labels with {len(node)} such pairs of marks or fewer, and millions of corners",
            remedy="Look for a label with hundreds of very detailed marks in one place, and leave it out.",
        )
    alike = np.empty(len(node))
    for start in range(0, len(node), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        alike[part] = similarity(a[node[part]], b[part])
    near = np.flatnonzero((alike >= least) & (alike > 0))
    node, b, alike = node[near], b[near], alike[near]
    order = in_order(node, b)
    return Candidates(pair[node], a[node], b[order], alike[order])


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
    number = (np.cumsum(size) - size) // most
    bounds = [*np.flatnonzero(np.diff(number, prepend=-1)).tolist(), len(size)]
    yield from (slice(start, stop) for start, stop in pairwise(bounds))


def left_window(left: Floats, right: Floats, a: Ints, runs: Runs, pair: Ints, least: float) -> tuple[Floats, Floats]:
    """Bounds of the left edge of b for each row a: float64 [A], [A].

    The left edge of b lies between that of a less b's greatest width and the right edge of a. With `least` > 0 the two
    x-intervals must have that IoU: the left edge of b lies between x - w (1/t - 1) and x + w (1 - t), where x and w are
    left edge and width of a. That holds for boxes; it does not for what lies inside them.
    """
    start = left.take(a)
    width = right.take(a) - start
    reach = np.abs(start) + width
    low, high = (
        start - width * (1.0 / least - 1.0) if least > 0 else np.full(len(a), -np.inf),
        start + width * (1.0 - least),
    )
    if least < _NARROW:
        widest = _widest(left, right, runs)[pair]
        low, reach = np.maximum(low, start - widest), reach + widest
    slack = reach * 1e-9  # the bounds are exact, their arithmetic is not
    return low - slack, high + slack


def _widest(left: Floats, right: Floats, runs: Runs) -> Floats:
    """Greatest width among the boxes of side b, for each pair: float64 [P]; 0 where there is none.

    Each run is looked at once, however many pairs share it.
    """
    first, n, run_of_pair = _distinct_runs(runs)
    if not len(first):
        return np.zeros(len(runs.n_b))
    _, rows = _listed(first, n)
    widest = np.maximum.reduceat(right[rows] - left[rows], np.cumsum(n) - n)
    return np.where(runs.n_b > 0, widest[run_of_pair], 0.0)


def in_window(
    left: Floats, runs: Runs, pair: Ints, low: Floats, high: Floats, keep: Callable[..., tuple[_Array, ...]]
) -> tuple[_Array, ...]:
    """For each row a, find the rows b of its pair whose left edge may lie in [low, high].

    The left edges of a run fall into cells of equal width, and a table tells which rows lie before each cell. Rounding
    keeps the order, so that no row inside the window is lost; a few outside come along. However many they are, only those that
    `keep` wants are held.

    Parameters
    ----------
    left, runs, pair, low, high
        Left edges of all rows; what faces what; of each row a its pair and its window.
    keep : callable
        Is given some nodes (numbers of rows a, 0 .. A - 1) and rows b, int64 arrays; gives those that are wanted, as
        arrays of one length, nodes first, with whatever else it found out about them.

    Returns
    -------
    tuple of arrays
        What `keep` gave, end to end.

    Raises
    ------
    InputError
        If more than `MOST_LISTED` pairs are in a window or `keep` wants more than `MOST_CLOSE` of them.
    """
    rows, start, size = _found(left, runs, pair, low, high)
    check_pairs(int(size.sum()), MOST_LISTED)
    nothing = np.empty(0, np.int64)
    kept, n_kept = [keep(nothing, nothing)], 0
    for some in blocks(size, _LISTED):
        node, position = _listed(start[some], size[some])
        kept.append(keep(node + some.start, rows.take(position)))
        n_kept += len(kept[-1][0])
        check_pairs(n_kept, MOST_CLOSE)
    return tuple(np.concatenate(column) for column in zip(*kept, strict=True))


def _found(left: Floats, runs: Runs, pair: Ints, low: Floats, high: Floats) -> tuple[Ints, Ints, Ints]:
    """List the rows b so that those in the window of each node adjoin: rows [M], first of them and how many [A], [A]."""
    if runs.n_b.max(initial=0) <= 1:  # one row needs no search
        return runs.first_b, pair, runs.n_b[pair]
    rows, n, run_of_node, faces_any = _runs_of_nodes(runs, pair)
    cells = _Cells.of(left, rows, n)
    begin = cells.rows_before(run_of_node, low)
    size = cells.rows_before(run_of_node, high, and_in=1) - begin
    return cells.rows, begin, np.where(faces_any, size, 0)


def _runs_of_nodes(runs: Runs, pair: Ints) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:
    """List the R runs of side b, of one place each: rows [M], number of rows [R]; of each node its run and whether it has one."""
    first, n, run_of_pair = _distinct_runs(runs)
    run, rows = _listed(first, n)
    run_of_node, faces_any = run_of_pair.take(pair), runs.n_b.take(pair) > 0
    if runs.place is None:
        return rows, n, run_of_node, faces_any
    n_places = int(runs.place.max(initial=0)) + 1
    a = runs.first_a.take(pair) + spread(runs.n_a)[1]
    key, wanted = run * n_places + runs.place.take(rows), run_of_node * n_places + runs.place.take(a)
    order = np.argsort(key, kind="stable")
    keys, n = np.unique(key, return_counts=True)
    run_of_node = np.searchsorted(keys, wanted).clip(max=max(len(keys) - 1, 0))
    return rows.take(order), n, run_of_node, faces_any & (keys.take(run_of_node) == wanted)


@dataclass(frozen=True)
class _Cells:
    """The rows of R runs of side b in the order of their left edges, each run's extent cut into cells of equal width.

    `least`, `scale` (cells to a pixel), `last` float64 [R] and `first` int64 [R]: where the left edges of a run begin, its
    last cell, counted from 0, and the number of its first one among all C. `rows` int64 [M]; `before` int64 [C + 1], the
    rows before each cell.
    """

    least: Floats
    scale: Floats
    last: Floats
    first: Ints
    rows: Ints
    before: Ints

    @classmethod
    def of(cls, left: Floats, rows: Ints, n: Ints) -> _Cells:
        """Put the rows of runs with n rows each into cells."""
        run = np.repeat(np.arange(len(n)), n)
        edge, start, n_cells = left[rows], np.cumsum(n) - n, _CELLS * n
        least, first = np.minimum.reduceat(edge, start), np.cumsum(n_cells) - n_cells
        last = (n_cells - 1).astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            extent = np.maximum.reduceat(edge, start) - least
            scale = np.divide(n_cells, extent, out=np.zeros(len(n)), where=extent > 0)
        cell = first[run] + _level(edge, least[run], scale[run], last[run])
        before = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=int(n_cells.sum())))])
        rows = rows[np.argsort(cell, kind="stable")]
        return cls(least, scale, last, first, rows, before)

    def rows_before(self, run: Ints, edge: Floats, *, and_in: int = 0) -> Ints:
        """Count the rows in cells before that of an edge in the run of each node, or up to that cell."""
        level = _level(edge, self.least.take(run), self.scale.take(run), self.last.take(run), above=and_in)
        return self.before.take(self.first.take(run) + level + and_in)


def _level(edge: Floats, least: Floats, scale: Floats, last: Floats, *, above: int = 0) -> Ints:
    """Find the cell of each edge within its run. One that is nan, for boxes without end, is the first, or last if `above`."""
    with np.errstate(invalid="ignore", over="ignore"):
        level = (edge - least) * scale
    bounded = np.fmax(np.fmin(level, last), 0.0) if above else np.fmin(np.fmax(level, 0.0), last)
    return np.asarray(bounded, dtype=np.int64)


def _distinct_runs(runs: Runs) -> tuple[Ints, Ints, Ints]:
    """Find the runs of side b: first row and number of rows, int64 [R]; and the run of each pair, int64 [P].

    A pair that faces nobody goes with any run.
    """
    some = np.flatnonzero(runs.n_b > 0)
    lowest, highest = (int(runs.first_b[some].min()), int(runs.first_b[some].max())) if len(some) else (0, 0)
    first, run = distinct(runs.first_b[some] - lowest, highest - lowest + 1)
    n, run_of_pair = np.zeros(len(first), np.int64), np.zeros(len(runs.n_b), np.int64)
    n[run], run_of_pair[some] = runs.n_b[some], run
    return first + lowest, n, run_of_pair


def _listed(first: Ints, n: Ints) -> tuple[Ints, Ints]:
    """List runs of numbers, each with a first one and a length: number of the run, and the numbers.

    Examples
    --------
    >>> run, numbers = _listed(np.array([7, 3]), np.array([2, 3]))
    >>> run.tolist(), numbers.tolist()
    ([0, 0, 1, 1, 1], [7, 8, 3, 4, 5])
    """
    end = np.cumsum(n)
    numbers = np.repeat(first - (end - n), n)
    numbers += np.arange(len(numbers))
    return np.repeat(np.arange(len(n)), n), numbers


def in_order(node: Ints, b: Ints) -> Ints:
    """Sort edges, whose nodes ascend, by (node, b): int64 [E]. Only nodes with several edges need to be looked at.

    Examples
    --------
    >>> in_order(np.array([0, 1, 1, 4]), np.array([5, 9, 8, 2])).tolist()
    [0, 2, 1, 3]
    """
    order = np.arange(len(node))
    again = np.append(node[1:] == node[:-1], False) if len(node) else np.empty(0, np.bool_)
    again[1:] |= again[:-1].copy()
    several = np.flatnonzero(again)
    order[several] = several[np.argsort((node[several] << 32) | b[several], kind="stable")]
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
