import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from labelqa.stats import ratio as ratio_module
from labelqa.stats.ratio import cluster_interval, ratio

Rows = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def sample(n_rows: int, n_groups: int, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 6, n_rows).astype(float)
    return rng.integers(0, n_groups, n_rows), size * rng.beta(8, 2, n_rows), size


def test_docstring_examples_hold() -> None:
    assert doctest.testmod(ratio_module).failed == 0


def test_ratio_is_total_over_total() -> None:
    value = ratio([1, 0, 1, 3], 4, [1.0, 2.0, 0.5, 0.0], [1, 2, 2, 0])
    np.testing.assert_array_equal(value, [1.0, 0.5, np.nan, np.nan])


def test_interval_by_hand() -> None:
    # Sizes 1, 2, 1 and totals 1, 1, 0.5: R = 2.5 / 4 = 0.625, residuals 0.375, -0.25, -0.125, squares sum 0.21875;
    # Var = 3/2 * 0.21875 / 16 and t(2) at p is (2 p - 1) / sqrt(2 p (1 - p)).
    found = cluster_interval([0, 0, 0], 1, [1, 1, 0.5], [1, 2, 1])
    half_width = 0.95 / math.sqrt(2 * 0.975 * 0.025) * math.sqrt(1.5 * 0.21875 / 16)
    assert found.value[0] == 0.625
    assert found.low[0] == pytest.approx(0.625 - half_width, abs=1e-12)
    assert found.high[0] == 1.0  # 0.625 + 0.616 is cut
    assert found.n_clusters[0] == 3


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_equals_the_t_interval_of_a_mean_when_clusters_are_single(confidence: float) -> None:
    y = np.random.default_rng(3).random(25)
    found = cluster_interval(np.zeros(25, dtype=int), 1, y, np.ones(25), confidence)
    low, high = stats.t.interval(confidence, 24, loc=y.mean(), scale=stats.sem(y))
    assert found.low[0] == pytest.approx(low, abs=1e-12)
    assert found.high[0] == pytest.approx(high, abs=1e-12)


def test_equals_a_loop_over_groups() -> None:
    group, y, n = sample(300, 12)
    found = cluster_interval(group, 12, y, n, 0.9)
    for g in range(12):
        rows = [i for i in range(300) if group[i] == g]
        total = sum(n[i] for i in rows)
        value = sum(y[i] for i in rows) / total
        count = len(rows)
        variance = count / (count - 1) * sum((y[i] - value * n[i]) ** 2 for i in rows) / total**2
        half_width = stats.t.ppf(0.95, count - 1) * math.sqrt(variance)
        assert found.value[g] == pytest.approx(value, rel=1e-12)
        assert found.low[g] == pytest.approx(max(0, value - half_width), rel=1e-10)
        assert found.high[g] == pytest.approx(min(1, value + half_width), rel=1e-10)
        assert found.n_clusters[g] == count


def test_variance_is_scale_free() -> None:
    group, y, n = sample(100, 3)
    one, ten = cluster_interval(group, 3, y, n), cluster_interval(group, 3, 10 * y, 10 * n)
    np.testing.assert_allclose(one.low, ten.low, rtol=1e-12)


def test_other_groups_and_empty_rows_change_no_bit() -> None:
    group, y, n = sample(500, 7)
    found = cluster_interval(group, 7, y, n)
    mine = group == 4
    alone = cluster_interval(np.zeros(mine.sum(), dtype=int), 1, y[mine], n[mine])
    padded = cluster_interval(
        np.append(group, [4, 4]), 9, np.append(y, [0.0, 0.0]), np.append(n, [0.0, 0.0])
    )  # two rows of 0 / 0
    for other, at in ((alone, 0), (padded, 4)):
        assert (found.value[4], found.low[4], found.high[4]) == (other.value[at], other.low[at], other.high[at])
        assert found.n_clusters[4] == other.n_clusters[at]


def test_fewer_than_two_clusters_have_no_interval() -> None:
    found = cluster_interval([0, 1, 1, 2], 4, [0.5, 1.0, 0.0, 0.0], [1, 2, 0, 0])
    np.testing.assert_array_equal(found.value, [0.5, 0.5, np.nan, np.nan])
    np.testing.assert_array_equal(found.low, [np.nan] * 4)
    np.testing.assert_array_equal(found.high, [np.nan] * 4)
    assert found.n_clusters.tolist() == [1, 1, 0, 0]
    assert found.n_clusters.dtype == np.int64


def test_clusters_that_agree_give_no_width() -> None:
    found = cluster_interval([0, 0, 0], 1, [1, 2, 3], [1, 2, 3])
    assert found.low[0] == found.high[0] == 1.0


def test_no_rows_and_no_groups() -> None:
    assert np.isnan(cluster_interval([], 2, [], []).value).tolist() == [True, True]
    assert cluster_interval([], 0, [], []).low.shape == (0,)


def test_limits_can_be_widened_for_other_ratios() -> None:
    seconds, labels = [30.0, 90.0, 45.0], [1, 2, 1]
    with pytest.raises(ValueError, match=r"41\.25.*limits"):
        cluster_interval([0, 0, 0], 1, seconds, labels)
    found = cluster_interval([0, 0, 0], 1, seconds, labels, limits=(0.0, math.inf))
    assert 0 < found.low[0] < 41.25 < found.high[0] < 100


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.floats(0, 1), st.integers(0, 4)),
        max_size=12,
    )
)
def test_interval_holds_the_ratio_and_stays_in_range(rows: list[tuple[int, float, int]]) -> None:
    found = cluster_interval([g for g, _, _ in rows], 3, [share * n for _, share, n in rows], [n for _, _, n in rows])
    some = ~np.isnan(found.low)
    assert (some == (found.n_clusters >= 2)).all()
    assert (found.low[some] >= 0).all()
    assert (found.low[some] <= found.value[some]).all()
    assert (found.value[some] <= found.high[some]).all()
    assert (found.high[some] <= 1).all()


@pytest.mark.parametrize(
    ("group", "numerator", "denominator", "message"),
    [
        ([0, 0], [1.0], [1, 1], "equally long"),
        ([[0]], [[1.0]], [[1]], "flat"),
        ([0, 2], [1.0, 1.0], [1, 1], "n_groups - 1 = 1"),
        ([0, -1], [1.0, 1.0], [1, 1], "whole numbers from 0"),
        ([0.0, 1.0], [1.0, 1.0], [1, 1], "whole numbers"),
        ([0, 1], [1.0, np.nan], [1, 1], "finite"),
        ([0, 1], [1.0, 1.0], [1, np.inf], "finite"),
        ([0, 1], [1.0, 1.0], [1, -1], "negative"),
        ([0, 1], [1.0, 1.0], [1, 0], "denominator of 0"),
    ],
)
def test_bad_input_is_explained(
    group: list[int], numerator: list[float], denominator: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ratio(group, 2, numerator, denominator)
    with pytest.raises(ValueError, match=message):
        cluster_interval(group, 2, numerator, denominator)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, -0.5, math.nan])
def test_confidence_is_a_probability(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        cluster_interval([0], 1, [1.0], [1], confidence)
