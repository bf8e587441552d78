"""Outlines as the pixels that pycocotools makes of them.

Its rule is its own: the outline is drawn on a grid five times as fine, and what is between its lines is set, column by
column; pixels differ along the edges from those whose centre lies inside. So pycocotools itself draws them here, once
corners and sizes are checked; its text is then decoded for all outlines at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelqa.kinds import raster
from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.kinds.mask import EDGE, Masks
from labelqa.kinds.rings import Rings
from labelqa.kinds.run_lengths import decompressed
from labelqa.measures.coco.layout import Bools

_LONGEST = 1 << 21
"""Pixels that an outline may go round; pycocotools takes some hundred bytes for each."""


def drawn(rings: Rings, together: Bools, width: Floats, height: Floats) -> tuple[Masks, Bools]:
    """Draw outlines.

    Parameters
    ----------
    rings : Rings
        Corners of N outlines.
    together : bool array [N]
        Whether the rings of an outline are parts that are set together; if not, a pixel is set if an odd number of rings
        sets it, so that rings are holes.
    width, height : float64 arrays [N]
        Of the image, in pixels; nan where unknown, which is taken for as large as the outline needs.

    Returns
    -------
    masks : Masks
    left_out : bool array [N]
        Outlines that are too long, or in too large an image; their mask is empty.
    """
    n = len(rings.count)
    width, height = (_sizes(rings, axis, size) for axis, size in enumerate((width, height)))
    length = _lengths(rings)
    left_out = (length > _LONGEST) | (width * height > raster.MAX_PIXELS) | ~np.isfinite(length)
    texts: list[bytes] = []
    owner: list[int] = []
    from pycocotools import mask as coco

    first_ring = np.cumsum(rings.count) - rings.count
    ends = np.cumsum(rings.size)
    for row in np.flatnonzero(~left_out).tolist():
        tall, wide = int(height[row]), int(width[row])
        parts = []
        for ring in range(first_ring[row], first_ring[row] + rings.count[row]):
            if rings.size[ring] > 2:
                corners = rings.xy[ends[ring] - rings.size[ring] : ends[ring]].ravel().tolist()
                parts += coco.frPyObjects([corners], tall, wide)
        if len(parts) > 1 and together[row]:
            parts = [coco.merge(parts)]
        texts += [part["counts"] for part in parts]
        owner += [row] * len(parts)
    return _masks(texts, np.array(owner, dtype=np.int64), height.astype(np.int64), n), left_out


def _sizes(rings: Rings, axis: int, given: Floats) -> Floats:
    """Give the image's side, or one that the outline fits into."""
    first = rings.first
    most = np.zeros(len(given))
    some = np.flatnonzero(np.diff(first) > 0)
    if len(some):
        most[some] = np.maximum.reduceat(rings.xy[:, axis], first[some])
    return np.where(np.isnan(given), np.maximum(np.ceil(most) + 1.0, 1.0), given)


def _lengths(rings: Rings) -> Floats:
    """How far it is round each outline: float64 [N]."""
    edges = rings.edges()
    steps = np.maximum(np.abs(edges[:, 2] - edges[:, 0]), np.abs(edges[:, 3] - edges[:, 1])) + 1.0
    owner = np.repeat(np.arange(len(rings.count)), np.diff(rings.first))
    return np.asarray(np.bincount(owner, steps, len(rings.count)), dtype=np.float64)


def _masks(texts: Sequence[bytes], owner: Ints, height: Ints, n: int) -> Masks:
    """Decode run lengths over whole images, and cut them to the boxes round the pixels."""
    which, edges = _decoded(texts)
    row = owner[which]
    # Of several drawings of one outline, each edge changes inside to outside: sorted, that is what an odd number sets.
    keys = raster.merged(np.sort(row << 31 | edges))
    row, edges = keys >> 31, keys & EDGE
    start, end, mine = edges[::2], edges[1::2], row[::2]
    tall = np.maximum(height, 1)[mine]
    column, line = np.divmod(start, tall)
    last_column, last_line = np.divmod(end - 1, tall)
    box = np.zeros((4, n), np.int64)
    first = np.flatnonzero(np.diff(mine, prepend=-1))
    if len(first):
        rows = mine[first]
        through = np.logical_or.reduceat(column != last_column, first)
        box[0, rows] = column[first]
        box[1, rows] = np.where(through, 0, np.minimum.reduceat(line, first))
        box[2, rows] = np.maximum.reduceat(last_column, first) + 1
        box[3, rows] = np.where(through, height[rows], np.maximum.reduceat(last_line, first) + 1)
    left, top, inner = box[0, mine], box[1, mine], (box[3] - box[1])[mine]
    starts = (column - left) * inner + line - top
    ends = np.stack([starts, starts + end - start], axis=1).ravel()
    return Masks.of(row << 31 | ends, box)


def _decoded(texts: Sequence[bytes]) -> tuple[Ints, Ints]:
    """Decode many compressed run lengths: number of the text, and its edges, of which touching ones are not yet joined."""
    if not texts:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    lengths = [decompressed(text) for text in texts]
    count = np.array([len(one) for one in lengths])
    which, place = spread(count)
    ends = np.cumsum(np.concatenate(lengths))
    before = np.append(0, ends)[np.cumsum(count) - count]
    kept = place < count[which] & ~1
    return which[kept], (ends - before[which])[kept]
