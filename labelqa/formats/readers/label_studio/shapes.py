"""Shapes on an image, given in percent of it: rectangles, ellipses, polygons, points, vectors, brushes, bitmasks."""

from __future__ import annotations

import base64
import binascii
import io
import math
from collections.abc import Sequence
from typing import Any

from labelqa.formats import rle
from labelqa.formats.readers.label_studio.region import Mark, Region, direction
from labelqa.formats.readers.label_studio.values import UnreadableError, number, numbers

CORNERS = 64
"""Corners of the polygon that an ellipse is read as."""

_DATA_URL = "base64,"


def rectangle(region: Region) -> list[Mark]:
    """Read a rectangle, which Label Studio turns clockwise, in pixels, about its top left corner."""
    value = region.value
    x, y, width, height = numbers(value, "x", "y", "width", "height")
    if width < 0 or height < 0:
        expected = "a width and height from 0; read as drawn from the opposite corner"
        region.tell("warning", expected, "value", f"{width} x {height}")
    angle = (number(value.get("rotation")) or 0.0) % 360
    if not angle and not region.turned:
        left, top = x * region.width / 100, y * region.height / 100
        right, bottom = left + width * region.width / 100, top + height * region.height / 100
        return [Mark("bbox", (min(left, right), min(top, bottom), max(left, right), max(top, bottom)))]
    of_width, of_height = region.shown
    width, height = width * of_width / 100, height * of_height / 100
    cos, sin = direction(angle)
    x, y = region.stored(
        x * of_width / 100 + (width * cos - height * sin) / 2, y * of_height / 100 + (width * sin + height * cos) / 2
    )
    width, height, angle = abs(width), abs(height), (angle - region.turned) % 360
    if angle % 90:
        return [Mark("rotated_bbox", (x, y, width, height, angle))]
    if angle % 180:
        width, height = height, width
    return [Mark("bbox", (x - width / 2, y - height / 2, x + width / 2, y + height / 2))]


def ellipse(region: Region) -> list[Mark]:
    """Read an ellipse, turned clockwise about its centre, as a polygon."""
    x, y, across, down = numbers(region.value, "x", "y", "radiusX", "radiusY")
    width, height = region.shown
    x, y, across, down = x * width / 100, y * height / 100, across * width / 100, down * height / 100
    cos, sin = direction(number(region.value.get("rotation")) or 0.0)
    region.tell("note", f"an ellipse is read as a polygon of {CORNERS} corners on it", None, None)
    corners: list[float] = []
    for place in range(CORNERS):
        along = across * math.cos(2 * math.pi * place / CORNERS)
        up = down * math.sin(2 * math.pi * place / CORNERS)
        corners += region.stored(x + along * cos - up * sin, y + along * sin + up * cos)
    return [Mark("polygon", corners)]


def polygon(region: Region) -> list[Mark]:
    """Read a polygon; one that was left open is a polyline."""
    points = region.value.get("points")
    if not isinstance(points, list):
        raise UnreadableError("points")
    corners = [region.point(*_pair(point)) for point in points]
    return [_outline(corners, is_closed=region.value.get("closed") is not False)]


def keypoint(region: Region) -> list[Mark]:
    """Read a point; its size on the screen is no part of it."""
    return [Mark("point", region.point(*numbers(region.value, "x", "y")))]


def brush(region: Region) -> list[Mark]:
    """Read pixels painted with the brush."""
    packed = region.value.get("rle")
    if not isinstance(packed, list) or not packed:
        raise UnreadableError("rle, a list of bytes")
    if not region.is_sized:
        raise UnreadableError("original_width and original_height, the size of the mask", "original_width")
    width, height = int(region.width), int(region.height)
    if (width, height) != (region.width, region.height):
        raise UnreadableError("original_width and original_height in whole pixels", "original_width")
    try:
        if any(type(one) is not int or not 0 <= one <= 255 for one in packed):
            raise ValueError("bytes from 0 to 255")
        mask = rle.from_brush(bytes(packed), width, height)
    except ValueError as error:
        raise UnreadableError("a brush mask that can be read", "value.rle", str(error)) from None
    return [Mark("mask", mask.geometry, mask.parts)]


def bitmask(region: Region) -> list[Mark]:
    """Read pixels drawn with the bitmask tool: a PNG inside the export, black where it is set, transparent elsewhere."""
    if "rle" in region.value:
        return brush(region)
    url = region.value.get("imageDataURL")
    if not isinstance(url, str) or _DATA_URL not in url[:100]:
        raise UnreadableError("imageDataURL, a PNG in base64")
    try:
        mask = rle.from_png(_opaque(base64.b64decode(url.partition(_DATA_URL)[2], validate=True)))
    except (ValueError, binascii.Error) as error:
        raise UnreadableError("a PNG that can be read", "value.imageDataURL", str(error)) from None
    return [Mark("mask", mask.geometry, mask.parts)]


def _opaque(content: bytes) -> bytes:
    """Make a PNG of how opaque another one is; one without transparency stays as it is."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if image.width * image.height > rle.MAX_PNG_PIXELS or "A" not in image.getbands():
                return content
            seen = io.BytesIO()
            image.getchannel("A").save(seen, "PNG", compress_level=1)
            return seen.getvalue()
    except (OSError, SyntaxError, EOFError, ValueError, Image.DecompressionBombError):
        return content  # `from_png` says what is wrong with it


def _pair(point: Any) -> list[float]:
    match point:
        case [x, y, *_]:
            return numbers({"x": x, "y": y}, "x", "y")
        case {"x": x, "y": y}:
            return numbers({"x": x, "y": y}, "x", "y")
    raise UnreadableError("points, each with x and y")


def _outline(corners: Sequence[tuple[float, float]], *, is_closed: bool) -> Mark:
    """Make a polygon or polyline of its corners."""
    if is_closed and len(corners) > 1 and corners[0] == corners[-1]:
        corners = corners[:-1]
    least, what = (3, "a polygon") if is_closed else (2, "a line")
    if len(corners) < least:
        raise UnreadableError(f"{least} points or more of {what}")
    return Mark("polygon" if is_closed else "polyline", [number for corner in corners for number in corner])
