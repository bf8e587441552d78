"""Lines of a YOLO label: a class number and fractions of the image."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.outlines import rotated_box

MAX_LINE_BYTES = 16 << 20
"""Longest line; an outline of 100,000 corners has about 2 MB."""

_LEAST, _MOST = -1.0, 2.0
"""Fractions taken for real: a mark may leave the image. Anything beyond is in another unit."""

_BOX, _ORIENTED = 5, 9


class Mark(NamedTuple):
    """A mark in pixels, or in fractions if the size of the image is not known."""

    kind: str
    geometry: list[float]
    parts: list[int] | None = None


class Line(NamedTuple):
    """What a line says: the number of the class, the marks (a pose is a box and its points), the confidence."""

    cls: int
    marks: list[Mark]
    score: float | None


class KeypointShape(NamedTuple):
    """How many points a pose has, and how many numbers each one: 2, or 3 with visibility."""

    n_points: int
    n_numbers: int


def texts(file: File) -> Iterator[tuple[int, str]]:
    """Give the lines of a file that are not blank, with their numbers.

    Raises
    ------
    InputError
        If a line is beyond `MAX_LINE_BYTES`, or the file is no text in UTF-8.
    """
    with file.open() as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise InputError(f"lines of at most {MAX_LINE_BYTES >> 20} MiB", file=file.name, found="a longer one")
            try:
                text = line.decode("utf-8-sig").strip()
            except UnicodeDecodeError:
                raise InputError("text in UTF-8", file=file.name, record=number, found=line[:40]) from None
            if text:
                yield number, text


def is_label_line(text: str) -> bool:
    """Tell whether a line may be one of a label.

    Examples
    --------
    >>> is_label_line("0 0.5 0.5 0.2 0.1"), is_label_line("0 120 80 30 40"), is_label_line("cat 0.5 0.5 0.2 0.1")
    (True, False, False)
    """
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        return False
    return len(numbers) >= _BOX and _is_class(numbers[0]) and all(_LEAST <= one <= _MOST for one in numbers[1:5])


def is_oriented(text: str) -> bool:
    """Tell whether a line has four corners, with or without a confidence."""
    return len(text.split()) in (_ORIENTED, _ORIENTED + 1)


def parsed(text: str, size: tuple[float, float] | None, keypoints: KeypointShape | None, *, are_oriented: bool) -> Line:
    """Read a line.

    Parameters
    ----------
    text : str
        The line.
    size : pair of float or None
        Width and height of the image; None: coordinates stay fractions.
    keypoints : KeypointShape or None
        What the class file says of poses.
    are_oriented : bool
        Whether all lines of the export have four corners: these are boxes turned, unless they are no rectangles.

    Raises
    ------
    ValueError
        If it is none; says what was expected.

    Examples
    --------
    >>> parsed("3 0.5 0.5 0.2 0.1", (100, 200), None, are_oriented=False)
    Line(cls=3, marks=[Mark(kind='bbox', geometry=[40.0, 90.0, 60.0, 110.0], parts=None)], score=None)
    """
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        raise ValueError("a class number and fractions") from None
    if not all(map(math.isfinite, numbers)) or not _is_class(numbers[0]):
        raise ValueError("a class number and fractions")
    cls, values = int(numbers[0]), numbers[1:]
    width, height = size or (1.0, 1.0)
    n_pose = 4 + keypoints.n_points * keypoints.n_numbers if keypoints else -1
    if len(values) in (4, 5):
        (box,), score = [_box(values[:4], width, height)], values[4:]
        return Line(cls, [box], _first(score))
    if keypoints is not None and len(values) in (n_pose, n_pose + 1):
        score = values[n_pose:]
        pose = _pose(values[4:n_pose], keypoints.n_numbers, width, height)
        return Line(cls, [_box(values[:4], width, height), pose], _first(score))
    if len(values) < 6:
        raise ValueError("a class number and 4 fractions of a box, or 6 and more of an outline")
    n_corners = len(values) // 2
    score = values[2 * n_corners :]
    corners = _placed(values[: 2 * n_corners], width, height)
    turned = rotated_box(corners) if are_oriented and size is not None else None
    mark = Mark("polygon", corners) if turned is None else Mark("rotated_bbox", turned)
    return Line(cls, [mark], _first(score))


def _first(score: Sequence[float]) -> float | None:
    return score[0] if score else None


def _is_class(number: float) -> bool:
    return 0 <= number <= 1e6 and number == int(number)


def _box(values: Sequence[float], width: float, height: float) -> Mark:
    _check(values)
    x, y, w, h = values[0] * width, values[1] * height, abs(values[2]) * width, abs(values[3]) * height
    return Mark("bbox", [x - w / 2, y - h / 2, x + w / 2, y + h / 2])


def _pose(values: Sequence[float], n_numbers: int, width: float, height: float) -> Mark:
    points = [values[start : start + n_numbers] for start in range(0, len(values), n_numbers)]
    flat = [number for x, y, *_ in points for number in (x, y)]
    if n_numbers == 3:
        seen = [int(point[2]) if point[2] in (0, 1, 2) else -1 for point in points]
        if min(seen) < 0:
            raise ValueError("a visibility of 0, 1 or 2 for each point")
    else:
        seen = [2 if any(point) else 0 for point in points]  # by the format, 0 0 is a point that is not labelled
    placed = _placed(flat, width, height)
    for place, is_seen in enumerate(seen):
        if not is_seen:
            placed[2 * place : 2 * place + 2] = 0.0, 0.0
    return Mark("keypoints", placed, seen)


def _placed(values: Sequence[float], width: float, height: float) -> list[float]:
    _check(values)
    return [value * (height if place % 2 else width) for place, value in enumerate(values)]


def _check(values: Sequence[float]) -> None:
    if not all(_LEAST <= value <= _MOST for value in values):
        raise ValueError("fractions of the image, 0 to 1 inside it")
