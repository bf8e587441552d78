"""Pixels as run lengths: what masks are made of, without ever a full image.

The pixels of a raster are numbered along its lines: column by column from the top left, or row by row. **Edges** are the
numbers at which pixels change: first pixel of the first run of set pixels, first pixel after it, first pixel of the
second run, and so on; int64, strictly ascending, an even number of them. So every set of pixels has one list of edges,
and every step below costs time and memory by the number of edges, not by the area.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Ints, spread

MAX_PIXELS = 1_000_000_000
"""Most pixels of a raster, set or not; their numbers fit 32 bits, also in pycocotools."""

MAX_RUNS = 1 << 24
"""Most runs of one mask; beyond that it is noise or made to fill the memory."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels; right and bottom are not included."""


def edges(counts: Ints) -> Ints:
    """Turn run lengths, background first, into edges; the lengths are not negative.

    Examples
    --------
    >>> edges(np.array([2, 3, 0, 1, 4])).tolist()
    [2, 6]
    >>> edges(np.array([0, 5])).tolist()
    [0, 5]
    """
    ends = np.cumsum(counts)
    return merged(ends[: len(ends) & ~1])


def merged(ends: Ints) -> Ints:
    """Make edges out of starts and ends by turns that do not descend: drop empty runs, join those that touch.

    Examples
    --------
    >>> merged(np.array([1, 1, 2, 3, 3, 5])).tolist()
    [2, 5]
    """
    some = np.repeat(ends[::2] < ends[1::2], 2)
    ends = ends[some]
    apart = ends[1:-1:2] < ends[2::2]
    return np.asarray(ends[np.concatenate([[True], np.repeat(apart, 2), [True]])] if len(ends) else ends)


def counts(edges: Ints, size: int) -> Ints:
    """Turn edges into run lengths, background first, that add up to `size`; none for size 0.

    Examples
    --------
    >>> counts(np.array([2, 6]), 10).tolist()
    [2, 4, 4]
    >>> counts(np.array([0, 5]), 5).tolist()
    [0, 5]
    """
    lengths = np.diff(edges, prepend=0, append=size)
    return lengths if len(lengths) and lengths[-1] else lengths[:-1]


def area(edges: Ints) -> int:
    """Count the set pixels."""
    return int((edges[1::2] - edges[::2]).sum())


def transposed(edges: Ints, length: int, lines: int) -> Ints:
    """Number pixels across the lines instead of along them: from rows to columns, or back.

    A pixel starts or ends a run across the lines if the one before it there, one line up, is different. So the new edges
    are the pixels in one but not both of the raster and the raster moved on by a line, and these lie in runs again.
    The first line follows the last one, moved on by a pixel.

    Parameters
    ----------
    edges : int64 array
    length : int
        Pixels in a line; of rows, the width.
    lines : int
        Lines; of rows, the height.

    Raises
    ------
    ValueError
        If more than `MAX_RUNS` runs come out.

    Examples
    --------
    >>> transposed(np.array([1, 3, 5, 6]), 4, 2).tolist()  # .XX. and .X..
    [2, 5]
    """
    if length == 1 or lines == 1 or len(edges) == 0:
        return edges
    size = length * lines
    inner = _differing(edges, edges + length).clip(length, size)
    first = _differing(edges, edges - (size - length - 1)).clip(1, length)
    starts, ends = np.concatenate([inner[::2], first[::2]]), np.concatenate([inner[1::2], first[1::2]])
    lengths = ends - starts
    n_edges = int(lengths.sum()) + 2
    if n_edges > 2 * MAX_RUNS:
        raise ValueError(f"at most {MAX_RUNS} runs of pixels in a mask")
    run, place = spread(lengths)
    line, place = np.divmod(starts[run] + place, length)
    new = place * lines + line
    ends_of_all = [0] if edges[0] == 0 else []
    if (len(new) + len(ends_of_all)) % 2:
        new = np.append(new, size)
    return np.sort(np.concatenate([np.array(ends_of_all, dtype=np.int64), new]))


def _differing(one: Ints, other: Ints) -> Ints:
    """Give starts and ends of the pixels in one but not in both."""
    return np.sort(np.concatenate([one, other]), kind="stable")


def tight(edges: Ints, height: int) -> tuple[Box, Ints]:
    """Cut a raster of columns to the box round its set pixels: the box, and the edges inside it.

    Only a run within one column leaves rows free at the top or bottom; one that goes on into the next column reaches
    both.

    Examples
    --------
    >>> box, inside = tight(np.array([6, 8, 11, 12]), 5)  # columns of 5 pixels
    >>> box, inside.tolist()
    ((1, 1, 3, 3), [0, 3])
    """
    if len(edges) == 0:
        return (0, 0, 0, 0), edges
    column, row = np.divmod(edges[::2], height)
    last_column, last_row = np.divmod(edges[1::2] - 1, height)
    left, right = int(column[0]), int(last_column[-1]) + 1
    if (column != last_column).any():
        return (left, 0, right, height), edges - left * height
    top, bottom = int(row.min()), int(last_row.max()) + 1
    starts = (column - left) * (bottom - top) + row - top
    ends = np.stack([starts, starts + (edges[1::2] - edges[::2])], axis=1)
    return (left, top, right, bottom), merged(ends.ravel())


