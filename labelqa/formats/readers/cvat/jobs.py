"""Lists of CVAT's REST API: jobs (whose work, which frames, whether ground truth), labels, and reviewers' issues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from labelqa.formats.files import File
from labelqa.formats.ids import Id, id_text
from labelqa.formats.json_stream import read_records
from labelqa.formats.readers.cvat.ontology import Attribute, Spec
from labelqa.project import Builder

PROJECT = "default"
"""Everything read together is one project: few exports name theirs."""

MAX_FRAMES = 1_000_000
"""Most frames of all jobs that are listed whether they have annotations or not."""


_ENTRY = "a job, a label or an issue; the entry is left out"

_MOST_MISSING = 1 << 31
"""Entries on other pages are counted up to here."""


class User(msgspec.Struct, gc=False):
    """Somebody that CVAT knows."""

    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None

    @property
    def labeler(self) -> str | None:
        """E-mail, else the user's name."""
        return self.email or self.username or None

    @property
    def name(self) -> str | None:
        """The name in full, for people."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None


class Job(msgspec.Struct, gc=False):
    """A job, or as much of it as is known."""

    id: Id = None
    task_id: Id = None
    type: str | None = None
    assignee: User | None = None
    mode: str | None = None
    dimension: str | None = None
    start_frame: int | None = None
    stop_frame: int | None = None
    frame_count: int | None = None
    consensus_replicas: int | None = None
    created_date: str | None = None
    updated_date: str | None = None

    @property
    def labeler(self) -> str:
        """The assignee; of a job without one the job itself."""
        return (self.assignee.labeler if self.assignee else None) or f"job {id_text(self.id)}"

    @property
    def role(self) -> str:
        """The role of its labels: the job that replicas are merged into holds the consensus."""
        if self.type == "ground_truth":
            return "benchmark"
        return "consensus" if self.consensus_replicas and self.type != "consensus_replica" else "submitted"

    @property
    def frames(self) -> range | None:
        """The frames that were looked at; None if they are not known.

        Of a ground-truth job only the first, the last and the number of frames are told; they are known if nothing lies
        between.
        """
        start, stop = self.start_frame, self.stop_frame
        if start is None or stop is None or not 0 <= start <= stop < 2**31 or stop - start >= MAX_FRAMES:
            return None
        frames = range(start, stop + 1)
        return frames if self.frame_count in (None, len(frames)) else None

    @property
    def is_partial(self) -> bool:
        """Whether it holds some frames of its range that are not named."""
        return self.frames is None and self.frame_count is not None and self.start_frame is not None

    @property
    def is_video(self) -> bool:
        """Whether its frames are those of a video."""
        return self.mode == "interpolation"


class Issue(msgspec.Struct, gc=False):
    """What a reviewer pinned on a frame of a job."""

    id: Id = None
    job: Id = None
    frame: int | None = None
    owner: User | None = None
    resolved: bool | None = None
    created_date: str | None = None
    updated_date: str | None = None


class _Specification(msgspec.Struct, gc=False):
    id: Id = None
    name: str | None = None
    input_type: str | None = None
    values: list[str] | None = None


class Label(msgspec.Struct):
    """A label of the REST API."""

    id: Id = None
    name: str | None = None
    type: str | None = None
    task_id: Id = None
    attributes: list[_Specification] | None = None
    sublabels: list[Label] | None = None


@dataclass
class Catalog:
    """What the lists read with the annotations tell: jobs by id, labels and attributes by id."""

    jobs: dict[str, Job] = field(default_factory=dict)
    specs: dict[str, Spec] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    """The task that a label belongs to."""
    by_name: dict[str, Spec] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    """Ids of the labels that are points of a skeleton."""
    issues: dict[str, list[tuple[Issue, int]]] = field(default_factory=dict)
    """Issues of each job, with the record that they were found in, until they are taken."""
    frames_left: int = MAX_FRAMES
    """How many frames may be listed yet."""

    def add_label(self, label: Label, *, is_part: bool = False) -> Spec | None:
        """Add a label with the points of its skeleton; None if it has no id or name."""
        label_id = id_text(label.id)
        if label_id is None or not label.name:
            return None
        if is_part:
            self.parts.add(label_id)
        parts = [spec for part in label.sublabels or () if (spec := self.add_label(part, is_part=True))]
        spec = Spec(label.name, label.type or "any", {}, tuple(part.name for part in parts))
        for one in label.attributes or ():
            if one.name:
                attribute = Attribute(one.name, one.input_type or "text", tuple(one.values or ()))
                spec.attributes[one.name] = attribute
                if (attribute_id := id_text(one.id)) is not None:
                    self.attributes[attribute_id] = attribute
        self.specs[label_id] = spec
        if not is_part:
            self.by_name.setdefault(spec.name, spec)
        if (task := id_text(label.task_id)) is not None:
            self.tasks[label_id] = task
        return spec

    def job(self, job_id: str) -> Job:
        """Give what is known of a job."""
        return self.jobs.get(job_id) or Job(job_id)

    def granted(self, frames: range, builder: Builder) -> range:
        """Give the frames if there are not too many of them by now; else none, and note it."""
        if len(frames) > self.frames_left:
            expected = f"jobs of at most {MAX_FRAMES} frames in all; of others only frames with annotations are known"
            builder.problem("warning", expected, field="stop_frame", n=len(frames))
            return frames[:0]
        self.frames_left -= len(frames)
        return frames

    def ranges(self, task: str) -> set[tuple[int, int]]:
        """Give the first and last frames of the jobs of a task that are no ground truth."""
        return {
            (job.start_frame, job.stop_frame)
            for job in self.jobs.values()
            if id_text(job.task_id) == task
            and job.type != "ground_truth"
            and job.start_frame is not None
            and job.stop_frame is not None
        }


class _Page(msgspec.Struct):
    """A page of a list, or one entry of it."""

    results: list[msgspec.Raw] | None = None
    count: int | None = None
    next: str | None = None
    id: Id = None


def is_entry(record: Any) -> bool:
    """Tell whether a record is a job, a label or an issue of the REST API."""
    if not isinstance(record, dict):
        return False
    is_job = "start_frame" in record and "stop_frame" in record and ("task_id" in record or "assignee" in record)
    is_label = "name" in record and "attributes" in record and ("color" in record or "sublabels" in record)
    return is_job or (is_label and "id" in record) or {"job", "frame", "resolved"} <= record.keys()


def read_lists(file: File, catalog: Catalog, builder: Builder) -> None:
    """Read a list of jobs or labels: pages with `results`, a list, or a single entry."""
    n_missing = 0
    for batch in read_records(file, msgspec.Raw, builder):
        for record, raw in batch:
            for entry in _entries(raw, record, builder):
                _add(entry, record, catalog, builder)
            n_missing += _n_missing(raw)
    if n_missing:
        builder.problem(
            "warning", "all pages of the list; some entries are on other pages", n=n_missing, field="results"
        )


def _entries(raw: msgspec.Raw, record: int, builder: Builder) -> Iterator[msgspec.Raw]:
    try:
        page = msgspec.json.decode(raw, type=_Page)
    except (ValueError, RecursionError) as error:
        builder.problem("error", _ENTRY, record=record, found=str(error))
        return
    yield from (raw,) if page.results is None else page.results


def _n_missing(raw: msgspec.Raw) -> int:
    """Count the entries that are on other pages."""
    try:
        page = msgspec.json.decode(raw, type=_Page)
    except (ValueError, RecursionError):
        return 0
    missing = (page.count or 0) - len(page.results) if page.results is not None else 0
    return min(max(missing, 0), _MOST_MISSING)


def _add(raw: msgspec.Raw, record: int, catalog: Catalog, builder: Builder) -> None:
    try:
        if b'"start_frame"' in bytes(raw):
            job = msgspec.json.decode(raw, type=Job)
            job_id = id_text(job.id)
            if job_id is None:
                raise ValueError("nothing in the field 'id'")
            catalog.jobs[job_id] = job
            if job.assignee and job.assignee.labeler:
                builder.labeler(job.assignee.labeler, name=job.assignee.name)
        elif b'"resolved"' in bytes(raw):
            issue = msgspec.json.decode(raw, type=Issue)
            if (job_id := id_text(issue.job)) is None or issue.frame is None:
                raise ValueError("nothing in the field 'job' or 'frame'")
            catalog.issues.setdefault(job_id, []).append((issue, record))
        elif catalog.add_label(msgspec.json.decode(raw, type=Label)) is None:
            raise ValueError("nothing in the field 'id' or 'name'")
    except (ValueError, RecursionError) as error:
        builder.problem("error", _ENTRY, record=record, found=str(error))


def note_issues_left(catalog: Catalog, builder: Builder) -> None:
    """List the jobs with issues whose annotations were not among the files."""
    for job_id, issues in sorted(catalog.issues.items()):
        builder.problem(
            "warning",
            "issues of a job whose annotations are read with them; these are left out",
            field="job",
            found=f"job {job_id}",
            n=len(issues),
        )
