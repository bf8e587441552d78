"""Mask IoU against pixels, pixel by pixel, and against pycocotools, which is given run lengths known to be sound."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from labelqa.kinds import mask
from labelqa.kinds.kind import Runs

SCHEMA = {"geometry": pl.List(pl.Float64), "parts": pl.List(pl.UInt32), "answer": pl.List(pl.String)}
images = st.tuples(
    st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1), st.sampled_from([0, 0.1, 0.5, 0.9, 1])
)
images = images.map(lambda d: np.random.default_rng(d[2]).random(d[:2]) < d[3])
SQUARE = ((2, 3, 4, 5), [0, 4])


def stored(image):
    """Lay pixels out as the column of a project does, with loops."""
    rows, columns = np.nonzero(image)
    if len(rows) == 0:
        return [0.0] * 4, []
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    parts, before = [0], False
    for here in image[top:bottom, left:right].T.ravel().tolist():
        if here != before:
            parts.append(0)
        parts[-1] += 1
        before = here
    return [float(side) for side in (left, top, right, bottom)], parts


def table(values):
    rows = [{"geometry": geometry, "parts": parts, "answer": None} for geometry, parts in values]
    return pl.DataFrame(rows, schema=SCHEMA)


def by_pixel(p, q):
    height, width = (max(p.shape[side], q.shape[side]) for side in (0, 1))
    p, q = (np.pad(side, [(0, height - side.shape[0]), (0, width - side.shape[1])]) for side in (p, q))
    either = (p | q).sum()
    return (p & q).sum() / either if either else 1.0


@given(st.lists(images, min_size=1, max_size=5), st.lists(images, min_size=1, max_size=5))
def test_matrix_equals_counting_pixels(a, b):
    expected = [[by_pixel(p, q) for q in b] for p in a]
    assert mask.iou_matrix(a, b).tolist() == expected
    assert mask.iou_matrix([stored(p) for p in a], b).tolist() == expected
    assert mask.iou_matrix(a, [{"size": q.shape, "counts": coco_counts(q)} for q in b]).tolist() == expected


def coco_counts(image):
    return coco.encode(np.asfortranarray(image.astype(np.uint8)))["counts"]


def test_matrix_equals_pycocotools():
    """Discs in a frame, so that there are many runs, overlaps of all sizes and none."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:120, :160]
    u, v, r = (rng.uniform(*ends, (60, 1, 1)) for ends in ((0, 160), (0, 120), (2, 50)))
    discs = [coco.encode(np.asfortranarray(disc)) for disc in ((x - u) ** 2 + (y - v) ** 2 < r**2).astype(np.uint8)]
    expected = coco.iou(discs[:30], discs[30:], [0] * 30)
    found = mask.iou_matrix(discs[:30], discs[30:])
    np.testing.assert_array_equal(found, expected)
    assert 0.1 < (found > 0).mean() < 0.9
    np.testing.assert_array_equal(mask.iou(discs[:30], discs[30:]), np.diagonal(expected))


@given(st.lists(images, min_size=2, max_size=6))
def test_swapping_changes_no_bit(some):
    matrix = mask.iou_matrix(some, some)
    assert np.array_equal(matrix, matrix.T)
    assert (np.diagonal(matrix) == 1).all()


def test_many_pairs_are_cut_into_pieces_without_a_trace(monkeypatch):
    images = list(np.random.default_rng(1).random((9, 12, 12)) < 0.3)
    whole = mask.iou_matrix(images, images)
    monkeypatch.setattr(mask, "_AT_ONCE", 50)
    monkeypatch.setattr(mask, "_PAIRS_AT_ONCE", 20)
    assert np.array_equal(mask.iou_matrix(images, images), whole)


def test_masks_of_a_billion_pixels():
    size = [32_000, 31_250]
    some = [{"size": size, "counts": counts} for counts in ([0, 10**9], [5 * 10**8, 5 * 10**8], [10**9 - 1, 1])]
    some += [((0, 0, 10**9, 1), [0, 10**9]), ((0, 0, 1, 10**9), [0, 10**9])]
    found = mask.iou_matrix(some, some)
    wide, tall = 2 * 10**9 - 31_250, 2 * 10**9 - 32_000
    assert found[0].tolist() == [1.0, 0.5, 1e-9, 31_250 / wide, 32_000 / tall]
    assert found[3, 4] == 1 / (2 * 10**9 - 1)


