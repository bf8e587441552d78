from __future__ import annotations

from typing import Any

from benchmarks import coco
from benchmarks.contender import Contender, Outcome


class FasterCocoEval(Contender):
    title = "faster-coco-eval evaluate"
    packages = ("faster-coco-eval",)
    work = "as COCOeval, in C++"
    building = "dicts and index"
    check = "greedy"
    most_assets = 10_000

    def build(self, data: Any) -> Any:
        from faster_coco_eval import COCO, COCOeval_faster

        truth = COCO(coco.ground_truth(data))
        evaluation = COCOeval_faster(truth, truth.loadRes(coco.results(data)), "bbox", separate_eval=True)
        return data, coco.configure(evaluation)

    def score(self, built: Any) -> Any:
        built[1].evaluate()
        return built

    def outcome(self, scored: Any) -> Outcome:
        data, evaluation = scored
        evaluation.accumulate()
        return Outcome(coco.n_matched(evaluation.eval["recall"], data))


CONTENDER = FasterCocoEval()
