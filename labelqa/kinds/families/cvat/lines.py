"""Polylines as CVAT compares them: corresponding points at the same share of the length, each by a Gaussian of its distance.

Both lines get points where either has a corner, the last one left out; similarity is the mean over these of
exp(-d^2 / (2 A (2 r)^2)), with A the area of the frame and r the `thickness`; the greater of both directions counts.
Lines whose circles are further apart than six thicknesses are not alike at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.window import search


@dataclass(frozen=True, eq=False)
class Curves:
    """N lines: corners (n, 2) and their shares of the length for each; centre [2, N], squared radius and frame's area [N]."""

    corners: list[Floats]
    shares: list[Floats]
    centre: Floats
    radius2: Floats
    area: Floats


@dataclass(frozen=True)
class Lines(ObjectKind):
    """Polylines.

    Parameters
    ----------
    thickness : float
        Share of the square root of the frame's area that lines may be apart.
    """

    name: ClassVar[str] = "line"
    thickness: float = 0.01

    def values(self, annotations: pl.DataFrame) -> Curves:
        """Lay out the corners, one line after the other."""
        corners = [np.asarray(row.to_list(), dtype=np.float64).reshape(-1, 2) for row in annotations["geometry"]]
        low = np.array([line.min(axis=0) for line in corners]).reshape(-1, 2).T
        high = np.array([line.max(axis=0) for line in corners]).reshape(-1, 2).T
        frame = annotations.select("raster_width", "raster_height").to_numpy()
        return Curves(
            corners,
            [_shares(line) for line in corners],
            (low + high) / 2,
            ((high - low) ** 2).sum(axis=0) / 4,
            frame[:, 0] * frame[:, 1],
        )

    def similarity(self, values: Curves, a: Ints, b: Ints) -> Floats:
        """Mean similarity of corresponding points, in the better direction."""
        return np.maximum(*self._both_ways(values, a, b)) if len(a) else np.zeros(0)

    def turned(self, values: Curves, a: Ints, b: Ints) -> Floats:
        """Give by how much lines are more alike against each other's direction than along it: float64, 0 or more."""
        along, against = self._both_ways(values, a, b)
        return np.maximum(against - along, 0.0)

    def candidates(self, values: Curves, runs: Runs, least: float) -> Candidates:
        """Find pairs among those whose circles come near each other."""
        reach = np.sqrt(values.radius2) + 6 * self.thickness * np.sqrt(values.area)
        bounds = np.concatenate([values.centre - reach, values.centre + reach])
        return search(bounds, runs, least, lambda a, b: self.similarity(values, a, b))

    def _both_ways(self, values: Curves, a: Ints, b: Ints) -> tuple[Floats, Floats]:
        along, against = np.zeros(len(a)), np.zeros(len(a))
        area = values.area[a]
        distance2 = ((values.centre[:, a] - values.centre[:, b]) ** 2).sum(axis=0)
        near = distance2 <= values.radius2[a] + values.radius2[b] + area * (6 * self.thickness) ** 2
        spread = 2 * area * (2 * self.thickness) ** 2
        for k in np.flatnonzero(near).tolist():
            shares = np.sort(np.concatenate([values.shares[a[k]], values.shares[b[k]][1:]]))[:-1]
            one, other = (_at(values.corners[row[k]], values.shares[row[k]], shares) for row in (a, b))
            along[k] = np.exp(-((one - other) ** 2).sum(axis=1) / spread[k]).mean()
            against[k] = np.exp(-((one - other[::-1]) ** 2).sum(axis=1) / spread[k]).mean()
        return along, against


def _shares(corners: Floats) -> Floats:
    """Give the share of the length at which each corner lies."""
    reached = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1)))
    return reached / (reached[-1] or 1.0)


def _at(corners: Floats, shares: Floats, wanted: Floats) -> Floats:
    """Give the points at shares of the length."""
    return np.stack([np.interp(wanted, shares, corners[:, axis]) for axis in (0, 1)], axis=1)
