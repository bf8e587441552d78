"""Masks out of COCO's compressed run lengths, many at once: what `rle.from_coco` does, in whole arrays.

Only texts that are beyond doubt are decoded here. The others are named, and `rle.from_coco` says what is wrong with each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds import raster
from labelqa.kinds.kind import Floats, Ints
from labelqa.kinds.run_lengths import MOST_CHARACTERS
from labelqa.kinds.window import blocks

Bools = NDArray[np.bool_]

_AT_ONCE = 1 << 17
"""Characters decoded at once; the arrays then stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class MaskValues:
    """Values of N masks, end to end; see `rle.MaskValue`.

    Parameters
    ----------
    geometry : float64 array [N, 4]
        Left, top, right, bottom of the box round the set pixels.
    parts : uint32 array
        Run lengths inside the boxes.
    size : int64 array [N]
        Run lengths of each mask.
    """

    geometry: Floats
    parts: NDArray[np.uint32]
    size: Ints


def decoded(texts: Sequence[str], height: Ints, width: Ints) -> tuple[MaskValues, Bools]:
    """Decode compressed run lengths of whole images, column by column.

    Parameters
    ----------
    texts : sequence of N str
    height, width : int64 arrays [N]
        Of the images; above 0, and at most `raster.MAX_PIXELS` pixels in all.

    Returns
    -------
    masks : MaskValues
        Of the good ones, in order.
    good : bool array [N]
        Which those are.

    Examples
    --------
    >>> masks, good = decoded(["623O0", "6", "é"], np.array([5, 5, 5]), np.array([3, 3, 3]))
    >>> good.tolist(), masks.geometry.tolist(), masks.parts.tolist()
    ([True, False, False], [[1.0, 1.0, 3.0, 3.0]], [0, 3, 1])
    """
    good = np.fromiter((text.isascii() and text != "" for text in texts), np.bool_, len(texts))
    found = [MaskValues(np.empty((0, 4)), np.empty(0, np.uint32), np.empty(0, np.int64))]
    n_characters = np.fromiter(map(len, texts), np.int64, len(texts))
    found += (
        _decoded(texts, height, width, good, np.arange(block.start, block.stop))
        for block in blocks(n_characters, _AT_ONCE)
    )
    return MaskValues(*(np.concatenate([getattr(some, f.name) for some in found]) for f in fields(MaskValues))), good


def _decoded(texts: Sequence[str], height: Ints, width: Ints, good: Bools, rows: Ints) -> MaskValues:
    """Decode what is good of some rows, and mark those that turn out not to be."""
    while True:
        rows = rows[good[rows]]
        lengths, sound = _lengths([texts[row] for row in rows.tolist()], (height * width)[rows])
        if sound.all():
            return _values(lengths, height[rows])
        good[rows[~sound]] = False


@dataclass(frozen=True, eq=False)
class _Lists:
    """N lists of whole numbers end to end: `flat` [K], and `size` int64 [N] of each, none 0."""

    flat: NDArray[np.integer[Any]]
    size: Ints

    @property
    def first(self) -> Ints:
        """Place of the first number of each list."""
        return np.cumsum(self.size) - self.size

    def place(self) -> Ints:
        """Place of each number in its list."""
        return np.arange(len(self.flat)) - np.repeat(self.first, self.size)

    def every(self, holds: Bools) -> Bools:
        """Tell of each list whether something holds for all its numbers."""
        return np.logical_and.reduceat(holds, self.first) if len(self.size) else np.empty(0, np.bool_)

    def running(self, numbers: Ints) -> Ints:
        """Add up some numbers, one for each of ours, within each list."""
        total = np.cumsum(numbers)
        return total - np.repeat(total[self.first] - numbers[self.first], self.size)


