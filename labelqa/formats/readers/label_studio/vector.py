"""Vectors: vertices that name the one before them, with curves between; closed ones are polygons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labelqa.formats.readers.label_studio.region import Mark, Region
from labelqa.formats.readers.label_studio.values import UnreadableError, numbers

PIECES = 16
"""Straight pieces that a curve between two vertices is read as."""

_Vertex = Mapping[str, Any]
_Point = tuple[float, float]


def vector(region: Region) -> list[Mark]:
    """Read a vector: a polygon if it is closed, else one line or, where it forks, several."""
    vertices = region.value.get("vertices")
    if not isinstance(vertices, list) or not all(isinstance(vertex, dict) for vertex in vertices):
        raise UnreadableError("vertices")
    is_closed = region.value.get("closed") is True
    lines = [vertices] if is_closed else _lines(vertices)
    drawn = [_drawn(line, region, is_closed=is_closed) for line in lines]
    least, what = (3, "a polygon") if is_closed else (2, "a line")
    if not drawn or any(len(line) < least for line in drawn):
        raise UnreadableError(f"{least} vertices or more of {what}")
    geometry = [number for line in drawn for point in line for number in region.point(*point)]
    parts = [len(line) for line in drawn] if len(drawn) > 1 else None
    return [Mark("polygon" if is_closed else "polyline", geometry, parts)]


def _lines(vertices: Sequence[_Vertex]) -> list[list[_Vertex]]:
    """Follow the vertices from each to the one that names it; a fork begins a line of its own."""
    named = {vertex.get("id"): vertex for vertex in vertices if isinstance(vertex.get("id"), str | int)}
    if not any(isinstance(vertex.get("prevPointId"), str | int) for vertex in vertices):
        return [list(vertices)] if vertices else []
    lines: list[list[_Vertex]] = []
    ending: dict[int, list[_Vertex]] = {}
    for vertex in vertices:
        before = vertex.get("prevPointId")
        origin = named.get(before) if isinstance(before, str | int) else None
        line = None if origin is None else ending.pop(id(origin), None)
        if line is None:
            line = [] if origin is None else [origin]
            lines.append(line)
        line.append(vertex)
        ending[id(vertex)] = line
    return lines


def _drawn(line: Sequence[_Vertex], region: Region, *, is_closed: bool) -> list[_Point]:
    """Give the points of a line in percent, curves in pieces."""
    points = [_at(vertex) for vertex in line]
    drawn = points[:1]
    last = len(line) if is_closed and len(line) > 1 else len(line) - 1
    for place in range(last):
        there = (place + 1) % len(line)
        leaving, coming = line[place].get("controlPoint2"), line[there].get("controlPoint1")
        if isinstance(leaving, dict) or isinstance(coming, dict):
            region.tell("note", f"a curve is read as {PIECES} straight pieces", None, None)
            start, end = points[place], points[there]
            first = _at(leaving) if isinstance(leaving, dict) else start
            second = _at(coming) if isinstance(coming, dict) else end
            drawn += [_curve(start, first, second, end, step / PIECES) for step in range(1, PIECES)]
        if there:
            drawn.append(points[there])
    return drawn


def _at(vertex: _Vertex) -> _Point:
    x, y = numbers(vertex, "x", "y")
    return x, y


def _curve(start: _Point, first: _Point, second: _Point, end: _Point, at: float) -> _Point:
    """Give the point of a cubic Bezier curve at a share of its way."""
    rest = 1 - at
    weights = (rest**3, 3 * rest * rest * at, 3 * rest * at * at, at**3)
    x, y = (
        sum(weight * point[axis] for weight, point in zip(weights, (start, first, second, end), strict=True))
        for axis in (0, 1)
    )
    return x, y
