"""Interval IoU against exact fractions and shapely, its candidates at scale, and hostile values."""

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely import box

from labelqa.kinds import ObjectKind, interval
from labelqa.kinds.kind import Runs

some = arrays(np.float64, st.tuples(st.integers(1, 8), st.just(2)), elements=st.floats(-1e4, 1e4))


def by_fractions(a, b):
    (p, q), (r, s) = (sorted(map(Fraction, ends)) for ends in (a.tolist(), b.tolist()))
    both = max(min(q, s) - max(p, r), 0)
    either = (q - p) + (s - r) - both
    return float(both / either) if either else float((p, q) == (r, s))


@given(some, some)
def test_matrix_equals_exact_fractions(a, b):
    expected = np.array([[by_fractions(p, q) for q in b] for p in a])
    np.testing.assert_allclose(interval.iou_matrix(a, b), expected, rtol=1e-10, atol=1e-10)


def test_elementwise_equals_shapely_on_boxes_of_height_one():
    a, b = np.sort(np.random.default_rng(0).uniform(0, 100, (2, 60, 2)), axis=-1)
    shapes = [[box(start, 0, end, 1) for start, end in side] for side in (a, b)]
    expected = [p.intersection(q).area / p.union(q).area for p, q in zip(*shapes, strict=True)]
    np.testing.assert_allclose(interval.iou(a, b), expected, rtol=1e-12)


@given(some)
def test_swapping_changes_no_bit_and_nothing_exceeds_1(a):
    b = a[::-1] * (1 + 2.0**-52)
    forth = interval.iou(a, b)
    assert np.array_equal(forth, interval.iou(b, a))
    assert ((forth >= 0) & (forth <= 1)).all()


@given(some, st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_scale_and_translation_change_nothing_beyond_rounding(a, scale, shift):
    length = np.abs(a[:, 1] - a[:, 0]).min()
    if length > 1e-2 and length * scale > 1e-2:
        np.testing.assert_allclose(
            interval.iou_matrix(a, a), interval.iou_matrix(a * scale + shift, a * scale + shift), atol=1e-6
        )


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1.5, 1.5], [1.5, 1.5], 1.0),
        ([1.5, 1.5], [1.0, 2.0], 0.0),
        ([0, 1], [1, 2], 0.0),
        ([-2, -1], [-2, 0], 0.5),
        ([0, 10], [0, 5], 0.5),  # exactly a threshold
    ],
)
def test_degenerate_intervals(a, b, expected):
    assert interval.iou(a, b) == expected


def test_an_unknown_end_has_no_similarity():
    assert np.isnan(interval.iou([np.nan, 1], [0, 1]))


@pytest.mark.parametrize("wrong", [[1, 2, 3], 5, [[1], [2]]])
def test_an_interval_has_two_numbers(wrong):
    with pytest.raises(ValueError, match="2 numbers each, start and end"):
        interval.iou(wrong, [0, 1])


def test_a_value_of_another_length_is_named():
    frame = pl.DataFrame({"geometry": [[1.0, 2.0, 3.0]]})
    with pytest.raises(ValueError, match="interval: geometry holds 2 numbers"):
        interval.KIND.values(frame)


def test_nothing_compares_with_nothing():
    assert interval.iou_matrix([], []).shape == (0, 0)


@pytest.mark.parametrize("least", [0.0, 0.1, 0.5, 1.0])
def test_candidates_of_many_equal_those_of_all_pairs(least):
    rng = np.random.default_rng(2)
    start = rng.integers(0, 300, 400) / 4.0
    values = np.stack([start, start + rng.integers(0, 40, 400) / 4.0])
    runs = Runs(np.array([0, 100, 200]), np.array([100, 100, 0]), np.array([100, 200, 0]), np.array([100, 200, 100]))
    found = interval.KIND.candidates(values, runs, least)
    expected = ObjectKind.candidates(interval.KIND, values, runs, least)
    for column in ("pair", "a", "b", "similarity"):
        assert np.array_equal(getattr(found, column), getattr(expected, column))
    assert len(found.pair) > (100 if least < 1 else 0)
