"""Ground truth and detections as flat arrays, in the order in which COCO goes through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Floats, Ints

Bools = NDArray[np.bool_]

MOST_DETECTIONS = 100
"""Detections of a class in an image that take part, those of greatest confidence."""


@dataclass(frozen=True, eq=False)
class Marks:
    """N marks of one side.

    Parameters
    ----------
    image, cls : int64 arrays [N]
        Number of the image, in the order of their ids, and of the class.
    area : float64 array [N]
        By which a mark is small, medium or large.
    shape : float64 array (4, M) or Masks
        Left, top, right, bottom of boxes, or masks.
    row : int64 array [N]
        Which of them each mark has.
    is_crowd : bool array [N]
        Of the ground truth: marks a group of objects, which any number of detections may match.
    score : float64 array [N]
        Of detections: the confidence.
    """

    image: Ints
    cls: Ints
    area: Floats
    shape: Any
    row: Ints
    is_crowd: Bools
    score: Floats

    def __len__(self) -> int:
        return len(self.image)

    def take(self, rows: Ints) -> Marks:
        """Take some of them, in that order; the shapes stay where they are."""
        return Marks(
            self.image[rows],
            self.cls[rows],
            self.area[rows],
            self.shape,
            self.row[rows],
            self.is_crowd[rows],
            self.score[rows],
        )


@dataclass(frozen=True, eq=False)
class Sides:
    """Both sides, sorted by class, image and the order in which COCO looks at them.

    Parameters
    ----------
    truth, detections : Marks
        Detections by falling confidence, at most `MOST_DETECTIONS` of a class in an image.
    rank : int64 array
        Place of each detection among those of its class in its image, from 0.
    by_score : int64 array
        Detections by class, falling confidence and image, which is the order in which precision is counted.
    n_images, n_classes : int
    """

    truth: Marks
    detections: Marks
    rank: Ints
    by_score: Ints
    n_images: int
    n_classes: int

    @classmethod
    def of(cls, truth: Marks, detections: Marks, n_images: int, n_classes: int) -> Sides:
        """Sort both sides, each of which comes in the order of its file within every image."""
        truth_row = _sorted_by(np.arange(len(truth)), (truth.image, n_images), (truth.cls, n_classes))
        by_image = _sorted_by(np.arange(len(detections)), (detections.image, n_images))
        by_score = _falling(by_image, detections.score)
        row = _sorted_by(by_score, (detections.image, n_images), (detections.cls, n_classes))
        image, of_class = detections.image[row], detections.cls[row]
        rank = places(np.concatenate([[True], (image[1:] != image[:-1]) | (of_class[1:] != of_class[:-1])])[: len(row)])
        few = rank < MOST_DETECTIONS
        row, rank = row[few], rank[few]
        number = np.full(len(detections), -1)
        number[row] = np.arange(len(row))
        order = number[_sorted_by(by_score, (detections.cls, n_classes))]
        return cls(truth.take(truth_row), detections.take(row), rank, order[order >= 0], n_images, n_classes)


def places(starts: Bools) -> Ints:
    """Number the members of groups laid end to end, from what starts one.

    Examples
    --------
    >>> places(np.array([True, False, False, True])).tolist()
    [0, 1, 2, 0]
    """
    first = np.flatnonzero(starts)
    return np.arange(len(starts)) - np.repeat(first, np.diff(np.append(first, len(starts))))


def _sorted_by(rows: Ints, *keys: tuple[NDArray[np.int64 | np.uint64], int]) -> Ints:
    """Sort rows by keys of known size, the last one first, rows that are equal in their order; by counting, not comparing."""
    for key, size in keys:
        values = key[rows]
        if (values[1:] >= values[:-1]).all():
            continue
        for shift in range(0, max(size - 1, 1).bit_length(), 16):
            digits = (key[rows] >> shift).astype(np.uint16)
            if len(digits) and (digits != digits[0]).any():
                rows = rows[np.argsort(digits, kind="stable")]
    return rows


def _falling(rows: Ints, score: Floats) -> Ints:
    """Sort rows by falling score, equal ones in their order."""
    if (score < 0).any():
        return rows[np.argsort(-score[rows], kind="stable")]
    # The bits of floating point numbers that are not negative are in the order of the numbers.
    return _sorted_by(rows, (~(score + 0.0).view(np.uint64), 1 << 64))
