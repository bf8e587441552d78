"""Label Studio's JSON export: a list of tasks, each with the annotations (here: labels) and predictions made on it.

Read: rectangles, choices about the whole task, times, reviews, ground-truth marks, predictions. Rectangles are given in
percent of the image and become pixels.
https://labelstud.io/guide/export.html
"""

from __future__ import annotations

from collections.abc import Sequence

from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.json_stream import read_records
from labelqa.formats.readers.label_studio.schema import Task
from labelqa.formats.readers.label_studio.tasks import Tasks
from labelqa.formats.sample import Sample
from labelqa.project import Builder

_MARKS = frozenset(["result", "completed_by", "was_cancelled", "ground_truth", "model_version"])
"""Keys that tell an annotation or prediction of Label Studio from that of another tool."""


def _refuse(sample: Sample) -> str | None:
    if sample.shape not in ("array", "object", "lines"):
        return "no JSON"
    if not sample.keys:
        return "no object as the first record"
    if "completions" in sample.keys:
        return "'completions' instead of 'annotations': an export of a version before 1.0, which is not read yet"
    if {"annotator", "annotation_id"} <= sample.keys:
        return "'annotator' in the first record: a JSON-MIN export; export as JSON"
    made = [made for key in ("annotations", "predictions") if isinstance(made := sample.record.get(key), list)]
    if not made:
        return "no list 'annotations' in the first record"
    first = next((one for several in made for one in several), None)
    if isinstance(first, dict):
        return None if _MARKS & first.keys() else "no 'result' in the first of the 'annotations'"
    return None if "data" in sample.keys else "neither an annotation nor 'data' in the first record"


def _read(files: Sequence[File], builder: Builder) -> None:
    for file in files:
        builder.source(file.name, FORMAT.name)
        tasks = Tasks(builder)
        for batch in read_records(file, Task, builder):
            for record, task in batch:
                tasks.add(task, record)
        tasks.unread.note(builder)


FORMAT = Format(
    name="label_studio",
    title="Label Studio JSON",
    facts=frozenset({"who", "when", "seconds", "review", "benchmark", "prediction"}),
    refuse=_refuse,
    read=_read,
)
