"""From the marks of Zooniverse's drawing tools to the values of labelqa.

The export does not always name the tool of a mark; its fields do. Boxes that can be turned are turned about their
centre, clockwise as seen on the screen; ellipses the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from labelqa.formats import outlines


class Value(NamedTuple):
    """The value of a mark in the columns of an annotation."""

    kind: str
    geometry: Sequence[float]


def shape_of(mark: dict[str, Any]) -> Value | None:
    """Give the shape of a mark; None if the tool is not known. Lines drawn by hand are for `path_of`.

    Raises
    ------
    ValueError
        If a coordinate is missing or no number.
    """
    tool = mark.get("toolType")
    if tool in ("bezier", "triangle", "fan", "freehandSegmentLine", "freehandSegmentShape"):
        return None
    if "points" in mark:
        return _polygon(mark["points"])
    if {"x1", "y1", "x2", "y2"} <= mark.keys():
        return Value("polyline", _numbers(mark, "x1", "y1", "x2", "y2"))
    if {"x_center", "y_center", "width", "height"} <= mark.keys():
        x, y, width, height = _numbers(mark, "x_center", "y_center", "width", "height")
        return Value("rotated_bbox", (x, y, width, height, _number(mark.get("angle") or 0, "angle")))
    if {"x", "y", "width", "height"} <= mark.keys():
        x, y, width, height = _numbers(mark, "x", "y", "width", "height")
        if "angle" not in mark:
            return Value("bbox", (min(x, x + width), min(y, y + height), max(x, x + width), max(y, y + height)))
        angle = _number(mark["angle"] or 0, "angle")
        return Value("rotated_bbox", (x + width / 2, y + height / 2, abs(width), abs(height), angle))
    if {"x", "y", "rx", "ry"} <= mark.keys():
        x, y, across, along = _numbers(mark, "x", "y", "rx", "ry")
        angle = -_number(mark.get("angle") or 0, "angle")
        return Value("polygon", outlines.ellipse(x, y, 2 * across, 2 * along, angle))
    if {"x", "y", "r"} <= mark.keys() and "angle" not in mark:
        x, y, radius = _numbers(mark, "x", "y", "r")
        return Value("polygon", outlines.ellipse(x, y, 2 * radius, 2 * radius))
    if {"x", "y"} <= mark.keys() and not {"r", "radius", "width", "height"} & mark.keys():
        return Value("point", _numbers(mark, "x", "y"))
    return None


def is_round(mark: dict[str, Any]) -> bool:
    """Tell whether a mark is a circle or an ellipse."""
    return "points" not in mark and bool({"r", "rx"} & mark.keys())


def path_of(mark: dict[str, Any]) -> list[float] | None:
    """Give x and y of a line drawn by hand, point after point; None if it is none.

    Raises
    ------
    ValueError
        If x and y are not as many, or no numbers.
    """
    if "pathX" not in mark and "pathY" not in mark:
        return None
    across, along = mark.get("pathX"), mark.get("pathY")
    if not isinstance(across, list) or not isinstance(along, list) or len(across) != len(along) or not across:
        raise ValueError("as many numbers in pathX as in pathY")
    return [_number(number, "path") for point in zip(across, along, strict=True) for number in point]


def _polygon(points: Any) -> Value:
    if not isinstance(points, list) or not points:
        raise ValueError("a list of points")
    geometry: list[float] = []
    for point in points:
        if isinstance(point, dict):
            geometry += _numbers(point, "x", "y")
        elif isinstance(point, list) and len(point) == 2:
            geometry += [_number(number, "points") for number in point]
        else:
            raise ValueError("points with x and y")
    is_closed = len(geometry) > 2 and geometry[:2] == geometry[-2:]
    return Value("polygon", geometry[:-2] if is_closed else geometry)


def _numbers(fields: dict[str, Any], *names: str) -> list[float]:
    return [_number(fields.get(name), name) for name in names]


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"a number as {name}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"a finite number as {name}")
    return number
