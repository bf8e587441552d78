"""IoU of strips around lines against shapely one by one and counted points; tolerances; lines that keep coming back."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from shapely import LineString, MultiLineString

from labelqa.kinds import ObjectKind, polyline
from labelqa.kinds.kind import Runs

LEVEL = [[0, 0], [100, 0]]


def frame(*lines, width=None, height=None):
    geometry = [np.ravel(np.concatenate([np.reshape(part, (-1, 2)) for part in line])).tolist() for line in lines]
    parts = [[len(part) for part in line] for line in lines]
    return pl.DataFrame(
        {"geometry": geometry, "parts": parts, "width": [width] * len(lines), "height": [height] * len(lines)},
        schema={
            "geometry": pl.List(pl.Float64),
            "parts": pl.List(pl.UInt32),
            "width": pl.Float64,
            "height": pl.Float64,
        },
    )


def walk(rng, n, step=5.0):
    turn = np.cumsum(rng.normal(0, 0.4, n)) + rng.uniform(0, 6)
    return rng.uniform(0, 50, 2) + np.cumsum(step * np.column_stack([np.cos(turn), np.sin(turn)]), axis=0)


def by_shapely(a, b, tolerance):
    a, b = MultiLineString(a).buffer(tolerance), MultiLineString(b).buffer(tolerance)
    return a.intersection(b).area / a.union(b).area


def test_lines_equal_shapely_one_by_one():
    rng = np.random.default_rng(0)
    a = [[walk(rng, rng.integers(2, 40)) for _ in range(rng.integers(1, 3))] for _ in range(200)]
    b = [[part + rng.normal(0, 2, 2) for part in line] for line in a]
    found = polyline.iou(a, b, tolerance=4)
    expected = [by_shapely(p, q, 4) for p, q in zip(a, b, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert np.array_equal(found, polyline.iou(b, a, tolerance=4))
    assert 0.2 < np.median(found) < 0.9


def _distance(points, line):
    nearest = np.full(len(points), np.inf)
    for start, end in pairwise(line):
        along = np.clip((points - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
        nearest = np.minimum(nearest, np.hypot(*(points - start - along[:, None] * (end - start)).T))
    return nearest


def test_strips_equal_counted_points():
    rng = np.random.default_rng(1)
    for _ in range(5):
        a = walk(rng, 20)
        b = a + rng.normal(0, 3, 2)
        points = rng.uniform(np.min([a, b]) - 6, np.max([a, b]) + 6, (200_000, 2))
        near = [_distance(points, line) <= 6 for line in (a, b)]
        counted = (near[0] & near[1]).sum() / (near[0] | near[1]).sum()
        assert polyline.iou([a], [b], tolerance=6)[0] == pytest.approx(counted, abs=0.02)


@pytest.mark.parametrize(
    ("a", "b", "tolerance", "expected"),
    [
        (LEVEL, LEVEL[::-1], 5, 1.0),
        (LEVEL, [[0, 0], [50, 0], [100, 0]], 5, 1.0),
        (LEVEL, [[0, 10.5], [100, 10.5]], 5, 0.0),
        (LEVEL, [LEVEL], 5, 1.0),
        ([[[0, 0], [50, 0]], [[50, 0], [100, 0]]], LEVEL, 5, 1.0),
        ([[3, 3]], [[3, 3], [3, 3]], 5, 1.0),  # a single point is a disc
        ([[3, 3]], [[3, 14]], 5, 0.0),
        ([], [], 5, 1.0),
        ([], [[3, 3]], 5, 0.0),
        (LEVEL, LEVEL, 0, 1.0),
        (LEVEL, LEVEL[::-1], 0, 0.0),  # without an area and not equal
    ],
)
def test_by_hand(a, b, tolerance, expected):
    assert polyline.iou([a], [b], tolerance=tolerance)[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("width", "height", "tolerance", "means"),
    [(300.0, 400.0, None, 5.0), (None, None, None, 10.0), (300.0, 400.0, 2.0, 2.0)],
)
def test_the_tolerance_is_a_share_of_the_frame_or_told(width, height, tolerance, means):
    kind = replace(polyline.KIND, tolerance=tolerance)
    moved = [[0, 2], [100, 2]]
    values = kind.values(frame([LEVEL], [moved], width=width, height=height))
    found = kind.similarity(values, np.array([0]), np.array([1]))
    assert found[0] == polyline.iou([LEVEL], [moved], tolerance=means)[0]


def test_a_line_that_keeps_coming_back_has_the_strip_of_its_segments():
    rng = np.random.default_rng(2)
    scribble = rng.uniform(0, 300, (400, 2))
    other = LineString([(0, 150), (300, 150)]).buffer(10)
    strip = LineString(scribble).buffer(10)
    expected = strip.intersection(other).area / strip.union(other).area
    found = polyline.iou([scribble], [[[0, 150], [300, 150]]], tolerance=10)
    assert found[0] == pytest.approx(expected, abs=1e-4)


def test_a_long_smooth_line_is_not_taken_for_filled():
    turn = np.linspace(0, 2 * np.pi, 30_000)
    circle = 200 * np.column_stack([np.cos(turn), np.sin(turn)])
    found = polyline.iou([circle], [circle * 1.02], tolerance=4)
    assert found[0] == pytest.approx(1 / 3, abs=0.02)


def test_scribbles_of_any_length_end_in_time():
    rng = np.random.default_rng(3)
    wide = rng.uniform(0, 1e5, (3_000, 2))
    assert polyline.iou([wide], [wide[::-1]], tolerance=10)[0] == pytest.approx(1)
    still = np.zeros((50_000, 2))
    assert polyline.iou([still], [[[0, 0]]], tolerance=10)[0] == pytest.approx(1)
    zigzag = np.column_stack([np.arange(30_000) * 0.01, np.arange(30_000) % 2 * 500])
    assert polyline.iou([zigzag], [zigzag + np.array([0, 1])], tolerance=10)[0] > 0.95
    far = rng.uniform(-1e7, 1e7, (1_000, 2))
    assert 0 <= polyline.iou([far], [far + 1], tolerance=1e-9)[0] <= 1


@pytest.mark.parametrize("least", [0.0, 0.3, 0.7])
def test_candidates_of_many_equal_those_of_all_pairs(least):
    rng = np.random.default_rng(4)
    lines = [[walk(rng, rng.integers(1, 20))] for _ in range(60)]
    lines += [[line[0] + rng.normal(0, 3, 2)] for line in lines] + [[[]]]
    values = polyline.KIND.values(frame(*lines, width=400.0, height=300.0))
    runs = Runs(np.array([0, 40]), np.array([60, 60]), np.array([60, 0]), np.array([61, 40]))
    found = polyline.KIND.candidates(values, runs, least)
    expected = ObjectKind.candidates(polyline.KIND, values, runs, least)
    for column in ("pair", "a", "b", "similarity"):
        assert np.array_equal(getattr(found, column), getattr(expected, column))
    assert len(found.pair) > 10


def test_cut_to_the_frame():
    """What is drawn past the edge does not count."""
    long, short = [[50, 50], [190, 50]], [[50, 50], [150, 50]]
    values = polyline.KIND.values(frame([long], [short], width=100.0, height=100.0))
    cut = polyline.KIND.clipped(values, np.full(2, 100.0), np.full(2, 100.0))
    assert polyline.KIND.similarity(values, np.array([0]), np.array([1]))[0] < 0.75
    assert polyline.KIND.similarity(cut, np.array([0]), np.array([1]))[0] == pytest.approx(1)


def test_matrix_has_all_pairs():
    rng = np.random.default_rng(5)
    a, b = [walk(rng, 9) for _ in range(4)], [walk(rng, 9) for _ in range(3)]
    matrix = polyline.iou_matrix(a, b, tolerance=8)
    assert matrix.shape == (4, 3)
    assert matrix[3, 1] == polyline.iou([a[3]], [b[1]], tolerance=8)[0]
    assert polyline.iou_matrix([], b).shape == (0, 3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [([[0, 0, 0], [1, 1, 1]], "array of points"), ([[0, 0], [np.inf, 1]], "finite"), ([[0, np.nan]], "finite")],
)
def test_what_is_not_a_line_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        polyline.iou([wrong], [LEVEL])
    with pytest.raises(ValueError, match="as many"):
        polyline.iou([LEVEL], [])
    with pytest.raises(ValueError, match="0 or more"):
        polyline.iou([LEVEL], [LEVEL], tolerance=-1)


def test_values_that_are_not_laid_out_as_agreed():
    rows = frame([LEVEL])
    with pytest.raises(ValueError, match="polyline: parts"):
        polyline.KIND.values(rows.with_columns(parts=pl.Series([[1, 2]], dtype=pl.List(pl.UInt32))))
    with pytest.raises(ValueError, match="polyline: geometry"):
        polyline.KIND.values(rows.with_columns(geometry=pl.Series([[1.0, 2.0, 3.0]])))
    with pytest.raises(ValueError, match="0 or more"):
        replace(polyline.KIND, tolerance=float("nan"))
