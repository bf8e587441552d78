"""The parts of a Label Studio export that are read, as msgspec decodes them; anything may be missing or null."""

from __future__ import annotations

from typing import Any

import msgspec

from labelqa.formats.ids import Id

NOTHING = msgspec.Raw(b"null")
"""What stands for a result that is not there."""

Time = str | float | None
"""ISO 8601, or seconds since 1970 (before 1.0)."""


class Struct(msgspec.Struct, gc=False):
    """Base: what is not named here is skipped; nothing refers in circles, so garbage collection is spared."""


class Item(Struct):
    """One region, answer or relation; items with one id are about one region.

    What numbers and values look like depends on who wrote them, so they are looked at where they are used.
    """

    id: Id = None
    type: str | None = None
    from_name: str | None = None
    to_name: Any = None
    value: Any = None
    original_width: Any = None
    original_height: Any = None
    image_rotation: Any = None
    item_index: Any = None
    score: Any = None
    parentID: Id = None  # noqa: N815
    meta: Any = None
    from_id: Id = None
    to_id: Id = None
    direction: str | None = None
    labels: Any = None


class User(Struct):
    """Who made something, where the export expands users."""

    id: Id = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Review(Struct):
    """A reviewer's verdict."""

    created_by: User | Id = None
    created_at: str | None = None
    accepted: bool | None = None


class Made(Struct):
    """What annotations and predictions have in common; `result` is decoded item by item, so that a fault costs one."""

    id: Id = None
    result: msgspec.Raw = NOTHING
    created_at: Time = None
    updated_at: Time = None


class Annotation(Made):
    """One labeler's submission, in labelqa a label; before 1.0 it was called a completion."""

    completed_by: User | Id = None
    was_cancelled: bool | None = None
    skipped: bool | None = None
    ground_truth: bool | None = None
    honeypot: bool | None = None
    lead_time: float | None = None
    reviews: list[Review] | None = None
    history: list[msgspec.Raw] | None = None
    aggregated_completed_by: list[Id] | None = None


class Prediction(Made):
    """A model's pre-label."""

    model_version: str | None = None
    score: Any = None


class Task(Struct):
    """The asset with everything made on it."""

    id: Id = None
    project: Any = None
    data: dict[str, Any] | None = None
    created_at: Time = None
    annotations: list[Annotation | int] | None = None
    completions: list[Annotation | int] | None = None
    predictions: list[Prediction | int] | None = None
    drafts: list[msgspec.Raw] | None = None
    comment_count: Any = None
    unresolved_comment_count: Any = None


class TaskOf(Struct):
    """The asset inside an annotation that is a record by itself."""

    id: Id = None
    project: Any = None
    data: dict[str, Any] | None = None
    created_at: Time = None


class Record(Task):
    """A task, or an annotation or prediction by itself, as they lie in a target storage or come from a model."""

    result: msgspec.Raw = NOTHING
    task: TaskOf | Id = None
    model_version: str | None = None
    score: Any = None
    updated_at: Time = None
    completed_by: User | Id = None
    was_cancelled: bool | None = None
    ground_truth: bool | None = None
    lead_time: float | None = None
    reviews: list[Review] | None = None
    history: list[msgspec.Raw] | None = None
