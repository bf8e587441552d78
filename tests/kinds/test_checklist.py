"""Jaccard of answer sets against Python sets."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds.checklist import KIND

sets = st.lists(st.sets(st.sampled_from("abcdefg"), max_size=6), min_size=1, max_size=8)


@given(sets)
def test_jaccard_equals_that_of_python_sets(answers):
    values = KIND.values(pl.DataFrame({"answer": [sorted(s) for s in answers]}, schema={"answer": pl.List(pl.String)}))
    a, b = (side.ravel() for side in np.meshgrid(*[np.arange(len(answers))] * 2))
    found = KIND.similarity(values, a, b)
    for k, (i, j) in enumerate(zip(a, b, strict=True)):
        either = answers[i] | answers[j]
        assert found[k] == (len(answers[i] & answers[j]) / len(either) if either else 1.0)
