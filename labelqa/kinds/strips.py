"""The strip of all places within a distance of a line: shapely's buffer with round ends, in bulk.

The buffer of a line that keeps coming back to itself takes time by the square of its points. Such a line is drawn as
the union of the strips of its segments, which is the same region; and one that would still take minutes, thousands of
strokes right across a wide frame, is taken for filled, the strip of its convex hull.
"""

from __future__ import annotations

import numpy as np

from labelqa.kinds.crossings import crossings_exceed
from labelqa.kinds.kind import Floats, spread
from labelqa.kinds.rings import Geometries, Rings
from labelqa.kinds.shapes import Shapes, boxes_round, keys_of

_QUARTER = 16
"""Straight pieces of a quarter of a round end."""

_MANY = 100
"""Points from which a line is looked at before its strip is drawn."""

_MOST_MEETINGS = 1_000
"""Times that a line may come near itself for its strip to be drawn in one go."""

_MOST_CROSSINGS = 100_000
"""Meetings of its own segments from which a wide line is taken for filled."""

_WIDE = 30_000
"""Area of the box round a line, in squares of its tolerance, from which it is wide."""

_MOST_POINTS = 20_000
"""Points from which a line that keeps coming back is taken for filled, wide or not."""


def strips(lines: Rings, tolerance: Floats) -> Shapes:
    """Draw the strip of each row's lines, `tolerance` (float64 [N]) to either side."""
    import shapely

    first = lines.first
    line = _joined(lines.without_tiny())
    region = np.full(len(line), shapely.Polygon(), dtype=object)
    hard = np.zeros(len(line), bool)
    for row in np.flatnonzero((np.diff(first) > _MANY) & (tolerance > 0)):
        segments = _segments(line[row])
        hard[row] = _keeps_coming_back(segments, tolerance[row])
        if hard[row]:
            region[row] = _drawn_by_segments(segments, line[row], tolerance[row])
    with np.errstate(all="ignore"):  # numbers that are lost on the way are no concern of those who call
        region[~hard] = shapely.buffer(line[~hard], tolerance[~hard], quad_segs=_QUARTER)
    bounds = boxes_round(lines.xy, first)
    bounds += np.stack([-tolerance, -tolerance, tolerance, tolerance]) * (1 + 1e-9)
    key = keys_of(lines.xy, first, lines.size, lines.count)
    return Shapes(region, np.asarray(shapely.area(region), dtype=np.float64), bounds, key)


def _joined(lines: Rings) -> Geometries:
    """Make one geometry of the lines of each row."""
    import shapely

    line = np.full(len(lines.count), shapely.MultiLineString(), dtype=object)
    drawn = np.flatnonzero(lines.size > 0)
    if len(drawn):
        size = lines.size[drawn]
        part, place = spread(np.maximum(size, 2))  # a single point is a line between two equal points
        start = (np.cumsum(lines.size) - lines.size)[drawn]
        xy = lines.xy[start[part] + np.minimum(place, size[part] - 1)]
        rows, number = np.unique(lines.owner[drawn], return_inverse=True)
        line[rows] = shapely.multilinestrings(shapely.linestrings(xy, indices=part), indices=number)
    return line


def _segments(line: object) -> Floats:
    """Give the segments of a line: float64 [n, 4], x and y of either end."""
    import shapely

    xy, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    return np.asarray(np.hstack([xy[:-1], xy[1:]])[part[1:] == part[:-1]], dtype=np.float64)


def _keeps_coming_back(segments: Floats, tolerance: float) -> bool:
    """Tell whether many stretches of a line, each about as long as the tolerance, come within it of one another."""
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    travelled = np.cumsum(length)
    unit = max(tolerance, travelled[-1] * 1e-12)
    first = np.flatnonzero(np.diff(np.floor(travelled / unit), prepend=-1))
    ends = np.hstack([segments[:, :2], segments[:, 2:]]).reshape(-1, 2, 2)
    low = np.minimum.reduceat(ends.min(axis=1), first) - tolerance
    high = np.maximum.reduceat(ends.max(axis=1), first) + tolerance
    boxes = np.hstack([low, high])
    return crossings_exceed(boxes, boxes, _MOST_MEETINGS)


def _drawn_by_segments(segments: Floats, line: object, tolerance: float) -> object:
    """Join the strips of all segments."""
    import shapely

    left, top, right, bottom = shapely.bounds(line)
    wide = (right - left) * (bottom - top) > _WIDE * tolerance**2
    if len(segments) > _MOST_POINTS or (wide and crossings_exceed(segments, segments, _MOST_CROSSINGS)):
        filled: object = shapely.buffer(shapely.convex_hull(line), tolerance, quad_segs=_QUARTER)
        return filled
    strokes = shapely.linestrings(segments.reshape(-1, 2, 2))
    with np.errstate(all="ignore"):
        joined: object = shapely.union_all(shapely.buffer(strokes, tolerance, quad_segs=_QUARTER))
    return joined
