"""Kinds of regions against one another: outlines by shapely, pixels by asking of every centre whether it lies inside."""

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds import bbox, filling, kinds, mask, polygon, region, rotated_bbox
from labelqa.kinds.kind import ObjectKind, Runs

SCHEMA = {
    "kind": pl.String,
    "geometry": pl.List(pl.Float64),
    "parts": pl.List(pl.UInt32),
    "answer": pl.List(pl.String),
}
KIND = region.Region()
side = st.integers(-2, 8).map(float) | st.floats(-2, 8).map(lambda number: round(number, 3))
seeds = st.integers(0, 2**32 - 1)


def row(kind, geometry, parts=None):
    return {"kind": kind, "geometry": [float(number) for number in geometry], "parts": parts, "answer": None}


def a_mask(image):
    """Make a row of an image; its box is the whole image, which does no harm."""
    flat = np.concatenate([[0], image.T.ravel(), [2]])
    counts = np.diff(np.concatenate([[0], np.flatnonzero(np.diff(flat))]))
    return row("mask", [0, 0, image.shape[1], image.shape[0]], counts.tolist())


@st.composite
def boxes(draw):
    x, y, u, v = (draw(side) for _ in range(4))
    return row("bbox", [min(x, u), min(y, v), max(x, u), max(y, v)])


@st.composite
def rotated(draw):
    return row(
        "rotated_bbox",
        [*(draw(side) for _ in range(2)), *(abs(draw(side)) for _ in range(2)), draw(st.integers(-90, 200))],
    )


@st.composite
def polygons(draw):
    """Draw rings that may cross themselves and one another."""
    rings = draw(st.lists(st.lists(st.tuples(side, side), min_size=3, max_size=6), min_size=1, max_size=2))
    return row("polygon", [number for ring in rings for corner in ring for number in corner], [len(r) for r in rings])


@st.composite
def masks(draw):
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    return a_mask(np.random.default_rng(draw(seeds)).random((height, width)) < draw(st.sampled_from([0, 0.5, 0.9, 1])))


everything = boxes() | rotated() | polygons() | masks()


def values_of(rows):
    return KIND.values(pl.DataFrame(rows, schema=SCHEMA))


def alike(a, b):
    """Compare two rows, both ways."""
    forth, back = KIND.similarity(values_of([a, b]), np.array([0, 1]), np.array([1, 0]))
    assert forth == back
    return forth


def as_rings(a):
    if a["kind"] == "bbox":
        left, top, right, bottom = a["geometry"]
        return [np.array([[left, top], [right, top], [right, bottom], [left, bottom]])]
    if a["kind"] == "rotated_bbox":
        x, y, width, height, angle = a["geometry"]
        corners = shapely.affinity.rotate(shapely.box(-width / 2, -height / 2, width / 2, height / 2), angle, (0, 0))
        return [shapely.get_coordinates(corners)[:-1] + np.array([x, y])]
    flat = np.array(a["geometry"]).reshape(-1, 2)
    return np.split(flat, np.cumsum(a["parts"] or [len(flat)])[:-1])


def edges_of(rings):
    return np.concatenate([np.hstack([ring, np.roll(ring, -1, axis=0)]) for ring in rings])


def centres_inside(edges, low, high):
    """Ask of the centre of every pixel how many edges lie above it."""
    inside = np.zeros((high - low, high - low), dtype=bool)
    for x0, y0, x1, y1 in edges.tolist():
        if x0 > x1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        for column in range(low, high):
            if x0 <= column + 0.5 < x1:
                y = y0 + (y1 - y0) * ((column + 0.5 - x0) / (x1 - x0))
                inside[[row for row in range(high - low) if low + row + 0.5 >= y], column - low] ^= True
    return inside


@given(st.lists(boxes() | rotated() | polygons(), min_size=1, max_size=4))
def test_filling_sets_the_pixels_whose_centres_lie_inside(rows):
    edges = [edges_of(as_rings(a)) for a in rows]
    owner = np.repeat(np.arange(len(rows)), [len(each) for each in edges])
    found, left_out = filling.filled(owner, np.concatenate(edges), len(rows))
    assert not left_out.any()
    images = [centres_inside(each, -20, 30) for each in edges]
    assert found.area.tolist() == [image.sum() for image in images]
    moved = mask._laid_out(images)  # the same pixels, 20 further to the right and below
    moved = mask.Masks.of(moved.keys, np.where(moved.area > 0, moved.box - 20, 0))
    index = np.arange(len(rows))
    assert mask.intersection(found, index, moved, index).tolist() == found.area.tolist()


