"""Regions of the plane of any form: exact intersection over union, for all kinds that mark an area.

Whatever a kind makes of its annotations, here they are polygons with holes and parts. What two of them share is a sum over
their edges (`boundaries.py`), and is worked out only if their boxes share an area and their values differ. A pair that
shares next to nothing, and one whose edges lie over each other very often, is overlaid instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from labelqa.kinds.boundaries import shared_areas
from labelqa.kinds.crossings import crossings_exceed
from labelqa.kinds.kind import Candidates, Floats, Ints, Runs
from labelqa.kinds.rings import Bools, Geometries, Rings, regions, wild
from labelqa.kinds.scanline import shared_area
from labelqa.kinds.window import greatest_iou, iou, search, shared

_MANY = 50_000
"""Corners of one times corners of the other, from which a pair is looked at before it is overlaid."""

_MOST_CROSSINGS = 50_000
"""Meetings of edges up to which a pair is overlaid exactly: about half a second and 100 megabytes."""

_MOST_HEAVY = 200
"""Most pairs at once whose outlines cross each other more than `_MOST_CROSSINGS` / 5 times."""

_COST_OF_TANGLE = 1_000_000
"""What a row that is measured along lines adds to the work on a pair: a tenth of a second and more."""

_NEXT_TO_NOTHING = 1e-6
"""Share of the box round both, in the columns that they share, from which a sum over edges is surely more than rounding."""


@dataclass(frozen=True, eq=False)
class Shapes:
    """N regions.

    Parameters
    ----------
    region : array of shapely geometries [N]
        Polygons and multipolygons, valid, maybe empty.
    area : float64 array [N]
    bounds : float64 array [4, N]
        Left, top, right, bottom of a box around each; where there is no area, around its corners.
    key : uint64 array [N]
        Equal for equal values.
    tangled : dict of int to float64 array (n, 4)
        Edges of the rows that are too intricate for a region; they are measured along lines (`scanline.py`).
    """

    region: Geometries
    area: Floats
    bounds: Floats
    key: npt.NDArray[np.uint64]
    tangled: Mapping[int, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.area)

    def similarity(self, a: Ints, b: Ints) -> Floats:
        """Intersection over union of region a[k] and region b[k]: exactly 1 for equal values, the same either way."""
        equal = self.key[a] == self.key[b]
        both = shared(self.bounds, a, b)
        overlay = np.flatnonzero(~equal & (both > 0) & (self.area[a] > 0) & (self.area[b] > 0))
        one, other = a[overlay], b[overlay]
        swap = self.key[one] > self.key[other]  # one order, so that the arithmetic is the same both ways
        one, other = np.where(swap, other, one), np.where(swap, one, other)
        both[overlay] = np.minimum(both[overlay], self._shared(one, other))
        return iou(both, self.area[a], self.area[b], equal)

    def candidates(self, runs: Runs, least: float) -> Candidates:
        """Find the pairs with IoU >= `least` and > 0 among those whose boxes and areas allow it."""
        return search(self.bounds, runs, least, self.similarity, greatest_iou(self.bounds, self.area), self.cost)

    @cached_property
    def cost(self) -> Ints:
        """Tell what each row adds to the work on a pair, for `window.search`: int64 [N].

        Many parts mean that an outline crossed itself, and that it crosses others as often.
        """
        import shapely

        n_corners, n_parts = shapely.get_num_coordinates(self.region), shapely.get_num_geometries(self.region)
        cost: Ints = 10 * n_corners.astype(np.int64) + 300 * n_parts
        cost[list(self.tangled)] = _COST_OF_TANGLE
        return cost

    def clipped(self, width: Floats, height: Floats) -> Shapes:
        """Cut regions to their frames, nan where unknown. What lies wholly outside has no area; tangles stay as they are."""
        import shapely

        left, top, right, bottom = self.bounds
        with np.errstate(invalid="ignore"):
            outside = (left < 0) | (top < 0) | (right > width) | (bottom > height)
        outside[list(self.tangled)] = False
        rows = np.flatnonzero(outside & ~np.isnan(width) & ~np.isnan(height))
        region, area, bounds, key = self.region.copy(), self.area.copy(), self.bounds.copy(), self.key.copy()
        frame = np.stack([np.zeros(len(rows)), np.zeros(len(rows)), width[rows], height[rows]])
        region[rows] = _surfaces(shapely.intersection(region[rows], shapely.box(*frame)))
        area[rows] = shapely.area(region[rows])
        bounds[:, rows] = np.clip(bounds[:, rows], 0.0, frame[[2, 3, 2, 3]])
        some = rows[area[rows] > 0]
        key[some] = _keys_of_regions(region[some])
        return replace(self, region=region, area=area, bounds=bounds, key=key)

    def _shared(self, a: Ints, b: Ints) -> Floats:
        """Area in both, of regions that have one."""
        area = shared_areas(self.region, a, b)
        (left_a, top_a, right_a, bottom_a), (left_b, top_b, right_b, bottom_b) = self.bounds[:, a], self.bounds[:, b]
        with np.errstate(over="ignore", invalid="ignore"):
            width = np.minimum(right_a, right_b) - np.maximum(left_a, left_b)
            height = np.maximum(bottom_a, bottom_b) - np.minimum(top_a, top_b)
            known = (area > _NEXT_TO_NOTHING * width * height) & np.isfinite(area)
        overlay = np.flatnonzero(~known)  # in particular tangled ones, whose regions are empty
        area[overlay] = self._overlay(a[overlay], b[overlay])
        return area

    def _overlay(self, a: Ints, b: Ints) -> Floats:
        """Area in both, by cutting them where they cross, or along lines."""
        import shapely

        corners_a, corners_b = shapely.get_num_coordinates(self.region[a]), shapely.get_num_coordinates(self.region[b])
        hard = corners_a * corners_b > _MANY
        if self.tangled:
            hard |= np.isin(a, list(self.tangled)) | np.isin(b, list(self.tangled))
        area, n_heavy = np.zeros(len(a)), 0
        for k in np.flatnonzero(hard):
            edges_a, edges_b = self._edges(int(a[k])), self._edges(int(b[k]))
            tangled = int(a[k]) in self.tangled or int(b[k]) in self.tangled
            heavy = tangled or crossings_exceed(edges_a, edges_b, _MOST_CROSSINGS // 5)
            n_heavy += heavy
            if n_heavy > _MOST_HEAVY:
                raise wild(f"{n_heavy} pairs of outlines or more that cross each other thousands of times")
            if tangled or (heavy and crossings_exceed(edges_a, edges_b, _MOST_CROSSINGS)):
                area[k] = shared_area(edges_a, edges_b)
            else:
                hard[k] = False
        easy = np.flatnonzero(~hard)
        area[easy] = _intersection_area(self.region[a[easy]], self.region[b[easy]])
        return area

    def _edges(self, row: int) -> Floats:
        return self.tangled[row] if row in self.tangled else _edges_of(self.region[row])


def shapes_of_rings(rings: Rings, key: npt.NDArray[np.uint64]) -> tuple[Shapes, Bools]:
    """Make even-odd regions of rings of corners; also tell which crossed themselves (see `rings.regions`)."""
    import shapely

    region, repaired, tangled = regions(rings)
    area = np.asarray(shapely.area(region), dtype=np.float64)
    intricate = dict(rings.edges_of(np.flatnonzero(tangled)))
    for row, mine in intricate.items():
        area[row] = shared_area(mine, mine)
    return Shapes(region, area, boxes_round(rings.xy, rings.first), key, intricate), repaired


def boxes_round(xy: Floats, first: Ints) -> Floats:
    """Left, top, right, bottom of a box round the points of each row, 0 where there are none: float64 [4, N]."""
    bounds = np.zeros((4, len(first) - 1))
    some = np.flatnonzero(np.diff(first) > 0)
    if len(some):
        bounds[:2, some] = np.minimum.reduceat(xy, first[some]).T
        bounds[2:, some] = np.maximum.reduceat(xy, first[some]).T
    return bounds


def keys_of(xy: Floats, first: Ints, size: Ints, count: Ints) -> npt.NDArray[np.uint64]:
    """Give each row a number that is equal for equal points in equal parts: uint64 [N].

    Parameters
    ----------
    xy : float64 array [K, 2]
    first : int64 array [N + 1]
        First point of every row, and the end.
    size : int64 array [R]
        Points of each part.
    count : int64 array [N]
        Parts of each row.
    """
    points = memoryview((xy + 0.0).tobytes())  # -0.0 is 0.0
    parts = memoryview(size.astype(np.int64).tobytes())
    corner, part = (16 * first).tolist(), (8 * np.concatenate([[0], np.cumsum(count)])).tolist()
    digests = bytearray()
    for row in range(len(count)):
        digest = blake2b(points[corner[row] : corner[row + 1]], digest_size=8)
        digest.update(parts[part[row] : part[row + 1]])
        digests += digest.digest()
    return np.frombuffer(bytes(digests), dtype=np.uint64)


def _keys_of_regions(region: Geometries) -> npt.NDArray[np.uint64]:
    """Give equal regions equal numbers, in whatever order their corners were found."""
    import shapely

    xy, owner = shapely.get_coordinates(shapely.normalize(region), return_index=True)
    size = np.bincount(owner, minlength=len(region))
    return keys_of(xy, np.concatenate([[0], np.cumsum(size)]), size, np.ones(len(region), np.int64))


def _surfaces(found: Geometries) -> Geometries:
    """Keep what has an area of the results of an overlay, in which lines and points may remain where shapes touch."""
    import shapely

    kept = np.array(found, dtype=object)
    for k in np.flatnonzero(~np.isin(shapely.get_type_id(kept), [3, 6])):  # neither polygon nor multipolygon
        parts = shapely.get_parts(kept[k])
        kept[k] = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    return kept


def _intersection_area(a: Geometries, b: Geometries) -> Floats:
    """Area of the overlay of each pair. Should one fail, it is done again on a grid, where it cannot."""
    import shapely

    try:
        with np.errstate(all="ignore"):
            return np.asarray(shapely.area(shapely.intersection(a, b)), dtype=np.float64)
    except shapely.GEOSException:
        if len(a) > 1:
            middle = len(a) // 2
            return np.concatenate(
                [_intersection_area(a[part], b[part]) for part in (slice(middle), slice(middle, None))]
            )
        extent = float(np.abs(shapely.bounds(a)).max())
        return np.asarray(shapely.area(shapely.intersection(a, b, grid_size=extent * 1e-12)), dtype=np.float64)


def _edges_of(region: object) -> Floats:
    """Give the edges of a region: float64 [n, 4]."""
    import shapely

    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(region)), return_index=True)
    edges = np.hstack([xy[:-1], xy[1:]])
    return np.asarray(edges[ring[1:] == ring[:-1]], dtype=np.float64)
