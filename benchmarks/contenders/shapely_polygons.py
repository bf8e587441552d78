from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contender import Contender, Outcome
from benchmarks.outlines import LEAST_IOU, Outlines, facing


class ShapelyPolygons(Contender):
    title = "shapely, polygons"
    packages = ("shapely",)
    work = (
        "IoU of all outlines that face each other: those whose boxes and areas allow 0.5, `shapely.intersection` and "
        "`shapely.area` of all of them at once; no matching"
    )
    building = "geometries"
    against = "labelqa_polygons"
    form = "outlines.npz"
    most_assets = 10_000

    def load(self, path: Path) -> Any:
        return Outlines.read(path)

    def build(self, data: Any) -> Any:
        import shapely

        ring = np.repeat(np.arange(len(data.size)), data.size)
        return data, shapely.polygons(shapely.linearrings(data.xy, indices=ring))

    def score(self, built: Any) -> Any:
        import shapely

        data, shapes = built
        areas, boxes = shapely.area(shapes), shapely.bounds(shapes).T
        n, total = 0, 0.0
        for a, b in facing(data):
            width = np.minimum(boxes[2, a], boxes[2, b]) - np.maximum(boxes[0, a], boxes[0, b])
            height = np.minimum(boxes[3, a], boxes[3, b]) - np.maximum(boxes[1, a], boxes[1, b])
            most = np.minimum(np.maximum(width, 0) * np.maximum(height, 0), np.minimum(areas[a], areas[b]))
            near = np.flatnonzero(most >= LEAST_IOU * (areas[a] + areas[b] - most))
            one, other = a[near], b[near]
            both = shapely.area(shapely.intersection(shapes[one], shapes[other]))
            iou = both / (areas[one] + areas[other] - both)
            n += int((iou >= LEAST_IOU).sum())
            total += float(iou[iou >= LEAST_IOU].sum())
        return Outcome(n, total)

    def outcome(self, scored: Any) -> Outcome:
        return scored


CONTENDER = ShapelyPolygons()
