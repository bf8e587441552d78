"""LabelMe JSON, as labelme and its relatives write it: one file for each image, with a list of shapes.

The labeler is the folder (see `labelqa.formats.folders`), the image is the stated `imagePath`. A circle is read as a
polygon on it, `group_id` is stated beside the shape, flags are choices (of a shape: asked of it), `description` is a
text. The image inside the file (`imageData`) is passed over. Of the relatives, `rotation` (four corners) and the
`score`, `difficult` and `attributes` of a shape are read.
https://github.com/wkentaro/labelme
"""

from __future__ import annotations

import binascii
import math
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import msgspec

from labelqa.errors import InputError
from labelqa.formats import rle
from labelqa.formats.files import File
from labelqa.formats.folders import PROJECT, image_ids, labelers_of, read_each
from labelqa.formats.format import Format
from labelqa.formats.image_sizes import is_image
from labelqa.formats.json_stream import read_records
from labelqa.formats.outlines import ellipse, rotated_box
from labelqa.formats.parts.json_pieces import json_records
from labelqa.formats.sample import Sample
from labelqa.formats.unread import Unread
from labelqa.project import Builder

__all__ = ["FORMAT"]

_LINES = ("line", "linestrip")
_READ = "rectangle, rotation, polygon, circle, line, linestrip, point, points and mask"


class _Name(msgspec.Struct, gc=False):
    image: str | None = msgspec.field(name="imagePath", default=None)


class _File(msgspec.Struct):
    shapes: list[msgspec.Raw]
    image: str | None = msgspec.field(name="imagePath", default=None)
    width: float | None = msgspec.field(name="imageWidth", default=None)
    height: float | None = msgspec.field(name="imageHeight", default=None)
    flags: dict[str, Any] | None = None


class _Shape(msgspec.Struct):
    label: str | int | float
    points: list[tuple[float, float]] = []
    kind: str | None = msgspec.field(name="shape_type", default=None)
    group: float | None = msgspec.field(name="group_id", default=None)
    flags: dict[str, Any] | None = None
    description: str | None = None
    mask: str | None = None
    score: float | None = None
    difficult: bool | None = None
    attributes: dict[str, Any] | None = None


_SHAPE = msgspec.json.Decoder(_Shape)


def refuse(sample: Sample) -> str | None:
    """Say why a file is none of LabelMe's."""
    if sample.shape != "object":
        return "no JSON object"
    record = sample.record if isinstance(sample.record, dict) else {}
    if not isinstance(record.get("shapes"), list):
        return "no list 'shapes'"
    if not sample.keys & {"imagePath", "imageHeight", "imageWidth", "imageData"} and sample.is_whole:
        return "no 'imagePath'"
    return None


def read(files: Sequence[File], builder: Builder) -> None:
    """Read files, each about one image, each a label."""
    labelers = labelers_of(files)
    ids = image_ids(labelers, {file.name: _image_name(file) for file in files})

    def read_one(file: File) -> None:
        for batch in read_records(file, _File, builder):
            for number, record in batch:
                builder.records(max(0, len(record.shapes) - 1))
                _Image(record, builder).add(ids[file.name], labelers[file.name], number)

    read_each(files, FORMAT.name, builder, read_one)


def _image_name(file: File) -> str | None:
    """Find the image's name; what is wrong with the file is said when it is read for good."""
    unheard = Builder()
    unheard.source(file.name, FORMAT.name)
    try:
        return next((record.image for batch in read_records(file, _Name, unheard) for record in batch.records), None)
    except InputError:
        return None


