"""Polygons and masks as CVAT compares them: one pool, by the pixels that can be seen on the frame.

Outlines of one group and one class are one object. Of each only what no higher outline of the frame covers is compared
(`panoptic_comparison`). An ellipse, read as a polygon, is one of them, as in CVAT of 2024.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from labelqa.kinds import raster, run_lengths
from labelqa.kinds.families.cvat import pixels
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.mask import Mask, Masks
from labelqa.kinds.polygon import rings_of

_EDGE_BITS = 31


@dataclass(frozen=True, eq=False)
class Visible:
    """N outlines: the pixels of each object that can be seen, kept with its first row, and that row for each (int64 [N])."""

    masks: Masks
    leader: Ints


@dataclass(frozen=True)
class Outlines(ObjectKind):
    """Polygons and masks of a frame, and what of them can be seen."""

    name: ClassVar[str] = "outline"

    def values(self, annotations: pl.DataFrame) -> Visible:
        """Draw the outlines of each frame, and give each object what can be seen of it."""
        item, layer, group = (annotations[name].to_numpy() for name in ("item", "layer", "group"))
        leader = leaders(group, annotations["class"].to_numpy())
        frames = [pixels.size_of(*size) for size in annotations.select("raster_width", "raster_height").iter_rows()]
        full = drawn(annotations, frames)
        seen = _seen(full, item, layer, [height for _, height in frames])
        boxes: list[raster.Box] = [(0, 0, 0, 0)] * len(full)
        keys: list[Ints] = []
        order = np.argsort(leader, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(leader[order])) + 1) if len(order) else ():
            first = int(leader[rows[0]])
            boxes[first], edges = raster.tight(pixels.union([seen[row] for row in rows]), frames[first][1])
            keys.append(first << _EDGE_BITS | edges)
        flat = np.concatenate(keys) if keys else np.empty(0, np.int64)
        return Visible(Masks.of(flat, np.array(boxes, dtype=np.int64).reshape(-1, 4).T), leader)

    def leaders(self, values: Visible) -> Ints:
        """Give the first row of the object that each row is a part of."""
        return values.leader

    def similarity(self, values: Visible, a: Ints, b: Ints) -> Floats:
        """Pixels seen of both objects / of either; 0 where nothing can be seen of one."""
        a, b = values.leader[a], values.leader[b]
        similarity = Mask().similarity(values.masks, a, b)
        return np.where((values.masks.area[a] > 0) & (values.masks.area[b] > 0), similarity, 0.0)

    def candidates(self, values: Visible, runs: Runs, least: float) -> Candidates:
        """Find pairs of objects, each by its first row."""
        found = Mask().candidates(values.masks, runs, least)
        leads = values.leader[found.a] == found.a
        leads &= (values.leader[found.b] == found.b) & (values.masks.area[found.a] > 0)
        leads &= values.masks.area[found.b] > 0
        return Candidates(found.pair[leads], found.a[leads], found.b[leads], found.similarity[leads])


def leaders(group: Ints, cls: Ints) -> Ints:
    """Give the first row with the same group and class, for each row.

    Examples
    --------
    >>> leaders(np.array([4, 5, 4, 4]), np.array([1, 1, 1, 2])).tolist()
    [0, 1, 0, 3]
    """
    _, first, number = np.unique(np.stack([group, cls]), axis=1, return_index=True, return_inverse=True)
    return np.asarray(first[number.ravel()], dtype=np.int64)


def drawn(annotations: pl.DataFrame, frames: list[tuple[int, int]]) -> list[Ints]:
    """Draw polygons and masks on their frames: the edges of each."""
    edges: list[Ints] = [np.empty(0, np.int64)] * annotations.height
    kind = annotations["kind"].cast(pl.String).to_numpy()
    rows = np.flatnonzero(kind == "polygon")
    rings = rings_of(annotations[rows])
    corners = np.split(rings.xy, np.cumsum(rings.size)[:-1])
    first = np.cumsum(rings.count) - rings.count
    for row, start, count in zip(rows.tolist(), first.tolist(), rings.count.tolist(), strict=True):
        edges[row] = pixels.drawn(corners[start : start + count], *frames[row])
    for row in np.flatnonzero(kind == "mask").tolist():
        geometry, parts = annotations["geometry"][row], annotations["parts"][row]
        edges[row] = _placed(geometry.to_list(), parts.to_list(), *frames[row])
    return edges


def _placed(geometry: list[float], parts: list[int], width: int, height: int) -> Ints:
    """Number the pixels of a mask by the columns of the frame; what lies outside it is cut off."""
    left, top, right, bottom = box = [int(side) for side in geometry]
    inside = run_lengths.edges(parts, (right - left) * (bottom - top))
    if len(inside) == 0:
        return inside
    window = [max(left, 0), max(top, 0), min(right, width), min(bottom, height)]
    if window[0] >= window[2] or window[1] >= window[3]:
        return inside[:0]
    size = np.array([len(inside)])
    kept = raster.merged(raster.cut(inside, size, np.array([box]).T, np.array([window]).T))
    return raster.framed(kept, (window[0], window[1], window[2], window[3]), height)


def _seen(full: list[Ints], item: Ints, layer: Ints, heights: list[int]) -> list[Ints]:
    """Take from each outline what higher ones of its frame cover."""
    seen = list(full)
    boxes = np.array([raster.tight(edges, height)[0] for edges, height in zip(full, heights, strict=True)])
    order = np.lexsort((layer, item))
    for rows in np.split(order, np.flatnonzero(np.diff(item[order])) + 1) if len(order) else ():
        box = boxes[rows]
        for place, row in enumerate(rows):
            above = box[place + 1 :]
            near = (above[:, :2] < box[place, 2:]).all(axis=1) & (above[:, 2:] > box[place, :2]).all(axis=1)
            if near.any():
                seen[row] = pixels.without(full[row], pixels.union([full[k] for k in rows[place + 1 :][near]]))
    return seen
