"""Labelbox export v1, retired in 2023 and still in many places: one label a record.

Its marks are translated into those of v2 (`translate.py`) and read as such; labels of 2018 and before have a shape of
their own (`old_style.py`). Masks are URLs, and are read where a folder of their PNG files is given too. Frames of a video
lie in a file of their own at a URL and are not read, unless they were put in the label's place.

A label is the benchmark if a record names it as its `Benchmark ID` or `Benchmark Reference ID`, or if it names one and
has no agreement with it: documents differ on which label has the id. -1 stands for a missing value.
"""

from __future__ import annotations

from collections.abc import Sequence

from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.json_stream import read_records
from labelqa.formats.parts.json_pieces import json_records
from labelqa.formats.readers.labelbox_v1.records import Records
from labelqa.formats.readers.labelbox_v1.schema import Benchmarks, Record
from labelqa.formats.sample import Sample
from labelqa.project import Builder


def _refuse(sample: Sample) -> str | None:
    if sample.shape not in ("lines", "array", "object"):
        return "no JSON"
    if "Labeled Data" in sample.keys and "data_row" not in sample.keys:
        return None
    return "no 'Labeled Data' in the first record"


def _read(files: Sequence[File], builder: Builder) -> None:
    for file in files:
        benchmarks = _benchmarks(file)
        builder.source(file.name, FORMAT.name)
        records = Records(builder, file.beside, benchmarks)
        for batch in read_records(file, Record, builder):
            for record, made in batch:
                records.add(made, record)
        records.reading.note()


def _benchmarks(file: File) -> set[str]:
    """Gather the ids of labels that are named as benchmarks; the label may come before whoever names it."""
    found: set[str] = set()
    scratch = Builder()
    scratch.source(file.name, FORMAT.name)
    for batch in read_records(file, Benchmarks, scratch):
        for _, one in batch:
            found.update(str(named) for named in (one.id, one.reference_id) if isinstance(named, str | int) and named)
    return found


FORMAT = Format(
    name="labelbox_v1",
    title="Labelbox export v1",
    facts=frozenset({"who", "when", "seconds", "review", "benchmark"}),
    refuse=_refuse,
    read=_read,
    pieces=json_records,
)
