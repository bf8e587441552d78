"""Lines: `geometry` is x, y of every point in pixels, line after line, `parts` the points of each line (null: one line).

A line has no area, so each is taken for the strip of all places within `tolerance` of it, and similarity is the
intersection over union of the strips. Two parallel lines at a distance d have about (2 tolerance - d) / (2 tolerance + d)
in common, 1/3 at one tolerance and 0 from two on. The strips are those of shapely's `buffer` (round ends, 16 segments a
quarter circle). Which way a line was drawn makes no difference. The tolerance is 1 % of the frame's diagonal, 10 pixels
where the frame is unknown, or an option. Two lines without points, or with a tolerance of 0, are alike if they are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from labelqa.kinds.frames import UNKNOWN, check_tolerance, tolerances
from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs
from labelqa.kinds.polygon import rings_of
from labelqa.kinds.rings import Rings
from labelqa.kinds.shapes import Shapes
from labelqa.kinds.strips import strips


def iou(a: Sequence[Any], b: Sequence[Any], tolerance: float = UNKNOWN) -> Floats:
    """Intersection over union of the strips around line a[k] and line b[k]; swapping `a` and `b` changes no bit.

    Parameters
    ----------
    a, b : sequences of one length n
        Lines, each the points of one, array_like of shape (k, 2), or a list of such lines.
    tolerance : float
        Half the width of the strips, in pixels.

    Returns
    -------
    float64 array of length n, in [0, 1]

    Raises
    ------
    ValueError
        If `a` and `b` differ in length, something is not a line or not finite, or the tolerance is negative.

    Examples
    --------
    >>> line = [[0, 0], [100, 0]]
    >>> iou([line, line], [[[100, 0], [0, 0]], [[0, 5], [100, 5]]], tolerance=5).round(2).tolist()
    [1.0, 0.33]
    """
    if len(a) != len(b):
        raise ValueError(f"as many lines on either side; found {len(a)} and {len(b)}")
    shapes = _laid_out([*a, *b], tolerance)
    return shapes.similarity(np.arange(len(a)), np.arange(len(b)) + len(a))


def iou_matrix(a: Sequence[Any], b: Sequence[Any], tolerance: float = UNKNOWN) -> Floats:
    """Compare every line of `a` with every line of `b`, given as for `iou`: float64 (n, m).

    Examples
    --------
    >>> iou_matrix([[[0, 0], [100, 0]]], [[[0, 0], [100, 0]], [[0, 50], [100, 50]]], tolerance=5).tolist()
    [[1.0, 0.0]]
    """
    row, column = (np.ravel(side) for side in np.indices((len(a), len(b))))
    return _laid_out([*a, *b], tolerance).similarity(row, column + len(a)).reshape(len(a), len(b))


def _laid_out(lines: Sequence[Any], tolerance: float) -> Shapes:
    check_tolerance(tolerance)
    parts = [[np.asarray(part, dtype=np.float64) for part in _parts(line)] for line in lines]
    flat = [part for each in parts for part in each]
    if any(part.ndim != 2 or part.shape[1] != 2 for part in flat):
        raise ValueError("a line is an array of points (n, 2) or a list of such lines")
    size = np.array([len(part) for part in flat], dtype=np.int64)
    count = np.array([len(each) for each in parts], dtype=np.int64)
    xy = np.concatenate(flat) if flat else np.empty((0, 2))
    if not np.isfinite(xy).all():
        raise ValueError("coordinates are finite numbers")
    return strips(Rings(xy, size, count), np.full(len(lines), float(tolerance)))


def _parts(line: Any) -> Sequence[ArrayLike]:
    return [line] if len(line) and np.ndim(line[0]) == 1 else line


@dataclass(frozen=True)
class Polyline(ObjectKind):
    """Lines; values are `Shapes`, the strips around them.

    Parameters
    ----------
    tolerance : float, optional
        Half the width of the strips, in pixels; by default 1 % of the diagonal of the frame, 10 pixels where it is
        unknown.
    """

    name: ClassVar[str] = "polyline"
    tolerance: float | None = None

    def __post_init__(self) -> None:
        check_tolerance(self.tolerance)

    def values(self, annotations: pl.DataFrame) -> Shapes:
        """Draw the strips, in bulk."""
        return strips(rings_of(annotations, self.name), tolerances(annotations, self.tolerance))

    def similarity(self, values: Shapes, a: Ints, b: Ints) -> Floats:
        """Intersection over union of the strips."""
        return values.similarity(a, b)

    def clipped(self, values: Shapes, width: Floats, height: Floats) -> Shapes:
        """Cut the strips to the frame."""
        return values.clipped(width, height)

    def candidates(self, values: Shapes, runs: Runs, least: float) -> Candidates:
        """Find pairs among those whose strips' boxes and areas allow the similarity."""
        return values.candidates(runs, least)


KIND = Polyline()
