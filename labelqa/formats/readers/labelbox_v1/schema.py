"""The parts of an export v1 that are read, as msgspec decodes them; anything may be missing or null."""

from __future__ import annotations

from typing import Any

import msgspec

from labelqa.formats.ids import Id
from labelqa.formats.readers.labelbox.schema import ABSENT, Box, Struct


class Record(
    Struct,
    rename={
        "id": "ID",
        "data_row_id": "DataRow ID",
        "global_key": "Global Key",
        "external_id": "External ID",
        "labeled_data": "Labeled Data",
        "label": "Label",
        "masks": "Masks",
        "created_by": "Created By",
        "project_name": "Project Name",
        "view_label": "View Label",
        "created_at": "Created At",
        "updated_at": "Updated At",
        "seconds_to_label": "Seconds to Label",
        "seconds_to_create": "Seconds to Create",
        "seconds_to_review": "Seconds to Review",
        "agreement": "Agreement",
        "benchmark_agreement": "Benchmark Agreement",
        "benchmark_id": "Benchmark ID",
        "benchmark_reference_id": "Benchmark Reference ID",
        "dataset_name": "Dataset Name",
        "reviews": "Reviews",
        "has_open_issues": "Has Open Issues",
        "skipped": "Skipped",
        "media": "Media Attributes",
        "metadata": "DataRow Metadata",
    },
):
    """One label: one record of the export."""

    id: Id = None
    data_row_id: Id = None
    global_key: Id = None
    external_id: Id = None
    labeled_data: Any = None
    label: msgspec.Raw = ABSENT
    masks: msgspec.Raw = ABSENT
    created_by: str | None = None
    project_name: str | None = None
    view_label: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    seconds_to_label: float | None = None
    seconds_to_create: float | None = None
    seconds_to_review: float | None = None
    benchmark_agreement: float | None = None
    benchmark_id: Id = None
    benchmark_reference_id: Id = None
    dataset_name: str | None = None
    reviews: list[Any] | None = None
    has_open_issues: Any = None
    skipped: bool | int | None = None
    media: Any = None
    metadata: Any = None


class Benchmarks(Struct, rename={"id": "Benchmark ID", "reference_id": "Benchmark Reference ID"}):
    """What a record says of the ground truth."""

    id: Any = None
    reference_id: Any = None


class Text(Struct):
    """Where an entity lies, in the block `data` of an object."""

    location: msgspec.Raw = ABSENT


class Object(Struct, rename="camel"):
    """A mark: where it lies is in one of several fields."""

    feature_id: Id = None
    title: str | None = None
    value: str | None = None
    bbox: Box | None = None
    polygon: msgspec.Raw = ABSENT
    line: msgspec.Raw = ABSENT
    point: msgspec.Raw = ABSENT
    data: msgspec.Raw = ABSENT
    format: str | None = None
    instance_uri: str | None = msgspec.field(default=None, name="instanceURI")
    page: Id = None
    classifications: list[Any] | None = None


class Content(Struct, rename="camel"):
    """A label as it has been since 2019; of a video, a frame of it."""

    objects: list[Object] | None = None
    classifications: list[Any] | None = None
    relationships: list[Any] | None = None
    frames: Any = None
    frame_number: int | None = None
