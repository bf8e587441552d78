"""Marks on a video: rectangles that move between key frames, and stretches of its timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labelqa.formats.readers.label_studio.region import Mark, Region
from labelqa.formats.readers.label_studio.values import UnreadableError, number, numbers
from labelqa.kinds.kind import Floats, Ints

MAX_FRAMES = 1_000_000
"""Most frames of one track: nine hours at 30 a second. A few bytes of text may stand for any number."""

MAX_FRAMES_OF_FILE = 5_000_000
"""Most frames of all tracks of a file."""

_MAX_FRAME = 1 << 31


def rectangle(region: Region) -> list[Mark]:
    """Read a moving rectangle as a track, its frames filled in as Label Studio shows them.

    Between two key frames every number goes straight from one to the other. An object that is disabled at a key frame
    is seen on it for the last time, until the next key frame; after the last enabled one it stays until the video ends.
    """
    sequence = region.value.get("sequence")
    if not isinstance(sequence, list) or not sequence or not all(isinstance(key, dict) for key in sequence):
        raise UnreadableError("a sequence of key frames", "value.sequence")
    keys = {_whole(key.get("frame"), "frame"): key for key in sequence}
    frames = sorted(keys)
    shapes = np.array([_shape(keys[frame]) for frame in frames])
    ends = _ends(frames, keys, region.value.get("framesCount"))
    n_frames = sum(end - start + 1 for start, end in zip(frames, ends, strict=True))
    if n_frames > min(MAX_FRAMES, region.room):
        expected = f"at most {MAX_FRAMES} frames of a track and {MAX_FRAMES_OF_FILE} of all tracks of a file"
        raise UnreadableError(expected, "value.framesCount", str(n_frames))
    at = np.concatenate([np.arange(start, end + 1) for start, end in zip(frames, ends, strict=True)])
    turned = bool((shapes[:, 4] % 360).any())
    if turned:
        region.tell("note", "a turned rectangle of a video is read as the upright box round it", None, None)
    boxes = _boxes(_between(at, np.array(frames), shapes), region, turned=turned)
    return [Mark("track", boxes.ravel().tolist(), at.tolist())]


def timeline(region: Region) -> list[Mark]:
    """Read stretches of frames; both ends belong to a stretch, so that the frame after it is its end."""
    ranges = region.value.get("ranges")
    if not isinstance(ranges, list) or not ranges or not all(isinstance(one, dict) for one in ranges):
        raise UnreadableError("ranges", "value.ranges")
    return [Mark("interval", _stretch(one)) for one in ranges]


def _stretch(one: Mapping[str, Any]) -> tuple[float, float]:
    start, end = numbers(one, "start", "end")
    if end < start:
        raise UnreadableError("an end from the start on", "value.ranges")
    return start, end + 1


def _whole(value: object, field: str) -> int:
    found = number(value)
    if found is None or found != int(found) or not 0 <= found < _MAX_FRAME:
        raise UnreadableError("whole frame numbers from 0", f"value.sequence[...].{field}")
    return int(found)


def _shape(key: Mapping[str, Any]) -> list[float]:
    try:
        return [*numbers(key, "x", "y", "width", "height"), number(key.get("rotation")) or 0.0]
    except UnreadableError as error:
        raise UnreadableError(error.expected, "value.sequence") from None


def _ends(frames: Sequence[int], keys: Mapping[int, Mapping[str, Any]], count: object) -> list[int]:
    """Give the last frame that each key frame alone decides: the one before the next, or itself if disabled."""
    held = max(frames[-1], int(number(count) or 0))
    nexts = [frame - 1 for frame in frames[1:]] + [held]
    return [frame if keys[frame].get("enabled") is False else end for frame, end in zip(frames, nexts, strict=True)]


def _between(at: Ints, frames: Ints, shapes: Floats) -> Floats:
    """Give x, y, width, height and rotation of frames from those of the key frames."""
    return np.stack([np.interp(at, frames, column) for column in shapes.T], axis=1)


def _boxes(shapes: Floats, region: Region, *, turned: bool) -> Floats:
    """Give left, top, right, bottom in pixels of rectangles in percent, turned about their top left corner."""
    x, y, width, height, degrees = shapes.T
    x, width = x * region.width / 100, width * region.width / 100
    y, height = y * region.height / 100, height * region.height / 100
    if not turned:
        return np.stack([np.minimum(x, x + width), np.minimum(y, y + height),
                         np.maximum(x, x + width), np.maximum(y, y + height)], axis=1)  # fmt: skip
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    across, down = np.stack([width * cos, width * sin]), np.stack([-height * sin, height * cos])
    corners = np.stack([np.zeros_like(across), across, across + down, down]) + np.stack([x, y])
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)]).T
