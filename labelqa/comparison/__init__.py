"""The one comparer: which labels meet, which annotations are the same thing, and how far two labels agree."""

from labelqa.comparison.comparer import compare
from labelqa.comparison.comparison import Comparison
from labelqa.comparison.scheme import Scheme

__all__ = ["Comparison", "Scheme", "compare"]
