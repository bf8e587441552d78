"""Marks that have a place in a frame, as lines and dots in its pixels: one function a kind.

To add a kind, write its function and name it in `SHAPES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from labelqa.kinds.kind import Floats
from labelqa.report.drawing.scene import Mark

_FARTHEST = 1e9
"""Coordinates are cut to this, so that no difference of two is infinite."""

_FINEST = 192
"""Cells along either side of the grid that a mask is looked at through."""


@dataclass(frozen=True)
class Shape:
    """What a mark looks like: closed outlines, open lines, dots, all float64 (k, 2); `faint` lines hold it together."""

    outlines: list[Floats] = field(default_factory=list)
    lines: list[Floats] = field(default_factory=list)
    dots: Floats = field(default_factory=lambda: np.empty((0, 2)))
    hollow: Floats = field(default_factory=lambda: np.empty((0, 2)))
    faint: list[Floats] = field(default_factory=list)

    def points(self) -> Floats:
        """Give all points, float64 (n, 2)."""
        return np.concatenate([*self.outlines, *self.lines, self.dots, self.hollow, *self.faint, np.empty((0, 2))])


def _corners(left: float, top: float, right: float, bottom: float) -> Floats:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _turned(x: float, y: float, width: float, height: float, angle: float) -> Floats:
    """Give the corners of a rectangle round (x, y), turned by an angle in radians from x towards y."""
    cos, sin = math.cos(angle), math.sin(angle)
    turn: Floats = np.array([[cos, sin], [-sin, cos]])
    turned: Floats = _corners(-width / 2, -height / 2, width / 2, height / 2) @ turn + np.array([x, y])
    return turned


def _bbox(mark: Mark) -> Shape:
    return Shape(outlines=[_corners(*mark.geometry)])


def _rotated_bbox(mark: Mark) -> Shape:
    x, y, width, height, degrees = mark.geometry
    return Shape(outlines=[_turned(x, y, width, height, math.radians(degrees))])


def _rings(mark: Mark) -> list[Floats]:
    points = np.array(mark.geometry).reshape(-1, 2)
    return np.split(points, np.cumsum(mark.parts)[:-1]) if mark.parts else [points]


def _polygon(mark: Mark) -> Shape:
    return Shape(outlines=_rings(mark))


def _polyline(mark: Mark) -> Shape:
    return Shape(lines=_rings(mark))


def _point(mark: Mark) -> Shape:
    return Shape(dots=np.array([mark.geometry]))


def _keypoints(mark: Mark) -> Shape:
    points = np.array(mark.geometry).reshape(-1, 2)
    visibility = np.full(len(points), 2) if mark.parts is None else np.array(mark.parts)
    labelled = points[visibility > 0]
    if not len(labelled):
        return Shape()
    middle = labelled.mean(axis=0)
    spokes = [np.array([middle, point]) for point in labelled]
    return Shape(dots=points[visibility == 2], hollow=points[visibility == 1], faint=spokes)


def _track(mark: Mark) -> Shape:
    """Draw the box nearest to the middle of its time, and the way of the centre."""
    boxes, frames = np.array(mark.geometry).reshape(-1, 4), np.array(mark.parts or [], dtype=np.float64)
    if not len(boxes):
        return Shape()
    way = (boxes[:, :2] + boxes[:, 2:]) / 2
    middle = int(np.abs(frames - (frames[0] + frames[-1]) / 2).argmin())
    return Shape(outlines=[_corners(*boxes[middle])], faint=[way])


def _cuboid(mark: Mark) -> Shape:
    """Draw the ground plan, y upwards, and a line from the centre to the front."""
    x, y, _, length, width, _, yaw = mark.geometry
    front = np.array([[x, -y], [x + length / 2 * math.cos(yaw), -y - length / 2 * math.sin(yaw)]])
    return Shape(outlines=[_turned(x, -y, length, width, -yaw)], faint=[front])


def _mask(mark: Mark) -> Shape:
    """Draw the outline of a mask, looked at through a grid of at most `_FINEST` cells a side."""
    import shapely

    left, top, right, bottom = mark.geometry
    width, height = int(right - left), int(bottom - top)
    if width <= 0 or height <= 0:
        return Shape()
    columns, rows = min(width, _FINEST), min(height, _FINEST)
    x = ((np.arange(columns) + 0.5) * width / columns).astype(np.int64)
    y = ((np.arange(rows) + 0.5) * height / rows).astype(np.int64)
    ends = np.cumsum(np.array(mark.parts or [], dtype=np.int64))
    is_set = np.searchsorted(ends, x[None, :] * height + y[:, None], side="right") % 2 == 1
    edge = np.diff(is_set.astype(np.int8), prepend=0, append=0, axis=1)
    row, start = np.nonzero(edge == 1)
    _, stop = np.nonzero(edge == -1)
    step_x, step_y = width / columns, height / rows
    strips = shapely.box(
        left + start * step_x, top + row * step_y, left + stop * step_x, top + (row + 1) * step_y, ccw=True
    )
    area = shapely.simplify(shapely.union_all(strips), max(step_x, step_y) * 0.75)
    return Shape(outlines=[shapely.get_coordinates(ring)[:-1] for ring in _all_rings(area)])


def _all_rings(area: object) -> list[object]:
    import shapely

    polygons = shapely.get_parts(area)
    return [ring for polygon in polygons for ring in shapely.get_rings(polygon)]


SHAPES: dict[str, Callable[[Mark], Shape]] = {
    "bbox": _bbox,
    "cuboid": _cuboid,
    "keypoints": _keypoints,
    "mask": _mask,
    "point": _point,
    "polygon": _polygon,
    "polyline": _polyline,
    "rotated_bbox": _rotated_bbox,
    "track": _track,
}
"""How each kind is drawn."""

ON_THE_GROUND = ("cuboid",)
"""Kinds that have no place in an image; they are drawn from above."""


def shape_of(mark: Mark) -> Shape:
    """Give the shape of a mark, coordinates cut to what can be drawn."""
    shape = SHAPES[mark.kind](mark)

    def cut(points: Floats) -> Floats:
        return np.clip(np.nan_to_num(points), -_FARTHEST, _FARTHEST)

    def every(lines: list[Floats]) -> list[Floats]:
        return [cut(line) for line in lines if len(line)]

    return Shape(every(shape.outlines), every(shape.lines), cut(shape.dots), cut(shape.hollow), every(shape.faint))
