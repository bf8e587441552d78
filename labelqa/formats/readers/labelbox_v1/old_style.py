"""Labels of 2018 and before: an object whose members are classes with their shapes, and questions with their answers.

`{"Car": [{"geometry": [{"x": 1, "y": 2}, ...]}], "weather": "rain", "segmentationMasksByName": {"Road": URL}}`. Boxes and
lines were exported as lists of corners like polygons, and cannot be told from them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from labelqa.formats.readers.labelbox import schema as v2

_MASKS = ("segmentationMasksByName", "Masks")
_WKT = ("POLYGON", "MULTIPOLYGON", "POINT", "MULTIPOINT", "LINESTRING", "MULTILINESTRING", "GEOMETRYCOLLECTION")


class Old(NamedTuple):
    """What such a label holds, as v2 has it, and what of it is not read."""

    objects: list[v2.Object]
    classifications: list[v2.Classification]
    unread: list[str]


def is_old(label: dict[str, Any]) -> bool:
    """Tell such a label from one with lists of objects and classifications."""
    return not any(key in label for key in ("objects", "classifications", "relationships", "frames"))


def taken_apart(label: dict[str, Any], masks: Any) -> Old:
    """Take such a label apart.

    Parameters
    ----------
    label : dict
        The label.
    masks : dict or None
        The member `Masks` that some records have beside it: URLs by class.
    """
    found = Old([], [], [])
    for name, value in label.items():
        if name in _MASKS and isinstance(value, dict):
            _add_masks(value, found)
        elif isinstance(value, str):
            _add_answer(name, value, found)
        elif isinstance(value, list):
            _add_list(name, value, found)
        else:
            found.unread.append(f"member of a label that is {_sort(value)}")
    if isinstance(masks, dict):
        _add_masks(masks, found)
    elif masks is not None:
        found.unread.append("masks that are no object")
    return found


def _add_masks(masks: dict[str, Any], found: Old) -> None:
    for name, url in masks.items():
        if isinstance(url, str):
            mask = msgspec.Raw(msgspec.json.encode({"url": url}))
            found.objects.append(v2.Object(name=name, annotation_kind="SegmentationMask", mask=mask))
        else:
            found.unread.append("mask without a URL")


def _add_answer(name: str, value: str, found: Old) -> None:
    if value.lstrip().upper().startswith(_WKT) and "(" in value:
        found.unread.append("shape as WKT")
    elif value.startswith(("https://", "http://")):
        found.unread.append("member of a label that is a URL")
    else:
        found.classifications.append(v2.Classification(name=name, radio_answer=v2.Answer(name=value)))


def _add_list(name: str, values: list[Any], found: Old) -> None:
    if all(isinstance(value, str) for value in values):
        answers = [v2.Answer(name=value) for value in values]
        found.classifications.append(v2.Classification(name=name, checklist_answers=answers))
        return
    for value in values:
        shape = value.get("geometry") if isinstance(value, dict) else value
        text = msgspec.Raw(msgspec.json.encode(shape))
        if isinstance(shape, list):
            found.objects.append(v2.Object(name=name, annotation_kind="Polygon", polygon=text))
        elif isinstance(shape, dict):
            found.objects.append(v2.Object(name=name, annotation_kind="Point", point=text))
        else:
            found.unread.append(f"shape that is {_sort(shape)}")
        if isinstance(value, dict):
            found.unread.extend("attribute of a shape" for key in value if key != "geometry")


def _sort(value: object) -> str:
    return {dict: "an object", list: "a list", str: "a text", type(None): "null"}.get(type(value), "a number")
