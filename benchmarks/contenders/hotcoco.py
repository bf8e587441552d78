from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks import coco
from benchmarks.contender import Contender, Outcome


class Hotcoco(Contender):
    title = "hotcoco evaluate"
    packages = ("hotcoco",)
    work = "as COCOeval, in Rust on all cores"
    building = "from arrays"
    check = "greedy"
    most_assets = 100_000

    def build(self, data: Any) -> Any:
        from hotcoco import COCO, COCOeval

        _, (image, row) = data.detections()
        truth = COCO.from_arrays(coco.images(data), coco.categories(), image, data.cls[row], data.xywh()[row])
        found = truth.load_res(coco.results_array(data))
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.params.iouThrs = [0.5]
        evaluation.params.areaRng = [coco.WHOLE_RANGE]
        evaluation.params.areaRngLbl = ["all"]
        evaluation.params.maxDets = [coco.MOST_DETECTIONS]
        return data, evaluation

    def score(self, built: Any) -> Any:
        built[1].evaluate()
        return built

    def outcome(self, scored: Any) -> Outcome:
        data, evaluation = scored
        evaluation.accumulate()
        return Outcome(coco.n_matched(np.asarray(evaluation.eval["recall"]), data))


CONTENDER = Hotcoco()
