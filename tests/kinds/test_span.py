"""Span IoU against sets of characters, and the worked examples of its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds import span

spans = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted), min_size=1, max_size=8)


def by_sets(a, b):
    p, q = set(range(*a)), set(range(*b))
    return len(p & q) / len(p | q) if p | q else float(a == b)


@given(spans, spans)
def test_matrix_equals_that_of_sets_of_characters(a, b):
    assert span.iou_matrix(a, b).tolist() == [[by_sets(p, q) for q in b] for p in a]


def test_elementwise_is_the_diagonal_of_the_matrix():
    a, b = np.sort(np.random.default_rng(1).integers(0, 30, (2, 50, 2)), axis=-1)
    assert np.array_equal(span.iou(a, b), np.diagonal(span.iou_matrix(a, b)))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 5], [0, 4], 0.80),  # house against hous
        ([0, 4], [0, 3], 0.75),
        ([0, 5], [5, 9], 0.0),  # touching: the end is not included
        ([3, 3], [3, 3], 1.0),  # two equal empty spans
        ([3, 3], [4, 4], 0.0),
        ([3, 3], [0, 9], 0.0),  # an empty span inside another
        ([5, 0], [0, 5], 1.0),  # either order
        ([2**52, 2**52 + 1], [2**52, 2**52 + 2], 0.5),
    ],
)
def test_degenerate_spans(a, b, expected):
    assert span.iou(a, b) == expected
    assert span.iou(b, a) == expected


def test_a_span_is_found_by_its_name():
    assert span.KIND.name == "span"
