"""From rings of corners to regions of the plane by the even-odd rule: a point is inside if a ray crosses an odd number of edges.

Simple outlines, and rings that lie apart or within one another, are built in bulk. What crosses or doubles itself is
taken apart where it crosses, and the pieces that the even-odd rule keeps are put together again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelqa.errors import InputError
from labelqa.kinds.crossings import crossings_exceed
from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.kinds.window import blocks

Geometries = npt.NDArray[np.object_]
Bools = npt.NDArray[np.bool_]

_TINY = 1e-100
"""Coordinates below this count as 0, so that no product of two of them is lost to the smallest numbers there are."""

_MANY = 300
"""Corners from which an outline is looked at for tangles before anything else is done with it."""

_MOST_CROSSINGS = 100_000
"""Meetings of its own edges up to which an outline is taken apart: some tenths of a second."""

_MOST_TESTS = 200_000_000
"""Pieces times edges up to which an outline is taken apart: about a second."""

_MANY_PIECES = 5
"""Corners after taking apart for each corner before it, from which an outline is wild: nobody draws that."""

_MOST_WILD = 300_000
"""Most corners of all wild outlines after taking apart: some ten seconds."""

_MOST_TANGLED = 100
"""Most outlines that cross themselves too often to be taken apart."""

_MOST_RINGS = 1000
"""Rings of a row up to which each is looked up in each other."""

_NEAR = 1e-9
"""Share of a face's size below which a point inside is too near to its boundary to be told from one outside."""

_AT_ONCE = 1 << 20
"""Tests of a point and an edge, or of two rings, at once."""


@dataclass(frozen=True, eq=False)
class Rings:
    """Rings end to end, for N rows.

    `xy` float64 [K, 2]: corners, none repeated to close a ring; `size` int64 [R]: corners of each ring; `count` int64 [N]:
    rings of each row.
    """

    xy: Floats
    size: Ints
    count: Ints

    @property
    def owner(self) -> Ints:
        """Row of every ring: int64 [R]."""
        return np.repeat(np.arange(len(self.count)), self.count)

    @property
    def first(self) -> Ints:
        """First corner of every row, and the end: int64 [N + 1]."""
        per_row = np.bincount(self.owner, self.size, len(self.count)).astype(np.int64)
        return np.concatenate([[0], np.cumsum(per_row)])

    def without_tiny(self) -> Rings:
        """Put 0 in the place of coordinates that are next to nothing."""
        return Rings(np.where(np.abs(self.xy) < _TINY, 0.0, self.xy), self.size, self.count)

    def taken(self, rows: Ints) -> Rings:
        """Take the rings of some rows."""
        first = np.cumsum(self.count) - self.count
        which, place = spread(self.count[rows])
        chosen = first[rows][which] + place
        start = np.cumsum(self.size) - self.size
        ring, corner = spread(self.size[chosen])
        return Rings(self.xy[start[chosen][ring] + corner], self.size[chosen], self.count[rows])

    def edges_of(self, rows: Ints) -> Iterator[tuple[int, Floats]]:
        """Give the edges of some rows, row by row."""
        some = self.taken(rows)
        edges, first = some.edges(), some.first.tolist()
        for place, row in enumerate(rows.tolist()):
            yield row, edges[first[place] : first[place + 1]]

    def edges(self) -> Floats:
        """Give every edge, the closing ones included: float64 [K, 4], x and y of either end."""
        ring, place = spread(self.size)
        first = np.cumsum(self.size) - self.size
        following = first[ring] + (place + 1) % self.size[ring]
        return np.hstack([self.xy, self.xy[following]])


