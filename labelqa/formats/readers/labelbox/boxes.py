"""Plain boxes in images, by far the commonest marks: cut out of the text as columns before the rest is parsed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import polars as pl

from labelqa.formats.readers.labelbox.schema import Annotations, Label, Object, Project, Row
from labelqa.formats.runs import Cut, Cutter
from labelqa.formats.stencil import Hole, Matches, Stencil, learned

_SIDES = ("bounding_box.left", "bounding_box.top", "bounding_box.width", "bounding_box.height")


class _Annotations(Annotations):
    objects: list[Object | str] | None = None  # type: ignore[assignment]


class _Label(Label):
    annotations: _Annotations | None = None


class _Project(Project):
    labels: list[_Label] | None = None  # type: ignore[assignment]


class _Row(Row):
    projects: dict[str, _Project] | None = None  # type: ignore[assignment]


_object = msgspec.json.Decoder(Object)


def plain_boxes(head: bytes) -> Cutter[Row]:
    """Look in the head of a file for how plain boxes are written there."""
    return Cutter(learned(head, "objects", ["annotation_kind"], _is_plain), _columns, _Row, _names)


def placed(cut: Cut, labels: Mapping[str, int]) -> pl.DataFrame:
    """Give boxes that were cut out as annotations, once the number of the label of each run is known."""
    label = np.fromiter((labels[name] for name in cut.runs.names), np.uint32)
    return cut.objects.with_columns(label=np.repeat(label, np.diff(cut.runs.first)))


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
