"""From matches to precision at 101 levels of recall, and to recall, class by class."""

from __future__ import annotations

import numpy as np

from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.measures.coco.greedy import RANGES, THRESHOLDS, Bits, Matched
from labelqa.measures.coco.layout import Sides

LEVELS = np.linspace(0.0, 1.0, 101)
"""Levels of recall at which precision is read."""

_CLASSES_AT_ONCE = 1 << 12


def precision(sides: Sides, found: Matched) -> Floats:
    """Mean precision over the levels of recall and the classes with ground truth: float64 (ranges, thresholds).

    nan where no class has ground truth in the range.
    """
    order = sides.by_score
    cls = sides.detections.cls[order]
    hit, hit_ignored = found.hit[order], found.hit_ignored[order]
    some = np.flatnonzero((hit | hit_ignored) != 0)
    hit, hit_ignored, of_class = hit[some], hit_ignored[some], cls[some]
    first, first_hit = (np.searchsorted(of, np.arange(sides.n_classes)) for of in (cls, of_class))
    mean = np.full((len(RANGES), len(THRESHOLDS)), np.nan)
    for k, in_range in enumerate(found.in_range):
        n_truth = found.n_truth[k]
        n_classes = np.count_nonzero(n_truth)
        if n_classes == 0:
            continue
        inside = in_range[order]
        before = np.append(0, np.cumsum(inside))
        base = before[some + 1] - before[first][of_class]  # in range, up to here, in this class
        for t in range(len(THRESHOLDS)):
            is_hit, is_ignored = (_bit(bits, k, t) for bits in (hit, hit_ignored))
            # A hit counts although its own area is out of range; what took ignored ground truth does not.
            more = np.append(0, np.cumsum((is_hit & ~inside[some]).astype(np.int64) - (is_ignored & inside[some])))
            at = np.flatnonzero(is_hit)
            n_so_far = base[at] + more[at + 1] - more[first_hit][of_class[at]]
            total = _read_off(of_class[at], n_so_far, n_truth)
            mean[k, t] = total / (n_classes * len(LEVELS))
    return mean


def recall(sides: Sides, found: Matched, most: int, which: int) -> float:
    """Mean recall over thresholds and classes, with at most so many detections of a class in an image.

    Parameters
    ----------
    most : int
    which : int
        Number of the range of area.

    Returns
    -------
    float
        nan where no class has ground truth in the range.
    """
    n_truth = found.n_truth[which]
    known = np.flatnonzero(n_truth)
    if len(known) == 0:
        return float("nan")
    some = np.flatnonzero((found.hit != 0) & (sides.rank < most))
    hit, cls = found.hit[some], sides.detections.cls[some]
    shares = [
        np.bincount(cls[_bit(hit, which, t)], minlength=sides.n_classes)[known] / n_truth[known]
        for t in range(len(THRESHOLDS))
    ]
    return float(np.mean(shares))


def _bit(bits: Bits, which: int, threshold: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return (bits >> np.uint64(which * len(THRESHOLDS) + threshold) & np.uint64(1)).astype(np.bool_)


def _read_off(cls: Ints, n_so_far: Ints, n_truth: Ints) -> float:
    """Sum over classes and levels the greatest precision at that recall or beyond it, 0 where it is not reached.

    Parameters
    ----------
    cls : int64 array
        Class of every hit, ascending; by falling confidence within a class.
    n_so_far : int64 array
        Detections of its class that count, up to and with each hit.
    n_truth : int64 array [classes]
    """
    n_hits = np.bincount(cls, minlength=len(n_truth))
    known = np.flatnonzero(n_hits)
    first = np.cumsum(n_hits) - n_hits
    _, place = spread(n_hits)
    share = (place + 1.0) / (n_so_far + np.spacing(1.0))
    total = 0.0
    for start in range(0, len(known), _CLASSES_AT_ONCE):
        some = known[start : start + _CLASSES_AT_ONCE]
        needed = _needed(n_truth[some])
        reached = needed <= n_hits[some, None]
        at = first[some, None] + np.minimum(np.maximum(needed, 1), n_hits[some, None]) - 1
        end = first[some[-1]] + n_hits[some[-1]]
        # Greatest from each level to the next, and from there on to the last.
        best = np.maximum.reduceat(share[:end], at.ravel()).reshape(at.shape)
        best = np.maximum.accumulate(best[:, ::-1], axis=1)[:, ::-1]
        total += float(best[reached].sum())
    return total


def _needed(n_truth: Ints) -> Ints:
    """Hits needed for every level of recall: the fewest n with n / n_truth >= level, in floating point as it is."""
    exact = LEVELS[None, :] * n_truth[:, None]
    needed = np.maximum(np.ceil(exact).astype(np.int64) - 1, 0)
    for _ in range(2):
        needed += needed / n_truth[:, None] < LEVELS[None, :]
    return needed
