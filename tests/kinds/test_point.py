"""Closeness of points against the formula one by one."""

from dataclasses import replace
from math import dist, exp

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds import ObjectKind, point
from labelqa.kinds.kind import Runs


def frame(points, width=None, height=None):
    rows = {"geometry": [list(map(float, p)) for p in points]}
    sizes = {"width": [width] * len(points), "height": [height] * len(points)}
    return pl.DataFrame(
        rows | sizes, schema={"geometry": pl.List(pl.Float64), "width": pl.Float64, "height": pl.Float64}
    )


numbers = st.floats(-1e4, 1e4)


@given(st.tuples(numbers, numbers), st.tuples(numbers, numbers), st.floats(1e-3, 1e4))
def test_the_formula(a, b, tolerance):
    expected = exp(-(dist(a, b) ** 2) / (2 * tolerance**2))
    assert point.closeness(a, b, tolerance) == pytest.approx(expected, rel=1e-9, abs=1e-300)
    assert point.closeness(a, b, tolerance) == point.closeness(b, a, tolerance)


@pytest.mark.parametrize(
    ("width", "height", "tolerance", "expected"),
    [
        (300.0, 400.0, None, exp(-0.5)),  # 1 % of 500
        (None, None, None, exp(-0.125)),  # 10 pixels
        (300.0, None, None, exp(-0.125)),
        (300.0, 400.0, 2.5, exp(-2)),
        (300.0, 400.0, 0.0, 0.0),
    ],
)
def test_the_tolerance_is_a_share_of_the_frame_or_told(width, height, tolerance, expected):
    kind = replace(point.KIND, tolerance=tolerance)
    values = kind.values(frame([[0, 0], [3, 4], [0, 0]], width, height))
    found = kind.similarity(values, np.array([0, 1, 0]), np.array([1, 0, 2]))
    assert found.tolist() == pytest.approx([expected, expected, 1.0])


def test_points_of_different_frames_meet_halfway():
    rows = frame([[0, 0], [0, 9]]).with_columns(width=pl.Series([300.0, 600.0]), height=pl.Series([400.0, 800.0]))
    values = point.KIND.values(rows)
    found = point.KIND.similarity(values, np.array([0, 1]), np.array([1, 0]))
    assert found.tolist() == pytest.approx([exp(-81 / (2 * 7.5**2))] * 2)


def test_columns_of_the_frame_may_be_missing():
    values = point.KIND.values(frame([[0, 0], [10, 0]]).select("geometry"))
    assert point.KIND.similarity(values, np.array([0]), np.array([1]))[0] == pytest.approx(exp(-0.5))


def test_far_and_huge_points_are_unlike_without_a_warning():
    assert point.closeness([0, 0], [1e300, 1e300], 1e-300) == 0
    assert point.closeness([1e-320, 0], [0, 0], 1e-3) == 1
    assert np.isnan(point.closeness([np.nan, 0], [0, 0], 1))


@pytest.mark.parametrize("least", [0.0, 1e-9, 0.5, 1.0])
def test_candidates_of_many_equal_those_of_all_pairs(least):
    rng = np.random.default_rng(0)
    points = np.round(rng.uniform(0, 300, (300, 2)))
    points[150:] = points[:150] + rng.normal(0, 5, (150, 2)) * (rng.random((150, 1)) < 0.7)
    values = point.KIND.values(frame(points, 640.0, 480.0))
    runs = Runs(np.array([0, 50]), np.array([150, 100]), np.array([150, 0]), np.array([150, 200]))
    found = point.KIND.candidates(values, runs, least)
    expected = ObjectKind.candidates(point.KIND, values, runs, least)
    for column in ("pair", "a", "b", "similarity"):
        assert np.array_equal(getattr(found, column), getattr(expected, column))
    assert len(found.pair) > 20


def test_matrix_has_all_pairs():
    a, b = np.arange(6).reshape(3, 2), np.arange(8).reshape(4, 2) * 1.5
    matrix = point.closeness_matrix(a, b, 3)
    assert matrix.shape == (3, 4)
    assert matrix[2, 1] == point.closeness(a[2], b[1], 3)
    assert point.closeness_matrix([], b).shape == (0, 4)


@pytest.mark.parametrize("tolerance", [-1.0, np.nan, np.inf])
def test_a_tolerance_is_a_number_of_pixels(tolerance):
    with pytest.raises(ValueError, match="0 or more"):
        replace(point.KIND, tolerance=tolerance)


def test_a_point_has_two_numbers():
    with pytest.raises(ValueError, match="2 numbers each"):
        point.closeness([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="geometry holds 2 numbers"):
        point.KIND.values(frame([[1, 2, 3], [1]]))
