"""Pixels of outlines on a frame, as COCO's own program draws them, and sets of pixels as sorted edges (`kinds.raster`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds import raster, run_lengths
from labelqa.kinds.kind import Floats, Ints

_REACH = 1000.0
"""Pixels that an outline may leave its frame by before it is cut: the program works along every edge."""


def size_of(width: float, height: float) -> tuple[int, int]:
    """Give width and height of a raster in whole pixels.

    Raises
    ------
    ValueError
        If it has more than `raster.MAX_PIXELS` pixels.
    """
    sides = int(np.ceil(width)), int(np.ceil(height))
    if sides[0] * sides[1] > raster.MAX_PIXELS:
        raise ValueError(f"a frame of at most {raster.MAX_PIXELS} pixels; found {sides[0]} x {sides[1]}")
    return sides


def drawn(rings: Sequence[Floats], width: int, height: int) -> Ints:
    """Draw rings of corners (n, 2) by the even-odd rule; edges of the pixels, numbered by columns.

    Examples
    --------
    >>> drawn([np.array([[1.0, 0], [3, 0], [3, 2], [1, 2]])], 4, 3).tolist()
    [3, 5, 6, 8]
    """
    pieces = [_ring(part, width, height) for ring in rings for part in _within_reach(ring, width, height)]
    flat = np.concatenate(pieces) if pieces else np.empty(0, np.int64)
    # A pixel in an even number of rings is outside: its edges come in pairs, which `merged` takes out.
    return raster.merged(np.sort(flat, kind="stable"))


def _ring(ring: Floats, width: int, height: int) -> Ints:
    from pycocotools import mask

    (runs,) = mask.frPyObjects([ring.ravel().tolist()], height, width)
    return run_lengths.edges(runs["counts"], height * width)


def _within_reach(ring: Floats, width: int, height: int) -> list[Floats]:
    """Cut a ring to the surroundings of the frame if it goes far beyond; rings of fewer than 3 corners have no pixels."""
    if len(ring) < 3:
        return []
    low, high = ring.min(axis=0), ring.max(axis=0)
    if (low >= -_REACH).all() and (high <= np.array([width, height]) + _REACH).all():
        return [ring]
    import shapely

    cut = shapely.clip_by_rect(shapely.make_valid(shapely.Polygon(ring)), -1.0, -1.0, width + 1.0, height + 1.0)
    return [np.asarray(part.exterior.coords)[:-1] for part in shapely.get_parts(cut) if part.geom_type == "Polygon"]


def union(sets: Sequence[Ints]) -> Ints:
    """Pixels in any of several sets.

    Examples
    --------
    >>> union([np.array([0, 3]), np.array([2, 5, 7, 8])]).tolist()
    [0, 5, 7, 8]
    """
    if len(sets) < 2:
        return sets[0] if sets else np.empty(0, np.int64)
    at = np.concatenate(sets)
    step = np.concatenate([np.where(np.arange(len(one)) % 2, -1, 1) for one in sets])
    order = np.argsort(at, kind="stable")
    return _runs(at[order], np.cumsum(step[order]) > 0)


def without(one: Ints, other: Ints) -> Ints:
    """Pixels of one set that are not in another.

    Examples
    --------
    >>> without(np.array([0, 6]), np.array([2, 3, 5, 9])).tolist()
    [0, 2, 3, 5]
    """
    if len(one) == 0 or len(other) == 0:
        return one
    at = np.concatenate([one, other])
    order = np.argsort(at, kind="stable")
    mine = order < len(one)
    inside = (np.cumsum(mine) % 2 == 1) & (np.cumsum(~mine) % 2 == 0)
    return _runs(at[order], inside)


def _runs(at: Ints, inside: NDArray[np.bool_]) -> Ints:
    """Make edges of places in ascending order and whether what follows each is inside."""
    ends = np.stack([at[:-1][inside[:-1]], at[1:][inside[:-1]]], axis=1).ravel()
    return raster.merged(ends)


def in_both(one: Ints, other: Ints) -> int:
    """Count the pixels of two sets that are the same."""
    return int(raster.in_both(np.zeros_like(one), one, np.zeros_like(other), other, 1)[0])
