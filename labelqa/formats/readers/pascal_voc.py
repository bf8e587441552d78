"""Pascal VOC XML, also in ImageNet's dialect: one file for each image, with a box for each object.

Coordinates are read as they stand. The original data of VOC counts pixels from 1 and includes the last one; most tools
write plain corners, and a file does not say which. Between labelers of one tool it makes no difference; against an
export of another tool it is at most one pixel.

The labeler is the folder (see `labelqa.formats.folders`), the image is the stated `filename`. Beside the box, variants
of the format are read: `robndbox` (a rotated box, angle in radians), `polygon` (corners x1, y1, x2, y2 ... or points
`pt`), `part` (a box inside an object) and `attributes`. `pose`, `truncated`, `occluded` and `difficult` are choices
asked of every object. The old LabelMe XML is of this kind too; its deleted objects are left out.
http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from xml.sax.saxutils import unescape

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.folders import PROJECT, base_name, image_ids, labelers_of, read_each
from labelqa.formats.format import Format
from labelqa.formats.image_sizes import is_image
from labelqa.formats.sample import Sample
from labelqa.formats.unread import Unread
from labelqa.formats.xml_stream import Element, elements
from labelqa.project import Builder

__all__ = ["FORMAT"]

_QUESTIONS = ("pose", "truncated", "occluded", "difficult")
_UNKNOWN = ("", "unspecified", "unknown", "none")
_SAID = {"0": "no", "1": "yes", "false": "no", "true": "yes"}
_SIDES = ("xmin", "ymin", "xmax", "ymax")
_ROTATED = ("cx", "cy", "w", "h", "angle")
_KNOWN = frozenset(
    ("name", "bndbox", "robndbox", "polygon", "part", "attributes", "type", "id", "deleted", "verified", "date", "parts",
     *_QUESTIONS)
)  # fmt: skip
_HEAD = 1 << 16
_FILENAME = re.compile(rb"<filename>([^<]*)</filename>")


def refuse(sample: Sample) -> str | None:
    """Say why a file is no annotation of an image in Pascal VOC XML."""
    if sample.shape != "xml":
        return "no XML"
    if sample.root != "annotation":
        return "its root is not 'annotation'"
    if not sample.keys & {"object", "size", "filename", "imagesize", "segmented"}:
        return "no 'filename', 'size' or 'object' in 'annotation'"
    return None


def read(files: Sequence[File], builder: Builder) -> None:
    """Read files, each about one image, each a label."""
    labelers = labelers_of(files)
    ids = image_ids(labelers, {file.name: _filename(file) for file in files})

    def read_one(file: File) -> None:
        root = next((element for _, element in elements(file, frozenset({"annotation"}))), None)
        if root is None:
            raise InputError("an 'annotation'", file=file.name, found="another root")
        _Image(root, builder).add(ids[file.name], labelers[file.name])

    read_each(files, FORMAT.name, builder, read_one)


def belongs(file: File) -> bool:
    """Tell whether a file is an image, a list of images or the table of classes."""
    name = base_name(file.name)
    return is_image(name) or name == "labelmap.txt" or ("ImageSets" in file.name and name.endswith(".txt"))


def _filename(file: File) -> str | None:
    """Find the image's name without reading the file."""
    try:
        match = _FILENAME.search(file.head(_HEAD))
    except InputError:
        return None  # it will fail again, and be listed, when the file is read
    return unescape(match[1].decode(errors="replace")).strip() or None if match else None


