"""Tracks of boxes: what lies between key frames, as CVAT fills it in.

Between two key frames CVAT interpolates each number linearly in the frame number, and the rotation by the shorter way.
From a key frame marked `outside` on, the object is not seen until the next key frame that is not. After the last key
frame it stays where it is to the end of the job. (CVAT 2024, `cvat/apps/dataset_manager/annotation.py`, TrackManager.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

MAX_FRAMES = 2_000_000
"""Most frames that all tracks of a file are filled in over."""


class Key(NamedTuple):
    """An object in a frame: left, top, right, bottom and rotation in degrees, or the note that it is not seen."""

    frame: int
    box: Sequence[float]
    outside: bool = False
    rotation: float = 0.0


def filled(keys: Iterable[Key], last: int | None = None, step: int = 1, most: int = MAX_FRAMES) -> list[Key]:
    """Fill a track in between its key frames.

    Parameters
    ----------
    keys : iterable of Key
        In any order; of several in one frame the last counts.
    last : int, optional
        The last frame, up to which the object stays where the last key frame has it.
    step : int
        Distance of frames, where the task takes only some of a video's.
    most : int
        Most frames to fill in.

    Returns
    -------
    list of Key
        One for each frame in which the object is seen, ascending.

    Raises
    ------
    ValueError
        If there are more frames than `most`.

    Examples
    --------
    >>> keys = [Key(0, (0, 0, 4, 4)), Key(2, (2, 0, 8, 4), outside=True), Key(3, (0, 0, 1, 1))]
    >>> [(key.frame, *key.box) for key in filled(keys, last=4)]
    [(0, 0, 0, 4, 4), (1, 1.0, 0.0, 6.0, 4.0), (3, 0, 0, 1, 1), (4, 0, 0, 1, 1)]
    """
    by_frame = {key.frame: key for key in keys}
    order = [by_frame[frame] for frame in sorted(by_frame)]
    if last is not None and order and last > order[-1].frame and not order[-1].outside:
        order.append(order[-1]._replace(frame=last))
    if order and (order[-1].frame - order[0].frame) // step >= most:
        raise ValueError(f"tracks of at most {MAX_FRAMES} frames in all")
    seen: list[Key] = []
    for number, key in enumerate(order):
        if not key.outside:
            seen.append(key)
            seen.extend(_between(key, order[number + 1], step) if number + 1 < len(order) else ())
    return seen


def _between(here: Key, there: Key, step: int) -> Iterator[Key]:
    turn = (there.rotation - here.rotation + 180) % 360 - 180
    for frame in range(here.frame + step, there.frame, step):
        if here.box == there.box and not turn:
            yield here._replace(frame=frame)
            continue
        share = (frame - here.frame) / (there.frame - here.frame)
        box = tuple(a + (b - a) * share for a, b in zip(here.box, there.box, strict=True))
        yield Key(frame, box, rotation=(here.rotation + turn * share) % 360)
