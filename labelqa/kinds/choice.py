"""A question with one answer (radio): `answer` holds that one. Similarity is 1 for equal answers, else 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints, QuestionKind


@dataclass(frozen=True)
class Choice(QuestionKind):
    """One answer out of several."""

    name: ClassVar[str] = "choice"

    def values(self, annotations: pl.DataFrame) -> Ints:
        """Give int64 (n): a number for each answer, equal for equal answers."""
        answer = annotations["answer"].list.first().cast(pl.Categorical())
        return answer.to_physical().fill_null(0).to_numpy().astype(np.int64)

    def similarity(self, values: Ints, a: Ints, b: Ints) -> Floats:
        """Tell equal answers (1) from different ones (0)."""
        return np.where(values[a] == values[b], 1.0, 0.0)


KIND = Choice()
