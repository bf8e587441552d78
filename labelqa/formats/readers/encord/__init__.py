"""Encord label rows: one row, or a list or lines of them, each with the data units of one asset and all answers.

A data unit - image, image of a group, video, sound, text, part of a data group - is an asset. What a row holds on it is
one label: a row is worked on in common, and consensus is taken between branches, so that labels of several people are
rows of several branches. A label is credited to whoever made most of the marks of its row (`createdBy`); a warning
tells where there were others. Where a row has branches beside "main", that of "main" is the merged label, with role
`consensus`. Verdicts on objects and classifications are reviews of the label.

Fractions become pixels by the width and height of the data unit. Boxes are tracks in videos, other shapes stand frame
by frame; a range of sound is an interval in seconds, one of text a span, whose end Encord includes. Answers about an
object are questions nested under it, dynamic ones frame by frame. An ontology file beside the rows declares classes
and tells the kinds of questions; without it they are told by their answers.
https://docs.encord.com/platform-documentation/Annotate/annotate-export/annotate-export-json
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.ids import id_text
from labelqa.formats.json_stream import read_records
from labelqa.formats.parts.json_pieces import json_records
from labelqa.formats.readers.encord.ontology import Ontology
from labelqa.formats.readers.encord.rows import Rows
from labelqa.formats.readers.encord.schema import Branch, Row
from labelqa.formats.sample import Sample, sample
from labelqa.project import Builder


def _refuse(sample: Sample) -> str | None:
    if sample.shape not in ("object", "array", "lines"):
        return "no JSON"
    if not sample.keys:
        return "no object as the first record"
    if _is_ontology(sample.record):
        return None
    if not {"data_units", "spaces"} & sample.keys:
        if {"label_hash", "data_hash"} <= sample.keys and sample.is_whole:
            return "no 'data_units' in the first record: a list of label rows without their labels"
        if sample.is_whole or not {"label_hash", "object_answers", "classification_answers"} & sample.keys:
            return "no 'data_units' in the first record"
    if not {"label_hash", "data_hash", "dataset_hash", "object_answers", "label_status"} & sample.keys:
        return "no 'label_hash' in the first record"
    return None


def _is_ontology(record: Any) -> bool:
    structure = _structure(record)
    parts = [structure.get(name) for name in ("objects", "classifications")]
    if not all(isinstance(part, list) for part in parts):
        return False
    named = [one for part in parts for one in part or () if isinstance(one, dict)]
    return any("featureNodeHash" in one for one in named)


def _structure(record: Any) -> dict[str, Any]:
    """Give the structure of an ontology, which may stand inside one with a title."""
    found = record if isinstance(record, dict) else {}
    for name in ("structure", "editor", "ontology"):
        inner = found.get(name)
        found = inner if isinstance(inner, dict) else found
    return found


def _read(files: Sequence[File], builder: Builder) -> None:
    ontology = Ontology()
    of_rows = []
    for file in files:
        if not _is_ontology(sample(file).record):
            of_rows.append(file)
            continue
        builder.source(file.name, FORMAT.name)
        for batch in read_records(file, dict[str, Any], builder):
            for record, one in batch:
                ontology.add(_structure(one), builder, record)
    branched = _branched(of_rows)
    projects: set[str] = set()
    has_tracks = has_boxes = False
    for file in of_rows:
        builder.source(file.name, FORMAT.name)
        rows = Rows(builder, ontology, branched)
        for rows_batch in read_records(file, Row, builder):
            for record, row in rows_batch:
                rows.add(row, record)
        rows.note()
        projects |= rows.projects
        has_tracks, has_boxes = has_tracks or rows.has_tracks, has_boxes or rows.has_boxes
    ontology.declare(builder, projects, has_tracks, has_boxes)


def _branched(files: Sequence[File]) -> frozenset[str]:
    """Find the data units that have branches beside the main one; damaged files are told of when they are read."""
    found: set[str] = set()
    silent = Builder()
    for file in files:
        silent.source(file.name, FORMAT.name)
        try:
            for batch in read_records(file, Branch, silent):
                for row in batch.records:
                    if (row.branch_name or "main") != "main":
                        found |= {id_text(row.data_hash) or "", *(row.data_units or ())}
        except InputError:
            continue
    return frozenset(found)


FORMAT = Format(
    name="encord",
    title="Encord label rows",
    facts=frozenset({"who", "when", "review"}),
    refuse=_refuse,
    read=_read,
    pieces=json_records,
)