def test_outlines_with_an_edge_in_common_share_no_pixel_and_leave_none_out():
    rng = np.random.default_rng(2)
    corners = rng.uniform(0, 40, (60, 2))
    parts = shapely.get_parts(shapely.delaunay_triangles(shapely.multipoints(corners)))
    rings = [shapely.get_coordinates(part)[:-1] for part in parts]
    found, _ = filling.filled(np.repeat(np.arange(len(rings)), 3), edges_of(rings), len(rings))
    row_, column = np.triu_indices(len(rings), 1)
    assert not mask.intersection(found, row_, found, column).any()
    hull = shapely.get_coordinates(shapely.convex_hull(shapely.multipoints(corners)))
    whole, _ = filling.filled(np.zeros(len(hull) - 1, np.int64), np.hstack([hull[:-1], hull[1:]]), 1)
    assert found.area.sum() == whole.area[0] > 500


@given(everything, everything)
def test_kinds_are_compared_with_themselves_as_ever(a, b):
    if a["kind"] == b["kind"]:
        table = pl.DataFrame([a, b], schema=SCHEMA)
        kind = kinds()[a["kind"]]
        assert alike(a, b) == kind.similarity(kind.values(table), np.array([0]), np.array([1])).item()


@given(boxes(), rotated(), polygons())
def test_outlines_of_different_kinds_are_compared_by_area(box, turned, outline):
    rows = [box, turned, outline]
    shapes = [polygon.iou_matrix([as_rings(a)], [as_rings(b) for b in rows])[0] for a in rows]
    for i in range(3):
        for j in range(i):
            areas = [abs(polygon._laid_out([as_rings(rows[k])]).area[0]) for k in (i, j)]
            if min(areas) > 1e-6:
                assert alike(rows[i], rows[j]) == pytest.approx(shapes[i][j], abs=1e-9)


@given(boxes() | rotated() | polygons(), masks())
def test_an_outline_and_a_mask_are_compared_pixel_by_pixel(outline, drawn):
    image = np.zeros((50, 50), dtype=bool)
    _, _, width, height = (int(number) for number in drawn["geometry"])
    inside = np.repeat(np.arange(len(drawn["parts"])) % 2 == 1, drawn["parts"])
    image[20 : 20 + height, 20 : 20 + width] = inside.reshape(width, height).T
    # the region's own edges: taking an outline apart where it crosses itself may round its corners
    covered = centres_inside(region._edges(values_of([outline]).shapes, np.array([0]))[1], -20, 30)
    both, either = (covered & image).sum(), (covered | image).sum()
    assert alike(outline, drawn) == (both / either if either else 0.0)


def test_one_square_drawn_with_four_tools():
    image = np.zeros((8, 8), dtype=bool)
    image[2:6, 1:5] = True
    square = [
        row("bbox", [1, 2, 5, 6]),
        row("rotated_bbox", [3, 4, 4, 4, 90]),
        row("polygon", [1, 2, 5, 2, 5, 6, 1, 6]),
        row("polygon", [5, 6, 5, 2, 1, 2, 1, 6]),
        a_mask(image),
    ]
    n = len(square)
    first, second = (np.ravel(part) for part in np.indices((n, n)))
    np.testing.assert_allclose(KIND.similarity(values_of(square), first, second), 1.0, rtol=1e-12)
    halves = [
        row("bbox", [1, 2, 3, 6]),
        row("rotated_bbox", [2, 4, 4, 2, 90]),
        row("polygon", [1, 2, 3, 2, 3, 6, 1, 6]),
    ]
    for half in halves:
        assert [alike(half, whole) for whole in square] == pytest.approx([0.5] * n, rel=1e-12)


