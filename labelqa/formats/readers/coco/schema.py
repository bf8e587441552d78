"""The records of COCO files, as far as they are read."""

from __future__ import annotations

from typing import Any

import msgspec

Id = int | float | str
"""Ids are numbers by the book; some writers make them texts, or floats."""


class Annotation(msgspec.Struct, gc=False):
    """An annotation of an instances file, or a result."""

    image_id: Id
    category_id: Id | None = None
    id: Id | None = None
    bbox: list[float] | None = None
    area: float | None = None
    iscrowd: bool | int | float | None = None
    score: float | None = None
    num_keypoints: float | None = None
    segmentation: msgspec.Raw = msgspec.Raw()
    keypoints: msgspec.Raw = msgspec.Raw()
    attributes: msgspec.Raw = msgspec.Raw()
    segments_info: msgspec.Raw = msgspec.Raw()
    file_name: Any = None


class Segment(msgspec.Struct, gc=False):
    """A segment of a panoptic annotation; its id is its colour in the picture: red + 256 green + 65,536 blue."""

    id: int
    category_id: Id | None = None
    bbox: list[float] | None = None
    area: float | None = None
    iscrowd: bool | int | float | None = None


class RunLengths(msgspec.Struct, gc=False):
    """A mask: height and width of the image, and run lengths as numbers or compressed."""

    size: list[float]
    counts: str | list[float]


_NOTHING = (b"", b"null", b"[]", b"{}", b"[[]]")


def content(raw: msgspec.Raw) -> bytes | None:
    """Give what a member holds; None if that is nothing."""
    # A segmentation may be long, and is looked at only if it is short enough to be an empty one.
    if len(raw) > 16:
        return bytes(raw)
    text = bytes(raw)
    return None if b"".join(text.split()) in _NOTHING else text
