"""The canonical order and the numbers of distinct rows, against what polars and numpy make of them."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.project import canonical, schema
from labelqa.project.canonical import distinct, order, repeated_ids

DTYPES = schema.dtypes(schema.ANNOTATIONS)
number = st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.5, 1e7, -1e300, 1 + 2**-40])
row = st.fixed_dictionaries(
    {
        "label": st.integers(0, 2),
        "concept": st.integers(0, 1),
        "geometry": st.none() | st.lists(number, max_size=3),
        "answer": st.none() | st.lists(st.sampled_from("ab"), max_size=2),
        "annotation_id": st.none() | st.sampled_from("xyz"),
        "score": st.none() | st.sampled_from([0.5, 1.0]),
    }
)


def table(rows):
    frame = pl.DataFrame(rows, schema={name: DTYPES[name] for name in rows[0]})
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in DTYPES.items() if name not in frame.columns]
    return frame.with_columns(missing)


@given(st.lists(row, min_size=1, max_size=30))
def test_the_order_is_that_of_all_columns(rows):
    frame = table(rows)
    expected = frame.sort(canonical._ORDER, nulls_last=True, maintain_order=True)
    assert frame[order(frame)].equals(expected)


def test_the_order_of_many_labels():
    generator = np.random.default_rng(3)
    n = 5000
    frame = table(
        [
            {"label": int(a), "concept": int(b), "geometry": [float(c)], "annotation_id": str(k)}
            for k, (a, b, c) in enumerate(
                zip(
                    generator.integers(0, 2**32 - 1, n),
                    generator.integers(0, 5000, n),
                    generator.normal(size=n),
                    strict=True,
                )
            )
        ]
    )
    assert frame[order(frame)].equals(frame.sort(canonical._ORDER, nulls_last=True))


@pytest.mark.parametrize("high", [3, 10**9])
def test_distinct_rows(high):
    generator = np.random.default_rng(1)
    columns = [generator.integers(0, high, 200).astype(np.uint32) for _ in range(3)]
    columns = [column[generator.integers(0, 40, 200)] for column in columns] if high > 3 else columns
    number, first = distinct(*columns)
    rows = np.stack(columns, axis=1)
    unique, index, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    assert np.array_equal(number, inverse.ravel())
    assert np.array_equal(first, index)
    assert np.array_equal(rows[first], unique)


def test_distinct_rows_of_nothing():
    number, first = distinct(np.zeros(0, np.uint32))
    assert len(number) == len(first) == 0


@given(st.lists(row, min_size=1, max_size=20))
def test_repeated_ids(rows):
    frame = table(rows)
    keys = [(one["label"], one["annotation_id"]) for one in rows]
    expected = [key[1] is not None and keys.count(key) > 1 for key in keys]
    found = repeated_ids(frame)
    assert (found is None) == (not any(expected))
    assert found is None or found.tolist() == expected
