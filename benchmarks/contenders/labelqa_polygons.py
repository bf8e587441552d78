from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contender import Contender, Outcome
from benchmarks.outlines import LEAST_IOU, Outlines


class LabelqaPolygons(Contender):
    title = "labelqa, polygons"
    packages = ("numpy", "shapely")
    work = "candidates of the kind `polygon` at 0.5; no matching"
    against = None
    form = "outlines.npz"

    def load(self, path: Path) -> Any:
        return Outlines.read(path)

    def build(self, data: Any) -> Any:
        from labelqa.kinds.rings import Rings
        from labelqa.kinds.shapes import keys_of, shapes_of_rings

        rings = Rings(data.xy, data.size, np.ones(len(data.size), np.int64))
        return data, shapes_of_rings(rings, keys_of(rings.xy, rings.first, rings.size, rings.count))[0]

    def score(self, built: Any) -> Any:
        from labelqa.kinds import polygon
        from labelqa.kinds.kind import Runs

        data, values = built
        first, n = data.first[:-1], np.diff(data.first)
        runs = Runs(first[data.label_a], n[data.label_a], first[data.label_b], n[data.label_b])
        return polygon.KIND.candidates(values, runs, LEAST_IOU)

    def outcome(self, scored: Any) -> Outcome:
        return Outcome(len(scored.similarity), float(scored.similarity.sum()))


CONTENDER = LabelqaPolygons()
