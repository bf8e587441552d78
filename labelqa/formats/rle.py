"""Run lengths and pixel images of the vendors as values of a `mask`: box round the pixels and run lengths inside it.

Whatever comes in is checked before anything is computed from it, and every function raises `ValueError`, with one
sentence that says what was expected, where it does not fit. Masks stay run lengths all the way; only a PNG, which holds
pixels, is decoded to pixels.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labelqa.errors import excerpt
from labelqa.formats import brush
from labelqa.kinds import raster, run_lengths
from labelqa.kinds.kind import Ints

MAX_PNG_PIXELS = 100_000_000
"""Most pixels of a PNG; unlike run lengths they all lie in memory at once."""

_PIXELS_AT_ONCE = 1 << 22
"""Pixels of a PNG looked at in one go."""

_DAMAGE = (
    OSError,
    SyntaxError,  # what PIL raises of a broken chunk
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What opening and decoding a damaged PNG may raise."""


class MaskValue(NamedTuple):
    """The value of a mask, for `Builder.annotation(label, "mask", cls, value.geometry, parts=value.parts)`."""

    geometry: tuple[float, float, float, float]
    """Left, top, right, bottom of the box round the set pixels; right and bottom not included; zeros if there are none."""

    parts: list[int]
    """Run lengths inside the box, column by column, background first; none if no pixel is set."""


def from_coco(counts: str | bytes | Sequence[int], height: int, width: int) -> MaskValue:
    """Read COCO's run lengths of a whole image, column by column: compressed text, or a list of numbers.

    Examples
    --------
    >>> from_coco([6, 2, 3, 1, 3], 5, 3)  # columns of 5 pixels
    MaskValue(geometry=(1.0, 1.0, 3.0, 3.0), parts=[0, 3, 1])
    >>> from_coco("623O0", 5, 3) == from_coco([6, 2, 3, 1, 3], 5, 3)
    True
    """
    height, width = _sides(height, width)
    return _value(run_lengths.edges(counts, height * width), height)


def from_rows(counts: Sequence[int], width: int, height: int, left: int = 0, top: int = 0) -> MaskValue:
    """Read run lengths, row by row and background first, of a raster placed at `left`, `top` of the image.

    Examples
    --------
    >>> from_rows([1, 2, 2, 1], 3, 2, left=10)  # .XX and ..X
    MaskValue(geometry=(11.0, 0.0, 13.0, 2.0), parts=[0, 1, 1, 2])
    """
    height, width = _sides(height, width)
    if isinstance(counts, str | bytes):
        raise ValueError("run lengths as a list of whole numbers")
    return _of_rows(run_lengths.edges(counts, height * width), width, height, left, top)


def from_compressed_rows(counts: str | bytes, width: int, height: int, left: int = 0, top: int = 0) -> MaskValue:
    """Read run lengths, row by row, in COCO's compression (Encord).

    Examples
    --------
    >>> from_compressed_rows("122O", 3, 2) == from_rows([1, 2, 2, 1], 3, 2)
    True
    """
    height, width = _sides(height, width)
    if not isinstance(counts, str | bytes):
        raise ValueError("compressed run lengths as text")
    return _of_rows(run_lengths.edges(counts, height * width), width, height, left, top)


def from_brush(rle: Sequence[int] | bytes, width: int, height: int) -> MaskValue:
    """Read the packed RGBA bytes of Label Studio's brush; a pixel is set where its alpha is above 0."""
    height, width = _sides(height, width)
    return _of_rows(brush.edges(_bytes(rle), width * height), width, height, 0, 0)


