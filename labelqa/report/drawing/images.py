"""The image behind a drawing, made small enough to be carried within it."""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from labelqa.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 64 << 20
"""Largest file that is opened."""

MOST_PIXELS = 150_000_000
"""Largest image that is decoded, in pixels as it states them."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_QUALITY = 80
_ORIENTATION, _ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)
"""The tag of EXIF that says how a camera was held, and its values for a quarter turn."""


class Photo:
    """An image of an asset; `width` and `height` in pixels, as it is shown upright.

    Parameters
    ----------
    image : bytes, str or Path
        A JPEG, PNG, WebP, GIF, BMP or TIFF file (of several pictures the first), or where it is.

    Raises
    ------
    UsageError
        If it is none of these, too large, or cannot be read.
    """

    def __init__(self, image: bytes | str | Path) -> None:
        self._where = "the image" if isinstance(image, bytes) else str(image)
        self._data = image if isinstance(image, bytes) else self._read(Path(image))
        opened = self._opened()
        is_turned = opened.getexif().get(_ORIENTATION, 1) in _ON_ITS_SIDE
        self.width, self.height = opened.size[::-1] if is_turned else opened.size

    def uri(self, part: tuple[float, float, float, float], size: int) -> str:
        """Write a part of the image anew, as the data URI of a JPEG of at most `size` pixels a side.

        Nothing else that is in the file is kept. `part` is left, top, right, bottom in [0, 1].
        """
        from PIL import Image, ImageOps

        opened = self._opened()
        try:
            share = max(part[2] - part[0], part[3] - part[1], 1e-3)
            opened.draft("RGB", (int(size / share), int(size / share)))
            upright = ImageOps.exif_transpose(opened)
            left, right = (round(end * upright.width) for end in part[::2])
            top, bottom = (round(end * upright.height) for end in part[1::2])
            shown = upright.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
            shown.thumbnail((size, size))
            flat = Image.new("RGB", shown.size, "white")
            seen = shown.convert("RGBA")
            flat.paste(seen, mask=seen.getchannel("A"))
            paper = io.BytesIO()
            flat.save(paper, "JPEG", quality=_QUALITY, optimize=True)
        except Exception as error:  # a decoder fails in as many ways as there are broken files
            raise self._refused(error) from error
        return f"data:image/jpeg;base64,{base64.b64encode(paper.getvalue()).decode()}"

    def _opened(self) -> Image:
        from PIL import Image

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                opened = Image.open(io.BytesIO(self._data), formats=_FORMATS)
        except Exception as error:
            raise self._refused(error) from error
        if opened.width * opened.height > MOST_PIXELS:
            raise UsageError(f"{self._where}: {opened.width} x {opened.height} pixels are more than can be drawn")
        return opened

    def _refused(self, error: Exception) -> UsageError:
        return UsageError(f"{self._where}: cannot be read as an image: {error}")

    def _read(self, path: Path) -> bytes:
        try:
            if path.stat().st_size > MOST_BYTES:
                raise UsageError(f"{path}: larger than {MOST_BYTES >> 20} MiB")
            return path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
