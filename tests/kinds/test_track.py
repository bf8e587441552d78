"""Track IoU against plain loops over frames, and tracks without common frames, with gaps, without boxes."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds import bbox, track

SCHEMA = {"geometry": pl.List(pl.Float64), "parts": pl.List(pl.UInt32), "answer": pl.List(pl.String)}
boxes = st.tuples(*[st.integers(0, 6).map(float)] * 4).map(list)
tracks = st.dictionaries(st.integers(0, 8), boxes, max_size=6)
BOX = [0.0, 0.0, 10.0, 10.0]


def parts(of_frame):
    return sorted(of_frame), np.array([of_frame[frame] for frame in sorted(of_frame)]).reshape(-1, 4)


def area(box):
    return abs(box[2] - box[0]) * abs(box[3] - box[1])


def both(p, q):
    sides = [(min(p[k], p[k + 2]), max(p[k], p[k + 2]), min(q[k], q[k + 2]), max(q[k], q[k + 2])) for k in (0, 1)]
    return np.prod([max(min(b, d) - max(a, c), 0.0) for a, b, c, d in sides])


def by_loop(a, b):
    """Go through every frame of either; coordinates are small whole numbers, so all sums are exact."""
    shared = joined = 0.0
    for frame in a.keys() | b.keys():
        here = both(a[frame], b[frame]) if frame in a and frame in b else 0.0
        shared += here
        joined += sum(area(side[frame]) for side in (a, b) if frame in side) - here
    if joined == 0:
        ordered = [{f: bbox._corners(box).tolist() for f, box in side.items()} for side in (a, b)]
        return float(ordered[0] == ordered[1])
    return shared / joined


@given(st.lists(tracks, min_size=1, max_size=5), st.lists(tracks, min_size=1, max_size=5))
def test_matrix_equals_plain_loops(a, b):
    found = track.iou_matrix([parts(side) for side in a], [parts(side) for side in b])
    assert found.tolist() == [[by_loop(p, q) for q in b] for p in a]


@given(st.lists(tracks, min_size=2, max_size=6))
def test_swapping_changes_no_bit_and_nothing_exceeds_1(some):
    wild = [(frames, box * 0.1 + 1 / 3) for frames, box in map(parts, some)]
    matrix = track.iou_matrix(wild, wild)
    assert np.array_equal(matrix, matrix.T)
    assert ((matrix >= 0) & (matrix <= 1)).all()
    assert (np.diagonal(matrix) == 1).all()


def test_one_frame_is_a_box():
    a, b = np.random.default_rng(0).uniform(0, 10, (2, 40, 4))
    assert np.array_equal(track.iou([([3], box) for box in a], [([3], box) for box in b]), bbox.iou(a, b))


def test_long_tracks_with_and_without_gaps_equal_dense_sums():
    rng = np.random.default_rng(1)
    some = []
    for keep in (1.0, 1.0, 0.7, 0.1):
        frames = np.flatnonzero(rng.random(2_000) < keep) + rng.integers(0, 500)
        corner = rng.integers(0, 50, (len(frames), 2))
        some.append((frames, np.hstack([corner, corner + rng.integers(0, 50, (len(frames), 2))]).astype(float)))
    dense = np.zeros((4, 2_500, 4))
    for k, (frames, box) in enumerate(some):
        dense[k, frames] = box
    overlap = np.minimum(dense[:, None, :, 2:], dense[None, :, :, 2:]) - np.maximum(
        dense[:, None, :, :2], dense[None, :, :, :2]
    )
    shared = np.maximum(overlap, 0).prod(axis=-1).sum(axis=-1)
    size = (dense[..., 2:] - dense[..., :2]).prod(axis=-1).sum(axis=-1)
    assert np.array_equal(track.iou_matrix(some, some), shared / (size[:, None] + size[None, :] - shared))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (([1, 2], [BOX, BOX]), ([3, 4], [BOX, BOX]), 0.0),  # no common frame
        (([1], [BOX]), ([1, 2, 3, 4], [BOX] * 4), 0.25),  # missing frames are empty
        (([1, 9], [BOX, BOX]), ([5], [BOX]), 0.0),  # inside a gap
        (([], []), ([], []), 1.0),  # no boxes at all
        (([], []), ([1], [BOX]), 0.0),
        (([], []), ([1], [[3, 3, 3, 3]]), 0.0),  # neither has an area, and they differ
        (([1], [[3, 3, 3, 3]]), ([1], [[3, 3, 3, 3]]), 1.0),
        (([1], [[3, 3, 3, 3]]), ([2], [[3, 3, 3, 3]]), 0.0),
        (([0, 2**32 - 1], [BOX, BOX]), ([2**32 - 1], [BOX]), 0.5),
        (([1], [[10, 10, 0, 0]]), ([1], [BOX]), 1.0),  # corners in either order
    ],
)
def test_degenerate_tracks(a, b, expected):
    assert track.iou([a], [b]).tolist() == [expected]
    assert track.iou([b], [a]).tolist() == [expected]


def test_no_tracks():
    assert track.iou([], []).tolist() == []
    assert track.iou_matrix([], [([1], [BOX])]).shape == (0, 1)


def test_the_comparison_runs_in_blocks_without_a_trace(monkeypatch):
    rng = np.random.default_rng(2)
    some = [(np.arange(20), rng.uniform(0, 10, (20, 4))) for _ in range(12)]
    whole = track.iou_matrix(some, some)
    monkeypatch.setattr(track, "_AT_ONCE", 50)
    assert np.array_equal(track.iou_matrix(some, some), whole)


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        ([([2, 1], [BOX, BOX])], "ascending"),
        ([([1, 1], [BOX, BOX])], "ascending"),
        ([([1, 2], [BOX])], "frame number for each box"),
        ([([-1], [BOX])], "between 0 and 2"),
        ([([2**32], [BOX])], "between 0 and 2"),
    ],
)
def test_what_is_no_track_is_told(tracks, message):
    with pytest.raises(ValueError, match=message):
        track.iou(tracks, tracks)


def test_a_table_with_frames_and_boxes_of_different_number_is_told():
    with pytest.raises(ValueError, match="track: geometry holds 4 numbers"):
        track.KIND.values(pl.DataFrame([{"geometry": BOX, "parts": [1, 2]}], schema=SCHEMA))


def test_clipping_cuts_every_frame():
    rows = [
        {"geometry": [-5.0, 0.0, 5.0, 10.0, 15.0, 0.0, 30.0, 10.0], "parts": [1, 2]},
        {"geometry": BOX, "parts": [1]},
    ]
    values = track.KIND.values(pl.DataFrame(rows, schema=SCHEMA))
    cut = track.KIND.clipped(values, np.array([20.0, np.nan]), np.array([20.0, np.nan]))
    assert cut.box.T.tolist() == [[0, 0, 5, 10], [15, 0, 20, 10], BOX]
    assert cut.area.tolist() == [100.0, 100.0]
