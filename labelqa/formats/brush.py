"""Label Studio's brush: RGBA bytes packed bit by bit, as by the rle-pack codec of thi.ng.

The head is the number of packed values (32 bits), the bits of a value less 1 (5), and the bits of four sizes of run
length, less 1 each (4 x 4). Then follow runs: a bit that says whether one value is repeated, which of the sizes its
length has (2 bits), the length less 1, and one value, or as many values as the run is long. The runs have to be walked
one by one, each telling where the next begins; the values are looked at all at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds import raster
from labelqa.kinds.kind import Ints, spread
from labelqa.kinds.window import blocks

_HEAD_BITS = 32 + 5 + 4 * 4
_AT_ONCE = 1 << 20
"""Pixels of runs without repetition that are unpacked in one go."""


class _Runs(NamedTuple):
    """Packed runs: first value and value after the last, place of the (first) value in bits, whether it is repeated."""

    first: Ints
    end: Ints
    place: Ints
    repeated: NDArray[np.bool_]


def edges(content: bytes, n_pixels: int) -> Ints:
    """Unpack to edges, row by row, of the pixels whose alpha is above 0.

    Raises
    ------
    ValueError
        If the content is not packed like that, or does not hold 4 values for each of so many pixels.
    """
    if len(content) * 8 < _HEAD_BITS:
        raise ValueError(f"packed brush with a head of {_HEAD_BITS} bits")
    head = int.from_bytes(content[:7], "big") >> 3
    n_values, word = head >> 21, (head >> 16 & 31) + 1
    sizes = [(head >> shift & 15) + 1 for shift in (12, 8, 4, 0)]
    if n_values != 4 * n_pixels:
        raise ValueError(f"packed brush of {4 * n_pixels} values, 4 for each pixel; found {n_values}")
    if word > 8:
        raise ValueError(f"packed brush with values of at most 8 bits; found {word}")
    runs = _walked(content, n_values, word, sizes)
    bits = np.frombuffer(content + b"\0\0", dtype=np.uint8).astype(np.int64)
    # Value 4 k + 3 is the alpha of pixel k, so values i .. j - 1 hold the alphas of pixels i // 4 .. j // 4 - 1.
    starts, ends = runs.first // 4, runs.end // 4
    seen = np.flatnonzero(runs.repeated & (ends > starts))
    seen = seen[_read(bits, runs.place[seen], word) > 0]
    found = [starts[seen], ends[seen]]
    single = np.flatnonzero(~runs.repeated & (ends > starts))
    for block in blocks((ends - starts)[single], _AT_ONCE):
        rows = single[block]
        run, within = spread((ends - starts)[rows])
        pixel = starts[rows][run] + within
        place = runs.place[rows][run] + (4 * pixel + 3 - runs.first[rows][run]) * word
        pixel = pixel[_read(bits, place, word) > 0]
        found += [pixel, pixel + 1]
    # Runs neither overlap nor touch the same pixel, so that starts and ends have the same order.
    start, end = np.sort(np.concatenate(found[::2])), np.sort(np.concatenate(found[1::2]))
    return raster.merged(np.stack([start, end], axis=1).ravel())


def _walked(content: bytes, n_values: int, word: int, sizes: list[int]) -> _Runs:
    """Find the packed runs up to the number of values."""
    firsts, places, repeats = [], [], []
    value, at, n_bits = 0, _HEAD_BITS, 8 * len(content)
    while value < n_values:
        byte, bit = at >> 3, at & 7
        ahead = int.from_bytes(content[byte : byte + 4].ljust(4, b"\0"), "big") << bit & 0xFFFFFFFF
        repeat, size = ahead >> 31, sizes[ahead >> 29 & 3]
        length = (ahead >> 29 - size & (1 << size) - 1) + 1
        firsts.append(value)
        at += 3 + size
        places.append(at)
        repeats.append(repeat)
        at += word if repeat else word * length
        value += length
        if at > n_bits:
            raise ValueError(f"packed brush of {n_values} values; it is cut off after {firsts[-1]}")
        if len(firsts) > raster.MAX_RUNS:
            raise ValueError(f"packed brush of at most {raster.MAX_RUNS} runs")
    if value > n_values:
        raise ValueError(f"packed brush of {n_values} values; its runs hold {value}")
    first = np.array(firsts, dtype=np.int64)
    places_of, repeated = np.array(places, dtype=np.int64), np.array(repeats, dtype=np.bool_)
    return _Runs(first, np.append(first[1:], value), places_of, repeated)


def _read(content: Ints, place: Ints, word: int) -> Ints:
    """Read the values of some bits, at most 8, that begin at places counted in bits."""
    byte, bit = place >> 3, place & 7
    pair = content[byte] << 8 | content[byte + 1]
    return np.asarray(pair >> 16 - bit - word & (1 << word) - 1)
