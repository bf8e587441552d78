from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from benchmarks.arrays import Arrays
from benchmarks.contender import Contender, Outcome
from benchmarks.generate import Floats


class NumpyScipy(Contender):
    """The loop that is written by hand in many places."""

    title = "numpy + scipy loop"
    packages = ("numpy", "scipy")
    work = (
        "pair by pair: IoU of all boxes by broadcasting, those below 0.5 or of another class removed, "
        "`scipy.optimize.linear_sum_assignment`"
    )
    threshold: ClassVar[float] = 0.5

    def score(self, built: Any) -> Any:
        boxes = built.boxes
        return assigned(built, lambda a, b: iou_matrix(boxes[a], boxes[b]), self.threshold)

    def outcome(self, scored: Any) -> Outcome:
        return scored


def iou_matrix(a: Floats, b: Floats) -> Floats:
    """Compare all boxes of `a` [n, 4] with all of `b` [m, 4]: [n, m]."""
    a, b = a.T[:, :, None], b.T[:, None, :]
    width = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    both = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def assigned(data: Arrays, compare: Callable[[slice, slice], Floats], threshold: float) -> Outcome:
    """Match boxes of the same class pair by pair, so that the total IoU is greatest."""
    from scipy.optimize import linear_sum_assignment

    n, total, cls = 0, 0.0, data.cls
    for a, b in data.sides():
        if a.start == a.stop or b.start == b.stop:
            continue
        iou = compare(a, b)
        iou = np.where((iou >= threshold) & (cls[a][:, None] == cls[b]), iou, 0.0)
        chosen = iou[linear_sum_assignment(iou, maximize=True)]
        n += int(np.count_nonzero(chosen))
        total += float(chosen.sum())
    return Outcome(n, total)


CONTENDER = NumpyScipy()
