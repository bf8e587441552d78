"""Zooniverse's classification export: CSV with one classification a row, its answers and metadata in cells of JSON.

A subject is an asset of its workflow, a classification a label, timed from `started_at` to `finished_at`. Those made as
gold standard are the benchmark. Volunteers who are not logged in go by the name that Zooniverse makes of their address.

Read: points, lines, boxes, boxes that are turned, circles and ellipses (as polygons of 64 corners), polygons, lines by
hand (outlines if most of their tool end where they begin), answers about a mark as questions nested under it; single and
multiple questions, texts, dropdowns, sliders, highlights, and surveys as a checklist with the answers about each
choice. The class of a mark is the label of its tool, else task and number of the tool; its place is the frame of the
subject, the first one without name. An answer that is a text counts as typed if its task says so, or if more than 20
and most of the answers are different or one is long; else as chosen.
https://help.zooniverse.org/next-steps/data-exports/
"""

from __future__ import annotations

from collections.abc import Sequence

from labelqa.formats.csv_stream import read_rows
from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.parts.csv_pieces import csv_rows
from labelqa.formats.readers.zooniverse.rows import Classifications
from labelqa.formats.sample import Sample
from labelqa.project import Builder

_AGGREGATED = {
    "extractor": "'extractor' among the columns: extracts of Caesar, one row a task; give the classification export",
    "reducer": "'reducer' among the columns: reductions of Caesar, one row a subject; give the classification export",
}


def _refuse(sample: Sample) -> str | None:
    if sample.shape != "csv" or sample.header is None:
        return "no CSV with a header"
    columns = set(sample.header)
    for column, reason in _AGGREGATED.items():
        if column in columns and {"subject_id", "workflow_id"} & columns:
            return reason
    if {"subject_id", "locations", "metadata"} <= columns:
        return "'locations' among the columns: an export of subjects; give the classification export"
    missing = [name for name in ("classification_id", "annotations") if name not in columns]
    if missing or not {"subject_ids", "subject_data"} & columns:
        return f"no column {(missing or ['subject_ids'])[0]!r}"
    return None


def _read(files: Sequence[File], builder: Builder) -> None:
    for file in files:
        builder.source(file.name, FORMAT.name)
        classifications = Classifications(builder)
        for rows in read_rows(file, builder):
            classifications.add(rows)
        classifications.finish()


FORMAT = Format(
    name="zooniverse",
    title="Zooniverse classification export",
    facts=frozenset({"who", "when", "seconds", "benchmark"}),
    refuse=_refuse,
    read=_read,
    pieces=csv_rows,
)
