"""Shapes that labelqa keeps as outlines: an ellipse as the polygon of corners on it, four corners as a rotated box."""

from __future__ import annotations

import math
from collections.abc import Sequence

CORNERS = 64
"""Corners of the polygon that an ellipse is read as."""


def ellipse(x: float, y: float, width: float, height: float, degrees: float = 0.0) -> list[float]:
    """Give the corners of a polygon on an ellipse.

    Parameters
    ----------
    x, y : float
        Its centre.
    width, height : float
        Its axes, from side to side.
    degrees : float
        By how much it is turned, clockwise as seen on the screen.

    Examples
    --------
    >>> [round(number, 6) + 0.0 for number in ellipse(5, 5, 4, 2)[:2]]
    [7.0, 5.0]
    >>> len(ellipse(5, 5, 4, 2))
    128
    """
    turned = math.radians(degrees)
    corners: list[float] = []
    for step in range(CORNERS):
        angle = 2 * math.pi * step / CORNERS
        right, down = width / 2 * math.cos(angle), height / 2 * math.sin(angle)
        corners += (
            x + right * math.cos(turned) - down * math.sin(turned),
            y + right * math.sin(turned) + down * math.cos(turned),
        )
    return corners


def rotated_box(corners: Sequence[float], tolerance: float = 1.0) -> list[float] | None:
    """Give the rotated box with these four corners, in their order; None if they make no rectangle.

    Parameters
    ----------
    corners : sequence of float
        x, y of four corners, going round.
    tolerance : float
        By how many pixels a corner may be off: tools round, and clip at the frame.

    Examples
    --------
    >>> rotated_box([0, 0, 4, 0, 4, 2, 0, 2])
    [2.0, 1.0, 4.0, 2.0, 0.0]
    >>> rotated_box([0, 0, 4, 0, 9, 2, 0, 2]) is None
    True
    """
    if len(corners) != 8:
        return None
    x, y = corners[0::2], corners[1::2]
    if any(abs(axis[0] + axis[2] - axis[1] - axis[3]) > 2 * tolerance for axis in (x, y)):
        return None  # no parallelogram
    if abs(math.dist((x[0], y[0]), (x[2], y[2])) - math.dist((x[1], y[1]), (x[3], y[3]))) > 2 * tolerance:
        return None  # its diagonals differ
    right, down = (x[1] - x[0] + x[2] - x[3]) / 2, (y[1] - y[0] + y[2] - y[3]) / 2
    width = math.hypot(right, down)
    height = math.hypot(x[3] - x[0] + x[2] - x[1], y[3] - y[0] + y[2] - y[1]) / 2
    return [sum(x) / 4, sum(y) / 4, width, height, math.degrees(math.atan2(down, right))]
