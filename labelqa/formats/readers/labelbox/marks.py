"""From the annotations of one label to the builder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from labelqa.formats.ids import id_text
from labelqa.formats.readers.labelbox.answers import Questions, count
from labelqa.formats.readers.labelbox.frames import Frames
from labelqa.formats.readers.labelbox.scene import NoPictureError, Reading, Scene
from labelqa.formats.readers.labelbox.schema import ABSENT, Annotations, Frame, Object
from labelqa.formats.readers.labelbox.shapes import tool_of

_members = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
_frame = msgspec.json.Decoder(Frame)


class Marks:
    """Takes the annotations of labels apart."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._questions = Questions(reading)
        self._frames = Frames(reading, self._questions, self.draw)
        self._n_named = 0

    def add(self, label: int, annotations: Annotations, scene: Scene) -> None:
        """Add all marks of a label."""
        record = scene.record
        if annotations.objects:
            self._objects(label, annotations.objects, scene)
        is_timed = annotations.segments is not ABSENT or annotations.timestamp is not ABSENT
        if is_timed or annotations.frames or annotations.groups:
            self._timed(label, annotations, scene)
        elif annotations.classifications:
            self._questions.add(label, annotations.classifications, record)
        if annotations.relationships:
            for relationship in annotations.relationships:
                self._relation(label, relationship, record)

    def draw(self, label: int, mark: Object, scene: Scene, place: str | None, suffix: str) -> None:
        """Add an object of any kind with its attributes."""
        reading, record = self._reading, scene.record
        asked = mark.classifications or ()
        kind = mark.annotation_kind or "an object without annotation_kind"
        tool = tool_of(mark)
        if tool is None:
            reading.unread.add(kind, record, label=label)
            reading.unread.add(f"classification of {kind}", record, n=count(asked), label=label)
            return
        cls = mark.name or mark.value
        try:
            if not cls:
                raise ValueError("a name")
            found = list(tool.read(mark, scene))
        except NoPictureError:
            reading.mask_not_given(kind, label, record)
            reading.unread.add(f"classification of {kind} without a PNG", record, n=count(asked), label=label)
            return
        except ValueError as fault:
            self._questions.left_out(str(fault), "objects", label, record, 1 + count(asked))
            return
        own_id = self._own_id(mark, suffix)
        for number, one in enumerate(found):
            reading.builder.annotation(
                label,
                one.kind,
                cls,
                one.geometry,
                parts=one.parts,
                answer=one.answer,
                place=one.place if place is None else place,
                annotation_id=own_id if number == 0 or own_id is None else f"{own_id}/{number}",
                score=mark.confidence,
            )
        if asked:
            self._questions.add(label, asked, record, parent_id=own_id, place=place or found[0].place, suffix=suffix)

    def _objects(self, label: int, objects: Sequence[Object | str], scene: Scene) -> None:
        """Add objects. A plain box in an image is by far the commonest mark, so it takes the shortest way."""
        annotate = self._reading.builder.annotation
        for mark in objects:
            if isinstance(mark, str):  # a run of plain boxes that was cut out
                self._reading.runs[mark] = label
                continue
            box, cls = mark.bounding_box, mark.name or mark.value
            if mark.annotation_kind != "ImageBoundingBox" or box is None or not cls or mark.classifications:
                self.draw(label, mark, scene, None, "")
                continue
            left, top, width, height = box.left, box.top, box.width, box.height
            if left is None or top is None or width is None or height is None or width < 0 or height < 0:
                self.draw(label, mark, scene, None, "")
                continue
            sides = (left, top, left + width, top + height)
            annotate(label, "bbox", cls, sides, annotation_id=id_text(mark.feature_id), score=mark.confidence)

    def _own_id(self, mark: Object, suffix: str) -> str | None:
        """Give the id of an object; one is made where attributes need it."""
        feature = id_text(mark.feature_id)
        if feature is not None:
            return feature + suffix
        if not mark.classifications:
            return None
        self._n_named += 1
        return f"object {self._n_named}{suffix}"

    def _timed(self, label: int, annotations: Annotations, scene: Scene) -> None:
        """Add what is in frames, and questions that have segments."""
        segments = self._of_text(annotations.segments, "segments", label, scene.record)
        moments = self._moments(annotations.timestamp, label, scene.record)
        groups = annotations.groups or {}
        is_sound = scene.is_sound or (bool(moments) and not annotations.frames)
        own = {key: text for key, text in segments.items() if key not in groups}
        times = self._frames.timeline(own, label, scene.record, is_sound=is_sound)
        plain = []
        for question in annotations.classifications or ():
            feature = id_text(question.feature_id)
            if feature is not None and feature in times.segments:
                self._frames.add_timed(label, question, times, scene.record)
            else:
                plain.append(question)
        self._questions.add(label, plain, scene.record)
        self._frames.add(label, {**(annotations.frames or {}), **moments}, times, scene)
        self._frames.note_unused(label, times, scene.record)
        for name, group in groups.items():
            of_group = self._of_text(segments.get(name, ABSENT), "segments", label, scene.record)
            inner = self._frames.timeline(of_group, label, scene.record, group=name)
            self._questions.add(label, group.classifications or (), scene.record, place=name, suffix=f"/{name}")
            self._frames.add(label, group.frames or {}, inner, scene)
            self._frames.note_unused(label, inner, scene.record)

    def _of_text(self, text: msgspec.Raw, field: str, label: int, record: int) -> dict[str, msgspec.Raw]:
        """Read the members of a block; one that is no object is listed."""
        try:
            return _members.decode(text) or {}
        except (ValueError, RecursionError):
            self._questions.left_out("an object", field, label, record)
            return {}

    def _moments(self, text: msgspec.Raw, label: int, record: int) -> dict[str, Frame]:
        """Read what is at the moments of a recording."""
        found: dict[str, Frame] = {}
        for key, content in self._of_text(text, "timestamp", label, record).items():
            try:
                found[key] = _frame.decode(content)
            except (ValueError, RecursionError):
                self._questions.left_out("objects and classifications", "timestamp", label, record, found=key)
        return found

    def _relation(self, label: int, relationship: Any, record: int) -> None:
        """Add a relationship; its ends lie in it, or in a block named by its type."""
        match relationship:
            case {"source": _, "target": _}:
                ends, name = relationship, str(relationship.get("type") or relationship.get("relationshipType") or "")
            case {"bidirectional_relationship": {"source": _, "target": _} as ends}:
                name = "bidirectional"
            case {"unidirectional_relationship": {"source": _, "target": _} as ends} | {
                "relationship": {"source": _, "target": _} as ends
            }:
                name = str(ends.get("type") or "")
            case _:
                self._questions.left_out("a source and a target", "relationships", label, record)
                return
        source, target = _end(ends["source"]), _end(ends["target"])
        if source is None or target is None:
            self._questions.left_out("ids as source and target", "relationships", label, record)
            return
        cls = relationship.get("name") or relationship.get("value") or "relationship"
        feature = relationship.get("feature_id")
        asked = relationship.get("classifications")
        if isinstance(asked, list):
            self._reading.unread.add("classification of a relationship", record, n=len(asked), label=label)
        self._reading.builder.annotation(
            label,
            "relation",
            cls if isinstance(cls, str) else "relationship",
            parts=[1] if name == "bidirectional" else None,
            answer=[source, target],
            annotation_id=feature if isinstance(feature, str) and feature else None,
        )


def _end(end: object) -> str | None:
    """Read what one end of a relationship is: an id, or an object with it."""
    match end:
        case bool():
            return None
        case str() | int():
            return id_text(end)
        case {"feature_id": str() as feature} | {"featureId": str() as feature}:
            return id_text(feature)
        case _:
            return None
