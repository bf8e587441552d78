"""From decoded data rows to assets, labels, annotations and reviews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from labelqa.formats.ids import derived_label_id, id_text
from labelqa.formats.readers.labelbox.schema import (
    Annotations,
    Classification,
    Field,
    Frame,
    Label,
    LabelDetails,
    Media,
    Object,
    Performance,
    Project,
    Row,
    RowDetails,
    Step,
)
from labelqa.formats.unread import Unread
from labelqa.project import Builder

_VERDICTS = {"approve": "accepted", "reject": "rejected"}
_NO_ROW_DETAILS = RowDetails()
_NO_MEDIA = Media()
_NO_DETAILS = LabelDetails()
_NO_PERFORMANCE = Performance()


class Rows:
    """Takes data rows apart into the builder."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self.unread = Unread("bbox, radio or checklist")

    def add(self, row: Row, record: int) -> None:
        """Add the asset to each project that it is in, with its labels and reviews there."""
        builder, data = self._builder, row.data_row
        asset_id = id_text(data.global_key) or id_text(data.id)
        if asset_id is None:
            builder.records(0, 1)
            builder.problem("error", "a global_key or an id; the record is left out", record=record, field="data_row")
            return
        if row.experiments:
            self.unread.add("experiment (labels of a model run)", record, n=len(row.experiments))
        if not row.projects:
            builder.problem("note", "a project that the data row is in; the row is left out", record=record)
            return
        details = data.details or _NO_ROW_DETAILS
        media = row.media_attributes or _NO_MEDIA
        metadata = _metadata(row.metadata_fields or ())
        for project_id, project in row.projects.items():
            builder.asset(
                project_id,
                asset_id,
                name=id_text(data.external_id),
                width=media.width,
                height=media.height,
                batch=project.project_details.batch_name if project.project_details else None,
                dataset=details.dataset_name,
                created_at=details.created_at,
                metadata=metadata,
                record=record,
            )
            self._labels(project_id, asset_id, project, record)

    def _labels(self, project_id: str, asset_id: str, project: Project, record: int) -> None:
        labels = project.labels or []
        benchmarks = _benchmarks(labels)
        numbers = []
        for position, label in enumerate(labels):
            details = label.label_details or _NO_DETAILS
            performance = label.performance_details or _NO_PERFORMANCE
            label_id = id_text(label.id)
            if label_id is None:
                self._builder.problem("note", "an id of the label; one is derived", record=record, field="labels")
            number = self._builder.label(
                project_id,
                asset_id,
                label_id or derived_label_id(asset_id, details.created_by, position),
                details.created_by or None,
                role="benchmark" if label_id in benchmarks else "submitted",
                status="skipped" if performance.skipped else "submitted",
                created_at=details.created_at,
                updated_at=details.updated_at,
                seconds=_seconds(performance.seconds_to_create),
                review_seconds=_seconds(performance.seconds_to_review),
                record=record,
            )
            numbers.append(number)
            if label.annotations is not None:
                self._annotations(number, label.annotations, record)
            for review in details.reviews or ():
                self._review(project_id, asset_id, number, review, record)
        for missing in sorted(benchmarks.difference(id_text(label.id) for label in labels)):
            self._builder.problem(
                "warning",
                "the id of a label in the same row; the benchmark is not in the export",
                record=record,
                field="benchmark_reference_label",
                found=missing,
            )
        if project.project_details and project.project_details.workflow_history:
            reviewed = numbers[0] if len(numbers) == 1 else None
            self._history(project_id, asset_id, reviewed, project.project_details.workflow_history, record)

    def _annotations(self, label: int, annotations: Annotations, record: int) -> None:
        for marked in annotations.objects or ():
            if marked.annotation_kind == "ImageBoundingBox":
                self._box(label, marked, record)
            else:
                self.unread.add(marked.annotation_kind or "an object without annotation_kind", record, label=label)
        for question in annotations.classifications or ():
            self._answer(label, question, record)
        if annotations.relationships:
            self.unread.add("relationship", record, n=len(annotations.relationships), label=label)
        if annotations.frames:
            self._frames(label, annotations.frames, record)
        elif annotations.groups:
            for group in annotations.groups.values():
                self._frames(label, group.frames or {}, record)
                self.unread.add("classification of a group", record, n=len(group.classifications or ()), label=label)
        elif annotations.segments:
            self.unread.add("segment", record, n=len(annotations.segments), label=label)
        if annotations.timestamp:
            self.unread.add("timestamp", record, n=len(annotations.timestamp), label=label)

    def _box(self, label: int, marked: Object, record: int) -> None:
        box, cls = marked.bounding_box, marked.name or marked.value
        if box is None or not cls:
            field = "bounding_box" if box is None else "name"
            self._left_out(f"a {field}", "objects", label, record)
            return
        if box.width < 0 or box.height < 0:
            self._builder.problem(
                "warning",
                "a width and height from 0; read as drawn from the opposite corner",
                record=record,
                field="bounding_box",
                found=f"{box.width} x {box.height}",
            )
        if marked.classifications:
            self.unread.add("classification of an object", record, n=len(marked.classifications))
        self._builder.bbox(
            label,
            cls,
            box.left,
            box.top,
            box.left + box.width,
            box.top + box.height,
            annotation_id=id_text(marked.feature_id),
        )

    def _answer(self, label: int, asked: Classification, record: int) -> None:
        question = asked.name or asked.value
        if asked.message_id is not None:
            self.unread.add("answer on a message", record, label=label)
        elif asked.text_answer is not None:
            self.unread.add("text answer", record, label=label)
        elif asked.radio_answer is None and asked.checklist_answers is None:
            self.unread.add("classification without radio_answer or checklist_answers", record, label=label)
        elif not question:
            self._left_out("a name", "classifications", label, record)
        else:
            kind = "checklist" if asked.radio_answer is None else "choice"
            given = asked.checklist_answers or [] if asked.radio_answer is None else [asked.radio_answer]
            answers = [name for answer in given if (name := answer.name or answer.value)]
            if len(answers) < len(given):
                self._left_out("a name of each answer", "classifications", label, record)
                return
            self._builder.answer(label, kind, question, answers, annotation_id=id_text(asked.feature_id))
            nested = sum(len(answer.classifications or ()) for answer in given)
            self.unread.add("classification of an answer", record, n=nested)

    def _frames(self, label: int, frames: dict[str, Frame], record: int) -> None:
        """Count what the frames of a video or the slices of a volume hold."""
        for frame in frames.values():
            objects = frame.objects or ()
            for marked in objects.values() if isinstance(objects, dict) else objects:
                self.unread.add(marked.annotation_kind or "an object of a frame", record, label=label)
            self.unread.add("classification of a frame", record, n=len(frame.classifications or ()), label=label)

    def _history(self, project_id: str, asset_id: str, label: int | None, history: Sequence[Step], record: int) -> None:
        for step in history:
            verdict = _VERDICTS.get((step.action or "").lower())
            if verdict:
                self._builder.review(
                    project_id,
                    asset_id,
                    verdict,
                    label=label,
                    reviewer=step.created_by or None,
                    created_at=step.created_at,
                    record=record,
                )
            elif step.action != "Move":
                self.unread.add(f"workflow action {step.action!r}", record)

    def _review(self, project_id: str, asset_id: str, label: int, review: Any, record: int) -> None:
        """Take a review as export v1 had them; how v2 writes them is not documented."""
        match review:
            case {"score": 1 | -1 as score, **rest}:
                reviewer = rest.get("created_by", rest.get("createdBy"))
                created_at = rest.get("created_at", rest.get("createdAt"))
                self._builder.review(
                    project_id,
                    asset_id,
                    "accepted" if score == 1 else "rejected",
                    label=label,
                    reviewer=reviewer if isinstance(reviewer, str) else None,
                    created_at=created_at if isinstance(created_at, str) else None,
                    record=record,
                )
            case _:
                self.unread.add("review of this shape", record)

    def _left_out(self, expected: str, field: str, label: int, record: int) -> None:
        self._builder.unread([label], [1])
        self._builder.problem("error", f"{expected}; the annotation is left out", record=record, field=field)


def _benchmarks(labels: Sequence[Label]) -> set[str]:
    """Give the ids that labels name as their benchmark; which of two blocks names it depends on the export."""
    named: set[str] = set()
    for label in labels:
        for block in (label.label_details, label.performance_details):
            if block is not None and (named_id := id_text(block.benchmark_reference_label)):
                named.add(named_id)
    return named


def _seconds(value: float | None) -> float | None:
    """Read -1 as the missing value it stands for."""
    return None if value == -1 else value


def _metadata(fields: Sequence[Field]) -> list[tuple[str, str]]:
    """Give names and values as text: texts as they are, anything else as it is written in the export."""
    pairs = []
    for field in fields:
        try:
            value = msgspec.json.decode(field.value, type=str | None)
        except ValueError:
            value = bytes(field.value).decode(errors="replace")
        if field.schema_name and value is not None:
            pairs.append((field.schema_name, value))
    return pairs
