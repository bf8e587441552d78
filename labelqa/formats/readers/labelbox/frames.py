"""Videos, volumes and recordings: what is in their frames.

Boxes of one object are one `track`. Other shapes are one annotation a frame, the frame being their place. A question
about a frame whose `segments` tell how long its answer holds becomes an `interval` of the class "question: answer", in
frames, or in seconds of a recording; without segments it is asked anew in each frame, as its place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import msgspec
import polars as pl

from labelqa.formats.ids import id_text
from labelqa.formats.readers.labelbox import shapes, timeline
from labelqa.formats.readers.labelbox.answers import Given, Questions, answers_of, count
from labelqa.formats.readers.labelbox.scene import Reading, Scene
from labelqa.formats.readers.labelbox.schema import Classification, Frame, Object
from labelqa.formats.readers.labelbox.timeline import Box, Segment

MAX_FILLED = 5_000_000
"""Most boxes of a file that are computed between key frames."""

_LONG = 10_000
"""A track of more boxes goes to the builder as a frame: its numbers never become Python objects."""

Draw = Callable[[int, Object, Scene, str | None, str], None]
"""Adds an object to a label: label, object, scene, place, suffix of its id."""


class _Answered(NamedTuple):
    """A question in a frame."""

    frame: int
    question: Classification


@dataclass
class _Track:
    """An object in the frames of a video."""

    boxes: list[Box] = field(default_factory=list)
    answered: dict[str, list[_Answered]] = field(default_factory=dict)
    score: float | None = None


@dataclass
class Timeline:
    """A row of frames, and how long what is in them lasts.

    Parameters
    ----------
    segments : mapping of str to list
        By feature id: in which frames it is there.
    group : str or None
        The direction through a volume, part of every place in it.
    is_sound : bool
        Whether frames are milliseconds.
    """

    segments: Mapping[str, list[Segment]]
    group: str | None = None
    is_sound: bool = False
    used: set[str] = field(default_factory=set)

    def place(self, frame: int) -> str:
        """Name a frame."""
        text = f"{frame / 1000:.10g}" if self.is_sound else str(frame)
        return f"{self.group} {text}" if self.group else text

    def of(self, feature: str | None) -> list[Segment] | None:
        """Give the segments of a feature; None if it has none."""
        if feature is None or feature not in self.segments:
            return None
        self.used.add(feature)
        return self.segments[feature]


class Frames:
    """Adds what is in frames to labels."""

    def __init__(self, reading: Reading, questions: Questions, draw: Draw) -> None:
        self._reading, self._questions, self._draw = reading, questions, draw

    def timeline(
        self,
        segments: Mapping[str, msgspec.Raw],
        label: int,
        record: int,
        *,
        group: str | None = None,
        is_sound: bool = False,
    ) -> Timeline:
        """Read the segments; those that are none are listed."""
        found: dict[str, list[Segment]] = {}
        for feature, text in segments.items():
            try:
                found[feature] = timeline.segments_of(text)
            except ValueError as fault:
                self._reading.builder.unread([label], [1])
                self._reading.builder.problem(
                    "error", f"{fault}; they are left out", record=record, field="segments", found=feature
                )
        return Timeline(found, group, is_sound)

    def add(self, label: int, frames: Mapping[str, Frame], times: Timeline, scene: Scene) -> None:
        """Add objects and questions of all frames."""
        tracks: dict[tuple[str, str], _Track] = {}
        answered: dict[str, list[_Answered]] = {}
        for frame, content in self._numbered(frames, label, scene.record):
            here = replace(scene, frame=times.place(frame))
            for feature, mark in _objects(content):
                tool = shapes.tool_of(mark)
                name = mark.name or mark.value
                if tool is None or tool.read is not shapes.bounding_box or feature is None or not name:
                    if feature is not None and feature in times.segments:
                        times.used.add(feature)
                    self._draw(label, mark, here, times.place(frame), f"/{times.place(frame)}")
                    continue
                self._add_box(tracks.setdefault((feature, name), _Track()), mark, frame, label, here)
            for question in content.classifications or ():
                feature = id_text(question.feature_id)
                if feature is not None and feature in times.segments:
                    answered.setdefault(feature, []).append(_Answered(frame, question))
                else:
                    self._ask(label, question, frame, times, scene.record)
        for (feature, name), track in tracks.items():
            self._add_track(label, feature, name, track, times, scene)
        for feature, changes in answered.items():
            self._add_stretches(label, feature, changes, times, scene.record)

    def add_timed(self, label: int, question: Classification, times: Timeline, record: int) -> None:
        """Add a question about the asset that has segments: its answer holds in all of them."""
        feature = id_text(question.feature_id) or ""
        self._add_stretches(
            label, feature, [_Answered(first, question) for first, _ in times.segments[feature]], times, record
        )

    def note_unused(self, label: int, times: Timeline, record: int) -> None:
        """Count the segments of marks that are in no frame."""
        for feature, segments in times.segments.items():
            if feature not in times.used:
                self._reading.unread.add("segment of a mark that is in no frame", record, n=len(segments), label=label)

    def _numbered(self, frames: Mapping[str, Frame], label: int, record: int) -> list[tuple[int, Frame]]:
        """Sort frames by number; one without a number, or with that of another, is left out."""
        found: dict[int, Frame] = {}
        for key, content in frames.items():
            try:
                number = timeline.frame_number(key)
                if number in found:
                    raise ValueError("each frame once")
                found[number] = content
            except ValueError as fault:
                asked = list(content.classifications or ())
                for _, mark in _objects(content):
                    asked += mark.classifications or ()
                n = len(list(_objects(content))) + count(asked)
                self._questions.left_out(str(fault), "frames", label, record, n, found=key)
        return sorted(found.items())

    def _add_box(self, track: _Track, mark: Object, frame: int, label: int, scene: Scene) -> None:
        asked = mark.classifications or ()
        try:
            ((_, sides, *_),) = shapes.bounding_box(mark, scene)
        except ValueError as fault:
            self._questions.left_out(str(fault), "frames", label, scene.record, 1 + count(asked))
            return
        left, top, right, bottom = sides
        track.boxes.append(Box(frame, (left, top, right, bottom)))
        track.score = mark.confidence if track.score is None else track.score
        for question in asked:
            name = question.name or question.value or ""
            track.answered.setdefault(name, []).append(_Answered(frame, question))

    def _add_track(self, label: int, feature: str, name: str, track: _Track, times: Timeline, scene: Scene) -> None:
        reading = self._reading
        if not track.boxes:
            times.of(feature)
            return
        segments = times.of(feature)
        if segments is None and len(track.boxes) > 1:
            scene.note_no_segments()
        n_empty = timeline.n_empty([box.frame for box in track.boxes], segments or ())
        reading.unread.add("segment of a track without a box in it", scene.record, n=n_empty, label=label)
        n_filled = timeline.n_filled(track.boxes, segments or ()) - len(track.boxes)
        if reading.n_filled_in + n_filled > MAX_FILLED:
            scene.note_too_long(MAX_FILLED)
            segments = None
        else:
            reading.n_filled_in += n_filled
        geometry, numbers = timeline.filled(track.boxes, segments or ())
        if len(numbers) > _LONG:
            columns = {"label": label, "annotation_id": feature, "kind": "track", "class": name, "place": times.group}
            values = {"geometry": pl.Series([geometry]), "parts": pl.Series([numbers])}
            reading.builder.annotations_frame(pl.DataFrame({**columns, "score": track.score, **values}))
        else:
            reading.builder.annotation(
                label,
                "track",
                name,
                geometry.tolist(),
                parts=numbers.tolist(),
                place=times.group,
                annotation_id=feature,
                score=track.score,
            )
        for changes in track.answered.values():
            self._add_attribute(label, feature, changes, times, scene.record)

    def _add_attribute(self, label: int, feature: str, changes: list[_Answered], times: Timeline, record: int) -> None:
        """Add a question about a track: once if its answer stays the same, else in each frame where it changes."""
        held = [one for at, one in enumerate(changes) if at == 0 or not _same(one.question, changes[at - 1].question)]
        for one in held:
            place = times.place(one.frame) if len(held) > 1 else times.group
            suffix = f"/{place}" if len(held) > 1 else ""
            self._questions.add(label, [one.question], record, parent_id=feature, place=place, suffix=suffix)

    def _ask(self, label: int, question: Classification, frame: int, times: Timeline, record: int) -> None:
        place = times.place(frame)
        self._questions.add(label, [question], record, place=place, suffix=f"/{place}")

    def _add_stretches(self, label: int, feature: str, changes: list[_Answered], times: Timeline, record: int) -> None:
        segments = times.of(feature) or []
        # Equal answers get one number, so that a stretch ends only where the answer changes.
        numbers = [0] * len(changes)
        for at in range(1, len(changes)):
            numbers[at] = numbers[at - 1] + (not _same(changes[at].question, changes[at - 1].question))
        frames = [one.frame for one in changes]
        after = 0 if times.is_sound else 1
        found = timeline.stretches(list(zip(frames, numbers, strict=True)), segments, after=after)
        n_before = sum(last < frames[0] for _, last in segments)
        self._reading.unread.add("segment before the first answer", record, n=n_before, label=label)
        scale = 1000.0 if times.is_sound else 1.0
        read: dict[int, Given | None] = {}
        for number, (start, end, position) in enumerate(found):
            question = changes[position].question
            if numbers[position] not in read:
                read[numbers[position]] = self._questions.given(question, label, record)
            given = read[numbers[position]]
            if given is not None:
                own_id = feature if len(found) == 1 else f"{feature}/{number}"
                self._add_interval(label, question, given, (start / scale, end / scale), own_id, times.group, record)
        for one in changes:
            at = bisect_right(segments, (one.frame, timeline.LAST_FRAME)) - 1
            if at < 0 or segments[at][1] < one.frame:
                self._ask(label, one.question, one.frame, times, record)

    def _add_interval(
        self,
        label: int,
        question: Classification,
        given: Given,
        stretch: tuple[float, float],
        own_id: str,
        place: str | None,
        record: int,
    ) -> None:
        builder = self._reading.builder
        name = question.name or question.value or ""
        for number, cls in enumerate(answers_of(given, name)):
            annotation_id = own_id if number == 0 else f"{own_id}/{cls}"
            builder.annotation(label, "interval", cls, stretch, place=place, annotation_id=annotation_id)
        if given.kind == "text":
            builder.annotation(
                label, "text", name, answer=given.answers, place=place, parent_id=own_id, annotation_id=f"{own_id}/text"
            )
        self._questions.add(label, given.nested, record, parent_id=own_id, place=place, suffix=f"/{own_id}")


def _objects(content: Frame) -> Iterator[tuple[str | None, Object]]:
    """Give the objects of a frame with their feature ids."""
    objects = content.objects or ()
    if isinstance(objects, dict):
        yield from objects.items()
    else:
        yield from ((id_text(mark.feature_id), mark) for mark in objects)


def _same(one: Classification, other: Classification) -> bool:
    """Tell whether two questions were answered alike; of those nested too deeply to compare, that they were not."""
    try:
        return one == other
    except RecursionError:
        return False
