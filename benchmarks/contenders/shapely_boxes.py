from __future__ import annotations

from typing import Any

from benchmarks.contender import Contender, Outcome
from benchmarks.contenders.numpy_scipy import assigned


class ShapelyBoxes(Contender):
    title = "shapely + assignment, boxes"
    packages = ("shapely", "scipy")
    work = "pair by pair: `shapely.intersection` of all boxes at once, then as the numpy + scipy loop"
    building = "geometries"
    most_assets = 1_000

    def build(self, data: Any) -> Any:
        import shapely

        return data, shapely.box(*data.boxes.T)

    def score(self, built: Any) -> Any:
        from shapely import area, intersection

        data, shapes = built
        areas = area(shapes)

        def compare(a: slice, b: slice) -> Any:
            both = area(intersection(shapes[a][:, None], shapes[b]))
            return both / (areas[a][:, None] + areas[b] - both)

        return assigned(data, compare, 0.5)

    def outcome(self, scored: Any) -> Outcome:
        return scored


CONTENDER = ShapelyBoxes()
