"""SuperAnnotate's vector JSON: one object for each image (a file of its own, or several in a list).

The labeler is the annotator that the metadata names, else the one person who made all instances, else the folder (see
`labelqa.formats.folders`). Instances that a model made have its probability as score; if an image has no others and
names no annotator, they are a prediction, of a model without a name. An ellipse is read as a polygon on it, `exclude` as
holes, a template as key points, tags as the checklist `tags`; attributes are checklists, texts or numbers asked of their
instance. Cuboids on images (two rectangles in perspective), masks of pixel projects and comments are counted, not read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.folders import PROJECT, base_name, image_ids, labelers_of, read_each
from labelqa.formats.format import Format
from labelqa.formats.json_stream import read_records
from labelqa.formats.outlines import ellipse, rotated_box
from labelqa.formats.parts.json_pieces import json_records
from labelqa.formats.sample import Sample
from labelqa.formats.unread import Unread
from labelqa.project import Builder

__all__ = ["FORMAT"]

_BY_MODEL = ("preannotation", "prediction")
_READ = "bbox, rbbox, polygon, polyline, point, ellipse, template and tag"

_MOST = 1e300
"""Largest number taken for one; whole numbers may be larger than any float, and stay text."""

_Points = Mapping[str, Any] | Sequence[Any] | None
_Value = tuple[str, list[float], list[int] | None, list[str] | None]


class _Metadata(msgspec.Struct):
    name: str | None = None
    width: float | None = None
    height: float | None = None
    annotator: str | None = msgspec.field(name="annotatorEmail", default=None)
    status: str | None = None


class _Person(msgspec.Struct):
    email: str | None = None


class _Attribute(msgspec.Struct):
    name: str | int | float | bool | None = None
    group: str | None = msgspec.field(name="groupName", default=None)
    sort: str | None = msgspec.field(name="groupType", default=None)


class _Instance(msgspec.Struct):
    kind: str = msgspec.field(name="type")
    cls: str | None = msgspec.field(name="className", default=None)
    points: dict[str, Any] | list[Any] | None = None
    exclude: list[list[float]] | None = None
    x: float | None = None
    y: float | None = None
    cx: float | None = None
    cy: float | None = None
    rx: float | None = None
    ry: float | None = None
    angle: float | None = None
    probability: float | None = None
    group: float | None = msgspec.field(name="groupId", default=None)
    names: dict[str, str] | None = msgspec.field(name="pointLabels", default=None)
    attributes: list[_Attribute] | None = None
    made: str | None = msgspec.field(name="creationType", default=None)
    maker: _Person | None = msgspec.field(name="createdBy", default=None)
    created_at: str | None = msgspec.field(name="createdAt", default=None)
    updated_at: str | None = msgspec.field(name="updatedAt", default=None)

    @property
    def is_by_model(self) -> bool:
        """Whether a model made it."""
        return (self.made or "").lower() in _BY_MODEL


class _Image(msgspec.Struct):
    metadata: _Metadata
    instances: list[msgspec.Raw]
    tags: list[str] | None = None
    comments: list[msgspec.Raw] | None = None


class _Named(msgspec.Struct):
    metadata: _Metadata


_INSTANCE = msgspec.json.Decoder(_Instance)


def refuse(sample: Sample) -> str | None:
    """Say why a file is none of SuperAnnotate's vector projects."""
    if sample.shape not in ("object", "array", "lines"):
        return "no JSON"
    record = sample.record if isinstance(sample.record, dict) else {}
    if not isinstance(record.get("metadata"), dict):
        return "no object 'metadata'"
    if not isinstance(record.get("instances"), list):
        return "no list 'instances'"
    return None


def read(files: Sequence[File], builder: Builder) -> None:
    """Read files, each image in them a label."""
    labelers = labelers_of(files)
    ids = image_ids(labelers, {file.name: _image_name(file) for file in files})

    def read_one(file: File) -> None:
        for batch in read_records(file, _Image, builder):
            for number, record in batch:
                name = record.metadata.name
                id = ids[file.name] if number == 1 else base_name(name) if name else f"{ids[file.name]}#{number}"
                _Reading(record, number, builder).add(id, labelers[file.name])

    read_each(files, FORMAT.name, builder, read_one)


def _image_name(file: File) -> str | None:
    """Find the name of the first image; what is wrong with the file is said when it is read for good."""
    unheard = Builder()
    unheard.source(file.name, FORMAT.name)
    try:
        return next((one.metadata.name for batch in read_records(file, _Named, unheard) for one in batch.records), None)
    except InputError:
        return None


