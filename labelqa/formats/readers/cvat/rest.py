"""The JSON of CVAT's REST API, SDK and task backups: shapes, tracks and tags of jobs, with ids for labels and attributes.

A frame is an asset, its id "task/frame"; of a video the asset is the video and a frame a place. What a job covers and who
did it stands in the jobs list; without it the job stands for the labeler, and only frames with marks are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from labelqa.formats.files import File
from labelqa.formats.json_stream import read_records
from labelqa.formats.readers.cvat.jobs import PROJECT, Catalog, Job, Label
from labelqa.formats.readers.cvat.marks import Marks
from labelqa.formats.readers.cvat.ontology import declare
from labelqa.formats.readers.cvat.records import Annotations, Content, decoded
from labelqa.formats.readers.cvat.rest_job import JobReading
from labelqa.formats.sample import sample
from labelqa.project import Builder


def looks_like_marks(record: Any) -> bool:
    """Tell whether a record holds annotations of a job or task."""
    if not isinstance(record, dict):
        return False
    lists = [record[name] for name in ("shapes", "tracks", "tags") if name in record]
    if not lists or not all(isinstance(one, list) for one in lists):
        return False
    marks = [mark for one in lists for mark in one[:20]]
    if not marks:
        return len(lists) == 3
    return any(isinstance(mark, dict) and "frame" in mark and ("label_id" in mark or "label" in mark) for mark in marks)


def read_annotations(file: File, catalog: Catalog, builder: Builder) -> None:
    """Read the annotations of jobs."""
    marks = Marks(builder)
    is_list, n_units = sample(file).shape != "object", 0
    for batch in read_records(file, Content, builder):
        for record, found in batch:
            for raw in found.labels or ():
                label = decoded(raw, Label, record, "labels", builder)
                if label is not None and catalog.add_label(label) is None:
                    builder.problem("error", "an id and a name; the label is left out", record=record, field="labels")
            n_units += 1
            for job, part in _parts(found, file, n_units if is_list else 0, record, catalog, marks):
                JobReading(job, part, record, catalog, marks, builder).read()
    marks.close()
    specs = [spec for label_id, spec in catalog.specs.items() if not _is_part(label_id, catalog)]
    declare(builder, PROJECT, specs)


def _is_part(label_id: str, catalog: Catalog) -> bool:
    return label_id in catalog.parts


def _parts(
    found: Content, file: File, number: int, record: int, catalog: Catalog, marks: Marks
) -> Iterable[tuple[Job, Annotations]]:
    """Give the jobs of a file with their annotations."""
    if found.job is None and found.task is None:
        yield _job_of_file(file, number, catalog), found
        return
    if found.job and found.task:
        marks.unread.add("annotations of a whole task beside those of its jobs", record, n=len(found.task))
    by_id = found.job or found.task or {}
    for unit_id, raw in by_id.items():
        part = decoded(raw, Annotations, record, "job", marks.builder)
        if part is None:
            continue
        if found.job:
            yield catalog.job(unit_id), part
        else:
            yield Job(unit_id, task_id=unit_id, type="task"), part


def _job_of_file(file: File, number: int, catalog: Catalog) -> Job:
    """Find the job whose annotations a file holds by the one number in its name; else name the file itself as one.

    `number` counts the entries of a list, as in a task's backup; 0 if the file is none.
    """
    numbers = re.findall(r"\d+", file.stem)
    if number == 0 and len(numbers) == 1 and numbers[0] in catalog.jobs:
        return catalog.jobs[numbers[0]]
    return Job(f"{file.stem} {number}" if number else file.stem, type="file")
