"""Which detections overlap which ground truth of their class and image by half or more, and by how much.

Overlap is intersection over union; with a crowd it is intersection over the area of the detection, which may cover any
part of the crowd. A box without area overlaps nothing, not even its equal, as in pycocotools.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.kinds.mask import Masks, intersection
from labelqa.kinds.window import blocks, shared
from labelqa.measures.coco.layout import MOST_DETECTIONS, Bools, Sides, places

LEAST = 0.5
"""Least overlap that matters to any figure."""

_AT_ONCE = 1 << 17
"""Pairs looked at in one go; the arrays then stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Pairs of an overlap of at least `LEAST`: detection and ground truth (rows of `Sides`), sorted by detection."""

    detection: Ints
    truth: Ints
    overlap: Floats


def overlaps(sides: Sides, alike: Ints) -> Overlaps:
    """Find the pairs, in one pass over all images and classes.

    Parameters
    ----------
    sides : Sides
    alike : int64 array
        Equal for ground truth that is ignored alike. Of one sort no detection looks further than at the `MOST_DETECTIONS`
        that it overlaps most: those before it took at most one each. So no more are kept, however many there are.
    """
    truth, detections = sides.truth, sides.detections
    of_truth = truth.cls * sides.n_images + truth.image
    starts = np.flatnonzero(np.diff(of_truth, prepend=-1))
    group, size = of_truth[starts], np.diff(np.append(starts, len(of_truth)))
    of_detection = detections.cls * sides.n_images + detections.image
    at = np.minimum(np.searchsorted(group, of_detection), max(len(group) - 1, 0))
    with_truth = np.flatnonzero(group[at] == of_detection) if len(group) else np.empty(0, np.int64)
    at = at[with_truth]
    found: list[tuple[Ints, Ints, Floats]] = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    compare = _masks if isinstance(truth.shape, Masks) else _boxes
    for block in blocks(size[at], _AT_ONCE):
        which, place = spread(size[at[block]])
        detection, row = with_truth[block][which], starts[at[block]][which] + place
        found.append(_nearest(*compare(sides, detection, row), alike))
    detection, row, overlap = (np.concatenate(column) for column in zip(*found, strict=True))
    return Overlaps(detection, row, overlap)


def _nearest(detection: Ints, truth: Ints, overlap: Floats, alike: Ints) -> tuple[Ints, Ints, Floats]:
    """Keep the `MOST_DETECTIONS` of each sort that a detection overlaps most, of equal ones the last."""
    if len(detection) == 0 or int(np.bincount(detection - detection[0]).max()) <= MOST_DETECTIONS:
        return detection, truth, overlap
    sort = alike[truth]
    order = np.lexsort((-truth, -overlap, sort, detection))
    starts = (np.diff(detection[order], prepend=-1) != 0) | (np.diff(sort[order], prepend=-1) != 0)
    kept = np.sort(order[places(starts) < MOST_DETECTIONS])
    return detection[kept], truth[kept], overlap[kept]


def _boxes(sides: Sides, detection: Ints, truth: Ints) -> tuple[Ints, Ints, Floats]:
    """Compare boxes."""
    one, other = sides.detections.shape, sides.truth.shape
    d, t = sides.detections.row[detection], sides.truth.row[truth]
    height = np.minimum(one[3][d], other[3][t]) - np.maximum(one[1][d], other[1][t])
    touching = np.flatnonzero(height > 0)
    detection, truth, d, t, height = (column[touching] for column in (detection, truth, d, t, height))
    left, top, right, bottom = one[:, d]
    their_left, their_top, their_right, their_bottom = other[:, t]
    width = np.minimum(right, their_right) - np.maximum(left, their_left)
    both: Floats = np.maximum(width, 0.0) * height
    area, theirs = (right - left) * (bottom - top), (their_right - their_left) * (their_bottom - their_top)
    return _near(detection, truth, both, area, theirs, sides.truth.is_crowd[truth])


def _masks(sides: Sides, detection: Ints, truth: Ints) -> tuple[Ints, Ints, Floats]:
    """Compare masks, of those pairs whose boxes and numbers of pixels allow enough overlap."""
    one, other = sides.detections.shape, sides.truth.shape
    d, t = sides.detections.row[detection], sides.truth.row[truth]
    area, theirs = one.area[d].astype(np.float64), other.area[t].astype(np.float64)
    is_crowd = sides.truth.is_crowd[truth]
    bounds = np.concatenate([one.box[:, d], other.box[:, t]], axis=1).astype(np.float64)
    most = shared(bounds, np.arange(len(d)), np.arange(len(d)) + len(d))
    most = np.minimum(most, np.minimum(area, theirs))
    able = np.flatnonzero(2 * most >= np.where(is_crowd, area, area + theirs - most))
    able = able[most[able] > 0]
    detection, truth = detection[able], truth[able]
    both = intersection(one, d[able], other, t[able]).astype(np.float64)
    return _near(detection, truth, both, area[able], theirs[able], is_crowd[able])


def _near(
    detection: Ints, truth: Ints, both: Floats, area: Floats, theirs: Floats, is_crowd: Bools
) -> tuple[Ints, Ints, Floats]:
    """Divide, and keep what overlaps by enough."""
    either = np.where(is_crowd, area, area + theirs - both)
    some = both > 0
    overlap = np.divide(both, either, out=np.zeros(len(both)), where=some)
    near = np.flatnonzero(some & (overlap >= LEAST))
    return detection[near], truth[near], overlap[near]
