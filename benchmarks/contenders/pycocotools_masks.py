from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contender import Contender, Outcome
from benchmarks.generate import FRAME
from benchmarks.outlines import LEAST_IOU, MaskTexts


class PycocotoolsMasks(Contender):
    title = "pycocotools iou, masks"
    packages = ("pycocotools",)
    work = "pair by pair of labels: `pycocotools.mask.iou` of all compressed masks; no matching"
    building = "dicts"
    against = "labelqa_masks"
    form = "masks.npz"
    most_assets = 10_000

    def load(self, path: Path) -> Any:
        return MaskTexts.read(path)

    def build(self, data: Any) -> Any:
        width, height = FRAME
        return data, [{"size": [height, width], "counts": text} for text in data.texts.tolist()]

    def score(self, built: Any) -> Any:
        from pycocotools.mask import iou

        data, masks = built
        first = data.first.tolist()
        n, total = 0, 0.0
        for a, b in zip(data.label_a.tolist(), data.label_b.tolist(), strict=True):
            one, other = masks[first[a] : first[a + 1]], masks[first[b] : first[b + 1]]
            if one and other:
                found = iou(one, other, [0] * len(other))
                near = found[found >= LEAST_IOU]
                n += len(near)
                total += float(np.sum(near))
        return Outcome(n, total)

    def outcome(self, scored: Any) -> Outcome:
        return scored


CONTENDER = PycocotoolsMasks()
