"""COCO instances: a file for each labeler in a folder, or one file where each asset has one label.

Carried: bbox, polygon (rings that do not meet, since COCO takes their union), mask, keypoints; scores, crowds, stated
areas. An image's `file_name` is the asset's id, by which the reader knows it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import polars as pl

from labelqa.errors import UsageError
from labelqa.formats.losses import Losses
from labelqa.formats.rle import to_coco
from labelqa.formats.writer import NO_PLACE, Writer
from labelqa.formats.writers._walk import Row, size_between, walk
from labelqa.project import Project, schema

_UNSAFE = re.compile(r"[^\w.@+ -]|^\.+")
"""What does not belong into a file's name."""


def _write(project: Project, target: Path, losses: Losses) -> None:
    labels = project.labels.with_columns(asset=project.tables["labels"]["asset"])
    given = labels.select((pl.col("status") == "submitted") & (pl.col("n_unread") == 0)).to_series()
    losses.add("skipped label", int((labels["status"] == "skipped").sum()), NO_PLACE)
    unread = labels.filter((pl.col("status") == "submitted") & (pl.col("n_unread") > 0)).height
    losses.add("label with marks that were not read", unread, "it would be taken for complete")
    _count_losses(project, losses)
    if target.suffix.lower() == ".json":
        if labels.filter(given)["asset"].is_duplicated().any():
            raise UsageError(
                f"{target}: a COCO file holds one label an image, and assets have several; give the name of a folder, "
                "or take one label of each asset with labelqa export"
            )
        with target.open("w", encoding="utf-8") as file:
            _write_file(project, given, file, losses)
        return
    target.mkdir()
    key = ["labeler", "role", "asset"]
    again = given & ~labels.select(pl.struct(key).is_first_distinct()).to_series()
    losses.add("further label of one labeler on an asset", int(again.sum()), "a file holds one label an image")
    used: set[str] = set()
    for labeler, role in (
        labels.filter(given)
        .select("labeler", pl.col("role").cast(pl.String))
        .unique()
        .sort("labeler", "role", nulls_last=True)
        .iter_rows()
    ):
        name = _file_name(labeler or "unknown", role, used)
        if name != labeler:
            losses.add("name of a labeler", 1, f"the file is called {name}.json")
        is_theirs = labels.select(pl.col("labeler").eq_missing(pl.lit(labeler)) & (pl.col("role") == role)).to_series()
        with (target / f"{name}.json").open("w", encoding="utf-8") as file:
            _write_file(project, given & ~again & is_theirs, file, losses)


def _file_name(labeler: str, role: str, used: set[str]) -> str:
    """Make a file's name of a labeler's, another one for each."""
    name = _UNSAFE.sub("_", labeler)[:100] or "_"
    name = name if role == "submitted" else f"{name}.{role}"
    while name.lower() in used:
        name += "_"
    used.add(name.lower())
    return name


def _write_file(project: Project, labels: pl.Series, file: IO[str], losses: Losses) -> None:
    """Write the marked labels, at most one an asset: first the annotations as they come, then what they refer to."""
    categories: dict[str, dict[str, Any]] = {}
    images: list[str] = []
    file.write('{"annotations": [')
    n = 0
    for number, (asset, walked) in enumerate(walk(project, labels), start=1):
        image = {"id": number, "file_name": asset["asset_id"], "width": asset["width"], "height": asset["height"]}
        images.append(json.dumps({key: value for key, value in image.items() if value is not None}))
        for mark in walked[0].top:
            shape = _shape(mark, asset, losses)
            if shape is None:
                continue
            category = categories.setdefault(
                mark["class"], {"id": len(categories) + 1, "name": mark["class"], "supercategory": ""}
            )
            if mark["kind"] == "keypoints" and mark["answer"]:
                category["keypoints"] = mark["answer"]
            n += 1
            annotation = {"id": n, "image_id": number, "category_id": category["id"], **shape}
            annotation["iscrowd"] = int(mark["is_crowd"])
            if mark["score"] is not None:
                annotation["score"] = mark["score"]
            file.write((", " if n > 1 else "") + json.dumps(annotation, allow_nan=False))
    file.write('],\n"images": [' + ",\n".join(images) + "],\n")
    file.write('"categories": ' + json.dumps(list(categories.values())) + "}\n")


