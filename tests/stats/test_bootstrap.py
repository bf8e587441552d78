import doctest

import numpy as np
import pytest
from numpy.typing import NDArray

from labelqa.stats import bootstrap
from labelqa.stats.bootstrap import bootstrap_interval
from labelqa.stats.keyed_random import keys_of, mix, poisson1
from labelqa.stats.ratio import Interval, cluster_interval

Rows = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.uint64]]


def sample(n_rows: int, n_groups: int, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 4, n_rows).astype(float)
    key = keys_of([f"asset-{i}" for i in range(n_rows)])
    return rng.integers(0, n_groups, n_rows), size * rng.beta(8, 2, n_rows), size, key


def same_bits(a: Interval, b: Interval) -> bool:
    return all(
        x.tobytes() == y.tobytes()
        for x, y in ((a.value, b.value), (a.low, b.low), (a.high, b.high), (a.n_clusters, b.n_clusters))
    )


def test_docstring_examples_hold() -> None:
    assert doctest.testmod(bootstrap).failed == 0


@pytest.mark.parametrize("n_rows", [2, 3, 40])  # with 2 clusters one replicate in 7 has no weight at all
def test_equals_a_loop_over_replicates(n_rows: int) -> None:
    _, y, n, key = sample(n_rows, 1)
    found = bootstrap_interval([0] * n_rows, 1, y, n, key, confidence=0.9, seed=5, replicates=200)
    ratios = []
    for replicate in range(200):
        weight = [int(poisson1(mix(mix(5, int(k)), replicate))) for k in key]
        if sum(weight):
            top = sum(w * v for w, v in zip(weight, y, strict=True))
            ratios.append(top / sum(w * v for w, v in zip(weight, n, strict=True)))
    assert found.low[0] == pytest.approx(np.quantile(ratios, 0.05), abs=1e-12)
    assert found.high[0] == pytest.approx(np.quantile(ratios, 0.95), abs=1e-12)
    assert found.value[0] == pytest.approx(y.sum() / n.sum(), abs=1e-12)
    assert (len(ratios) < 200) == (n_rows < 4)


@pytest.mark.parametrize("block_elements", [1, 100, 7_777, 1 << 22])
def test_block_size_changes_no_bit(block_elements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    group, y, n, key = sample(60, 9)
    found = bootstrap_interval(group, 9, y, n, key, replicates=150)
    monkeypatch.setattr(bootstrap, "_BLOCK_ELEMENTS", block_elements)
    assert same_bits(found, bootstrap_interval(group, 9, y, n, key, replicates=150))


def test_other_groups_change_no_bit() -> None:
    group, y, n, key = sample(400, 6)
    found = bootstrap_interval(group, 6, y, n, key, replicates=100)
    mine = group == 2
    alone = bootstrap_interval(np.zeros(mine.sum(), dtype=int), 1, y[mine], n[mine], key[mine], replicates=100)
    assert (found.low[2], found.high[2], found.value[2]) == (alone.low[0], alone.high[0], alone.value[0])


def test_rows_of_different_groups_may_interleave_in_any_way() -> None:
    group, y, n, key = sample(400, 6)
    order = np.argsort(group, kind="stable")
    assert same_bits(
        bootstrap_interval(group, 6, y, n, key, replicates=100),
        bootstrap_interval(group[order], 6, y[order], n[order], key[order], replicates=100),
    )


def test_an_asset_weighs_the_same_in_every_group() -> None:
    _, y, n, key = sample(50, 1)
    group = np.repeat([0, 1], 50)
    found = bootstrap_interval(group, 2, np.tile(y, 2), np.tile(n, 2), np.tile(key, 2))
    assert found.low[0] == found.low[1]
    assert found.high[0] == found.high[1]


def test_approaches_the_linearised_interval_for_many_clusters() -> None:
    _, y, n, key = sample(2_000, 1)
    group = np.zeros(2_000, dtype=int)
    found, smooth = bootstrap_interval(group, 1, y, n, key, replicates=4_000), cluster_interval(group, 1, y, n)
    half_width = (smooth.high - smooth.low) / 2
    assert np.abs(found.low - smooth.low) < 0.1 * half_width
    assert np.abs(found.high - smooth.high) < 0.1 * half_width


def test_seed_decides() -> None:
    group, y, n, key = sample(60, 3)
    assert same_bits(bootstrap_interval(group, 3, y, n, key, seed=1), bootstrap_interval(group, 3, y, n, key, seed=1))
    assert not same_bits(
        bootstrap_interval(group, 3, y, n, key, seed=1), bootstrap_interval(group, 3, y, n, key, seed=2)
    )


def test_fewer_than_two_clusters_have_no_interval() -> None:
    key = keys_of(["a", "b", "c"])
    found = bootstrap_interval([0, 1, 1], 3, [1.0, 1.0, 0.0], [1, 2, 0], key)
    np.testing.assert_array_equal(found.value, [1.0, 0.5, np.nan])
    np.testing.assert_array_equal(found.low, [np.nan] * 3)
    np.testing.assert_array_equal(found.high, [np.nan] * 3)
    assert found.n_clusters.tolist() == [1, 1, 0]


def test_no_replicate_with_a_ratio_means_no_interval() -> None:
    # One replicate, and a seed under which both weights are 0.
    key = keys_of(["a", "b"])
    seed = next(s for s in range(100) if not poisson1(mix(mix(s, key), 0)).any())
    found = bootstrap_interval([0, 0], 1, [1.0, 0.5], [1, 1], key, seed=seed, replicates=1)
    assert np.isnan(found.low[0])
    assert np.isnan(found.high[0])
    assert found.value[0] == 0.75


def test_no_rows_and_no_groups() -> None:
    assert bootstrap_interval([], 2, [], [], []).n_clusters.tolist() == [0, 0]
    assert bootstrap_interval([], 0, [], [], []).low.shape == (0,)


def test_bad_input_is_explained() -> None:
    key = keys_of(["a", "b"])
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap_interval([0, 0], 1, [1, 1], [1, 1], key, confidence=95)
    with pytest.raises(ValueError, match="at least 1"):
        bootstrap_interval([0, 0], 1, [1, 1], [1, 1], key, replicates=0)
    with pytest.raises(ValueError, match="2 rows"):
        bootstrap_interval([0, 0], 1, [1, 1], [1, 1], key[:1])
    with pytest.raises(ValueError, match="unsigned 64-bit"):
        bootstrap_interval([0, 0], 1, [1, 1], [1, 1], [1, 2])
    with pytest.raises(ValueError, match="negative"):
        bootstrap_interval([0, 0], 1, [1, 1], [1, -1], key)
