"""The annotations of one job of CVAT's JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from labelqa.formats.ids import id_text
from labelqa.formats.readers.cvat.jobs import PROJECT, Catalog, Issue, Job
from labelqa.formats.readers.cvat.labels import Labels, Unit
from labelqa.formats.readers.cvat.marks import Marks
from labelqa.formats.readers.cvat.ontology import Spec
from labelqa.formats.readers.cvat.records import LAST_FRAME, Annotations, Mark, decoded, located
from labelqa.formats.readers.cvat.shapes import Joint, Value, of_points, rectangle, skeleton
from labelqa.formats.readers.cvat.tracks import Key
from labelqa.project import Builder


class JobReading:
    """Reads the annotations of one job."""

    def __init__(
        self, job: Job, part: Annotations, record: int, catalog: Catalog, marks: Marks, builder: Builder
    ) -> None:
        self._job, self._record, self._catalog = job, record, catalog
        self._marks, self._builder = marks, builder
        self._lost: list[int] = []  # frames of marks that could not be read
        self._shapes = self._decoded(part.shapes, "shapes")
        self._tracks = self._decoded(part.tracks, "tracks")
        self._tags = self._decoded(part.tags, "tags")
        is_video = job.is_video or (job.mode is None and bool(self._tracks))
        self._labels = Labels(Unit.of(job, self._task(), is_video, catalog, builder), record, catalog, builder)

    def read(self) -> None:
        """Put everything into the builder."""
        self._labels.open_frames()
        for frame in self._lost:
            self._builder.unread([self._labels.at(frame)[0]], [1])
        for tag in self._tags:
            self._tag(tag)
        for shape in self._shapes:
            if self._frame_of(shape, "shapes") is not None:
                self._shape(shape, self._id("shape", shape), "shapes")
        for track in self._tracks:
            self._track(track)
        for issue, record in self._catalog.issues.pop(id_text(self._job.id) or "", ()):
            self._issue(issue, record)

    def _issue(self, issue: Issue, record: int) -> None:
        """Add an issue to the label of its frame."""
        label = self._labels.known(issue.frame or 0)
        if label is None:
            expected = "an issue on a frame of its job; it is left out"
            self._builder.problem("warning", expected, record=record, field="frame", found=issue.frame)
            return
        self._builder.issue(
            PROJECT,
            self._labels.unit.asset(issue.frame or 0),
            "resolved" if issue.resolved else "open",
            label=label,
            raised_by=issue.owner.labeler if issue.owner else None,
            created_at=issue.created_date,
            resolved_at=issue.updated_date if issue.resolved else None,
            record=record,
        )

    def _task(self) -> str | None:
        """Find the task of the job: the jobs list tells it, else the labels that are used."""
        if (task := id_text(self._job.task_id)) is not None:
            return task
        used = (id_text(mark.label_id) for marks in (self._shapes, self._tracks, self._tags) for mark in marks)
        tasks = {self._catalog.tasks[label] for label in used if label in self._catalog.tasks}
        tasks = tasks or set(self._catalog.tasks.values())
        return tasks.pop() if len(tasks) == 1 else None

    def _decoded(self, raws: list[msgspec.Raw] | None, field: str) -> list[Mark]:
        marks = []
        for raw in raws or ():
            mark = decoded(raw, Mark, self._record, field, self._builder)
            if mark is not None:
                marks.append(mark)
            elif (place := located(raw)) is not None:
                self._lost.append(place)
        return marks

    def _frame_of(self, mark: Mark, field: str) -> int | None:
        """Give the frame of a mark, if it is one."""
        if mark.frame is not None and 0 <= mark.frame <= LAST_FRAME:
            return mark.frame
        self._marks.left_out(
            "a frame number from 0", record=self._record, field=f"{field}[...].frame", found=mark.frame
        )
        return None

    def _spec(self, mark: Mark) -> Spec:
        """Find the label of a mark; of one that is not declared the id stands for the name."""
        label_id = id_text(mark.label_id)
        if label_id in self._catalog.specs:
            return self._catalog.specs[label_id]
        if mark.label is not None and mark.label in self._catalog.by_name:
            return self._catalog.by_name[mark.label]
        if not mark.label:
            self._builder.problem(
                "warning",
                "a label that is listed; its id stands for its name",
                record=self._record,
                field="label_id",
                found=label_id,
                remedy="Read the annotations together with the labels of the task or project.",
            )
        return Spec(mark.label or f"label {label_id}")

    def _answers(self, mark: Mark) -> dict[str, str]:
        """Give the attributes of a mark by name."""
        answers = {}
        for attribute in mark.attributes or ():
            known = self._catalog.attributes.get(id_text(attribute.spec_id) or "")
            name = known.name if known else attribute.name or f"attribute {id_text(attribute.spec_id)}"
            if attribute.value is not None:
                answers[name] = _text(attribute.value)
        return answers

    def _id(self, what: str, mark: Mark) -> str:
        """Make an id: the server's of a shape, for a track or tag with its name, since these are numbered apart."""
        mark_id = id_text(mark.id)
        if mark_id is None:
            return f"{what} {self._labels.next_number()}"
        return mark_id if what == "shape" else f"{what} {mark_id}"

    def _tag(self, tag: Mark) -> None:
        frame = self._frame_of(tag, "tags")
        if frame is not None:
            label, place = self._labels.at(frame)
            self._marks.tag(label, self._spec(tag), self._answers(tag), place=place, record=self._record)

    def _shape(
        self, shape: Mark, shape_id: str, field: str, frame: int | None = None, value: Value | None = None
    ) -> None:
        """Add a shape on a frame; of a track with the value that is filled in."""
        label, place = self._labels.at(shape.frame or 0 if frame is None else frame)
        if shape.outside:
            self._marks.unread.add("shape marked as outside of its frame", self._record)
            return
        spec = self._spec(shape)
        try:
            value = value or self._value(shape, spec)
        except ValueError as error:
            self._marks.left_out(
                str(error), record=self._record, field=f"{field}[...].points", label=label, found=shape_id
            )
            return
        self._marks.n_ellipses += shape.type == "ellipse"
        self._marks.shape(
            label, spec, value,
            annotation_id=shape_id, place=place, group=shape.group or 0, z_order=shape.z_order or 0, score=shape.score,
        )  # fmt: skip
        options: dict[str, Any] = {"parent_id": shape_id, "record": self._record, "place": place}
        occluded = bool(shape.occluded) and shape.type != "skeleton"
        self._marks.attributes(label, spec, self._answers(shape), occluded=occluded, **options)
        for element in shape.elements or ():
            part = self._spec(element)
            self._marks.attributes(label, part, self._answers(element), prefix=f"{part.name}: ", **options)

    def _value(self, shape: Mark, spec: Spec) -> Value:
        if shape.type == "skeleton":
            return skeleton([self._joint(element) for element in shape.elements or ()], spec.points)
        is_solid = self._job.dimension == "3d"
        return of_points(shape.type or "", shape.numbers, shape.rotation or 0.0, is_solid=is_solid)

    def _joint(self, element: Mark) -> Joint:
        if len(element.numbers) != 2:
            raise ValueError("x and y of each point of a skeleton")
        visibility = 0 if element.outside else 1 if element.occluded else 2
        x, y = element.numbers
        return Joint(self._spec(element).name, x, y, visibility)

    def _track(self, track: Mark) -> None:
        """Add a track: of boxes one `track` in a video, else a mark for each frame."""
        if not all(self._frame_of(shape, "tracks") is not None for shape in track.shapes or ()):
            return
        keys = sorted(track.shapes or (), key=lambda shape: shape.frame or 0)
        for key in keys:
            key.label_id, key.label, key.group = track.label_id, track.label, track.group
        track_id = self._id("track", track)
        if not keys:
            self._marks.left_out(
                "key frames of a track", record=self._record, field="tracks[...].shapes", found=track_id
            )
        elif all(key.type == "rectangle" for key in keys):
            self._boxes(track, keys, track_id)
        elif track.elements:
            self._marks.unread.add("skeleton in a track", self._record, label=self._labels.at(keys[0].frame or 0)[0])
        else:
            self._outlines(track, keys, track_id)

    def _boxes(self, track: Mark, keys: Sequence[Mark], track_id: str) -> None:
        label, _ = self._labels.at(keys[0].frame or 0)
        try:
            boxes = [
                Key(key.frame or 0, rectangle(key.numbers).geometry, bool(key.outside), key.rotation or 0.0)
                for key in keys
            ]
            seen = self._marks.filled(boxes, self._labels.unit.last)
        except ValueError as error:
            self._marks.left_out(
                str(error), record=self._record, field="tracks[...].shapes", label=label, found=track_id
            )
            return
        if self._labels.unit.is_video and not any(key.rotation % 360 for key in seen):
            spec = self._spec(track)
            geometry = [side for key in seen for side in key.box]
            value = Value("track", geometry, [key.frame for key in seen])
            self._marks.shape(label, spec, value, annotation_id=track_id, group=track.group or 0)
            self._marks.attributes(label, spec, self._answers(track), parent_id=track_id, record=self._record)
            self._changes(label, spec, keys, track_id)
            return
        at = 0
        for key in seen:
            while at + 1 < len(keys) and (keys[at + 1].frame or 0) <= key.frame:
                at += 1
            value = rectangle(key.box, key.rotation)
            self._of_track(track, keys[at], track_id, key.frame, value)

    def _changes(self, label: int, spec: Spec, keys: Sequence[Mark], track_id: str) -> None:
        """Add the attributes that change in the course of a track, at the frames where they do."""
        before: dict[str, str] = {}
        for key in keys:
            answers = {name: text for name, text in self._answers(key).items() if before.get(name) != text}
            before |= answers
            options: dict[str, Any] = {"parent_id": track_id, "record": self._record, "place": str(key.frame)}
            self._marks.attributes(label, spec, answers, occluded=bool(key.occluded), **options)

    def _outlines(self, track: Mark, keys: Sequence[Mark], track_id: str) -> None:
        """Add the key frames of a track that is none of boxes; what lies between is not filled in."""
        for key in keys:
            if not key.outside:
                self._of_track(track, key, track_id, key.frame or 0, None)
        self._builder.problem(
            "note",
            "a track of boxes; of others the key frames are read, and nothing between them",
            record=self._record,
            field="tracks",
            found=track_id,
        )

    def _of_track(self, track: Mark, key: Mark, track_id: str, frame: int, value: Value | None) -> None:
        """Add one frame of a track as a shape of its own, with the attributes of the track."""
        shape = msgspec.structs.replace(
            key, outside=False, attributes=[*(track.attributes or ()), *(key.attributes or ())]
        )
        self._shape(shape, f"{track_id} at {frame}", "tracks", frame, value)


def _text(value: str | float | bool) -> str:
    """Give an attribute's value as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float) else value
