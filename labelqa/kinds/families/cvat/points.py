"""Points and skeletons as CVAT compares them: object keypoint similarity with one sigma for all points.

Points of one shape have no order: they are assigned to each other first, and those without a partner count as wrong.
The scale is the area of the mean of both groups' boxes, or of the frame if both boxes have no area. Skeletons are
compared point by point; only points that can be seen count, and one that can be seen on one side only is wrong. Where the
boxes of the groups do not meet, nothing is alike. The corners of a cuboid are not compared: CVAT compares no cuboids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.kinds.families.cvat.surroundings import GROUP_BOX
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.window import search
from labelqa.stats.assignment import assign

Bools = NDArray[np.bool_]

_CUBOID = ["tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2"]
"""The names CVAT gives the corners of a cuboid in an image."""

_LEAST = 1e-6
"""A similarity below this is as good as none."""


@dataclass(frozen=True, eq=False)
class Groups:
    """N shapes of points.

    Parameters
    ----------
    points : list of float64 arrays (n, 2)
    seen : list of bool arrays [n]
        Which of them can be seen, not just guessed at.
    is_skeleton : bool array [N]
        Whether the points have names.
    is_compared : bool array [N]
    box : float64 array [4, N]
        Round all marks of the group.
    area : float64 array [N]
        Of the frame.
    """

    points: list[Floats]
    seen: list[Bools]
    is_skeleton: Bools
    is_compared: Bools
    box: Floats
    area: Floats


@dataclass(frozen=True)
class Points(ObjectKind):
    """Points, groups of points and skeletons.

    Parameters
    ----------
    sigma : float
        How far apart points may lie, as a share of the square root of the scale.
    threshold : float
        Least similarity of two points of two shapes that may be the same.
    """

    name: ClassVar[str] = "points"
    sigma: float = 0.09
    threshold: float = 0.4

    def values(self, annotations: pl.DataFrame) -> Groups:
        """Lay the points out shape by shape."""
        points = [np.asarray(row.to_list(), dtype=np.float64).reshape(-1, 2) for row in annotations["geometry"]]
        visible = annotations["parts"].to_list()
        names = annotations["answer"].to_list()
        seen, labelled = [], []
        for xy, visibility in zip(points, visible, strict=True):
            marks = np.full(len(xy), 2) if visibility is None else np.asarray(visibility)
            seen.append(marks == 2)
            labelled.append(bool((marks > 0).any()))
        is_cuboid = np.array([name == _CUBOID for name in names], dtype=bool)
        frame = annotations.select("raster_width", "raster_height").to_numpy()
        return Groups(
            points,
            seen,
            np.array([name is not None for name in names], dtype=bool),
            np.array(labelled, dtype=bool) & ~is_cuboid,
            annotations.select(GROUP_BOX).to_numpy().T,
            frame[:, 0] * frame[:, 1],
        )

    def leaders(self, values: Groups) -> Ints:
        """Each shape is an object of its own; -1 for what is not compared."""
        return np.where(values.is_compared, np.arange(len(values.points)), -1)

    def similarity(self, values: Groups, a: Ints, b: Ints) -> Floats:
        """Object keypoint similarity; 0 between points and a skeleton."""
        similarity = np.zeros(len(a))
        alike = values.is_skeleton[a] == values.is_skeleton[b]
        alike &= values.is_compared[a] & values.is_compared[b]
        scale, met = _scales(values, a, b)
        for k in np.flatnonzero(alike).tolist():
            one, other = int(a[k]), int(b[k])
            if values.is_skeleton[one]:
                similarity[k] = self._of_skeletons(values, one, other, scale[k]) if met[k] else 0.0
            elif scale[k] == 0:
                similarity[k] = self._in_order(values, one, other, values.area[one])
            elif met[k]:
                similarity[k] = self._of_sets(values, one, other, scale[k])
        return similarity

    def candidates(self, values: Groups, runs: Runs, least: float) -> Candidates:
        """Find pairs whose groups' boxes meet; those of single points get as much room as the similarity leaves them."""
        left, top, right, bottom = values.box
        flat = (right - left) * (bottom - top) == 0
        reach = np.sqrt(-np.log(max(least, _LEAST)) * self._spread(values.area)) if least < 1 else np.zeros(len(flat))
        room = np.where(flat, reach, 0.0)
        bounds = np.stack([left - room, top - room, right + room, bottom + room])
        bounds = np.where(values.is_compared, bounds, 0.0)
        return search(bounds, runs, least, lambda a, b: self.similarity(values, a, b))

    def _spread(self, scale: Floats) -> Floats:
        return 2 * scale * (2 * self.sigma) ** 2

    def _in_order(self, values: Groups, a: int, b: int, scale: float) -> float:
        """Compare points one by one; 0 if there are more on one side."""
        one, other = values.points[a], values.points[b]
        if len(one) != len(other):
            return 0.0
        return float(np.exp(-((one - other) ** 2).sum(axis=1) / self._spread(np.asarray(scale))).mean())

    def _of_sets(self, values: Groups, a: int, b: int, scale: float) -> float:
        """Assign the points to each other; those too far apart have no partner."""
        one, other = values.points[a], values.points[b]
        distance2 = ((one[:, None, :] - other[None, :, :]) ** 2).sum(axis=2)
        near = np.exp(-distance2 / self._spread(np.asarray(scale)))
        left, right = np.nonzero(near >= self.threshold)
        weight = near[left, right]
        chosen = assign(left, right, weight)
        n_matched = int(chosen.sum())
        return float(weight[chosen].sum()) / (len(one) + len(other) - n_matched)

    def _of_skeletons(self, values: Groups, a: int, b: int, scale: float) -> float:
        one, other = values.points[a], values.points[b]
        if len(one) != len(other) or scale == 0:
            return 0.0
        both, either = values.seen[a] & values.seen[b], values.seen[a] | values.seen[b]
        near = np.exp(-((one - other) ** 2).sum(axis=1) / self._spread(np.asarray(scale)))
        return float(near[both].sum()) / int(either.sum()) if either.any() else 0.0


def _scales(values: Groups, a: Ints, b: Ints) -> tuple[Floats, Bools]:
    """Give the area of the mean of both groups' boxes, 0 if neither has an area; and whether they share any."""
    box_a, box_b = values.box[:, a], values.box[:, b]
    mean = (box_a + box_b) / 2
    area_a, area_b, area = (np.prod(box[2:] - box[:2], axis=0) for box in (box_a, box_b, mean))
    shared = np.minimum(box_a[2:], box_b[2:]) - np.maximum(box_a[:2], box_b[:2])
    met: Bools = np.asarray((shared > 0).all(axis=0))
    return np.where((area_a == 0) & (area_b == 0), 0.0, area), met
