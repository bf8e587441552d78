"""Run lengths against pixels: every step is held against the same step on a full image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds import raster

pixels = st.tuples(
    st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**32 - 1), st.sampled_from([0, 0.1, 0.5, 0.9, 1])
)
pixels = pixels.map(lambda d: np.random.default_rng(d[2]).random(d[:2]) < d[3])


def edges_of(flat):
    """Go through the pixels one by one."""
    before, found = False, []
    for place, here in enumerate([*flat.tolist(), False]):
        if here != before:
            found.append(place)
        before = here
    return np.array(found, dtype=np.int64)


def pixels_of(edges, size):
    flat = np.zeros(size, dtype=bool)
    for start, end in edges.reshape(-1, 2).tolist():
        assert not flat[start:end].any()
        flat[start:end] = True
    return flat


@given(pixels)
def test_pixels_and_run_lengths_are_edges_either_way(image):
    flat = image.ravel()
    edges = edges_of(flat)
    counts = raster.counts(edges, len(flat))
    assert counts.sum() == len(flat)
    assert (counts[1:] > 0).all()
    assert np.array_equal(np.repeat(np.arange(len(counts)) % 2 == 1, counts), flat)
    assert np.array_equal(raster.edges(counts), edges)
    assert np.array_equal(raster.of_pixels(iter(image)), edges)
    assert raster.area(edges) == flat.sum()


@given(pixels, st.data())
def test_empty_runs_make_no_difference(image, data):
    edges = edges_of(image.ravel())
    counts = raster.counts(edges, image.size).tolist()
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(counts)))
        piece = data.draw(st.integers(0, counts[place - 1] if place else 0))
        if place:
            counts[place - 1 : place] = [counts[place - 1] - piece, 0, piece]
        else:
            counts[:0] = [0, 0]
    assert np.array_equal(raster.edges(np.array(counts, dtype=np.int64)), edges)


@given(pixels)
def test_rows_become_columns_and_back(image):
    height, width = image.shape
    columns = raster.transposed(edges_of(image.ravel()), width, height)
    assert np.array_equal(columns, edges_of(image.T.ravel()))
    assert np.array_equal(raster.transposed(columns, height, width), edges_of(image.ravel()))


@given(pixels)
def test_the_tight_box_is_that_of_the_pixels(image):
    height = len(image)
    box, inside = raster.tight(edges_of(image.T.ravel()), height)
    rows, columns = np.nonzero(image)
    if len(rows) == 0:
        assert box == (0, 0, 0, 0)
        assert len(inside) == 0
        return
    assert box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    left, top, right, bottom = box
    assert np.array_equal(inside, edges_of(image[top:bottom, left:right].T.ravel()))
    assert np.array_equal(raster.framed(inside, box, height), edges_of(image.T.ravel()))


@given(st.lists(st.tuples(pixels, st.tuples(*[st.integers(-3, 9)] * 4)), max_size=4))
def test_cutting_to_windows_equals_cutting_the_images(some):
    """Windows lie in their box, or have no pixels and lie anywhere."""
    edges, windows, expected = [], [], []
    for image, (x, y, u, v) in some:
        height, width = image.shape
        left, top, right, bottom = min(x, u), min(y, v), max(x, u), max(y, v)
        if min(right, width) > max(left, 0) and min(bottom, height) > max(top, 0):
            left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
            expected.append(image[top:bottom, left:right].T.ravel())
        else:
            right = left
            expected.append(np.empty(0, dtype=bool))
        edges.append(edges_of(image.T.ravel()))
        windows.append((left, top, right, bottom))
    size = np.array([len(edge) for edge in edges], dtype=np.int64)
    box = np.array([[0, 0, image.shape[1], image.shape[0]] for image, _ in some], dtype=np.int64).reshape(-1, 4).T
    window = np.array(windows, dtype=np.int64).reshape(-1, 4).T
    found = raster.cut(np.concatenate([np.empty(0, np.int64), *edges]), size, box, window)
    for part, flat in zip(np.split(found, np.cumsum(size)[:-1]) if some else [], expected, strict=True):
        assert (np.diff(part) >= 0).all()
        assert np.array_equal(raster.merged(part), edges_of(flat))


@given(st.lists(st.tuples(pixels, st.integers(0, 2**32 - 1)), max_size=5))
def test_pixels_in_both_are_counted(some):
    pairs = [(image.ravel(), np.random.default_rng(seed).random(image.size) < 0.5) for image, seed in some]
    sides = []
    for side in zip(*pairs, strict=True) if pairs else ((), ()):
        edges = [edges_of(flat) for flat in side]
        sides.append(np.repeat(np.arange(len(edges)), [len(edge) for edge in edges]).astype(np.int64))
        sides.append(np.concatenate([np.empty(0, np.int64), *edges]))
    assert raster.in_both(*sides, len(pairs)).tolist() == [(a & b).sum() for a, b in pairs]


def test_a_billion_pixels_cost_no_more_than_their_runs():
    height, width = 32_000, 31_250
    edges = np.array([100_000, 10**9 - 100_000])
    box, inside = raster.tight(edges, height)
    assert box == (3, 0, width - 3, height)
    assert raster.area(inside) == 10**9 - 200_000
    rows = raster.transposed(edges, height, width)
    assert raster.area(rows) == raster.area(edges)
    assert np.array_equal(raster.transposed(rows, width, height), edges)
    assert raster.transposed(np.array([0, 10**9]), 5 * 10**8, 2).tolist() == [0, 10**9]


def test_more_runs_than_fit_are_refused_before_they_are_made():
    with pytest.raises(ValueError, match="at most 16777216 runs"):
        raster.transposed(np.array([0, 5 * 10**8]), 5 * 10**8, 2)  # the upper of two rows: half a billion columns of 2
    with pytest.raises(ValueError, match="at most 16777216 runs"):
        raster.framed(np.array([0, 5 * 10**8]), (0, 0, 5 * 10**8, 1), 2)
    checkered = (np.arange(1 << 20) % 2).astype(bool)
    with pytest.raises(ValueError, match="at most 16777216 runs"):
        raster.of_pixels(checkered for _ in range(64))


def test_a_box_outside_its_frame_is_refused():
    for box in ((-1, 0, 1, 2), (0, -1, 2, 1), (0, 4, 2, 6)):
        with pytest.raises(ValueError, match="inside the frame"):
            raster.framed(np.array([0, 4]), box, 5)
