"""From the shapes of Darwin to the values of labelqa: kind, geometry, parts, answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from labelqa.formats import outlines, rle
from labelqa.formats.readers.darwin.schema import Box, Cuboid, Ellipse, Marks, Point, Polygon, RasterLayer, Skeleton

_CORNERS = ("left-top", "right-top", "right-bottom", "left-bottom")
_FACES = tuple(f"{face}-{corner}" for face in ("front", "back") for corner in _CORNERS)


class Value(NamedTuple):
    """The value of a mark in the columns of an annotation."""

    kind: str
    geometry: Sequence[float] = ()
    parts: Sequence[int] | None = None
    answer: Sequence[str] | None = None
    stated: Sequence[float] | None = None


def shape_of(marks: Marks) -> Value | None:
    """Give the shape of a mark; None if it has none that is drawn by itself.

    Raises
    ------
    ValueError
        If a shape has no points.
    """
    polygon = marks.polygon or marks.complex_polygon
    if polygon is not None:
        return _lines("polygon", _rings(polygon), _stated(marks.bounding_box))
    if marks.ellipse is not None:
        return Value("polygon", _ellipse(marks.ellipse))
    if marks.line is not None:
        return _lines("polyline", (marks.line.paths or []) + ([marks.line.path] if marks.line.path else []))
    if marks.keypoint is not None:
        return Value("point", (marks.keypoint.x, marks.keypoint.y))
    if (nodes := marks.skeleton or marks.eye) is not None:
        return _skeleton(nodes)
    if marks.cuboid is not None:
        return _cuboid(marks.cuboid)
    if marks.bounding_box is not None:
        return Value("bbox", sides(marks.bounding_box))
    return None


def sides(box: Box) -> tuple[float, float, float, float]:
    """Give left, top, right, bottom of a box, drawn from whichever corner."""
    right, bottom = box.x + box.w, box.y + box.h
    return min(box.x, right), min(box.y, bottom), max(box.x, right), max(box.y, bottom)


def masks(layer: RasterLayer, width: int, height: int) -> Iterator[tuple[str, rle.MaskValue]]:
    """Take a raster layer apart: the id of each mask and its pixels.

    Raises
    ------
    ValueError
        If the layer does not cover its frame.
    """
    if len(layer.dense_rle) % 2:
        raise ValueError("pairs of value and run length")
    try:
        pairs = np.array(layer.dense_rle, np.int64).reshape(-1, 2)
    except OverflowError:
        raise ValueError("run lengths within the frame") from None
    values, lengths = pairs[:, 0], pairs[:, 1]
    if len(lengths) and (lengths.min() < 0 or lengths.max() > width * height):
        raise ValueError("run lengths within the frame")
    if lengths.sum() != width * height:
        raise ValueError(f"run lengths that add up to {width} x {height} pixels")
    starts = np.cumsum(lengths) - lengths
    order = np.argsort(values, kind="stable")
    sorted_values = values[order]
    for mask_id, value in layer.mask_annotation_ids_mapping.items():
        if abs(value) >= 1 << 62:
            raise ValueError("small numbers for the masks")
        runs = order[np.searchsorted(sorted_values, value) : np.searchsorted(sorted_values, value, side="right")]
        yield mask_id, rle.from_rows(_alternating(starts[runs], lengths[runs], width * height), width, height)


def _alternating(starts: np.ndarray, lengths: np.ndarray, n_pixels: int) -> list[int]:
    """Give run lengths of background and mask in turn, background first."""
    bounds = np.empty(2 * len(starts) + 2, np.int64)
    bounds[0], bounds[-1] = 0, n_pixels
    bounds[1:-1:2], bounds[2:-1:2] = starts, starts + lengths
    counts: list[int] = np.diff(bounds).tolist()
    return counts


def _rings(polygon: Polygon) -> list[list[Point]]:
    path = polygon.path or []
    ring = [point for point in path if isinstance(point, Point)]
    rings = [part for part in path if not isinstance(part, Point)]
    return [_open(ring) for ring in [ring, *rings, *(polygon.paths or []), *(polygon.additional_paths or [])] if ring]


def _open(ring: list[Point]) -> list[Point]:
    """Take off the last corner if it repeats the first."""
    is_closed = len(ring) > 1 and (ring[0].x, ring[0].y) == (ring[-1].x, ring[-1].y)
    return ring[:-1] if is_closed else ring


def _lines(kind: str, lines: Iterable[list[Point]], stated: Sequence[float] | None = None) -> Value:
    lines = [line for line in lines if line]
    if not lines:
        raise ValueError("at least one point")
    geometry = [number for line in lines for point in line for number in (point.x, point.y)]
    return Value(kind, geometry, None if len(lines) == 1 else [len(line) for line in lines], None, stated)


def _stated(box: Box | None) -> tuple[float, ...] | None:
    return None if box is None else (math.nan, *sides(box))


def _ellipse(shape: Ellipse) -> list[float]:
    turn = math.degrees(shape.angle or 0.0)
    return outlines.ellipse(shape.center.x, shape.center.y, 2 * shape.radius.x, 2 * shape.radius.y, turn)


def _skeleton(skeleton: Skeleton) -> Value:
    nodes = skeleton.nodes
    if not nodes:
        raise ValueError("at least one point")
    names = [node.name for node in nodes if node.name]
    return Value(
        "keypoints",
        [number for node in nodes for number in (node.x, node.y)],
        [1 if node.occluded else 2 for node in nodes],
        names if len(names) == len(nodes) else None,
    )


def _cuboid(cuboid: Cuboid) -> Value:
    """Give the eight corners as named points: it lies in the picture, and is no box in space."""
    geometry: list[float] = []
    for face in (cuboid.front, cuboid.back):
        left, top, right, bottom = sides(face)
        geometry += [left, top, right, top, right, bottom, left, bottom]
    return Value("keypoints", geometry, [2] * len(_FACES), _FACES)
