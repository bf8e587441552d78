"""What faces what, and the search among it, against loops over all pairs of rows."""

import numpy as np
import pytest

from labelqa.kinds import window
from labelqa.kinds.bbox import KIND as BBOX
from labelqa.kinds.facing import Facing
from labelqa.kinds.kind import ObjectKind, Runs


def labels_and_pairs(rng, n_labels=30, n_pairs=60, most=9):
    """Runs over labels that lie side by side, some of them empty, in pairs of any two of them."""
    n = rng.integers(0, most, n_labels) * (rng.random(n_labels) < 0.8)
    first = np.cumsum(n) - n
    a, b = rng.integers(0, n_labels, (2, n_pairs))
    return first[a], n[a], first[b], n[b], int(n.sum())


def pairs_of_rows(facing):
    """List what a `Facing` says row by row: (pair, a, b)."""
    return sorted(
        (pair, int(facing.rows(np.array([i]))[0]), int(facing.rows(np.array([j]))[0]))
        for pair, first_a, n_a, first_b, n_b in zip(
            *(column.tolist() for column in (facing.pair, facing.first_a, facing.n_a, facing.first_b, facing.n_b)),
            strict=True,
        )
        for i in range(first_a, first_a + n_a)
        for j in range(first_b, first_b + n_b)
    )


def expected(runs):
    """The same from the definition."""
    every = Runs(runs.first_a, runs.n_a, runs.first_b, runs.n_b, row=runs.row)
    return sorted(
        (pair, int(a), int(b))
        for pair in range(len(runs.n_a))
        for a in every.rows(np.arange(runs.first_a[pair], runs.first_a[pair] + runs.n_a[pair]))
        for b in every.rows(np.arange(runs.first_b[pair], runs.first_b[pair] + runs.n_b[pair]))
        if runs.group is None or runs.group[a] == runs.group[b]
    )


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("n_groups", [None, 1, 4, 10**12])
def test_rows_of_one_pair_and_group_face_each_other(n_groups, listed, ascending):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        *sides, n = labels_and_pairs(rng)
        row = rng.permutation(n) if listed else None
        group = None if n_groups is None else rng.choice(rng.integers(0, n_groups, 5), n)
        if group is not None and ascending:
            group.sort()
        runs = Runs(*sides, group, row)
        facing = Facing.of(runs)
        assert pairs_of_rows(facing) == expected(runs)
        assert (np.diff(facing.pair) >= 0).all()
        assert min(facing.n_a.min(initial=1), facing.n_b.min(initial=1)) >= 1


def test_runs_that_share_some_of_their_rows():
    group = np.random.default_rng(0).integers(0, 3, 40)
    runs = Runs(np.array([0, 10, 0]), np.array([20, 20, 40]), np.array([15, 5, 39]), np.array([25, 30, 1]), group)
    assert pairs_of_rows(Facing.of(runs)) == expected(runs)


def test_what_lies_between_the_runs_makes_no_difference():
    group = np.array([0, 1, 1, 9, 3, 9, 2, 0, 1])
    runs = Runs(np.array([0]), np.array([3]), np.array([7]), np.array([2]), group)
    facing = Facing.of(runs)
    assert facing.row is None
    assert pairs_of_rows(facing) == expected(runs) == [(0, 0, 7), (0, 1, 8), (0, 2, 8)]


def test_no_pairs():
    nothing = np.empty(0, np.int64)
    assert len(Facing.of(Runs(nothing, nothing, nothing, nothing, np.arange(3))).pair) == 0


@pytest.mark.parametrize("few", [0, 3, 1000])
@pytest.mark.parametrize("least", [0.0, 0.05, 0.4, 1.0])
def test_candidates_in_groups_and_lists_are_those_of_all_pairs(monkeypatch, few, least):
    monkeypatch.setattr(window, "_FEW", few)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        *sides, n = labels_and_pairs(rng, most=rng.choice([3, 30]))
        n_rows = n + 20
        corner = rng.integers(0, 40, (2, n_rows)) / 2
        boxes = np.concatenate([corner, corner + rng.integers(0, 20, (2, n_rows)) / 2])
        group = [None, rng.integers(0, 3, n_rows), np.sort(rng.integers(0, 3, n_rows))][seed % 3]
        row = np.sort(rng.permutation(n_rows)[:n]) if seed % 2 else None
        runs = Runs(*sides, group, row)
        found, wanted = BBOX.candidates(boxes, runs, least), ObjectKind.candidates(BBOX, boxes, runs, least)
        order = np.lexsort((wanted.b, wanted.a, wanted.pair))
        for column in ("pair", "a", "b", "similarity"):
            assert getattr(found, column).tolist() == getattr(wanted, column)[order].tolist()
