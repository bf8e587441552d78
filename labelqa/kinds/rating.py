"""A question answered by a rating, such as stars: `geometry` holds the one number.

Similarity is that of numbers, 1 - |a - b| / width of the declared scale: see `number.py`. A scale from 1 to 5 stars has
the width 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from labelqa.kinds.number import Number, closeness, closeness_matrix

__all__ = ["KIND", "Rating", "closeness", "closeness_matrix"]


@dataclass(frozen=True)
class Rating(Number):
    """A rating on a scale or within a tolerance; the options are those of `Number`."""

    name: ClassVar[str] = "rating"


KIND = Rating()