def _shape(mark: Row, asset: Row, losses: Losses) -> dict[str, Any] | None:
    """Give the shape in COCO's fields; None, counted, if it has none for it."""
    kind, numbers, parts = mark["kind"], mark["geometry"] or [], mark["parts"]
    if mark["place"] is not None:
        losses.add("annotation on a frame or page", 1, NO_PLACE)
        return None
    if kind == "bbox":
        left, top, right, bottom = numbers
        return _with_stated(mark, (right - left) * (bottom - top), numbers, {"segmentation": []})
    if kind == "polygon":
        rings = list(_rings(numbers, parts))
        if _meet(rings):
            losses.add("polygon with rings that overlap", 1, "COCO takes the union of rings, so holes would be filled")
            return None
        area = sum(abs(_area(ring)) for ring in rings)
        return _with_stated(mark, area, _bounds(numbers), {"segmentation": rings})
    if kind == "mask":
        if asset["width"] is None or asset["height"] is None:
            losses.add("mask on an asset of unknown size", 1, "its run lengths go over the whole image")
            return None
        if numbers[0] < 0 or numbers[1] < 0 or numbers[2] > asset["width"] or numbers[3] > asset["height"]:
            losses.add("mask that leaves its frame", 1, "its run lengths go over the image")
            return None
        coded = to_coco(numbers, parts, asset["height"], asset["width"])
        return _with_stated(mark, float(sum(parts[1::2])), numbers, {"segmentation": coded})
    if kind == "keypoints":
        points = [value for k, seen in enumerate(parts) for value in (numbers[2 * k], numbers[2 * k + 1], seen)]
        labelled = [value for k, seen in enumerate(parts) if seen for value in numbers[2 * k : 2 * k + 2]]
        box = _bounds(labelled) if labelled else [0.0, 0.0, 0.0, 0.0]
        area = (box[2] - box[0]) * (box[3] - box[1])
        fields = {"keypoints": points, "num_keypoints": sum(seen > 0 for seen in parts), "segmentation": []}
        return _with_stated(mark, area, box, fields)
    losses.add(kind, 1, NO_PLACE)
    return None


def _with_stated(mark: Row, area: float, box: list[float], fields: dict[str, Any]) -> dict[str, Any]:
    """Add area and box, as they were stated or as they are."""
    stated = dict(zip(schema.STATED, mark["stated"] or [], strict=False))
    sides = [stated.get(side, math.nan) for side in ("left", "top", "right", "bottom")]
    left, top, right, bottom = box if any(math.isnan(side) for side in sides) else sides
    given = stated.get("area", math.nan)
    return {
        **fields,
        "area": area if math.isnan(given) else given,
        "bbox": [left, top, size_between(left, right), size_between(top, bottom)],
    }


def _rings(numbers: list[float], parts: list[int] | None) -> Iterator[list[float]]:
    start = 0
    for n in parts or [len(numbers) // 2]:
        yield numbers[start : start + 2 * n]
        start += 2 * n


def _bounds(numbers: list[float]) -> list[float]:
    x, y = numbers[0::2], numbers[1::2]
    return [min(x), min(y), max(x), max(y)]


def _meet(rings: list[list[float]]) -> bool:
    """Tell whether the boxes of any two rings overlap."""
    boxes = sorted(_bounds(ring) for ring in rings if ring)
    return any(b[0] < a[2] and b[1] < a[3] and a[1] < b[3] for k, a in enumerate(boxes) for b in boxes[k + 1 :])


def _area(ring: list[float]) -> float:
    x, y = ring[0::2], ring[1::2]
    return sum(x[k - 1] * y[k] - x[k] * y[k - 1] for k in range(len(x))) / 2


def _count_losses(project: Project, losses: Losses) -> None:
    """Count what no file of instances holds."""
    stored = project.tables
    labels, annotations = stored["labels"], stored["annotations"]
    nested = int(annotations["parent_id"].is_not_null().sum())
    losses.add("answer about an annotation", nested, NO_PLACE)
    losses.add("role of a label", int((labels["role"] != "submitted").sum()), "all labels read back as submitted")
    losses.add("asset without labels", project.assets.height - labels["asset"].n_unique(), NO_PLACE)
    losses.add("id of a label", labels.height, "it reads back as labeler and asset")
    for name in ("created_at", "updated_at", "seconds", "review_seconds"):
        losses.add(f"{name} of a label", labels[name].count(), NO_PLACE)
    losses.add("review", stored["reviews"].height, NO_PLACE)
    losses.add("number of labels asked for", stored["assets"]["labels_asked"].count(), NO_PLACE)
    losses.add("issue", int(stored["issues"]["n"].sum()), NO_PLACE)


WRITER = Writer(name="coco", title="COCO instances", suffixes=("", ".json"), write=_write)