class _Reading:
    """One image and its instances."""

    def __init__(self, image: _Image, record: int, builder: Builder) -> None:
        self._image, self._record, self._builder = image, record, builder
        self._unread = Unread(_READ)
        self._label = 0

    def add(self, asset_id: str, folder: str | None) -> None:
        """Add the image, the label and its instances."""
        metadata, builder, record = self._image.metadata, self._builder, self._record
        placed, lost = self._decoded()
        instances = [one for _, one in placed]
        people = {one.maker.email for one in instances if one.maker is not None and not one.is_by_model}
        alone = next(iter(people)) if len(people) == 1 else None
        is_prediction = not metadata.annotator and bool(instances) and all(one.is_by_model for one in instances)
        labeler = metadata.annotator or alone or (None if is_prediction else folder)
        times = sorted(time for one in instances if (time := one.updated_at or one.created_at))
        builder.asset(
            PROJECT, asset_id, name=metadata.name, width=metadata.width or None, height=metadata.height or None,
            metadata=[("status", metadata.status)] if metadata.status else [], record=record,
        )  # fmt: skip
        self._label = builder.label(
            PROJECT, asset_id, f"{labeler or ''}/{asset_id}", labeler, updated_at=times[-1] if times else None,
            role="prediction" if is_prediction else "submitted", record=record,
        )  # fmt: skip
        for place, message in lost:
            self._lost("an instance with a type", place, message)
        tags = {*(self._image.tags or ())}
        for place, one in placed:
            if one.kind == "tag":
                tags |= {one.cls} if one.cls else set()
            else:
                self._instance(one, place)
        if tags:
            builder.answer(self._label, "checklist", "tags", sorted(tags))
        self._unread.add("comment", record, n=len(self._image.comments or ()))
        self._unread.note(builder)

    def _decoded(self) -> tuple[list[tuple[int, _Instance]], list[tuple[int, str]]]:
        """Decode the instances, each with its place, and say what is wrong with the others."""
        instances: list[tuple[int, _Instance]] = []
        lost: list[tuple[int, str]] = []
        for place, raw in enumerate(self._image.instances, start=1):
            try:
                instances.append((place, _INSTANCE.decode(raw)))
            except (ValueError, RecursionError) as error:
                lost.append((place, str(error)))
        return instances, lost

    def _instance(self, one: _Instance, place: int) -> None:
        """Add an instance and its attributes."""
        if not one.cls:
            self._lost("a className", place, None)
            return
        try:
            value = _value(one)
        except (ValueError, TypeError, KeyError, OverflowError):
            self._lost(f"the numbers of a {one.kind}", place, one.points)
            return
        if value is None:
            self._unread.add(one.kind, self._record, label=self._label)
            return
        kind, geometry, parts, names = value
        score = None
        if one.is_by_model and one.probability is not None:
            score = one.probability / 100
        id = f"{place}"
        self._builder.annotation(
            self._label, kind, one.cls, geometry, parts=parts, answer=names, annotation_id=id, score=score,
            stated=[math.nan] * 5 + [one.group] if one.group else None,
        )  # fmt: skip
        self._attributes(one.attributes or [], id)

    def _attributes(self, attributes: Sequence[_Attribute], parent: str) -> None:
        """Add what is said of an instance, group by group."""
        said: dict[str, list[str]] = {}
        for attribute in attributes:
            group, name = attribute.group or "attributes", attribute.name
            if name is None:
                continue
            if (attribute.sort or "").lower() == "text":
                self._builder.annotation(self._label, "text", group, answer=[str(name)], parent_id=parent)
            elif (attribute.sort or "").lower() == "numeric" and isinstance(name, int | float) and abs(name) <= _MOST:
                self._builder.annotation(self._label, "number", group, [float(name)], parent_id=parent)
            else:
                said.setdefault(group, []).append(str(name))
        for group, names in said.items():
            self._builder.annotation(self._label, "checklist", group, answer=sorted(set(names)), parent_id=parent)

    def _lost(self, expected: str, place: int, found: object) -> None:
        self._builder.problem(
            "error",
            f"{expected}; the instance is left out",
            record=self._record,
            field=f"instances[{place}]",
            found=found,
        )
        self._builder.unread([self._label], [1])


def _value(one: _Instance) -> _Value | None:
    """Give kind, geometry, parts and names of an instance; None if it is of a kind that is not read."""
    points = one.points
    if one.kind == "bbox" and isinstance(points, dict):
        x, y = sorted(map(float, (points["x1"], points["x2"]))), sorted(map(float, (points["y1"], points["y2"])))
        return "bbox", [x[0], y[0], x[1], y[1]], None, None
    if one.kind == "rbbox" and isinstance(points, dict):
        corners = [float(points[f"{axis}{place}"]) for place in range(1, 5) for axis in "xy"]
        box = rotated_box(corners)
        return ("polygon", corners, None, None) if box is None else ("rotated_bbox", box, None, None)
    if one.kind == "polygon" and isinstance(points, list):
        rings = [_pairs(points), *map(_pairs, one.exclude or ())]
        parts = [len(ring) // 2 for ring in rings]
        return "polygon", [side for ring in rings for side in ring], parts if len(parts) > 1 else None, None
    if one.kind == "polyline" and isinstance(points, list):
        return "polyline", _pairs(points), None, None
    if one.kind == "point":
        return "point", _numbers(one.x, one.y), None, None
    if one.kind == "ellipse":
        left, top, right, down = _numbers(one.cx, one.cy, one.rx, one.ry)
        return "polygon", ellipse(left, top, 2 * right, 2 * down, one.angle or 0.0), None, None
    if one.kind == "template" and isinstance(points, list):
        names = one.names or {}
        flat = [float(point[axis]) for point in points for axis in "xy"]
        named = [names.get(str(place), str(point.get("id", place))) for place, point in enumerate(points)]
        return "keypoints", flat, [2] * len(points), named
    if one.kind in ("bbox", "rbbox", "polygon", "polyline", "template"):
        raise ValueError("points")
    return None


def _pairs(points: Sequence[Any]) -> list[float]:
    if not points or len(points) % 2:
        raise ValueError("x and y of each point")
    return [float(side) for side in points]


def _numbers(*sides: float | None) -> list[float]:
    found = [side for side in sides if side is not None]
    if len(found) < len(sides):
        raise ValueError("numbers")
    return found


FORMAT = Format(
    name="superannotate",
    title="SuperAnnotate (vector JSON)",
    facts=frozenset({"who", "when", "prediction"}),
    refuse=refuse,
    read=read,
    pieces=json_records,
)
