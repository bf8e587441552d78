"""Outlines filled with pixels: a pixel is set if its centre lies inside, by the even-odd rule.

Column after column, the edges that cross the line through the pixels' centres are put in order; every second stretch
between them is inside. That takes time and memory by the length of the outline, not by its area.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds import raster
from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.kinds.mask import Masks
from labelqa.kinds.window import blocks

_MOST_CROSSINGS = 1 << 22
"""Crossings of an outline's edges with columns up to which it is filled; about a second."""

_AT_ONCE = 1 << 20
"""Crossings sorted at once."""


def filled(owner: Ints, edges: Floats, n: int) -> tuple[Masks, NDArray[np.bool_]]:
    """Fill outlines.

    Parameters
    ----------
    owner : int64 array [K]
        Outline of each edge, ascending.
    edges : float64 array (K, 4)
        x and y of one end, x and y of the other.
    n : int
        Outlines.

    Returns
    -------
    masks : Masks
        In boxes that may be wider than their pixels.
    left_out : bool array [n]
        Outlines whose box has more than `raster.MAX_PIXELS` pixels, or that cross too many columns; their mask is empty.

    Examples
    --------
    >>> triangle = np.array([[0.0, 0, 4, 0], [4, 0, 0, 4], [0, 4, 0, 0]])
    >>> masks, _ = filled(np.zeros(3, np.int64), triangle, 1)
    >>> masks.area.tolist(), masks.box.ravel().tolist()
    ([6], [0, 0, 4, 3])
    """
    x, y = edges[:, [0, 2]], edges[:, [1, 3]]
    low, high = np.full((2, n), np.inf), np.full((2, n), -np.inf)
    for side, ends in enumerate((x, y)):
        np.minimum.at(low[side], owner, ends.min(axis=1))
        np.maximum.at(high[side], owner, ends.max(axis=1))
    with np.errstate(invalid="ignore", over="ignore"):
        width, height = high - low + 1  # nan or infinite where there is no edge
        left_out = (width * height > raster.MAX_PIXELS) & (high[0] >= low[0])
    far = np.maximum(np.abs(low), np.abs(high)).max(axis=0)
    left_out |= (far > raster.MAX_PIXELS) & (high[0] >= low[0])
    kept = np.flatnonzero(~left_out[owner])
    owner, x, y = owner[kept], x[kept], y[kept]
    first, end = (_pixel(side) for side in (x.min(axis=1), x.max(axis=1)))
    crossings = np.bincount(owner, end - first, n).astype(np.int64)
    many = crossings > _MOST_CROSSINGS
    left_out |= many
    crossings[many] = 0
    kept = np.flatnonzero(~many[owner] & (end > first))
    owner, x, y, first, n_columns = owner[kept], x[kept], y[kept], first[kept], (end - first)[kept]
    keys, box = [np.empty(0, np.int64)], np.zeros((4, n), np.int64)
    for block in blocks(crossings, _AT_ONCE):
        some = slice(*np.searchsorted(owner, [block.start, block.stop]).tolist())
        found = _crossed(owner[some], x[some], y[some], first[some], n_columns[some], box)
        keys.append(found)
    return Masks.of(np.concatenate(keys), box), left_out


def _pixel(number: Floats) -> Ints:
    """Number the first pixel whose centre is not before a coordinate."""
    return np.ceil(number - 0.5).astype(np.int64)


def _crossed(owner: Ints, x: Floats, y: Floats, first: Ints, n_columns: Ints, box: Ints) -> Ints:
    """Give the keys of starts and ends (see `Masks`) of some outlines, and write their boxes."""
    if len(owner) == 0:
        return np.empty(0, np.int64)
    # From the left end whichever way the edge runs, so that outlines with an edge in common share no pixel there.
    turned = x[:, 0] > x[:, 1]
    x, y = np.where(turned[:, None], x[:, ::-1], x), np.where(turned[:, None], y[:, ::-1], y)
    edge, place = spread(n_columns)
    column = first[edge] + place
    share = (column + 0.5 - x[edge, 0]) / (x[edge, 1] - x[edge, 0])
    row = _pixel(y[edge, 0] + (y[edge, 1] - y[edge, 0]) * share)
    outline = owner[edge]
    starts = np.flatnonzero(np.diff(outline, prepend=-1))
    rows = outline[starts]
    box[0, rows], box[1, rows] = np.minimum.reduceat(column, starts), np.minimum.reduceat(row, starts)
    box[2, rows], box[3, rows] = np.maximum.reduceat(column, starts) + 1, np.maximum.reduceat(row, starts)
    left, top, _, bottom = box[:, outline]
    return np.sort(outline << 31 | (column - left) * (bottom - top) + row - top)