@given(st.lists(st.tuples(images, st.integers(0, 10), st.integers(0, 10)), min_size=1, max_size=5), st.booleans())
def test_clipping_equals_cutting_the_image(some, known):
    images = [image for image, _, _ in some]
    width, height = (np.array([float(frame[k]) if known else np.nan for frame in some]) for k in (1, 2))
    values = mask.KIND.clipped(mask.KIND.values(table(map(stored, images))), width, height)
    rows = np.ravel(np.indices((len(some), len(some)))[0]), np.ravel(np.indices((len(some), len(some)))[1])
    cut = [image[:h, :w] if known else image for image, w, h in some]
    expected = mask.iou_matrix(cut, cut).ravel()
    assert mask.KIND.similarity(values, *rows).tolist() == expected.tolist()
    one = np.array([0])
    runs = Runs(one, one + len(some), one, one + len(some))
    assert mask.KIND.candidates(values, runs, 0.0).similarity.tolist() == expected[expected > 0].tolist()


def test_pixels_left_of_and_above_the_frame_are_cut_too():
    values = mask.KIND.values(table([([-2.0, -1.0, 2.0, 1.0], [0, 8]), ([0.0, 0.0, 2.0, 1.0], [0, 2])]))
    cut = mask.KIND.clipped(values, np.full(2, 10.0), np.full(2, 10.0))
    assert mask.KIND.similarity(values, np.array([0]), np.array([1])).tolist() == [0.25]
    assert mask.KIND.similarity(cut, np.array([0]), np.array([1])).tolist() == [1.0]


@pytest.mark.parametrize(
    ("geometry", "parts"),
    [
        ([0.0, 0.0, 2.0], [0, 4]),
        (None, None),
        ([0.0, 0.0, 2.0, 2.0], [0, 3]),
        ([0.0, 0.0, 2.0, 2.0], [0, 5]),
        ([0.0, 0.0, 2.0, 2.0], None),
        ([0.0, 0.0, 0.0, 0.0], [1]),
        ([2.0, 0.0, 0.0, 2.0], [4]),
        ([2.0, 2.0, 0.0, 0.0], [4]),
        ([0.0, 0.0, 2.5, 2.0], [0, 5]),
        ([0.0, 0.0, float("nan"), 2.0], [0, 4]),
        ([0.0, 0.0, float("inf"), 2.0], [0, 4]),
        ([0.0, 0.0, 1e300, 2.0], [0, 4]),
        ([0.0, 0.0, 1e6, 1e6], [0, 2**32 - 1]),
    ],
)
def test_values_that_are_no_masks_are_refused(geometry, parts):
    with pytest.raises(ValueError, match="mask: "):
        mask.KIND.values(table([SQUARE, (geometry, parts), SQUARE]))


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "6233",
        7,
        np.zeros((2, 2)),
        {"size": [2, 2]},
        {"counts": [4]},
        {"size": [2, 2], "counts": [5]},
        {"size": [2], "counts": [2]},
        {"size": [2.5, 2], "counts": [5]},
        {"size": [-2, -2], "counts": [4]},
        {"size": [10**5, 10**5], "counts": [10**10]},
        {"size": [2, 2], "counts": "\xff"},
        ((0, 0, 2, 2), [1, 1]),
        ((0, 0, 2), [1, 1]),
        ((0, 0, 2, float("nan")), [1, 1]),
    ],
)
def test_what_is_no_mask_is_refused(wrong):
    with pytest.raises(ValueError, match=r"mask|run lengths"):
        mask.iou([SQUARE], [wrong])


def test_sides_of_different_length_are_refused():
    with pytest.raises(ValueError, match="as many values"):
        mask.iou([SQUARE], [])


def test_no_masks():
    assert mask.iou([], []).tolist() == []
    assert mask.iou_matrix([], [SQUARE]).shape == (0, 1)
    assert mask.iou_matrix([SQUARE], []).shape == (1, 0)
