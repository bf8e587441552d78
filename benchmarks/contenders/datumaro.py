from __future__ import annotations

from typing import Any

from benchmarks.contender import Contender, Outcome


class Datumaro(Contender):
    title = "datumaro DistanceComparator"
    packages = ("datumaro",)
    work = "pair by pair: `match_boxes` at 0.5; greedy in the order of side a, class-blind: the class only breaks ties"
    building = "DatasetItems"
    check = "greedy"
    most_assets = 1_000

    def build(self, data: Any) -> Any:
        from datumaro.components.annotation import Bbox
        from datumaro.components.dataset_base import DatasetItem

        boxes, cls = data.xywh(), data.cls

        def item(rows: slice) -> Any:
            marks = zip(boxes[rows].tolist(), cls[rows].tolist(), strict=True)
            return DatasetItem("asset", annotations=[Bbox(*box, label=label) for box, label in marks])

        return [(item(a), item(b)) for a, b in data.sides()]

    def score(self, built: Any) -> Any:
        from datumaro.components.comparator import DistanceComparator

        comparator = DistanceComparator(iou_threshold=0.5)
        return [comparator.match_boxes(a, b) for a, b in built]

    def outcome(self, scored: Any) -> Outcome:
        return Outcome(sum(len(matched) for matched, *_ in scored))


CONTENDER = Datumaro()
