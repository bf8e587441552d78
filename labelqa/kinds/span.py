"""Stretches of text: `geometry` is start and end in characters, the end not included.

Similarity is that of intervals, characters in both / characters in either: see `interval.py`. Ends that a tool includes
are moved by one when they are read, so that `house` against `hous` is 0.8:

>>> float(iou([0, 5], [0, 4]))
0.8
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from labelqa.kinds.interval import Interval, iou, iou_matrix

__all__ = ["KIND", "Span", "iou", "iou_matrix"]


@dataclass(frozen=True)
class Span(Interval):
    """Stretches of text; values are float64 (2, n): starts, ends."""

    name: ClassVar[str] = "span"


KIND = Span()
