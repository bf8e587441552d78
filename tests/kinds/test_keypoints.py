"""OKS against pycocotools where both agree on the definition, and against the formula in plain loops elsewhere."""

from dataclasses import replace
from math import exp

import numpy as np
import polars as pl
import pytest
from pycocotools.cocoeval import COCOeval

from labelqa.kinds import ObjectKind, keypoints
from labelqa.kinds.kind import Runs

SCHEMA = {
    "geometry": pl.List(pl.Float64),
    "parts": pl.List(pl.UInt32),
    "answer": pl.List(pl.String),
    "area": pl.Float64,
}
NAMES = list(keypoints.COCO_SIGMAS)


def row(points, parts=None, answer=None, area=None):
    return {"geometry": np.ravel(np.array(points, float)).tolist(), "parts": parts, "answer": answer, "area": area}


def similarity(one, other, kind=keypoints.KIND):
    values = kind.values(pl.DataFrame([one, other], schema=SCHEMA))
    forth, back = kind.similarity(values, np.array([0, 1]), np.array([1, 0]))
    assert forth == back
    return forth


def by_hand(one, other, sigma=0.09):
    """Work the mean OKS out point by point, by number."""

    def points(skeleton):
        xy = np.reshape(skeleton["geometry"], (-1, 2))
        seen = skeleton["parts"] or [2] * len(xy)
        return {k: p for k, (p, v) in enumerate(zip(xy, seen, strict=True)) if v}, len(xy)

    def area(skeleton, labelled):
        if skeleton["area"] is not None:
            return skeleton["area"]
        return np.prod(np.ptp(list(labelled.values()), axis=0)) if labelled else 0.0

    (a, n_a), (b, n_b) = points(one), points(other)
    mean_area = (area(one, a) + area(other, b)) / 2
    total = 0.0
    for k in a.keys() & b.keys():
        s = list(keypoints.COCO_SIGMAS.values())[k] if n_a == n_b == 17 else sigma
        squared = ((a[k] - b[k]) ** 2).sum()
        total += 1.0 if squared == 0 else exp(-squared / (2 * mean_area * 4 * s**2)) if mean_area else 0.0
    either = len(a.keys() | b.keys())
    return total / either if either else float(n_a == n_b)


def some_skeletons(rng, n, size=None):
    found = []
    for _ in range(n):
        points = size or rng.integers(1, 6)
        xy = rng.uniform(0, 50, 2) + rng.normal(0, 20, (points, 2))
        parts = rng.integers(0, 3, points).tolist() if rng.random() < 0.8 else None
        found.append(row(xy, parts, None, None if rng.random() < 0.5 else rng.uniform(0, 4_000)))
    return found


def test_the_sigmas_are_those_of_cocos_own_program():
    coco = COCOeval(iouType="keypoints").params.kpt_oks_sigmas
    assert list(keypoints.COCO_SIGMAS.values()) == pytest.approx(coco.tolist())


def test_fully_labelled_pairs_of_equal_area_equal_pycocotools():
    rng = np.random.default_rng(0)
    for _ in range(50):
        truth = rng.uniform(0, 100, (17, 2))
        found = truth + rng.normal(0, rng.uniform(0.1, 20), (17, 2))
        area = rng.uniform(100, 9_000)
        evaluation = COCOeval(iouType="keypoints")
        evaluation.params.catIds = [1]
        flat = [np.column_stack([p, np.full(17, 2)]).ravel().tolist() for p in (truth, found)]
        evaluation._gts[1, 1] = [{"keypoints": flat[0], "bbox": [0, 0, 1, 1], "area": area, "num_keypoints": 17}]
        evaluation._dts[1, 1] = [{"keypoints": flat[1], "score": 1.0}]
        expected = evaluation.computeOks(1, 1)[0, 0]
        parts = rng.integers(1, 3, 17).tolist()  # hidden points count like visible ones
        assert similarity(row(truth, parts, None, area), row(found, None, None, area)) == pytest.approx(expected)


@pytest.mark.parametrize("size", [None, 17])
def test_any_pair_equals_the_formula(size):
    rng = np.random.default_rng(1)
    some = some_skeletons(rng, 120, size)
    for one, other in zip(some[::2], some[1::2], strict=True):
        moved = dict(other, geometry=(np.array(one["geometry"]) + rng.normal(0, 4)).tolist(), parts=None)
        for b in (other, moved):
            for sigma in (0.09, 0.3):
                assert similarity(one, b, replace(keypoints.KIND, sigma=sigma)) == pytest.approx(by_hand(one, b, sigma))


