"""CVAT's similarities, against plain computations pixel by pixel and point by point."""

import warnings
from itertools import pairwise, permutations
from math import exp, hypot

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from labelqa.kinds import bbox
from labelqa.kinds.families.cvat import POOLS, columns, pixels
from labelqa.kinds.families.cvat.covered import is_covered
from labelqa.kinds.kind import Runs
from labelqa.project import Builder
from tests.naive_cvat import annotations_of

WIDTH, HEIGHT = 40, 30
few = settings(max_examples=25)
KINDS = {pool.name: pool.kind for pool in POOLS}
coordinate = st.integers(-6, 46).map(float)
corners = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=7)


def marks(*given, size=(WIDTH, HEIGHT)):
    """Lay out marks (kind, class, geometry, parts, answer, group, z_order) of one label, in order."""
    builder = Builder()
    builder.source("x", "x")
    builder.asset("p", "a", width=size[0], height=size[1])
    label = builder.label("p", "a", "l", "ann")
    for number, (kind, cls, geometry, parts, answer, group, z_order) in enumerate(given):
        stated = [np.nan] * 5 + [float(group), float(z_order)]
        builder.annotation(
            label, kind, cls, geometry, parts=parts, answer=answer, annotation_id=str(number), stated=stated
        )
    return annotations_of(builder.project()).sort(pl.col("annotation_id").cast(pl.Int64))


def mark(kind, geometry, parts=None, answer=None, *, cls="cat", group=0, z_order=0):
    return kind, cls, geometry, parts, answer, group, z_order


def similarities(pool, frame):
    """Compare all rows of a frame with all: float [n, n]."""
    n = frame.height
    values = KINDS[pool].values(frame)
    return KINDS[pool].similarity(values, np.repeat(np.arange(n), n), np.tile(np.arange(n), n)).reshape(n, n)


def image(edges):
    flat = np.zeros(WIDTH * HEIGHT, bool)
    for start, end in edges.reshape(-1, 2):
        flat[start:end] = True
    return flat


def decoded(polygon):
    runs = coco.merge(coco.frPyObjects([np.ravel(polygon).tolist()], HEIGHT, WIDTH))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # raised inside pycocotools
        return coco.decode(runs).astype(bool).ravel(order="F")


def runs_of(pixels_of_columns):
    return pixels.raster.of_pixels(iter([pixels_of_columns]))


@given(st.lists(st.lists(st.booleans(), min_size=60, max_size=60), min_size=2, max_size=5))
def test_sets_of_pixels(lists):
    sets = [np.array(one) for one in lists]
    edges = [runs_of(one) for one in sets]
    assert (image(pixels.union(edges))[:60] == np.logical_or.reduce(sets)).all()
    assert (image(pixels.without(edges[0], edges[1]))[:60] == (sets[0] & ~sets[1])).all()
    assert pixels.in_both(edges[0], edges[1]) == (sets[0] & sets[1]).sum()


@given(corners)
def test_outlines_are_drawn_as_coco_draws_them(polygon):
    assert (image(pixels.drawn([np.array(polygon)], WIDTH, HEIGHT)) == decoded(polygon)).all()


def test_an_outline_that_leaves_its_frame_by_far_is_cut_first():
    far = np.array([[10.0, 10], [9e6, 10], [9e6, 20], [10, 20]])
    near = np.array([[10.0, 10], [60, 10], [60, 20], [10, 20]])
    assert (pixels.drawn([far], WIDTH, HEIGHT) == pixels.drawn([near], WIDTH, HEIGHT)).all()


def test_a_hole_is_not_drawn():
    outer, inner = (np.array([[a, a], [b, a], [b, b], [a, b]], float) for a, b in ((0, 10), (3, 7)))
    drawn = image(pixels.drawn([outer, inner], WIDTH, HEIGHT))
    assert (drawn == (decoded(outer) ^ decoded(inner))).all()


def test_a_frame_too_large_for_pixels_is_refused():
    with pytest.raises(ValueError, match="at most"):
        pixels.size_of(1e5, 1e5)


