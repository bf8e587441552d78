from __future__ import annotations

from typing import Any

from benchmarks import coco
from benchmarks.contender import Contender, Outcome


class Cocoeval(Contender):
    title = "pycocotools COCOeval.evaluate"
    packages = ("pycocotools",)
    work = "classes apart, one threshold (0.5), one area range; greedy in the order of the detections; no accumulate"
    building = "dicts and index"
    check = "greedy"
    most_assets = 10_000

    def build(self, data: Any) -> Any:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        truth = COCO()
        truth.dataset = coco.ground_truth(data)
        truth.createIndex()
        return coco.configure(COCOeval(truth, truth.loadRes(coco.results(data)), "bbox"))

    def score(self, built: Any) -> Any:
        built.evaluate()
        return built

    def outcome(self, scored: Any) -> Outcome:
        return Outcome(sum(int((one["dtMatches"] > 0).sum()) for one in scored.evalImgs if one is not None))


CONTENDER = Cocoeval()
