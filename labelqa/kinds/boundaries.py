"""Area that regions share, from their edges alone: exact, in whole arrays, and without building what they share.

At a place x a region is the stretches between its edges. With s = 1 for an edge that a region begins at, seen upwards,
and -1 for one that it ends at, the length that regions A and B share at x is

    sum over edges e of A and f of B at x of s(e) s(f) min(0, y of f - y of e)

since the signs of either region add up to 0 at every x. So the area that they share is a sum over the pairs of edges
that lie over each other, with a closed form for each: min(0, a straight line) is a triangle or a trapezoid. Only
differences of coordinates are used, so that it makes no difference where the regions lie; and the sum is a continuous
function of the corners, so that shared sides, touching corners and edges on one line need no case of their own.

Pairs of edges are found by boxes in boxes: the edges of a region, in the order of its outline, lie in bunches of eight,
those in bunches of eight, up to one bunch. Two bunches whose boxes do not lie over each other, or of which f's is wholly
above e's, add nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.kinds.rings import Geometries
from labelqa.kinds.window import blocks
from labelqa.stats.grouped import distinct

_BUNCH = 8
"""Edges in a bunch, and bunches in a larger one."""

_LAID_OUT = 1 << 17
"""Corners on either side of pairs whose regions are laid out at once: some tens of megabytes."""

_AT_ONCE = 1 << 15
"""Corners on either side of pairs that are gone through at once; the arrays then stay in the processor's cache."""

_MOST_MEETINGS = 16
"""Meetings of bunches for each bunch of a pair of regions, up to which this is quicker than an overlay."""

_NEXT_TO_NOTHING = 1e-300
"""Keeps 0 / 0 from arising where two edges lie on one another."""


def shared_areas(region: Geometries, a: Ints, b: Ints) -> Floats:
    """Area that region a[k] and region b[k] share: float64; the bits depend on the two, and on their order.

    Parameters
    ----------
    region : array of shapely geometries [N]
        Polygons and multipolygons, valid.
    a, b : int64 arrays

    Returns
    -------
    float64 array of length len(a)
        Off by some 1e-16 of the box round both, in the columns that they share: what only touches may come out above 0.
        Infinite or nan where numbers are too large; nan where the edges of the two lie over each other so often that an
        overlay is quicker.

    Examples
    --------
    >>> import shapely
    >>> shapes = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 4, 4), shapely.Point(1, 1).buffer(0.5)])
    >>> shared_areas(shapes, np.array([0, 1]), np.array([1, 2])).round(3).tolist()
    [1.0, 0.196]
    """
    import shapely

    found = np.empty(len(a))
    size = shapely.get_num_coordinates(region[a]) + shapely.get_num_coordinates(region[b])
    for part in blocks(size, _LAID_OUT):
        rows, place = distinct(np.concatenate([a[part], b[part]]), len(region))
        one, other = place.reshape(2, -1)
        boundaries = Boundaries.of(region[rows])
        for some in blocks(size[part], _AT_ONCE):
            found[part][some] = boundaries.shared(one[some], other[some])
    return found


