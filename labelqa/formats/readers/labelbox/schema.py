"""The parts of a Labelbox export that are read, as msgspec decodes them; anything may be missing or null."""

from __future__ import annotations

from typing import Any

import msgspec

from labelqa.formats.ids import Id

ABSENT = msgspec.Raw(b"null")
"""A part that is missing. Parts that only some marks have are kept as text, and decoded by the tool that drew them."""


class Struct(msgspec.Struct, gc=False):
    """Base: what is not named here is skipped; nothing refers in circles, so garbage collection is spared."""


class Box(Struct):
    """A box, in pixels or in the unit of its page; on a map it has coordinates as GeoJSON instead."""

    top: float | None = None
    left: float | None = None
    height: float | None = None
    width: float | None = None
    coordinates: msgspec.Raw = ABSENT


class Answer(Struct):
    """One answer of a radio, checklist or dropdown question, with questions that it brings up."""

    name: str | None = None
    value: str | None = None
    classifications: list[Classification] | None = None


class Classification(Struct):
    """A question with its answer, in one of several fields by its kind."""

    feature_id: Id = None
    name: str | None = None
    value: str | None = None
    message_id: Id = None
    radio_answer: Answer | None = None
    checklist_answers: list[Answer] | None = None
    dropdown_answers: list[Answer] | None = None
    text_answer: Any = None
    conversational_radio_answer: Answer | None = None
    conversational_checklist_answers: list[Answer] | None = None
    conversational_text_answer: Any = None
    classifications: list[Classification] | None = None


class Object(Struct):
    """A mark: where it lies is in one of several fields by its kind."""

    feature_id: Id = None
    name: str | None = None
    value: str | None = None
    annotation_kind: str | None = None
    bounding_box: Box | None = None
    classifications: list[Classification] | None = None
    polygon: msgspec.Raw = ABSENT
    line: msgspec.Raw = ABSENT
    point: msgspec.Raw = ABSENT
    mask: msgspec.Raw = ABSENT
    composite_mask: msgspec.Raw = ABSENT
    location: msgspec.Raw = ABSENT
    conversational_location: msgspec.Raw = ABSENT
    selected_message: msgspec.Raw = ABSENT
    selected_messages: msgspec.Raw = ABSENT
    ranked_messages: msgspec.Raw = ABSENT
    page_number: Id = None
    page_dimensions: msgspec.Raw = ABSENT
    unit: str | None = None
    confidence: float | None = None


class Frame(Struct):
    """One frame of a video, slice of a volume or moment of a recording; objects by feature id, or in a list."""

    objects: dict[str, Object] | list[Object] | None = None
    classifications: list[Classification] | None = None


class Group(Struct):
    """One direction through a volume (DICOM)."""

    frames: dict[str, Frame] | None = None
    classifications: list[Classification] | None = None


class Annotations(Struct):
    """What a label holds; which fields there are depends on the media."""

    objects: list[Object] | None = None
    classifications: list[Classification] | None = None
    relationships: list[Any] | None = None
    frames: dict[str, Frame] | None = None
    groups: dict[str, Group] | None = None
    segments: msgspec.Raw = ABSENT
    timestamp: msgspec.Raw = ABSENT


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
    """One labeler's submission, or a model's predictions."""

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
    consensus_expected_label_count: float | None = None
    workflow_history: list[Step] | None = None


class Project(Struct):
    """A data row in one project."""

    labels: list[Label] | None = None
    project_details: ProjectDetails | None = None


class Run(Struct):
    """A data row in one run of a model."""

    name: str | None = None
    labels: list[msgspec.Raw] | None = None
    predictions: list[Label] | None = None


class Experiment(Struct):
    """A data row in the runs of one model."""

    name: str | None = None
    runs: dict[str, Run] | None = None


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
    mime_type: str | None = None


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
