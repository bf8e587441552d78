"""The annotations of CVAT's JSON, as msgspec decodes them; anything may be missing or null."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from labelqa.formats.ids import Id
from labelqa.project import Builder

LAST_FRAME = 2**31 - 1
"""Greatest frame number taken for real."""


class Answer(msgspec.Struct, gc=False):
    """What an attribute of a mark is set to."""

    spec_id: Id = None
    name: str | None = None
    value: str | float | bool | None = None


class Mark(msgspec.Struct):
    """A tag, a shape, a track, or a part of one."""

    frame: int | None = None
    id: Id = None
    label_id: Id = None
    label: str | None = None
    type: str | None = None
    points: list[float] | None = None
    rotation: float | None = None
    occluded: bool | None = None
    outside: bool | None = None
    z_order: float | None = None
    group: float | None = None
    score: float | None = None
    attributes: list[Answer] | None = None
    elements: list[Mark] | None = None
    shapes: list[Mark] | None = None

    @property
    def numbers(self) -> list[float]:
        """The numbers of a shape."""
        return self.points or []


class Annotations(msgspec.Struct):
    """The annotations of one job or task."""

    shapes: list[msgspec.Raw] | None = None
    tracks: list[msgspec.Raw] | None = None
    tags: list[msgspec.Raw] | None = None


class Content(Annotations):
    """A file: annotations of jobs or tasks by id, or of one."""

    job: dict[str, msgspec.Raw] | None = None
    task: dict[str, msgspec.Raw] | None = None
    labels: list[msgspec.Raw] | None = None


_T = TypeVar("_T")


class _Place(msgspec.Struct, gc=False):
    frame: int


def located(raw: msgspec.Raw) -> int | None:
    """Give the frame of a mark that is wrong in other ways; None if not even that can be read."""
    try:
        frame = msgspec.json.decode(raw, type=_Place).frame
    except (ValueError, RecursionError):
        return None
    return frame if 0 <= frame <= LAST_FRAME else None


def decoded(raw: msgspec.Raw, what: type[_T], record: int, field: str, builder: Builder) -> _T | None:
    """Decode a part of a record; list it as a problem if it is not what it should be."""
    try:
        return msgspec.json.decode(raw, type=what)
    except (ValueError, RecursionError) as error:
        found = "brackets nested too deeply" if isinstance(error, RecursionError) else str(error)
        expected = f"an entry of {field!r} as CVAT writes it; it is left out"
        builder.problem("error", expected, record=record, field=field, found=found)
        return None