@dataclass(frozen=True, eq=False)
class _Tier:
    """Bunches of one size, C of them.

    `box` float64 [4, 8, C]: left, right, bottom, top of each member, without extent where there is none. `first` int64 [C]:
    number of the first member among the bunches of the tier below; of edges, 0. `root`, `count` int64 [N]: first bunch
    and number of bunches of each region.
    """

    box: Floats
    first: Ints
    root: Ints
    count: Ints

    @classmethod
    def of(cls, columns: Floats, count: Ints) -> _Tier:
        """Bunch members with boxes `columns` (4, M), side by side for each region, of which region k has count[k]."""
        n_bunches = -(-count // _BUNCH)
        root, bunch, slot = _bunched(count, n_bunches)
        box = np.empty((4, _BUNCH, int(n_bunches.sum())))
        box[[0, 2]], box[[1, 3]] = np.inf, -np.inf
        at = slot * box.shape[2] + bunch
        for side, column in zip(box, columns, strict=True):
            side.reshape(-1)[at] = column
        return cls(box, np.flatnonzero(slot == 0), root, n_bunches)

    def enclosing(self) -> Floats:
        """Give the boxes of the bunches: float64 (4, C)."""
        left, right, bottom, top = self.box
        return np.stack([left.min(axis=0), right.max(axis=0), bottom.min(axis=0), top.max(axis=0)])

    def meetings(self, one: Ints, other: Ints) -> tuple[Ints, Ints, Ints]:
        """Find the members of bunch one[k] and bunch other[k] that may add something: k, and the slot of either."""
        left, right, _, top = (side.take(one, axis=1)[:, None] for side in self.box)
        other_left, other_right, other_bottom, _ = (side.take(other, axis=1)[None] for side in self.box)
        meet = left < other_right
        meet &= other_left < right
        meet &= other_bottom < top
        slots, number = np.divmod(np.flatnonzero(meet), max(len(one), 1))
        return number, *np.divmod(slots, _BUNCH)


def _bunched(count: Ints, n_bunches: Ints) -> tuple[Ints, Ints, Ints]:
    """Number bunches: the first one of each region, and bunch and slot of every member."""
    root = np.cumsum(n_bunches) - n_bunches
    owner, place = spread(count)
    return root, root[owner] + place // _BUNCH, place % _BUNCH


@dataclass(frozen=True, eq=False)
class Boundaries:
    """The edges of N regions that are not upright, E of them, and the bunches that they lie in.

    `left`, `right` float64 [E]: where an edge begins and ends; `y` at its left end, and its `slope`; `sign` 1 where the
    region lies above it, or below it: for all of them one or the other. `tiers`: bunches of edges, bunches of those, and
    so on; in the last, each region has one bunch at most.
    """

    left: Floats
    right: Floats
    y: Floats
    slope: Floats
    sign: Floats
    tiers: tuple[_Tier, ...]

    @classmethod
    def of(cls, region: Geometries) -> Boundaries:
        """Lay out the edges of polygons and multipolygons."""
        owner, edges, sign = _edges(region)
        x0, y0, x1, y1 = edges
        with np.errstate(over="ignore", invalid="ignore"):
            slope = (y1 - y0) / (x1 - x0)
        columns = np.stack([x0, x1, np.minimum(y0, y1), np.maximum(y0, y1)])
        tiers = [_Tier.of(columns, np.bincount(owner, minlength=len(region)))]
        while tiers[-1].count.max(initial=0) > 1:
            tiers.append(_Tier.of(tiers[-1].enclosing(), tiers[-1].count))
        return cls(x0, x1, y0, slope, sign, tuple(tiers))

    def shared(self, a: Ints, b: Ints) -> Floats:
        """Area that region a[k] and region b[k] share; see `shared_areas`."""
        some = (self.tiers[0].count[a] > 0) & (self.tiers[0].count[b] > 0)
        lowest = sum((tier.count[a] > 1) | (tier.count[b] > 1) for tier in self.tiers)  # tier where both are one bunch
        pair = one = other = np.empty(0, np.int64)
        too_many = np.zeros(len(a), bool)
        for number, tier in reversed(list(enumerate(self.tiers))):
            new = np.flatnonzero(some & (lowest == number))
            pair, one, other = (
                np.concatenate(column) for column in ((pair, new), (one, tier.root[a[new]]), (other, tier.root[b[new]]))
            )
            most = _MOST_MEETINGS * (tier.count[a] + tier.count[b])
            many = np.bincount(pair, minlength=len(a)) > most
            if many.any():
                too_many |= many
                few = ~many[pair]
                pair, one, other = pair[few], one[few], other[few]
            which, slot, other_slot = tier.meetings(one, other)
            pair, one, other = pair[which], tier.first[one[which]] + slot, tier.first[other[which]] + other_slot
        total = np.bincount(pair, self._shared_by(one, other), len(a))
        return np.where(too_many, np.nan, np.abs(total))

    def _shared_by(self, one: Ints, other: Ints) -> Floats:
        """What edge one[k] and edge other[k] of two regions add to the area that they share."""
        from_a, from_b = self.left.take(one), self.left.take(other)
        slope_a, slope_b = self.slope.take(one), self.slope.take(other)
        left, right = np.maximum(from_a, from_b), np.minimum(self.right.take(one), self.right.take(other))
        with np.errstate(over="ignore", invalid="ignore"):
            up = self.y.take(other) - self.y.take(one)
            at_left = up + slope_b * (left - from_b) - slope_a * (left - from_a)
            at_right = up + slope_b * (right - from_b) - slope_a * (right - from_a)
            # Of a straight line from p to q, min(0, line) is as large as a triangle or trapezoid of
            # (|p| + |q| - p - q)^2 / (8 (|p| + |q|)) times its width.
            far = np.abs(at_left) + np.abs(at_right)
            below = far - (at_left + at_right)
            area = (right - left) * below * (below / (far + _NEXT_TO_NOTHING)) / -8
            return self.sign.take(one) * self.sign.take(other) * area


def _edges(region: Geometries) -> tuple[Ints, Floats, Floats]:
    """Give region, ends from left to right, and sign of all edges that are not upright: int64 [E], float64 (4, E), [E]."""
    xy, ring, owner = _rings(region)
    x, y = np.ascontiguousarray(xy.T)
    edge = np.flatnonzero((ring[1:] == ring[:-1]) & (x[1:] != x[:-1]))
    turned = x.take(edge) > x.take(edge + 1)
    left, right = edge + turned, edge + 1 - turned
    ends = np.stack([x.take(left), y.take(left), x.take(right), y.take(right)])
    return owner.take(edge), ends, np.where(turned, -1.0, 1.0)


def _rings(region: Geometries) -> tuple[Floats, Ints, Ints]:
    """Give the corners of all regions in order, with ring and region of each: float64 (K, 2), int64 [K], [K].

    Rings repeat their first corner at the end. Where a region has several, those round holes run the other way.
    """
    import shapely

    plain = (shapely.get_type_id(region) == shapely.GeometryType.POLYGON) & (
        shapely.get_num_interior_rings(region) == 0
    )
    xy, owner = shapely.get_coordinates(region, return_index=True)
    if plain.all():
        return xy, owner, owner
    others = np.flatnonzero(~plain)
    parts, row = shapely.get_parts(shapely.orient_polygons(region[others]), return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    is_plain = plain[owner]
    xy = np.concatenate([xy[is_plain], corners])
    owner, ring = (
        np.concatenate(column)
        for column in ((owner[is_plain], others[row[part[ring]]]), (owner[is_plain], ring + len(region)))
    )
    order = np.argsort(owner, kind="stable")
    return xy[order], ring[order], owner[order]
