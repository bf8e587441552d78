"""Labelbox export v2, NDJSON: one data row a line, as the platform exports it.

Carried: labels with labeler, times, labeling and review seconds, benchmark, skips and reviews; batches, datasets, metadata;
boxes, polygons and lines of one ring, points, spans (whose ends are included here), box tracks, radio, checklist, dropdown
(a taxonomy of one path) and text, nested to any depth; relationships.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from labelqa.formats.losses import Losses
from labelqa.formats.writer import NO_PLACE, Writer
from labelqa.formats.writers._walk import Row, WalkedLabel, size_between, time_text, walk
from labelqa.project import Project


class _NotCarriedError(Exception):
    """There is no way to write this one; says why."""


def _write(project: Project, target: Path, losses: Losses) -> None:
    _count_losses(project, losses)
    with target.open("w", encoding="utf-8") as file:
        for asset, labels in walk(project):
            file.write(json.dumps(_data_row(asset, labels, losses), allow_nan=False) + "\n")


def _data_row(asset: Row, labels: list[WalkedLabel], losses: Losses) -> dict[str, Any]:
    return {
        "data_row": {
            "id": asset["asset_id"],
            "global_key": asset["asset_id"],
            "external_id": asset["name"],
            "details": {"dataset_name": asset["dataset"], "created_at": time_text(asset["created_at"])},
        },
        "media_attributes": {"width": asset["width"], "height": asset["height"]},
        "metadata_fields": [{"schema_name": pair["key"], "value": pair["value"]} for pair in asset["metadata"]],
        "projects": {
            asset["project_id"]: {
                "labels": [_label(label, losses) for label in labels],
                "project_details": {
                    "batch_name": asset["batch"],
                    "consensus_expected_label_count": asset["labels_asked"],
                },
            }
        },
    }


def _label(label: WalkedLabel, losses: Losses) -> dict[str, Any]:
    row = label.row
    details = {
        "created_at": time_text(row["created_at"]),
        "updated_at": time_text(row["updated_at"]),
        "created_by": row["labeler"],
        "reviews": [
            {
                "score": 1 if review["verdict"] == "accepted" else -1,
                "created_by": review["reviewer"],
                "created_at": time_text(review["created_at"]),
            }
            for review in label.reviews
        ],
    }
    performance = {
        "seconds_to_create": row["seconds"],
        "seconds_to_review": row["review_seconds"],
        "skipped": row["status"] == "skipped",
    }
    if row["role"] == "benchmark":
        performance["benchmark_reference_label"] = row["label_id"]
    return {
        "id": row["label_id"],
        "label_details": details,
        "performance_details": performance,
        "annotations": _annotations(label, losses),
    }


def _annotations(label: WalkedLabel, losses: Losses) -> dict[str, Any]:
    objects: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    frames: dict[str, dict[str, Any]] = {}
    segments: dict[str, list[list[int]]] = {}
    for mark in label.top:
        kind = mark["kind"]
        try:
            if mark["place"] is not None:
                raise _NotCarriedError("one on a frame, page or message is not written")
            if kind == "relation":
                links.append(_link(mark))
            elif kind in _ANSWERS:
                asked.append(_question(mark, label, losses))
            elif kind == "track":
                segments[mark["annotation_id"]] = _track(mark, _nested(mark, label, losses), frames)
            elif kind in _TOOLS:
                tool, value = _TOOLS[kind](mark)
                below = _nested(mark, label, losses)
                objects.append({**_named(mark), "annotation_kind": tool, **value, "classifications": below})
            else:
                raise _NotCarriedError(NO_PLACE)
        except _NotCarriedError as reason:
            losses.add(kind, 1, str(reason))
    video = {"frames": frames, "segments": segments} if frames else {}
    return {"objects": objects, "classifications": asked, "relationships": links, **video}


def _named(mark: Row) -> dict[str, Any]:
    return {"feature_id": mark["annotation_id"], "name": mark["class"]}


# --- questions ---------------------------------------------------------------------------------------------------------


def _nested(mark: Row, label: WalkedLabel, losses: Losses) -> list[dict[str, Any]]:
    """Write the questions under an annotation."""
    below = []
    for answer in label.nested.get(mark["annotation_id"], ()):
        try:
            below.append(_question(answer, label, losses))
        except _NotCarriedError as reason:
            losses.add(f"{answer['kind']} about an annotation", 1, str(reason))
    return below


def _question(mark: Row, label: WalkedLabel, losses: Losses) -> dict[str, Any]:
    if mark["kind"] not in _ANSWERS:
        raise _NotCarriedError(NO_PLACE)
    return {**_named(mark), **_ANSWERS[mark["kind"]](mark["answer"]), "classifications": _nested(mark, label, losses)}


def _dropdown(answer: list[str]) -> dict[str, Any]:
    if len(answer) > 1:
        raise _NotCarriedError("a dropdown holds one path")
    return {"dropdown_answers": [{"name": level} for path in answer for level in path.split("\x1f")]}


_ANSWERS: Mapping[str, Callable[[list[str]], dict[str, Any]]] = {
    "choice": lambda answer: {"radio_answer": {"name": answer[0]}},
    "checklist": lambda answer: {"checklist_answers": [{"name": one} for one in answer]},
    "taxonomy": _dropdown,
    "text": lambda answer: {"text_answer": {"content": answer[0]}},
}


# --- tools -------------------------------------------------------------------------------------------------------------


def _bbox(mark: Row) -> tuple[str, dict[str, Any]]:
    return "ImageBoundingBox", {"bounding_box": _box(mark["geometry"])}


def _box(sides: list[float]) -> dict[str, float]:
    left, top, right, bottom = sides
    return {"top": top, "left": left, "height": size_between(top, bottom), "width": size_between(left, right)}


def _polygon(mark: Row) -> tuple[str, dict[str, Any]]:
    corners = _points(mark)
    return "ImagePolygon", {"polygon": [*corners, corners[0]]}


def _polyline(mark: Row) -> tuple[str, dict[str, Any]]:
    return "ImagePolyline", {"line": _points(mark)}


def _points(mark: Row) -> list[dict[str, float]]:
    if len(mark["parts"] or [0]) > 1:
        raise _NotCarriedError("it has several rings or lines; Labelbox's has one")
    numbers = mark["geometry"]
    return [{"x": x, "y": y} for x, y in zip(numbers[::2], numbers[1::2], strict=True)]


def _point(mark: Row) -> tuple[str, dict[str, Any]]:
    return "ImagePoint", {"point": {"x": mark["geometry"][0], "y": mark["geometry"][1]}}


def _span(mark: Row) -> tuple[str, dict[str, Any]]:
    start, end = mark["geometry"]
    if end <= start:
        raise _NotCarriedError("an entity holds at least one character")
    return "TextEntity", {"location": {"start": int(start), "end": int(end) - 1}}


_TOOLS: Mapping[str, Callable[[Row], tuple[str, dict[str, Any]]]] = {
    "bbox": _bbox,
    "point": _point,
    "polygon": _polygon,
    "polyline": _polyline,
    "span": _span,
}


def _track(mark: Row, below: list[dict[str, Any]], frames: dict[str, dict[str, Any]]) -> list[list[int]]:
    """Write the box of every frame; give the stretches in which it is there, both ends included."""
    numbers, sides = mark["parts"], mark["geometry"]
    for k, number in enumerate(numbers):
        frame = frames.setdefault(str(number), {"objects": {}, "classifications": []})
        box = {"annotation_kind": "VideoBoundingBox", "bounding_box": _box(sides[4 * k : 4 * k + 4])}
        frame["objects"][mark["annotation_id"]] = {**_named(mark), **box, "classifications": below}
    starts = [numbers[0], *(after for before, after in pairwise(numbers) if after != before + 1)]
    ends = [*(before for before, after in pairwise(numbers) if after != before + 1), numbers[-1]]
    return [list(stretch) for stretch in zip(starts, ends, strict=True)]


def _link(mark: Row) -> dict[str, Any]:
    source, target = mark["answer"]
    direction = "bidirectional" if (mark["parts"] or [0])[0] else "unidirectional"
    return {
        **_named(mark),
        "unidirectional_relationship" if direction[0] == "u" else "bidirectional_relationship": {
            "source": source,
            "target": target,
        },
    }


# --- the rest ----------------------------------------------------------------------------------------------------------


def _count_losses(project: Project, losses: Losses) -> None:
    stored = project.tables
    labels, annotations = stored["labels"], stored["annotations"]
    other = ~labels["role"].is_in(["submitted", "benchmark"])
    losses.add("role of a label", int(other.sum()), "it reads back as submitted")
    losses.add("review of an asset as a whole", stored["reviews"]["label"].null_count(), NO_PLACE)
    losses.add("issue", int(stored["issues"]["n"].sum()), NO_PLACE)
    losses.add("name of a labeler", project.labelers["name"].count(), NO_PLACE)
    losses.add("confidence of an annotation", annotations["score"].count(), NO_PLACE)
    losses.add("mark of a crowd", int(annotations["is_crowd"].sum()), "it reads back as a single object")
    losses.add("annotation with numbers stated beside its value", annotations["stated"].count(), NO_PLACE)
    losses.add("label with marks that were not read", int((labels["n_unread"] > 0).sum()), NO_PLACE)


WRITER = Writer(name="labelbox", title="Labelbox export v2", suffixes=(".ndjson",), write=_write)
