"""A question with any number of answers: `answer` holds them all.

Similarity is the Jaccard coefficient of the answer sets (Jaccard 1912): answers in both / answers in either; 1 if
both are empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints, QuestionKind, spread
from labelqa.stats.grouped import count_by


@dataclass(frozen=True)
class AnswerSets:
    """Sets of answers, end to end: answer numbers sorted within each set, first place and size of each."""

    answers: Ints
    first: Ints
    size: Ints


def jaccard(sets: AnswerSets, a: Ints, b: Ints) -> Floats:
    """Compare set a[k] with set b[k]: |both| / |either|, 1 if both are empty.

    Parameters
    ----------
    sets : AnswerSets
    a, b : int64 arrays of one length n

    Returns
    -------
    float64 array of length n, in [0, 1]

    Examples
    --------
    >>> sets = AnswerSets(np.array([1, 2, 2, 3]), first=np.array([0, 2, 4]), size=np.array([2, 2, 0]))
    >>> jaccard(sets, np.array([0, 0, 2]), np.array([1, 2, 2])).tolist()
    [0.3333333333333333, 0.0, 1.0]
    """
    both = shared(sets, a, b)
    either = sets.size[a] + sets.size[b] - both
    return np.where(either == 0, 1.0, both / np.maximum(either, 1))


def shared(sets: AnswerSets, a: Ints, b: Ints) -> Ints:
    """Count the answers that set a[k] and set b[k] share, by one binary search over all."""
    base = int(sets.answers.max(initial=0)) + 1
    owner, _ = spread(sets.size)
    keys = owner * base + sets.answers
    row, place = spread(sets.size[a])
    wanted = b[row] * base + sets.answers[sets.first[a[row]] + place]
    found = np.searchsorted(keys, wanted)
    hit = np.append(keys, -1)[found] == wanted
    return count_by(row[hit], len(a))


@dataclass(frozen=True)
class Checklist(QuestionKind):
    """Any number of answers out of several."""

    name: ClassVar[str] = "checklist"

    def values(self, annotations: pl.DataFrame) -> AnswerSets:
        """Number the answers and lay the sets end to end."""
        size = annotations["answer"].list.len().fill_null(0).to_numpy().astype(np.int64)
        flat = annotations["answer"].explode(empty_as_null=False, keep_nulls=False).cast(pl.Categorical())
        answers = flat.to_physical().to_numpy().astype(np.int64)
        owner, _ = spread(size)
        order = np.lexsort((answers, owner))
        return AnswerSets(answers[order], np.cumsum(size) - size, size)

    def similarity(self, values: AnswerSets, a: Ints, b: Ints) -> Floats:
        """Jaccard coefficient of the answer sets."""
        return jaccard(values, a, b)


KIND = Checklist()
