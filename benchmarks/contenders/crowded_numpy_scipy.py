from __future__ import annotations

from benchmarks.contenders.numpy_scipy import NumpyScipy
from benchmarks.generate import Recipe


class CrowdedNumpyScipy(NumpyScipy):
    title = "numpy + scipy loop, 3,000 objects an asset"
    work = "as the numpy + scipy loop, on 5 assets with 3,000 objects and 3 labelers each"

    def recipe(self, assets: int, seed: int) -> Recipe:
        del assets
        return Recipe(5, seed, objects=3_000, benchmark_share=0.0)

    def warm_up(self, data: object) -> None:
        """Import, and no more: a single pair takes a second."""
        from scipy.optimize import linear_sum_assignment

        linear_sum_assignment([[1.0]])
        del data


CONTENDER = CrowdedNumpyScipy()
