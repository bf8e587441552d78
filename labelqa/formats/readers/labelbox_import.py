"""Labelbox's import format: one annotation a record, as models and scripts write it to be uploaded.

These are pre-labels: the labels have the role `prediction`, one for each data row, by a model called like the file. Marks are
taken apart as those of an export are (`readers/labelbox`). Frames of videos and selections in documents are counted, not read.
https://docs.labelbox.com/reference/import-image-annotations
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.ids import Id, id_text
from labelqa.formats.json_stream import read_records
from labelqa.formats.parts.json_pieces import json_records
from labelqa.formats.pictures import Pictures
from labelqa.formats.readers.labelbox.marks import Marks
from labelqa.formats.readers.labelbox.scene import Reading, Scene
from labelqa.formats.readers.labelbox.schema import ABSENT, Annotations, Answer, Box, Classification, Object
from labelqa.formats.sample import Sample
from labelqa.project import Builder

PROJECT = "default"

_UNREAD = ("segments", "frames", "textSelections", "messageEvaluationTask", "ner")
"""Fields of annotations that are not read."""

_DEEPEST = 50
"""Questions under questions that are followed."""


class _DataRow(msgspec.Struct, gc=False):
    id: Id = None
    globalKey: Id = None  # noqa: N815 - the vendor's name


class _Record(msgspec.Struct, gc=False, rename={"data_row": "dataRow", "message_id": "messageId"}):
    """One annotation; which fields there are depends on its tool."""

    uuid: Id = None
    data_row: _DataRow | None = None
    name: str | None = None
    bbox: Box | None = None
    polygon: msgspec.Raw = ABSENT
    line: msgspec.Raw = ABSENT
    point: msgspec.Raw = ABSENT
    mask: msgspec.Raw = ABSENT
    location: msgspec.Raw = ABSENT
    message_id: Id = None
    page: Id = None
    unit: str | None = None
    confidence: float | None = None
    relationship: Any = None
    answer: Any = None
    answers: Any = None
    classifications: Any = None
    segments: msgspec.Raw = ABSENT
    frames: msgspec.Raw = ABSENT
    textSelections: msgspec.Raw = ABSENT  # noqa: N815 - the vendor's name
    messageEvaluationTask: msgspec.Raw = ABSENT  # noqa: N815 - the vendor's name
    ner: msgspec.Raw = ABSENT


def refuse(sample: Sample) -> str | None:
    """Say why a file is no import file."""
    if sample.shape not in ("lines", "array"):
        return "no JSON list and no lines of JSON"
    if not sample.keys:
        return "no object as the first record"
    if not isinstance(sample.record.get("dataRow"), dict):
        return "no 'dataRow' in the first record"
    return None if {"uuid", "name"} & sample.keys else "neither 'uuid' nor 'name' in the first record"


def read(files: Sequence[File], builder: Builder) -> None:
    """Read each file as the labels of one model."""
    for file in files:
        builder.source(file.name, FORMAT.name)
        builder.labeler(file.stem, is_model=True)
        rows = _Rows(builder, file)
        for batch in read_records(file, _Record, builder):
            for record, one in batch:
                rows.add(one, record)
        rows.reading.note()


class _Rows:
    """Takes the annotations of a file apart into one label a data row."""

    def __init__(self, builder: Builder, file: File) -> None:
        self._builder, self._model = builder, file.stem
        self.reading = Reading(builder, Pictures(file.beside))
        self._marks = Marks(self.reading)
        self._labels: dict[str, int] = {}

    def add(self, one: _Record, record: int) -> None:
        """Add an annotation to the label of its data row."""
        row = one.data_row
        asset_id = None if row is None else id_text(row.globalKey) or id_text(row.id)
        if asset_id is None:
            self._builder.records(0, 1)
            expected = "a dataRow with an id or globalKey; the record is left out"
            self._builder.problem("error", expected, record=record, field="dataRow")
            return
        self._builder.mention(PROJECT, asset_id, record)
        label = self._labels.get(asset_id)
        if label is None:
            self._builder.asset(PROJECT, asset_id, record=record)
            label = self._labels[asset_id] = self._builder.label(
                PROJECT, asset_id, f"{self._model}/{asset_id}", self._model, role="prediction", record=record
            )
        unread = next((name for name in _UNREAD if bytes(getattr(one, name)) != b"null"), None)
        if unread is not None:
            self.reading.unread.add(unread, record, label=label)
            return
        self._marks.add(label, _annotations(one), Scene(self.reading, record))


def _annotations(one: _Record) -> Annotations:
    """Lay an annotation out as an export does."""
    if one.relationship is not None:
        ends = one.relationship if isinstance(one.relationship, dict) else {}
        return Annotations(relationships=[{**ends, "name": one.name, "feature_id": id_text(one.uuid)}])
    if one.answer is not None or one.answers is not None:
        return Annotations(classifications=[_question(msgspec.structs.asdict(one), _DEEPEST)])
    location, conversational = one.location, ABSENT
    if one.message_id is not None and bytes(location) != b"null":
        place = msgspec.json.encode({"message_id": one.message_id, "location": location})
        location, conversational = ABSENT, msgspec.Raw(place)
    mark = Object(
        feature_id=one.uuid,
        name=one.name,
        bounding_box=one.bbox,
        polygon=one.polygon,
        line=one.line,
        point=one.point,
        mask=one.mask,
        location=location,
        conversational_location=conversational,
        page_number=one.page,
        unit=one.unit,
        confidence=one.confidence,
        classifications=_questions(one.classifications, _DEEPEST),
    )
    return Annotations(objects=[mark])


def _questions(found: Any, levels: int) -> list[Classification]:
    return [_question(one, levels) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _question(one: dict[str, Any], levels: int) -> Classification:
    """Lay a question with its answer out as an export does; what is no answer stays without one, and is listed there."""
    answer = one.get("answer")
    several = one.get("answers") if one.get("answers") is not None else answer
    below = _questions(one.get("classifications"), levels - 1) if levels else []
    name = one.get("name")
    return Classification(
        feature_id=one.get("uuid") if isinstance(one.get("uuid"), str) else None,
        name=name if isinstance(name, str) else None,
        radio_answer=_answer(answer, levels) if isinstance(answer, dict) else None,
        checklist_answers=[_answer(each, levels) for each in several] if isinstance(several, list) else None,
        text_answer=answer if isinstance(answer, str) else None,
        classifications=below,
    )


def _answer(given: Any, levels: int) -> Answer:
    if not isinstance(given, dict):
        return Answer(name=given if isinstance(given, str) else None)
    name = given.get("name")
    below = _questions(given.get("classifications"), levels - 1) if levels else []
    return Answer(name=name if isinstance(name, str) else None, classifications=below)


FORMAT = Format(
    name="labelbox_import",
    title="Labelbox import (pre-labels)",
    facts=frozenset({"prediction"}),
    refuse=refuse,
    read=read,
    pieces=json_records,
)
