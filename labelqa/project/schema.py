"""The tables of a project: every column, its dtype, unit and whether it may be null.

The stored tables are normalised: a row refers to a row of another table by its row number (`asset`, `label`, `concept`,
`labeler_row`), so that a million assets stay small and comparisons run on integers. `Project.labels` and
`Project.annotations` show them with names instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

ROLES = ("submitted", "benchmark", "prediction", "reviewed", "consensus")
"""What a label is: work, ground truth, pre-label, the version after review, or a merged label."""

STATUSES = ("submitted", "skipped")
"""Whether the labeler answered or passed. A skipped label takes part in no comparison; it counts in throughput."""

VERDICTS = ("accepted", "rejected")
"""What a reviewer said of a label."""

STATES = ("open", "resolved")
"""What has become of an issue."""

SEVERITIES = ("error", "warning", "note")
"""`error`: something was lost; `warning`: read, but look at it; `note`: present in the file, not read by labelqa."""

QUESTIONS = ("checklist", "choice", "number", "ranking", "rating", "taxonomy", "text")
"""Kinds that a label answers once for each question, instead of drawing any number of them."""

ANSWERED = ("checklist", "choice", "taxonomy")
"""Questions with a list of allowed answers; others take any text or number."""

ROW = pl.UInt32()
TIME = pl.Datetime("us", "UTC")
ROLE = pl.Enum(ROLES)
STATUS = pl.Enum(STATUSES)
VERDICT = pl.Enum(VERDICTS)
STATE = pl.Enum(STATES)
SEVERITY = pl.Enum(SEVERITIES)
METADATA = pl.List(pl.Struct({"key": pl.String, "value": pl.String}))


@dataclass(frozen=True)
class Column:
    """One column: its dtype, whether null may occur, and what it holds (unit included)."""

    dtype: pl.DataType
    nullable: bool
    meaning: str


Schema = Mapping[str, Column]


def dtypes(schema: Schema) -> dict[str, pl.DataType]:
    """Give the polars schema of a table: column name to dtype."""
    return {name: column.dtype for name, column in schema.items()}


def empty(schema: Schema) -> pl.DataFrame:
    """Make a table of that schema without rows."""
    return pl.DataFrame(schema=dtypes(schema))


ASSETS: Schema = {
    "project_id": Column(pl.String(), False, "the project the asset belongs to"),
    "asset_id": Column(pl.String(), False, "the vendor's stable key of the asset, unique within the project"),
    "name": Column(pl.String(), True, "file name or external id, for people"),
    "width": Column(pl.Int64(), True, "width of the frame in pixels"),
    "height": Column(pl.Int64(), True, "height of the frame in pixels"),
    "batch": Column(pl.String(), True, "name of the batch the asset was sent in"),
    "dataset": Column(pl.String(), True, "name of the dataset the asset comes from"),
    "labels_asked": Column(pl.Int64(), True, "how many labels the asset should get, where the export says so"),
    "created_at": Column(TIME, True, "when the asset was added"),
    "metadata": Column(METADATA, False, "key and value pairs, sorted by key; empty list if none"),
}

LABELS: Schema = {
    "asset": Column(ROW, False, "row of the asset in `assets`"),
    "label_id": Column(pl.String(), False, "the vendor's id of the label, unique within the project"),
    "labeler_row": Column(ROW, True, "row of the labeler in `labelers`; null if the export does not say who"),
    "role": Column(ROLE, False, "submitted, benchmark, prediction, reviewed or consensus"),
    "status": Column(STATUS, False, "submitted or skipped"),
    "created_at": Column(TIME, True, "when the label was submitted first"),
    "updated_at": Column(TIME, True, "when the label was last changed"),
    "seconds": Column(pl.Float64(), True, "labeling time in seconds, as the export gives it"),
    "review_seconds": Column(pl.Float64(), True, "review time in seconds, as the export gives it"),
    "n_unread": Column(
        pl.Int64(), False, "marks of the label that are in the export and were not read; see `problems`"
    ),
    "source": Column(pl.String(), False, "file the label was read from"),
    "record": Column(pl.Int64(), True, "number of the record in that file, from 1"),
}

ANNOTATIONS: Schema = {
    "label": Column(ROW, False, "row of the label in `labels`"),
    "annotation_id": Column(pl.String(), False, "the vendor's id, unique within the label; derived if there is none"),
    "concept": Column(ROW, False, "row of the class and kind in `ontology`"),
    "geometry": Column(
        pl.List(pl.Float64()), True, "numbers as the kind lays them out; bbox: left, top, right, bottom in pixels"
    ),
    "parts": Column(pl.List(pl.UInt32()), True, "whole numbers as the kind lays them out; null for most"),
    "answer": Column(pl.List(pl.String()), True, "answers or texts as the kind lays them out; null for shapes"),
    "place": Column(
        pl.String(), True, "frame, page or message of the asset; only marks of one place meet; null: all of it"
    ),
    "parent_id": Column(pl.String(), True, "annotation of the label that this is an attribute of; null at the top"),
    "score": Column(pl.Float64(), True, "confidence of a model in [0, 1]"),
    "is_crowd": Column(pl.Boolean(), False, "marks a group of objects that was not separated (COCO iscrowd)"),
    "stated": Column(
        pl.List(pl.Float64()), True, "numbers stated beside the value, in the order of `STATED`; nan where unknown"
    ),
}

VALUE = ("geometry", "parts", "answer")
"""The columns of an annotation that hold its value."""

STATED = ("area", "left", "top", "right", "bottom", "group", "z_order")
"""What an export may state beside a value: area in square pixels and sides of the box (COCO), group and layer (CVAT)."""

LABELERS: Schema = {
    "labeler": Column(pl.String(), False, "e-mail, else the id as text; unique"),
    "name": Column(pl.String(), True, "the labeler's name, for people"),
    "is_model": Column(pl.Boolean(), False, "true for a model, false for a person"),
}

ONTOLOGY: Schema = {
    "project_id": Column(pl.String(), False, "the project"),
    "kind": Column(pl.String(), False, "kind of annotation: bbox, choice, checklist ..."),
    "class": Column(pl.String(), False, "class of the object, or the question"),
    "answers": Column(
        pl.List(pl.String()), False, "answers of the question, declared or seen, sorted; empty for objects"
    ),
    "scale_min": Column(pl.Float64(), True, "least value of a rating or number, where it is declared"),
    "scale_max": Column(pl.Float64(), True, "greatest value of a rating or number, where it is declared"),
    "declared": Column(pl.Boolean(), False, "true if the export declares it, false if it was only seen in use"),
}

REVIEWS: Schema = {
    "asset": Column(ROW, False, "row of the asset in `assets`"),
    "label": Column(ROW, True, "row of the label in `labels`; null if the export reviews the asset as a whole"),
    "reviewer": Column(pl.String(), True, "who reviewed"),
    "verdict": Column(VERDICT, False, "accepted or rejected"),
    "created_at": Column(TIME, True, "when"),
}

ISSUES: Schema = {
    "asset": Column(ROW, False, "row of the asset in `assets`"),
    "label": Column(ROW, True, "row of the label in `labels`; null if it is raised on the asset as a whole"),
    "category": Column(pl.String(), True, "what sort of issue"),
    "state": Column(STATE, False, "open or resolved"),
    "raised_by": Column(pl.String(), True, "who raised it"),
    "created_at": Column(TIME, True, "when it was raised"),
    "resolved_at": Column(TIME, True, "when it was resolved"),
    "n": Column(pl.Int64(), False, "how many: more than 1 where the export only counts them"),
}

PROBLEMS: Schema = {
    "severity": Column(
        SEVERITY, False, "error (something was lost), warning (look at it) or note (not read by labelqa)"
    ),
    "file": Column(pl.String(), True, "the file"),
    "record": Column(pl.Int64(), True, "number of the record in the file, from 1; null if it concerns many"),
    "field": Column(pl.String(), True, "the field"),
    "found": Column(pl.String(), True, "what was found, cut to a line"),
    "expected": Column(pl.String(), False, "what was expected, or what became of it"),
    "remedy": Column(pl.String(), True, "what to do"),
    "n": Column(pl.Int64(), False, "how many times; more than 1 where the listing was cut"),
}

SOURCES: Schema = {
    "file": Column(pl.String(), False, "file the project was read from"),
    "format": Column(pl.String(), False, "format it was read as"),
    "n_records": Column(pl.Int64(), False, "records in the file"),
    "n_skipped": Column(pl.Int64(), False, "records that could not be read; each is among the problems"),
    "n_labels": Column(pl.Int64(), False, "labels read from it"),
    "n_annotations": Column(pl.Int64(), False, "annotations read from it"),
}

TABLES: Mapping[str, Schema] = {
    "assets": ASSETS,
    "labels": LABELS,
    "annotations": ANNOTATIONS,
    "labelers": LABELERS,
    "ontology": ONTOLOGY,
    "reviews": REVIEWS,
    "issues": ISSUES,
    "problems": PROBLEMS,
    "sources": SOURCES,
}
