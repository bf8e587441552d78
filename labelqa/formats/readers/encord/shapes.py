"""From the shapes of Encord, fractions of the picture, to the values of labelqa in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from labelqa.formats import rle
from labelqa.formats.readers.encord.schema import Object, Unit

_VISIBILITY = {"visible": 2, "occluded": 1, "selfOccluded": 1, "invisible": 0}


class Value(NamedTuple):
    """The value of a mark in the columns of an annotation."""

    kind: str
    geometry: Sequence[float]
    parts: Sequence[int] | None = None
    answer: Sequence[str] | None = None


def shape_of(marked: Object, unit: Unit) -> Value | None:
    """Give the value of an object; None if its shape is of a kind that is not known.

    Raises
    ------
    ValueError
        If the shape is damaged, or the size of the picture is needed and not known.
    """
    if marked.cuboid is not None:
        return _cuboid(marked.cuboid)
    if marked.bitmask is not None:
        return _bitmask(marked.bitmask)
    scale = (unit.width, unit.height)
    if marked.bounding_box is not None:
        left, top, width, height = _box(marked.bounding_box, scale)
        right, bottom = left + width, top + height
        return Value("bbox", (min(left, right), min(top, bottom), max(left, right), max(top, bottom)))
    if marked.rotatable_bounding_box is not None:
        left, top, width, height = _box(marked.rotatable_bounding_box, scale)
        angle = _number(_first(marked.rotatable_bounding_box).get("theta") or 0)
        return Value("rotated_bbox", (left + width / 2, top + height / 2, width, height, angle))
    if marked.polygons or marked.polygon is not None:
        return _polygon(_rings(marked.polygons) or [_points(marked.polygon)], scale)
    if marked.polyline is not None:
        return Value("polyline", _pixels(_points(marked.polyline), scale))
    if marked.point is not None:
        return Value("point", _pixels(_points(marked.point)[:1], scale))
    if marked.skeleton is not None:
        return _skeleton(marked.skeleton, scale)
    return None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("numbers as coordinates")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("finite coordinates") from None


def _first(box: Any) -> dict[str, Any]:
    """Give a box; in some exports it stands under "0"."""
    inner = box.get("0", box) if isinstance(box, dict) else box
    if not isinstance(inner, dict):
        raise ValueError("x, y, w and h")
    return inner


def _box(box: Any, scale: tuple[float | None, float | None]) -> tuple[float, float, float, float]:
    fields = _first(box)
    if not {"x", "y", "w", "h"} <= fields.keys():
        raise ValueError("x, y, w and h")
    left, top, width, height = (_number(fields[name]) for name in ("x", "y", "w", "h"))
    x, y = _size(scale)
    return left * x, top * y, width * x, height * y


def _size(scale: tuple[float | None, float | None]) -> tuple[float, float]:
    width, height = scale
    if not width or not height or min(width, height) < 0:
        raise ValueError("a width and height of the data unit (fractions become pixels by them)")
    return width, height


def _ordered(points: Any) -> list[dict[str, Any]]:
    """Give points in order: a list, or an object with their numbers as keys."""
    if isinstance(points, dict) and "x" not in points:
        if not all(name.isdecimal() and len(name) < 10 for name in points):
            raise ValueError("points by number")
        points = [points[name] for name in sorted(points, key=int)]
    points = points if isinstance(points, list) else [points]
    ordered: list[dict[str, Any]] = points
    if not points or not all(isinstance(point, dict) and {"x", "y"} <= point.keys() for point in points):
        raise ValueError("points with x and y")
    if any(point.get("z") is not None for point in points):
        raise ValueError("points of a picture, not in space")
    return ordered


def _points(points: Any) -> list[tuple[float, float]]:
    return [(_number(point["x"]), _number(point["y"])) for point in _ordered(points)]


def _rings(polygons: Any) -> list[list[tuple[float, float]]]:
    """Give the rings of nested polygons: each a list of rings, each a flat list of x and y."""
    rings = []
    for polygon in polygons if isinstance(polygons, list) else []:
        for ring in polygon if isinstance(polygon, list) else [polygon]:
            if isinstance(ring, list) and ring and isinstance(ring[0], dict):
                rings.append(_points(ring))
                continue
            if not isinstance(ring, list) or len(ring) % 2:
                raise ValueError("rings with an x and a y for each corner")
            numbers = [_number(number) for number in ring]
            rings.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return [ring for ring in rings if ring]


def _polygon(rings: list[list[tuple[float, float]]], scale: tuple[float | None, float | None]) -> Value:
    opened = [ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring for ring in rings]
    geometry = [number for ring in opened for number in _pixels(ring, scale)]
    return Value("polygon", geometry, None if len(opened) == 1 else [len(ring) for ring in opened])


def _pixels(points: Sequence[tuple[float, float]], scale: tuple[float | None, float | None]) -> list[float]:
    width, height = _size(scale)
    return [number for x, y in points for number in (x * width, y * height)]


def _skeleton(skeleton: Any, scale: tuple[float | None, float | None]) -> Value:
    """Give the points with their names; one that is outside the picture ("invisible") is not labelled."""
    points = _ordered(skeleton)
    width, height = _size(scale)
    geometry, visibility, names = [], [], []
    for point in points:
        seen = _VISIBILITY.get(str(point.get("visibility") or "visible"), 2)
        x, y = _number(point["x"]) * width, _number(point["y"]) * height
        geometry += [x, y] if seen else [0.0, 0.0]
        visibility.append(seen)
        names.append(point.get("name") or point.get("value"))
    named = [name for name in names if isinstance(name, str)]
    return Value("keypoints", geometry, visibility, named if len(named) == len(names) else None)


def _bitmask(mask: Any) -> Value:
    if not isinstance(mask, dict) or not isinstance(mask.get("rleString"), str):
        raise ValueError("a rleString")
    sides = [_number(mask.get(name, 0)) for name in ("width", "height", "left", "top")]
    if not all(math.isfinite(side) and side == int(side) for side in sides):
        raise ValueError("whole numbers of pixels")
    width, height, left, top = map(int, sides)
    return Value("mask", *rle.from_compressed_rows(mask["rleString"], width, height, left, top))


def _cuboid(cuboid: Any) -> Value:
    """Give a cuboid upright on its plane; angles about the other axes have no place in the kind."""
    fields = [cuboid.get(name) for name in ("position", "size", "orientation")] if isinstance(cuboid, dict) else []
    if not fields or not all(isinstance(field, list) and len(field) == 3 for field in fields):
        raise ValueError("a position, size and orientation")
    (x, y, z), (length, width, height), (roll, pitch, yaw) = ([_number(one) for one in field or ()] for field in fields)
    if abs(roll) > 1e-6 or abs(pitch) > 1e-6:
        raise ValueError("a cuboid that turns about the upright axis only")
    return Value("cuboid", (x, y, z, length, width, height, yaw))
