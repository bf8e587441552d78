"""The parts of a Labelbox export that are read, as msgspec decodes them; anything may be missing or null."""

from __future__ import annotations

from typing import Any

import msgspec

from labelqa.formats.ids import Id


class Struct(msgspec.Struct, gc=False):
    """Base: what is not named here is skipped; nothing refers in circles, so garbage collection is spared."""


class Box(Struct):
    """A box in pixels."""

    top: float
    left: float
    height: float
    width: float


class Object(Struct):
    """A mark in an image: a box, polygon, mask ..."""

    feature_id: Id = None
    name: str | None = None
    value: str | None = None
    annotation_kind: str | None = None
    bounding_box: Box | None = None
    classifications: list[msgspec.Raw] | None = None


class Answer(Struct):
    """One answer of a radio or checklist question."""

    name: str | None = None
    value: str | None = None
    classifications: list[msgspec.Raw] | None = None


class Classification(Struct):
    """A question with its answer, in one of several fields by its kind."""

    feature_id: Id = None
    name: str | None = None
    value: str | None = None
    message_id: Id = None
    radio_answer: Answer | None = None
    checklist_answers: list[Answer] | None = None
    text_answer: Any = None


class Kind(Struct):
    """An object of which only the kind is counted."""

    annotation_kind: str | None = None


class Frame(Struct):
    """One frame of a video or slice of a volume."""

    objects: dict[str, Kind] | list[Kind] | None = None
    classifications: list[msgspec.Raw] | None = None


class Group(Struct):
    """One direction through a volume (DICOM)."""

    frames: dict[str, Frame] | None = None
    classifications: list[msgspec.Raw] | None = None


class Annotations(Struct):
    """What a label holds; which fields there are depends on the media."""

    objects: list[Object] | None = None
    classifications: list[Classification] | None = None
    relationships: list[msgspec.Raw] | None = None
    frames: dict[str, Frame] | None = None
    groups: dict[str, Group] | None = None
    segments: dict[str, msgspec.Raw] | None = None
    timestamp: dict[str, msgspec.Raw] | None = None


class LabelDetails(Struct):
    """Block `label_details`."""

    created_at: str | None = None
    updated_at: str | None = None
    created_by: str | None = None
    benchmark_reference_label: Id = None
    reviews: list[Any] | None = None


class Performance(Struct):
    """Block `performance_details`."""

    seconds_to_create: float | None = None
    seconds_to_review: float | None = None
    skipped: bool | None = None
    benchmark_reference_label: Id = None


class Label(Struct):
    """One labeler's submission."""

    id: Id = None
    label_details: LabelDetails | None = None
    performance_details: Performance | None = None
    annotations: Annotations | None = None


class Step(Struct):
    """One step of a data row through the workflow."""

    action: str | None = None
    created_at: str | None = None
    created_by: str | None = None


class ProjectDetails(Struct):
    """Block `project_details`."""

    batch_name: str | None = None
    workflow_history: list[Step] | None = None


class Project(Struct):
    """A data row in one project."""

    labels: list[Label] | None = None
    project_details: ProjectDetails | None = None


class RowDetails(Struct):
    """Block `details` of the data row."""

    dataset_name: str | None = None
    created_at: str | None = None


class DataRow(Struct):
    """The asset."""

    id: Id = None
    global_key: Id = None
    external_id: Id = None
    details: RowDetails | None = None


class Media(Struct):
    """Block `media_attributes`."""

    width: float | None = None
    height: float | None = None


class Field(Struct):
    """One metadata field of the data row."""

    schema_name: str | None = None
    value: msgspec.Raw = msgspec.Raw(b"null")


class Row(Struct):
    """One record of the export."""

    data_row: DataRow
    media_attributes: Media | None = None
    metadata_fields: list[Field] | None = None
    projects: dict[str, Project] | None = None
    experiments: dict[str, msgspec.Raw] | None = None
