"""Areas along horizontal lines: for outlines that cross themselves or one another too often to be cut exactly.

An outline of n corners may cross itself n^2 / 4 times, and an exact overlay takes memory and time for each crossing. Along
a line the even-odd rule is a sort and a count, whatever the outlines do. Areas come out to some parts in a thousand;
nothing that a person draws gets here.
"""

from __future__ import annotations

import numpy as np

from labelqa.kinds.kind import Floats, Ints, spread

_LINES = 4096
"""Lines through a shape, at most."""

_CROSSINGS = 2_000_000
"""Crossings of edges and lines in all; outlines with more get fewer lines, 64 at least."""

_GOLDEN = (5**0.5 - 1) / 2
"""Lines lie at uneven distances by this, lest they keep step with what is drawn at even ones."""

_AT_ONCE = 1_000_000
"""Crossings sorted at once."""


def shared_area(a: Floats, b: Floats) -> float:
    """Area in both of two even-odd regions.

    Parameters
    ----------
    a, b : float64 arrays (n, 4) and (m, 4)
        Edges: x and y of one end, x and y of the other.

    Examples
    --------
    >>> square = np.array([[0.0, 0, 4, 0], [4, 0, 4, 4], [4, 4, 0, 4], [0, 4, 0, 0]])
    >>> round(shared_area(square, square), 9), round(shared_area(square, square + 1), 9)
    (16.0, 9.0)
    """
    if len(a) == 0 or len(b) == 0:
        return 0.0
    bottom = max(a[:, 1::2].min(), b[:, 1::2].min())
    top = min(a[:, 1::2].max(), b[:, 1::2].max())
    if not top > bottom:
        return 0.0
    a, b = _across(a, bottom, top), _across(b, bottom, top)
    per_line = max(sum(float((edges[:, 3] - edges[:, 1]).sum()) for edges in (a, b)) / (top - bottom), 1.0)
    n_lines = int(np.clip(_CROSSINGS / per_line, 64, _LINES))
    step, number = (top - bottom) / n_lines, np.arange(n_lines)
    lines = bottom + step * (number + number * _GOLDEN % 1)
    at_once = max(int(_AT_ONCE / per_line), 1)
    blocks = (lines[start : start + at_once] for start in range(0, n_lines, at_once))
    return float(sum(_shared_length(a, b, block) for block in blocks) * step)


def _across(edges: Floats, bottom: float, top: float) -> Floats:
    """Keep the edges that may meet a line, lower end first; each may be longer than what lies between the lines."""
    down = edges[:, 1] > edges[:, 3]
    edges = np.where(down[:, None], edges[:, [2, 3, 0, 1]], edges)
    return edges[(edges[:, 3] > bottom) & (edges[:, 1] < top)]


def _shared_length(a: Floats, b: Floats, lines: Floats) -> float:
    """Length of the lines that lies in both regions."""
    line_a, x_a = _crossings(a, lines)
    line_b, x_b = _crossings(b, lines)
    line, x = np.concatenate([line_a, line_b]), np.concatenate([x_a, x_b])
    order = np.lexsort((x, line))
    is_a = order < len(line_a)
    inside = (np.cumsum(is_a) & 1) & (np.cumsum(~is_a) & 1)  # every line has an even number of crossings with either
    x = x[order]
    return float((np.diff(x) * inside[:-1]).sum()) if len(x) else 0.0


def _crossings(edges: Floats, lines: Floats) -> tuple[Ints, Floats]:
    """Give line and x of every crossing of an edge with a line; a lower end is on the line, an upper is not."""
    first = np.searchsorted(lines, edges[:, 1])
    edge, place = spread(np.searchsorted(lines, edges[:, 3]) - first)
    line = first[edge] + place
    x0, y0, x1, y1 = edges[edge].T
    share = (lines[line] - y0) / (y1 - y0)
    return line, x0 + (x1 - x0) * share
