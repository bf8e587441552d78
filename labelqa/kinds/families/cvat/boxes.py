"""Boxes as CVAT compares them.

Two boxes of one rotation are compared as if they had none, by the intersection over union of their sides; others by
their pixels on the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from labelqa.kinds import bbox, raster
from labelqa.kinds.families.cvat import pixels
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.window import search


@dataclass(frozen=True, eq=False)
class Turned:
    """N boxes: sides without their rotation (float64 [4, N]), rotation in degrees [N], width and height of the frame [2, N]."""

    sides: Floats
    rotation: Floats
    frame: Floats

    def corners(self) -> Floats:
        """Give the corners with their rotation: float64 [N, 4, 2]."""
        left, top, right, bottom = self.sides
        centre = np.stack([(left + right) / 2, (top + bottom) / 2], axis=1)[:, None, :]
        plain = np.stack(
            [np.stack(point, axis=1) for point in ((left, top), (right, top), (right, bottom), (left, bottom))], axis=1
        )
        turn = np.radians(self.rotation)
        cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
        x, y = np.moveaxis(plain - centre, 2, 0)
        return np.asarray(np.stack([x * cos - y * sin, x * sin + y * cos], axis=2) + centre)


@dataclass(frozen=True)
class Boxes(ObjectKind):
    """Boxes, rotated or not."""

    name: ClassVar[str] = "box"

    def values(self, annotations: pl.DataFrame) -> Turned:
        """Lay the sides out; `kind` tells which of two layouts a row has."""
        n = annotations.height
        sides, rotation = np.empty((4, n)), np.zeros(n)
        turned = (annotations["kind"].cast(pl.String) == "rotated_bbox").to_numpy()
        geometry = annotations["geometry"]
        for chosen, length in ((~turned, 4), (turned, 5)):
            flat = geometry.filter(pl.Series(chosen)).explode(empty_as_null=False, keep_nulls=False)
            rows = flat.cast(pl.Float64).to_numpy().reshape(-1, length)
            if length == 4:
                sides[:, chosen] = rows.T
            else:
                x, y, width, height, rotation[chosen] = rows.T
                sides[:, chosen] = x - width / 2, y - height / 2, x + width / 2, y + height / 2
        frame = annotations.select("raster_width", "raster_height").to_numpy().T
        return Turned(sides, rotation, frame)

    def similarity(self, values: Turned, a: Ints, b: Ints) -> Floats:
        """Intersection over union, of the sides or of the pixels."""
        similarity = bbox.iou(values.sides.T[a], values.sides.T[b])
        apart = np.flatnonzero(values.rotation[a] != values.rotation[b])
        if len(apart):
            corners, seen = values.corners(), dict[tuple[int, int, int], Ints]()
            for k in apart.tolist():
                similarity[k] = _pixel_iou(corners, seen, int(a[k]), int(b[k]), values.frame[:, a[k]])
        return similarity

    def candidates(self, values: Turned, runs: Runs, least: float) -> Candidates:
        """Find pairs among those whose enclosing boxes touch, with their rotation or without."""
        corners = values.corners()
        left, top, right, bottom = values.sides
        bounds = np.stack(
            [
                np.minimum(left, corners[:, :, 0].min(axis=1)) - 1,
                np.minimum(top, corners[:, :, 1].min(axis=1)) - 1,
                np.maximum(right, corners[:, :, 0].max(axis=1)) + 1,
                np.maximum(bottom, corners[:, :, 1].max(axis=1)) + 1,
            ]
        )
        return search(bounds, runs, least, lambda a, b: self.similarity(values, a, b))


def _pixel_iou(corners: Floats, seen: dict[tuple[int, int, int], Ints], a: int, b: int, frame: Floats) -> float:
    width, height = pixels.size_of(float(frame[0]), float(frame[1]))
    one, other = (seen.setdefault((row, width, height), pixels.drawn([corners[row]], width, height)) for row in (a, b))
    both = pixels.in_both(one, other)
    either = raster.area(one) + raster.area(other) - both
    return both / either if either else 0.0
