"""The labels as a tool exports them: NDJSON as Labelbox writes it (export v2), one asset a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generate import CLASSES, EXPERT, FRAME, Block, Recipe, blocks
from benchmarks.projects import PROJECT_ID, asset_ids, labeler_names, times

_SCHEMA_IDS = tuple(f"cschema{k:018d}" for k in range(len(CLASSES)))


def write(recipe: Recipe, path: Path) -> None:
    """Write the export, line by line."""
    with path.open("w", encoding="utf-8") as file:
        for block in blocks(recipe):
            for row in _rows(block):
                file.write(json.dumps(row, separators=(",", ":")) + "\n")


def _rows(block: Block) -> Iterator[dict[str, Any]]:
    labels = {
        asset: [label for _, label in group]
        for asset, group in groupby(zip(block.asset.tolist(), _labels(block), strict=True), key=itemgetter(0))
    }
    for number in range(block.first_asset, block.first_asset + block.n_assets):
        (name,) = asset_ids([number])
        yield {
            "data_row": {
                "id": f"cdatarow{number:017d}",
                "global_key": name,
                "external_id": name,
                "row_data": f"https://storage.example.com/images/{name}",
                "details": {
                    "dataset_id": "cdataset00000000000000001",
                    "dataset_name": "generated",
                    "created_at": "2026-01-02T09:30:00.000+00:00",
                    "updated_at": "2026-01-02T09:30:00.000+00:00",
                    "created_by": "manager@example.com",
                },
            },
            "media_attributes": {"width": FRAME[0], "height": FRAME[1], "mime_type": "image/jpeg"},
            "attachments": [],
            "metadata_fields": [],
            "projects": {
                PROJECT_ID: {
                    "name": "generated",
                    "labels": labels[number],
                    "project_details": {
                        "ontology_id": "contology000000000000001",
                        "batch_id": "b0000001",
                        "batch_name": "first",
                        "workflow_status": "DONE",
                        "priority": 5,
                        "workflow_history": [],
                    },
                }
            },
        }


def _labels(block: Block) -> list[dict[str, Any]]:
    """Give every label of a block as the export shows it."""
    ids, names, when = block.label_id.astype(str).tolist(), labeler_names(block.labeler), times(block)
    benchmark = {
        asset: label_id
        for asset, labeler, label_id in zip(block.asset.tolist(), block.labeler.tolist(), ids, strict=True)
        if labeler == EXPERT
    }
    objects = _objects(block)
    shown = []
    for k, (asset, seconds) in enumerate(zip(block.asset.tolist(), block.seconds.tolist(), strict=True)):
        performance: dict[str, Any] = {"seconds_to_create": seconds, "seconds_to_review": 0, "skipped": False}
        if benchmark.get(asset, ids[k]) != ids[k]:
            performance["benchmark_reference_label"] = benchmark[asset]
        shown.append(
            {
                "label_kind": "Default",
                "version": "1.0.0",
                "id": ids[k],
                "label_details": {
                    "created_at": when[k],
                    "updated_at": when[k],
                    "created_by": names[k],
                    "reviews": [],
                },
                "performance_details": performance,
                "annotations": {"objects": objects[k], "classifications": [], "relationships": []},
            }
        )
    return shown


def _objects(block: Block) -> list[list[dict[str, Any]]]:
    """Give the annotations of every label of a block as the export shows them."""
    marks = zip(block.annotation_id.astype(str).tolist(), block.cls.tolist(), block.box.tolist(), strict=True)
    every = [
        {
            "feature_id": feature_id,
            "feature_schema_id": _SCHEMA_IDS[cls],
            "name": CLASSES[cls],
            "value": CLASSES[cls],
            "annotation_kind": "ImageBoundingBox",
            "classifications": [],
            "bounding_box": {"top": top, "left": left, "height": height, "width": width},
        }
        for feature_id, cls, (left, top, width, height) in marks
    ]
    first = np.searchsorted(block.label, np.arange(len(block.asset) + 1)).tolist()
    return [every[start:stop] for start, stop in pairwise(first)]