@few
@given(st.lists(corners, min_size=2, max_size=4), st.data())
def test_outlines_are_compared_by_what_can_be_seen(polygons, data):
    layers = data.draw(st.permutations(range(len(polygons))))
    frame = marks(
        *(mark("polygon", np.ravel(polygon).tolist(), z_order=z) for polygon, z in zip(polygons, layers, strict=True))
    )
    full = [decoded(polygon) for polygon in polygons]
    hidden = [
        np.logical_or.reduce([full[j] for j, z in enumerate(layers) if z > layers[i]] or [np.zeros_like(full[i])])
        for i in range(len(full))
    ]
    seen = [one & ~above for one, above in zip(full, hidden, strict=True)]
    found = similarities("outline", frame)
    for i, one in enumerate(seen):
        for j, other in enumerate(seen):
            expected = (one & other).sum() / (one | other).sum() if one.any() and other.any() else 0.0
            assert found[i, j] == pytest.approx(expected)
    covered = is_covered(frame, 0.05)
    for i, one in enumerate(full):
        both = (one & hidden[i]).sum()
        assert covered[i] == (both > 0 and 1 - both / one.sum() < 0.05)


def test_outlines_of_one_group_and_class_are_one_object():
    square = [0, 0, 10, 0, 10, 10, 0, 10]
    right = [20, 0, 30, 0, 30, 10, 20, 10]
    frame = marks(
        mark("polygon", square, group=3),
        mark("mask", [20, 0, 30, 10], [0, 100], group=3),
        mark("polygon", right, group=3, cls="dog"),
        mark("polygon", square),
    )
    kind = KINDS["outline"]
    values = kind.values(frame)
    assert kind.leaders(values).tolist() == [0, 0, 2, 3]
    # The dog hides the mask, and the last square the first: nothing is left of the group.
    assert values.masks.area.tolist() == [0, 0, 100, 100]
    found = kind.candidates(values, Runs(*(np.array([k]) for k in (0, 2, 2, 2))), 0.1)
    assert found.a.tolist() == []


def test_a_mask_is_cut_to_its_frame():
    frame = marks(mark("mask", [35, 25, 45, 35], [0, 100]), mark("polygon", [35, 25, 40, 25, 40, 30, 35, 30]))
    apart = frame.with_columns(item=pl.int_range(pl.len()))  # two frames, so that neither hides the other
    assert similarities("outline", apart)[0, 1] == 1.0


def rotated(x, y, width, height, angle):
    turn = np.radians(angle)
    half = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2
    turned = np.stack([half[:, 0] * np.cos(turn) - half[:, 1] * np.sin(turn),
                       half[:, 0] * np.sin(turn) + half[:, 1] * np.cos(turn)], axis=1)  # fmt: skip
    return turned + np.array([x, y])


def test_boxes_of_one_rotation_by_their_sides_others_by_their_pixels():
    frame = marks(
        mark("bbox", [10, 10, 20, 20]),
        mark("bbox", [12, 10, 22, 20]),
        mark("rotated_bbox", [15, 15, 10, 10, 45]),
        mark("rotated_bbox", [17, 15, 10, 10, 45]),
        mark("rotated_bbox", [15, 15, 10, 10, 90]),
    )
    found = similarities("box", frame)
    assert found[0, 1] == found[2, 3] == bbox.iou([10, 10, 20, 20], [12, 10, 22, 20])
    one, other = decoded(rotated(15, 15, 10, 10, 0)), decoded(rotated(15, 15, 10, 10, 45))
    assert found[0, 2] == pytest.approx((one & other).sum() / (one | other).sum())
    assert found[0, 4] == pytest.approx(1.0, abs=0.15)  # a square, turned by a quarter: but for its edges the same
    assert (found == found.T).all()


