"""Outlines: `geometry` is x, y of every corner in pixels, ring after ring, `parts` the corners of each ring (null: one ring).

A point is inside if it lies within an odd number of rings, so that holes and parts are further rings, in any order and
direction; no ring is closed by repeating its first corner. Similarity is intersection over union of the areas (Jaccard
1912), exact in floating point. An outline that crosses itself is taken for what the even-odd rule makes of it: of a
figure eight, both loops; `repaired` tells where that was needed. Two outlines without area are alike if they are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.kinds.given import are_numbers, elementwise, is_table
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.rings import Rings, regions
from labelqa.kinds.shapes import Shapes, keys_of, shapes_of_rings

Outline = Any
"""A polygon outside of tables: corners (n, 2) of one ring, a list of such rings, or a shapely Polygon or MultiPolygon."""


def iou(a: Sequence[Outline] | Outline, b: Sequence[Outline] | Outline) -> Floats:
    """Intersection over union of polygon a[k] and polygon b[k]; swapping `a` and `b` changes no bit.

    Parameters
    ----------
    a, b : sequences of one length n, or one polygon
        Polygons, each in one of four forms: the corners of one ring, array_like of shape (k, 2), or their x and y in one
        list; a list of rings, of which a point has to be within an odd number to be inside (holes, parts); a shapely
        Polygon or MultiPolygon. A ring may repeat its first corner at the end or not. One polygon alone, as corners (k, 2)
        or of shapely, is compared with each of the other side.

    Returns
    -------
    float64 array of length n, in [0, 1]; of shape () if one polygon is compared with one

    Raises
    ------
    ValueError
        If `a` and `b` differ in length, or something is not a polygon or not finite.

    Examples
    --------
    >>> square = [[0, 0], [4, 0], [4, 4], [0, 4]]
    >>> half = [[0, 0], [4, 0], [4, 2], [0, 2]]
    >>> hole = [[1, 1], [3, 1], [3, 3], [1, 3]]
    >>> iou([square, square, square], [square, half, [square, hole]]).tolist()
    [1.0, 0.5, 0.75]
    >>> float(iou(square, half))
    0.5
    >>> from shapely import box
    >>> iou([box(0, 0, 4, 4)], [box(3, 0, 7, 4)]).round(6).tolist()
    [0.142857]
    """
    return elementwise(a, b, _is_one, lambda polygons, one, other: _laid_out(polygons).similarity(one, other))


def iou_matrix(a: Sequence[Outline], b: Sequence[Outline]) -> Floats:
    """Intersection over union of every polygon of `a` with every polygon of `b`: float64 (n, m).

    Polygons are given as for `iou`.

    Examples
    --------
    >>> square, triangle = [[0, 0], [4, 0], [4, 4], [0, 4]], [[0, 0], [4, 0], [4, 4]]
    >>> iou_matrix([square, triangle], [square]).tolist()
    [[1.0], [0.5]]
    """
    row, column = (np.ravel(side) for side in np.indices((len(a), len(b))))
    return _laid_out([*a, *b]).similarity(row, column + len(a)).reshape(len(a), len(b))


def repaired(annotations: pl.DataFrame) -> NDArray[np.bool_]:
    """Tell which polygons cross or double themselves, and are read by the even-odd rule.

    Parameters
    ----------
    annotations : polars.DataFrame
        Columns geometry and parts of polygons.

    Returns
    -------
    bool array, a value for each row
        True where an outline crosses or doubles itself, or two rings meet in more than points.

    Examples
    --------
    >>> bow_tie, square = [0.0, 0, 2, 2, 2, 0, 0, 2], [0.0, 0, 2, 0, 2, 2, 0, 2]
    >>> repaired(pl.DataFrame({"geometry": [bow_tie, square], "parts": [None, [4]]})).tolist()
    [True, False]
    """
    return regions(rings_of(annotations))[1]


def rings_of(annotations: pl.DataFrame, kind: str = "polygon") -> Rings:
    """Lay out `geometry` and `parts`: a ring for each number in parts, one if it is null.

    Raises
    ------
    ValueError
        If coordinates are odd in number or not finite, or parts do not add up.
    """
    n_numbers = annotations["geometry"].list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = annotations["geometry"].explode(empty_as_null=False, keep_nulls=False).cast(pl.Float64).to_numpy()
    if (n_numbers % 2).any():
        raise ValueError(f"{kind}: geometry holds x and y of every point, an even number of numbers")
    if not np.isfinite(flat).all():
        raise ValueError(f"{kind}: coordinates are finite numbers")
    n_points = n_numbers // 2
    whole = annotations["parts"].is_null().to_numpy()
    count = np.where(whole, 1, annotations["parts"].list.len().fill_null(1).to_numpy()).astype(np.int64)
    size = np.zeros(int(count.sum()), np.int64)
    is_whole = np.repeat(whole, count)
    size[is_whole] = n_points[whole]
    given = annotations["parts"].explode(empty_as_null=False, keep_nulls=False).to_numpy().astype(np.int64)
    size[~is_whole] = given
    rings = Rings(flat.reshape(-1, 2), size, count)
    if (np.diff(rings.first) != n_points).any():
        raise ValueError(f"{kind}: parts are the numbers of points of each part, and add up to all of them")
    return rings


def shapes_of(annotations: pl.DataFrame) -> Shapes:
    """Lay out polygons as regions."""
    return _shapes(rings_of(annotations))


def _shapes(rings: Rings) -> Shapes:
    shapes, _ = shapes_of_rings(rings, keys_of(rings.xy, rings.first, rings.size, rings.count))
    return shapes


def _is_one(given: Any) -> bool:
    return hasattr(given, "geom_type") or is_table(given, 2)


def _laid_out(polygons: Sequence[Outline]) -> Shapes:
    rings = [_rings(polygon) for polygon in polygons]
    flat = [ring for each in rings for ring in each]
    size = np.array([len(ring) for ring in flat], dtype=np.int64)
    count = np.array([len(each) for each in rings], dtype=np.int64)
    xy = np.concatenate(flat) if flat else np.empty((0, 2))
    if not np.isfinite(xy).all():
        raise ValueError("coordinates are finite numbers")
    return _shapes(Rings(xy, size, count))


def _rings(polygon: Outline) -> list[Floats]:
    """Give the rings of a polygon in any of its forms, none closed by a repeated corner."""
    rings = _rings_of_geometry(polygon) if hasattr(polygon, "geom_type") else polygon
    if are_numbers(rings) and len(rings) % 2 == 0:
        rings = np.reshape(rings, (-1, 2))
    if len(rings) and np.ndim(rings[0]) == 1:
        rings = [rings]
    found = [np.asarray(ring, dtype=np.float64) for ring in rings]
    if any(ring.ndim != 2 or ring.shape[1] != 2 for ring in found if ring.size):
        raise ValueError("a polygon is an array of corners (n, 2), a list of such rings, or a shapely polygon")
    found = [ring.reshape(-1, 2) for ring in found]
    return [ring[:-1] if len(ring) > 1 and (ring[0] == ring[-1]).all() else ring for ring in found]


def _rings_of_geometry(geometry: Any) -> list[Floats]:
    import shapely

    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"a polygon has an area; found a shapely {geometry.geom_type}")
    rings = shapely.get_rings(shapely.get_parts(geometry))
    return [shapely.get_coordinates(ring) for ring in rings]


@dataclass(frozen=True)
class Polygon(ObjectKind):
    """Outlines with holes and parts; values are `Shapes`."""

    name: ClassVar[str] = "polygon"

    def values(self, annotations: pl.DataFrame) -> Shapes:
        """Build the regions, in bulk."""
        return shapes_of(annotations)

    def similarity(self, values: Shapes, a: Ints, b: Ints) -> Floats:
        """Intersection over union."""
        return values.similarity(a, b)

    def clipped(self, values: Shapes, width: Floats, height: Floats) -> Shapes:
        """Cut outlines to the frame; one wholly outside has no area left and is like none that differs from it."""
        return values.clipped(width, height)

    def candidates(self, values: Shapes, runs: Runs, least: float) -> Candidates:
        """Find pairs among those whose boxes and areas allow the similarity."""
        return values.candidates(runs, least)


KIND = Polygon()
