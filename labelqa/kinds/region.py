"""Boxes, rotated boxes, polygons and masks compared with one another, for schemes that let them meet.

The same thing is drawn with different tools. Two annotations of one kind are compared as that kind compares them. Two
outlines of different kinds are compared by their areas, exactly. An outline and a mask are compared in pixels:
the outline covers the pixels whose centres lie inside it, and the similarity is pixels in both / pixels in either, 0 if
neither covers any. An outline too large or too intricate to be filled with pixels (`filling.py`) is measured along lines
instead (`scanline.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from labelqa.kinds import bbox, mask, polygon, rotated_bbox
from labelqa.kinds.filling import filled
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs, spread
from labelqa.kinds.mask import Masks
from labelqa.kinds.rings import Rings
from labelqa.kinds.scanline import shared_area
from labelqa.kinds.shapes import Shapes, keys_of, shapes_of_rings
from labelqa.kinds.window import greatest_iou, search, shared

_KINDS: tuple[ObjectKind, ...] = (bbox.KIND, mask.KIND, polygon.KIND, rotated_bbox.KIND)
_BBOX, _MASK = 0, 1

_SLACK = 1e-9
"""Share by which boxes and bounds are widened where they only rule out; every kind rounds in its own way."""


@dataclass(frozen=True, eq=False)
class Regions:
    """N regions of different kinds.

    `code` (int64 [N]) is the number of each row's kind, `place` (int64 [N]) its row among those of its kind, `values` each
    kind's own values, `shapes` every row as a region, masks without area, and `bounds` (float64 [4, N]) a box around each.
    """

    code: Ints
    place: Ints
    values: list[Any]
    shapes: Shapes
    bounds: Floats

    @classmethod
    def of(cls, code: Ints, values: list[Any]) -> Regions:
        """Lay out the rows of all kinds from the values of each kind."""
        rows = [np.flatnonzero(code == number) for number in range(len(_KINDS))]
        place = np.zeros(len(code), dtype=np.int64)
        for mine in rows:
            place[mine] = np.arange(len(mine))
        shapes = _joined([_shapes(number, value) for number, value in enumerate(values)], rows)
        slack = np.abs(shapes.bounds).sum(axis=0) * _SLACK
        bounds = shapes.bounds + np.array([[-1], [-1], [1], [1]]) * slack
        bounds[:, rows[_MASK]] = values[_MASK].box
        return cls(code, place, values, shapes, bounds)


def _shapes(number: int, values: Any) -> Shapes:
    """Give the values of a kind as regions of the plane; masks as regions without area."""
    if isinstance(values, Shapes):
        return values
    if number not in (_BBOX, _MASK):
        return rotated_bbox.as_shapes(values)
    if number == _MASK:
        rings = Rings(np.empty((0, 2)), np.empty(0, np.int64), np.zeros(len(values.area), np.int64))
    else:
        left, top, right, bottom = values
        corners = np.stack([left, top, right, top, right, bottom, left, bottom], axis=1)
        rings = Rings(corners.reshape(-1, 2), np.full(len(left), 4), np.ones(len(left), np.int64))
    return shapes_of_rings(rings, keys_of(rings.xy, rings.first, rings.size, rings.count))[0]


def _joined(parts: list[Shapes], rows: list[Ints]) -> Shapes:
    """Put regions in the order of the rows that they belong to."""
    order = np.argsort(np.concatenate(rows), kind="stable")
    return Shapes(
        np.concatenate([part.region for part in parts])[order],
        np.concatenate([part.area for part in parts])[order],
        np.concatenate([part.bounds for part in parts], axis=1)[:, order],
        np.concatenate([part.key for part in parts])[order],
        {int(rows[k][row]): edges for k, part in enumerate(parts) for row, edges in part.tangled.items()},
    )


@dataclass(frozen=True)
class Region(ObjectKind):
    """Whatever marks an area of the frame."""

    name: ClassVar[str] = "region"

    def values(self, annotations: pl.DataFrame) -> Regions:
        """Lay out the values of each kind as that kind does; the column `kind` names each row's kind.

        Raises
        ------
        ValueError
            If a row is of another kind, or its value is not laid out as its kind says.
        """
        names = annotations["kind"].cast(pl.String)
        code = np.full(len(names), -1, dtype=np.int64)
        for number, kind in enumerate(_KINDS):
            code[(names == kind.name).fill_null(False).to_numpy()] = number
        if (code < 0).any():
            raise ValueError(f"region: kinds are {', '.join(kind.name for kind in _KINDS)}")
        return Regions.of(code, [kind.values(annotations.filter(code == k)) for k, kind in enumerate(_KINDS)])

    def similarity(self, values: Regions, a: Ints, b: Ints) -> Floats:
        """Intersection over union, of areas or of pixels."""
        found = np.zeros(len(a))
        code_a, code_b = values.code[a], values.code[b]
        for number, kind in enumerate(_KINDS):
            rows = np.flatnonzero((code_a == number) & (code_b == number))
            found[rows] = kind.similarity(values.values[number], values.place[a[rows]], values.place[b[rows]])
        mixed, drawn = code_a != code_b, (code_a == _MASK) | (code_b == _MASK)
        rows = np.flatnonzero(mixed & ~drawn)
        found[rows] = values.shapes.similarity(a[rows], b[rows])
        rows = np.flatnonzero(mixed & drawn)
        is_mask = code_a[rows] == _MASK
        found[rows] = _in_pixels(values, np.where(is_mask, b[rows], a[rows]), np.where(is_mask, a[rows], b[rows]))
        return found

    def clipped(self, values: Regions, width: Floats, height: Floats) -> Regions:
        """Cut regions to the frame as their kinds do."""
        cut = []
        for number, kind in enumerate(_KINDS):
            mine = values.code == number
            cut.append(kind.clipped(values.values[number], width[mine], height[mine]))
        return Regions.of(values.code, cut)

    def candidates(self, values: Regions, runs: Runs, least: float) -> Candidates:
        """Find pairs among those whose boxes and areas allow the similarity."""
        of_areas = greatest_iou(values.bounds, np.where(values.code == _MASK, 0.0, values.shapes.area))
        masks: Masks = values.values[_MASK]
        pixels = np.zeros(len(values.code))
        pixels[values.code == _MASK] = masks.area
        of_pixels = greatest_iou(values.bounds, pixels)
        cost = values.shapes.cost.copy()
        cost[values.code == _MASK] = masks.size
        wide = values.bounds + np.array([[-1.0], [-1.0], [1.0], [1.0]])  # round the pixels that an outline covers

        def greatest(a: Ints, b: Ints) -> Floats:
            drawn_a, drawn_b = values.code[a] == _MASK, values.code[b] == _MASK
            least_in_either = np.maximum(pixels[a], pixels[b])
            most = np.divide(shared(wide, a, b), least_in_either, out=np.zeros(len(a)), where=least_in_either > 0)
            most = np.where(drawn_a & drawn_b, of_pixels(a, b), most)
            most = np.where(~drawn_a & ~drawn_b, of_areas(a, b), most)
            return np.minimum(most * (1 + _SLACK), 1.0)

        return search(values.bounds, runs, least, lambda a, b: self.similarity(values, a, b), greatest, cost)


def _in_pixels(values: Regions, outline: Ints, drawn: Ints) -> Floats:
    """Compare outlines with masks, row by row."""
    masks: Masks = values.values[_MASK]
    rows, number = np.unique(outline, return_inverse=True)
    owner, edges = _edges(values.shapes, rows)
    pixels, left_out = filled(owner, edges, len(rows))
    row = values.place[drawn]
    both = mask.intersection(pixels, number, masks, row).astype(np.float64)
    either = pixels.area[number] + masks.area[row] - both
    for k in np.flatnonzero(left_out[number]):
        mine = edges[slice(*np.searchsorted(owner, [number[k], number[k] + 1]).tolist())]
        most = min(values.shapes.area[outline[k]], float(masks.area[row[k]]))
        both[k] = min(shared_area(mine, _sides(masks, int(row[k]))), most)
        either[k] = values.shapes.area[outline[k]] + masks.area[row[k]] - both[k]
    return np.divide(both, either, out=np.zeros(len(both)), where=either > 0)


def _edges(shapes: Shapes, rows: Ints) -> tuple[Ints, Floats]:
    """Give the edges of some regions: number among these, and x and y of either end."""
    import shapely

    parts, row = shapely.get_parts(shapes.region[rows], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    owner = [row[part[ring[1:][same]]]]
    edges = [np.hstack([xy[:-1], xy[1:]])[same]]
    for number in np.flatnonzero(np.isin(rows, list(shapes.tangled))):
        edges.append(shapes.tangled[int(rows[number])])
        owner.append(np.full(len(edges[-1]), number))
    owners = np.concatenate(owner).astype(np.int64)
    order = np.argsort(owners, kind="stable")
    return owners[order], np.concatenate(edges)[order]


def _sides(masks: Masks, row: int) -> Floats:
    """Give the upright edges of a mask: float64 (n, 4). A run is a part of a column, whole columns, a part of a column."""
    left, top, _, bottom = masks.box[:, row].tolist()
    mine = masks.keys[masks.first[row] :][: masks.size[row]] & mask.EDGE
    height = bottom - top
    first, from_row = np.divmod(mine[::2], max(height, 1))
    last, to_row = np.divmod(mine[1::2] - 1, max(height, 1))
    one = first == last
    x0 = np.concatenate([first, first + 1, last])
    x1 = np.concatenate([first + 1, np.maximum(last, first + 1), np.where(one, last, last + 1)])
    y0 = np.concatenate([from_row, np.zeros(2 * len(first), np.int64)])
    y1 = np.concatenate([np.where(one, to_row + 1, height), np.full(len(first), height), to_row + 1])
    side, _ = spread(np.full(len(x0), 2))
    x = np.ravel(np.stack([x0, x1], axis=1)) + left
    return np.stack([x, y0[side] + top, x, y1[side] + top], axis=1).astype(np.float64)
