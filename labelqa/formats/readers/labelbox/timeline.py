"""Marks over time: tracks filled in between key frames, and stretches of time in which an answer holds.

`segments` tell from which frame to which (both included) a mark is there. The frames in between are written only if the
export was asked for them; Labelbox moves a box evenly from one key frame to the next, and leaves it where it is after the
last one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from labelqa.kinds.kind import Floats, Ints, spread

LAST_FRAME = (1 << 31) - 1
"""Largest number of a frame; fifty million seconds."""

Sides = tuple[float, float, float, float]
Segment = tuple[int, int]

_segments = msgspec.json.Decoder(list[tuple[int, int]])


class Box(NamedTuple):
    """A box in a frame: left, top, right, bottom."""

    frame: int
    sides: Sides


def frame_number(text: str) -> int:
    """Read the number of a frame, the key of what is in it.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LAST_FRAME):
        raise ValueError("the number of a frame")
    return int(text)


def segments_of(text: msgspec.Raw) -> list[Segment]:
    """Read the stretches in which a mark is there, sorted, as pairs of first and last frame; overlapping ones are joined.

    Raises
    ------
    ValueError
        If they are none.

    Examples
    --------
    >>> segments_of(msgspec.Raw(b"[[18, 19], [7, 13], [8, 15]]"))
    [(7, 15), (18, 19)]
    """
    try:
        found = sorted(_segments.decode(text))
    except (ValueError, RecursionError):
        found = [(1, 0)]
    if not all(0 <= first <= last <= LAST_FRAME for first, last in found):
        raise ValueError("segments as pairs of first and last frame")
    joined: list[Segment] = []
    for first, last in found:
        if joined and first <= joined[-1][1]:
            first, last = joined[-1][0], max(joined.pop()[1], last)
        joined.append((first, last))
    return joined


def n_empty(frames: Sequence[int], segments: Iterable[Segment]) -> int:
    """Count the segments in which none of these frames lies."""
    return sum(bisect_left(frames, first) == bisect_right(frames, last) for first, last in segments)


def n_filled(boxes: Sequence[Box], segments: Iterable[Segment]) -> int:
    """Count the frames in which a track has a box once it is filled in."""
    return sum(last - first + 1 for first, last in segments) + len(boxes)


def filled(boxes: Sequence[Box], segments: Iterable[Segment]) -> tuple[Floats, Ints]:
    """Fill in a track: geometry and frame numbers, as a `track` has them.

    Parameters
    ----------
    boxes : sequence of Box
        The boxes that are written, in ascending order of frames, each frame once.
    segments : iterable of pairs
        In which frames it is there. A segment without any box stays empty, a box outside of them is kept.

    Examples
    --------
    >>> geometry, frames = filled([Box(1, (0, 0, 4, 4)), Box(3, (2, 0, 6, 4))], [(1, 4)])
    >>> geometry[4:8].tolist(), frames.tolist()
    ([1.0, 0.0, 5.0, 4.0], [1, 2, 3, 4])
    """
    frames = np.array([box.frame for box in boxes], np.int64)
    sides = np.array([box.sides for box in boxes], np.float64).reshape(-1, 4)
    first, last = np.array(list(segments), np.int64).reshape(-1, 2).T
    low, high = np.searchsorted(frames, first), np.searchsorted(frames, last, side="right")
    some = high > low
    first, last, low, high = first[some], last[some], low[some], high[some]
    # The first and last box of a segment hold to its ends, so that nothing is drawn from one segment to the next.
    known, at = np.unique(np.concatenate([frames, first, last]), return_index=True)
    corners = np.concatenate([sides, sides[low], sides[high - 1]])[at]
    owner, offset = spread(last - first + 1)
    is_outside = np.ones(len(frames), np.bool_)
    inside, place = spread(high - low)
    is_outside[low[inside] + place] = False
    wanted = np.unique(np.concatenate([first[owner] + offset, frames[is_outside]]))
    columns = [np.interp(wanted, known, side) for side in corners.T]
    return np.stack(columns, axis=1).ravel(), wanted


def stretches(
    changes: Sequence[tuple[int, object]], segments: Iterable[Segment], *, after: int = 1
) -> list[tuple[int, int, int]]:
    """Tell which answer holds from when to when: start, end (not included), position in `changes`.

    Parameters
    ----------
    changes : sequence of frame and answer
        What was answered in the frames that are written, in ascending order. An answer holds until the next other one.
    segments : iterable of pairs
        In which frames the question is answered at all. One before the first answer is passed over.
    after : int
        By how much the end lies behind the last frame of a segment: 1 for frames, 0 for moments.

    Examples
    --------
    >>> stretches([(2, "a"), (3, "a"), (5, "b"), (9, "c")], [(1, 6)])
    [(1, 5, 0), (5, 7, 2)]
    """
    found: list[tuple[int, int, int]] = []
    frames = [frame for frame, _ in changes]
    for first, last in segments:
        begins: list[tuple[int, int]] = []
        for position in range(bisect_left(frames, first), bisect_right(frames, last)):
            if not begins or changes[position][1] != changes[begins[-1][1]][1]:
                begins.append((frames[position] if begins else first, position))
        if not begins:
            # Nothing is written in this segment; what was answered before holds again.
            begins = [(first, position)] if (position := bisect_left(frames, first) - 1) >= 0 else []
        ends = [frame for frame, _ in begins[1:]] + [last + after]
        found += [(begin, end, position) for (begin, position), end in zip(begins, ends, strict=False)]
    return found
