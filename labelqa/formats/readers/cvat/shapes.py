"""Shapes as CVAT draws them, in the layouts of our kinds.

A box with a rotation is a `rotated_bbox`, one point a `point`, several points of one shape `keypoints` without names, an
ellipse a `polygon` of `ELLIPSE_CORNERS` corners, a skeleton `keypoints` with names. A cuboid in an image is eight
corners drawn on the plane: it becomes `keypoints` under CVAT's own names for them (`CUBOID_CORNERS`); a cuboid in a point
cloud is a `cuboid`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from labelqa.formats import rle

ELLIPSE_CORNERS = 64
"""Corners of the polygon that an ellipse is read as."""

CUBOID_CORNERS = ("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2")
"""Top or bottom, left or right, front (1) or back (2): the corners of a cuboid in CVAT's order."""

MAX_POINTS = 1_000_000
"""Most points of one shape."""


class Value(NamedTuple):
    """The value of an annotation, laid out as its kind says."""

    kind: str
    geometry: Sequence[float]
    parts: Sequence[int] | None = None
    answer: Sequence[str] | None = None


def rectangle(points: Sequence[float], rotation: float = 0.0) -> Value:
    """Read left, top, right, bottom and a rotation about the centre, in degrees clockwise.

    Examples
    --------
    >>> rectangle([0, 0, 10, 4])
    Value(kind='bbox', geometry=(0, 0, 10, 4), parts=None, answer=None)
    >>> rectangle([0, 0, 10, 4], 30.0).geometry
    (5.0, 2.0, 10, 4, 30.0)
    """
    if len(points) != 4:
        raise ValueError("four coordinates of a rectangle")
    (left, right), (top, bottom) = sorted(points[0::2]), sorted(points[1::2])
    if not math.isfinite(rotation):
        raise ValueError("a rotation in degrees")
    if rotation % 360 == 0:
        return Value("bbox", (left, top, right, bottom))
    centre = ((left + right) / 2, (top + bottom) / 2)
    return Value("rotated_bbox", (*centre, right - left, bottom - top, rotation))


def ellipse(centre_x: float, centre_y: float, radius_x: float, radius_y: float, rotation: float = 0.0) -> Value:
    """Read an ellipse as a polygon with its corners on it.

    Examples
    --------
    >>> value = ellipse(10, 20, 4, 2)
    >>> value.kind, len(value.geometry), value.geometry[:2]
    ('polygon', 128, [14.0, 20.0])
    """
    if not all(math.isfinite(number) for number in (centre_x, centre_y, radius_x, radius_y, rotation)):
        raise ValueError("finite numbers of an ellipse")
    turn = math.radians(rotation % 360)
    corners: list[float] = []
    for corner in range(ELLIPSE_CORNERS):
        angle = 2 * math.pi * corner / ELLIPSE_CORNERS
        x, y = abs(radius_x) * math.cos(angle), abs(radius_y) * math.sin(angle)
        corners.append(centre_x + x * math.cos(turn) - y * math.sin(turn))
        corners.append(centre_y + x * math.sin(turn) + y * math.cos(turn))
    return Value("polygon", corners)


