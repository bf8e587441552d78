"""CVAT XML 1.1 for images and for video.

An image is an asset under its name (with the subset before it, if there is one); of a video the video is the asset and a
frame a place. The labeler is the assignee of the job or task; without one the job stands for the labeler.
"""

from __future__ import annotations

from collections.abc import Iterator

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.readers.cvat.drawn import SHAPES, answers_of, is_set, value_of, whole_numbers
from labelqa.formats.readers.cvat.jobs import PROJECT, Catalog, Job
from labelqa.formats.readers.cvat.marks import Marks
from labelqa.formats.readers.cvat.meta import Meta, read_meta
from labelqa.formats.readers.cvat.ontology import declare
from labelqa.formats.readers.cvat.xml_tracks import Tracks
from labelqa.formats.xml_stream import Element, elements
from labelqa.project import Builder

_WANTED = frozenset(["meta", "image", "track"])


def read_xml(file: File, catalog: Catalog, builder: Builder) -> None:
    """Read a file; what comes before a damage counts."""
    reading = _Reading(file, catalog, builder)
    try:
        for element in _counted(file, builder):
            reading.add(element)
    except InputError as error:
        if not reading.n_read:
            raise
        builder.problem("error", f"{error.expected}; the rest is lost", record=reading.n_read, found=error.found)
    reading.close()


def _counted(file: File, builder: Builder) -> Iterator[Element]:
    for _, element in elements(file, _WANTED):
        if element.tag != "meta":
            builder.records(1)
        yield element


class _Reading:
    """Reads the elements of one file."""

    def __init__(self, file: File, catalog: Catalog, builder: Builder) -> None:
        self._builder, self._catalog = builder, catalog
        self._stem = file.stem
        self._meta = Meta()
        self._marks = Marks(builder)
        self._video: int | None = None
        self.n_read = 0

    def add(self, element: Element) -> None:
        """Take one element."""
        if element.tag == "meta":
            self._meta = read_meta(element)
            return
        self.n_read += 1
        if element.tag == "image":
            self._image(element)
        else:
            tracks = Tracks(self._video_label(), self._meta, self._marks, self.n_read)
            tracks.add(element)

    def close(self) -> None:
        """Finish the file: a video without tracks was looked at too."""
        if self._meta.source(None).mode == "interpolation" and not self.n_read:
            self._video_label()
        self._marks.close()
        declare(self._builder, PROJECT, [spec for spec in self._meta.specs.values() if spec.shape != "part"])

    def _image(self, image: Element) -> None:
        """Add an image as an asset, and what is drawn on it as a label."""
        number = image.get("id")
        name = image.get("name") or number
        if not name:
            self._builder.records(0, 1)
            self._builder.problem("error", "a name or an id of the image; it is left out", record=self.n_read)
            return
        source = self._meta.source(image.get("task_id"))
        subset = image.get("subset") or source.subset
        asset = f"{subset}/{name}" if subset else name
        frame = int(number) if number is not None and number.isdecimal() and len(number) < 10 else None
        job = source.work(frame, self._catalog, self._stem)
        width, height = (self._side(image, side) for side in ("width", "height"))
        self._asset(asset, name, width, height, subset, image.get("task_id") or source.id, source.created)
        label = self._label(asset, job)
        for position, element in enumerate(image, start=1):
            self._mark(label, element, position)

    def _side(self, image: Element, side: str) -> float | None:
        """Give the width or height of an image, if it is written."""
        if image.get(side) is None:
            return None
        try:
            return float(whole_numbers(image, side)[0])
        except (ValueError, OverflowError):
            self._builder.problem(
                "warning",
                "a whole number of pixels; read as unknown",
                record=self.n_read,
                field=side,
                found=image.get(side),
            )
            return None

    def _mark(self, label: int, element: Element, position: int) -> None:
        """Add one element of an image: a tag or a shape."""
        spec = self._meta.spec(element.get("label", ""))
        record = self.n_read
        answers = answers_of(element)
        if element.tag not in SHAPES and element.tag != "tag":
            self._marks.unread.add(f"element {element.tag}", record, label=label)
        elif not spec.name:
            self._marks.left_out("a label", record=record, field=element.tag, label=label)
        elif element.tag == "tag":
            self._marks.tag(label, spec, answers, place=None, record=record)
        elif is_set(element, "outside"):
            self._marks.unread.add("shape marked as outside of its frame", record)
        else:
            try:
                value = value_of(element, spec)
                group, z_order = (_number(element, name) for name in ("group_id", "z_order"))
            except (ValueError, OverflowError) as error:
                self._marks.left_out(str(error), record=record, field=element.tag, label=label)
                return
            self._marks.n_ellipses += element.tag == "ellipse"
            parent_id = str(position)
            self._marks.shape(label, spec, value, annotation_id=parent_id, group=group, z_order=z_order)
            occluded = is_set(element, "occluded") and element.tag != "skeleton"
            self._marks.attributes(label, spec, answers, parent_id=parent_id, record=record, occluded=occluded)
            self._parts(label, element, parent_id)

    def _parts(self, label: int, skeleton: Element, parent_id: str) -> None:
        """Add the attributes of a skeleton's points."""
        for part in skeleton.findall("points"):
            name = part.get("label", "")
            spec = self._meta.spec(f"{skeleton.get('label', '')}: {name}")
            self._marks.attributes(
                label, spec, answers_of(part), parent_id=parent_id, record=self.n_read, prefix=f"{name}: "
            )

    def _video_label(self) -> int:
        """Give the number of the label for the video, which is made when it is first needed."""
        if self._video is None:
            source = self._meta.source(None)
            asset = self._meta.video or (f"task {source.id}" if source.id else self._stem)
            asset = f"{source.subset}/{asset}" if source.subset else asset
            self._asset(asset, self._meta.video, *self._meta.size, source.subset, source.id, source.created)
            self._video = self._label(asset, source.work(None, self._catalog, self._stem))
        return self._video

    def _asset(
        self,
        asset: str,
        name: str | None,
        width: float | None,
        height: float | None,
        subset: str | None,
        task: str | None,
        created: str | None,
    ) -> None:
        self._builder.asset(
            PROJECT,
            asset,
            name=name,
            width=width,
            height=height,
            batch=f"task {task}" if task else None,
            dataset=subset,
            created_at=created,
            record=self.n_read,
        )

    def _label(self, asset: str, job: Job) -> int:
        return self._builder.label(
            PROJECT,
            asset,
            f"{job.id}/{asset}",
            job.labeler,
            role=job.role,
            updated_at=job.updated_date,
            record=self.n_read,
        )


def _number(element: Element, name: str) -> int:
    return whole_numbers(element, name)[0] if element.get(name) else 0
