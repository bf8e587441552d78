"""Tracks of a CVAT XML for video: an element for each frame, until one that is `outside` ends a run.

CVAT writes the frames between key frames too; where a file has key frames alone, they are filled in as CVAT does.
"""

from __future__ import annotations

from collections.abc import Sequence

from labelqa.formats.readers.cvat import shapes
from labelqa.formats.readers.cvat.drawn import (
    SHAPES,
    answers_of,
    is_set,
    joint_of,
    numbers,
    rotation_of,
    value_of,
    whole_numbers,
)
from labelqa.formats.readers.cvat.marks import Marks
from labelqa.formats.readers.cvat.meta import Meta
from labelqa.formats.readers.cvat.ontology import Spec
from labelqa.formats.readers.cvat.shapes import Joint, Value
from labelqa.formats.readers.cvat.tracks import Key
from labelqa.formats.xml_stream import Element

_LAST_FRAME = 2**31 - 1


class Tracks:
    """Adds the tracks of one file to a label."""

    def __init__(self, label: int, meta: Meta, marks: Marks, record: int) -> None:
        self._label, self._meta, self._marks, self._record = label, meta, marks, record

    def add(self, track: Element) -> None:
        """Add a track: of boxes as one `track`, else a mark for each frame."""
        spec = self._meta.spec(track.get("label", ""))
        if not spec.name:
            self._marks.left_out("a label", record=self._record, field="track", label=self._label)
            return
        for element in track:
            if element.tag not in SHAPES and element.tag != "track":
                self._marks.unread.add(f"element {element.tag} of a track", self._record, label=self._label)
        drawn = [element for element in track if element.tag in SHAPES]
        track_id = f"track {track.get('id') or self._record}"
        try:
            group = whole_numbers(track, "group_id")[0] if track.get("group_id") else 0
            frames = [_frame(element) for element in drawn]
            if drawn and all(element.tag == "box" for element in drawn):
                self._boxes(spec, drawn, frames, track_id, group)
            else:
                self._shapes(spec, drawn, frames, _parts(track), track_id, group)
        except (ValueError, OverflowError) as error:
            self._marks.left_out(str(error), record=self._record, field="track", label=self._label, found=track_id)

    def _boxes(self, spec: Spec, drawn: Sequence[Element], frames: Sequence[int], track_id: str, group: int) -> None:
        keys = [
            Key(frame, numbers(box, "xtl", "ytl", "xbr", "ybr"), is_set(box, "outside"), rotation_of(box))
            for frame, box in zip(frames, drawn, strict=True)
        ]
        seen = self._marks.filled(
            [key._replace(box=shapes.rectangle(key.box).geometry) for key in keys], step=self._meta.source(None).step
        )
        if any(key.rotation % 360 for key in seen):
            at = dict(zip(frames, drawn, strict=True))
            for key in seen:
                self._mark(spec, shapes.rectangle(key.box, key.rotation), at.get(key.frame), key.frame, track_id, group)
            return
        geometry = [side for key in seen for side in key.box]
        value = Value("track", geometry, [key.frame for key in seen])
        self._marks.shape(self._label, spec, value, annotation_id=track_id, group=group, z_order=_z_order(drawn[0]))
        self._answers(spec, drawn, frames, track_id)

    def _answers(self, spec: Spec, drawn: Sequence[Element], frames: Sequence[int], track_id: str) -> None:
        """Add the attributes of a track of boxes: those that never change once, others where they change."""
        shown = [
            (frame, answers_of(box), is_set(box, "occluded"))
            for frame, box in zip(frames, drawn, strict=True)
            if not is_set(box, "outside")
        ]
        values: dict[str, set[str]] = {}
        for _, answers, _ in shown:
            for name, text in answers.items():
                values.setdefault(name, set()).add(text)
        fixed = {name: texts.pop() for name, texts in values.items() if len(texts) == 1}
        self._marks.attributes(self._label, spec, fixed, parent_id=track_id, record=self._record)
        before: dict[str, str] = {}
        was_occluded = False
        for frame, answers, occluded in shown:
            changed = {name: text for name, text in answers.items() if name not in fixed and before.get(name) != text}
            before |= changed
            self._marks.attributes(
                self._label,
                spec,
                changed,
                parent_id=track_id,
                record=self._record,
                occluded=occluded and not was_occluded,
                place=str(frame),
            )
            was_occluded = occluded

    def _shapes(
        self,
        spec: Spec,
        drawn: Sequence[Element],
        frames: Sequence[int],
        parts: dict[int, list[Joint]],
        track_id: str,
        group: int,
    ) -> None:
        for frame, element in zip(frames, drawn, strict=True):
            if is_set(element, "outside"):
                continue
            if element.tag == "skeleton" and element.find("points") is None:
                value = shapes.skeleton(parts.get(frame, []), spec.points)
            else:
                value = value_of(element, spec)
            self._marks.n_ellipses += element.tag == "ellipse"
            self._mark(spec, value, element, frame, track_id, group)

    def _mark(self, spec: Spec, value: Value, element: Element | None, frame: int, track_id: str, group: int) -> None:
        """Add what a track shows in one frame; a frame that was filled in has no element."""
        mark_id, place = f"{track_id} at {frame}", str(frame)
        z_order = 0 if element is None else _z_order(element)
        self._marks.shape(self._label, spec, value, annotation_id=mark_id, place=place, group=group, z_order=z_order)
        if element is not None:
            occluded = is_set(element, "occluded") and element.tag != "skeleton"
            self._marks.attributes(
                self._label,
                spec,
                answers_of(element),
                parent_id=mark_id,
                record=self._record,
                occluded=occluded,
                place=place,
            )


def _parts(track: Element) -> dict[int, list[Joint]]:
    """Gather the points of a skeleton by frame, from the tracks of its points."""
    joints: dict[int, list[Joint]] = {}
    for part in track.findall("track"):
        for point in part.findall("points"):
            joints.setdefault(_frame(point), []).append(joint_of(point)._replace(name=part.get("label", "")))
    return joints


def _frame(element: Element) -> int:
    """Give the frame of an element of a track."""
    frame = whole_numbers(element, "frame")[0]
    if not 0 <= frame <= _LAST_FRAME:
        raise ValueError("a frame number from 0")
    return frame


def _z_order(element: Element) -> int:
    return whole_numbers(element, "z_order")[0] if element.get("z_order") else 0
