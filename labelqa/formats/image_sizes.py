"""Sizes of images, for formats that store fractions of an image and not its size.

They come from a table `image,width,height` among the files, or from the head of the image itself where it lies beside
its label: in the same folder, or in a folder `images` beside a folder `labels`, as YOLO has it.
"""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from labelqa.errors import InputError
from labelqa.formats.csv_stream import read_rows
from labelqa.formats.files import File, find
from labelqa.formats.folders import base_name, stem
from labelqa.project import Builder
from labelqa.project.validate import MAX_COORDINATE

Size = tuple[float, float]

_SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff"))
_KINDS = ("JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF")
_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    struct.error,
    EOFError,
    Image.DecompressionBombError,
    InputError,
)
"""What Pillow was seen to raise on damaged heads."""


def is_image(name: str) -> bool:
    """Tell by its name whether a file is an image."""
    return Path(base_name(name)).suffix.lower() in _SUFFIXES


def is_table(header: Iterable[str] | None, names: Iterable[str]) -> bool:
    """Tell whether a header is that of a table of sizes: width, height, and one column of these names, no other."""
    columns = sorted(name.lower() for name in header or ())
    return any(columns == sorted(("width", "height", name)) for name in names)


class ImageSizes:
    """What is known of the sizes of images."""

    def __init__(self) -> None:
        self._told: dict[str, Size] = {}
        self._listed: dict[str, dict[str, list[File]]] = {}

    def add_table(self, file: File, builder: Builder) -> None:
        """Read a table of sizes; see `is_table`."""
        for rows in read_rows(file, builder):
            columns = {name.lower(): name for name in rows.cells.columns}
            width, height = columns.pop("width"), columns.pop("height")
            (image,) = columns.values()
            cells = rows.cells.select(image, width, height).iter_rows()
            for record, (name, *sides) in zip(rows.records, cells, strict=True):
                size = _size(sides)
                if name is None or size is None:
                    expected = "a name, and whole numbers of pixels as width and height; the row is left out"
                    found = ", ".join(str(cell) for cell in (name, *sides))
                    builder.problem("error", expected, record=record, field="row", found=found)
                    builder.records(0, 1)
                    continue
                for key in {name, base_name(name), stem(name)}:
                    # The same name in two folders tells nothing, unless both are of one size.
                    self._told[key] = size if self._told.get(key, size) == size else (0.0, 0.0)

    def told(self, *names: str) -> Size | None:
        """Give the size that a table tells, of the first of these names that it has."""
        for name in names:
            for key in (name, base_name(name), stem(name)):
                size = self._told.get(key)
                if size is not None and size[0]:
                    return size
        return None

    def image_beside(self, file: File, image: str) -> File | None:
        """Find the image that lies beside a file; `image` is its name, with or without suffix."""
        found = self._images(file).get(stem(image) if is_image(image) else image, [])
        same = [one for one in found if base_name(one.name) == image]
        return next(iter(same or found), None)

    def _images(self, file: File) -> dict[str, list[File]]:
        """List the images beside a file, by stem; each folder is looked through once."""
        folder = file.name[: len(file.name) - len(base_name(file.name))]
        if folder not in self._listed:
            found: dict[str, list[File]] = {}
            for one in _beside(file, folder):
                found.setdefault(stem(one.name), []).append(one)
            self._listed[folder] = found
        return self._listed[folder]


def size_of(image: File) -> Size | None:
    """Read the size of an image from its head, upright as its camera says; None if it cannot be read."""
    try:
        with warnings.catch_warnings(), image.open() as stream:
            warnings.simplefilter("ignore")
            with Image.open(stream, formats=_KINDS) as opened:
                width, height = opened.size
                turned = opened.format == "JPEG" and opened.getexif().get(_ORIENTATION) in _SIDEWAYS
    except _DAMAGE:
        return None
    return (float(height), float(width)) if turned else (float(width), float(height))


def _beside(file: File, folder: str) -> list[File]:
    """List the images in the folder of a file and in the folder `images` that belongs to it."""
    images = re.sub(r"(^|[\\/ ])labels(?=([\\/][^\\/]*)*$)", r"\1images", folder)
    if file.path is not None:
        paths = [file.path.parent, Path(images or "."), file.path.parent.parent / "images"]
        found = [path for inner in dict.fromkeys(paths) if inner.is_dir() for path in sorted(inner.iterdir())]
        return [one for path in found if is_image(path.name) for one in _opened(path)]
    archive, is_member, _ = file.name.partition(": ")
    if not is_member:
        return []
    folders = (folder, images, re.sub(r"[^\\/ ]+[\\/]$", "images/", folder))
    members = [one for one in _opened(Path(archive)) if is_image(one.name)]
    return [one for one in members if one.name[: len(one.name) - len(base_name(one.name))] in folders]


def _opened(path: Path) -> list[File]:
    try:
        return find([path]).files
    except InputError:
        return []


def _size(sides: Iterable[str | None]) -> Size | None:
    try:
        width, height = (float(side or "nan") for side in sides)
    except ValueError:
        return None
    is_good = all(1 <= side <= MAX_COORDINATE and side.is_integer() for side in (width, height))
    return (width, height) if is_good else None
