from __future__ import annotations

from benchmarks.contenders.numpy_scipy import NumpyScipy


class NoThresholdNumpyScipy(NumpyScipy):
    title = "numpy + scipy loop, no threshold"
    work = "as the numpy + scipy loop; any overlap may match. labelqa: a scheme with both thresholds 0"
    against = "labelqa_score_no_threshold"
    threshold = 0.0


CONTENDER = NoThresholdNumpyScipy()
