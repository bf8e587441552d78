"""Kili's raw JSON: assets, each with its labels (all of them, or the latest) and their answers job by job.

Labels are work (`DEFAULT`), the version after review (`REVIEW`; of a honeypot asset, the benchmark) or predictions
(`PREDICTION`, `INFERENCE`); what was saved by itself (`AUTOSAVE`) is no label yet. Coordinates are fractions of the
frame, whose size is the asset's `resolution`, or pixels where the export tells them; without either they stay
fractions, in a frame of 1 x 1 (a warning). Parts of one `semantic` object are one outline. A classification job is a
checklist if some label has several categories, else a choice. In a video, a box with one `mid` is a track, other shapes
stand at their frames; frames are given one by one, so nothing is filled in. Marks on the pages of a document stand at
their page.
https://docs.kili-technology.com/docs/data-format
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from labelqa.formats.files import File
from labelqa.formats.folders import PROJECT
from labelqa.formats.format import Format
from labelqa.formats.ids import Id, derived_label_id, id_text
from labelqa.formats.json_stream import read_records
from labelqa.formats.parts.json_pieces import json_records
from labelqa.formats.readers.kili.label import LabelReading
from labelqa.formats.readers.kili.responses import JOB, JOBS
from labelqa.formats.sample import Sample
from labelqa.formats.unread import Unread
from labelqa.project import Builder

__all__ = ["FORMAT"]

_ROLES = {
    "DEFAULT": "submitted",
    "REVIEW": "reviewed",
    "PREDICTION": "prediction",
    "INFERENCE": "prediction",
}
_READ = "rectangle, polygon, semantic, polyline, vector, marker, pose, entities, relations, categories and texts"


class _Author(msgspec.Struct):
    email: str | None = None
    id: Id = None
    name: str | None = None


class _Label(msgspec.Struct):
    response: msgspec.Raw = msgspec.field(name="jsonResponse", default=msgspec.Raw())
    id: Id = None
    author: _Author | None = None
    created_at: str | None = msgspec.field(name="createdAt", default=None)
    kind: str | None = msgspec.field(name="labelType", default=None)
    seconds: float | None = msgspec.field(name="secondsToLabel", default=None)
    model: str | None = msgspec.field(name="modelName", default=None)


class _Resolution(msgspec.Struct):
    width: float | None = None
    height: float | None = None
    page: int | None = msgspec.field(name="pageNumber", default=None)


class _Asset(msgspec.Struct):
    external_id: Id = msgspec.field(name="externalId", default=None)
    id: Id = None
    labels: list[_Label] | None = None
    latest: _Label | None = msgspec.field(name="latestLabel", default=None)
    resolution: _Resolution | None = None
    pages: list[_Resolution] | None = msgspec.field(name="pageResolutions", default=None)
    is_honeypot: bool | None = msgspec.field(name="isHoneypot", default=None)
    created_at: str | None = msgspec.field(name="createdAt", default=None)
    metadata: dict[str, Any] | str | None = msgspec.field(name="jsonMetadata", default=None)

    @property
    def all_labels(self) -> list[_Label]:
        """All labels that the export holds."""
        return self.labels or ([self.latest] if self.latest is not None else [])


def refuse(sample: Sample) -> str | None:
    """Say why a file is no raw export of Kili."""
    if sample.shape not in ("array", "object", "lines"):
        return "no JSON"
    record = sample.record if isinstance(sample.record, dict) else {}
    if "externalId" not in record:
        return "no 'externalId' in the first record"
    if not isinstance(record.get("labels"), list) and not isinstance(record.get("latestLabel"), dict):
        return "no list 'labels' and no 'latestLabel' in the first record"
    return None


def read(files: Sequence[File], builder: Builder) -> None:
    """Read exports, after looking which classification jobs have several answers in any of them."""
    several: set[str] = set()
    unheard = Builder()
    for file in files:
        unheard.source(file.name, FORMAT.name)
        for batch in read_records(file, _Asset, unheard):
            for asset in batch.records:
                for label in asset.all_labels:
                    several |= _with_several(label.response)
    for file in files:
        builder.source(file.name, FORMAT.name)
        reading = _Reading(several, builder)
        for batch in read_records(file, _Asset, builder):
            for record, asset in batch:
                reading.add(asset, record)
        reading.note()


def _with_several(response: msgspec.Raw, depth: int = 0) -> set[str]:
    """Name the classification jobs that have several categories."""
    found: set[str] = set()
    try:
        jobs = JOBS.decode(_plain(response))
    except (ValueError, RecursionError):
        return found
    for name, raw in jobs.items():
        try:
            job = JOB.decode(raw)
        except (ValueError, RecursionError):
            continue
        if len(job.categories or ()) > 1:
            found.add(name)
        if job.categories is None and job.annotations is None and depth == 0:
            found |= _with_several(raw, depth + 1)  # a frame of a video
        for annotation in job.annotations or ():
            found |= _with_several(_children(annotation), depth + 1) if depth < 3 else set()
    return found


class _Children(msgspec.Struct):
    children: msgspec.Raw = msgspec.Raw(b"{}")


def _children(annotation: msgspec.Raw) -> msgspec.Raw:
    try:
        return msgspec.json.decode(annotation, type=_Children).children
    except (ValueError, RecursionError):
        return msgspec.Raw(b"{}")


def _plain(response: msgspec.Raw) -> bytes:
    """Give a response that was put into the export as a text as what it is."""
    text = bytes(response)
    if text[:1] == b'"':
        try:
            return msgspec.json.decode(text, type=str).encode()
        except ValueError:
            return text
    return text


class _Reading:
    """The assets of one file."""

    def __init__(self, several: set[str], builder: Builder) -> None:
        self._several, self._builder = several, builder
        self._unread = Unread(_READ)
        self._n_sizeless = self._n_autosaved = 0

    def add(self, asset: _Asset, record: int) -> None:
        """Add an asset and its labels."""
        asset_id = id_text(asset.external_id) or id_text(asset.id)
        if asset_id is None:
            self._builder.problem("error", "an externalId; the asset is left out", record=record, field="externalId")
            self._builder.records(0, 1)
            return
        size = asset.resolution or _Resolution()
        self._builder.asset(
            PROJECT, asset_id, name=asset_id, width=size.width, height=size.height, created_at=asset.created_at,
            metadata=_pairs(asset.metadata), record=record,
        )  # fmt: skip
        for position, label in enumerate(asset.all_labels):
            if (label.kind or "DEFAULT") == "AUTOSAVE":
                self._n_autosaved += 1
                continue
            self._label(asset, asset_id, label, position, record)

    def _label(self, asset: _Asset, asset_id: str, label: _Label, position: int, record: int) -> None:
        role = _ROLES.get(label.kind or "DEFAULT")
        if role is None:
            self._unread.add(f"label of type {label.kind}", record)
            return
        author = label.author or _Author()
        labeler = author.email or id_text(author.id)
        if role == "prediction":
            labeler = label.model or labeler
            if labeler is not None:
                self._builder.labeler(labeler, is_model=True)
        elif labeler is not None:
            self._builder.labeler(labeler, name=author.name)
        if role == "reviewed" and asset.is_honeypot:
            role = "benchmark"
        number = self._builder.label(
            PROJECT, asset_id, id_text(label.id) or derived_label_id(asset_id, labeler, position), labeler, role=role,
            created_at=label.created_at, seconds=label.seconds, record=record,
        )  # fmt: skip
        pages = {page.page: (page.width, page.height) for page in asset.pages or () if page.width and page.height}
        size = asset.resolution
        reading = LabelReading(
            number, record, (size.width, size.height) if size and size.width and size.height else None,
            {page: (float(w or 0), float(h or 0)) for page, (w, h) in pages.items() if page is not None},
            self._several, role == "prediction", self._unread, self._builder,
        )  # fmt: skip
        reading.add(_plain(label.response))
        self._n_sizeless += reading.is_sizeless

    def note(self) -> None:
        """Note what the file has in common and what was not read."""
        if self._n_sizeless:
            self._builder.problem(
                "warning",
                "a resolution of the asset; where it is not told, coordinates are fractions of the frame",
                field="resolution",
                n=self._n_sizeless,
                remedy="Export with the field 'resolution'.",
            )
        if self._n_autosaved:
            expected = "labels that were submitted; what was saved by itself is left out"
            self._builder.problem("note", expected, field="labelType", found="AUTOSAVE", n=self._n_autosaved)
        self._unread.note(self._builder)


def _pairs(metadata: dict[str, Any] | str | None) -> Iterator[tuple[str, str]]:
    if isinstance(metadata, dict):
        yield from ((key, str(value)) for key, value in metadata.items() if isinstance(value, str | int | float))


FORMAT = Format(
    name="kili",
    title="Kili (raw JSON)",
    facts=frozenset({"who", "when", "seconds", "review", "benchmark", "prediction"}),
    refuse=refuse,
    read=read,
    pieces=json_records,
)
