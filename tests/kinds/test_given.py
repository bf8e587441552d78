"""One value or several: what array functions of shapes take."""

import numpy as np
import pytest
from shapely import box

from labelqa.kinds import mask, polygon

SQUARE, HALF = [[0, 0], [10, 0], [10, 10], [0, 10]], [[0, 0], [10, 0], [10, 5], [0, 5]]
LEFT, ALL = np.arange(100).reshape(10, 10) % 10 < 5, np.ones((10, 10), np.uint8)


@pytest.mark.parametrize("one", [SQUARE, np.array(SQUARE), box(0, 0, 10, 10)], ids=["list", "array", "shapely"])
def test_one_polygon_meets_one_or_each(one):
    assert polygon.iou(one, HALF).shape == ()
    assert polygon.iou(one, HALF) == 0.5
    assert polygon.iou(one, [HALF, SQUARE]).tolist() == [0.5, 1.0]
    assert polygon.iou([HALF, SQUARE], one).tolist() == [0.5, 1.0]


def test_corners_may_be_in_one_list():
    assert polygon.iou([[0, 0, 10, 0, 10, 10, 0, 10]], [HALF]).tolist() == [0.5]


def test_one_mask_meets_one_or_each():
    run_lengths = {"size": [10, 10], "counts": [0, 50, 50]}
    for one in (LEFT, run_lengths, ((0, 0, 5, 10), [0, 50])):
        assert mask.iou(one, ALL).shape == ()
        assert mask.iou(one, ALL) == 0.5
        assert mask.iou(ALL, [one, ALL]).tolist() == [0.5, 1.0]


def test_nothing_is_nothing():
    assert polygon.iou([], []).shape == (0,)
    assert mask.iou([], []).shape == (0,)
