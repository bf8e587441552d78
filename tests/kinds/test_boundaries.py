"""Shared areas from edges: against exact fractions, against shapely, and bits that depend on the pair alone."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import Polygon

from labelqa.kinds import boundaries, polygon
from labelqa.kinds.boundaries import shared_areas
from tests.kinds import slabs

seeds = st.integers(0, 2**32 - 1)


def star(rng, n, centre=(0.0, 0.0), radius=10.0, flat=1.0, turn=0.0):
    """Draw an outline that does not cross itself, of n corners about a centre, maybe flattened and turned."""
    angle = 2 * np.pi * (np.arange(n) + rng.uniform(0, 0.45, n)) / n
    far = radius * rng.uniform(0.5, 1, n)
    xy = np.column_stack([far * np.cos(angle), flat * far * np.sin(angle)])
    return np.asarray(centre) + xy @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def shared(one, other):
    """Give the area that two outlines share."""
    return shared_areas(np.array([Polygon(one), Polygon(other)]), np.array([0]), np.array([1]))[0]


def exactly_shared(one, other):
    return float(slabs.area_where(lambda a, b: a and b, [np.asarray(one).tolist()], [np.asarray(other).tolist()]))


def overlaid(region, a, b):
    return shapely.area(shapely.intersection(region[a], region[b]))


@pytest.mark.parametrize(
    ("centre", "radius", "flat"),
    [
        ((0, 0), 10.0, 1.0),
        ((500, 400), 50.0, 1.0),
        ((1e7, 2e7), 50.0, 1.0),
        ((1e12, 2e12), 50.0, 1.0),
        ((0, 0), 1e9, 1.0),
        ((0, 0), 1e-9, 1.0),
        ((500, 400), 500.0, 1e-3),
    ],
)
def test_areas_equal_exact_ones_wherever_and_however_large(centre, radius, flat):
    rng = np.random.default_rng(0)
    for _ in range(25):
        one = star(rng, 9, centre, radius, flat, 0.7)
        other = star(rng, 11, np.array(centre) + radius * np.array([0.1, 0.05]), radius, flat, 0.7)
        if Polygon(one).is_valid and Polygon(other).is_valid:
            expected = exactly_shared(one, other)
            assert shared(one, other) == pytest.approx(expected, rel=2e-15, abs=1e-16 * radius**2)


@st.composite
def on_a_grid(draw):
    """Draw a simple outline whose corners are whole numbers up to 6: the lower and the upper side of a stretch."""
    x = sorted(draw(st.sets(st.integers(0, 6), min_size=2)))
    low = [draw(st.integers(0, 6)) for _ in x]
    high = [draw(st.integers(y + 1, 8)) for y in low]
    corners = [*zip(x, low, strict=True), *reversed(list(zip(x, high, strict=True)))]
    return [corner[::-1] for corner in corners] if draw(st.booleans()) else corners


@given(on_a_grid(), on_a_grid())
def test_sides_and_corners_in_common_are_no_special_case(one, other):
    assert shared(one, other) == pytest.approx(exactly_shared(one, other), rel=1e-14, abs=1e-14)


@given(seeds, st.integers(3, 40), st.integers(3, 40))
def test_any_simple_outlines_equal_an_overlay(seed, n, m):
    rng = np.random.default_rng(seed)
    one, other = star(rng, n, radius=100), star(rng, m, rng.uniform(-60, 60, 2), 100)
    assume(Polygon(one).is_valid and Polygon(other).is_valid)
    expected = Polygon(one).intersection(Polygon(other)).area
    assert shared(one, other) == pytest.approx(expected, rel=1e-12, abs=1e-11)


@given(seeds, st.integers(3, 30))
def test_the_same_region_from_elsewhere_and_parts_of_it(seed, n):
    one = np.round(star(np.random.default_rng(seed), n, (500, 400), 80), 2)
    assume(Polygon(one).is_valid)
    area = exactly_shared(one, one)
    assert shared(one, np.roll(one, n // 2, axis=0)[::-1]) == pytest.approx(area, rel=2e-15)
    inside = 500 + (one - 500) / 4 + [0, -75]
    if Polygon(one).contains(Polygon(inside)):
        assert shared(one, inside) == pytest.approx(exactly_shared(inside, inside), rel=1e-14)


@pytest.mark.parametrize("n", [100, 1_000, 5_000])
def test_thousands_of_corners(n):
    rng = np.random.default_rng(n)
    detailed, moved = (50 * xy / np.hypot(*xy.T)[:, None] + xy for xy in (star(rng, n), star(rng, n + 7)))
    region = np.array([Polygon(detailed), Polygon(moved + np.array([30, 20])), Polygon(star(rng, 4, (-30, 50), 40))])
    assert shapely.is_valid(region).all()
    a, b = np.array([0, 0, 1]), np.array([1, 2, 2])
    np.testing.assert_allclose(shared_areas(region, a, b), overlaid(region, a, b), rtol=1e-12)


def test_holes_and_parts():
    rng = np.random.default_rng(1)
    stars = np.array(
        [Polygon(star(rng, rng.integers(5, 30), rng.uniform(-9, 9, 2), rng.uniform(2, 15))) for _ in range(60)]
    )
    region = np.concatenate(
        [
            shapely.difference(stars[:20], stars[20:40]),  # holes, and several parts
            shapely.symmetric_difference(stars[:20], stars[40:]),
            shapely.union(stars[20:40], stars[40:]),
            [Polygon()],
        ]
    )
    assert (shapely.get_num_geometries(region) > 1).any()
    assert (shapely.get_num_interior_rings(shapely.get_parts(region)) > 0).any()
    a, b = (side.ravel() for side in np.indices((len(region), len(region))))
    np.testing.assert_allclose(shared_areas(region, a, b), overlaid(region, a, b), atol=1e-11)


def test_the_bits_depend_on_the_pair_alone(monkeypatch):
    """However the pairs are cut into blocks, and whatever lies beside them."""
    rng = np.random.default_rng(2)
    region = np.array([Polygon(star(rng, n, rng.uniform(-9, 9, 2))) for n in rng.integers(3, 300, 30)])
    a, b = (side.ravel() for side in np.indices((30, 30)))
    together = shared_areas(region, a, b)
    order = rng.permutation(len(a))
    monkeypatch.setattr(boundaries, "_AT_ONCE", 500)
    monkeypatch.setattr(boundaries, "_LAID_OUT", 2_000)
    assert np.array_equal(shared_areas(region, a[order], b[order]), together[order])
    assert shared_areas(region[[3, 17]], np.array([0]), np.array([1]))[0] == together[3 * 30 + 17]


def comb(n_teeth):
    x = 2.0 * np.arange(n_teeth)
    long = 2.0 * n_teeth
    teeth = np.stack([x, x * 0, x + 0.1, x * 0 + long, x + 1, x * 0 + long, x + 1.1, x * 0], axis=1).reshape(-1, 2)
    return np.vstack([teeth, [[long, -1], [-1, -1]]])


def test_edges_that_lie_over_each_other_without_end_are_left_to_others():
    upright = comb(1_000)
    region = np.array([Polygon(upright), Polygon(upright[:, ::-1]), shapely.box(0, 0, 9, 9)])
    found = shared_areas(region, np.array([0, 1, 2]), np.array([1, 2, 2]))
    assert np.isnan(found).tolist() == [True, False, False]
    assert found[1] == pytest.approx(overlaid(region, 1, 2))


def test_what_only_touches_shares_nothing():
    """Neighbours in a tiling have corners and sides in common, in numbers that are not round."""
    tiles = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(np.random.default_rng(3).random((40, 2)))))
    matrix = polygon.iou_matrix(tiles, tiles)
    assert np.array_equal(matrix > 0, np.eye(len(tiles), dtype=bool))
    assert (np.diag(matrix) == 1).all()


def test_numbers_too_large_are_told():
    region = np.array([shapely.box(-1e200, -1e200, 1e200, 1e200), Polygon([(-1e200, 0), (1e200, 1e200), (0, 3e200)])])
    assert not np.isfinite(shared_areas(region, np.array([0]), np.array([1])))[0]


def test_nothing_shares_nothing():
    region = np.array([Polygon(), shapely.box(0, 0, 1, 1)])
    assert shared_areas(region, np.array([0, 1]), np.array([1, 0])).tolist() == [0, 0]
    assert shared_areas(region, np.empty(0, np.int64), np.empty(0, np.int64)).tolist() == []
