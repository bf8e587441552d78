"""Volume IoU against shapely one by one and sampled points, and rotated rectangles against shapely."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely import Polygon, box
from shapely.affinity import rotate, translate

from labelqa.kinds import ObjectKind, bbox, cuboid
from labelqa.kinds.convex import rectangles_overlap
from labelqa.kinds.kind import Runs

ANGLES = [0.0, np.pi / 2, np.pi / 4, 1.0, -0.3, 1e-9, 3.0, 100.0]


def rectangle(x, y, length, width, yaw):
    flat = box(-length / 2, -width / 2, length / 2, width / 2)
    return translate(rotate(flat, yaw, origin=(0, 0), use_radians=True), x, y)


def some_cuboids(rng, n):
    return np.column_stack([rng.uniform(-3, 3, (n, 3)), rng.uniform(0.01, 6, (n, 3)), rng.choice(ANGLES, n)])


def by_shapely(a, b):
    area = rectangle(*a[[0, 1, 3, 4, 6]]).intersection(rectangle(*b[[0, 1, 3, 4, 6]])).area
    top, bottom = (min(a[2] + a[5] / 2, b[2] + b[5] / 2), max(a[2] - a[5] / 2, b[2] - b[5] / 2))
    both = area * max(top - bottom, 0)
    return both / (a[3:6].prod() + b[3:6].prod() - both)


def test_elementwise_equals_shapely():
    rng = np.random.default_rng(0)
    a, b = some_cuboids(rng, 1_500), some_cuboids(rng, 1_500)
    b[:500] = a[:500] + rng.normal(0, 0.2, (500, 7)) * [1, 1, 1, 0, 0, 0, 1]
    expected = [by_shapely(p, q) for p, q in zip(a, b, strict=True)]
    np.testing.assert_allclose(cuboid.iou(a, b), expected, rtol=1e-9, atol=1e-12)
    assert np.mean(np.array(expected) > 0.1) > 0.3


def test_volume_equals_sampled_points():
    rng = np.random.default_rng(1)
    a, b = np.array([0, 0, 0, 4, 2, 3, 0.4]), np.array([0.5, 0.3, 0.4, 3, 3, 2, -0.9])
    points = rng.uniform(-4, 4, (400_000, 3))
    inside = []
    for x, y, z, length, width, height, yaw in (a, b):
        east, north, up = (points - [x, y, z]).T
        along, across = np.cos(yaw) * east + np.sin(yaw) * north, np.cos(yaw) * north - np.sin(yaw) * east
        inside.append((abs(along) <= length / 2) & (abs(across) <= width / 2) & (abs(up) <= height / 2))
    sampled = (inside[0] & inside[1]).sum() / (inside[0] | inside[1]).sum()
    assert cuboid.iou(a, b) == pytest.approx(sampled, abs=0.01)


def test_without_yaw_and_of_one_height_it_is_the_iou_of_boxes():
    rng = np.random.default_rng(2)
    corners = rng.integers(0, 9, (2, 200, 2)) * 2.0
    sizes = rng.integers(1, 5, (2, 200, 2)) * 2.0
    rows = [
        np.column_stack([c, np.zeros(200), s, np.ones(200), np.zeros(200)]) for c, s in zip(corners, sizes, strict=True)
    ]
    boxes = [np.hstack([c - s / 2, c + s / 2]) for c, s in zip(corners, sizes, strict=True)]
    assert np.array_equal(cuboid.iou(*rows), bbox.iou(*boxes))


@given(arrays(np.float64, (2, 7), elements=st.floats(-20, 20, allow_subnormal=False)))
def test_swapping_changes_no_bit_and_nothing_exceeds_1(pair):
    forth = cuboid.iou(pair[0], pair[1])
    assert forth == cuboid.iou(pair[1], pair[0])
    assert 0 <= forth <= 1
    assert cuboid.iou(pair[0], pair[0]) == 1.0


def test_what_differs_by_rounding_alone_does_not_exceed_1():
    rng = np.random.default_rng(3)
    a = some_cuboids(rng, 5_000)
    b = a * (1 + rng.integers(-2, 3, a.shape) * 2.0**-52)
    found = cuboid.iou(a, b)
    assert found.max() <= 1.0
    assert np.median(found) > 1 - 1e-14


@pytest.mark.parametrize("turn", [np.pi, -np.pi, 2 * np.pi])
def test_which_way_a_cuboid_faces_makes_no_difference(turn):
    a = some_cuboids(np.random.default_rng(4), 100)
    b = a + np.array([0, 0, 0, 0, 0, 0, turn])
    np.testing.assert_allclose(cuboid.iou(a, b), 1.0, atol=1e-10)


def test_far_from_the_origin_nothing_is_lost():
    rng = np.random.default_rng(5)
    a, b = np.round(some_cuboids(rng, 300) * 64) / 64, np.round(some_cuboids(rng, 300) * 64) / 64
    there = np.array([5e5, 4e6, 300, 0, 0, 0, 0])
    assert np.array_equal(cuboid.iou(a, b), cuboid.iou(a + there, b + there))


CUBE = [0, 0, 0, 2, 2, 2, 0]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (CUBE, [2, 0, 0, 2, 2, 2, 0], 0.0),  # touching sides
        (CUBE, [0, 0, 2, 2, 2, 2, 0], 0.0),  # on top of each other
        (CUBE, [0, 0, 0, 1, 1, 1, 0], 0.125),  # inside
        (CUBE, [0, 0, 0, -2, 2, -2, 0], 1.0),  # the sign of a size is dropped
        (CUBE, [0, 0, 0, 2, 2, 0, 0], 0.0),  # a plate has no volume
        ([0, 0, 0, 2, 2, 0, 0], [0, 0, 0, 2, 2, 0, 0], 1.0),  # equal plates
        ([0, 0, 0, 2, 2, 0, 0], [0, 0, 0, 2, 1, 0, 0], 0.0),
        ([0] * 7, [0] * 7, 1.0),
        ([0] * 7, [0, 0, 0, 0, 0, 0, 1], 0.0),
    ],
)
def test_degenerate_cuboids(a, b, expected):
    assert cuboid.iou(a, b) == expected
    assert cuboid.iou(b, a) == expected


@pytest.mark.parametrize("wrong", [[1, 2, 3], 5, np.zeros((2, 8))])
def test_a_cuboid_has_seven_numbers(wrong):
    with pytest.raises(ValueError, match="7 numbers each"):
        cuboid.iou(wrong, CUBE)
    with pytest.raises(ValueError, match="geometry holds 7 numbers"):
        cuboid.KIND.values(pl.DataFrame({"geometry": [[1.0, 2.0]]}))


def test_matrix_has_all_pairs():
    rng = np.random.default_rng(6)
    a, b = some_cuboids(rng, 6), some_cuboids(rng, 4)
    matrix = cuboid.iou_matrix(a, b)
    assert matrix.shape == (6, 4)
    assert matrix[5, 2] == cuboid.iou(a[5], b[2])
    assert cuboid.iou_matrix([], b).shape == (0, 4)


@pytest.mark.parametrize("least", [0.0, 0.2, 0.5])
def test_candidates_of_many_equal_those_of_all_pairs(least):
    rng = np.random.default_rng(7)
    values = some_cuboids(rng, 200)
    values[100:] = values[:100] + rng.normal(0, 0.2, (100, 7))
    values[:, :2] *= 5
    runs = Runs(np.array([0, 50]), np.array([50, 100]), np.array([100, 0]), np.array([100, 50]))
    found = cuboid.KIND.candidates(values, runs, least)
    expected = ObjectKind.candidates(cuboid.KIND, values, runs, least)
    for column in ("pair", "a", "b", "similarity"):
        assert np.array_equal(getattr(found, column), getattr(expected, column))
    assert len(found.pair) > 5


@given(
    arrays(np.float64, (2, 5), elements=st.integers(-4, 4).map(float)), st.sampled_from(ANGLES), st.sampled_from(ANGLES)
)
def test_rectangles_on_a_grid_equal_shapely(pair, turn_a, turn_b):
    pair[:, 2:4] = abs(pair[:, 2:4])
    pair[:, 4] = turn_a, turn_b
    shapes = [rectangle(*numbers) for numbers in pair]
    flat = any(not isinstance(shape, Polygon) or shape.area == 0 for shape in shapes)
    expected = 0.0 if flat else shapes[0].intersection(shapes[1]).area
    assert rectangles_overlap(*pair) == pytest.approx(expected, abs=1e-12)
    assert rectangles_overlap(*pair) == rectangles_overlap(pair[1], pair[0])


def test_rectangles_apart_share_exactly_nothing():
    rng = np.random.default_rng(8)
    a, b = rng.uniform(0, 1, (2, 2_000, 5))
    b[:, 0] += np.where(rng.random(2_000) < 0.5, 4, -4)
    assert not rectangles_overlap(a, b).any()


def test_rectangles_have_five_numbers():
    with pytest.raises(ValueError, match="5 numbers each"):
        rectangles_overlap([1, 2, 3, 4], [1, 2, 3, 4, 5])
