"""Label Studio's JSON: a list of tasks with annotations and predictions, as its import takes it.

Carried: labels with labeler, times, seconds, benchmark (ground truth), skips, predictions and reviews; boxes, polygons and
lines of one ring, points, masks (as brush), tracks, spans, intervals, questions of every kind about the task or a region, and
relations. Shapes are in percent, so their numbers read back to rounding.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labelqa.formats.losses import Losses
from labelqa.formats.writer import NO_PLACE, Writer
from labelqa.formats.writers._walk import Row, WalkedLabel, time_text, walk
from labelqa.formats.writers.label_studio.items import items_of
from labelqa.project import Project

_PREDICTION = "prediction/"
"""What the reader puts before the ids of predictions."""


def _write(project: Project, target: Path, losses: Losses) -> None:
    _count_losses(project, losses)
    with target.open("w", encoding="utf-8") as file:
        file.write("[")
        for number, (asset, labels) in enumerate(walk(project)):
            task = _task(asset, labels, losses)
            file.write((",\n" if number else "\n") + json.dumps(task, allow_nan=False))
        file.write("\n]\n")


def _task(asset: Row, labels: list[WalkedLabel], losses: Losses) -> dict[str, Any]:
    made: dict[str, list[dict[str, Any]]] = {"annotations": [], "predictions": []}
    n_shapes = 0
    for label in labels:
        items = items_of(label, asset, losses)
        n_shapes += sum("original_width" in item for item in items)
        if label.row["role"] == "prediction":
            made["predictions"].append(_prediction(label.row, items))
        else:
            made["annotations"].append(_annotation(label.row, items, label.reviews))
    if asset["width"] is not None and not n_shapes:
        losses.add("size of an asset without shapes", 1, "it is stated beside shapes only")
    return {
        "id": asset["asset_id"],
        "project": asset["project_id"],
        "data": {} if asset["name"] is None else {"image": asset["name"]},
        **({} if asset["created_at"] is None else {"created_at": time_text(asset["created_at"])}),
        **made,
    }


def _annotation(row: Row, items: list[dict[str, Any]], reviews: list[Row]) -> dict[str, Any]:
    return {
        "id": row["label_id"],
        "completed_by": _user(row["labeler"]),
        "result": items,
        "was_cancelled": row["status"] == "skipped",
        "ground_truth": row["role"] == "benchmark",
        "created_at": time_text(row["created_at"]),
        "updated_at": time_text(row["updated_at"]),
        "lead_time": row["seconds"],
        "reviews": [
            {
                "created_by": _user(review["reviewer"]),
                "created_at": time_text(review["created_at"]),
                "accepted": review["verdict"] == "accepted",
            }
            for review in reviews
        ],
    }


def _prediction(row: Row, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": row["label_id"].removeprefix(_PREDICTION),
        "model_version": row["labeler"],
        "result": items,
        "created_at": time_text(row["created_at"]),
        "updated_at": time_text(row["updated_at"]),
    }


def _user(labeler: str | None) -> str | dict[str, str] | None:
    """Give a person as the export does: an e-mail inside an object, other ids as they are."""
    return {"email": labeler} if labeler is not None and "@" in labeler else labeler


def _count_losses(project: Project, losses: Losses) -> None:
    stored = project.tables
    labels, annotations = stored["labels"], stored["annotations"]
    losses.add("batch of an asset", project.assets["batch"].count(), NO_PLACE)
    losses.add("dataset of an asset", project.assets["dataset"].count(), NO_PLACE)
    losses.add("number of labels asked for", project.assets["labels_asked"].count(), NO_PLACE)
    losses.add("asset with metadata", int((project.assets["metadata"].list.len() > 0).sum()), NO_PLACE)
    losses.add("review_seconds of a label", labels["review_seconds"].count(), NO_PLACE)
    other = ~labels["role"].is_in(["submitted", "benchmark", "prediction"])
    losses.add("role of a label", int(other.sum()), "it reads back as submitted")
    losses.add("review of an asset as a whole", stored["reviews"]["label"].null_count(), NO_PLACE)
    losses.add("issue", int(stored["issues"]["n"].sum()), NO_PLACE)
    crowds, stated = annotations["is_crowd"].sum(), annotations["stated"].count()
    losses.add("mark of a crowd", int(crowds), "it reads back as a single object")
    losses.add("annotation with numbers stated beside its value", stated, NO_PLACE)
    losses.add("label with marks that were not read", int((labels["n_unread"] > 0).sum()), NO_PLACE)


WRITER = Writer(name="label_studio", title="Label Studio JSON", suffixes=(".json",), write=_write)
