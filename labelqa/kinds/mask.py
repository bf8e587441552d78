"""Masks: sets of pixels, as run lengths inside the box round them.

`geometry` is left, top, right, bottom of the box in whole pixels, right and bottom not included; `parts` are run lengths
inside it, column by column from the top left, background first (0 if the first pixel is set), adding up to its area. An
empty mask has the box 0, 0, 0, 0 and no runs. Similarity is pixels in both / pixels in either (Jaccard 1912), counted
exactly; two empty masks are alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from labelqa.kinds import raster, run_lengths
from labelqa.kinds.columns import Columns, shared_pixels
from labelqa.kinds.given import are_numbers, elementwise
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs, spread
from labelqa.kinds.window import blocks, greatest_iou, search
from labelqa.kinds.window import iou as iou_of_areas
from labelqa.stats.grouped import distinct

_AT_ONCE = 1 << 16
"""Edges of runs compared at once; the arrays then stay in the processor's cache."""

_LAID_OUT = 1 << 19
"""Edges of pairs whose masks are laid out by columns at once."""

_PAIRS_AT_ONCE = 1 << 18
"""Pairs of a matrix compared at once."""

EDGE = (1 << 31) - 1
"""The bits of a key that hold the edge; above them is the number of the mask."""

Pixels = Any
"""A mask outside of tables, in one of the forms that `iou` takes."""


