"""The head of a CVAT XML: tasks or a job with their labels, segments, times and people."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from labelqa.formats.readers.cvat.jobs import Catalog, Job, User
from labelqa.formats.readers.cvat.ontology import Attribute, Spec
from labelqa.formats.xml_stream import Element

_JOB = re.compile(r"(?:/jobs/|[?&]id=)(\d+)")
_STEP = re.compile(r"step\s*=\s*(\d{1,9})")


@dataclass(frozen=True)
class Segment:
    """The frames of a job in a task."""

    start: int
    stop: int
    job: str | None


@dataclass(frozen=True)
class Source:
    """A task or job that a file was exported from.

    Parameters
    ----------
    id, subset : str or None
        As CVAT has them.
    job : str or None
        The job, of a job's export.
    assignee : str or None
        Who it is assigned to.
    created, updated : str or None
        Times as texts.
    mode : str or None
        "annotation" for images, "interpolation" for a video.
    step : int
        Distance of frames, where only some of a video's are taken.
    segments : tuple of Segment
        The jobs of a task.
    """

    id: str | None = None
    subset: str | None = None
    job: str | None = None
    assignee: str | None = None
    created: str | None = None
    updated: str | None = None
    mode: str | None = None
    step: int = 1
    segments: tuple[Segment, ...] = ()

    def job_of(self, frame: int | None) -> str | None:
        """Find the job that a frame belongs to; the first, where jobs overlap."""
        if self.job is not None or len(self.segments) == 1:
            return self.job or self.segments[0].job
        if frame is None:
            return None
        return next((one.job for one in self.segments if one.start <= frame <= one.stop), None)

    def work(self, frame: int | None, catalog: Catalog, fallback: str) -> Job:
        """Tell whose work a frame is, from the jobs list if there is one, else as far as the file itself says."""
        job_id = self.job_of(frame)
        if job_id is not None and job_id in catalog.jobs:
            return catalog.jobs[job_id]
        assignee = self.assignee or (f"job {job_id}" if job_id is not None else fallback)
        unit = job_id or (f"task {self.id}" if self.id else fallback)
        return Job(unit, type="file", assignee=User(username=assignee), updated_date=self.updated)


@dataclass
class Meta:
    """What the head of a file tells."""

    sources: dict[str, Source] = field(default_factory=dict)
    """Tasks by id; a file of one task or job has it under "" too."""
    specs: dict[str, Spec] = field(default_factory=dict)
    video: str | None = None
    """File name of the video."""
    size: tuple[float | None, float | None] = (None, None)

    def source(self, task: str | None) -> Source:
        """Give the task that an image says it is of."""
        return self.sources.get(task or "") or self.sources.get("") or Source(task)

    def spec(self, label: str) -> Spec:
        """Give a label by name; one that is not declared has no attributes."""
        return self.specs.get(label) or Spec(label)


def read_meta(element: Element) -> Meta:
    """Read the head of a file."""
    meta = Meta()
    for name in ("task", "job"):
        for one in element.findall(name):
            meta.sources[""] = _source(one, is_job=name == "job")
            _add(meta, one)
    for project in element.findall("project"):
        for task in project.findall("tasks/task"):
            source = _source(task)
            meta.sources[source.id or ""] = source
        _add(meta, project)
    meta.video = _text(element, "source")
    return meta


def _add(meta: Meta, unit: Element) -> None:
    for spec in _specs(unit):
        meta.specs.setdefault(spec.name, spec)
    meta.size = (_number(unit, "original_size/width"), _number(unit, "original_size/height"))


def _source(unit: Element, *, is_job: bool = False) -> Source:
    segments = []
    for one in unit.findall("segments/segment"):
        start, stop = _number(one, "start"), _number(one, "stop")
        found = _JOB.search(_text(one, "url") or "")
        if start is not None and stop is not None:
            segments.append(Segment(int(start), int(stop), found[1] if found else _text(one, "id")))
    step = _STEP.search(_text(unit, "frame_filter") or "")
    unit_id = _text(unit, "id")
    return Source(
        id=None if is_job else unit_id,
        subset=_text(unit, "subset"),
        job=unit_id if is_job else None,
        assignee=_text(unit, "assignee/email") or _text(unit, "assignee/username"),
        created=_text(unit, "created"),
        updated=_text(unit, "updated"),
        mode=_text(unit, "mode"),
        step=max(1, int(step[1])) if step else 1,
        segments=tuple(segments),
    )


def _specs(unit: Element) -> list[Spec]:
    """Read labels; the points of a skeleton are listed beside it, each with its name as `parent`."""
    specs, points = [], dict[str, list[str]]()
    for label in unit.findall("labels/label"):
        name, parent = _text(label, "name"), _text(label, "parent")
        if name is None:
            continue
        attributes = [_attribute(one) for one in label.findall("attributes/attribute")]
        if parent is not None:
            points.setdefault(parent, []).append(name)
            specs.append(Spec(f"{parent}: {name}", "part", {one.name: one for one in attributes if one}))
        else:
            specs.append(Spec(name, _text(label, "type") or "any", {one.name: one for one in attributes if one}))
    return [Spec(one.name, one.shape, one.attributes, tuple(points.get(one.name, ()))) for one in specs]


def _attribute(element: Element) -> Attribute | None:
    name = _text(element, "name")
    if name is None:
        return None
    listed = _text(element, "values") or ""
    # One a line; in one line, separated by blanks.
    values = listed.splitlines() if "\n" in listed else listed.split()
    return Attribute(name, _text(element, "input_type") or "text", tuple(value.strip() for value in values))


def _text(element: Element, path: str) -> str | None:
    found = element.findtext(path)
    return (found.strip() or None) if found else None


def _number(element: Element, path: str) -> float | None:
    """Give a number; null if there is none, or none that is finite and of reasonable size."""
    try:
        number = float(_text(element, path) or "")
    except ValueError:
        return None
    return number if abs(number) < 2**31 else None
