"""What each tool of Labelbox draws, in the layouts of our kinds: one function a tool, all of them in `TOOLS`.

The ends of a text entity are included in it (documented by the vendor's own examples), those of a `span` are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import msgspec

from labelqa.formats.ids import Id, id_text
from labelqa.formats.readers.labelbox import geojson
from labelqa.formats.readers.labelbox.masks import find_mask
from labelqa.formats.readers.labelbox.pages import in_page_units, selected
from labelqa.formats.readers.labelbox.scene import Mark, Scene
from labelqa.formats.readers.labelbox.schema import Object, Struct

MAX_CHARACTERS = 10_000_000
"""Longest text, as coordinates are limited."""

T = TypeVar("T")


class _Point(Struct):
    x: float
    y: float


class _Location(Struct):
    start: int
    end: int


class _InMessage(Struct):
    message_id: Id
    location: _Location


class _Message(Struct):
    message_id: Id
    parent_message_id: Id = None
    order: int | None = None


class _Messages(Struct):
    messages: list[_Message]
    parent_message_id: Id = None


class _Ranked(Struct):
    ranked_messages: list[_Message]
    parent_message_id: Id = None


_point = msgspec.json.Decoder(_Point)
_points = msgspec.json.Decoder(list[_Point])
_location = msgspec.json.Decoder(_Location)
_in_message = msgspec.json.Decoder(_InMessage)
_message = msgspec.json.Decoder(_Message)
_messages = msgspec.json.Decoder(_Messages)
_ranked = msgspec.json.Decoder(_Ranked)


def bounding_box(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read a box; on a page, in the unit of the page; on a map, around its corners."""
    box = mark.bounding_box
    if box is None:
        raise ValueError("a bounding_box")
    if bytes(box.coordinates) != b"null":
        yield Mark("bbox", geojson.bounds(box.coordinates))
        scene.note_map()
        return
    if box.left is None or box.top is None or box.width is None or box.height is None:
        raise ValueError("a bounding_box with left, top, width and height")
    if box.width < 0 or box.height < 0:
        scene.note_drawn_backwards(box.width, box.height)
    sides = (box.left, box.top, box.left + box.width, box.top + box.height)
    if mark.page_number is not None or mark.unit is not None:
        sides = in_page_units(sides, mark, scene)
    left, top, right, bottom = sides
    ordered = (min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    yield Mark("bbox", ordered, place=id_text(mark.page_number))


def polygon(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read an outline; the first corner that is repeated at the end is dropped."""
    if geojson.is_shape(mark.polygon):
        geometry, parts = geojson.rings(mark.polygon)
        scene.note_map()
        yield Mark("polygon", geometry, parts)
        return
    corners = _some_points(mark.polygon, "polygon")
    if len(corners) > 2 and corners[:2] == corners[-2:]:
        del corners[-2:]
    yield Mark("polygon", corners, place=id_text(mark.page_number))


def line(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read a line of several points."""
    if geojson.is_shape(mark.line):
        geometry, parts = geojson.lines(mark.line)
        scene.note_map()
        yield Mark("polyline", geometry, parts)
        return
    yield Mark("polyline", _some_points(mark.line, "line"), place=id_text(mark.page_number))


def point(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read one point."""
    if geojson.is_shape(mark.point):
        yield Mark("point", geojson.position(mark.point))
        scene.note_map()
        return
    at = _decoded(_point, mark.point, "a point with x and y")
    yield Mark("point", (at.x, at.y), place=id_text(mark.page_number))


def mask(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read a mask from the picture that was given for it; the export has its URL only."""
    geometry, parts = find_mask(mark, scene)
    yield Mark("mask", geometry, parts, place=id_text(mark.page_number))


def text_entity(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read some characters of a text."""
    del scene
    yield Mark("span", _span(_decoded(_location, mark.location, "a location with start and end")))


def entity_in_message(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read some characters of a message of a conversation."""
    del scene
    expected = "a conversational_location with message_id and location"
    found = _decoded(_in_message, mark.conversational_location, expected)
    yield Mark("span", _span(found.location), place=id_text(found.message_id))


def entity_of_tokens(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read some words of a document, which are given by ids: a span for each run of them on a page."""
    if b'"groups"' not in bytes(mark.location):
        yield from text_entity(mark, scene)
        return
    for page, start, end in selected(mark.location, scene):
        yield Mark("span", (start, end), place=page)
    scene.note_tokens()


def one_message(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read which answer of a model is the best; the place is the message that they answer."""
    del scene
    found = _decoded(_message, mark.selected_message, "a selected_message with message_id")
    yield Mark("choice", answer=_ids([found]), place=id_text(found.parent_message_id))


def several_messages(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read which answers of models are good."""
    del scene
    found = _decoded(_messages, mark.selected_messages, "selected_messages with a list of messages")
    yield Mark("checklist", answer=sorted(set(_ids(found.messages))), place=id_text(found.parent_message_id))


def ranked_messages(mark: Object, scene: Scene) -> Iterator[Mark]:
    """Read an order of the answers of models."""
    del scene
    found = _decoded(_ranked, mark.ranked_messages, "ranked_messages with a list of messages and their order")
    orders = [one.order for one in found.ranked_messages]
    if None in orders or len(set(orders)) < len(orders):
        raise ValueError("an order of its own for each of the ranked_messages")
    best_first = sorted(found.ranked_messages, key=lambda one: one.order or 0)
    yield Mark("ranking", answer=_ids(best_first), place=id_text(found.parent_message_id))


class Tool(NamedTuple):
    """How marks of a tool are read, and the field that holds what it drew."""

    read: Callable[[Object, Scene], Iterator[Mark]]
    field: str


TOOLS = {
    "BoundingBox": Tool(bounding_box, "bounding_box"),
    "Polygon": Tool(polygon, "polygon"),
    "Polyline": Tool(line, "line"),
    "Line": Tool(line, "line"),
    "Point": Tool(point, "point"),
    "SegmentationMask": Tool(mask, "mask"),
    "Mask": Tool(mask, "composite_mask"),
    "ConversationalTextEntity": Tool(entity_in_message, "conversational_location"),
    "TextEntity": Tool(text_entity, "location"),
    "EntityToken": Tool(entity_of_tokens, "location"),
    "MessageSingleSelection": Tool(one_message, "selected_message"),
    "MessageMultiSelection": Tool(several_messages, "selected_messages"),
    "MessageRanking": Tool(ranked_messages, "ranked_messages"),
}
"""Tools by the end of `annotation_kind`, which begins with the media: ImagePolygon, VideoPolygon ..."""


def tool_of(mark: Object) -> Tool | None:
    """Find the tool that made a mark: by its kind, else by what it holds; None if there is no such tool."""
    if mark.annotation_kind:
        return _by_kind(mark.annotation_kind)
    if mark.bounding_box is not None:
        return TOOLS["BoundingBox"]
    return next((tool for tool in TOOLS.values() if bytes(getattr(mark, tool.field) or b"null") != b"null"), None)


@lru_cache(maxsize=256)
def _by_kind(kind: str) -> Tool | None:
    return next((tool for end, tool in TOOLS.items() if kind.endswith(end)), None)


def _decoded(decoder: msgspec.json.Decoder[T], text: msgspec.Raw, expected: str) -> T:
    try:
        return decoder.decode(text)
    except (ValueError, RecursionError):
        raise ValueError(expected) from None


def _some_points(text: msgspec.Raw, field: str) -> list[float]:
    points = _decoded(_points, text, f"a {field} as a list of points with x and y")
    if not points:
        raise ValueError(f"a {field} of at least one point")
    return [number for point in points for number in (point.x, point.y)]


def _span(location: _Location) -> tuple[float, float]:
    if not 0 <= location.start <= location.end < MAX_CHARACTERS:
        raise ValueError(f"a location with 0 <= start <= end < {MAX_CHARACTERS}")
    return float(location.start), float(location.end + 1)


def _ids(messages: Sequence[Any]) -> list[str]:
    ids = [id_text(one.message_id) for one in messages]
    if None in ids:
        raise ValueError("a message_id of each message")
    return [one for one in ids if one is not None]
