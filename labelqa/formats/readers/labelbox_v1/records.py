"""From the records of an export v1, each of them one label, to assets, labels, annotations and reviews."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from labelqa.formats.files import File
from labelqa.formats.ids import derived_label_id, id_text
from labelqa.formats.pictures import Pictures
from labelqa.formats.readers.labelbox.marks import Marks
from labelqa.formats.readers.labelbox.reviews import add_review
from labelqa.formats.readers.labelbox.scene import Reading, Scene
from labelqa.formats.readers.labelbox.schema import Annotations, Classification, Frame, Object
from labelqa.formats.readers.labelbox_v1 import old_style
from labelqa.formats.readers.labelbox_v1.schema import Content, Record
from labelqa.formats.readers.labelbox_v1.translate import questions, relationship, translated
from labelqa.project import Builder

_PROJECT = re.compile(r"[?&]project=([^&#]+)")
_ADDRESS_CHARACTERS = 1_000
_DAMAGED = "damaged"
_SKIPPED = ("skip", "skipped")
_OLD_STYLE = "shapes of a known tool; those of the oldest exports are read as polygons, y as it is written"

_label = msgspec.json.Decoder(Content | list[Content] | str | None)
_any = msgspec.json.Decoder()


class Records:
    """Takes records apart into the builder.

    Parameters
    ----------
    builder : Builder
        Gets what is read.
    beside : mapping of str to File
        PNG files of masks; see `File.beside`.
    benchmarks : set of str
        Ids of labels that records name as the benchmark which they are measured by.
    """

    def __init__(self, builder: Builder, beside: Mapping[str, File], benchmarks: set[str]) -> None:
        self._builder, self._benchmarks = builder, benchmarks
        self._n_on: dict[tuple[str, str], int] = {}
        self.reading = Reading(builder, Pictures(beside))
        self._marks = Marks(self.reading)

    def add(self, made: Record, record: int) -> None:
        """Add a label and its asset."""
        named = id_text(made.global_key) or id_text(made.data_row_id) or id_text(made.external_id)
        asset_id = named or _address(made.labeled_data)
        if asset_id is None:
            self._builder.records(0, 1)
            expected = "a DataRow ID, Global Key or External ID; the record is left out"
            self._builder.problem("error", expected, record=record, field="DataRow ID")
            return
        project_id = _project(made)
        media: Mapping[str, Any] = made.media if isinstance(made.media, dict) else {}
        width, height = (_number(media.get(side)) for side in ("width", "height"))
        self._builder.asset(
            project_id,
            asset_id,
            name=id_text(made.external_id),
            width=width,
            height=height,
            dataset=made.dataset_name,
            metadata=_metadata(made.metadata),
            record=record,
        )
        content = self._content(made, record)
        label = self._label(project_id, asset_id, made, content, record)
        is_sound = str(media.get("mimeType") or "").startswith("audio")
        self._fill(label, content, made, Scene(self.reading, record, (width, height), is_sound=is_sound))
        for review in made.reviews or ():
            add_review(self.reading, project_id, asset_id, label, review, record)
        if made.has_open_issues in (1, True):  # the export says whether there are any, not how many
            self._builder.issue(project_id, asset_id, "open", label=label, record=record)

    def _label(self, project_id: str, asset_id: str, made: Record, content: Any, record: int) -> int:
        label_id = id_text(made.id)
        position = self._n_on[project_id, asset_id] = self._n_on.get((project_id, asset_id), -1) + 1
        if label_id is None:
            self._builder.problem("note", "an ID of the label; one is derived", record=record, field="ID")
        # A label that names a benchmark and was not measured by it is the benchmark.
        is_measured = made.benchmark_agreement is not None and made.benchmark_agreement >= 0
        is_benchmark = label_id in self._benchmarks or (id_text(made.benchmark_id) is not None and not is_measured)
        is_skipped = bool(made.skipped) or (isinstance(content, str) and content.strip().lower() in _SKIPPED)
        seconds = made.seconds_to_create if made.seconds_to_label is None else made.seconds_to_label
        return self._builder.label(
            project_id,
            asset_id,
            label_id or derived_label_id(asset_id, made.created_by, position),
            made.created_by or None,
            role="benchmark" if is_benchmark else "submitted",
            status="skipped" if is_skipped else "submitted",
            created_at=made.created_at,
            updated_at=made.updated_at,
            seconds=None if seconds == -1 else seconds,
            review_seconds=None if made.seconds_to_review == -1 else made.seconds_to_review,
            record=record,
        )

    def _content(self, made: Record, record: int) -> Any:
        """Read the member `Label`; `_DAMAGED` if it is nothing that could be."""
        try:
            found = _any.decode(made.label) if bytes(made.label).startswith(b"{") else None
            return found if isinstance(found, dict) and old_style.is_old(found) else _label.decode(made.label)
        except (ValueError, RecursionError) as error:
            expected = "objects and classifications; the label is read without them"
            self._builder.problem("error", expected, record=record, field="Label", found=str(error))
            return _DAMAGED

    def _fill(self, label: int, content: Any, made: Record, scene: Scene) -> None:
        """Add the marks of a label."""
        if isinstance(content, Content | list):
            self._add_new(label, content, scene)
        elif content is _DAMAGED:
            self._builder.unread([label], [1])
        elif isinstance(content, dict) or bytes(made.masks) not in (b"null", b"{}"):
            self._add_old(label, content if isinstance(content, dict) else {}, made, scene)
        elif isinstance(content, str) and content.strip() and content.strip().lower() not in _SKIPPED:
            self.reading.unread.add("label as text", scene.record, label=label)

    def _add_new(self, label: int, content: Content | list[Content], scene: Scene) -> None:
        """Add objects and classifications, or those of the frames of a video."""
        try:
            made = _annotations(content) if isinstance(content, Content) else self._framed(label, content, scene)
        except RecursionError:
            expected = "questions nested less deeply; the label is read without its marks"
            self._builder.problem("error", expected, record=scene.record, field="Label")
            self._builder.unread([label], [1])
            return
        self._marks.add(label, made, scene)
        if isinstance(content, Content) and content.frames is not None:
            self.reading.unread.add("video frames in a file of their own", scene.record, label=label)

    def _framed(self, label: int, contents: list[Content], scene: Scene) -> Annotations:
        """Translate the frames of a video, which are a list of contents with the number of the frame."""
        objects: dict[str, list[Object]] = {}
        asked: dict[str, list[Classification]] = {}
        for at, content in enumerate(contents):
            key = str(at if content.frame_number is None else content.frame_number)
            objects.setdefault(key, []).extend(translated(mark) for mark in content.objects or ())
            asked.setdefault(key, []).extend(questions(content.classifications or ()))
            n = len(content.relationships or ())
            self.reading.unread.add("relationship in a frame", scene.record, n=n, label=label)
        frames = {key: Frame(found, asked[key]) for key, found in objects.items()}
        return Annotations(frames=frames)

    def _add_old(self, label: int, content: dict[str, Any], made: Record, scene: Scene) -> None:
        try:
            masks = _any.decode(made.masks)
        except (ValueError, RecursionError):
            masks = "damaged"
        found = old_style.taken_apart(content, masks)
        self._marks.add(label, Annotations(objects=found.objects, classifications=found.classifications), scene)
        n_shapes = sum(mark.annotation_kind == "Polygon" for mark in found.objects)
        if n_shapes:
            self.reading.notes.add(_OLD_STYLE, scene.record, n=n_shapes)
        for sort in found.unread:
            self.reading.unread.add(sort, scene.record, label=label)


def _annotations(content: Content) -> Annotations:
    return Annotations(
        objects=[translated(mark) for mark in content.objects or ()],
        classifications=questions(content.classifications or ()),
        relationships=[relationship(one) for one in content.relationships or ()],
    )


def _project(made: Record) -> str:
    """Name the project: by its id, which is in the address of the label, else by its name."""
    found = _PROJECT.search(made.view_label or "")
    return found[1] if found else made.project_name or "default"


def _address(labeled: Any) -> str | None:
    """Take the address of an asset as its id; of a text, which stands there itself, only if it is a short one."""
    is_short = isinstance(labeled, str) and 0 < len(labeled) <= _ADDRESS_CHARACTERS and labeled.isprintable()
    return labeled if is_short else None


def _number(value: Any) -> float | None:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12 else None
    )


def _metadata(fields: Any) -> list[tuple[str, str]]:
    """Give names and values of metadata as text."""
    pairs = []
    for one in fields if isinstance(fields, list) else ():
        match one:
            case {"name": str() as name, "value": value} | {"schemaName": str() as name, "value": value}:
                if value is not None:
                    pairs.append((name, value if isinstance(value, str) else str(value)))
    return pairs
