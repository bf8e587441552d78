"""IoU of rotated boxes against shapely one by one and against upright boxes; ways to write one rectangle."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely import Polygon, box

from labelqa.kinds import ObjectKind, bbox, polygon, rotated_bbox
from labelqa.kinds.kind import Runs


def corners(x, y, width, height, angle):
    """Give the corners with y pointing down, so that a positive angle turns clockwise on the screen."""
    turn = np.exp(1j * np.deg2rad(angle))
    there = [(u + 1j * v) * turn for u, v in ((-width, -height), (width, -height), (width, height), (-width, height))]
    return np.array([[x + z.real / 2, y + z.imag / 2] for z in there])


def some_boxes(rng, n):
    angle = rng.choice([0.0, 90.0, 45.0, -30.0, 179.9, 400.0, 1e-7], n) + rng.choice([0, rng.uniform(-180, 180)], n)
    return np.column_stack([rng.uniform(-3, 3, (n, 2)), rng.uniform(0.01, 6, (n, 2)), angle])


def frame(rows):
    return pl.DataFrame({"geometry": np.asarray(rows, dtype=float).tolist()}, schema={"geometry": pl.List(pl.Float64)})


def test_elementwise_equals_shapely():
    rng = np.random.default_rng(0)
    a, b = some_boxes(rng, 1_000), some_boxes(rng, 1_000)
    b[:300] = a[:300] + rng.normal(0, 0.2, (300, 5)) * [1, 1, 0, 0, 40]
    shapes = [(Polygon(corners(*p)), Polygon(corners(*q))) for p, q in zip(a, b, strict=True)]
    expected = [p.intersection(q).area / p.union(q).area for p, q in shapes]
    np.testing.assert_allclose(rotated_bbox.iou(a, b), expected, rtol=1e-9, atol=1e-12)
    assert np.mean(np.array(expected) > 0.1) > 0.3


def test_the_angle_turns_clockwise_on_the_screen():
    """Turned by 45 degrees, a long box reaches to the lower right, where x and y grow."""
    long = [0, 0, 100, 2, 45]
    assert rotated_bbox.iou(long, [30, 30, 4, 4, 0]) > 0
    assert rotated_bbox.iou(long, [30, -30, 4, 4, 0]) == 0


def test_without_a_turn_it_is_the_iou_of_boxes():
    rng = np.random.default_rng(1)
    centre, size = rng.integers(0, 9, (2, 300, 2)) * 2.0, rng.integers(1, 5, (2, 300, 2)) * 2.0
    a, b = (np.column_stack([c, s, np.zeros(300)]) for c, s in zip(centre, size, strict=True))
    upright = [np.hstack([c - s / 2, c + s / 2]) for c, s in zip(centre, size, strict=True)]
    assert np.array_equal(rotated_bbox.iou(a, b), bbox.iou(*upright))


@pytest.mark.parametrize("quarters", [-6, -3, -2, -1, 1, 2, 3, 4, 40])
def test_one_rectangle_can_be_written_in_many_ways(quarters):
    a = some_boxes(np.random.default_rng(2), 200)
    b = a.copy()
    b[:, 4] += 90 * quarters
    if quarters % 2:
        b[:, [2, 3]] = b[:, [3, 2]]
    np.testing.assert_allclose(rotated_bbox.iou(a, b), 1, atol=1e-10)
    a[:, 4] = b[:, 4] = np.round(a[:, 4])
    b[:, 4] += 90 * quarters
    assert (rotated_bbox.iou(a, b) == 1).all()


@given(arrays(np.float64, (2, 5), elements=st.floats(-1e7, 1e7)))
def test_swapping_changes_no_bit_and_nothing_exceeds_1(pair):
    forth = rotated_bbox.iou(pair[0], pair[1])
    assert forth == rotated_bbox.iou(pair[1], pair[0])
    assert 0 <= forth <= 1
    assert rotated_bbox.iou(pair[0], pair[0]) == 1


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 0, 2, 2, 0], [2, 0, 2, 2, 0], 0.0),  # touching
        ([0, 0, 2, 2, 0], [0, 0, -2, 2, 0], 1.0),
        ([0, 0, 2, 2, -1e-20], [0, 0, 2, 2, 0], 1.0),
        ([0, 0, 2, 0, 30], [0, 0, 2, 0, 30], 1.0),  # no area
        ([0, 0, 2, 0, 30], [0, 0, 0, 2, 120], 1.0),
        ([0, 0, 2, 0, 30], [0, 0, 2, 0, 60], 0.0),
        ([0, 0, 0, 0, 0], [0, 0, 2, 2, 0], 0.0),
    ],
)
def test_by_hand(a, b, expected):
    assert rotated_bbox.iou(a, b) == expected


def test_shapes_of_arrays():
    rng = np.random.default_rng(3)
    a, b = some_boxes(rng, 6), some_boxes(rng, 4)
    matrix = rotated_bbox.iou_matrix(a, b)
    assert matrix.shape == (6, 4)
    assert matrix[5, 2] == rotated_bbox.iou(a[5], b[2])
    assert rotated_bbox.iou_matrix([], b).shape == (0, 4)
    assert rotated_bbox.iou(a, b[0]).shape == (6,)
    assert np.isnan(rotated_bbox.iou([np.nan, 0, 1, 1, 0], b[0]))


@pytest.mark.parametrize("wrong", [[1, 2, 3], 5, np.zeros((2, 8))])
def test_a_rotated_box_has_five_numbers(wrong):
    with pytest.raises(ValueError, match="5 numbers each"):
        rotated_bbox.iou(wrong, [0, 0, 1, 1, 0])
    with pytest.raises(ValueError, match="geometry holds 5 numbers"):
        rotated_bbox.KIND.values(frame([[1.0] * 4, [1.0] * 6][:1]))
    with pytest.raises(ValueError, match="geometry holds 5 numbers"):
        rotated_bbox.KIND.values(pl.DataFrame({"geometry": [[1.0] * 4, [1.0] * 6]}))


@pytest.mark.parametrize("least", [0.0, 0.2, 0.5])
def test_candidates_of_many_equal_those_of_all_pairs(least):
    rng = np.random.default_rng(4)
    rows = some_boxes(rng, 200)
    rows[100:] = rows[:100] + rng.normal(0, 0.2, (100, 5))
    rows[:, :2] *= 5
    values = rotated_bbox.KIND.values(frame(rows))
    runs = Runs(np.array([0, 50]), np.array([50, 100]), np.array([100, 0]), np.array([100, 50]))
    for laid_out in (values, rotated_bbox.KIND.clipped(values, np.full(200, 12.0), np.full(200, 12.0))):
        found = rotated_bbox.KIND.candidates(laid_out, runs, least)
        expected = ObjectKind.candidates(rotated_bbox.KIND, laid_out, runs, least)
        for column in ("pair", "a", "b", "similarity"):
            assert np.array_equal(getattr(found, column), getattr(expected, column))
        assert len(found.pair) > 5


def test_cut_to_the_frame_they_are_polygons():
    rng = np.random.default_rng(5)
    rows = some_boxes(rng, 60)
    values = rotated_bbox.KIND.values(frame(rows))
    cut = rotated_bbox.KIND.clipped(values, np.full(60, 3.0), np.full(60, 2.0))
    shapes = [Polygon(corners(*row)).intersection(box(0, 0, 3, 2)) for row in rows]
    np.testing.assert_allclose(cut.area, [shape.area for shape in shapes], atol=1e-10)
    some = [k for k, shape in enumerate(shapes) if shape.area > 0]
    found = rotated_bbox.KIND.similarity(cut, np.array(some[:-1]), np.array(some[1:]))
    kept = [shapes[k] for k in some]
    np.testing.assert_allclose(found, polygon.iou(kept[:-1], kept[1:]), atol=1e-10)
    again = rotated_bbox.KIND.clipped(cut, np.full(60, 3.0), np.full(60, 2.0))
    assert np.array_equal(again.area, cut.area)
