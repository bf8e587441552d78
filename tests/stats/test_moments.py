"""One pass over parts gives the ratio, its interval, and the same bits however the parts were cut."""

import numpy as np
import pytest

from labelqa.stats.moments import Moments
from labelqa.stats.ratio import cluster_interval


def evidence(seed, n_groups=7, n_assets=400):
    """Clusters of each group, sorted by asset: some groups rare, one missing, scores near 1."""
    rng = np.random.default_rng(seed)
    asset, group = np.divmod(np.arange(n_assets * n_groups), n_groups)
    there = (rng.random(len(asset)) < (group + 1) / n_groups) & (group != 3)
    size = rng.integers(0, 4, len(asset)).astype(float)
    total = size * (1 - 0.01 * rng.random(len(asset)))
    return asset[there], group[there], total[there], size[there]


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_is_that_of_two_passes(seed):
    _, group, total, size = evidence(seed)
    moments = Moments(7)
    moments.add(group, total, size)
    found, expected = moments.interval(0.9), cluster_interval(group, 7, total, size, 0.9)
    for name in ("value", "low", "high", "n_clusters"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-13, err_msg=name)


@pytest.mark.parametrize("step", [1, 3, 50, 399])
def test_parts_show_in_no_bit(step):
    asset, group, total, size = evidence(9)
    whole, parts = Moments(7), Moments(7)
    whole.add(group, total, size)
    for first in range(0, 400, step):
        some = (asset >= first) & (asset < first + step)
        order = np.argsort(group[some], kind="stable")
        parts.add(group[some][order], total[some][order], size[some][order])
    for name in ("value", "low", "high", "n_clusters"):
        np.testing.assert_array_equal(getattr(parts.interval(), name), getattr(whole.interval(), name))


def test_groups_may_be_moved_among_others():
    _, group, total, size = evidence(2)
    moved, expected = Moments(2), Moments(5)
    few = np.flatnonzero((group == 0) | (group == 6))
    moved.add(group[few] // 6, total[few], size[few])
    moved.regroup(np.array([1, 4]), 5)
    expected.add(1 + group[few] // 2, total[few], size[few])
    assert moved.n_groups == 5
    np.testing.assert_array_equal(moved.interval().low, expected.interval().low)


def test_clusters_that_agree_leave_no_width_and_one_outlier_at_first_no_error():
    same, shifted = Moments(1), Moments(1)
    same.add(np.zeros(100_000, int), np.full(100_000, 0.3), np.ones(100_000))
    assert same.interval().high[0] - same.interval().low[0] == pytest.approx(0, abs=1e-13)
    score = np.concatenate([[0.0], 0.9 + 1e-4 * np.random.default_rng(0).standard_normal(100_000)])
    shifted.add(np.zeros(100_001, int), score, np.ones(100_001))
    half = 1.959981 * score.std(ddof=1) / np.sqrt(len(score))
    assert shifted.interval().high[0] - score.mean() == pytest.approx(half, rel=1e-4)
    expected = cluster_interval(np.zeros(100_001, int), 1, score, np.ones(100_001))
    np.testing.assert_allclose(shifted.interval().low, expected.low, rtol=1e-13)


def test_ratios_outside_their_limits_are_refused():
    moments = Moments(1)
    moments.add(np.array([0]), np.array([3.0]), np.array([2.0]))
    with pytest.raises(ValueError, match="outside limits"):
        moments.interval()
    assert moments.interval(limits=(0.0, 2.0)).value.tolist() == [1.5]
