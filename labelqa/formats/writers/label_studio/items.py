"""Annotations as items of a Label Studio result, one kind a function."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from labelqa.formats.losses import Losses
from labelqa.formats.writer import NO_PLACE
from labelqa.formats.writers._brush import packed
from labelqa.formats.writers._walk import Row, WalkedLabel

Item = dict[str, Any]


class _NotCarriedError(Exception):
    """There is no way to write this one; says why."""


def items_of(label: WalkedLabel, asset: Row, losses: Losses) -> list[Item]:
    """Write the annotations of a label; those that cannot be are counted."""
    items: list[Item] = []
    for mark in label.top:
        item = _item(mark, asset, losses)
        if item is None:
            continue
        items.append(item)
        for answer in label.nested.get(mark["annotation_id"], ()):
            below = None if mark["kind"] in _ANSWERS else _item(answer, asset, losses)
            if below is None:
                losses.add("answer about an answer", 1, NO_PLACE)
                continue
            items.append({**below, "id": mark["annotation_id"]})
            for deeper in label.nested.get(answer["annotation_id"], ()):
                losses.add("answer about an answer", 1 if deeper else 0, NO_PLACE)
    return items


def _item(mark: Row, asset: Row, losses: Losses) -> Item | None:
    kind = mark["kind"]
    try:
        if mark["place"] is not None:
            raise _NotCarriedError("one on a frame, page or paragraph is not written")
        if kind == "relation":
            start, end = mark["answer"]
            direction = "bi" if (mark["parts"] or [0])[0] else "right"
            return {
                "type": "relation",
                "from_id": start,
                "to_id": end,
                "direction": direction,
                "labels": [mark["class"]],
            }
        item: Item = {"id": mark["annotation_id"]}
        if mark["score"] is not None:
            item["score"] = mark["score"]
        if kind in _ANSWERS:
            tag, value = _ANSWERS[kind](mark)
            return {**item, "type": tag, "from_name": mark["class"], "to_name": "data", "value": value}
        if kind in _STRETCHES:
            tag, value = _STRETCHES[kind](mark)
        elif kind in _SHAPES:
            width, height = asset["width"], asset["height"]
            if width is None or height is None:
                raise _NotCarriedError("shapes are in percent, and the size of the asset is unknown")
            tag, value = _SHAPES[kind](mark, width, height)
            item |= {"original_width": width, "original_height": height, "image_rotation": 0}
        else:
            raise _NotCarriedError(NO_PLACE)
    except _NotCarriedError as reason:
        losses.add(kind, 1, str(reason))
        return None
    value["labels" if tag == "videorectangle" else tag] = [mark["class"]]
    return {**item, "type": tag, "from_name": kind, "to_name": "data", "value": value}


# --- shapes ------------------------------------------------------------------------------------------------------------


def _bbox(mark: Row, width: float, height: float) -> tuple[str, Item]:
    return "rectanglelabels", {**_box(mark["geometry"], width, height), "rotation": 0}


def _rotated_bbox(mark: Row, width: float, height: float) -> tuple[str, Item]:
    """Give the top left corner, about which Label Studio turns."""
    x, y, across, down, degrees = mark["geometry"]
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    left, top = x - (across * cos - down * sin) / 2, y - (across * sin + down * cos) / 2
    return "rectanglelabels", {**_box([left, top, left + across, top + down], width, height), "rotation": degrees}


def _polygon(mark: Row, width: float, height: float) -> tuple[str, Item]:
    return "polygonlabels", {"points": _points(mark, width, height), "closed": True}


def _polyline(mark: Row, width: float, height: float) -> tuple[str, Item]:
    return "polygonlabels", {"points": _points(mark, width, height), "closed": False}


def _point(mark: Row, width: float, height: float) -> tuple[str, Item]:
    x, y = mark["geometry"]
    return "keypointlabels", {"x": 100 * x / width, "y": 100 * y / height, "width": 0.5}


def _mask(mark: Row, width: int, height: int) -> tuple[str, Item]:
    left, top, right, bottom = mark["geometry"]
    if left < 0 or top < 0 or right > width or bottom > height:
        raise _NotCarriedError("a brush cannot leave the frame")
    return "brushlabels", {"format": "rle", "rle": packed(mark["geometry"], mark["parts"], width, height)}


def _track(mark: Row, width: float, height: float) -> tuple[str, Item]:
    """Make every frame a key frame, disabled where the next frame is missing."""
    frames, sides = mark["parts"], mark["geometry"]
    is_last = [after != frame + 1 for frame, after in pairwise(frames)] + [True]
    sequence = [
        {"frame": frame, **_box(sides[4 * k : 4 * k + 4], width, height), "rotation": 0, "enabled": not is_last[k]}
        for k, frame in enumerate(frames)
    ]
    return "videorectangle", {"sequence": sequence, "framesCount": frames[-1]}


def _box(sides: list[float], width: float, height: float) -> Item:
    left, top, right, bottom = sides
    return {
        "x": 100 * left / width,
        "y": 100 * top / height,
        "width": 100 * (right - left) / width,
        "height": 100 * (bottom - top) / height,
    }


def _points(mark: Row, width: float, height: float) -> list[list[float]]:
    if len(mark["parts"] or [0]) > 1:
        raise _NotCarriedError("it has several rings or lines; Label Studio's has one")
    numbers = mark["geometry"]
    return [[100 * x / width, 100 * y / height] for x, y in zip(numbers[::2], numbers[1::2], strict=True)]


# --- stretches and answers ---------------------------------------------------------------------------------------------


def _span(mark: Row) -> tuple[str, Item]:
    start, end = mark["geometry"]
    return "labels", {"start": int(start), "end": int(end)}


def _interval(mark: Row) -> tuple[str, Item]:
    start, end = mark["geometry"]
    return "labels", {"start": start, "end": end, "channel": 0}


def _choices(mark: Row) -> tuple[str, Item]:
    return "choices", {"choices": mark["answer"]}


def _taxonomy(mark: Row) -> tuple[str, Item]:
    return "taxonomy", {"taxonomy": [path.split("\x1f") for path in mark["answer"]]}


def _text(mark: Row) -> tuple[str, Item]:
    return "textarea", {"text": list(_lines(mark["answer"]))}


def _lines(answer: list[str]) -> Iterator[str]:
    for text in answer:
        yield from text.split("\n")


def _number(tag: str) -> Callable[[Row], tuple[str, Item]]:
    return lambda mark: (tag, {tag: mark["geometry"][0]})


def _ranking(mark: Row) -> tuple[str, Item]:
    return "ranker", {"ranker": mark["answer"]}


_SHAPES: Mapping[str, Callable[[Row, Any, Any], tuple[str, Item]]] = {
    "bbox": _bbox,
    "mask": _mask,
    "point": _point,
    "polygon": _polygon,
    "polyline": _polyline,
    "rotated_bbox": _rotated_bbox,
    "track": _track,
}
_STRETCHES: Mapping[str, Callable[[Row], tuple[str, Item]]] = {"interval": _interval, "span": _span}
_ANSWERS: Mapping[str, Callable[[Row], tuple[str, Item]]] = {
    "checklist": _choices,
    "choice": _choices,
    "number": _number("number"),
    "ranking": _ranking,
    "rating": _number("rating"),
    "taxonomy": _taxonomy,
    "text": _text,
}
