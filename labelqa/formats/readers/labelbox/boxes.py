"""Plain boxes in images, by far the commonest marks: cut out of the text as columns before the rest is parsed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
import polars as pl

from labelqa.formats import runs
from labelqa.formats.readers.labelbox.schema import Annotations, Label, Object, Project, Row
from labelqa.formats.stencil import Block, Hole, Matches, Stencil

_SIDES = ("bounding_box.left", "bounding_box.top", "bounding_box.width", "bounding_box.height")
_MOST_STENCILS = 4
_TRIED = 12
_LIST = re.compile(rb'"objects"\s*:\s*\[\s*(?=\{)')
_WHITE = re.compile(rb"[\s,]*")


class _Annotations(Annotations):
    objects: list[Object | str] | None = None  # type: ignore[assignment]


class _Label(Label):
    annotations: _Annotations | None = None


class _Project(Project):
    labels: list[_Label] | None = None  # type: ignore[assignment]


class _Row(Row):
    projects: dict[str, _Project] | None = None  # type: ignore[assignment]


_lines = msgspec.json.Decoder(_Row)
_object = msgspec.json.Decoder(Object)


@dataclass
class Cut:
    """Lines without their plain boxes, and the boxes."""

    runs: runs.Runs
    boxes: pl.DataFrame

    def records(self) -> list[Row] | None:
        """Decode the lines; None if any is not as it should be, or a run is where no objects of a label are."""
        try:
            rows = _lines.decode_lines(self.runs.text)
        except (ValueError, RecursionError):
            return None
        return list(rows) if [_names(row) for row in rows] == self.runs.names() else None

    def annotations(self, labels: Mapping[str, int]) -> pl.DataFrame:
        """Give the boxes as annotations, once the number of the label of each run is known."""
        label = np.fromiter((labels[f"#{run}"] for run in range(len(self.runs.first) - 1)), np.uint32)
        return self.boxes.with_columns(label=np.repeat(label, np.diff(self.runs.first)))


class Boxes:
    """Looks for plain boxes in the blocks of a file whose head shows how they are written there."""

    def __init__(self, head: bytes) -> None:
        self._stencils = _learned(head)

    def cut(self, text: bytes) -> Cut | None:
        """Cut plain boxes out of lines; None if there are none."""
        if not self._stencils:
            return None
        block = Block(text)
        try:
            text.decode()
        except UnicodeDecodeError:
            return None
        matches, columns = zip(*(_columns(block.under(stencil)) for stencil in self._stencils), strict=True)
        found, order = runs.cut(block, matches)
        return Cut(found, pl.concat(columns)[order]) if len(order) else None


def _names(row: _Row) -> list[str]:
    """Give the texts that stand for runs in the labels of a row."""
    return [
        one
        for project in (row.projects or {}).values()
        for label in project.labels or ()
        if label.annotations is not None
        for one in label.annotations.objects or ()
        if type(one) is str
    ]


def _learned(text: bytes) -> list[Stencil]:
    """Make stencils of the first plain boxes."""
    found: dict[Stencil, None] = {}
    for number, sample in enumerate(_samples(text)):
        if number >= _TRIED or len(found) >= _MOST_STENCILS:
            break
        stencil = Stencil.of(sample, fixed=["annotation_kind"])
        if stencil and _is_plain(sample, stencil):
            found[stencil] = None
    return list(found)


def _samples(text: bytes) -> Iterator[bytes]:
    """Give the first object of each list of objects."""
    read = json.JSONDecoder().raw_decode
    for match in _LIST.finditer(text):
        head = text[match.end() : match.end() + (1 << 12)].decode("latin-1")
        try:
            _, end = read(head)
        except (ValueError, RecursionError):
            continue
        yield text[match.end() : match.end() + end]


def _is_plain(sample: bytes, stencil: Stencil) -> bool:
    """Tell whether all objects under a stencil are boxes without questions, as long as their values are right."""
    try:
        mark = _object.decode(sample)
    except (ValueError, RecursionError):
        return False
    holes = set(stencil.holes)
    return (
        mark.annotation_kind == "ImageBoundingBox"
        and not mark.classifications
        and {Hole("feature_id", "text"), Hole("name", "text"), *(Hole(side, "number") for side in _SIDES)} <= holes
        and {hole.path for hole in holes if hole.sort == "number"} <= {*_SIDES, "confidence"}
    )


def _columns(matches: Matches) -> tuple[Matches, pl.DataFrame]:
    """Give those matches that are plain boxes, and what they hold."""
    paths = [*_SIDES, *(hole.path for hole in matches.values if hole.path == "confidence")]
    numbers, good = matches.numbers(paths)
    geometry = numbers[:, :4]
    good &= ~matches.is_empty("feature_id") & ~matches.is_empty("name") & (geometry[:, 2:] >= 0).all(axis=1)
    if not good.all():
        matches, numbers = matches.where(good), numbers[good]
    geometry = np.concatenate([numbers[:, :2], numbers[:, :2] + numbers[:, 2:4]], axis=1)
    score = numbers[:, 4] if len(paths) > len(_SIDES) else None
    frame = pl.DataFrame(
        {
            "annotation_id": matches.texts("feature_id"),
            "class": matches.texts("name").cast(pl.Categorical),
            "geometry": pl.Series(geometry).cast(pl.List(pl.Float64)),
        }
    )
    kind, confidence = pl.lit("bbox", pl.Categorical()), pl.lit(None, pl.Float64)
    return matches, frame.with_columns(kind=kind, score=confidence if score is None else pl.Series(score))
