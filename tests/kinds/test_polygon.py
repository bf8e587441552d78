"""Polygon IoU against shapely one by one, exact fractions, counted squares; repairs, tangles, candidates."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from labelqa.kinds import ObjectKind, bbox, polygon
from labelqa.kinds.kind import Runs
from labelqa.kinds.rings import Rings, regions
from labelqa.kinds.scanline import shared_area
from tests.kinds import slabs

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4]]
HOLE = [[1, 1], [3, 1], [3, 3], [1, 3]]
BOW_TIE = [[0, 0], [4, 4], [4, 0], [0, 4]]


def shifted(x, y):
    """Give the square, moved."""
    return [[u + x, v + y] for u, v in SQUARE]


small = st.integers(0, 5)
rings = st.lists(st.lists(st.tuples(small, small), min_size=1, max_size=7), max_size=3)


def star(rng, n, centre=(0.0, 0.0), radius=10.0):
    """Draw an outline that does not cross itself, of n corners about a centre."""
    angle = 2 * np.pi * (np.arange(n) + rng.uniform(0, 0.45, n)) / n
    far = radius * rng.uniform(0.6, 1, n)
    return np.asarray(centre) + np.column_stack([far * np.cos(angle), far * np.sin(angle)])


def frame(*outlines):
    geometry = [np.ravel(np.concatenate([np.reshape(r, (-1, 2)) for r in o])).astype(float).tolist() for o in outlines]
    return pl.DataFrame(
        {"geometry": geometry, "parts": [[len(r) for r in o] for o in outlines]},
        schema={"geometry": pl.List(pl.Float64), "parts": pl.List(pl.UInt32)},
    )


def test_simple_outlines_equal_shapely_one_by_one():
    rng = np.random.default_rng(0)
    a = [star(rng, rng.integers(3, 60)) for _ in range(400)]
    b = [star(rng, rng.integers(3, 60), rng.uniform(-8, 8, 2)) for _ in range(400)]
    shapes = [(Polygon(p), Polygon(q)) for p, q in zip(a, b, strict=True)]
    assert all(p.is_valid and q.is_valid for p, q in shapes)
    expected = [p.intersection(q).area / p.union(q).area for p, q in shapes]
    np.testing.assert_allclose(polygon.iou(a, b), expected, rtol=1e-10, atol=1e-13)
    assert np.mean(np.array(expected) > 0.1) > 0.5


def test_boxes_are_compared_as_boxes():
    rng = np.random.default_rng(1)
    a, b = (np.hstack([c, c + rng.integers(1, 6, (200, 2))]) for c in rng.integers(0, 6, (2, 200, 2)))
    corners = [[s[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)][0] for s in (a, b)]
    np.testing.assert_allclose(polygon.iou(*map(list, corners)), bbox.iou(a, b), rtol=1e-12)


@given(rings, rings)
def test_any_rings_follow_the_even_odd_rule(a, b):
    """Crossing, doubled, nested and flat rings, against exact fractions."""
    expected = slabs.iou(a, b)
    found = polygon.iou([a], [b])[0]
    if expected is None:
        assert found in ({1.0} if a == b else {0.0, 1.0})  # a ring may be closed or not
    else:
        assert found == pytest.approx(expected, abs=1e-12)


@given(rings)
def test_the_area_is_that_of_the_even_odd_rule(outline):
    corners = [corner for ring in outline for corner in ring]
    row = Rings(
        np.reshape(np.array(corners, float), (-1, 2)),
        np.array([len(r) for r in outline], int),
        np.array([len(outline)]),
    )
    region, _, tangled = regions(row)
    assert region[0].is_valid
    assert not tangled[0]
    expected = float(slabs.area_where(lambda inside: inside, outline))
    assert region[0].area == pytest.approx(expected, abs=1e-12)
    if corners:
        assert shared_area(row.edges(), row.edges()) == pytest.approx(expected, abs=0.05)


def test_repairs_equal_counted_points():
    rng = np.random.default_rng(2)
    for _ in range(20):
        outline = rng.uniform(0, 20, (rng.integers(5, 25), 2))
        points = rng.uniform(0, 20, (20_000, 2))
        x, y = points.T
        odd = np.zeros(len(points), bool)
        for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
            crosses = (y0 <= y) != (y1 <= y)
            odd ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        whole = polygon.iou([outline], [box(0, 0, 20, 20)])[0]
        assert whole == pytest.approx(odd.mean(), abs=0.02)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([SQUARE], [SQUARE], 1.0),
        ([SQUARE], [SQUARE[2:] + SQUARE[:2]], 1.0),  # from another corner
        ([SQUARE], [SQUARE[::-1]], 1.0),  # the other way round
        ([SQUARE], [[*SQUARE, SQUARE[0]]], 1.0),  # closed
        ([SQUARE], [[[0, 0], [0, 0], *SQUARE[1:], [0, 4]]], 1.0),  # corners twice
        ([SQUARE, HOLE], [SQUARE], 0.75),
        ([HOLE, SQUARE], [SQUARE], 0.75),  # in any order
        ([SQUARE, HOLE], [HOLE], 0.0),
        ([SQUARE, HOLE, [[1.5, 1.5], [2.5, 1.5], [2.5, 2.5], [1.5, 2.5]]], [SQUARE], 13 / 16),  # an island in the hole
        ([SQUARE, HOLE, HOLE], [SQUARE], 1.0),  # a hole undone
        ([SQUARE, SQUARE], [SQUARE], 0.0),  # nothing left
        ([BOW_TIE], [SQUARE], 0.5),
        ([SQUARE, shifted(2, 0)], [SQUARE], 8 / 24),  # what both rings cover is outside
        ([SQUARE, shifted(4, 0)], [[[0, 0], [8, 0], [8, 4], [0, 4]]], 1.0),  # side by side
        ([SQUARE], [shifted(4, 0)], 0.0),  # touching
        ([SQUARE], [shifted(4, 4)], 0.0),
        ([[[0, 0], [4, 0]]], [SQUARE], 0.0),  # two corners
        ([[[0, 0], [4, 0]]], [[[0, 0], [4, 0]]], 1.0),
        ([[[0, 0], [2, 0], [4, 0]]], [[[0, 0], [4, 0]]], 0.0),  # flat, and not equal
        ([[]], [[]], 1.0),
        ([], [SQUARE], 0.0),
        ([[[1, 1]]], [[[2, 2]]], 0.0),
    ],
)
def test_by_hand(a, b, expected):
    assert polygon.iou([a], [b]) == pytest.approx(expected, abs=1e-15)
    assert polygon.iou([a], [b]) == polygon.iou([b], [a])


@pytest.mark.parametrize("scale", [*np.linspace(0.1, 10, 200).tolist(), 1e-90, 1e-20, 1e7])
def test_a_corner_that_all_but_lies_on_another_edge(scale):
    """Its outline crosses itself in a sliver, or touches itself, or neither, as the corner is rounded."""
    one = [(0, 0), (0, scale), (scale, 0)]
    other = [(x * scale, y * scale) for x, y in [(0, 2), (2, 3), (0, 4), (4, 2), (0, 0), (3, 3)]]
    assert polygon.iou([one], [other])[0] == pytest.approx(0.023474178403755867, rel=1e-9)


@given(st.sampled_from([5e-324, 1e-300, 1e-160, 1e-90, 1e-20, 1.0, 1e7]), rings, rings)
def test_no_size_is_too_small_or_too_large(scale, a, b):
    small = [[[(x * scale, y * scale) for x, y in ring] for ring in outline] for outline in (a, b)]
    found = polygon.iou([small[0]], [small[1]])[0]
    assert 0 <= found <= 1
    assert found == polygon.iou([small[1]], [small[0]])[0]
    if scale > 1e-100 and (expected := slabs.iou(a, b)) is not None:
        assert found == pytest.approx(expected, abs=1e-9)


def test_shapely_geometries_are_taken_as_they_are():
    with_hole = Polygon(SQUARE, [HOLE])
    two = shapely.MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)])
    assert polygon.iou([with_hole, two, Polygon()], [Polygon(SQUARE), box(0, 0, 1, 1), Polygon()]).tolist() == [
        0.75,
        0.5,
        1,
    ]
    assert polygon.iou(np.array([Polygon(BOW_TIE)]), [SQUARE]).tolist() == [0.5]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (shapely.LineString([(0, 0), (1, 1)]), "has an area"),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], "array of corners"),
        ([[0, 0], [1, np.nan], [1, 1]], "finite"),
        ([[0, 0], [1, np.inf], [1, 1]], "finite"),
    ],
)
def test_what_is_not_a_polygon_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        polygon.iou([wrong], [SQUARE])
    with pytest.raises(ValueError, match="as many"):
        polygon.iou([SQUARE], [])


@pytest.mark.parametrize(
    ("geometry", "parts", "message"),
    [
        ([1.0, 2.0, 3.0], None, "even number"),
        ([1.0, 2.0, 3.0, float("nan")], None, "finite"),
        ([0.0] * 12, [3, 4], "add up"),
        ([0.0] * 12, [], "add up"),
        ([0.0] * 12, [4_000_000_000, 2], "add up"),
    ],
)
def test_values_that_are_not_laid_out_as_agreed(geometry, parts, message):
    rows = pl.DataFrame(
        {"geometry": [[], geometry], "parts": [None, parts]},
        schema={"geometry": pl.List(pl.Float64), "parts": pl.List(pl.UInt32)},
    )
    with pytest.raises(ValueError, match=message):
        polygon.KIND.values(rows)


def test_one_ring_may_have_its_number_of_corners_or_not():
    rows = frame([SQUARE], [SQUARE]).with_columns(parts=pl.Series([None, [4]], dtype=pl.List(pl.UInt32)))
    values = polygon.KIND.values(rows)
    assert values.key[0] == values.key[1]
    assert polygon.KIND.similarity(values, np.array([0]), np.array([1])) == 1


def test_repairs_are_told():
    outlines = [
        [SQUARE],
        [BOW_TIE],
        [SQUARE, HOLE],
        [SQUARE, shifted(2, 0)],  # rings that cross
        [SQUARE, shifted(9, 0)],
        [SQUARE, HOLE, BOW_TIE],
        [SQUARE, SQUARE],
        [[[0, 0], [2, 0], [4, 0]]],  # flat: nothing to repair
        [[]],
        [SQUARE, [[0, 4], [4, 4], [2, 8]]],  # two parts that share a side
        [np.tile(SQUARE, (2, 1))],  # gone round twice
    ]
    expected = [False, True, False, True, False, True, True, False, False, True, True]
    assert polygon.repaired(frame(*outlines)).tolist() == expected


def test_tangles_are_measured_in_time_and_told():
    """Outlines that cross themselves or one another without end are measured along lines."""
    rng = np.random.default_rng(3)
    tangle = rng.uniform(0, 10, (5_000, 2))
    assert polygon.repaired(frame([tangle])).tolist() == [True]
    half = [[0, 0], [5, 0], [5, 10], [0, 10]]
    # Crossed so often, every place is inside with a chance of one half.
    assert polygon.iou([tangle], [box(0, 0, 10, 10)])[0] == pytest.approx(0.5, abs=0.02)
    assert polygon.iou([tangle], [half])[0] == pytest.approx(0.25 / 0.75, abs=0.02)
    assert polygon.iou([half], [tangle]) == polygon.iou([tangle], [half])
    assert polygon.iou([tangle], [tangle]) == 1
    assert polygon.iou([tangle], [tangle[::-1]])[0] == pytest.approx(1, abs=1e-6)


def comb(n_teeth):
    """Draw a comb with n teeth, each 1 wide, 1 apart and as long as the comb."""
    x = 2.0 * np.arange(n_teeth)
    long = 2.0 * n_teeth
    teeth = np.stack([x, x * 0, x, x * 0 + long, x + 1, x * 0 + long, x + 1, x * 0], axis=1).reshape(-1, 2)
    return np.vstack([teeth, [[long, -1], [-1, -1]]])


def test_outlines_that_cross_each_other_without_end_are_measured_in_time():
    """Two combs across each other share a quarter of the square: as many pieces as teeth squared."""
    upright = comb(2_000)
    found = polygon.iou([upright], [upright[:, ::-1]])[0]
    shared = 2_000**2
    area = Polygon(upright).area
    assert found == pytest.approx(shared / (2 * area - shared), rel=0.02)


def test_many_rings_are_measured_in_time():
    squares = [shifted(8 * k, 0) for k in range(3_000)]
    found = polygon.iou([squares], [[[0, 0], [8 * 3_000, 0], [8 * 3_000, 4], [0, 4]]])
    assert found == pytest.approx(0.5, abs=1e-3)
    assert polygon.iou([squares[:900]], [squares[1:900]]) == pytest.approx(899 / 900)


@pytest.mark.parametrize("least", [0.0, 0.3, 0.7])
def test_candidates_of_many_equal_those_of_all_pairs(least):
    rng = np.random.default_rng(4)
    outlines = [[star(rng, rng.integers(3, 20), rng.uniform(0, 60, 2))] for _ in range(80)]
    outlines += [[o[0] + rng.normal(0, 0.5, o[0].shape)] for o in outlines[:40]] + outlines[:20] + [[BOW_TIE], [[]]]
    values = polygon.KIND.values(frame(*outlines))
    n = len(outlines)
    runs = Runs(np.array([0, 40]), np.array([60, 100]), np.array([60, 0]), np.array([n - 60, 50]))
    found = polygon.KIND.candidates(values, runs, least)
    expected = ObjectKind.candidates(polygon.KIND, values, runs, least)
    for column in ("pair", "a", "b", "similarity"):
        assert np.array_equal(getattr(found, column), getattr(expected, column))
    assert len(found.pair) > 40


def test_cut_to_the_frame():
    over = [[-2, 0], [2, 0], [2, 4], [-2, 4]]
    outside, elsewhere = shifted(-9, 0), shifted(0, -9)
    touching = shifted(-4, 0)
    inside = [[0, 0], [2, 0], [2, 4], [0, 4]]
    comb_over = [[-1, 0], [1, 0], [1, 1], [-0.5, 1], [-0.5, 2], [1, 2], [1, 3], [-1, 3]]  # in two parts when cut
    outlines = [[over], [inside], [outside], [elsewhere], [touching], [comb_over], [over]]
    values = polygon.KIND.values(frame(*outlines))
    n = len(outlines)
    cut = polygon.KIND.clipped(values, np.array([10.0] * 6 + [np.nan]), np.array([10.0] * 6 + [np.nan]))
    row, column = (np.ravel(side) for side in np.indices((n, n)))
    matrix = polygon.KIND.similarity(cut, row, column).reshape(n, n)
    assert matrix[0, 1] == pytest.approx(1)
    assert cut.area.tolist() == [8, 8, 0, 0, 0, 2, 16]
    assert matrix[2].tolist() == [0, 0, 1, 0, 0, 0, 0]
    assert matrix[0, 6] == pytest.approx(0.5)  # the frame of the last is unknown
    assert np.array_equal(matrix, matrix.T)
    runs = Runs(np.array([0]), np.array([n]), np.array([0]), np.array([n]))
    found = polygon.KIND.candidates(cut, runs, 0.5)
    assert found.similarity.tolist() == ObjectKind.candidates(polygon.KIND, cut, runs, 0.5).similarity.tolist()


def test_cutting_equals_shapely_one_by_one():
    rng = np.random.default_rng(5)
    outlines = [star(rng, rng.integers(3, 20), rng.uniform(-5, 25, 2)) for _ in range(100)]
    values = polygon.KIND.values(frame(*([o] for o in outlines)))
    cut = polygon.KIND.clipped(values, np.full(100, 20.0), np.full(100, 15.0))
    expected = [Polygon(o).intersection(box(0, 0, 20, 15)) for o in outlines]
    np.testing.assert_allclose(cut.area, [shape.area for shape in expected], atol=1e-10)
    a, b = np.arange(99), np.arange(99) + 1
    pairs = pairwise(expected)
    iou = [p.intersection(q).area / u if (u := p.union(q).area) else 0.0 for p, q in pairs]
    np.testing.assert_allclose(polygon.KIND.similarity(cut, a, b), iou, atol=1e-10)


def test_matrix_has_all_pairs():
    rng = np.random.default_rng(6)
    a, b = [star(rng, 9) for _ in range(5)], [star(rng, 12, (3, 3)) for _ in range(4)]
    matrix = polygon.iou_matrix(a, b)
    assert matrix.shape == (5, 4)
    assert matrix[4, 2] == polygon.iou([a[4]], [b[2]])[0]
    assert polygon.iou_matrix([], b).shape == (0, 4)
    assert polygon.iou([], []).tolist() == []
