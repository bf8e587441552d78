"""Shapes are where the marks are: held against shapely and against pixels counted one by one."""

import numpy as np
import pytest
import shapely
from shapely import affinity

from labelqa.kinds.mask import iou
from labelqa.report.drawing.scene import Mark
from labelqa.report.drawing.shapes import shape_of
from labelqa.report.drawing.view import View


def mark(kind, geometry, parts=None):
    return Mark(0, kind, "c", [float(number) for number in geometry], parts, None, None, "id", None, None, "")


def area_of(shape):
    """The even-odd area of outlines."""
    area = shapely.Polygon()
    for ring in shape.outlines:
        area = area.symmetric_difference(shapely.Polygon(ring))
    return area


@pytest.mark.parametrize("degrees", [0, 30, 90, -45, 200])
def test_rotated_boxes_turn_clockwise_on_the_screen(degrees):
    shape = shape_of(mark("rotated_bbox", [50, 40, 30, 10, degrees]))
    # In shapely y points up and angles turn the other way; on a screen y points down: the same numbers, clockwise.
    expected = affinity.rotate(shapely.box(35, 35, 65, 45), degrees, origin=(50, 40))
    assert area_of(shape).symmetric_difference(expected).area == pytest.approx(0, abs=1e-9)


def test_cuboids_are_seen_from_above_with_y_upwards():
    shape = shape_of(mark("cuboid", [10, 5, 1, 4, 2, 1.5, 0.4]))
    expected = affinity.rotate(shapely.box(8, 4, 12, 6), 0.4, origin=(10, 5), use_radians=True)
    flipped = affinity.scale(expected, yfact=-1, origin=(0, 0))
    assert area_of(shape).symmetric_difference(flipped).area == pytest.approx(0, abs=1e-9)
    front = shape.faint[0][1]
    assert front == pytest.approx([10 + 2 * np.cos(0.4), -5 - 2 * np.sin(0.4)])


@pytest.mark.parametrize("seed", range(4))
def test_small_masks_keep_nearly_every_pixel(seed):
    rng = np.random.default_rng(seed)
    pixels = np.zeros((60, 80), bool)
    for _ in range(3):
        x, y, w, h = rng.integers(2, [40, 30, 35, 25])
        pixels[y : y + h, x : x + w] = True
    flat = pixels.ravel(order="F").astype(np.int8)
    edges = np.flatnonzero(np.diff(flat, prepend=0))
    runs = np.diff([0, *edges, len(flat)]).tolist()
    shape = shape_of(mark("mask", [100, 200, 180, 260], runs))
    assert area_of(shape).area == pytest.approx(pixels.sum(), rel=0.02)
    left, top, right, bottom = area_of(shape).bounds
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    assert (left, right) == pytest.approx((100 + columns[0], 101 + columns[-1]), abs=1.0)
    assert (top, bottom) == pytest.approx((200 + rows[0], 201 + rows[-1]), abs=1.0)
    assert iou([pixels], [pixels])[0] == 1


def test_large_masks_are_looked_at_through_a_grid():
    shape = shape_of(mark("mask", [0, 0, 4000, 3000], [0, 4000 * 3000]))
    assert area_of(shape).area == pytest.approx(4000 * 3000)
    assert len(shape.points()) < 20


def test_holes_stay_holes():
    shape = shape_of(mark("polygon", [0, 0, 10, 0, 10, 10, 0, 10, 2, 2, 8, 2, 8, 8, 2, 8], [4, 4]))
    assert area_of(shape).area == 100 - 36


def test_a_track_shows_the_frame_nearest_to_its_middle():
    boxes = [side for k in range(10) for side in (k, 0, k + 1, 1)]
    shape = shape_of(mark("track", boxes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 100]))
    assert shape.outlines[0][0].tolist() == [8, 0]
    assert shape.faint[0][:, 0].tolist() == [k + 0.5 for k in range(10)]


def test_unlabelled_points_are_not_drawn():
    shape = shape_of(mark("keypoints", [0, 0, 5, 5, 9, 9], [0, 1, 2]))
    assert (shape.dots.tolist(), shape.hollow.tolist()) == ([[9, 9]], [[5, 5]])


def test_a_view_holds_the_marks_and_keeps_the_proportions_of_the_frame():
    points = np.array([[100.0, 50.0], [140.0, 70.0]])
    view = View.of(points, (1000.0, 500.0), size=300, tall=0.9)
    placed = view.place(points)
    assert (placed >= 0).all()
    assert (placed <= [view.width, view.height]).all()
    assert view.width / view.height == pytest.approx(2)
    whole = View.of(np.array([[0.0, 0.0], [900.0, 20.0]]), (1000.0, 500.0), size=300, tall=0.9)
    assert (whole.share, whole.left, whole.top) == (1, 0, 0)