def framed(edges: Ints, box: Box, height: int) -> Ints:
    """Number the pixels of a box by columns of the frame of some height that it lies in; undoes `tight`.

    Raises
    ------
    ValueError
        If the box does not lie in the frame's rows and right of its left side, or more than `MAX_RUNS` runs come out.

    Examples
    --------
    >>> framed(np.array([0, 3]), (1, 1, 3, 3), 5).tolist()
    [6, 8, 11, 12]
    """
    left, top, _, bottom = box
    if left < 0 or top < 0 or bottom > height:
        raise ValueError(f"a mask inside the frame, {height} pixels high; found one from {left}, {top} to row {bottom}")
    if len(edges) == 0:
        return edges
    inner = bottom - top
    if inner == height:
        return edges + left * height
    starts, ends = edges[::2], edges[1::2]
    column, last = starts // inner, (ends - 1) // inner
    n_columns = last - column + 1
    if int(n_columns.sum()) > MAX_RUNS:
        raise ValueError(f"at most {MAX_RUNS} runs of pixels in a mask")
    run, place = spread(n_columns)
    column = column[run] + place
    lines = [np.maximum(starts[run], column * inner), np.minimum(ends[run], (column + 1) * inner)]
    return np.ravel(np.stack([line + (column + left) * height + top - column * inner for line in lines], axis=1))


def cut(edges: Ints, size: Ints, box: Ints, window: Ints) -> Ints:
    """Give starts and ends inside windows, numbered by the windows' columns, for many lists of edges at once.

    The number of a pixel in its window is the number of the window's pixels before it, whether it lies in the window or
    not. That keeps the order, so that runs stay runs; those outside become empty.

    Parameters
    ----------
    edges : int64 array
        Lists of edges end to end, each of pixels numbered by columns of a box.
    size : int64 array [N]
        Edges in each list.
    box, window : int64 arrays (4, N)
        Left, top, right, bottom of each list's box, and of a window inside it or without pixels.

    Examples
    --------
    >>> box, window = np.array([[0, 0, 3, 4]]).T, np.array([[1, 1, 3, 3]]).T
    >>> cut(np.array([2, 6, 11, 12]), np.array([4]), box, window).tolist()  # column 2 loses its lowest pixel
    [0, 1, 4, 4]
    """
    width, height = window[2] - window[0], window[3] - window[1]
    tall = np.repeat(height, size)
    column, row = np.divmod(edges, np.repeat(np.maximum(box[3] - box[1], 1), size))
    row += np.repeat(box[1] - window[1], size)
    column += np.repeat(box[0] - window[0], size)
    # In a column to the left of the window this is at most 0, in one to the right at least the window's whole size.
    number = column * tall + np.clip(row, 0, tall)
    return np.asarray(np.clip(number, 0, np.repeat(width * height, size)))


def in_both(pair_a: Ints, a: Ints, pair_b: Ints, b: Ints, n_pairs: int) -> Ints:
    """Count the pixels that two lists of runs share, for many pairs of lists at once.

    Pixels of b before a place are the place's distances from b's edges before it, added up with alternating signs.

    Parameters
    ----------
    pair_a, pair_b : int64 arrays
        Pair of each start or end, ascending, from 0.
    a, b : int64 arrays
        Starts and ends by turns, not descending within a pair, from 0 to `MAX_PIXELS`.
    n_pairs : int

    Returns
    -------
    int64 array [n_pairs]

    Examples
    --------
    >>> one = np.array([0, 0, 1, 1])
    >>> in_both(one, np.array([0, 6, 2, 4]), one, np.array([1, 3, 4, 9]), 2).tolist()
    [2, 0]
    """
    found = np.searchsorted(pair_b << 31 | b, pair_a << 31 | a, side="right")
    signed = np.zeros(len(b) + 1, dtype=np.int64)
    signed[1::2], signed[2::2] = -b[::2], b[1::2]
    covered = (found & 1) * a + np.cumsum(signed)[found]
    total = np.append(0, np.cumsum(covered[1::2] - covered[::2]))
    first = np.searchsorted(pair_a, np.arange(n_pairs + 1))
    return np.asarray(np.diff(total[first // 2]))


def of_pixels(pieces: Iterable[NDArray[np.bool_]]) -> Ints:
    """Give the edges of pixels that are at hand, piece after piece in the order of their numbers.

    Raises
    ------
    ValueError
        If they hold more than `MAX_RUNS` runs.

    Examples
    --------
    >>> of_pixels([np.array([False, True, True]), np.array([True, False]), np.array([True])]).tolist()
    [1, 4, 5, 6]
    """
    found: list[Ints] = []
    done, n_found, before = 0, 0, False
    for piece in pieces:
        if len(piece) == 0:
            continue
        changes = np.empty(len(piece), dtype=np.bool_)
        changes[0] = piece[0] != before
        np.not_equal(piece[1:], piece[:-1], out=changes[1:])
        n_found += int(np.count_nonzero(changes))
        if n_found > 2 * MAX_RUNS:
            raise ValueError(f"at most {MAX_RUNS} runs of pixels in a mask")
        found.append(np.flatnonzero(changes) + done)
        done += len(piece)
        before = bool(piece[-1])
    if before:
        found.append(np.array([done]))
    return np.concatenate(found) if found else np.empty(0, np.int64)