def _lengths(texts: list[str], n_pixels: Ints) -> tuple[_Lists, Bools]:
    """Decode the run lengths and tell which are sound; if any are not, the lengths are of no use."""
    n_characters = np.fromiter(map(len, texts), np.int64, len(texts))
    codes = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8) - np.uint8(48)  # below '0' becomes great
    characters = _Lists(codes, n_characters)
    ending = codes < 32
    nothing = _Lists(np.empty(0, np.int64), np.empty(0, np.int64))
    sound = characters.every(codes <= 63)
    sound[sound] &= ending[(np.cumsum(n_characters) - 1)[sound]]
    if not sound.all() or not len(texts):
        return nothing, sound
    last = np.flatnonzero(ending)
    n_codes = np.diff(last, prepend=-1)
    lists = _Lists(last, np.add.reduceat(ending, characters.first, dtype=np.int64))
    sound = lists.every(n_codes <= MOST_CHARACTERS) & (lists.size <= 2 * raster.MAX_RUNS)
    if not sound.all():
        return nothing, sound
    numbers = _numbers(codes, last, n_codes)
    place = lists.place()
    odd = place % 2 == 1
    first = place == 0
    numbers = np.where(
        odd,
        lists.running(np.where(odd, numbers, 0)),
        np.where(first, numbers, lists.running(np.where(odd | first, 0, numbers))),
    )
    sound = lists.every((numbers >= 0) & (numbers <= raster.MAX_PIXELS))
    sound &= np.add.reduceat(numbers, lists.first) == n_pixels
    return _Lists(numbers, lists.size), sound


def _numbers(codes: NDArray[np.uint8], last: Ints, n_codes: Ints) -> Ints:
    """Put numbers together from their groups of 5 bits, least first; the highest bit of the last group is the sign."""
    first = last - n_codes + 1
    numbers = codes[first].astype(np.int64) & 31
    for place in range(1, int(n_codes.max())):
        longer = np.flatnonzero(n_codes > place)
        numbers[longer] |= (codes[first[longer] + place].astype(np.int64) & 31) << 5 * place
    return np.asarray(numbers - np.where(codes[last] & 16, np.int64(1) << 5 * n_codes, 0))


def _values(lengths: _Lists, height: Ints) -> MaskValues:
    """Cut images to the box round their pixels."""
    n = len(height)
    places = lengths.running(lengths.flat.astype(np.int64))
    place = lengths.place()
    paired = place < np.repeat(lengths.size & ~1, lengths.size)
    owner = np.repeat(np.arange(n), lengths.size // 2)
    owner, start, end = _merged(owner, places[paired & (place % 2 == 0)], places[paired & (place % 2 == 1)])
    rows = np.flatnonzero(np.bincount(owner, minlength=n))  # those with any pixel
    first = np.searchsorted(owner, rows)
    tall = height[owner]
    column, row = np.divmod(start, tall)
    last_column, last_row = np.divmod(end - 1, tall)
    geometry = np.zeros((n, 4), np.int64)
    if len(rows):
        # A run that goes on into the next column reaches the bottom, and the next one the top.
        within = np.logical_and.reduceat(column == last_column, first)
        right = last_column[np.append(first[1:], len(owner)) - 1] + 1
        top = np.where(within, np.minimum.reduceat(row, first), 0)
        bottom = np.where(within, np.maximum.reduceat(last_row, first) + 1, height[rows])
        geometry[rows] = np.stack([column[first], top, right, bottom], axis=1)
    left, top, _, bottom = geometry[owner].T
    size = end - start
    start = (column - left) * (bottom - top) + row - top
    owner, start, end = _merged(owner, start, start + size)
    return MaskValues(geometry.astype(np.float64), *_run_lengths(owner, start, end, geometry))


def _merged(owner: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """Drop empty runs and join those that touch."""
    some = start < end
    owner, start, end = owner[some], start[some], end[some]
    apart = np.ones(len(owner) + 1, np.bool_)
    apart[1:-1] = (owner[1:] != owner[:-1]) | (start[1:] > end[:-1])
    return owner[apart[:-1]], start[apart[:-1]], end[apart[1:]]


def _run_lengths(owner: Ints, start: Ints, end: Ints, box: Ints) -> tuple[NDArray[np.uint32], Ints]:
    """Turn runs of pixels into run lengths, background first: end to end, and how many of each box."""
    n_runs = np.bincount(owner, minlength=len(box))
    n_pixels = (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
    ends = np.cumsum(n_runs)
    is_first, is_last = np.zeros(len(owner), np.bool_), np.zeros(len(owner), np.bool_)
    is_first[(ends - n_runs)[n_runs > 0]] = is_last[(ends - 1)[n_runs > 0]] = True
    before = start - np.where(is_first, 0, np.append(0, end)[:-1])
    after = np.where(is_last, n_pixels[owner] - end, 0)
    lengths = np.stack([before, end - start, after], axis=1)
    kept = np.stack([np.full(len(owner), True), np.full(len(owner), True), after > 0], axis=1)
    size = 2 * n_runs + np.bincount(owner, after > 0, len(box)).astype(np.int64)
    return lengths[kept].astype(np.uint32), size
