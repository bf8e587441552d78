"""One label of Kili: its response, job by job, as annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from labelqa.formats.readers.kili.responses import (
    ANNOTATION,
    JOB,
    JOBS,
    Annotation,
    Category,
    Child,
    Job,
    Size,
    Value,
    outline,
    rings_of,
    shape,
)
from labelqa.formats.unread import Unread
from labelqa.project import Builder

_KEY_FRAME = "isKeyFrame"
_PARTS_OF_ONE = "semantic"
_Tracks = dict[tuple[str, str], dict[int, list[float]]]


class LabelReading:
    """Reads the response of one label.

    Parameters
    ----------
    label : int
        Its number.
    record : int
        The record that it stands in.
    size : pair of float or None
        Width and height of the frame.
    pages : mapping of int to pair of float
        Width and height of each page.
    several : set of str
        Classification jobs that may have several answers.
    is_prediction : bool
        Whether confidences are a model's.
    unread, builder
        Where to count and where to add.
    """

    def __init__(
        self,
        label: int,
        record: int,
        size: Size | None,
        pages: Mapping[int, Size],
        several: set[str],
        is_prediction: bool,
        unread: Unread,
        builder: Builder,
    ) -> None:
        self._label, self._record, self._size, self._pages = label, record, size, pages
        self._several, self._is_prediction = several, is_prediction
        self._unread, self._builder = unread, builder
        self._tracks: _Tracks = {}
        self._n_derived = 0
        self.is_sizeless = False

    def add(self, response: bytes) -> None:
        """Add the jobs of a response, or of every frame of a video."""
        if response in (b"", b"null"):
            return
        jobs = self._jobs(response)
        is_video = bool(jobs) and all(name.isdecimal() and len(name) < 10 for name in jobs)
        for name, raw in jobs.items():
            if is_video:
                for job, inner in self._jobs(bytes(raw)).items():
                    self._job(job, inner, name)
            else:
                self._job(name, raw, None)
        for (cls, mid), boxes in self._tracks.items():
            frames = sorted(boxes)
            geometry = [side for frame in frames for side in boxes[frame]]
            self._builder.annotation(self._label, "track", cls, geometry, parts=frames, annotation_id=mid)

    def _jobs(self, text: bytes) -> dict[str, msgspec.Raw]:
        try:
            return JOBS.decode(text)
        except (ValueError, RecursionError) as error:
            self._lost("an object of jobs", "jsonResponse", str(error))
            return {}

    def _job(self, name: str, raw: msgspec.Raw, frame: str | None) -> None:
        """Add what a job is answered with."""
        try:
            job = JOB.decode(raw)
        except (ValueError, RecursionError) as error:
            self._lost("categories, a text or annotations", name, str(error))
            return
        if job.categories is None and job.text is None and job.annotations is None:
            if self._jobs(bytes(raw)).keys() - {_KEY_FRAME}:
                self._unread.add("answer without categories, text or annotations", self._record, label=self._label)
            return
        self._answers(name, job, None, frame)
        parts: dict[str, list[Annotation]] = {}
        for text in job.annotations or ():
            try:
                annotation = ANNOTATION.decode(text)
            except (ValueError, RecursionError) as error:
                self._lost("an annotation", name, str(error))
                continue
            if annotation.kind == _PARTS_OF_ONE and annotation.mid:
                parts.setdefault(annotation.mid, []).append(annotation)
            else:
                self._annotation(name, annotation, frame)
        for first, *others in parts.values():
            first.rings = [ring for one in (first, *others) for ring in one.rings or ()]
            self._annotation(name, first, frame)

    def _answers(self, name: str, job: Job | Child, parent: str | None, place: str | None) -> None:
        """Add categories and text as answers."""
        chosen = sorted({category.name for category in job.categories or ()})
        if chosen:
            kind = "checklist" if name in self._several else "choice"
            score = self._score(job.categories or ())
            self._builder.annotation(self._label, kind, name, answer=chosen, parent_id=parent, place=place, score=score)
        if job.text is not None and str(job.text).strip():
            self._builder.annotation(self._label, "text", name, answer=[str(job.text)], parent_id=parent, place=place)

    def _score(self, categories: Sequence[Category]) -> float | None:
        """Give the confidence of a model; people have 100 throughout."""
        told = [one.confidence for one in categories if one.confidence is not None]
        return told[0] / 100 if self._is_prediction and len(told) == 1 else None

    def _annotation(self, job: str, one: Annotation, frame: str | None) -> None:
        """Add an object, a span or a relation."""
        cls = one.categories[0].name if one.categories else job
        self._n_derived += not one.mid
        mid = one.mid or f"{job}-{self._n_derived}"
        if one.starts is not None or one.ends is not None:
            self._relations(cls, one)
        elif one.begin is not None:
            end = one.end if one.end is not None else one.begin + len(one.content or "")
            self._emit(("span", [float(one.begin), float(end)], None, None), cls, one, mid, frame)
        elif one.on_pages:
            self._on_pages(cls, one, mid)
        else:
            try:
                value = shape(one.kind, one, self._size)
            except ValueError as error:
                self._lost(f"{error} of a {one.kind}", job, None)
                return
            if value is None:
                self._unread.add(str(one.kind), self._record, label=self._label)
                return
            self._note_size(one)
            if frame is not None and value[0] == "bbox" and one.mid:
                self._tracks.setdefault((cls, one.mid), {})[int(frame)] = value[1]
                return
            self._emit(value, cls, one, mid if frame is None else f"{mid}@{frame}", frame)

    def _note_size(self, one: Annotation) -> None:
        """Remember that fractions stay fractions."""
        in_pixels = bool(one.rings) and all(ring.pixels for ring in one.rings or ())
        self.is_sizeless |= self._size is None and not in_pixels

    def _on_pages(self, cls: str, one: Annotation, mid: str) -> None:
        """Add the parts of an annotation that lie on pages."""
        for number, part in enumerate(one.on_pages or ()):
            page = part.pages[0] if part.pages else None
            size = self._pages.get(page) if page is not None else None
            self.is_sizeless |= size is None
            try:
                value = outline(one.kind or "rectangle", rings_of(part.polys or part.rings, size), size)
            except ValueError as error:
                self._lost(f"{error} on a page", cls, None)
                continue
            self._emit(value, cls, one, f"{mid}.{number}" if number else mid, None if page is None else str(page))

    def _emit(self, value: Value, cls: str, one: Annotation, id: str, place: str | None) -> None:
        kind, geometry, parts, names = value
        self._builder.annotation(
            self._label, kind, cls, geometry, parts=parts, answer=names, place=place, annotation_id=id,
            score=self._score(one.categories[:1]),
        )  # fmt: skip
        for name, child in (one.children or {}).items():
            self._child(name, child, id, place)

    def _child(self, name: str, child: Any, parent: str, place: str | None) -> None:
        """Add an answer that is asked of an object."""
        try:
            job = msgspec.convert(child, Child)
        except (msgspec.ValidationError, RecursionError) as error:
            self._lost("categories or a text", name, str(error))
            return
        self._answers(name, job, parent, place)
        self._unread.add(
            "annotation under an annotation", self._record, n=len(job.annotations or ()), label=self._label
        )

    def _relations(self, cls: str, one: Annotation) -> None:
        """Add a relation from each of its starts to each of its ends."""
        pairs = [(start.mid, end.mid) for start in one.starts or () for end in one.ends or ()]
        if not pairs or len(pairs) > 10_000:
            self._lost("startEntities and endEntities", cls, f"{len(pairs)} pairs")
            return
        for start, end in pairs:
            self._builder.annotation(self._label, "relation", cls, answer=[start, end])

    def _lost(self, expected: str, field: str, found: object) -> None:
        self._builder.problem("error", f"{expected}; it is left out", record=self._record, field=field, found=found)
        self._builder.unread([self._label], [1])
