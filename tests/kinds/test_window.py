"""The search for pairs that can be alike, where there are too many of them."""

import time

import numpy as np
import pytest

from labelqa import compare
from labelqa.errors import InputError
from labelqa.kinds import window
from labelqa.kinds.bbox import KIND as BBOX
from labelqa.kinds.interval import KIND as INTERVAL
from labelqa.kinds.kind import Partners, Runs
from labelqa.kinds.point import KIND as POINT
from labelqa.kinds.point import Points
from labelqa.kinds.relation import Ends, linked
from labelqa.project import Builder


def one_pair(n):
    """The first n rows face the next n."""
    return Runs(np.array([0]), np.array([n]), np.array([n]), np.array([n]))


def of(kind, n):
    """2 n equal values."""
    if kind is POINT:
        return Points(np.ones((2 * n, 2)), np.full(2 * n, 5.0))
    return np.array([[0.0, 0.0, 9.0, 9.0][:: 1 if kind is BBOX else 2]]).T.repeat(2 * n, axis=1)


@pytest.mark.parametrize("kind", [BBOX, INTERVAL, POINT], ids=str)
def test_a_hundred_thousand_marks_in_one_place_are_refused_at_once(kind):
    start = time.monotonic()
    with pytest.raises(InputError, match="a mark meets few others"):
        kind.candidates(of(kind, 100_000), one_pair(100_000), 0.5)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("kind", [BBOX, INTERVAL, POINT], ids=str)
def test_what_is_found_is_bounded_too_and_the_bound_is_exact(kind, monkeypatch):
    monkeypatch.setattr(window, "_LISTED", 50)
    monkeypatch.setattr(window, "MOST_CLOSE", 400)
    assert len(kind.candidates(of(kind, 20), one_pair(20), 0.5).pair) == 400
    with pytest.raises(InputError, match="at most 400 pairs"):
        kind.candidates(of(kind, 21), one_pair(21), 0.5)


def test_listing_in_pieces_changes_nothing(monkeypatch):
    rng = np.random.default_rng(3)
    left_top = rng.uniform(0, 50, (2, 200))
    boxes = np.concatenate([left_top, left_top + rng.uniform(1, 30, (2, 200))])
    runs = Runs(np.array([0, 60, 0]), np.array([60, 40, 0]), np.array([100, 130, 5]), np.array([30, 70, 4]))
    whole = BBOX.candidates(boxes, runs, 0.1)
    monkeypatch.setattr(window, "_LISTED", 7)
    pieces = BBOX.candidates(boxes, runs, 0.1)
    assert len(whole.pair) > 100
    for column in ("pair", "a", "b", "similarity"):
        assert getattr(whole, column).tolist() == getattr(pieces, column).tolist()


def test_links_between_the_same_two_objects_are_bounded():
    n = 3000
    ends = Ends(np.repeat([0, 2], n), np.repeat([1, 3], n), np.zeros(2 * n, bool))
    partners = Partners(np.zeros(2, int), np.array([0, 1]), np.array([2, 3]))
    with pytest.raises(InputError, match="9000000 pairs"):
        linked(ends, one_pair(n), partners)


def project_of(kind, n, value):
    """Two labelers with n marks each, all at one place."""
    builder = Builder()
    builder.source("made", "made")
    builder.asset("p", "a")
    for labeler in "ab":
        label = builder.label("p", "a", labeler, labeler)
        for k in range(n):
            geometry, parts = value(k)
            builder.annotation(label, kind, "c", geometry, parts=parts)
    return builder.project()


def tangle(n, k):
    return np.random.default_rng(k).uniform(0, 900, 2 * n).tolist(), None


def comb(n, k):
    """Teeth across all of the frame, upright and level by turns."""
    teeth = np.linspace(0, 900, n)
    xy = np.stack([np.repeat(teeth, 2), np.tile([0, 890, 890, 0], n // 2)], axis=1)
    xy = np.concatenate([xy, [[900, 895], [-1, 895]]]) + k / 100
    return (xy if k % 2 else xy[:, ::-1]).ravel().tolist(), None


def disc(n, k):
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([400 + k / 100 + 300 * np.cos(angle), 400 + 300 * np.sin(angle)], axis=1).ravel().tolist(), None


@pytest.mark.parametrize(
    ("kind", "n", "value", "message"),
    [
        ("polygon", 30, lambda k: tangle(300, k), "outlines as people draw them"),
        ("polygon", 120, lambda k: tangle(600, k), "outlines as people draw them"),
        ("polygon", 40, lambda k: comb(300, k), "outlines as people draw them"),
        ("polygon", 80, lambda k: disc(5_000, k), "fewer corners"),
        ("mask", 60, lambda _: ([0, 0, 300, 300], [0] + [1] * 90_000), "fewer corners, runs"),
        ("track", 200, lambda _: ([0, 0, 30, 30] * 4_000, list(range(4_000))), "runs or frames"),
        ("keypoints", 120, lambda k: (tangle(6_000, k)[0], [2] * 6_000), "fewer corners"),
    ],
)
def test_many_marks_of_many_corners_in_one_place_are_refused_within_seconds(kind, n, value, message):
    project = project_of(kind, n, value)
    start = time.process_time()
    with pytest.raises(InputError, match=message):
        compare(project)
    assert time.process_time() - start < 40


def test_rows_of_different_groups_are_left_out_and_no_other():
    rng = np.random.default_rng(4)
    left_top = rng.uniform(0, 20, (2, 300))
    boxes = np.concatenate([left_top, left_top + rng.uniform(5, 30, (2, 300))])
    place = rng.integers(0, 5, 300)
    sides = (
        np.array([0, 90, 0, 40]),
        np.array([90, 60, 0, 50]),
        np.array([150, 200, 5, 150]),
        np.array([50, 100, 4, 50]),
    )
    everything, found = (BBOX.candidates(boxes, Runs(*sides, which), 0.2) for which in (None, place))
    same = place[everything.a] == place[everything.b]
    assert 0.1 < same.mean() < 0.3
    for column in ("pair", "a", "b", "similarity"):
        assert getattr(found, column).tolist() == getattr(everything, column)[same].tolist()


def test_a_still_object_in_ten_thousand_frames_is_as_many_pairs():
    n = 10_000
    runs = one_pair(n)
    found = POINT.candidates(
        of(POINT, n), Runs(runs.first_a, runs.n_a, runs.first_b, runs.n_b, np.tile(np.arange(n), 2)), 0.5
    )
    assert (found.b - found.a).tolist() == [n] * n
