"""Box IoU against shapely and pycocotools, and its degenerate cases by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask
from shapely import box

from labelqa.kinds import bbox

some_boxes = arrays(np.float64, st.tuples(st.integers(1, 8), st.just(4)), elements=st.floats(-1e4, 1e4))


@given(some_boxes, some_boxes)
def test_matrix_equals_shapely(a, b):
    expected = np.zeros((len(a), len(b)))
    for i, p in enumerate(a):
        for j, q in enumerate(b):
            p_shape, q_shape = (box(min(r[0], r[2]), min(r[1], r[3]), max(r[0], r[2]), max(r[1], r[3])) for r in (p, q))
            either = p_shape.area + q_shape.area - p_shape.intersection(q_shape).area
            if either > 1e-3:  # shapely drops slivers that have an area
                expected[i, j] = p_shape.intersection(q_shape).area / either
            else:
                expected[i, j] = np.nan
    found = bbox.iou_matrix(a, b)
    told = ~np.isnan(expected)
    np.testing.assert_allclose(found[told], expected[told], rtol=1e-6, atol=1e-6)


def test_matrix_equals_pycocotools():
    rng = np.random.default_rng(0)
    a, b = (np.hstack([rng.uniform(0, 50, (40, 2)), rng.uniform(1, 40, (40, 2))]) for _ in "ab")  # x, y, w, h
    expected = mask.iou(a, b, np.zeros(len(b)))
    corners = [np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]]) for xywh in (a, b)]
    np.testing.assert_allclose(bbox.iou_matrix(*corners), expected, rtol=1e-12)


def test_elementwise_is_the_diagonal_of_the_matrix():
    rng = np.random.default_rng(1)
    a, b = rng.uniform(0, 10, (2, 30, 4))
    assert np.array_equal(bbox.iou(a, b), np.diagonal(bbox.iou_matrix(a, b)))


def test_corners_may_come_in_either_order():
    assert bbox.iou([10, 0, 0, 10], [0, 10, 10, 0]) == 1.0


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 0, 10, 10], [10, 0, 20, 10], 0.0),  # touching
        ([0, 0, 10, 10], [2, 2, 4, 4], 0.04),  # inside
        ([5, 5, 5, 5], [5, 5, 5, 5], 1.0),  # two equal points
        ([5, 5, 5, 9], [5, 5, 5, 8], 0.0),  # two different lines: 0 / 0 and not equal
        ([0, 0, 10, 10], [5, 5, 5, 5], 0.0),  # a point inside a box
    ],
)
def test_degenerate_boxes(a, b, expected):
    assert bbox.iou(a, b) == expected


def test_half_a_box_is_exactly_the_threshold():
    assert bbox.iou([0, 0, 10, 10], [0, 0, 10, 5]) >= 0.5


def test_a_box_has_four_numbers():
    with pytest.raises(ValueError, match=r"4 numbers each.*\(3,\)"):
        bbox.iou([1, 2, 3], [1, 2, 3, 4])


@given(some_boxes, st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_scale_and_translation_change_nothing_beyond_rounding(boxes, scale, shift):
    moved = boxes * scale + shift
    size = np.abs(boxes[:, 2:] - boxes[:, :2]).min()
    if size * scale > 1e-2 and size > 1e-2:
        np.testing.assert_allclose(bbox.iou_matrix(boxes, boxes), bbox.iou_matrix(moved, moved), atol=1e-6)
