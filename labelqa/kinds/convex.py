"""Area that rotated rectangles share, exact and without clipping polygons.

In the frame of the first rectangle the first is [-l/2, l/2] x [-w/2, w/2] and the second a polygon of four edges. The
part of a polygon inside an axis-aligned rectangle has the area (Green's theorem; a trapezoid decomposition)

    sum over edges, with sign, of the integral over x in [-l/2, l/2] of y(x) cut to [-w/2, w/2]

and the integral of a straight line cut to a band is three pieces in closed form. So each pair of rectangles costs four
such integrals whatever its shape, with no list of corners that grows, and the area is a continuous function of the
input: no case distinction can go wrong by rounding.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from labelqa.kinds.kind import Floats


def rectangles_overlap(a: ArrayLike, b: ArrayLike) -> Floats:
    """Area that rotated rectangles share, element by element; swapping `a` and `b` changes no bit.

    Parameters
    ----------
    a, b : array_like of shape (..., 5)
        x and y of the centre, length, width (not negative), angle in radians from the x axis towards the y axis;
        length lies along the rotated x axis. Broadcast against each other.

    Returns
    -------
    float64 array of shape (...)
        At most length * width of either; nan where a number is nan.

    Raises
    ------
    ValueError
        If the last dimension is not 5.

    Examples
    --------
    >>> float(rectangles_overlap([0, 0, 4, 2, 0], [1, 0, 4, 2, 0]))
    6.0
    >>> bool(np.isclose(rectangles_overlap([0, 0, 2, 2, 0], [0, 0, 2, 2, np.pi / 4]), 8 * (2**0.5 - 1)))
    True
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape[-1:] != (5,) or b.shape[-1:] != (5,):
        raise ValueError(f"rectangles have 5 numbers each, x y length width angle; found {a.shape} and {b.shape}")
    a, b = np.broadcast_arrays(a, b)
    first, second = _in_order(a, b)
    area = np.maximum(_overlap(first, second), 0.0)
    return np.asarray(np.minimum(area, np.minimum(a[..., 2] * a[..., 3], b[..., 2] * b[..., 3])))


def _in_order(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Put the lexicographically smaller of each pair first, so that the arithmetic is the same both ways."""
    differs = a != b
    at = np.argmax(differs, axis=-1)[..., None]
    swap = np.take_along_axis(a, at, axis=-1) > np.take_along_axis(b, at, axis=-1)
    return np.where(swap, b, a), np.where(swap, a, b)


def _overlap(a: Floats, b: Floats) -> Floats:
    """Add up the four edges of b in the frame of a; exactly 0 where a side of either rectangle parts them.

    Elsewhere rounding may leave some 1e-16 of the larger rectangle.
    """
    cos, sin = np.cos(a[..., 4]), np.sin(a[..., 4])
    east, north = b[..., 0] - a[..., 0], b[..., 1] - a[..., 1]
    x, y = cos * east + sin * north, cos * north - sin * east
    cos, sin = np.cos(b[..., 4] - a[..., 4]), np.sin(b[..., 4] - a[..., 4])
    half_length, half_width = b[..., 2] / 2, b[..., 3] / 2
    along_x, along_y = cos * half_length, sin * half_length
    across_x, across_y = -sin * half_width, cos * half_width
    # Corners clockwise, so that upper edges run towards greater x and count as positive.
    corner_x = [x - along_x - across_x, x - along_x + across_x, x + along_x + across_x, x + along_x - across_x]
    corner_y = [y - along_y - across_y, y - along_y + across_y, y + along_y + across_y, y + along_y - across_y]
    right, top = a[..., 2] / 2, a[..., 3] / 2
    total = np.zeros(x.shape)
    for k in range(4):
        total += _under_edge(corner_x[k - 1], corner_y[k - 1], corner_x[k], corner_y[k], right, top)
    x_of_b, y_of_b = cos * x + sin * y, cos * y - sin * x
    cos, sin = np.abs(cos), np.abs(sin)
    apart = np.abs(x) >= right + (cos * half_length + sin * half_width)
    apart |= np.abs(y) >= top + (sin * half_length + cos * half_width)
    apart |= np.abs(x_of_b) >= half_length + (cos * right + sin * top)
    apart |= np.abs(y_of_b) >= half_width + (sin * right + cos * top)
    return np.where(apart, 0.0, total)


def _under_edge(x0: Floats, y0: Floats, x1: Floats, y1: Floats, right: Floats, top: Floats) -> Floats:
    """Integrate y cut to [-top, top] along an edge over x in [-right, right]; negative for an edge towards smaller x."""
    rise, run = y1 - y0, x1 - x0
    from_x, to_x = np.clip(x0, -right, right), np.clip(x1, -right, right)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        from_y = np.where(run == 0, y0, y0 + rise * ((from_x - x0) / run))
        to_y = np.where(run == 0, y1, y0 + rise * ((to_x - x0) / run))
        climb = to_y - from_y
        enters, leaves = (-top - from_y) / climb, (top - from_y) / climb
    level = climb == 0
    enters, leaves = np.where(level, 0.0, enters), np.where(level, 1.0, leaves)
    first, last = np.clip(np.minimum(enters, leaves), 0.0, 1.0), np.clip(np.maximum(enters, leaves), 0.0, 1.0)
    low, high = np.clip(from_y, -top, top), np.clip(to_y, -top, top)
    mean = low * first + (low + high) / 2 * (last - first) + high * (1.0 - last)
    return np.where(to_x == from_x, 0.0, (to_x - from_x) * mean)  # an edge outside may have any height there
