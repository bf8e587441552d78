"""COCO's matching: detections choose in order of their confidence, for all thresholds and sizes of area at once.

A detection takes, of the ground truth of its class and image that is still free and overlaps enough, the one that
overlaps most, of equal ones the last; ground truth to be ignored (crowds, areas out of range) only if there is no other.
A crowd may be taken any number of times. The 10 thresholds and 4 ranges of area do not know of each other: they are
40 bits of one number, and each step below is taken for all of them, and for all classes and images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.coco.layout import Bools, Marks, Sides, places
from labelqa.measures.coco.overlaps import Overlaps

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""Least overlap of a match."""

RANGES = ((0.0, 1e10), (0.0, 32.0**2), (32.0**2, 96.0**2), (96.0**2, 1e10))
"""Ranges of area, ends included: all, small, medium, large."""

Bits = NDArray[np.uint64]
"""A bit for each range and threshold: bit 10 * range + threshold."""

_ONE_RANGE = np.uint64((1 << len(THRESHOLDS)) - 1)
_EVERY_RANGE = np.uint64(sum(1 << len(THRESHOLDS) * k for k in range(len(RANGES))))
_NONE, _ALL = np.uint64(0), _ONE_RANGE * _EVERY_RANGE


@dataclass(frozen=True, eq=False)
class Matched:
    """What became of the detections.

    Parameters
    ----------
    hit, hit_ignored : Bits [D]
        Where each took ground truth that counts, and such that is ignored.
    in_range : bool array (ranges, D)
        Whether its area is in range.
    n_truth : int64 array (ranges, classes)
        Ground truth that counts.
    """

    hit: Bits
    hit_ignored: Bits
    in_range: Bools
    n_truth: Ints


def alike(truth: Marks) -> Ints:
    """Give ground truth that is ignored in the same ranges and ways the same number."""
    sort = truth.is_crowd.astype(np.int64)
    for k, one in enumerate(_in_range(truth.area)):
        sort |= one.astype(np.int64) << k + 1
    return sort


def matched(sides: Sides, found: Overlaps) -> Matched:
    """Match detections with ground truth."""
    truth = sides.truth
    counted = _in_range(truth.area) & ~truth.is_crowd
    n_truth = np.stack([np.bincount(truth.cls[one], minlength=sides.n_classes) for one in counted])
    ignored = _bits(~counted)
    kept_free = np.where(truth.is_crowd, _NONE, _ALL)
    detection, row, reached = _in_order(found)
    n_steps = len(detection)
    free = np.stack([reached & ~ignored[row], reached & ignored[row]])
    order, bounds = _rounds(sides, detection)
    done, taken = np.zeros(len(sides.detections), np.uint64), np.zeros(len(truth), np.uint64)
    # Side by side in the order in which they are looked at, so that a round is a slice.
    step, again = order % max(n_steps, 1), order >= n_steps
    mine, theirs, wanted = detection[step], row[step], free[again.astype(np.int64), step]
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        one, other = mine[start:end], theirs[start:end]
        won = wanted[start:end] & ~(done[one] | taken[other])
        done[one] |= won
        taken[other] |= won & kept_free[other]
        wanted[start:end] = won
    hit = np.zeros(len(done), np.uint64)
    some = wanted != 0
    first = np.flatnonzero(some & ~again)
    np.bitwise_or.at(hit, mine[first], wanted[first])
    return Matched(hit, done & ~hit, _in_range(sides.detections.area), n_truth)


def _in_range(area: Floats) -> Bools:
    return np.stack([(area >= low) & (area <= high) for low, high in RANGES])


def _bits(of_range: Bools) -> Bits:
    """Set all thresholds of a range where it is marked: bool array (ranges, N) to bits [N]."""
    found = np.zeros(of_range.shape[1], np.uint64)
    for k, one in enumerate(of_range):
        found |= np.where(one, _ONE_RANGE << np.uint64(k * len(THRESHOLDS)), _NONE)
    return found


def _in_order(found: Overlaps) -> tuple[Ints, Ints, Bits]:
    """Sort the pairs of each detection as it looks at them; give them with the thresholds that they reach."""
    order = np.lexsort((-found.truth, -found.overlap, found.detection))
    detection, row, overlap = found.detection[order], found.truth[order], found.overlap[order]
    level = np.searchsorted(THRESHOLDS, overlap, side="right").astype(np.uint64)
    return detection, row, ((np.uint64(1) << level) - np.uint64(1)) * _EVERY_RANGE


def _rounds(sides: Sides, detection: Ints) -> tuple[Ints, Ints]:
    """Put the steps into rounds, of which each holds one step of a class in an image at most.

    A detection looks at all of its pairs for ground truth that counts (step k of n), and then again for such that is
    ignored (step n + k), before the next one does.

    Returns
    -------
    order : int64 array [2 n]
        Steps by round.
    bounds : int64 array [rounds + 1]
        The first of each round, and the end.
    """
    if len(detection) == 0:
        return np.empty(0, np.int64), np.zeros(1, np.int64)
    place = places(np.diff(detection, prepend=-1) != 0)
    n_pairs = np.bincount(detection)[detection]
    marks = sides.detections
    group = marks.cls[detection] * sides.n_images + marks.image[detection]
    in_group = places(np.diff(group, prepend=-1) != 0)
    before = in_group - place
    number = np.concatenate([2 * before + place, 2 * before + n_pairs + place])
    return np.argsort(number, kind="stable"), np.append(0, np.cumsum(np.bincount(number)))
