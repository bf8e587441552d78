"""The parts of an Encord label row that are read, as msgspec decodes them; anything may be missing or null."""

from __future__ import annotations

from typing import Any

import msgspec

from labelqa.formats.ids import Id
from labelqa.formats.whole import Whole


class Struct(msgspec.Struct, gc=False):
    """Base: what is not named here is skipped; nothing refers in circles, so garbage collection is spared."""


class Camel(Struct, rename="camel"):
    """Base of what Encord names in camelCase."""


class Review(Struct):
    """A reviewer's verdict on one object or classification; `metadata` may hold copies of earlier ones."""

    id: Id = None
    approved: bool | None = None
    status: str | None = None
    comment: str | None = None
    user_email: Id = None
    created_by: Id = msgspec.field(default=None, name="createdBy")
    created: str | None = msgspec.field(default=None, name="createdAt")
    created_at: str | None = None
    metadata: Any = None


class Made(Camel):
    """What is told of everything that is made: by whom, and whether it is still there."""

    feature_hash: Id = None
    name: str | None = None
    value: str | None = None
    shape: str | None = None
    created_by: Id = None
    last_edited_by: Id = None
    is_deleted: bool | None = None
    manual_annotation: bool | None = None
    confidence: Any = None
    reviews: list[Review] | None = None


class Object(Made):
    """An object in one frame, with its shape in the field of its kind."""

    object_hash: Id = None
    bounding_box: Any = None
    rotatable_bounding_box: Any = None
    polygon: Any = None
    polygons: Any = None
    polyline: Any = None
    point: Any = None
    skeleton: Any = None
    bitmask: Any = None
    cuboid: Any = None


class Classification(Made):
    """That a frame is classified; the answers are in `classification_answers`."""

    classification_hash: Id = None


class Answered(Camel):
    """One question with its answers: a list of options, a text or a number; of a dynamic one the frames."""

    name: str | None = None
    value: str | None = None
    answers: Any = None
    feature_hash: Id = None
    range: list[list[Whole]] | None = None


class Space(Struct):
    """Where in one part of a data group something is."""

    range: list[list[Whole]] | None = None


class Answers(Made):
    """All answers about an object or of a classification; of sound and text also where it is."""

    classifications: list[Answered] | None = None
    actions: list[Answered] | None = None
    range: list[list[Whole]] | None = None
    range_html: list[Any] | None = msgspec.field(default=None, name="range_html")
    spaces: dict[str, Space] | None = None


class Size(Struct):
    """The size of one slice of a volume."""

    width: float | None = None
    height: float | None = None


class Frame(Struct):
    """What is in one frame, in one slice of a volume, or in a whole image."""

    metadata: Size | None = None
    objects: list[msgspec.Raw] | None = None
    classifications: list[msgspec.Raw] | None = None


class Child(Struct):
    """The file of a part of a data group."""

    file_name: str | None = None


class Unit(Struct):
    """A data unit - image, video, sound or text - or a part of a data group."""

    data_hash: Id = None
    data_title: str | None = None
    title: str | None = None
    child_info: Child | None = None
    data_type: str | None = None
    space_type: str | None = None
    width: float | None = None
    height: float | None = None
    labels: dict[str, msgspec.Raw] | None = None


class Branch(Struct):
    """What tells which branches of a label row there are."""

    data_hash: Id = None
    branch_name: str | None = None
    data_units: dict[str, msgspec.Raw] | None = None


class Row(Struct):
    """A label row: everything that is made on one asset of a dataset, on one branch."""

    label_hash: Id = None
    branch_name: str | None = None
    project_hash: Id = None
    data_hash: Id = None
    data_title: str | None = None
    data_type: str | None = None
    dataset_title: str | None = None
    created_at: str | None = None
    last_edited_at: str | None = None
    label_status: str | None = None
    data_units: dict[str, Unit] | None = None
    spaces: dict[str, Unit] | None = None
    object_answers: dict[str, msgspec.Raw] | None = None
    classification_answers: dict[str, msgspec.Raw] | None = None
    object_actions: dict[str, msgspec.Raw] | None = None
