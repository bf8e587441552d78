"""The search for pairs that can be alike, where there are too many of them."""

import time

import numpy as np
import pytest

from labelqa.errors import InputError
from labelqa.kinds import window
from labelqa.kinds.bbox import KIND as BBOX
from labelqa.kinds.interval import KIND as INTERVAL
from labelqa.kinds.kind import Partners, Runs
from labelqa.kinds.point import KIND as POINT
from labelqa.kinds.point import Points
from labelqa.kinds.relation import Ends, linked


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
