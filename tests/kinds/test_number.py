"""Closeness of numbers and ratings against plain Python, with and without a declared scale or a tolerance."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds import number, rating

SCHEMA = {"geometry": pl.List(pl.Float64), "scale_min": pl.Float64, "scale_max": pl.Float64}
reals = st.one_of(st.integers(-3, 7).map(float), st.floats(-1e6, 1e6), st.just(math.nan))
widths = st.sampled_from([math.nan, 0.0, 4.0, 10.0, math.inf, -4.0])


def by_hand(a, b, scale, tolerance):
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 1.0
    if math.isnan(a) or math.isnan(b):
        return 0.0
    if math.isfinite(scale) and scale != 0:
        return max(1 - abs(a - b) / abs(scale), 0.0)
    if tolerance is None:
        return math.nan
    return float(abs(a - b) <= tolerance)


@given(st.lists(st.tuples(reals, reals, widths), max_size=8), st.sampled_from([None, 0.0, 2.0]))
def test_closeness_equals_plain_python(rows, tolerance):
    a, b, scale = np.array(rows).reshape(-1, 3).T
    expected = [by_hand(*row, tolerance) for row in rows]
    np.testing.assert_array_equal(number.closeness(a, b, scale, tolerance=tolerance), expected)
    np.testing.assert_array_equal(number.closeness(b, a, scale, tolerance=tolerance), expected)


def test_matrix_has_all_pairs_of_one_scale():
    assert rating.closeness_matrix([1, 3, 5], [1, 4], 4).tolist() == [[1.0, 0.25], [0.5, 0.75], [0.0, 0.75]]


def test_numbers_outside_the_scale_are_cut_at_0():
    assert number.closeness([0, 1e308], [100, -1e308], 10).tolist() == [0.0, 0.0]


def compared(kind, rows):
    values = kind.values(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    return kind.similarity(values, np.array([0]), np.array([1])).tolist()[0]


def test_stars_on_their_declared_scale():
    assert compared(rating.KIND, [([4.0], 1.0, 5.0), ([5.0], 1.0, 5.0)]) == 0.75


def test_without_a_scale_different_numbers_have_no_similarity():
    assert math.isnan(compared(number.KIND, [([4.0], None, None), ([5.0], None, None)]))
    assert compared(number.KIND, [([4.0], None, None), ([4.0], None, None)]) == 1.0


@pytest.mark.parametrize(("ends", "expected"), [((None, 5.0), math.nan), ((3.0, 3.0), math.nan), ((5.0, 1.0), 0.75)])
def test_a_scale_needs_two_different_ends_in_either_order(ends, expected):
    np.testing.assert_equal(compared(number.KIND, [([4.0], *ends), ([5.0], *ends)]), expected)


def test_of_two_declared_scales_the_wider_counts_and_one_is_enough():
    assert compared(number.KIND, [([4.0], 0.0, 5.0), ([5.0], 0.0, 10.0)]) == 0.9
    assert compared(number.KIND, [([4.0], None, None), ([5.0], 0.0, 10.0)]) == 0.9


@pytest.mark.parametrize(("tolerance", "expected"), [(0.5, 0.0), (1.0, 1.0)])
def test_a_tolerance_settles_what_has_no_scale(tolerance, expected):
    for kind in (number.Number(tolerance), rating.Rating(tolerance)):
        assert compared(kind, [([4.0], None, None), ([5.0], None, None)]) == expected
        assert compared(kind, [([4.0], 0.0, 4.0), ([5.0], 0.0, 4.0)]) == 0.75


def test_no_answer_is_like_no_answer_only():
    for nothing in (None, []):
        assert compared(number.KIND, [(nothing, 0.0, 4.0), ([0.0], 0.0, 4.0)]) == 0.0
        assert compared(number.KIND, [(nothing, 0.0, 4.0), (nothing, 0.0, 4.0)]) == 1.0


def test_a_table_without_columns_of_scales_has_none_declared():
    values = number.KIND.values(pl.DataFrame({"geometry": [[4.0], [5.0]]}))
    assert np.isnan(values.scale).all()
