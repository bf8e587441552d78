from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contender import Contender, Outcome
from benchmarks.generate import FRAME
from benchmarks.outlines import LEAST_IOU, MaskTexts


class LabelqaMasks(Contender):
    title = "labelqa, masks"
    packages = ("numpy",)
    work = "candidates of the kind `mask` at 0.5; no matching"
    against = None
    form = "masks.npz"

    def load(self, path: Path) -> Any:
        return MaskTexts.read(path)

    def build(self, data: Any) -> Any:
        from labelqa.formats.compressed import decoded
        from labelqa.kinds.mask import Masks

        width, height = (np.full(len(data.texts), side) for side in FRAME)
        values, _ = decoded([text.decode() for text in data.texts.tolist()], height, width)
        owner = np.repeat(np.arange(len(values.size)), values.size)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(values.size) - values.size, values.size)
        ends = np.cumsum(values.parts.astype(np.int64))
        box = values.geometry.T.astype(np.int64)
        area = (box[2] - box[0]) * (box[3] - box[1])
        runs = place < values.size[owner] & ~1
        return data, Masks.of(owner[runs] << 31 | (ends - (np.cumsum(area) - area)[owner])[runs], box)

    def score(self, built: Any) -> Any:
        from labelqa.kinds import mask
        from labelqa.kinds.kind import Runs

        data, values = built
        first, n = data.first[:-1], np.diff(data.first)
        runs = Runs(first[data.label_a], n[data.label_a], first[data.label_b], n[data.label_b])
        return mask.KIND.candidates(values, runs, LEAST_IOU)

    def outcome(self, scored: Any) -> Outcome:
        return Outcome(len(scored.similarity), float(scored.similarity.sum()))


CONTENDER = LabelqaMasks()
