from __future__ import annotations

from typing import Any

from benchmarks.contender import Contender, Outcome
from benchmarks.contenders.numpy_scipy import assigned


class Supervision(Contender):
    title = "supervision iou + assignment"
    packages = ("supervision", "scipy")
    work = "pair by pair: `supervision.box_iou_batch` (single precision), then as the numpy + scipy loop"
    check = "float32"
    most_assets = 100_000

    def score(self, built: Any) -> Any:
        from supervision import box_iou_batch

        boxes = built.boxes
        return assigned(built, lambda a, b: box_iou_batch(boxes[a], boxes[b]), 0.5)

    def outcome(self, scored: Any) -> Outcome:
        return scored


CONTENDER = Supervision()
