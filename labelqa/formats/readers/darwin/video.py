"""Marks through the frames of a video: boxes as a track, tags as intervals, other shapes frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labelqa.formats.readers.darwin.schema import Annotation, Marks
from labelqa.formats.readers.darwin.shapes import Value, sides

MAX_FRAMES = 1_000_000
"""Most frames of the tracks of a file that are filled in between those it gives."""

_MAX_FRAME_NUMBER = 1 << 31


def frames_of(annotation: Annotation) -> list[tuple[int, Marks]]:
    """Give the frames of an annotation in order.

    Raises
    ------
    ValueError
        If a frame has no number.
    """
    frames = (annotation.frames or {}) | (annotation.sections or {})
    numbered = []
    for name, marks in frames.items():
        if not (name.isdecimal() and len(name) < 12 and int(name) < _MAX_FRAME_NUMBER):
            raise ValueError("frames with numbers")
        numbered.append((int(name), marks))
    return sorted(numbered, key=lambda frame: frame[0])


def ranges_of(annotation: Annotation, frames: Sequence[tuple[int, Marks]]) -> list[tuple[int, int]]:
    """Give the ranges of frames in which a mark is seen, ends not included.

    Where the export gives none, or a range is open, they run from the first frame to the last.

    Raises
    ------
    ValueError
        If a range is none.
    """
    last = frames[-1][0] + 1 if frames else 0
    given = annotation.ranges if annotation.ranges is not None else annotation.segments
    ranges = []
    for range_ in given or []:
        start, end = (*range_, last, 0, 0)[:2]
        if len(range_) not in (1, 2) or not 0 <= start <= end < _MAX_FRAME_NUMBER:
            raise ValueError("ranges of frames")
        ranges.append((start, end))
    return ranges or ([(frames[0][0], last)] if frames else [])


def track(annotation: Annotation, frames: Sequence[tuple[int, Marks]], most: int = MAX_FRAMES) -> Value:
    """Make a track of boxes: between two frames that are given a box moves evenly, or stands still if not interpolated.

    Before the first frame that is given and after the last one the box stands still. Frames where the mark is hidden
    are left out.

    Raises
    ------
    ValueError
        If the ranges are none, or more than `most` frames would be filled in.
    """
    boxed = [(number, sides(marks.bounding_box)) for number, marks in frames if marks.bounding_box is not None]
    ranges = ranges_of(annotation, frames)
    if sum(end - start for start, end in ranges) > most + len(boxed):
        raise ValueError(f"at most {MAX_FRAMES} frames to fill in")
    keys = np.array([number for number, _ in boxed])
    boxes = np.array([box for _, box in boxed], np.float64)
    seen = [np.arange(start, end) for start, end in ranges]
    wanted = np.unique(np.concatenate([*seen, keys[:0]]))
    wanted = wanted[~_hidden(annotation, wanted)]
    if annotation.interpolated is False:
        before = np.maximum(np.searchsorted(keys, wanted, side="right") - 1, 0)
        sides_ = boxes[before]
    else:
        sides_ = np.stack([np.interp(wanted, keys, boxes[:, side]) for side in range(4)], axis=1)
    if not len(wanted):
        raise ValueError("at least one frame in which the mark is seen")
    return Value("track", sides_.ravel().tolist(), wanted.tolist())


def _hidden(annotation: Annotation, frames: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell in which frames a mark is hidden, by ranges whose ends are not included."""
    areas = [pair for pair in annotation.hidden_areas or () if len(pair) == 2 and 0 <= pair[0] < pair[1] < 1 << 62]
    starts, ends = (np.array(sorted(pair[side] for pair in areas), np.int64) for side in (0, 1))
    n_begun, n_over = np.searchsorted(starts, frames, "right"), np.searchsorted(ends, frames, "right")
    hidden: NDArray[np.bool_] = n_begun > n_over
    return hidden


def carried(frames: Sequence[tuple[int, Marks]]) -> list[tuple[int, Marks, Marks]]:
    """Give number, shape and subordinate marks of each frame; a frame without a shape has the one before it."""
    out = []
    shape: Marks | None = None
    for number, marks in frames:
        shape = marks if _is_shaped(marks) else shape
        if shape is not None:
            out.append((number, shape, marks))
    return out


def _is_shaped(marks: Marks) -> bool:
    shapes = (
        marks.polygon,
        marks.complex_polygon,
        marks.ellipse,
        marks.line,
        marks.keypoint,
        marks.skeleton,
        marks.eye,
    )
    return any(shape is not None for shape in (*shapes, marks.cuboid, marks.bounding_box, marks.mask))
