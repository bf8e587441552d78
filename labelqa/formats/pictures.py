"""PNG files given beside exports: no exports themselves, but masks that an export names by URL or file name."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labelqa.errors import excerpt
from labelqa.formats import rle
from labelqa.formats.files import File
from labelqa.formats.folders import base_name

MAX_BYTES = 256 << 20
"""Largest PNG file."""

Colors = NDArray[np.uint32]
"""One number a pixel: red + 256 green + 65,536 blue."""

_HIDDEN = np.uint32(1 << 24)
"""In place of the colour of a transparent pixel."""

_ROWS = 1 << 22


def is_picture(name: str) -> bool:
    """Tell by its name whether a file is a PNG."""
    return name.lower().endswith(".png")


def by_name(files: Iterable[File]) -> dict[str, File]:
    """Look pictures up by name, with and without suffix, alone and after the name of their folder.

    A name that two files have leads to neither: "train/1" and "val/1" do where "1" does not.

    Examples
    --------
    >>> files = [File(name, 0, None, lambda: None) for name in ("x/train/1.png", "x/val/1.png", "x/val/2.png")]
    >>> sorted(by_name(files))
    ['2', '2.png', 'train/1', 'train/1.png', 'val/1', 'val/1.png', 'val/2', 'val/2.png']
    """
    found: dict[str, File | None] = {}
    for file in files:
        base = base_name(file.name)
        folder = base_name(file.name[: len(file.name) - len(base)]).removesuffix(":")
        for name in (base, base[: -len(".png")]):
            for key in (name, f"{folder}/{name}") if folder else (name,):
                found[key] = None if key in found else file
    return {key: file for key, file in found.items() if file is not None}


class Pictures:
    """Masks from the pictures beside a file; the last picture stays decoded, since many masks may share it.

    Parameters
    ----------
    beside : mapping of str to File
        The pictures by name, as `File.beside` has them.
    """

    def __init__(self, beside: Mapping[str, File]) -> None:
        self._beside = beside
        self._last: tuple[str, Colors] | None = None

    def find(self, names: Iterable[str]) -> File | None:
        """Give the first picture that has one of these names."""
        if not self._beside:
            return None
        return next((self._beside[name] for name in names if name in self._beside), None)

    def mask(
        self,
        file: File,
        size: tuple[float | None, float | None] = (None, None),
        color: Sequence[int] | None = None,
    ) -> rle.MaskValue:
        """Read a mask: every pixel that is neither black nor transparent, or every pixel of one colour.

        Parameters
        ----------
        file : File
            The picture.
        size : pair of float or None
            Width and height that it must have, where they are known.
        color : sequence of int, optional
            Red, green and blue, 0 to 255.

        Raises
        ------
        ValueError
            If it is damaged, too large or of another size; says what was expected.
        InputError
            If the file cannot be read.
        """
        if color is None:
            content = _content(file)
            _check(size, content)
            return rle.from_png(content)
        if len(color) < 3 or not all(0 <= level <= 255 for level in color[:3]):
            raise ValueError("a colour as red, green and blue from 0 to 255")
        if self._last is None or self._last[0] != file.name:
            content = _content(file)
            _check(size, content)
            self._last = (file.name, colors(content))
        red, green, blue = color[:3]
        return of_color(self._last[1], red + 256 * green + 65_536 * blue)


def colors(content: bytes) -> Colors:
    """Decode a PNG to one number a pixel; 16,777,216 where it is transparent.

    Raises
    ------
    ValueError
        If it is damaged, or larger than `rle.MAX_PNG_PIXELS`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=["PNG"])
            width, height = image.size
            if width * height > rle.MAX_PNG_PIXELS:
                raise ValueError(f"a PNG of at most {rle.MAX_PNG_PIXELS} pixels; found {width} x {height}")
            packed = np.empty((height, width), np.uint32)
            rows = max(_ROWS // width, 1)
            for top in range(0, height, rows):
                piece = image.crop((0, top, width, min(top + rows, height))).convert("RGBA")
                levels = np.asarray(piece).astype(np.uint32)
                number = levels[..., 0] | levels[..., 1] << 8 | levels[..., 2] << 16
                packed[top : top + rows] = np.where(levels[..., 3] > 0, number, _HIDDEN)
            return packed
    except (
        OSError,
        SyntaxError,
        EOFError,
        LookupError,
        OverflowError,
        MemoryError,
        Image.DecompressionBombError,
    ) as error:
        raise ValueError(f"a PNG that can be read to its end; found {excerpt(str(error))}") from None


def of_color(packed: Colors, color: int) -> rle.MaskValue:
    """Take the pixels of one colour as a mask.

    Examples
    --------
    >>> of_color(np.array([[7, 7, 0], [0, 7, 0]], np.uint32), 7)
    MaskValue(geometry=(0.0, 0.0, 2.0, 2.0), parts=[0, 1, 1, 2])
    """
    height, width = packed.shape
    is_set = (packed == np.uint32(color)).ravel()
    changes = np.flatnonzero(np.diff(is_set, prepend=False))
    counts = np.diff(changes, prepend=0, append=is_set.size)
    return rle.from_rows(counts.tolist(), width, height)


def _content(file: File) -> bytes:
    content = file.head(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"a PNG of at most {MAX_BYTES >> 20} MiB")
    return content


def _check(size: tuple[float | None, float | None], content: bytes) -> None:
    """Compare the size in the head of a PNG with that of the image."""
    head = content[16:24]
    found = (int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big"))
    if any(one is not None and one != other for one, other in zip(size, found, strict=True)):
        raise ValueError(f"a mask of the size of its image, {_shown(size)}; found {_shown(found)}")


def _shown(size: tuple[float | None, float | None]) -> str:
    return " x ".join("?" if side is None else f"{side:g}" for side in size)