@few
@given(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=5, unique=True), st.data())
def test_lines_by_points_at_the_same_share_of_the_length(line, data):
    other = data.draw(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=5, unique=True))
    frame = marks(mark("polyline", np.ravel(line).tolist()), mark("polyline", np.ravel(other).tolist()))
    kind = KINDS["line"]
    values = kind.values(frame)
    found = kind.similarity(values, np.array([0, 1, 0]), np.array([1, 0, 0]))
    assert found[0] == pytest.approx(found[1])
    assert found[2] == 1.0
    circles = [((min(x) + max(x)) / 2, (min(y) + max(y)) / 2, hypot(max(x) - min(x), max(y) - min(y)) / 2)
               for x, y in (zip(*line, strict=True), zip(*other, strict=True))]  # fmt: skip
    apart = hypot(circles[0][0] - circles[1][0], circles[0][1] - circles[1][1])
    area = WIDTH * HEIGHT
    if apart**2 > circles[0][2] ** 2 + circles[1][2] ** 2 + area * 0.06**2:
        assert found[0] == 0.0
        return
    shares = sorted([*_shares(line), *_shares(other)[1:]])[:-1]
    ways = []
    for way in (1, -1):
        pairs = zip([_at(line, s) for s in shares], [_at(other, s) for s in shares][::way], strict=True)
        near = [exp(-(hypot(a[0] - b[0], a[1] - b[1]) ** 2) / (2 * area * 0.02**2)) for a, b in pairs]
        ways.append(sum(near) / len(near))
    assert found[0] == pytest.approx(max(ways), abs=1e-9)
    assert kind.turned(values, np.array([0]), np.array([1]))[0] == pytest.approx(max(ways[1] - ways[0], 0), abs=1e-9)


def _shares(line):
    lengths = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(line)]
    return [sum(lengths[:k]) / sum(lengths) for k in range(len(line))]


def _at(line, share):
    for a, b, low, high in zip(line, line[1:], _shares(line), _shares(line)[1:], strict=False):
        if low <= share <= high or high >= share:
            part = (share - low) / (high - low)
            return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
    return line[-1]


def oks(a, b, scale):
    return exp(-(hypot(a[0] - b[0], a[1] - b[1]) ** 2) / (2 * scale * 0.18**2))


def test_single_points_by_the_size_of_the_frame():
    frame = marks(mark("point", [10, 10]), mark("point", [13, 14]))
    assert similarities("points", frame)[0, 1] == pytest.approx(oks((10, 10), (13, 14), WIDTH * HEIGHT))


def test_a_point_takes_the_box_of_its_group():
    frame = marks(
        mark("point", [10, 10], group=1),
        mark("bbox", [0, 0, 20, 20], group=1),
        mark("point", [12, 10], group=2),
        mark("bbox", [10, 0, 30, 20], group=2),
        mark("point", [12, 10]),
    )
    points = frame.filter(pl.col("kind").cast(pl.String) == "point")
    found = similarities("points", points)
    assert found[0, 1] == pytest.approx(oks((10, 10), (12, 10), 20 * 20))  # the mean of both boxes
    assert found[0, 2] == 0.0  # a box without area meets none


@few
@given(st.data())
def test_points_of_a_shape_are_assigned_to_each_other(data):
    point = st.tuples(st.integers(0, 20).map(float), st.integers(0, 20).map(float))
    one, other = (data.draw(st.lists(point, min_size=2, max_size=4)) for _ in range(2))
    frame = marks(*(mark("keypoints", np.ravel(xy).tolist(), [2] * len(xy)) for xy in (one, other)))
    boxes = [(min(x), min(y), max(x), max(y)) for x, y in (zip(*xy, strict=True) for xy in (one, other))]
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in boxes]
    found = similarities("points", frame)[0, 1]
    if not any(areas):
        near = [oks(a, b, WIDTH * HEIGHT) for a, b in zip(one, other, strict=False)]
        assert found == pytest.approx(sum(near) / len(near) if len(one) == len(other) else 0.0)
        return
    overlap = [min(boxes[0][2 + k], boxes[1][2 + k]) - max(boxes[0][k], boxes[1][k]) for k in (0, 1)]
    if min(overlap) <= 0:
        assert found == 0.0
        return
    x1, y1, x2, y2 = (sum(sides) / 2 for sides in zip(*boxes, strict=True))
    few, many = sorted((one, other), key=len)
    best = 0.0
    for order in permutations(many, len(few)):
        near = [value for a, b in zip(few, order, strict=True) if (value := oks(a, b, (x2 - x1) * (y2 - y1))) >= 0.4]
        best = max(best, sum(near))
    # The assignment has the greatest sum; which number of pairs it has follows from that.
    counts = {
        len(near)
        for order in permutations(many, len(few))
        if sum(near := [v for a, b in zip(few, order, strict=True) if (v := oks(a, b, (x2 - x1) * (y2 - y1))) >= 0.4])
        == pytest.approx(best)
    }
    assert any(found == pytest.approx(best / (len(one) + len(other) - n)) for n in counts)


