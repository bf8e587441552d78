from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contender import Contender, Outcome
from benchmarks.contenders.numpy_scipy import assigned


class PycocotoolsIou(Contender):
    title = "pycocotools iou + assignment"
    packages = ("pycocotools", "scipy")
    work = "pair by pair: `pycocotools.mask.iou` on boxes, then as the numpy + scipy loop"

    def build(self, data: Any) -> Any:
        return data, data.xywh()

    def score(self, built: Any) -> Any:
        from pycocotools.mask import iou

        data, boxes = built
        crowd = np.zeros(int(np.diff(data.first).max(initial=0)), np.uint8)
        return assigned(data, lambda a, b: iou(boxes[a], boxes[b], crowd[: b.stop - b.start]), 0.5)

    def outcome(self, scored: Any) -> Outcome:
        return scored


CONTENDER = PycocotoolsIou()
