"""Marks of frames, put into the builder: shapes with their attributes, tags, and what CVAT states beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from labelqa.formats.readers.cvat.ontology import TAG, Attribute, Spec
from labelqa.formats.readers.cvat.shapes import Value
from labelqa.formats.readers.cvat.tracks import MAX_FRAMES, Key, filled
from labelqa.formats.unread import Unread
from labelqa.project import Builder

OCCLUDED = "occluded"
"""The question that CVAT's mark for hidden objects answers; asked of those that have the mark only."""

_TRUE = ("true", "1", "yes")


class Marks:
    """Adds the marks of one file to labels, and lists what cannot be added."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._tags: dict[tuple[int, str | None], list[str]] = {}
        self.unread = Unread("shapes, tags and their attributes")
        self.n_ellipses = 0
        self.frames_left = MAX_FRAMES

    def filled(self, keys: Iterable[Key], last: int | None = None, step: int = 1) -> list[Key]:
        """Fill in a track, as long as the file does not hold too many frames; see `tracks.filled`."""
        seen = filled(keys, last, step, self.frames_left)
        self.frames_left -= len(seen)
        return seen

    def shape(
        self,
        label: int,
        spec: Spec,
        value: Value,
        *,
        annotation_id: str,
        place: str | None = None,
        group: float = 0,
        z_order: float = 0,
        score: float | None = None,
    ) -> None:
        """Add an object."""
        self.builder.annotation(
            label,
            value.kind,
            spec.name,
            value.geometry,
            parts=value.parts,
            answer=value.answer,
            place=place,
            annotation_id=annotation_id,
            score=score,
            stated=stated(group, z_order),
        )

    def attributes(
        self,
        label: int,
        spec: Spec,
        values: Mapping[str, str],
        *,
        parent_id: str,
        record: int,
        occluded: bool = False,
        place: str | None = None,
        prefix: str = "",
    ) -> None:
        """Add the attributes of an object as answers nested under it."""
        for name, text in values.items():
            attribute = spec.attributes.get(name) or Attribute(name, "text")
            self._attribute(label, attribute, f"{prefix}{name}", text, parent_id, place, record)
        if occluded:
            question = OCCLUDED if OCCLUDED not in values else f"{OCCLUDED} (CVAT)"
            self.builder.annotation(label, "choice", question, answer=["true"], parent_id=parent_id, place=place)

    def tag(self, label: int, spec: Spec, attributes: Mapping[str, str], *, place: str | None, record: int) -> None:
        """Add a tag of a frame. All tags of a frame are the answers to one question, whose answers their attributes are
        nested under.
        """
        self._tags.setdefault((label, place), []).append(spec.name)
        self.attributes(
            label,
            spec,
            attributes,
            parent_id=tag_id(place),
            record=record,
            place=place,
            prefix=f"{spec.name}: ",
        )

    def close(self) -> None:
        """Add what was gathered and note what was not read; the last call for a file."""
        for (label, place), names in self._tags.items():
            if len(set(names)) < len(names):
                self.unread.add("tag of one label twice on a frame", 1, n=len(names) - len(set(names)))
            self.builder.annotation(
                label, "checklist", TAG, answer=sorted(set(names)), place=place, annotation_id=tag_id(place)
            )
        self._tags.clear()
        if self.n_ellipses:
            self.builder.problem("note", "ellipses; each is read as a polygon of 64 corners", n=self.n_ellipses)
        self.unread.note(self.builder)

    def left_out(
        self, expected: str, *, record: int, field: str, label: int | None = None, found: object = None
    ) -> None:
        """List a mark that could not be read."""
        if label is not None:
            self.builder.unread([label], [1])
        self.builder.problem(
            "error", f"{expected}; the annotation is left out", record=record, field=field, found=found
        )

    def _attribute(
        self, label: int, attribute: Attribute, question: str, text: str, parent_id: str, place: str | None, record: int
    ) -> None:
        """Add one attribute. Without an answer a choice or number is not answered; a text may be empty."""
        geometry: Sequence[float] = ()
        answer: list[str] | None = None
        kind = attribute.kind
        if kind == "number":
            if text == "":
                return
            try:
                geometry = (float(text),)
            except ValueError:
                geometry = (math.nan,)
            if not math.isfinite(geometry[0]):
                self.builder.problem(
                    "error", "a number; the attribute is left out", record=record, field=question, found=text
                )
                return
        elif kind == "choice":
            if text == "":
                return
            answer = [truth(text) if attribute.input_type == "checkbox" else text]
        else:
            answer = [text]
        self.builder.annotation(label, kind, question, geometry, answer=answer, parent_id=parent_id, place=place)


def tag_id(place: str | None) -> str:
    """Give the id of the annotation that holds the tags of a frame."""
    return "tags" if place is None else f"tags {place}"


def truth(text: str) -> str:
    """Give "true" or "false" for what a checkbox holds."""
    return "true" if text.strip().lower() in _TRUE else "false"


def stated(group: float, z_order: float) -> list[float] | None:
    """Give group and layer in the slots of `schema.STATED`; None for an object without a group in the lowest layer."""
    if not group and not z_order:
        return None
    return [math.nan] * 5 + [float(group), float(z_order)]
