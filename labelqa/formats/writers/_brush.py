"""Masks packed as Label Studio's brush does: the reverse of `labelqa.formats.brush`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelqa.kinds import raster

_SIZES = (4, 8, 12, 16)
"""Bits of the four sizes of run length."""

_LONGEST = 1 << _SIZES[-1]
_WORD = 8
_VALUES = 4
"""Values of a pixel: red, green, blue, alpha."""


def packed(geometry: Sequence[float], parts: Sequence[int], width: int, height: int) -> list[int]:
    """Pack a mask in a frame of `width` x `height`: bytes as numbers, set pixels all 255 and the others 0.

    Examples
    --------
    >>> from labelqa.formats.rle import from_brush
    >>> from_brush(packed((1.0, 0.0, 3.0, 2.0), [1, 2, 1], 4, 2), 4, 2)
    MaskValue(geometry=(1.0, 0.0, 3.0, 2.0), parts=[1, 2, 1])
    """
    box = (int(geometry[0]), int(geometry[1]), int(geometry[2]), int(geometry[3]))
    columns = raster.framed(raster.edges(np.asarray(parts, np.int64)), box, height)
    rows = raster.transposed(columns, height, width)
    bits = [f"{_VALUES * width * height:032b}", f"{_WORD - 1:05b}", *(f"{size - 1:04b}" for size in _SIZES)]
    for place, n_pixels in enumerate(raster.counts(rows, width * height)):
        value = "1" * _WORD if place % 2 else "0" * _WORD
        left = _VALUES * int(n_pixels)
        while left:
            run = min(left, _LONGEST)
            number = next(k for k, size in enumerate(_SIZES) if run <= 1 << size)
            bits.append(f"1{number:02b}{run - 1:0{_SIZES[number]}b}{value}")
            left -= run
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return list(int(text, 2).to_bytes(len(text) // 8, "big"))