def regions(rings: Rings) -> tuple[Geometries, Bools, Bools]:
    """Build the region of every row.

    Parameters
    ----------
    rings : Rings

    Returns
    -------
    region : array of shapely geometries [N]
        Polygons and multipolygons, valid; empty where there is no area.
    repaired : bool array [N]
        Where an outline crosses or doubles itself, or two rings of a row meet in more than points.
    tangled : bool array [N]
        Where an outline crosses itself so often, or has so many rings, that its region is left empty; see `scanline.py`.

    Raises
    ------
    InputError
        If there are so many outlines that cross themselves very often that this would take minutes.
    """
    import shapely

    n = len(rings.count)
    region = np.full(n, shapely.Polygon(), dtype=object)
    repaired, tangled, wrong = (np.zeros(n, bool) for _ in range(3))
    rings = rings.without_tiny()
    usable = rings.size >= 3  # fewer corners have no area
    n_usable = np.bincount(rings.owner[usable], minlength=n)
    tangled[n_usable > _MOST_RINGS] = True
    n_tangled = n_wild = 0
    for row, mine in rings.edges_of(np.flatnonzero((np.diff(rings.first) > _MANY) & ~tangled)):
        tangled[row] = crossings_exceed(mine, mine, _MOST_CROSSINGS)
        _check_tangled(n_tangled := n_tangled + int(tangled[row]))
    chosen = np.flatnonzero(usable & ~tangled[rings.owner])
    owner = rings.owner[chosen]
    discs = _discs(rings, chosen)
    simple = np.asarray(shapely.is_valid(discs), dtype=bool)
    wrong[owner[~simple]] = True
    alone = n_usable[owner] == 1
    region[owner[alone & simple]] = discs[alone & simple]
    several = ~alone & ~wrong[owner]
    rows, nested, fits = _nested(discs[several], owner[several])
    region[rows[fits]] = nested[fits]
    wrong[rows[~fits]] = True
    for row, mine in rings.edges_of(np.flatnonzero(wrong)):
        pieces = _taken_apart(mine)
        tangled[row] = pieces is None
        _check_tangled(n_tangled := n_tangled + int(tangled[row]))
        region[row] = shapely.Polygon() if pieces is None else pieces
        n_corners = int(shapely.get_num_coordinates(region[row]))
        n_wild += n_corners if n_corners > _MANY_PIECES * len(mine) else 0
        if n_wild > _MOST_WILD:
            raise wild("outlines that cross themselves at a hundred thousand places or so in all")
        # What is flat has nothing inside, whichever way it is gone round.
        repaired[row] = shapely.MultiPoint(mine[:, :2]).convex_hull.area > 0
    return region, repaired | tangled, tangled


def wild(found: str) -> InputError:
    """Make the error about outlines that nobody drew, too many of them to be measured."""
    return InputError(
        "outlines as people draw them, few of which cross themselves or each other more than some times",
        found=found,
        remedy="Look for outlines whose corners are in no order, or no corners at all.",
    )


def _check_tangled(n: int) -> None:
    if n > _MOST_TANGLED:
        raise wild(f"{n} outlines or more that cross themselves thousands of times")


def _discs(rings: Rings, chosen: Ints) -> Geometries:
    """Make a polygon of each chosen ring, closed by repeating its first corner."""
    import shapely

    if len(chosen) == 0:
        return np.empty(0, object)
    first, size = (np.cumsum(rings.size) - rings.size)[chosen], rings.size[chosen]
    ring, place = spread(size + 1)
    corner = first[ring] + place
    corner[np.cumsum(size + 1) - 1] = first
    return np.asarray(shapely.polygons(shapely.linearrings(rings.xy.take(corner, axis=0), indices=ring)))


