"""Pixels that masks share, column by column: where masks have a run or two in each column, as what is drawn has.

The runs of a column of one mask meet those of the same column of the other, each with each, and two runs share what lies
between the greater start and the lesser end. That needs no sorting; but runs of many columns would be cut into as many
pieces, and columns of many runs meet too often: such masks are compared edge by edge (`raster.in_both`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Ints, spread
from labelqa.kinds.window import blocks

_MOST_RUNS = 8
"""Most runs in one column."""

_AT_ONCE = 1 << 15
"""Columns compared at once; the arrays then stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Runs of N masks by columns.

    `low`, `high` int32 [R]: first row of each run, and first row after it. `before` int64 [C + 1]: the runs before each
    column of all masks, and their number; `first` int64 [N]: first column of each mask; `left`, `right` int64 [N]: where
    that is in the frame, and the end. `fits` bool [N]: whether a mask is laid out here at all.
    """

    low: NDArray[np.int32]
    high: NDArray[np.int32]
    before: Ints
    first: Ints
    left: Ints
    right: Ints
    fits: NDArray[np.bool_]

    @classmethod
    def of(cls, edges: Ints, size: Ints, box: Ints) -> Columns:
        """Lay out masks from edges (see `raster`) end to end, the number of each mask's, and boxes (4, N)."""
        left, top, right, bottom = box
        fits = right - left <= size
        if not fits.all():
            edges = edges[np.repeat(fits, size)]
        owner = np.repeat(np.arange(len(size)), np.where(fits, size // 2, 0))
        start, end = edges[::2].astype(np.int32), edges[1::2].astype(np.int32)
        height = np.maximum(bottom - top, 1).astype(np.int32)[owner]
        column, last = start // height, (end - 1) // height  # in 32 bits, division is much quicker
        low, high = start - column * height, end - last * height
        n_columns = last - column + 1
        if n_columns.max(initial=1) > 1:
            run, place = spread(n_columns.astype(np.int64))
            low = np.where(place == 0, low[run], 0)
            high = np.where(place == n_columns[run] - 1, high[run], height[run])
            owner, column = owner[run], column[run] + place
        above = top.astype(np.int32)[owner]
        width = np.where(fits, right - left, 0)
        first = np.cumsum(width) - width
        n_runs = np.bincount(first[owner] + column, minlength=int(width.sum()))
        crowded = np.flatnonzero(n_runs > _MOST_RUNS)
        if len(crowded):
            fits[np.searchsorted(first, crowded, side="right") - 1] = False
        return cls(low + above, high + above, np.append(0, np.cumsum(n_runs)), first, left, right, fits)


def shared_pixels(one: Columns, a: Ints, other: Columns, b: Ints) -> Ints:
    """Count the pixels that mask a[k] of one and mask b[k] of the other share; both must fit: int64 array.

    Examples
    --------
    >>> box = np.array([[0, 0, 2, 4], [1, 1, 3, 5]]).T
    >>> columns = Columns.of(np.array([1, 3, 4, 8, 0, 2, 4, 5]), np.array([4, 4]), box)
    >>> shared_pixels(columns, np.array([0, 0]), columns, np.array([1, 0])).tolist()
    [2, 6]
    """
    found = np.zeros(len(a), np.int64)
    left = np.maximum(one.left[a], other.left[b])
    width = np.maximum(np.minimum(one.right[a], other.right[b]) - left, 0)
    at_a, at_b = one.first[a] + left - one.left[a], other.first[b] + left - other.left[b]
    for some in blocks(width, _AT_ONCE):
        pair, place = spread(width[some])
        column_a, column_b = at_a[some][pair] + place, at_b[some][pair] + place
        run_a, run_b = one.before.take(column_a), other.before.take(column_b)
        n_a, n_b = one.before.take(column_a + 1) - run_a, other.before.take(column_b + 1) - run_b
        n_meetings = n_a * n_b
        single, several = np.flatnonzero(n_meetings == 1), np.flatnonzero(n_meetings > 1)
        which, number = spread(n_meetings[several])
        which = several[which]
        pair = np.concatenate([pair[single], pair[which]])
        run_a = np.concatenate([run_a[single], run_a[which] + number // n_b[which]])
        run_b = np.concatenate([run_b[single], run_b[which] + number % n_b[which]])
        common = np.minimum(one.high.take(run_a), other.high.take(run_b))
        common -= np.maximum(one.low.take(run_a), other.low.take(run_b))
        found[some] = np.bincount(pair, np.maximum(common, 0), len(found[some]))
    return found
