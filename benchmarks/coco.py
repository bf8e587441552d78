"""The pairs of labels as COCO has them: every pair an image, side b its ground truth, side a the detections.

So a label of four pairs is there four times: these tools know one pair of sides an image.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.arrays import Arrays
from benchmarks.generate import CLASSES, FRAME, Floats

MOST_DETECTIONS = 500
"""More than a label has, so that none is left out; some tools set memory aside for so many."""

WHOLE_RANGE = [0.0, 1e10]
SCORE = 0.9
"""Labelers give no confidence: all detections have the same, and are taken in the order in which they stand."""


def images(data: Arrays) -> list[dict[str, Any]]:
    return [{"id": k, "width": FRAME[0], "height": FRAME[1]} for k in range(1, data.n_pairs + 1)]


def categories() -> list[dict[str, Any]]:
    return [{"id": k, "name": name} for k, name in enumerate(CLASSES)]


def ground_truth(data: Arrays) -> dict[str, Any]:
    """Make the content of a COCO file, as dicts."""
    _, (image, row) = data.detections()
    boxes = data.xywh()[row]
    marks = zip(image.tolist(), data.cls[row].tolist(), boxes.tolist(), strict=True)
    annotations = [
        {"id": k, "image_id": i, "category_id": c, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for k, (i, c, box) in enumerate(marks, start=1)
    ]
    return {"info": {}, "images": images(data), "categories": categories(), "annotations": annotations}


def results(data: Arrays) -> list[dict[str, Any]]:
    """Make the content of a COCO results file, as dicts."""
    (image, row), _ = data.detections()
    marks = zip(image.tolist(), data.cls[row].tolist(), data.xywh()[row].tolist(), strict=True)
    return [{"image_id": i, "category_id": c, "bbox": box, "score": SCORE} for i, c, box in marks]


def results_array(data: Arrays) -> Floats:
    """Make results as an array [N, 7]: image, left, top, width, height, score, category."""
    (image, row), _ = data.detections()
    return np.column_stack([image, data.xywh()[row], np.full(len(row), SCORE), data.cls[row]])


def configure(evaluation: Any) -> Any:
    """One threshold, one area range, all detections, classes apart."""
    evaluation.params.iouThrs = np.array([0.5])
    evaluation.params.areaRng = [WHOLE_RANGE]
    evaluation.params.areaRngLbl = ["all"]
    evaluation.params.maxDets = [MOST_DETECTIONS]
    return evaluation


def n_matched(recall: Floats, data: Arrays) -> int:
    """Turn recall [threshold, class, area range, detections] into a number of matches."""
    _, (_, row) = data.detections()
    expected = np.bincount(data.cls[row], minlength=len(CLASSES))
    return round(float((np.maximum(np.asarray(recall)[0, :, 0, -1], 0.0) * expected).sum()))
