"""Labels of a job: one for each frame it covers, or one for its video."""

from __future__ import annotations

from dataclasses import dataclass

from labelqa.formats.ids import id_text
from labelqa.formats.readers.cvat.jobs import PROJECT, Catalog, Job
from labelqa.project import Builder


@dataclass(frozen=True)
class Unit:
    """What was labeled in one go: the frames of a job.

    Parameters
    ----------
    job : Job
        Whose it is.
    label_id : str
        Begin of the ids of its labels.
    labeler : str
        Who did it.
    task : str or None
        The task it belongs to, if that is known.
    is_video : bool
        Whether the video is the asset, and its frames are places; else each frame is an asset.
    video : str
        Id of the video's asset.
    last : int or None
        The last frame, if known.
    """

    job: Job
    label_id: str
    labeler: str
    task: str | None
    is_video: bool
    video: str
    last: int | None

    @classmethod
    def of(cls, job: Job, task: str | None, is_video: bool, catalog: Catalog, builder: Builder) -> Unit:
        """Find out where the annotations of a job belong."""
        job_id = id_text(job.id) or "0"
        ranges = catalog.ranges(task) if task else set()
        video = task or job_id
        if is_video and len(ranges) > 1:
            video = f"{video}/{job.start_frame}-{job.stop_frame}"
            if job.role == "benchmark":
                builder.problem(
                    "warning",
                    "ground truth of the same frames as a job; the video is split into jobs, and meets none of them",
                    field="job",
                    found=f"job {job_id}",
                )
        if task is None and job.type != "file":
            builder.problem(
                "warning",
                "the task of each job; a job whose task is not known meets no other",
                field="job",
                found=f"job {job_id}",
                remedy="Read the annotations together with the jobs list.",
            )
        if job.is_partial and job.frames is None:
            builder.problem(
                "note",
                "the numbers of a job's frames; of this one frames without annotations are not known",
                field="job",
                found=f"job {job_id}",
            )
        named = {"task": f"task {job_id}", "file": job_id}.get(job.type or "", job.labeler)
        last = job.stop_frame if job.stop_frame is not None and 0 <= job.stop_frame < 2**31 else None
        return cls(job, job_id, named, task, is_video, video, last)

    def asset(self, frame: int) -> str:
        """Give the id of the asset that a frame is, or is a part of."""
        if self.is_video:
            return self.video
        if self.task is not None:
            return f"{self.task}/{frame}"
        return str(frame) if self.job.type == "file" else f"job {self.label_id}/{frame}"


class Labels:
    """Makes the labels of a unit as they are needed."""

    def __init__(self, unit: Unit, record: int, catalog: Catalog, builder: Builder) -> None:
        self.unit = unit
        self._catalog = catalog
        self._record, self._builder = record, builder
        self._numbers: dict[str, int] = {}
        self._n_without_id = 0

    def open_frames(self) -> None:
        """Make a label for each frame that was looked at, empty or not; of a video one."""
        frames = self.unit.job.frames or range(0)
        for frame in frames[:1] if self.unit.is_video else self._catalog.granted(frames, self._builder):
            self.at(frame)

    def at(self, frame: int) -> tuple[int, str | None]:
        """Give the number of the label for a frame, and the place of the frame in it."""
        unit, job = self.unit, self.unit.job
        asset = unit.asset(frame)
        if asset not in self._numbers:
            self._builder.asset(PROJECT, asset, batch=_batch(unit), record=self._record)
            self._numbers[asset] = self._builder.label(
                PROJECT,
                asset,
                unit.label_id if unit.is_video else f"{unit.label_id}/{frame}",
                unit.labeler,
                role=job.role,
                updated_at=job.updated_date,
                record=self._record,
            )
        return self._numbers[asset], str(frame) if unit.is_video else None

    def known(self, frame: int) -> int | None:
        """Give the number of the label for a frame, if there is one by now."""
        return self._numbers.get(self.unit.asset(frame))

    def next_number(self) -> int:
        """Number the marks without an id."""
        self._n_without_id += 1
        return self._n_without_id


def _batch(unit: Unit) -> str | None:
    return f"task {unit.task}" if unit.task is not None else None