def from_png(content: bytes, left: int = 0, top: int = 0) -> MaskValue:
    """Read a PNG: every pixel that is neither black nor transparent is set."""
    pixels = _pixels(content)
    height, width = pixels.shape
    columns = max(_PIXELS_AT_ONCE // height, 1)
    pieces = (pixels[:, first : first + columns].T.ravel() for first in range(0, width, columns))
    return _value(raster.of_pixels(pieces), height, *_corner(left, top))


def to_coco(geometry: Sequence[float], parts: Sequence[int], height: int, width: int) -> dict[str, Any]:
    """Write a mask as COCO's compressed run lengths of the whole image.

    Raises
    ------
    ValueError
        If the value is not that of a mask, or does not lie in the image.

    Examples
    --------
    >>> to_coco((1.0, 1.0, 3.0, 3.0), [0, 3, 1], 5, 3)
    {'size': [5, 3], 'counts': '623O0'}
    """
    height, width = _sides(height, width)
    if len(geometry) != 4 or not all(float(side).is_integer() for side in geometry):
        raise ValueError("a mask has a box of 4 whole numbers, left top right bottom")
    left, top, right, bottom = (int(side) for side in geometry)
    size = (right - left) * (bottom - top)
    if right < left or bottom < top or size > raster.MAX_PIXELS or right > width:
        raise ValueError(f"a mask in an image of {width} x {height} pixels; found its box at {list(geometry)}")
    edges = run_lengths.edges(parts, size)
    lengths = raster.counts(raster.framed(edges, (left, top, right, bottom), height), height * width)
    return {"size": [height, width], "counts": run_lengths.compressed(lengths)}


def _value(edges: Ints, height: int, left: int = 0, top: int = 0) -> MaskValue:
    """Cut a raster of columns to the box round its pixels and move it to its place."""
    box, inside = raster.tight(edges, height)
    if len(inside) == 0:
        return MaskValue((0.0, 0.0, 0.0, 0.0), [])
    size = (box[2] - box[0]) * (box[3] - box[1])
    place = (float(box[0] + left), float(box[1] + top), float(box[2] + left), float(box[3] + top))
    return MaskValue(place, raster.counts(inside, size).tolist())


def _of_rows(edges: Ints, width: int, height: int, left: int, top: int) -> MaskValue:
    return _value(raster.transposed(edges, width, height), height, *_corner(left, top))


def _sides(height: object, width: object) -> tuple[int, int]:
    sides = [_whole(side) for side in (height, width)]
    if not all(side is not None and side > 0 for side in sides):
        raise ValueError(
            f"height and width of a mask as whole numbers above 0; found {excerpt(height)}, {excerpt(width)}"
        )
    tall, wide = (side or 0 for side in sides)
    if tall * wide > raster.MAX_PIXELS:
        raise ValueError(f"masks of at most {raster.MAX_PIXELS} pixels; found {wide} x {tall}")
    return tall, wide


def _corner(left: object, top: object) -> tuple[int, int]:
    x, y = _whole(left), _whole(top)
    if x is None or y is None or max(abs(x), abs(y)) > raster.MAX_PIXELS:
        raise ValueError(f"left and top of a mask as whole numbers of pixels; found {excerpt(left)}, {excerpt(top)}")
    return x, y


def _whole(number: object) -> int | None:
    if (isinstance(number, float) and number.is_integer()) or isinstance(number, np.integer):
        return int(number)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _bytes(given: object) -> bytes:
    if isinstance(given, bytes):
        return given
    if isinstance(given, list | tuple) and set(map(type, given)) <= {int}:
        try:
            return bytes(given)
        except (ValueError, OverflowError):
            pass
    raise ValueError("brush run lengths as a list of bytes, 0 to 255")


def _pixels(content: bytes) -> NDArray[np.bool_]:
    """Decode a PNG: which pixels are set."""
    from PIL import Image

    if not isinstance(content, bytes) or not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("the bytes of a PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what PIL warns of is either refused below or of no matter to pixels
        try:
            image = Image.open(io.BytesIO(content), formats=["PNG"])
            small = image.width * image.height <= MAX_PNG_PIXELS
            pixels = np.concatenate(list(_set(image))) if small else None
        except Image.DecompressionBombError:
            pixels = None
        except _DAMAGE as error:
            raise ValueError(f"a PNG that can be read to its end; found {excerpt(str(error))}") from None
    if pixels is None:
        raise ValueError(f"a PNG of at most {MAX_PNG_PIXELS} pixels")
    return pixels


def _set(image: Any) -> Iterator[NDArray[np.bool_]]:
    """Tell of some rows at a time which pixels are set."""
    image.load()
    width, height = image.size
    rows = max(_PIXELS_AT_ONCE // width, 1)
    clear = image.mode in ("P", "PA", "LA") or ("transparency" in image.info and image.mode in ("1", "L", "RGB"))
    for top in range(0, height, rows):
        piece = image.crop((0, top, width, min(top + rows, height)))
        values = np.asarray(piece.convert("RGBA") if clear else piece)
        values = values.reshape(values.shape[0], width, -1)
        seen = np.asarray(values[..., :3].any(axis=-1))
        yield seen & (values[..., 3] > 0) if values.shape[-1] == 4 else seen
