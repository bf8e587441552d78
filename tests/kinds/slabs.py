"""Exact areas of even-odd regions in fractions, by cutting the plane into slabs at every corner and crossing."""

from fractions import Fraction
from itertools import combinations, pairwise


def edges(rings):
    """List the edges of rings as pairs of corners."""
    found = []
    for ring in rings:
        corners = [(Fraction(x), Fraction(y)) for x, y in ring]
        found += [tuple(sorted(edge)) for edge in zip(corners, corners[1:] + corners[:1], strict=True)]
    return [edge for edge in found if edge[0][0] != edge[1][0]]


def _height(edge, x):
    (x0, y0), (x1, y1) = edge
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def _crossing(one, other):
    (x0, y0), (x1, y1) = one
    (u0, v0), (u1, v1) = other
    slope, other_slope = (y1 - y0) / (x1 - x0), (v1 - v0) / (u1 - u0)
    if slope != other_slope:
        x = (v0 - other_slope * u0 - y0 + slope * x0) / (slope - other_slope)
        if max(x0, u0) <= x <= min(x1, u1):
            yield x


def area_where(inside, *regions):
    """Area of the places where `inside` holds of being in each of the regions, each a list of rings."""
    lines = [(edge, number) for number, rings in enumerate(regions) for edge in edges(rings)]
    cuts = {corner[0] for edge, _ in lines for corner in edge}
    for (one, _), (other, _) in combinations(lines, 2):
        cuts.update(_crossing(one, other))
    total = Fraction(0)
    for left, right in pairwise(sorted(cuts)):
        middle = (left + right) / 2
        crossed = sorted((_height(edge, middle), n) for edge, n in lines if edge[0][0] <= left and edge[1][0] >= right)
        is_in = [False] * len(regions)
        for (y, n), (above, _) in pairwise(crossed):
            is_in[n] = not is_in[n]
            if inside(*is_in):
                total += (above - y) * (right - left)
    return total


def iou(a, b):
    """Intersection over union; None where neither has an area."""
    either = area_where(lambda p, q: p or q, a, b)
    return float(area_where(lambda p, q: p and q, a, b) / either) if either else None
