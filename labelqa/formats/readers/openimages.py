"""OpenImages CSV: a row for each box, with fractions of the image; decimal points, or decimal commas inside quotes.

The labeler is the name of the file, as with COCO; confidences other than 0 and 1 are a model's. `IsGroupOf` marks a crowd;
`IsOccluded`, `IsTruncated`, `IsDepiction` and `IsInside` are choices asked of a box, where they are told (-1 is unknown).
`LabelName` is the class; if a table of class descriptions (`/m/011k07,Tortoise`, with or without the header
`LabelName,DisplayName`) is read with it, the name for people is taken.

Sizes come from a table with the columns `ImageID,Width,Height` read with it, or from images beside it; without them
coordinates stay fractions, in a frame of 1 x 1 (a warning): the overlap of two boxes is the same, but they cannot meet
boxes of another format. Boxes of one image are one label; images without boxes are not known.
https://storage.googleapis.com/openimages/web/download_v7.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import polars as pl

from labelqa.formats.csv_stream import Rows, read_rows
from labelqa.formats.files import File
from labelqa.formats.folders import PROJECT, base_name
from labelqa.formats.format import Format
from labelqa.formats.image_sizes import ImageSizes, Size, is_image, is_table, size_of
from labelqa.formats.parts.csv_pieces import csv_rows
from labelqa.formats.sample import Sample, sample
from labelqa.project import Builder

__all__ = ["FORMAT"]

_SIDES = ("XMin", "XMax", "YMin", "YMax")
_FLAGS = ("IsOccluded", "IsTruncated", "IsDepiction", "IsInside")
_SAID = {"0": "no", "1": "yes"}
_UNTOLD = ("", "-1")
_NAMES = ("labelname", "displayname")
_READ = frozenset(("ImageID", "LabelName", "Confidence", "IsGroupOf", *_SIDES, *_FLAGS))
_PASSED_OVER = frozenset(
    ("Source", "XClick1X", "XClick2X", "XClick3X", "XClick4X", "XClick1Y", "XClick2Y", "XClick3Y", "XClick4Y")
)
_CLASS = re.compile(r"/[a-z]/\w+")
"""A class as OpenImages writes it."""

_LEAST, _MOST = -1.0, 2.0
"""Fractions taken for real; anything beyond is in another unit."""


def refuse(sample: Sample) -> str | None:
    """Say why a file is no table of OpenImages boxes, nor of sizes or class descriptions for them."""
    if sample.shape != "csv" or sample.header is None:
        return "no CSV with a header"
    if is_table(sample.header, ("imageid",)) or _is_names(sample.header):
        return None
    lacking = [name for name in ("ImageID", "LabelName", *_SIDES) if name not in sample.header]
    return f"no column {lacking[0]!r}" if lacking else None


def _is_names(header: Sequence[str]) -> bool:
    """Tell class descriptions by their header; older ones have none, and begin with a class and its name."""
    bare = len(header) == 2 and _CLASS.fullmatch(header[0]) is not None
    return bare or tuple(name.lower() for name in header) == _NAMES


def read(files: Sequence[File], builder: Builder) -> None:
    """Read sizes and class descriptions, then boxes."""
    sizes, names = ImageSizes(), dict[str, str]()
    tables = []
    for file in files:
        header = sample(file).header or ()
        if is_table(header, ("imageid",)):
            builder.source(file.name, FORMAT.name)
            sizes.add_table(file, builder)
        elif _is_names(header):
            builder.source(file.name, FORMAT.name)
            if _CLASS.fullmatch(header[0]):
                names[header[0]] = header[1]
            for rows in read_rows(file, builder):
                pairs = rows.cells.drop_nulls().iter_rows()
                names.update({str(cls): str(name) for cls, name in pairs})
        else:
            tables.append(file)
    labelers = _labelers(tables)
    for file in tables:
        builder.source(file.name, FORMAT.name)
        boxes = _Boxes(file, labelers[file.name], sizes, names, builder)
        for rows in read_rows(file, builder):
            boxes.add(rows)
        boxes.finish()


def _labelers(files: Sequence[File]) -> dict[str, str]:
    """Name the labeler of each file by its stem; where that would be the same for two, by the folder too."""
    counts = Counter(file.stem for file in files)
    whole = {file.name: "/".join([*_last_folder(file), file.stem]) for file in files}
    return {file.name: file.stem if counts[file.stem] == 1 else whole[file.name] for file in files}


def _last_folder(file: File) -> list[str]:
    folder = file.name[: len(file.name) - len(base_name(file.name))]
    return [base_name(folder)] if base_name(folder) else []


class _Boxes:
    """The boxes of one file."""

    def __init__(self, file: File, labeler: str, sizes: ImageSizes, names: dict[str, str], builder: Builder) -> None:
        self._file, self._labeler, self._sizes, self._names, self._builder = file, labeler, sizes, names, builder
        self._labels: dict[str, int] = {}
        self._size: dict[str, Size | None] = {}

    def add(self, rows: Rows) -> None:
        """Add a run of rows."""
        cells = rows.cells
        for column in sorted(set(cells.columns) - _READ - _PASSED_OVER):
            n = cells[column].count()
            if n:
                self._builder.problem("note", "a column of OpenImages; it is not read", field=column, n=n)
        lacking = [name for name in (*_READ,) if name not in cells.columns]
        cells = cells.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
        numbers = cells.select(
            pl.col(name).str.strip_chars().str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
            for name in (*_SIDES, "Confidence")
        )
        scores = numbers["Confidence"]
        is_scored = bool((scores.is_not_null() & ~scores.is_in([0.0, 1.0])).any())
        if is_scored:
            self._builder.labeler(self._labeler, is_model=True)
        values = numbers.iter_rows()
        texts = cells.select("ImageID", "LabelName", "IsGroupOf", *_FLAGS).iter_rows()
        for record, (*sides, score), (image, cls, group, *flags) in zip(rows.records, values, texts, strict=True):
            self._box(record, image, cls, sides, score if is_scored else None, group, flags)

    def _box(
        self,
        record: int,
        image: str | None,
        cls: str | None,
        sides: Sequence[float | None],
        score: float | None,
        group: str | None,
        flags: Sequence[str | None],
    ) -> None:
        """Add the box of a row."""
        if not image or not image.strip():
            self._lost("an ImageID", record, "ImageID", image, None)
            return
        label, size = self._label(image.strip(), record)
        fractions = [side for side in sides if side is not None and _LEAST <= side <= _MOST]
        if not cls or len(fractions) < 4:
            field = "LabelName" if not cls else "XMin, XMax, YMin, YMax"
            expected = "fractions of the image, 0 to 1 inside it" if cls else "a class"
            self._lost(expected, record, field, ", ".join(map(str, sides)) if cls else None, label)
            return
        width, height = size or (1.0, 1.0)
        left, right, top, bottom = fractions
        id = f"{record}"
        self._builder.bbox(
            label, self._names.get(cls.strip(), cls.strip()), left * width, top * height, right * width, bottom * height,
            annotation_id=id, score=score, is_crowd=(group or "").strip() == "1",
        )  # fmt: skip
        for question, said in zip(_FLAGS, flags, strict=True):
            text = (said or "").strip()
            if (answer := _SAID.get(text)) is not None:
                self._builder.annotation(label, "choice", question, answer=[answer], parent_id=id)
            elif text not in _UNTOLD:
                expected = "1, 0, or -1 for unknown; read as unknown"
                self._builder.problem("warning", expected, record=record, field=question, found=text)

    def finish(self) -> None:
        """Say how many images have no size."""
        n = sum(size is None for size in self._size.values())
        if n:
            self._builder.problem(
                "warning",
                "the sizes of all images; where they are not known, coordinates are fractions of the image",
                field="ImageID",
                n=n,
                remedy="Read a table with the columns ImageID,Width,Height together with the boxes.",
            )

    def _label(self, image: str, record: int) -> tuple[int, Size | None]:
        """Give the label of an image, added when it is met first, and the size of the image."""
        if image not in self._labels:
            size = self._sizes.told(image)
            if size is None and (beside := self._sizes.image_beside(self._file, base_name(image))) is not None:
                size = size_of(beside)
            width, height = size or (None, None)
            self._builder.asset(PROJECT, image, width=width, height=height, record=record)
            id = f"{self._labeler}/{image}"
            self._labels[image] = self._builder.label(PROJECT, image, id, self._labeler, record=record)
            self._size[image] = size
        self._builder.mention(PROJECT, image, record)
        return self._labels[image], self._size[image]

    def _lost(self, expected: str, record: int, field: str, found: str | None, label: int | None) -> None:
        self._builder.problem("error", f"{expected}; the row is left out", record=record, field=field, found=found)
        self._builder.records(0, 1)
        if label is not None:
            self._builder.unread([label], [1])


FORMAT = Format(
    name="openimages",
    title="OpenImages CSV",
    facts=frozenset({"who", "prediction"}),
    refuse=refuse,
    read=read,
    belongs=lambda file: is_image(file.name),
    pieces=csv_rows,
)
