from __future__ import annotations

from typing import Any

from benchmarks.contender import Contender, Outcome
from benchmarks.generate import CLASSES


class LabelboxSdk(Contender):
    title = "Labelbox SDK miou_metric"
    packages = ("labelbox",)
    work = "pair by pair: mean over classes of greedily matched IoU, no threshold; one number a pair and nothing else"
    building = "ObjectAnnotations"
    check = "other"
    most_assets = 1_000

    def build(self, data: Any) -> Any:
        from labelbox.data.annotation_types import ObjectAnnotation, Point, Rectangle

        def label(rows: slice) -> list[Any]:
            marks = zip(data.boxes[rows].tolist(), data.cls[rows].tolist(), strict=True)
            return [
                ObjectAnnotation(
                    name=CLASSES[cls],
                    value=Rectangle(start=Point(x=left, y=top), end=Point(x=right, y=bottom)),
                )
                for (left, top, right, bottom), cls in marks
            ]

        return [(label(b), label(a)) for a, b in data.sides()]

    def score(self, built: Any) -> Any:
        from labelbox.data.metrics import miou_metric

        return [miou_metric(truth, found) for truth, found in built]

    def outcome(self, scored: Any) -> Outcome:
        return Outcome(total=float(sum(metric[0].value for metric in scored if metric)))


CONTENDER = LabelboxSdk()
