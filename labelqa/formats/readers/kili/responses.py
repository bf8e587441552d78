"""What a Kili label answers: jobs, and the shapes and spans in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from labelqa.formats.outlines import rotated_box
from labelqa.formats.whole import Whole


class Category(msgspec.Struct):
    """A category, and how sure a model is of it in percent."""

    name: str
    confidence: float | None = None


class Vertex(msgspec.Struct):
    """A point, in fractions of the frame or in pixels."""

    x: float
    y: float


class Ring(msgspec.Struct):
    """A ring of an outline; pages of a document hold a list of lists."""

    fractions: list[Vertex | list[Vertex]] = msgspec.field(name="normalizedVertices", default=[])
    pixels: list[Vertex | list[Vertex]] | None = msgspec.field(name="vertices", default=None)


class Mid(msgspec.Struct):
    """A reference to another annotation."""

    mid: str


class PosePoint(msgspec.Struct):
    """A point of a pose."""

    point: Vertex
    code: str | int | None = None
    pixels: Vertex | None = msgspec.field(name="pointPixels", default=None)


class Page(msgspec.Struct):
    """The part of an annotation that lies on a page."""

    rings: list[Ring] = msgspec.field(name="boundingPoly", default=[])
    polys: list[Ring] = []
    pages: list[int] = msgspec.field(name="pageNumberArray", default=[])


class Annotation(msgspec.Struct):
    """An object, a span of text or a relation."""

    categories: list[Category] = []
    mid: str | None = None
    kind: str | None = msgspec.field(name="type", default=None)
    rings: list[Ring] | None = msgspec.field(name="boundingPoly", default=None)
    point: Vertex | None = None
    line: list[Vertex] | None = msgspec.field(name="polyline", default=None)
    points: list[PosePoint] | None = None
    begin: Whole | None = msgspec.field(name="beginOffset", default=None)
    end: Whole | None = msgspec.field(name="endOffset", default=None)
    content: str | None = None
    starts: list[Mid] | None = msgspec.field(name="startEntities", default=None)
    ends: list[Mid] | None = msgspec.field(name="endEntities", default=None)
    on_pages: list[Page] | None = msgspec.field(name="annotations", default=None)
    children: dict[str, Any] | None = None


class Job(msgspec.Struct):
    """The answer to a job: categories, a text, or annotations."""

    categories: list[Category] | None = None
    text: str | int | float | None = None
    annotations: list[msgspec.Raw] | None = None


class Child(msgspec.Struct):
    """An answer that is asked of an object."""

    categories: list[Category] | None = None
    text: str | int | float | None = None
    annotations: list[Any] | None = None


ANNOTATION = msgspec.json.Decoder(Annotation)
JOB = msgspec.json.Decoder(Job)
JOBS = msgspec.json.Decoder(dict[str, msgspec.Raw])

Size = tuple[float, float]
Value = tuple[str, list[float], list[int] | None, list[str] | None]


def placed(vertices: Sequence[Vertex], size: Size | None) -> list[float]:
    """Give the coordinates of fractions in pixels; they stay fractions where the size is not known."""
    width, height = size or (1.0, 1.0)
    return [side for vertex in vertices for side in (vertex.x * width, vertex.y * height)]


def rings_of(rings: Sequence[Ring], size: Size | None) -> list[list[float]]:
    """Give the rings of an outline; pixels, where they are told, are taken as they stand."""
    found: list[list[float]] = []
    for ring in rings:
        vertices, scale = (ring.pixels, (1.0, 1.0)) if ring.pixels else (ring.fractions, size)
        inner = [part for part in vertices if isinstance(part, list)]
        found += [placed(part, scale) for part in inner]
        found.append(placed([one for one in vertices if isinstance(one, Vertex)], scale))
    return [ring for ring in found if ring]


def shape(kind: str | None, annotation: Annotation, size: Size | None) -> Value | None:
    """Give kind, geometry, parts and names of an annotation; None if it is of a kind that is not read.

    Raises
    ------
    ValueError
        If the numbers that it needs are missing.
    """
    if kind in ("rectangle", "polygon", "semantic"):
        return outline(kind, rings_of(annotation.rings or (), size), size)
    if kind in ("polyline", "vector"):
        line = placed(annotation.line, size) if annotation.line else None
        lines = [line] if line else rings_of(annotation.rings or (), size)
        _check(lines)
        parts = [len(one) // 2 for one in lines]
        return "polyline", _joined(lines), parts if len(parts) > 1 else None, None
    if kind == "marker":
        if annotation.point is None:
            raise ValueError("a point")
        return "point", placed([annotation.point], size), None, None
    if kind == "pose":
        points = annotation.points or []
        _check(points)
        names = [str(one.code if one.code is not None else place) for place, one in enumerate(points)]
        return "keypoints", placed([one.point for one in points], size), [2] * len(points), names
    return None


def outline(kind: str, rings: list[list[float]], size: Size | None) -> Value:
    """Give a box, a box turned, or an outline with holes and parts."""
    _check(rings)
    if kind == "rectangle":
        x, y = rings[0][0::2], rings[0][1::2]
        if all(len({round(side, 9) for side in axis}) <= 2 for axis in (x, y)):
            return "bbox", [min(x), min(y), max(x), max(y)], None, None
        box = rotated_box(rings[0]) if size is not None else None
        if box is not None:
            return "rotated_bbox", box, None, None
    parts = [len(ring) // 2 for ring in rings]
    return "polygon", _joined(rings), parts if len(parts) > 1 else None, None


def _joined(rings: Sequence[list[float]]) -> list[float]:
    return [side for ring in rings for side in ring]


def _check(found: Sequence[object]) -> None:
    if not found:
        raise ValueError("vertices")
