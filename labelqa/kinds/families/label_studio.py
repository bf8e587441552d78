"""Similarities of Label Studio that differ from ours.

Source: "Agreement metrics", https://docs.humansignal.com/guide/agreement_metrics - numbers and ratings by Numeric
Difference, 1 / (1 + |a - b|). Boxes, polygons, spans, choices, taxonomies (complete paths) and texts are compared by the
same formulas as ours or are not documented more closely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from labelqa.kinds.checklist import Checklist
from labelqa.kinds.kind import Floats, Ints, QuestionKind
from labelqa.kinds.pools import Pool


@dataclass(frozen=True)
class NumericDifference(QuestionKind):
    """Numbers by 1 / (1 + |a - b|); nan where there is no number."""

    name: ClassVar[str] = "number"

    def values(self, annotations: pl.DataFrame) -> Floats:
        """Take the numbers."""
        return annotations["geometry"].list.first().fill_null(np.nan).to_numpy()

    def similarity(self, values: Floats, a: Ints, b: Ints) -> Floats:
        """Compare by difference."""
        with np.errstate(over="ignore"):
            similarity: Floats = 1.0 / (1.0 + np.abs(values[a] - values[b]))
        return similarity


POOLS = [
    Pool("number", NumericDifference(), ("number",)),
    Pool("rating", NumericDifference(), ("rating",)),
    Pool("taxonomy", Checklist(), ("taxonomy",)),
]