@pytest.mark.parametrize("least", [0.0, 0.1, 0.5, 1.0])
@given(data=st.data())
def test_candidates_are_exactly_the_pairs_that_reach_the_least(least, data):
    rows = data.draw(st.lists(everything, max_size=8))
    cut = data.draw(st.integers(0, len(rows)))
    values = values_of(rows)
    zero = np.array([0])
    runs = Runs(zero, np.array([cut]), np.array([cut]), np.array([len(rows) - cut]))
    found, expected = KIND.candidates(values, runs, least), ObjectKind.candidates(KIND, values, runs, least)
    for column in ("pair", "a", "b", "similarity"):
        assert getattr(found, column).tolist() == getattr(expected, column).tolist()


@given(st.lists(everything, min_size=1, max_size=6))
def test_clipping_is_that_of_each_kind_and_stays_symmetric(rows):
    n = len(rows)
    values = KIND.clipped(values_of(rows), np.full(n, 5.0), np.full(n, 4.0))
    first, second = (np.ravel(part) for part in np.indices((n, n)))
    matrix = KIND.similarity(values, first, second).reshape(n, n)
    assert np.array_equal(matrix, matrix.T)
    assert ((matrix >= 0) & (matrix <= 1)).all()
    for i, a in enumerate(rows):
        for j, b in enumerate(rows):
            if a["kind"] == b["kind"]:
                kind = kinds()[a["kind"]]
                alone = kind.clipped(kind.values(pl.DataFrame([a, b], schema=SCHEMA)), np.full(2, 5.0), np.full(2, 4.0))
                assert matrix[i, j] == kind.similarity(alone, np.array([0]), np.array([1])).item()


def test_clipping_cuts_outlines_against_masks():
    whole = a_mask(np.ones((4, 4), dtype=bool))
    wide = row("polygon", [-4, 0, 8, 0, 8, 4, -4, 4])
    values = KIND.clipped(values_of([whole, wide]), np.full(2, 4.0), np.full(2, 4.0))
    assert alike(whole, wide) == pytest.approx(1 / 3)
    assert KIND.similarity(values, np.array([0]), np.array([1])).tolist() == [1.0]


def test_an_outline_too_large_to_be_filled_is_measured_along_lines(monkeypatch):
    square = a_mask(np.ones((100, 100), dtype=bool))
    huge = row("bbox", [0, 0, 1e6, 1e6])
    assert alike(square, huge) == pytest.approx(1e-8, rel=1e-3)
    assert alike(square, row("polygon", [-1e7, -1e7, 1e7, -1e7, 1e7, 1e7, -1e7, 1e7])) == pytest.approx(
        1e4 / 4e14, rel=1e-3
    )
    assert alike(square, row("bbox", [9e6, 9e6, 1e7, 1e7])) == 0
    y, x = np.mgrid[:100, :100]
    disc = (x - 50) ** 2 + (y - 50) ** 2 < 40**2
    ragged = disc & ~((x % 7 == 3) & (y % 3 == 0))
    half = row("polygon", [0.3, 0, 60.2, 0, 60.7, 100, 0.1, 100])
    exact = [alike(half, a_mask(image)) for image in (disc, ragged)]
    monkeypatch.setattr(filling, "_MOST_CROSSINGS", 10)
    rough = [alike(half, a_mask(image)) for image in (disc, ragged)]
    assert rough == pytest.approx(exact, rel=0.01)
    assert rough != exact


def test_rows_of_other_kinds_and_damaged_values_are_refused():
    for wrong in (row("track", [0, 0, 1, 1], [1]), row(None, [0, 0, 1, 1])):
        with pytest.raises(ValueError, match="region: kinds are bbox, mask, polygon, rotated_bbox"):
            values_of([wrong])
    with pytest.raises(ValueError, match="mask: "):
        values_of([row("bbox", [0, 0, 1, 1]), row("mask", [0, 0, 2, 2], [1])])


def test_it_is_found_only_when_asked_for():
    assert "region" not in kinds()
    assert not hasattr(region, "KIND")
    assert [kind.name for kind in region._KINDS] == sorted({"bbox", "mask", "polygon", "rotated_bbox"})
    assert {bbox.KIND, mask.KIND, polygon.KIND, rotated_bbox.KIND} == set(region._KINDS)


def test_no_rows():
    values = values_of([])
    none = np.empty(0, np.int64)
    assert KIND.similarity(values, none, none).tolist() == []
    assert KIND.candidates(values, Runs(none, none, none, none), 0.5).pair.tolist() == []