def points(coordinates: Sequence[float]) -> Value:
    """Read one point, or several of one shape, which have no names and are all visible."""
    _check_pairs(coordinates, 1, "points")
    if len(coordinates) == 2:
        return Value("point", tuple(coordinates))
    return Value("keypoints", coordinates, [2] * (len(coordinates) // 2))


def mask(runs: Sequence[int], left: int, top: int, width: int, height: int) -> Value:
    """Read run lengths, row by row inside a window, background first."""
    geometry, parts = rle.from_rows(runs, width, height, left, top)
    return Value("mask", geometry, parts)


def cuboid(corners: Sequence[float]) -> Value:
    """Read the eight corners of a cuboid in an image."""
    if len(corners) != 2 * len(CUBOID_CORNERS):
        raise ValueError("sixteen coordinates of a cuboid")
    return Value("keypoints", corners, [2] * len(CUBOID_CORNERS), CUBOID_CORNERS)


class Joint(NamedTuple):
    """A point of a skeleton."""

    name: str
    x: float
    y: float
    visibility: int


def skeleton(joints: Sequence[Joint], names: Sequence[str]) -> Value:
    """Put the points of a skeleton in the order of the ontology; one that is not given is not labelled."""
    by_name: dict[str, Joint] = {}
    for joint in joints:
        if by_name.setdefault(joint.name, joint) is not joint:
            raise ValueError("each point of a skeleton once")
    order = [*names, *sorted(by_name.keys() - set(names))]
    seen = [by_name.get(name, Joint(name, 0.0, 0.0, 0)) for name in order]
    geometry = [number for joint in seen for number in ((joint.x, joint.y) if joint.visibility else (0.0, 0.0))]
    return Value("keypoints", geometry, [joint.visibility for joint in seen], order)


def of_points(shape: str, numbers: Sequence[float], rotation: float, *, is_solid: bool = False) -> Value:
    """Read a shape of the JSON, whose numbers stand in one list.

    Parameters
    ----------
    shape : str
        As CVAT names it: rectangle, polygon, polyline, points, ellipse, mask or cuboid.
    numbers : sequence of float
        A mask's are its runs, then left, top, right, bottom of its window, the last two included in it.
    rotation : float
        Degrees clockwise.
    is_solid : bool
        Whether a cuboid stands in a point cloud.

    Raises
    ------
    ValueError
        If the numbers are not those of such a shape; says what was expected.
    """
    reader = _READERS.get(shape)
    if reader is None:
        raise ValueError(f"one of {', '.join(sorted(_READERS))}")
    if len(numbers) > 2 * MAX_POINTS and shape != "mask":
        raise ValueError(f"at most {MAX_POINTS} points")
    if shape == "cuboid" and (is_solid or (len(numbers) == 16 and not any(numbers[9:]))):
        return _solid(numbers)
    return reader(numbers, rotation)


def _outline(shape: str, least: int) -> Callable[[Sequence[float], float], Value]:
    def read(numbers: Sequence[float], rotation: float) -> Value:
        del rotation  # CVAT rotates rectangles and ellipses only
        _check_pairs(numbers, least, shape)
        return Value(shape, numbers)

    return read


def _ellipse(numbers: Sequence[float], rotation: float) -> Value:
    if len(numbers) != 4:
        raise ValueError("four coordinates of an ellipse")
    x, y, right, top = numbers
    return ellipse(x, y, right - x, y - top, rotation)


def _mask(numbers: Sequence[float], rotation: float) -> Value:
    del rotation
    if len(numbers) < 5 or not all(float(number).is_integer() for number in numbers):
        raise ValueError("whole numbers: runs, then left, top, right, bottom of a mask")
    *runs, left, top, right, bottom = map(int, numbers)
    return mask(runs, left, top, right - left + 1, bottom - top + 1)


def _solid(numbers: Sequence[float]) -> Value:
    """Read position, rotation about x, y and z, and size of a cuboid in a point cloud; zeros follow."""
    if len(numbers) < 9:
        raise ValueError("position, rotation and size of a cuboid")
    if numbers[3] or numbers[4]:
        raise ValueError("a cuboid that is turned about the vertical axis only")
    return Value("cuboid", (*numbers[:3], *numbers[6:9], numbers[5]))


def _check_pairs(numbers: Sequence[float], least: int, shape: str) -> None:
    if len(numbers) % 2 or len(numbers) < 2 * least:
        raise ValueError(f"x and y of at least {least} points of a shape '{shape}'")


_READERS: dict[str, Callable[[Sequence[float], float], Value]] = {
    "rectangle": rectangle,
    "polygon": _outline("polygon", 3),
    "polyline": _outline("polyline", 2),
    "points": lambda numbers, _: points(numbers),
    "ellipse": _ellipse,
    "mask": _mask,
    "cuboid": lambda numbers, _: cuboid(numbers),
}