class _Image:
    """What one file says of its image."""

    def __init__(self, root: Element, builder: Builder) -> None:
        self._root, self._builder = root, builder
        self._unread = Unread("bndbox, robndbox, polygon, part and attributes")
        self._label = 0

    def add(self, asset_id: str, labeler: str | None) -> None:
        """Add the image, the label and its objects."""
        builder = self._builder
        objects = self._root.findall("object")
        builder.records(max(1, len(objects)))
        size = self._root.find("size") if self._root.find("size") is not None else self._root.find("imagesize")
        width, height = (self._size(size, names) for names in (("width", "ncols"), ("height", "nrows")))
        name = _text(self._root, "filename") or None
        dataset = _text(self._root, "source/database")
        builder.asset(
            PROJECT, asset_id, name=name, width=width, height=height, record=1,
            dataset=dataset if dataset.lower() not in _UNKNOWN else None,
        )  # fmt: skip
        self._label = builder.label(PROJECT, asset_id, f"{labeler or ''}/{asset_id}", labeler, record=1)
        for record, one in enumerate(objects, start=1):
            if _text(one, "deleted") != "1":
                self._object(one, record)
        self._unread.note(builder)

    def _size(self, size: Element | None, names: tuple[str, ...]) -> float | None:
        texts = [text for name in names if size is not None and (text := _text(size, name))]
        if not texts:
            return None
        value = _number(texts[0])
        if value is None:
            self._builder.problem(
                "warning",
                "a whole number of pixels; read as unknown",
                record=1,
                field=f"size.{names[0]}",
                found=texts[0],
            )
        return value or None  # 0: the tool did not know it

    def _object(self, one: Element, record: int) -> None:
        """Add the marks of an object and what is asked of it."""
        cls = _text(one, "name")
        if not cls:
            self._lost("a name of the class", record, "object.name", None)
            return
        shape = self._shape(one, record)
        if shape is None:
            return
        id = f"{record}"
        kind, geometry = shape
        self._builder.annotation(self._label, kind, cls, geometry, annotation_id=id)
        for part in one.findall("part"):
            self._part(part, record, id)
        self._answers(one, id)
        for child in one:
            if child.tag not in _KNOWN and (len(child) or (child.text or "").strip()):
                self._unread.add(f"object.{child.tag}", record)

    def _shape(self, one: Element, record: int) -> tuple[str, list[float]] | None:
        """Read the shape of an object: a rotated box or polygon goes before the upright box round it."""
        rotated, polygon, box = (one.find(name) for name in ("robndbox", "polygon", "bndbox"))
        if rotated is not None:
            kind, values = "rotated_bbox", self._numbers(rotated, _ROTATED, record, "object.robndbox")
            values[4:] = map(math.degrees, values[4:])
        elif polygon is not None:
            kind, values = "polygon", self._corners(polygon, record)
        elif box is not None:
            kind, values = "bbox", self._box(box, record, "object.bndbox")
        else:
            kind, values = "", []
            self._lost("a bndbox", record, "object", ", ".join(child.tag for child in one) or None)
        return (kind, values) if values else None

    def _box(self, box: Element, record: int, field: str) -> list[float]:
        values = self._numbers(box, _SIDES, record, field)
        if not values:
            return []
        left, top, right, bottom = values
        return [min(left, right), min(top, bottom), max(left, right), max(top, bottom)]

    def _corners(self, polygon: Element, record: int) -> list[float]:
        """Read the corners of a polygon, as points or as numbered coordinates."""
        points = polygon.findall("pt")
        if points:
            found = [number for point in points for number in (_number(_text(point, "x")), _number(_text(point, "y")))]
        else:
            n = sum(child.tag[:1] == "x" for child in polygon)
            found = [_number(_text(polygon, f"{axis}{place}")) for place in range(1, n + 1) for axis in "xy"]
        corners = [number for number in found if number is not None]
        if len(corners) < len(found) or not corners:
            self._lost("corners with x and y", record, "object.polygon", f"{len(found) // 2} corners")
            return []
        return corners

    def _part(self, part: Element, record: int, parent: str) -> None:
        """Add a part of an object, as a box of its own class that belongs to it."""
        box, cls = part.find("bndbox"), _text(part, "name")
        if box is None or not cls:
            self._lost("a name and a bndbox", record, "object.part", None)
        elif values := self._box(box, record, "object.part.bndbox"):
            self._builder.annotation(self._label, "bbox", cls, values, parent_id=parent)

    def _answers(self, one: Element, parent: str) -> None:
        """Add what is said of an object as answers under it."""
        said = [(question, _text(one, question)) for question in (*_QUESTIONS, "attributes")]
        named = one.findall("attributes/attribute")
        said += [(_text(attribute, "name"), _text(attribute, "value")) for attribute in named]
        for question, text in dict(said).items():
            if question and text.lower() not in _UNKNOWN:
                answer = [_SAID.get(text.lower(), text)]
                self._builder.annotation(self._label, "choice", question, answer=answer, parent_id=parent)

    def _numbers(self, element: Element, names: Sequence[str], record: int, field: str) -> list[float]:
        """Read numbers by name; nothing if one is missing or is none."""
        values: list[float] = []
        for name in names:
            text = _text(element, name)
            value = _number(text)
            if value is None:
                self._lost("a finite number", record, f"{field}.{name}", text or None)
                return []
            values.append(value)
        return values

    def _lost(self, expected: str, record: int, field: str, found: str | None) -> None:
        self._builder.problem("error", f"{expected}; the object is left out", record=record, field=field, found=found)
        self._builder.records(0, 1)
        self._builder.unread([self._label], [1])


def _text(element: Element, path: str) -> str:
    """Give the text of a child, or nothing."""
    return (element.findtext(path) or "").strip()


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


FORMAT = Format(
    name="pascal_voc",
    title="Pascal VOC XML (also ImageNet)",
    facts=frozenset({"who"}),
    refuse=refuse,
    read=read,
    belongs=belongs,
)
