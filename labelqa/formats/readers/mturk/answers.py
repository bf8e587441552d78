"""What a worker answered: plain fields, and what the crowd elements of a form give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from labelqa.formats.whole import Whole

_DEPTH = 20
_TRUTH = {"true": True, "false": False}
_SHAPES = {"boundingBoxes": "bbox", "polygons": "polygon", "polylines": "polyline", "keypoints": "point"}
_UNREAD = ("labeledImage", "instances")
_SIZE = ("inputImageProperties",)


class Answer(NamedTuple):
    """A field of a form and what stands in it.

    `sort` is plain (one text), truths (names and whether they are ticked), choice, checklist, shapes, spans, size, or
    unread.
    """

    question: str
    sort: str
    value: Any


class Shape(NamedTuple):
    """A shape that was drawn."""

    kind: str
    cls: str
    geometry: list[float]


class _Box(msgspec.Struct):
    left: float
    top: float
    width: float
    height: float
    label: str | int | float = ""


class _Vertex(msgspec.Struct):
    x: float
    y: float


class _Outline(msgspec.Struct):
    vertices: list[_Vertex]
    label: str | int | float = ""


class _Point(msgspec.Struct):
    x: float
    y: float
    label: str | int | float = ""


class _Entity(msgspec.Struct):
    start: Whole = msgspec.field(name="startOffset")
    end: Whole = msgspec.field(name="endOffset")
    label: str = ""


def nested(cells: Mapping[str, str]) -> dict[str, Any]:
    """Put the cells of a row, by the names of their columns without `Answer.`, together again as a form.

    Examples
    --------
    >>> nested({"q": "yes", "mood.good": "true", "mood.bad": "false", "taskAnswers": '[{"a": 1}]'})
    {'q': 'yes', 'mood': {'good': 'true', 'bad': 'false'}, 'a': 1}
    """
    form: dict[str, Any] = {}
    for name, cell in cells.items():
        value = _value(cell)
        if name == "taskAnswers" and isinstance(value, list) and all(isinstance(one, dict) for one in value):
            for one in value:
                form.update(one)
            continue
        inner = form
        *path, last = name.split(".")[:_DEPTH]
        for key in path:
            if not isinstance(inner.setdefault(key, {}), dict):
                inner[key] = {"": inner[key]}
            inner = inner[key]
        inner[last] = value
    return form


def answers_in(form: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[Answer]:
    """Give the answers in a form, part by part."""
    for key, value in form.items():
        name = f"{prefix}.{key}".strip(".")
        if isinstance(value, dict):
            if depth > _DEPTH:
                yield Answer(name, "unread", value)
            else:
                yield from _in_object(name, value, depth)
        elif isinstance(value, list):
            yield _in_list(name, key, value)
        elif isinstance(value, bool):
            yield Answer(name, "truths", {"on": value})
        elif key in _UNREAD:
            yield Answer(name, "unread", value)
        elif value is not None and str(value).strip():
            yield Answer(name, "plain", str(value).strip())


def _in_object(name: str, value: dict[str, Any], depth: int) -> Iterator[Answer]:
    keys = value.keys()
    if keys and keys <= {"width", "height"} | set(_SIZE):
        yield Answer(name, "size", value)
    elif keys == {"label"} and isinstance(value["label"], str | int | float):
        yield Answer(name, "choice", [str(value["label"])])
    elif keys == {"labels"} and isinstance(value["labels"], list):
        yield Answer(name, "checklist", [str(one) for one in value["labels"]])
    elif keys and all(_truth(one) is not None for one in value.values()):
        yield Answer(name, "truths", {key: bool(_truth(one)) for key, one in value.items()})
    elif keys & set(_UNREAD):
        yield Answer(name, "unread", value)
    else:
        yield from answers_in(value, name, depth + 1)


def _in_list(name: str, key: str, value: list[Any]) -> Answer:
    if key in _SHAPES or (
        value and all(isinstance(one, dict) and one.keys() >= {"left", "top", "width"} for one in value)
    ):
        return Answer(name, "shapes", (_SHAPES.get(key, "bbox"), value))
    if key == "entities":
        return Answer(name, "spans", value)
    if all(isinstance(one, str | int | float) for one in value):
        return Answer(name, "checklist", [str(one) for one in value])
    return Answer(name, "unread", value)


def shape(kind: str, value: object) -> Shape:
    """Read a shape; raises `msgspec.ValidationError` if it is none."""
    if kind == "bbox":
        box = msgspec.convert(value, _Box)
        x, y = sorted((box.left, box.left + box.width)), sorted((box.top, box.top + box.height))
        return Shape("bbox", str(box.label), [x[0], y[0], x[1], y[1]])
    if kind == "point":
        point = msgspec.convert(value, _Point)
        return Shape("point", str(point.label), [point.x, point.y])
    outline = msgspec.convert(value, _Outline)
    if not outline.vertices:
        raise msgspec.ValidationError("at least one vertex")
    return Shape(kind, str(outline.label), [side for vertex in outline.vertices for side in (vertex.x, vertex.y)])


def span(value: object) -> Shape:
    """Read an entity; raises `msgspec.ValidationError` if it is none."""
    entity = msgspec.convert(value, _Entity)
    return Shape("span", entity.label, [float(entity.start), float(entity.end)])


def size(value: Mapping[str, Any]) -> Sequence[float | None]:
    """Give width and height of the image that was shown; None where they are no numbers."""
    inner = value.get("inputImageProperties", value)
    sides = [inner.get(side) if isinstance(inner, dict) else None for side in ("width", "height")]
    return [_number(side) for side in sides]


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return _TRUTH.get(value.strip().lower()) if isinstance(value, str) else None


def _value(cell: str) -> Any:
    """Read a cell that may hold JSON."""
    text = cell.strip()
    if text[:1] not in ("[", "{"):
        return cell
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return cell
