"""The image behind a drawing, made small enough to be carried within it."""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from labelqa.errors import UsageError

MOST_BYTES = 64 << 20
"""Largest file that is opened."""

MOST_PIXELS = 150_000_000
"""Largest image that is decoded, in pixels as it states them."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_QUALITY = 80
_ORIENTATION, _ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)
"""The tag of EXIF that says how a camera was held, and its values for a quarter turn."""


@dataclass(frozen=True)
class Picture:
    """An image as a data URI, and the size of the original in pixels."""

    uri: str
    width: float
    height: float


def picture(image: bytes | str | Path, size: int) -> Picture:
    """Read an image and write it again as a JPEG of at most `size` pixels a side: nothing else in it is kept.

    Parameters
    ----------
    image : bytes, str or Path
        A JPEG, PNG, WebP, GIF, BMP or TIFF file (of several pictures the first), or where it is.
    size : int
        Pixels of the longer side.

    Raises
    ------
    UsageError
        If it is none of these, too large, or cannot be read.
    """
    from PIL import Image, ImageOps

    where = "the image" if isinstance(image, bytes) else str(image)
    try:
        data = image if isinstance(image, bytes) else _read(Path(image))
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            warnings.simplefilter("ignore")
            if opened.width * opened.height > MOST_PIXELS:
                raise UsageError(f"{where}: {opened.width} x {opened.height} pixels are more than can be drawn")
            width, height = opened.size
            if opened.getexif().get(_ORIENTATION, 1) in _ON_ITS_SIDE:
                width, height = height, width
            opened.draft("RGB", (size, size))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((size, size))
            flat = Image.new("RGB", upright.size, "white")
            seen = upright.convert("RGBA")
            flat.paste(seen, mask=seen.getchannel("A"))
            paper = io.BytesIO()
            flat.save(paper, "JPEG", quality=_QUALITY, optimize=True)
    except UsageError:
        raise
    except Exception as error:  # a decoder fails in as many ways as there are broken files
        raise UsageError(f"{where}: cannot be read as an image: {error}") from error
    return Picture(f"data:image/jpeg;base64,{base64.b64encode(paper.getvalue()).decode()}", width, height)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path}: larger than {MOST_BYTES >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