SHAPE = [[0, 0], [10, 0], [10, 10], [0, 10]]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (row(SHAPE), row(SHAPE), 1.0),
        (row(SHAPE), row(SHAPE, [1, 2, 1, 2]), 1.0),  # hidden or visible
        (row(SHAPE), row(SHAPE, [2, 2, 2, 0]), 0.75),  # one labelled on one side only
        (row(SHAPE, [2, 2, 0, 0]), row(SHAPE, [0, 2, 2, 0]), 1 / 3),
        (row(SHAPE, [2, 0, 0, 0]), row(SHAPE, [0, 2, 2, 0]), 0.0),
        (row(SHAPE), row(SHAPE[:3]), 0.75),  # skeletons of different size
        (row(SHAPE, answer=list("abcd")), row(SHAPE[::-1], answer=list("dcba")), 1.0),  # by name
        (row(SHAPE, answer=list("abcd")), row(SHAPE[::-1]), by_hand(row(SHAPE), row(SHAPE[::-1]))),  # by number
        (row(SHAPE, answer=list("abcd")), row(SHAPE, answer=list("abce")), 3 / 5),
        (row(SHAPE, answer=list("aabb")), row(SHAPE, answer=list("aabb")), 1.0),
        (
            row(SHAPE, answer=list("aabb")),
            row(SHAPE, answer=list("abab")),
            1 / 2 + exp(-1 / (2 * 0.18**2)) / 2,
        ),  # twice
        (row([[5, 5]]), row([[5, 5]]), 1.0),  # no area
        (row([[5, 5]]), row([[5, 6]]), 0.0),
        (row([[5, 5]], area=100.0), row([[5, 6]], area=100.0), exp(-1 / (2 * 100 * 0.18**2))),
        (row([[5, 5]], area=200.0), row([[5, 6]], area=0.0), exp(-1 / (2 * 100 * 0.18**2))),
        (row([[5, 5]], area=-1.0), row([[5, 6]], area=float("nan")), 0.0),  # no such areas
        (row(SHAPE, [0] * 4), row(SHAPE, [0] * 4), 1.0),  # nothing labelled
        (row(SHAPE, [0] * 4), row([[9, 9]] * 4, [0] * 4), 1.0),
        (row(SHAPE, [0] * 4), row(SHAPE[:3], [0] * 3), 0.0),
        (row(SHAPE, [0] * 4, list("abcd")), row(SHAPE, [0] * 4, list("abce")), 0.0),
        (row(SHAPE, [0] * 4), row(SHAPE), 0.0),
        (row([]), row([]), 1.0),
        (row([]), row(SHAPE), 0.0),
        (row([[0, 0], [1e7, 1e7]]), row([[1e7, 0], [0, 1e7]]), exp(-1 / (2 * 0.18**2))),
    ],
)
def test_by_hand(a, b, expected):
    assert similarity(a, b) == pytest.approx(expected, abs=1e-12)


def test_cocos_points_are_known_by_name_in_any_order():
    rng = np.random.default_rng(2)
    one, other = rng.uniform(0, 100, (17, 2)), rng.uniform(0, 100, (17, 2))
    expected = by_hand(row(one, area=2e4), row(other, area=2e4))
    order = rng.permutation(17)
    shown = [name.replace("_", " ").title() for name in NAMES]
    a = row(one, None, shown, 2e4)
    b = row(other[order], None, [shown[k] for k in order], 2e4)
    assert similarity(a, b) == pytest.approx(expected)
    plain = [f"point {k}" for k in range(17)]
    by_option = [exp(-d / (2 * 2e4 * 0.18**2)) for d in ((one - other) ** 2).sum(axis=1)]
    assert similarity(row(one, None, plain, 2e4), row(other, None, plain, 2e4)) == pytest.approx(np.mean(by_option))


@pytest.mark.parametrize("least", [0.0, 0.2, 0.6, 1.0])
def test_candidates_of_many_equal_those_of_all_pairs(least):
    rng = np.random.default_rng(3)
    some = some_skeletons(rng, 60)
    for skeleton in some[:40]:
        moved = np.array(skeleton["geometry"]) + rng.normal(0, 3) * (rng.random() < 0.8)
        some.append(dict(skeleton, geometry=moved.tolist()))
    kind = keypoints.KIND
    values = kind.values(pl.DataFrame(some, schema=SCHEMA))
    runs = Runs(np.array([0, 20]), np.array([60, 80]), np.array([60, 0]), np.array([40, 100]))
    found = kind.candidates(values, runs, least)
    expected = ObjectKind.candidates(kind, values, runs, least)
    for column in ("pair", "a", "b", "similarity"):
        assert np.array_equal(getattr(found, column), getattr(expected, column))
    assert len(found.pair) > 8


def test_the_column_of_areas_may_be_missing():
    rows = pl.DataFrame([row(SHAPE, area=1e9), row(np.array(SHAPE) + 1, area=1e9)], schema=SCHEMA)
    values = keypoints.KIND.values(rows.drop("area"))
    found = keypoints.KIND.similarity(values, np.array([0]), np.array([1]))
    assert found[0] == pytest.approx(exp(-2 / (2 * 100 * 0.18**2)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(row(SHAPE), geometry=[1.0, 2.0, 3.0]), "even number"),
        (row(SHAPE, [2, 2, 2]), "visibility of every point"),
        (row(SHAPE, [2, 2, 2, 3]), "visibility is"),
        (row(SHAPE, answer=["a"]), "name of every point"),
        (row([[0, float("nan")]]), "finite"),
        (row([[0, float("inf")]], [1]), "finite"),
    ],
)
def test_values_that_are_not_laid_out_as_agreed(wrong, message):
    with pytest.raises(ValueError, match=message):
        keypoints.KIND.values(pl.DataFrame([row(SHAPE), wrong], schema=SCHEMA))


@pytest.mark.parametrize("sigma", [0.0, -0.1, float("nan"), float("inf")])
def test_sigma_is_above_0(sigma):
    with pytest.raises(ValueError, match="above 0"):
        replace(keypoints.KIND, sigma=sigma)
