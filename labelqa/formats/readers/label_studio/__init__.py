"""Label Studio's JSON export: a list of tasks, each with the annotations (here: labels) and predictions made on it.

Read: every control tag of the table in `tags.py`, about the task or about a region, relations between regions, times,
reviews, ground-truth marks, predictions; the `completions` of versions before 1.0; and annotations or predictions that
lie by themselves in a file, as in a target storage.

- Percent of the image become pixels. Where no size is stated, coordinates stay percent, with a warning.
- A class or question is called like the export calls it; the labeling setup is not in the export, so nothing is declared.
- Offsets into texts are taken as they are: browsers count characters beyond U+FFFF twice.
https://labelstud.io/guide/export.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.json_stream import read_records
from labelqa.formats.parts.json_pieces import json_records
from labelqa.formats.readers.label_studio.boxes import plain_boxes
from labelqa.formats.readers.label_studio.schema import Record
from labelqa.formats.readers.label_studio.tasks import Tasks
from labelqa.formats.sample import HEAD_BYTES, Sample
from labelqa.project import Builder

_MARKS = frozenset(["result", "completed_by", "was_cancelled", "ground_truth", "model_version"])
"""Keys that tell an annotation or prediction of Label Studio from that of another tool."""

_CHUNK_BYTES = 1 << 20

_MADE = ("annotations", "predictions", "completions")


def _refuse(sample: Sample) -> str | None:
    if sample.shape not in ("array", "object", "lines"):
        return "no JSON"
    if not sample.keys:
        return "no object as the first record"
    if {"annotator", "annotation_id"} <= sample.keys:
        return "'annotator' in the first record: a JSON-MIN export; export as JSON"
    if _is_result(sample.record.get("result")):
        return None
    made = [made for key in _MADE if isinstance(made := sample.record.get(key), list)]
    if not made:
        return "no list 'annotations' in the first record"
    first = next((one for several in made for one in several), None)
    if isinstance(first, dict):
        return None if _MARKS & first.keys() else "no 'result' in the first of the 'annotations'"
    if "data" in sample.keys:
        return None
    if "completions" in sample.keys:
        return "'completions', as before 1.0, with neither a completion nor 'data' in the first record"
    return "neither an annotation nor 'data' in the first record"


def _is_result(result: Any) -> bool:
    """Tell whether a record is an annotation or prediction by itself: its items name control and object."""
    first = result[0] if isinstance(result, list) and result else None
    return isinstance(first, dict) and {"from_name", "to_name"} <= first.keys()


def _read(files: Sequence[File], builder: Builder) -> None:
    for file in files:
        builder.source(file.name, FORMAT.name)
        tasks = Tasks(builder)
        cutter = plain_boxes(file.head(HEAD_BYTES))
        for batch in read_records(file, Record, builder, chunk_bytes=_CHUNK_BYTES, cutter=cutter):
            tasks.begin(batch.cut)
            for record, task in batch:
                tasks.add(task, record)
            tasks.end()
        tasks.note()


FORMAT = Format(
    name="label_studio",
    title="Label Studio JSON",
    facts=frozenset({"who", "when", "seconds", "review", "benchmark", "prediction"}),
    refuse=_refuse,
    read=_read,
    pieces=json_records,
)