@dataclass(frozen=True, eq=False)
class Masks:
    """N masks end to end.

    `keys` (int64 [K]) are mask number << 31 | edge, ascending, of every edge (see `raster`) of pixels numbered by columns
    of the mask's `box` (int64 [4, N]); `first` [N] and `size` [N] the place and number of each mask's edges; `area` [N]
    its pixels. A mask without pixels has the box 0, 0, 0, 0.
    """

    keys: Ints
    box: Ints
    first: Ints
    size: Ints
    area: Ints

    @classmethod
    def of(cls, keys: Ints, box: Ints) -> Masks:
        """Lay out masks from starts and ends by turns, not descending within a mask."""
        n = box.shape[1]
        keys = raster.merged(keys)
        owner, edge = keys >> 31, keys & EDGE
        size = np.bincount(owner, minlength=n)
        first = np.cumsum(size) - size
        total = np.append(0, np.cumsum(edge[1::2] - edge[::2]))
        area = total[(first + size) // 2] - total[first // 2]
        return cls(keys, np.where(area > 0, box, 0), first, size, area)


def iou(a: Sequence[Pixels] | Pixels, b: Sequence[Pixels] | Pixels) -> Floats:
    """Intersection over union of mask a[k] and mask b[k].

    Parameters
    ----------
    a, b : sequences of one length n, or one mask
        Masks, each in one of three forms: a pair of geometry and parts as a project stores them; COCO's run lengths, a
        mapping {"size": [height, width], "counts": list or compressed text}; an array of pixels (height, width), bool or
        uint8, set where it is not 0. One mask alone is compared with each of the other side. The top left pixels of the
        images lie on one another, whatever their sizes.

    Returns
    -------
    float64 array of length n, in [0, 1]; of shape () if one mask is compared with one
        Both are exact counts, so that swapping `a` and `b` changes no bit.

    Raises
    ------
    ValueError
        If `a` and `b` differ in length, or a mask is in none of these forms.

    Examples
    --------
    >>> left = {"size": [2, 3], "counts": [0, 4, 2]}  # columns of 2 pixels: the first two are set
    >>> right = ((1, 0, 3, 2), [0, 4])
    >>> iou([left, left], [right, left]).tolist()
    [0.3333333333333333, 1.0]
    >>> float(iou(left, right))
    0.3333333333333333
    """
    return elementwise(a, b, _is_one, lambda masks, one, other: _similarity(_laid_out(masks), one, other))


def iou_matrix(a: Sequence[Pixels], b: Sequence[Pixels]) -> Floats:
    """Intersection over union of every mask of `a` with every mask of `b`, in the forms that `iou` takes.

    Returns
    -------
    float64 array of shape (n, m)

    Examples
    --------
    >>> iou_matrix([((0, 0, 2, 2), [0, 4])], [((0, 0, 1, 2), [0, 2]), ((5, 5, 6, 6), [0, 1])]).tolist()
    [[0.5, 0.0]]
    """
    values = _laid_out([*a, *b])
    found = np.empty((len(a), len(b)))
    some = max(_PAIRS_AT_ONCE // max(len(b), 1), 1)
    for start in range(0, len(a), some):
        rows = np.arange(start, min(start + some, len(a)))
        column = np.tile(np.arange(len(b)) + len(a), len(rows))
        found[rows] = _similarity(values, np.repeat(rows, len(b)), column).reshape(len(rows), len(b))
    return found


def _is_one(given: Any) -> bool:
    if isinstance(given, Mapping):
        return True
    if isinstance(given, np.ndarray):
        return given.ndim == 2
    return isinstance(given, tuple | list) and len(given) == 2 and are_numbers(given[0], 4)


def _laid_out(masks: Sequence[Pixels]) -> Masks:
    boxes, keys = [], []
    for number, mask in enumerate(masks):
        box, edges = _read(mask)
        boxes.append(box)
        keys.append(number << 31 | edges)
    flat = np.concatenate(keys) if keys else np.empty(0, np.int64)
    return Masks.of(flat, np.array(boxes, dtype=np.int64).reshape(-1, 4).T)


def _read(mask: Pixels) -> tuple[raster.Box, Ints]:
    """Take a mask in any of the forms: its box and edges."""
    if isinstance(mask, Mapping):
        height, width = _size(mask.get("size"))
        return raster.tight(run_lengths.edges(mask.get("counts"), height * width), height)
    if isinstance(mask, np.ndarray) and mask.ndim == 2 and mask.dtype in (np.bool_, np.uint8):
        height, width = _size(mask.shape)
        return raster.tight(raster.of_pixels(column for column in mask.T != 0), height)
    if isinstance(mask, tuple | list) and len(mask) == 2:
        geometry = np.asarray(mask[0], dtype=np.float64)
        if geometry.shape != (4,):
            raise ValueError("mask: geometry holds 4 numbers, left, top, right, bottom of a box")
        left, top, right, bottom = _boxes(geometry)[:, 0].tolist()
        return (left, top, right, bottom), run_lengths.edges(mask[1], (right - left) * (bottom - top))
    raise ValueError(
        "a mask is a pair of geometry and parts, COCO's run lengths, or an array of pixels (height, width)"
    )


def _size(size: Any) -> tuple[int, int]:
    if isinstance(size, list | tuple) and len(size) == 2 and all(isinstance(side, int | np.integer) for side in size):
        height, width = int(size[0]), int(size[1])
        if height >= 0 and width >= 0 and height * width <= raster.MAX_PIXELS:
            return height, width
    raise ValueError(f"a mask has a size of height, width, whole numbers of at most {raster.MAX_PIXELS} pixels")


def _boxes(flat: Floats) -> Ints:
    """Check boxes of four numbers each: int64 (4, N)."""
    sides = flat.reshape(-1, 4).T
    whole = (np.abs(sides) <= 2 * raster.MAX_PIXELS) & (sides == np.floor(sides))
    with np.errstate(invalid="ignore"):
        width, height = sides[2] - sides[0], sides[3] - sides[1]
        fits = (width >= 0) & (height >= 0) & (width * height <= raster.MAX_PIXELS)
    if not (whole.all() and fits.all()):
        raise ValueError(
            "mask: geometry holds left, top, right, bottom of a box in whole pixels, "
            f"of at most {raster.MAX_PIXELS} pixels in all"
        )
    return sides.astype(np.int64)


def _similarity(masks: Masks, a: Ints, b: Ints) -> Floats:
    """Compare mask a[k] with mask b[k]."""
    area_a, area_b = masks.area[a], masks.area[b]
    both = intersection(masks, a, masks, b)
    return iou_of_areas(
        both.astype(np.float64),
        area_a.astype(np.float64),
        area_b.astype(np.float64),
        (both == area_a) & (both == area_b),
    )


def intersection(masks: Masks, a: Ints, others: Masks, b: Ints) -> Ints:
    """Count the pixels that mask a[k] and other mask b[k] share: int64 array."""
    found = np.empty(len(a), dtype=np.int64)
    for block in blocks(masks.size[a] + others.size[b], _LAID_OUT):
        found[block] = _by_columns(masks, a[block], others, b[block])
    return found


def _by_columns(masks: Masks, a: Ints, others: Masks, b: Ints) -> Ints:
    """Compare pairs of masks with few runs in a column by columns, others by edges."""
    if masks is others:
        rows, place = distinct(np.concatenate([a, b]), len(masks.size))
        one = other = _columns(masks, rows)
        row_a, row_b = place.reshape(2, -1)
    else:
        (rows, row_a), (other_rows, row_b) = distinct(a, len(masks.size)), distinct(b, len(others.size))
        one, other = _columns(masks, rows), _columns(others, other_rows)
    fit = one.fits[row_a] & other.fits[row_b]
    found = np.empty(len(a), dtype=np.int64)
    found[fit] = shared_pixels(one, row_a[fit], other, row_b[fit])
    found[~fit] = _by_edges(masks, a[~fit], others, b[~fit])
    return found


def _columns(masks: Masks, rows: Ints) -> Columns:
    owner, place = spread(masks.size[rows])
    return Columns.of(masks.keys[masks.first[rows][owner] + place] & EDGE, masks.size[rows], masks.box[:, rows])


def _by_edges(masks: Masks, a: Ints, others: Masks, b: Ints) -> Ints:
    """Compare each pair inside the window that their boxes share, where the edges of both are numbered alike."""
    found = np.zeros(len(a), dtype=np.int64)
    window = np.concatenate(
        [np.maximum(masks.box[:2, a], others.box[:2, b]), np.minimum(masks.box[2:, a], others.box[2:, b])]
    )
    meet = np.flatnonzero((window[0] < window[2]) & (window[1] < window[3]))
    a, b, window = a[meet], b[meet], window[:, meet]
    (first_a, size_a), (first_b, size_b) = _inside(masks, a, window), _inside(others, b, window)
    for block in blocks(size_a + size_b, _AT_ONCE):
        pair_a, of_a = _cut(masks, a[block], first_a[block], size_a[block], window[:, block])
        pair_b, of_b = _cut(others, b[block], first_b[block], size_b[block], window[:, block])
        found[meet[block]] = raster.in_both(pair_a, of_a, pair_b, of_b, len(meet[block]))
    return found


def _inside(masks: Masks, row: Ints, window: Ints) -> tuple[Ints, Ints]:
    """Find the edges of the runs in the columns of each window, which lies in the mask's box: first one and number."""
    left, top, _, bottom = masks.box[:, row]
    height = bottom - top
    first = np.searchsorted(masks.keys, row << 31 | (window[0] - left) * height) & ~1
    end = np.searchsorted(masks.keys, row << 31 | (window[2] - left) * height) + 1 & ~1
    return first, np.maximum(end - first, 0)


def _cut(masks: Masks, row: Ints, first: Ints, size: Ints, window: Ints) -> tuple[Ints, Ints]:
    """Cut some edges of each row to its window: which row, and the edges there."""
    which, place = spread(size)
    edges = masks.keys[first[which] + place] & EDGE
    return which, raster.cut(edges, size, masks.box[:, row], window)


@dataclass(frozen=True)
class Mask(ObjectKind):
    """Sets of pixels."""

    name: ClassVar[str] = "mask"

    def values(self, annotations: pl.DataFrame) -> Masks:
        """Lay the runs out end to end and check that they fill their boxes."""
        if (annotations["geometry"].list.len().fill_null(0) != 4).any():
            raise ValueError("mask: geometry holds 4 numbers, left, top, right, bottom of a box")
        geometry, lengths = (
            annotations[name].explode(empty_as_null=False, keep_nulls=False) for name in ("geometry", "parts")
        )
        box = _boxes(geometry.to_numpy())
        n_runs = annotations["parts"].list.len().fill_null(0).to_numpy().astype(np.int64)
        owner, place = spread(n_runs)
        ends = np.append(0, np.cumsum(lengths.to_numpy().astype(np.int64)))
        before = ends[np.cumsum(n_runs) - n_runs]
        if not np.array_equal(ends[np.cumsum(n_runs)] - before, (box[2] - box[0]) * (box[3] - box[1])):
            raise ValueError("mask: parts hold run lengths that add up to the area of the box")
        runs = np.flatnonzero(place < n_runs[owner] & ~1)
        return Masks.of(owner[runs] << 31 | ends[1:][runs] - before[owner[runs]], box)

    def similarity(self, values: Masks, a: Ints, b: Ints) -> Floats:
        """Pixels in both / pixels in either."""
        return _similarity(values, a, b)

    def clipped(self, values: Masks, width: Floats, height: Floats) -> Masks:
        """Cut masks to the frame; those wholly outside become empty, and so alike."""
        frame = np.stack([width, height, width, height])
        window = np.where(np.isnan(frame), values.box, np.clip(values.box, 0, np.floor(frame))).astype(np.int64)
        owner = np.repeat(np.arange(len(values.size)), values.size)
        edges = raster.cut(values.keys & EDGE, values.size, values.box, window)
        return Masks.of(owner << 31 | edges, window)

    def candidates(self, values: Masks, runs: Runs, least: float) -> Candidates:
        """Find pairs among those whose boxes and numbers of pixels allow the similarity."""
        bounds = values.box.astype(np.float64)
        greatest = greatest_iou(bounds, values.area.astype(np.float64))
        return search(bounds, runs, least, lambda a, b: _similarity(values, a, b), greatest, values.size)


KIND = Mask()
