"""Shapes on tiled imagery: GeoJSON, in degrees or whatever unit the map has. Read as they are, x before y."""

from __future__ import annotations

import msgspec

from labelqa.formats.readers.labelbox.schema import Struct

Position = list[float]

_DEPTHS = {
    "Point": list[float],
    "MultiPoint": list[Position],
    "LineString": list[Position],
    "MultiLineString": list[list[Position]],
    "Polygon": list[list[Position]],
    "MultiPolygon": list[list[list[Position]]],
}


class _Shape(Struct):
    type: str | None = None
    coordinates: msgspec.Raw = msgspec.Raw(b"null")


_shape = msgspec.json.Decoder(_Shape)
_decoders = {name: msgspec.json.Decoder(depth) for name, depth in _DEPTHS.items()}


def is_shape(text: msgspec.Raw) -> bool:
    """Tell GeoJSON from a point in pixels or a list of them."""
    return b'"coordinates"' in bytes(text)[:1000] or b'"coordinates"' in bytes(text)[-1000:]


def rings(text: msgspec.Raw) -> tuple[list[float], list[int] | None]:
    """Read the rings of a polygon, none closed by repeating its first corner, and how many corners each has.

    Examples
    --------
    >>> rings(msgspec.Raw(b'{"type": "Polygon", "coordinates": [[[1, 2], [3, 2], [3, 4], [1, 2]]]}'))
    ([1.0, 2.0, 3.0, 2.0, 3.0, 4.0], None)
    """
    found = _parts(text, "Polygon", "MultiPolygon")
    return _laid_out([ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring for ring in found])


def lines(text: msgspec.Raw) -> tuple[list[float], list[int] | None]:
    """Read the points of one or several lines, and how many points each has."""
    return _laid_out(_parts(text, "LineString", "MultiLineString"))


def position(text: msgspec.Raw) -> list[float]:
    """Read the x and y of a point."""
    ((at,),) = _parts(text, "Point")
    return at[:2]


def bounds(coordinates: msgspec.Raw) -> tuple[float, float, float, float]:
    """Give the box round the corners of a polygon, as left, top, right, bottom in the order of the numbers."""
    try:
        corners = [at for ring in _decoders["Polygon"].decode(coordinates) for at in ring]
    except (ValueError, RecursionError):
        corners = []
    if not corners or any(len(at) < 2 for at in corners):
        raise ValueError("a bounding_box with the coordinates of a polygon")
    x, y = [at[0] for at in corners], [at[1] for at in corners]
    return min(x), min(y), max(x), max(y)


def _parts(text: msgspec.Raw, *types: str) -> list[list[Position]]:
    """Read the lists of positions of a shape of one of these types."""
    try:
        shape = _shape.decode(text)
        name = shape.type or types[0]
        found = _decoders[name].decode(shape.coordinates) if name in types else []
    except (ValueError, RecursionError):
        found, name = [], types[0]
    parts = {"Point": [[found]], "LineString": [found]}.get(name)
    if parts is None:
        parts = [ring for polygon in found for ring in polygon] if name == "MultiPolygon" else found
    if not parts or not all(part and all(len(at) >= 2 for at in part) for part in parts):
        raise ValueError(f"GeoJSON of type {' or '.join(types)} with coordinates")
    return parts


def _laid_out(parts: list[list[Position]]) -> tuple[list[float], list[int] | None]:
    numbers = [number for part in parts for at in part for number in at[:2]]
    return numbers, [len(part) for part in parts] if len(parts) > 1 else None
