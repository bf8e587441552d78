"""The search for pairs that can be alike at all, through the boxes around them, and what all area kinds share.

A row's enclosing box says where it lies. A sorted window on the left edges finds the boxes that touch without looking
at all pairs. What remains is ruled out by area: two shapes share at most the smaller of both and of what their
enclosing boxes share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Candidates, Floats, Ints, Runs, spread

_LEVELS = 20
"""Bits for a coordinate in the search key: 2^20 levels over the block's extent, always rounded towards keeping."""

_AT_ONCE = 1 << 18
"""Pairs whose similarity is worked out in one go; keeps the arrays within some tens of megabytes."""


def search(
    bounds: Floats,
    runs: Runs,
    least: float,
    similarity: Callable[[Ints, Ints], Floats],
    greatest: Callable[[Ints, Ints], Floats] | None = None,
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

    Returns
    -------
    Candidates
    """
    pair, place = spread(runs.n_a)
    a = runs.first_a[pair] + place
    node, b = in_window(bounds[0], runs, pair, *left_window(bounds[0], bounds[2], a, runs, pair, 0.0))
    top, bottom = bounds[1], bounds[3]
    right_a, top_a, bottom_a = bounds[2][a], top[a], bottom[a]
    touching = (bounds[2][b] >= bounds[0][a][node]) & (bounds[0][b] <= right_a[node])
    touching &= (bottom[b] >= top_a[node]) & (top[b] <= bottom_a[node])
    node, b = node[touching], b[touching]
    if greatest is not None:
        most = greatest(a[node], b)
        able = (most >= least) & (most > 0)
        node, b = node[able], b[able]
    alike = np.empty(len(node))
    for start in range(0, len(node), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        alike[part] = similarity(a[node[part]], b[part])
    near = np.flatnonzero((alike >= least) & (alike > 0))
    node, b, alike = node[near], b[near], alike[near]
    order = np.argsort((node << 32) | b, kind="stable")
    node = node[order]
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
    start = left[a]
    width = right[a] - start
    widest = _widest(left, right, runs)[pair]
    low = start - widest
    if least > 0:
        low = np.maximum(low, start - width * (1.0 / least - 1.0))
    slack = (np.abs(start) + width + widest) * 1e-9  # the bounds are exact, their arithmetic is not
    return low - slack, start + width * (1.0 - least) + slack


def _widest(left: Floats, right: Floats, runs: Runs) -> Floats:
    """Greatest width among the boxes of side b, for each pair: float64 [P]; 0 where there is none.

    Each run is looked at once, however many pairs share it.
    """
    some = np.flatnonzero(runs.n_b > 0)
    first, index = np.unique(runs.first_b[some], return_index=True)
    run, place = spread(runs.n_b[some][index])
    widest = np.zeros(len(runs.n_b))
    if len(run):
        rows = first[run] + place
        greatest = np.maximum.reduceat(right[rows] - left[rows], np.flatnonzero(place == 0))
        widest[some] = greatest[np.searchsorted(first, runs.first_b[some])]
    return widest


def in_window(left: Floats, runs: Runs, pair: Ints, low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """For each row a, find the rows b of its pair whose left edge may lie in [low, high].

    One binary search over integer keys (run, left edge rounded down to a level) serves all pairs. Rounding keeps the
    order, so that no row inside the window is lost; a few outside come along.

    Returns
    -------
    node, b : int64 arrays
        Number of the row a (0 .. A - 1) and row b.
    """
    first, index = np.unique(runs.first_b[runs.n_b > 0], return_index=True)
    run, place = spread(runs.n_b[runs.n_b > 0][index])
    rows = first[run] + place
    if len(rows) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    least, most = left[rows].min(), left[rows].max()
    scale = ((1 << _LEVELS) - 1) / max(most - least, 1.0)

    def key(run_first: Ints, edge: Floats) -> Ints:
        level = np.clip((edge - least) * scale, 0, (1 << _LEVELS) - 1).astype(np.int64)
        return np.asarray((run_first << _LEVELS) | level, dtype=np.int64)

    keys = key(first[run], left[rows])
    order = np.argsort(keys, kind="stable")
    rows, keys = rows[order], keys[order]
    run_first = runs.first_b[pair]
    start = np.searchsorted(keys, key(run_first, low))
    end = np.searchsorted(keys, key(run_first, high), side="right")
    node, place = spread(np.where(runs.n_b[pair] > 0, end - start, 0))
    return node, rows[start[node] + place]
