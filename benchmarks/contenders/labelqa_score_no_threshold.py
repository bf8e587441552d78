from __future__ import annotations

from benchmarks.contenders.labelqa_score import LabelqaScore


class LabelqaScoreNoThreshold(LabelqaScore):
    title = "labelqa.score without threshold"
    work = "as labelqa.score; any overlap may match"
    scheme = {"name": "no threshold", "threshold": 0.0, "near_threshold": 0.0}  # noqa: RUF012


CONTENDER = LabelqaScoreNoThreshold()
