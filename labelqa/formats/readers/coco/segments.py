"""Segmentations: lists of outlines, or run lengths; from JSON text to values of polygons and masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.formats import compressed, rle
from labelqa.formats.readers.coco.schema import RunLengths
from labelqa.kinds import raster
from labelqa.kinds.apart import lie_apart
from labelqa.kinds.kind import Floats, Ints
from labelqa.kinds.rings import Rings, regions
from labelqa.project.validate import MAX_COORDINATE

Outlines = list[list[float]]

_DECODER = msgspec.json.Decoder(Outlines | RunLengths)
_MANY = msgspec.json.Decoder(list[Outlines | RunLengths])
_FAILURES = (ValueError, RecursionError)

_AT_ONCE = 1 << 12
"""Segmentations decoded in one go."""

_NEAR = 0.01
"""Pixels by which a corner may lie off that of the box; some writers round."""

EXPECTED = "outlines as lists of x, y, ..., or run lengths with a size"


@dataclass(frozen=True, eq=False)
class Decoded:
    """Values of some segmentations.

    Parameters
    ----------
    polygons, masks : polars.DataFrame
        `place` (number of the segmentation), `geometry`, `parts`; of masks `height` and `width` of the image besides.
    faults : list of (int, str)
        Number of a segmentation that cannot be read, and what was expected.
    short : list of int
        Numbers of those that lose rings of fewer than three corners.
    joined : list of int
        Numbers of those with parts that overlapped and were joined.
    """

    polygons: pl.DataFrame
    masks: pl.DataFrame
    faults: list[tuple[int, str]]
    short: list[int]
    joined: list[int]


def is_rectangle(raw: bytes, box: Sequence[float | None]) -> bool:
    """Tell whether a segmentation is nothing but the rectangle of the box x, y, width, height.

    Examples
    --------
    >>> is_rectangle(b"[[1, 2, 1, 6, 4, 6, 4, 2]]", (1.0, 2.0, 3.0, 4.0))
    True
    >>> is_rectangle(b"[[1, 2, 1, 6, 4, 6]]", (1.0, 2.0, 3.0, 4.0))
    False
    """
    if len(raw) > 1000 or any(side is None for side in box):
        return False
    try:
        outlines = _DECODER.decode(raw)
    except _FAILURES:
        return False
    if isinstance(outlines, RunLengths) or len(outlines) != 1 or len(outlines[0]) not in (8, 10):
        return False
    corners = list(zip(outlines[0][0::2], outlines[0][1::2], strict=True))
    if len(corners) == 5 and corners.pop() != corners[0]:
        return False
    x, y, w, h = (float(side or 0.0) for side in box)
    wanted = {(0, 0), (0, 1), (1, 1), (1, 0)}
    found = []
    for left, top in corners:
        here = [(a, b) for a, b in wanted if abs(left - x - a * w) <= _NEAR and abs(top - y - b * h) <= _NEAR]
        if not here:
            return False
        found.append(here)
    # Each corner once, and one after the other round the box; a narrow box has corners that stand for several.
    return any(all(one in here for one, here in zip(way, found, strict=True)) for way in _ways())


def _ways() -> Iterator[list[tuple[int, int]]]:
    """List the ways round a box: from each corner, in either direction."""
    round_ = [(0, 0), (0, 1), (1, 1), (1, 0)]
    for start in range(4):
        turned = round_[start:] + round_[:start]
        yield turned
        yield turned[:1] + turned[:0:-1]


def decode(raws: Sequence[bytes], *, as_they_are: bool) -> Iterator[Decoded]:
    """Decode segmentations, some thousands at a time.

    Parameters
    ----------
    raws : sequence of bytes
        JSON.
    as_they_are : bool
        Keep parts of an outline that overlap; else they are joined, since COCO means their union.
    """
    for start in range(0, len(raws), _AT_ONCE):
        yield _decoded(raws[start : start + _AT_ONCE], start, as_they_are)


def _decoded(raws: Sequence[bytes], start: int, as_they_are: bool) -> Decoded:
    faults: list[tuple[int, str]] = []
    found: list[tuple[int, Outlines | RunLengths]]
    try:
        found = list(enumerate(_MANY.decode(b"[" + b",".join(raws) + b"]"), start))
    except _FAILURES:
        found = []
        for place, raw in enumerate(raws, start):
            try:
                found.append((place, _DECODER.decode(raw)))
            except _FAILURES:
                faults.append((place, EXPECTED))
    masks = _masks([(place, one) for place, one in found if isinstance(one, RunLengths)], faults)
    outlines = [(place, one) for place, one in found if not isinstance(one, RunLengths)]
    polygons, short, joined = _polygons(outlines, as_they_are, faults)
    return Decoded(polygons, masks, faults, short, joined)


def _masks(given: list[tuple[int, RunLengths]], faults: list[tuple[int, str]]) -> pl.DataFrame:
    """Decode compressed masks at once, and one by one those that are not, or not beyond doubt."""
    place = np.array([place for place, _ in given], dtype=np.int64)
    counts = [one.counts if isinstance(one.counts, str) else "" for _, one in given]
    size = np.array([one.size if len(one.size) == 2 else (0.0, 0.0) for _, one in given]).reshape(-1, 2)
    fits = ((size > 0) & (size == np.floor(size))).all(axis=1) & (size.prod(axis=1) <= raster.MAX_PIXELS)
    size = np.where(fits[:, None], size, 1).astype(np.int64)
    values, good = compressed.decoded([text if well else "" for text, well in zip(counts, fits, strict=True)], *size.T)
    slow = [given[number] for number in np.flatnonzero(~good).tolist()]
    at_once = _mask_frame(place[good], values, size[good])
    return pl.concat([at_once, _one_by_one(slow, faults)]).sort("place")


def _one_by_one(given: list[tuple[int, RunLengths]], faults: list[tuple[int, str]]) -> pl.DataFrame:
    places, geometry, parts, sizes = [], [], [], []
    for place, one in given:
        try:
            height, width = one.size
            value = rle.from_coco(one.counts, height, width)  # type: ignore[arg-type]
        except ValueError as error:
            faults.append((place, str(error) if len(one.size) == 2 else "a size of height and width"))
            continue
        places.append(place)
        geometry.append(value.geometry)
        parts.append(np.asarray(value.parts, dtype=np.uint32))
        sizes.append((int(height), int(width)))
    values = compressed.MaskValues(
        np.array(geometry, np.float64).reshape(-1, 4),
        np.concatenate([np.empty(0, np.uint32), *parts]),
        np.array(list(map(len, parts)), np.int64),
    )
    return _mask_frame(np.array(places, np.int64), values, np.array(sizes, np.int64).reshape(-1, 2))


def _mask_frame(place: Ints, values: compressed.MaskValues, size: Ints) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "place": pl.Series(place, dtype=pl.Int64),
            "geometry": lists(values.geometry.ravel(), np.full(len(place), 4), pl.Float64()),
            "parts": lists(values.parts, values.size, pl.UInt32()),
            "height": pl.Series(size[:, 0], dtype=pl.Int64),
            "width": pl.Series(size[:, 1], dtype=pl.Int64),
        }
    )


def _polygons(
    given: list[tuple[int, Outlines]], as_they_are: bool, faults: list[tuple[int, str]]
) -> tuple[pl.DataFrame, list[int], list[int]]:
    place = np.array([place for place, _ in given], dtype=np.int64)
    n_rings = np.array([len(outlines) for _, outlines in given], dtype=np.int64)
    rings = list(chain.from_iterable(outlines for _, outlines in given))
    n_numbers = np.fromiter(map(len, rings), np.int64, len(rings))
    flat = np.fromiter(chain.from_iterable(rings), np.float64, int(n_numbers.sum()))
    owner = np.repeat(np.arange(len(given)), n_rings)
    torn = np.bincount(owner[n_numbers % 2 == 1], minlength=len(given)) > 0
    faults += [(int(number), "outlines as x, y of every corner, an even number of numbers") for number in place[torn]]
    whole = Rings(_even(flat, n_numbers), n_numbers // 2, n_rings)
    size = whole.size - _closed(whole)
    usable = (size >= 3) & ~torn[owner]
    short = np.bincount(owner[~usable], minlength=len(given)) > 0
    kept = _shortened(whole, size * usable)
    count = np.bincount(owner[usable], minlength=len(given))
    nothing = (count == 0) & ~torn
    faults += [(int(number), "an outline of three corners or more") for number in place[nothing]]
    rows = np.flatnonzero(count > 0)
    outlines = Rings(kept.xy, kept.size[usable], count[rows])
    joined: list[int] = []
    if not as_they_are and (count > 1).any():
        outlines, changed = _joined(outlines)
        joined = place[rows[changed]].tolist()
    frame = pl.DataFrame({"place": pl.Series(place[rows], dtype=pl.Int64)})
    geometry = lists(outlines.xy.ravel(), 2 * np.diff(outlines.first), pl.Float64())
    parts = lists(outlines.size.astype(np.uint32), outlines.count, pl.UInt32())
    frame = frame.with_columns(geometry=geometry, parts=parts)
    frame = frame.with_columns(parts=pl.when(pl.col("parts").list.len() > 1).then("parts"))
    return frame, place[short & ~torn & ~nothing].tolist(), joined


def _even(flat: Floats, n_numbers: Ints) -> Floats:
    """Lay numbers out as corners; the last one of an odd number of them goes."""
    odd = np.flatnonzero(n_numbers % 2)
    if len(odd):
        flat = np.delete(flat, np.cumsum(n_numbers)[odd] - 1)
    return flat.reshape(-1, 2)


def _closed(rings: Rings) -> Ints:
    """Tell, as 0 or 1, whether a ring repeats its first corner at its end."""
    end = np.cumsum(rings.size)
    found = np.zeros(len(rings.size), np.int64)
    some = np.flatnonzero(rings.size > 1)
    found[some] = (rings.xy[end[some] - 1] == rings.xy[(end - rings.size)[some]]).all(axis=1)
    return found


def _shortened(rings: Rings, size: Ints) -> Rings:
    """Keep the first corners of every ring."""
    place = np.arange(len(rings.xy)) - np.repeat(np.cumsum(rings.size) - rings.size, rings.size)
    return Rings(rings.xy[place < np.repeat(size, rings.size)], size, rings.count)


def _joined(outlines: Rings) -> tuple[Rings, Ints]:
    """Join the parts of outlines that overlap; give all outlines, and which of them changed."""
    import shapely

    far = ~(np.abs(outlines.xy) <= MAX_COORDINATE).all(axis=1)  # left out later, and never overlaid
    apart = np.full(len(outlines.count), True)
    tame = np.flatnonzero(~np.logical_or.reduceat(far, outlines.first[:-1]))
    apart[tame] = lie_apart(outlines.taken(tame))
    changed: list[int] = []
    pieces: list[Rings] = []
    done = 0
    for row in np.flatnonzero(~apart).tolist():
        mine = outlines.taken(np.array([row]))
        each, _, tangled = regions(Rings(mine.xy, mine.size, np.ones(len(mine.size), np.int64)))
        union = shapely.union_all(each)
        if tangled.any() or union.area == 0:
            continue
        rings = [shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(shapely.get_parts(union))]
        size = np.array([len(ring) for ring in rings])
        pieces += [outlines.taken(np.arange(done, row)), Rings(np.concatenate(rings), size, np.array([len(rings)]))]
        changed.append(row)
        done = row + 1
    pieces.append(outlines.taken(np.arange(done, len(apart))))
    columns = (np.concatenate([getattr(piece, name) for piece in pieces]) for name in ("xy", "size", "count"))
    return Rings(*columns), np.array(changed, np.int64)


def lists(flat: NDArray[Any], size: Ints, dtype: pl.DataType) -> pl.Series:
    """Cut values into lists of some sizes.

    Examples
    --------
    >>> lists(np.arange(3.0), np.array([2, 0, 1]), pl.Float64()).to_list()
    [[0.0, 1.0], [], [2.0]]
    """
    row = np.repeat(np.arange(len(size), dtype=np.uint32), size)
    cut = pl.DataFrame({"row": row, "value": pl.Series(flat, dtype=dtype)}).group_by("row", maintain_order=True)
    frame = pl.DataFrame({"row": np.arange(len(size), dtype=np.uint32)})
    found = frame.join(cut.agg("value"), on="row", how="left", maintain_order="left")["value"]
    return found.fill_null([])