def test_skeletons_point_by_point_where_both_can_be_seen():
    names = ["head", "hand", "foot", "tail"]
    a = [(0, 0), (10, 0), (10, 10), (0, 10)]
    b = [(0, 1), (10, 2), (10, 10), (0, 0)]
    frame = marks(
        mark("keypoints", np.ravel(a).tolist(), [2, 2, 1, 2], names),
        mark("keypoints", np.ravel(b).tolist(), [2, 1, 2, 0], names),
        mark("keypoints", [0] * 8, [0] * 4, names),
        mark("keypoints", np.ravel(a).tolist(), [2, 2, 2, 2]),
    )
    found = similarities("points", frame)
    # Only the head can be seen on both sides; all four can on one.
    assert found[0, 1] == pytest.approx(oks(a[0], b[0], 10 * 9.5) / 4)
    assert found[0, 3] == 0.0  # a skeleton is no group of points
    kind = KINDS["points"]
    assert kind.leaders(kind.values(frame)).tolist() == [0, 1, -1, 3]


def test_cuboids_are_left_out():
    names = ["tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2"]
    frame = marks(mark("keypoints", list(range(16)), [2] * 8, names))
    kind = KINDS["points"]
    assert kind.leaders(kind.values(frame)).tolist() == [-1]


@pytest.mark.parametrize("pool", sorted(KINDS))
@few
@given(data=st.data())
def test_candidates_are_all_pairs_that_are_alike(pool, data):
    shapes = {
        "box": st.tuples(coordinate, coordinate, st.floats(1, 9), st.floats(1, 9), st.sampled_from([0.0, 30.0])).map(
            lambda v: mark("rotated_bbox", list(v)) if v[4] else mark("bbox", [v[0], v[1], v[0] + v[2], v[1] + v[3]])
        ),
        "line": corners.map(lambda xy: mark("polyline", np.ravel(xy).tolist())),
        "outline": corners.map(lambda xy: mark("polygon", np.ravel(xy).tolist())),
        "points": st.one_of(
            corners.map(lambda xy: mark("keypoints", np.ravel(xy).tolist(), [2] * len(xy))),
            st.tuples(coordinate, coordinate).map(lambda xy: mark("point", list(xy))),
        ),
    }[pool]
    frame = marks(*data.draw(st.lists(shapes, min_size=4, max_size=4)))
    frame = frame.with_columns(item=pl.int_range(pl.len()) // 2)
    kind = KINDS[pool]
    values = kind.values(frame)
    least = data.draw(st.sampled_from([0.0, 0.1, 0.4, 0.9]))
    found = kind.candidates(values, Runs(*(np.array([k]) for k in (0, 2, 2, 2))), least)
    a, b = np.repeat([0, 1], 2), np.tile([2, 3], 2)
    similarity = kind.similarity(values, a, b)
    wanted = (similarity >= least) & (similarity > (1e-6 if pool == "points" else 0))
    got = set(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert {(i, j) for i, j, w in zip(a.tolist(), b.tolist(), wanted.tolist(), strict=True) if w} <= got
    assert all(similarity[2 * i + j - 2] == s for i, j, s in zip(found.a, found.b, found.similarity, strict=True))


def test_columns_of_frames_without_a_size():
    frame = marks(
        mark("bbox", [1, 2, 30.5, 7]),
        mark("point", [3, 40]),
        mark("checklist", None or [], None, ["x"]),
        size=(None, None),
    )
    assert frame.select("raster_width", "raster_height").unique().rows() == [(31, 40)]
    assert columns(frame.head(0)).height == 0
