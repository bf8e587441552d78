"""Run lengths as people write them: a list of numbers, or COCO's compressed text; checked, and turned into edges."""

from __future__ import annotations

import numpy as np

from labelqa.kinds import raster
from labelqa.kinds.kind import Ints

MOST_CHARACTERS = 7
"""Characters of one compressed number; 5 bits each hold every difference between two run lengths."""


def edges(lengths: object, size: int) -> Ints:
    """Read the run lengths of a raster, background first, and check that they add up to its size.

    Parameters
    ----------
    lengths : list, tuple or array of whole numbers, or str or bytes in COCO's compression
    size : int
        Pixels of the raster.

    Returns
    -------
    int64 array
        The edges, see `raster`.

    Raises
    ------
    ValueError
        If they are not such run lengths, or too many.

    Examples
    --------
    >>> edges([2, 3, 1], 6).tolist(), edges("231", 6).tolist()
    ([2, 5], [2, 5])
    """
    found = decompressed(lengths) if isinstance(lengths, str | bytes) else _numbers(lengths)
    total = int(found.sum())
    if total != size:
        raise ValueError(f"run lengths that add up to the {size} pixels of the raster; found {total}")
    return raster.edges(found)


def decompressed(text: str | bytes) -> Ints:
    """Decode COCO's compression: groups of characters, 5 bits each and a bit that says whether more follow.

    The groups are whole numbers with sign, least bits first: the first three run lengths, and of every later one the
    difference to the last but one.
    """
    try:
        content = text.encode("ascii") if isinstance(text, str) else text
    except UnicodeEncodeError:
        content = b"\xff"
    codes = np.frombuffer(content, dtype=np.uint8) - np.uint8(48)  # what is below '0' becomes great
    if (codes > 63).any():
        raise ValueError("compressed run lengths in the characters from '0' to 'o'")
    ending = codes < 32
    if len(codes) and not ending[-1]:
        raise ValueError("compressed run lengths that end with a whole number; the text is cut off")
    if np.count_nonzero(ending) > 2 * raster.MAX_RUNS:
        raise ValueError(f"at most {raster.MAX_RUNS} runs of pixels in a mask")
    last = np.flatnonzero(ending)
    size = np.diff(last, prepend=-1)
    first = last - size + 1
    if len(size) and int(size.max()) > MOST_CHARACTERS:
        raise ValueError(f"compressed run lengths of at most {MOST_CHARACTERS} characters each")
    numbers = np.zeros(len(last), dtype=np.int64)
    for place in range(int(size.max()) if len(size) else 0):
        longer = np.flatnonzero(size > place)
        numbers[longer] |= (codes[first[longer] + place].astype(np.int64) & 31) << 5 * place
    numbers -= np.where(codes[last] & 16, np.int64(1) << 5 * size, 0)
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    if not ((numbers >= 0) & (numbers <= raster.MAX_PIXELS)).all():
        raise ValueError("compressed run lengths that are not negative and within the raster's size")
    return numbers


def compressed(lengths: Ints) -> str:
    """Encode run lengths as `decompressed` reads them, each number as short as it can be."""
    numbers = lengths.copy()
    numbers[3:] -= lengths[1:-2]
    size = np.ones(len(numbers), dtype=np.int64)
    for place in range(1, MOST_CHARACTERS):
        half = np.int64(1) << 5 * place - 1
        size[(numbers < -half) | (numbers >= half)] = place + 1
    first = np.cumsum(size) - size
    codes = np.empty(int(size.sum()), dtype=np.uint8)
    for place in range(int(size.max()) if len(size) else 0):
        longer = np.flatnonzero(size > place)
        more = np.where(size[longer] > place + 1, 32, 0)
        codes[first[longer] + place] = (numbers[longer] >> 5 * place & 31) + more + 48
    return codes.tobytes().decode("ascii")


def _numbers(given: object) -> Ints:
    """Check run lengths that come as numbers."""
    if isinstance(given, np.ndarray):
        fits = given.ndim == 1 and given.dtype.kind in "iuf"
    else:
        fits = isinstance(given, list | tuple) and set(map(type, given)) <= {int, float}
    if not fits or not isinstance(given, np.ndarray | list | tuple):
        raise ValueError("run lengths as a list of whole numbers")
    if len(given) > 2 * raster.MAX_RUNS:
        raise ValueError(f"at most {raster.MAX_RUNS} runs of pixels in a mask")
    try:
        lengths = np.asarray(given, dtype=np.float64)
    except OverflowError:
        raise ValueError("run lengths within the raster's size") from None
    if not ((lengths >= 0) & (lengths <= raster.MAX_PIXELS) & (lengths == np.floor(lengths))).all():
        raise ValueError("run lengths as whole numbers, not negative and within the raster's size")
    return lengths.astype(np.int64)
