"""Boxes over time: `parts` are frame numbers in ascending order, `geometry` left, top, right, bottom of each in turn.

A track has a box in every frame in which its object is seen: what lies between key frames is filled in when a file is
read, as its tool does it. Similarity is the intersection over union of the tracks as volumes of space and time, the sum
over frames of intersections / the sum over frames of unions, a missing frame counting as empty, as in Yang, Fan, Xu 2019
(Video instance segmentation, ICCV), there of masks. Two tracks without area are alike if they are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs, spread
from labelqa.kinds.window import blocks, search
from labelqa.stats.grouped import count_by, total_by

_AT_ONCE = 1_000_000
"""Boxes looked up at once; keeps the arrays within some tens of megabytes, however long the tracks are."""

Boxes = tuple[ArrayLike, ArrayLike]
"""A track outside of tables: frame numbers (k) and boxes (k, 4)."""


@dataclass(frozen=True, eq=False)
class Tracks:
    """N tracks end to end: frame and box (float64 [4, K]) of every box, first place and number of boxes of each track.

    `begin` and `end` are each track's first and last frame, `area` (float64 [N]) the sum of its areas, `bounds` (float64
    [4, N]) a box around all of its boxes, and `keys` the sorted (track, frame) of every box.
    """

    frame: Ints
    box: Floats
    first: Ints
    size: Ints
    begin: Ints
    end: Ints
    area: Floats
    bounds: Floats
    keys: Ints

    @classmethod
    def of(cls, frame: Ints, box: Floats, size: Ints) -> Tracks:
        """Lay out tracks of ascending frames and ordered corners."""
        owner, _ = spread(size)
        first = np.cumsum(size) - size
        keys = owner << 32 | frame
        if len(keys) > 1 and not (np.diff(keys) > 0).all():
            raise ValueError("track: parts are frame numbers in ascending order, each once")
        left, top, right, bottom = box
        area = total_by(owner, (right - left) * (bottom - top), len(size))
        bounds = np.zeros((4, len(size)))
        some = np.flatnonzero(size > 0)
        if len(some):
            bounds[:2, some] = np.minimum.reduceat(box[:2], first[some], axis=1)
            bounds[2:, some] = np.maximum.reduceat(box[2:], first[some], axis=1)
        ends = np.append(frame, 0)  # an empty track may have any
        begin, end = ends[first], ends[first + np.maximum(size, 1) - 1]
        return cls(frame, box, first, size, begin, end, area, bounds, keys)


def iou(a: Sequence[Boxes], b: Sequence[Boxes]) -> Floats:
    """Compare track a[k] with track b[k]; swapping `a` and `b` changes no bit.

    Parameters
    ----------
    a, b : sequences of one length n
        Tracks, each a pair of frame numbers, ascending, and boxes x1, y1, x2, y2, as many.

    Returns
    -------
    float64 array of length n, in [0, 1]

    Raises
    ------
    ValueError
        If `a` and `b` differ in length, frames and boxes differ in number, or frames do not ascend.

    Examples
    --------
    >>> box = [0, 0, 10, 10]
    >>> iou([([1, 2], [box, box])], [([2, 3], [box, [0, 0, 10, 5]])]).tolist()  # 100 of 250
    [0.4]
    >>> iou([([1], [box])], [([2], [box])]).tolist()  # no common frame
    [0.0]
    """
    if len(a) != len(b):
        raise ValueError(f"as many tracks on either side; found {len(a)} and {len(b)}")
    return _similarity(_laid_out([*a, *b]), np.arange(len(a)), np.arange(len(b)) + len(a))


def iou_matrix(a: Sequence[Boxes], b: Sequence[Boxes]) -> Floats:
    """Compare every track of `a` with every track of `b`: float64 (n, m).

    Examples
    --------
    >>> track = ([1, 2], [[0, 0, 10, 10], [0, 0, 10, 10]])
    >>> iou_matrix([track, ([1], [[0, 0, 10, 10]])], [track]).tolist()
    [[1.0], [0.5]]
    """
    row, column = (np.ravel(side) for side in np.indices((len(a), len(b))))
    return _similarity(_laid_out([*a, *b]), row, column + len(a)).reshape(len(a), len(b))


def _laid_out(tracks: Iterable[Boxes]) -> Tracks:
    pairs = [(np.ravel(np.asarray(f, dtype=np.int64)), np.asarray(box, dtype=np.float64)) for f, box in tracks]
    frames = [frame for frame, _ in pairs]
    flat = [np.ravel(box) for _, box in pairs]
    if any(len(numbers) != 4 * len(frame) for frame, numbers in zip(frames, flat, strict=True)):
        raise ValueError("a track has a frame number for each box of 4 numbers, x1 y1 x2 y2")
    size = np.array([len(frame) for frame in frames], dtype=np.int64)
    frame = np.concatenate(frames) if frames else np.empty(0, np.int64)
    if len(frame) and not 0 <= frame.min() <= frame.max() < 1 << 32:
        raise ValueError("frame numbers lie between 0 and 2^32 - 1")
    return Tracks.of(frame, _corners(np.concatenate(flat) if flat else np.empty(0)), size)


def _corners(flat: Floats) -> Floats:
    """Put the corners of boxes in order: float64 (4, K)."""
    sides = flat.reshape(-1, 4).T
    return np.concatenate([np.minimum(sides[:2], sides[2:]), np.maximum(sides[:2], sides[2:])])


def _similarity(tracks: Tracks, a: Ints, b: Ints) -> Floats:
    """Compare track a[k] with track b[k], some at a time."""
    found = np.empty(len(a))
    for rows in blocks(tracks.size[a] + tracks.size[b], _AT_ONCE):
        found[rows] = _iou(tracks, a[rows], b[rows])
    return found


def _iou(tracks: Tracks, a: Ints, b: Ints) -> Floats:
    """Intersection over union.

    Boxes in common frames come in the order of the frames either way, so that the sums have the same bits. A sum of
    intersections is at most the sum of areas of either track, rounding being monotone.
    """
    pair, one, other = _common(tracks, a, b)
    left, top, right, bottom = tracks.box
    width = np.minimum(right[one], right[other]) - np.maximum(left[one], left[other])
    height = np.minimum(bottom[one], bottom[other]) - np.maximum(top[one], top[other])
    both = total_by(pair, np.maximum(width, 0.0) * np.maximum(height, 0.0), len(a))
    either = tracks.area[a] + tracks.area[b] - both
    n_equal = count_by(pair[(tracks.box[:, one] == tracks.box[:, other]).all(axis=0)], len(a))
    equal = (n_equal == tracks.size[a]) & (n_equal == tracks.size[b])
    return np.where(equal, 1.0, np.divide(both, either, out=np.zeros(len(a)), where=either > 0))


def _common(tracks: Tracks, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """Join tracks on their frames: which pair, and the boxes of either track, by pair and frame.

    Between the later begin and the earlier end, tracks without gaps run side by side; others are looked up.
    """
    begin, end = np.maximum(tracks.begin[a], tracks.begin[b]), np.minimum(tracks.end[a], tracks.end[b])
    first_a, first_b = (np.searchsorted(tracks.keys, side << 32 | begin) for side in (a, b))
    last_a, last_b = (np.searchsorted(tracks.keys, side << 32 | end, side="right") for side in (a, b))
    n_a, n_b = np.maximum(last_a - first_a, 0), np.maximum(last_b - first_b, 0)
    gapless = (n_a == n_b) & (n_a == end - begin + 1)
    pair, place = spread(n_a)
    one, other = first_a[pair] + place, first_b[pair] + place
    search = np.flatnonzero(~gapless[pair])
    wanted = b[pair[search]] << 32 | tracks.frame[one[search]]
    found = np.searchsorted(tracks.keys, wanted)
    other[search] = np.where(np.append(tracks.keys, -1)[found] == wanted, found, -1)
    common = np.flatnonzero(other >= 0)
    return pair[common], one[common], other[common]


@dataclass(frozen=True)
class Track(ObjectKind):
    """Boxes over time."""

    name: ClassVar[str] = "track"

    def values(self, annotations: pl.DataFrame) -> Tracks:
        """Lay frames and boxes out end to end."""
        size = annotations["parts"].list.len().fill_null(0).to_numpy().astype(np.int64)
        numbers = annotations["geometry"].list.len().fill_null(0).to_numpy()
        if (numbers != 4 * size).any():
            raise ValueError("track: geometry holds 4 numbers, left top right bottom, for each frame number in parts")
        frame, flat = (
            annotations[name].explode(empty_as_null=False, keep_nulls=False) for name in ("parts", "geometry")
        )
        return Tracks.of(frame.to_numpy().astype(np.int64), _corners(flat.to_numpy()), size)

    def similarity(self, values: Tracks, a: Ints, b: Ints) -> Floats:
        """Sum over frames of intersections / sum over frames of unions."""
        return _similarity(values, a, b)

    def clipped(self, values: Tracks, width: Floats, height: Floats) -> Tracks:
        """Cut boxes to the frame; a box wholly outside becomes a box without area on its edge."""
        frame = np.repeat(np.stack([width, height, width, height]), values.size, axis=1)
        box = np.where(np.isnan(frame), values.box, np.clip(values.box, 0.0, frame))
        return Tracks.of(values.frame, box, values.size)

    def candidates(self, values: Tracks, runs: Runs, least: float) -> Candidates:
        """Find pairs among those whose places touch and that share frames and are of like size.

        IoU is at most the smaller sum of areas over the larger.
        """
        begin, end, area, size = values.begin, values.end, values.area, values.size

        def greatest(a: Ints, b: Ints) -> Floats:
            smaller, larger = np.minimum(area[a], area[b]), np.maximum(area[a], area[b])
            most = np.divide(smaller, larger, out=np.ones(len(a)), where=larger > 0)
            together = (begin[a] <= end[b]) & (begin[b] <= end[a]) | (size[a] + size[b] == 0)
            return np.where(together, most, 0.0)

        return search(values.bounds, runs, least, lambda a, b: self.similarity(values, a, b), greatest, values.size)


KIND = Track()
