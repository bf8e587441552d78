"""Labelbox export v2: one data row a line, with the labels of every project it is in.

Read: what the tools draw (`shapes.py`), in images, documents, texts, conversations and on maps; videos, volumes and
recordings (`frames.py`); questions nested to any depth (`answers.py`); relationships; times, workflow reviews, benchmark
marks; predictions of model runs. A label is the benchmark if a sibling names it as `benchmark_reference_label`; there is
no other mark. Masks are in an export as URLs; they are read where a folder of their PNG files is given too (`masks.py`).
https://docs.labelbox.com/reference/label-export
"""

from __future__ import annotations

from collections.abc import Sequence

from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.json_stream import read_records
from labelqa.formats.parts.json_pieces import json_records
from labelqa.formats.readers.labelbox.boxes import placed, plain_boxes
from labelqa.formats.readers.labelbox.rows import Rows
from labelqa.formats.readers.labelbox.schema import Row
from labelqa.formats.sample import HEAD_BYTES, Sample
from labelqa.project import Builder

_CHUNK_BYTES = 1 << 20
"""What is cut at once: enough for whole-array steps to pay, little enough for the arrays to stay near the processor."""


def _refuse(sample: Sample) -> str | None:
    if sample.shape not in ("lines", "array", "object"):
        return "no JSON"
    if not sample.keys:
        return "no object as the first record"
    if isinstance(sample.record.get("data_row"), dict):
        return None
    if "DataRow ID" in sample.keys or "Labeled Data" in sample.keys:
        return "'DataRow ID' or 'Labeled Data' in the first record: an export v1"
    if "dataRow" in sample.keys:
        return "'dataRow' in the first record: a file for importing annotations, not an export"
    return "no 'data_row' in the first record"


def _read(files: Sequence[File], builder: Builder) -> None:
    for file in files:
        builder.source(file.name, FORMAT.name)
        rows = Rows(builder, file.beside)
        cutter = plain_boxes(file.head(HEAD_BYTES))
        for batch in read_records(file, Row, builder, chunk_bytes=_CHUNK_BYTES, cutter=cutter):
            rows.reading.runs.clear()
            for record, row in batch:
                rows.add(row, record)
            if batch.cut is not None:
                builder.annotations_frame(placed(batch.cut, rows.reading.runs))
        rows.reading.note()


FORMAT = Format(
    name="labelbox",
    title="Labelbox export v2",
    facts=frozenset({"who", "when", "seconds", "review", "benchmark", "prediction"}),
    refuse=_refuse,
    read=_read,
    pieces=json_records,
)
