"""The parts of a Label Studio export that are read, as msgspec decodes them; anything may be missing or null."""

from __future__ import annotations

from typing import Any

import msgspec

from labelqa.formats.ids import Id


class Struct(msgspec.Struct, gc=False):
    """Base: what is not named here is skipped; nothing refers in circles, so garbage collection is spared."""


class Value(Struct):
    """What a control holds; which fields there are depends on its type."""

    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None
    rotation: float | None = None
    rectanglelabels: list[str] | None = None
    labels: list[str] | None = None
    choices: list[Any] | str | None = None


class Item(Struct):
    """One region, answer or relation; items with one id are about one region."""

    id: Id = None
    type: str | None = None
    from_name: str | None = None
    to_name: str | None = None
    value: Value | None = None
    original_width: float | None = None
    original_height: float | None = None
    image_rotation: float | None = None
    item_index: int | None = None
    score: float | None = None


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


class Annotation(Struct):
    """One labeler's submission, in labelqa a label."""

    id: Id = None
    completed_by: User | Id = None
    result: list[Item] | None = None
    was_cancelled: bool | None = None
    ground_truth: bool | None = None
    created_at: str | None = None
    updated_at: str | None = None
    lead_time: float | None = None
    reviews: list[Review] | None = None


class Prediction(Struct):
    """A model's pre-label."""

    id: Id = None
    model_version: str | None = None
    result: list[Item] | None = None
    created_at: str | None = None
    updated_at: str | None = None


class Task(Struct):
    """The asset with everything made on it."""

    id: Id = None
    project: Id = None
    data: dict[str, Any] | None = None
    created_at: str | None = None
    annotations: list[Annotation | int] | None = None
    predictions: list[Prediction | int] | None = None
    drafts: list[msgspec.Raw] | None = None
