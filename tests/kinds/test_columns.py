"""Pixels in common by columns: against counted pixels, and the same as by edges."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds import mask, raster
from labelqa.kinds.columns import Columns, shared_pixels


@st.composite
def drawn(draw):
    """Draw a small mask somewhere: its pixels, and where they lie."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    pixels = draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    return np.reshape(pixels, (height, width)), draw(st.integers(-4, 4)), draw(st.integers(-4, 4))


def laid_out(masks):
    edges = [raster.of_pixels(pixels.T) for pixels, _, _ in masks]
    box = [(left, top, left + pixels.shape[1], top + pixels.shape[0]) for pixels, left, top in masks]
    return np.concatenate(edges), np.array(list(map(len, edges))), np.array(box).T


def in_frame(masks):
    frame = np.zeros((len(masks), 20, 20), bool)
    for canvas, (pixels, left, top) in zip(frame, masks, strict=True):
        canvas[top + 5 : top + 5 + pixels.shape[0], left + 5 : left + 5 + pixels.shape[1]] = pixels
    return frame


@given(st.lists(drawn(), min_size=1, max_size=5))
def test_pixels_in_common_are_counted(masks):
    edges, size, box = laid_out(masks)
    columns = Columns.of(edges, size, box)
    fits = np.flatnonzero(columns.fits)
    a, b = np.repeat(fits, len(fits)), np.tile(fits, len(fits))
    frame = in_frame(masks)
    assert shared_pixels(columns, a, columns, b).tolist() == [
        (frame[i] & frame[k]).sum() for i, k in zip(a, b, strict=True)
    ]
    narrow = np.array([pixels.shape[1] for pixels, _, _ in masks]) <= size
    assert np.array_equal(columns.fits, narrow)


def test_columns_of_many_runs_are_left_out():
    stripes, comb, plain = np.zeros((40, 3), bool), np.zeros((40, 30), bool), np.zeros((9, 30), bool)
    stripes[::2], comb[::2, 7], plain[1:-1] = True, True, True
    masks = [(stripes, 0, 0), (comb, 0, 0), (plain, 0, 0)]
    columns = Columns.of(*laid_out(masks))
    assert columns.fits.tolist() == [False, False, True]
    everything = mask.iou_matrix(in_frame_values(masks), in_frame_values(masks))
    sets = [{(x, y) for y, x in zip(*np.nonzero(pixels), strict=True)} for pixels, _, _ in masks]
    assert everything.tolist() == [[len(a & b) / len(a | b) for b in sets] for a in sets]


def in_frame_values(masks):
    return [np.asfortranarray(pixels) for pixels, _, _ in masks]


def test_wide_masks_without_detail_are_compared_by_edges():
    """A full box a hundred million columns wide has two edges, and stays so."""
    wide = ((0, 0, 100_000_000, 5), [0, 500_000_000])
    part = ((99_999_999, 0, 100_000_001, 5), [0, 10])
    assert mask.iou([wide], [part]).tolist() == [5 / 500_000_005]


def test_how_pairs_are_cut_makes_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    pixels = [rng.random(rng.integers(5, 40, 2)) < share for share in (0.02, 0.3, 0.9, 1.0, 0.0, 0.5) * 4]
    expected = mask.iou_matrix(pixels, pixels)
    monkeypatch.setattr(mask, "_LAID_OUT", 50)
    monkeypatch.setattr("labelqa.kinds.columns._AT_ONCE", 10)
    assert np.array_equal(mask.iou_matrix(pixels, pixels), expected)
