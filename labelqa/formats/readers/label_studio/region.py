"""A region as its items give it, and what becomes of it: the values of annotations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

Tell = Callable[[str, str, str | None, object], None]
"""Notes something that is read, but worth a look: severity, what was expected or became of it, field, what was found."""


class Mark(NamedTuple):
    """The value of one annotation; `place` tells parts of an object (paragraph, frame) apart."""

    kind: str
    geometry: Sequence[float] = ()
    parts: Sequence[int] | None = None
    answer: Sequence[str] | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A region to be read: its value, and the frame that its percent refer to.

    Parameters
    ----------
    value : mapping
        As the control writes it.
    width, height : float
        Size of the image as stored, in pixels; 100 where nothing tells it, so that percent stay percent.
    turned : float
        Degrees, clockwise, by which the image was turned when it was drawn on.
    is_sized : bool
        Whether the size is known.
    is_sound : bool
        Whether a plain start and end are seconds, not characters.
    room : int
        How many frames of tracks the file may still hold.
    tell : function
        See `Tell`.
    """

    value: Mapping[str, Any]
    width: float
    height: float
    turned: float
    is_sized: bool
    is_sound: bool
    room: int
    tell: Tell

    @property
    def shown(self) -> tuple[float, float]:
        """Width and height of the image as it was shown: swapped where it lay on its side."""
        return (self.height, self.width) if self.turned % 180 == 90 else (self.width, self.height)

    def stored(self, x: float, y: float) -> tuple[float, float]:
        """Turn a point of the image as shown back to the image as stored, both in pixels."""
        if not self.turned:
            return x, y
        cos, sin = direction(-self.turned)
        width, height = self.shown
        x, y = x - width / 2, y - height / 2
        return self.width / 2 + x * cos - y * sin, self.height / 2 + x * sin + y * cos

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Give a point in pixels of the image as stored, from percent of the image as shown."""
        width, height = self.shown
        return self.stored(x * width / 100, y * height / 100)


def direction(degrees: float) -> tuple[float, float]:
    """Give cosine and sine, exact for right angles.

    Examples
    --------
    >>> direction(90), direction(-180), direction(0.0)
    ((0.0, 1.0), (-1.0, 0.0), (1.0, 0.0))
    """
    degrees %= 360
    if degrees % 90 == 0:
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(degrees // 90) % 4]
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