def _nested(discs: Geometries, owner: Ints) -> tuple[Ints, Geometries, Bools]:
    """Join the rings of each row that has several: a ring within an odd number of others bounds a hole.

    Returns
    -------
    rows : int64 array
        The rows, each once.
    region : array of shapely geometries
    fits : bool array
        False where rings cross, or touch along a line; `region` is then of no use.
    """
    import shapely

    rows, first, count = np.unique(owner, return_index=True, return_counts=True)
    if len(rows) == 0:
        return rows, np.empty(0, object), np.empty(0, bool)
    outer, inner = _within(discs, np.repeat(first, count), np.repeat(count, count))
    depth = np.bincount(inner, minlength=len(discs))
    is_hole = depth % 2 == 1
    shell = np.where(is_hole, -1, np.arange(len(discs)))
    direct = is_hole[inner] & (depth[outer] == depth[inner] - 1)
    shell[inner[direct]] = outer[direct]
    place = np.searchsorted(rows, owner)
    fits = np.bincount(place[shell < 0], minlength=len(rows)) == 0
    kept = np.flatnonzero(fits[place])
    order = kept[np.lexsort((is_hole[kept], shell[kept]))]  # each shell, then its holes
    region = np.full(len(rows), shapely.Polygon(), dtype=object)
    if len(order):
        shells, number = np.unique(shell[order], return_inverse=True)
        parts = shapely.polygons(shapely.get_exterior_ring(discs[order]), indices=number)
        found, row = np.unique(place[shells], return_inverse=True)
        region[found] = shapely.multipolygons(parts, indices=row)
    return rows, region, fits & np.asarray(shapely.is_valid(region))


def _within(discs: Geometries, first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """List which ring lies within which other of its row: outer, inner; `first` and `count` tell the row of each ring."""
    import shapely

    box = np.asarray(shapely.bounds(discs))
    found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for block in blocks(count, _AT_ONCE):
        number, place = spread(count[block])
        outer, inner = number + block.start, first[block][number] + place
        holds = (box[outer, :2] <= box[inner, :2]) & (box[outer, 2:] >= box[inner, 2:])
        able = holds.all(axis=1) & (outer != inner)
        outer, inner = outer[able], inner[able]
        covers = np.asarray(shapely.covers(discs[outer], discs[inner]), dtype=bool)
        found.append((outer[covers], inner[covers]))
    return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])


def _taken_apart(edges: Floats) -> object | None:
    """Cut edges where they cross, and join the faces between them that have an odd number of edges to their left.

    None if that is too much.
    """
    import shapely

    if crossings_exceed(edges, edges, _MOST_CROSSINGS):
        return None
    lines = shapely.linestrings(edges.reshape(-1, 2, 2))
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines)]))
    if len(faces) * len(edges) > _MOST_TESTS:
        return None
    inside = _inside(faces)
    block = max(_AT_ONCE // len(edges), 1)
    odd = [_is_odd(inside[start : start + block], edges) for start in range(0, len(inside), block)]
    kept: object = shapely.union_all(faces[np.concatenate(odd)]) if odd else shapely.Polygon()
    return kept


def _inside(faces: Geometries) -> Floats:
    """Give a point inside of each face: float64 [F, 2].

    GEOS' own may lie on the boundary, or in a sliver that a face runs out into; then it is the middle of the widest stretch
    at a height half way between two corners.
    """
    import shapely

    inner = shapely.point_on_surface(faces)
    points = np.asarray(shapely.get_coordinates(inner))
    left, bottom, right, top = shapely.bounds(faces).T
    size = np.maximum(right - left, top - bottom)
    for k in np.flatnonzero(shapely.distance(shapely.boundary(faces), inner) <= _NEAR * size):
        heights = np.unique(shapely.get_coordinates(faces[k])[:, 1])
        widest = -1.0
        for y in heights[:-1] + np.diff(heights) / 2:
            line = shapely.linestrings([[left[k] - size[k], y], [right[k] + size[k], y]])
            for start, _, end, _ in shapely.bounds(shapely.get_parts(shapely.intersection(faces[k], line))):
                if end - start > widest:
                    widest, points[k] = end - start, ((start + end) / 2, y)
    return points


def _is_odd(points: Floats, edges: Floats) -> Bools:
    """Tell which points have an odd number of edges to their right."""
    x, y = points[:, 0, None], points[:, 1, None]
    x0, y0, x1, y1 = edges.T
    spans = (y0 <= y) != (y1 <= y)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        right = x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    odd: Bools = (spans & right).sum(axis=1) % 2 == 1
    return odd
