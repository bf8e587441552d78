"""The part of the plane that a panel shows, and at what scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelqa.kinds.kind import Floats

_BEYOND = 0.15
"""How much of the frame's size is shown past its edges, where marks go there."""

_DETAIL, _LEAST = 0.6, 0.15
"""Marks within this share of the frame are shown enlarged; and the least share that is shown."""

_ROOM = 1.6
"""Size of what is shown enlarged, in sizes of the marks."""


@dataclass(frozen=True)
class View:
    """What is seen: its left top corner, pixels of the drawing for a unit, and its size in these.

    `share` is the part of the frame's width that is seen: 1 for all of it.
    """

    left: float
    top: float
    scale: float
    width: float
    height: float
    share: float = 1.0

    @classmethod
    def of(cls, points: Floats, frame: tuple[float, float] | None, size: int, tall: float) -> View:
        """See the frame and a little beyond where marks go there; where they are small, the part with the marks.

        Without a frame all marks are seen. The view becomes at most `size` pixels wide and `tall` times as high.
        """
        if frame is not None:
            low, high, share = _in_frame(points, np.array(frame, dtype=np.float64))
        elif len(points):
            low, high, share = points.min(axis=0), points.max(axis=0), 1.0
            margin = np.maximum(0.06 * (high - low).max(), 1.0)
            low, high = low - margin, high + margin
        else:
            low, high, share = np.zeros(2), np.ones(2), 1.0
        wide, deep = np.maximum(high - low, 1e-9)
        scale = float(min(size / wide, size * tall / deep))
        return cls(float(low[0]), float(low[1]), scale, float(wide * scale), float(deep * scale), share)

    def place(self, points: Floats) -> Floats:
        """Bring points into the drawing, not farther out than ten times its size."""
        moved = (points - [self.left, self.top]) * self.scale
        most = 10 * max(self.width, self.height)
        return np.clip(moved, -most, most)

    def inside(self, frame: tuple[float, float]) -> tuple[float, float, float, float]:
        """Give the part of a frame that is seen: left, top, right, bottom in its units."""
        right, bottom = self.left + self.width / self.scale, self.top + self.height / self.scale
        return max(self.left, 0.0), max(self.top, 0.0), min(right, frame[0]), min(bottom, frame[1])


def _in_frame(points: Floats, frame: Floats) -> tuple[Floats, Floats, float]:
    """Choose what is seen of a frame: low and high corner, share of its width."""
    low, high = np.zeros(2), frame
    if not len(points):
        return low, high, 1.0
    first, last = (
        np.clip(end, -_BEYOND * frame, (1 + _BEYOND) * frame) for end in (points.min(axis=0), points.max(axis=0))
    )
    low, high = np.minimum(low, first), np.maximum(high, last)
    share = float(np.max((last - first) / frame))
    if share > _DETAIL:
        return low, high, 1.0
    share = max(_LEAST, _ROOM * share)
    if share >= 1:
        return low, high, 1.0
    part = share * frame
    start = np.clip((first + last) / 2 - part / 2, low, high - part)
    return start, start + part, share
