"""Masks: an export has their URLs only, so they are read from the PNG files given beside it, found by name.

A mask of its own is looked for under its feature id, a composite mask, which holds those of a whole label in one colour
each, under the id in its URL; in a frame of a video, under that id, `_` and the number of the frame, or under the number
in a folder named by the id. The name at the end of the URL will do as well, unless it is one that all masks have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import msgspec

from labelqa.errors import InputError
from labelqa.formats.ids import id_text
from labelqa.formats.readers.labelbox.scene import NoPictureError, Scene
from labelqa.formats.readers.labelbox.schema import Object, Struct
from labelqa.formats.rle import MaskValue

_ID = re.compile(r"/(?:annotations|feature|masks(?!/feature))/([^/]+)")
_INDEX = re.compile(r"/index/([^/]+)")
_COMMON = re.compile(r"mask|\d+", re.IGNORECASE)
"""Last parts of URLs that tell no mask from another."""


class _Link(Struct):
    url: str | None = None
    color_rgb: list[int] | None = None


_link = msgspec.json.Decoder(_Link | None)


def find_mask(mark: Object, scene: Scene) -> MaskValue:
    """Read the mask of a mark.

    Raises
    ------
    NoPictureError
        If no picture was given for it.
    ValueError
        If it cannot be read; says what was expected.
    """
    try:
        own, shared = _link.decode(mark.mask), _link.decode(mark.composite_mask)
    except (ValueError, RecursionError):
        raise ValueError("a mask with a url, and color_rgb of a composite mask") from None
    feature = id_text(mark.feature_id)
    pictures = scene.reading.pictures
    for link in (own, shared):
        own_file = pictures.find(_names(feature, link.url if link else None, scene.frame))
        if link is None or own_file is None:
            continue
        # A picture named by the feature is the feature's alone, even if the export tells of a composite one.
        is_own = own_file == pictures.find(_named_by(feature, scene.frame)) if feature else False
        try:
            return pictures.mask(own_file, scene.size, None if is_own else link.color_rgb)
        except InputError as error:
            raise ValueError(f"{error.expected} ({error.file})") from None
    if own is None and shared is None:
        raise ValueError("a mask or composite_mask")
    raise NoPictureError


def _names(feature: str | None, url: str | None, frame: str | None) -> Iterator[str]:
    """Give the names that a mask may have, the surest first.

    Examples
    --------
    >>> list(_names("f1", "https://example.org/tasks/t/masks/m/index/1?token=x", None))
    ['f1', 'm_1', 'm/1', 'm']
    >>> list(_names("f1", "https://example.org/annotations/f1/index/7/mask", "7"))
    ['f1_7', 'f1/7', 'f1_7', 'f1/7']
    >>> list(_names(None, "https://example.org/my%20masks/a.png", None))
    ['a.png']
    """
    if feature:
        yield from _named_by(feature, frame)
    path = unquote(urlsplit(url).path) if url and _is_url(url) else url or ""
    if found := _ID.search(path):
        index = _INDEX.search(path)
        number = frame or (index[1] if index else None)
        if number is not None:
            yield from (f"{found[1]}_{number}", f"{found[1]}/{number}")
        if frame is None and (index is None or index[1] == "1") and found[1] != feature:
            yield found[1]
    last = path.rstrip("/").rpartition("/")[2]
    if last and not _COMMON.fullmatch(last) and not (found and last == found[1]):
        yield last


def _named_by(feature: str, frame: str | None) -> tuple[str, ...]:
    return (feature,) if frame is None else (f"{feature}_{frame}", f"{feature}/{frame}")


def _is_url(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme)
    except ValueError:
        return False