class _Image:
    """What one file says of its image."""

    def __init__(self, record: _File, builder: Builder) -> None:
        self._record, self._builder = record, builder
        self._unread = Unread(_READ)
        self._label = 0

    def add(self, asset_id: str, labeler: str | None, number: int) -> None:
        """Add the image, the label and its shapes."""
        record, builder = self._record, self._builder
        builder.asset(
            PROJECT, asset_id, name=record.image or None, width=record.width, height=record.height, record=number
        )
        id = f"{labeler or ''}/{asset_id}" if number == 1 else f"{labeler or ''}/{asset_id}/{number}"
        self._label = builder.label(PROJECT, asset_id, id, labeler, record=number)
        self._flags(record.flags, None, number)
        n_circles = 0
        for place, raw in enumerate(record.shapes, start=1):
            try:
                shape = _SHAPE.decode(raw)
            except (ValueError, RecursionError) as error:
                self._lost("a shape with label and points", place, "shapes[...]", str(error))
                continue
            n_circles += shape.kind == "circle"
            self._shape(shape, place)
        if n_circles:
            builder.problem("note", "circles are read as polygons of 64 corners", field="shape_type", n=n_circles)
        self._unread.note(builder)

    def _shape(self, shape: _Shape, place: int) -> None:
        """Add a shape and what is said of it."""
        kind = shape.kind or "polygon"  # early versions drew polygons alone and say nothing
        try:
            value = _value(kind, shape)
        except ValueError as error:
            self._lost(str(error), place, f"shapes[...].{'mask' if kind == 'mask' else 'points'}", len(shape.points))
            return
        if value is None:
            self._unread.add(kind, place, label=self._label)
            return
        read_as, geometry, parts = value
        id = f"{place}"
        self._builder.annotation(
            self._label,
            read_as,
            str(shape.label),
            geometry,
            parts=parts,
            annotation_id=id,
            score=shape.score,
            stated=None if shape.group is None else [math.nan] * 5 + [shape.group],
        )
        self._flags(shape.flags, id, place)
        self._flags(shape.attributes, id, place)
        if shape.difficult is not None:
            self._flags({"difficult": shape.difficult}, id, place)
        if shape.description:
            self._builder.annotation(self._label, "text", "description", answer=[shape.description], parent_id=id)

    def _flags(self, flags: dict[str, Any] | None, parent: str | None, place: int) -> None:
        """Add flags as answers yes and no, and attributes as what they say."""
        for question, said in (flags or {}).items():
            if isinstance(said, bool):
                answer = "yes" if said else "no"
            elif isinstance(said, (str, int, float)):
                answer = str(said)
            else:
                self._unread.add("flag that is no text, number or truth value", place)
                continue
            self._builder.annotation(self._label, "choice", question, answer=[answer], parent_id=parent)

    def _lost(self, expected: str, place: int, field: str, found: object) -> None:
        self._builder.problem("error", f"{expected}; the shape is left out", record=place, field=field, found=found)
        self._builder.records(0, 1)
        self._builder.unread([self._label], [1])


def _value(kind: str, shape: _Shape) -> tuple[str, Sequence[float], list[int] | None] | None:
    """Give kind, geometry and parts of a shape; None if it is of a kind that is not read."""
    flat = [number for point in shape.points for number in point]
    n = len(shape.points)
    if kind == "mask":
        return _mask(shape)
    if kind == "rectangle" and n == 4:  # relatives of labelme write all corners
        return "bbox", (min(flat[0::2]), min(flat[1::2]), max(flat[0::2]), max(flat[1::2])), None
    if kind == "rectangle":
        _check(n == 2, "two opposite corners")
        return (
            "bbox",
            (min(flat[0], flat[2]), min(flat[1], flat[3]), max(flat[0], flat[2]), max(flat[1], flat[3])),
            None,
        )
    if kind == "circle":
        _check(n == 2, "the centre and a point on the circle")
        width = 2 * math.dist(*shape.points)
        return "polygon", ellipse(flat[0], flat[1], width, width), None
    if kind == "rotation":
        _check(n == 4, "four corners")
        box = rotated_box(flat)
        return ("polygon", flat, None) if box is None else ("rotated_bbox", box, None)
    if kind == "polygon":
        _check(n > 0, "corners")
        return "polygon", flat, None
    if kind in _LINES:
        _check(n > 0, "points")
        return "polyline", flat, None
    if kind == "point":
        _check(n == 1, "one point")
        return "point", flat, None
    if kind == "points":
        _check(n > 0, "points")
        return "keypoints", flat, [2] * n
    return None


def _mask(shape: _Shape) -> tuple[str, Sequence[float], list[int]]:
    """Read the pixels of a mask, which are those inside its box."""
    _check(len(shape.points) == 2 and bool(shape.mask), "two corners and the pixels between them as PNG in base64")
    (x1, y1), (x2, y2) = shape.points
    _check(all(abs(side) < 1e9 for side in (x1, y1, x2, y2)), "corners of a mask in pixels")
    try:
        content = b64decode(shape.mask or "", validate=False)
    except binascii.Error:
        raise ValueError("the pixels of a mask as PNG in base64") from None
    value = rle.from_png(content, left=round(min(x1, x2)), top=round(min(y1, y2)))
    return "mask", value.geometry, value.parts


def _check(is_so: bool, expected: str) -> None:
    if not is_so:
        raise ValueError(expected)


FORMAT = Format(
    name="labelme",
    title="LabelMe JSON",
    facts=frozenset({"who"}),
    refuse=refuse,
    read=read,
    belongs=lambda file: is_image(file.name),
    pieces=json_records,
)
