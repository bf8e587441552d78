import doctest
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from labelqa.stats import betting
from labelqa.stats.betting import exact_interval, lower_bound, upper_bound
from labelqa.stats.keyed_random import keys_of, mix
from labelqa.stats.ratio import Interval

Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]


def reference_capital(y: list[float], n: list[float], m: float, alpha: float, largest: float) -> float:
    """Greatest capital against the ratio m, in plain Python and in logarithms: the paper's formulas with y - m n."""
    sum_y = sum_n = squares = log_capital = 0.0
    best = -math.inf
    for i, (yi, ni) in enumerate(zip(y, n, strict=True)):
        yi, ni = yi / largest, ni / largest
        variance = (0.25 + squares) / (i + 1)
        bet = min(math.sqrt(2 * math.log(1 / alpha) / (len(y) * variance)), 0.75 / m)
        log_capital += math.log1p(bet * (yi - m * ni))
        best = max(best, log_capital)
        sum_y, sum_n = sum_y + yi, sum_n + ni
        squares += (yi - (0.5 + sum_y) / (1 + sum_n) * ni) ** 2
    return math.exp(best)


def reference_lower_bound(y: list[float], n: list[float], alpha: float, largest: float | None = None) -> float:
    """Scan all m, without use of monotonicity: the least m that is not refuted, to 1e-4."""
    scale = largest or max(n)
    for step in range(1, 10_001):
        if reference_capital(y, n, step / 10_000, alpha, scale) < 1 / alpha:
            return (step - 1) / 10_000
    return 1.0


def same_bits(a: Interval, b: Interval) -> bool:
    return all(
        x.tobytes() == y.tobytes()
        for x, y in ((a.value, b.value), (a.low, b.low), (a.high, b.high), (a.n_clusters, b.n_clusters))
    )


def test_docstring_examples_hold() -> None:
    assert doctest.testmod(betting).failed == 0


@pytest.mark.parametrize(("alpha", "expected"), [(0.5, 3 / 7), (0.8, 3 / 4), (0.05, 0.0)])
def test_one_perfect_observation_by_hand(alpha: float, expected: float) -> None:
    # The bet is cut to c / m = 0.75 / m, so the capital 1 + 0.75 (1 / m - 1) reaches 1 / alpha up to
    # m = 0.75 / (0.75 + 1 / alpha - 1). At alpha = 0.05 the bet sqrt(8 log 20) = 4.9 cannot win 19 at any m.
    assert lower_bound([1.0], [1], alpha) == pytest.approx(expected, abs=1e-11)
    assert upper_bound([0.0], [1], alpha) == pytest.approx(1 - expected, abs=1e-11)
    assert lower_bound([1.0], [1], alpha) <= expected


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("alpha", [0.025, 0.3])
def test_equals_a_scan_of_the_published_formula(seed: int, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 4, 25).astype(float) if seed % 2 else np.ones(25)
    y = n * rng.beta(4, 1, 25)
    largest = 5.0 if seed == 5 else None
    expected = reference_lower_bound(y.tolist(), n.tolist(), alpha, largest)
    assert expected <= lower_bound(y, n, alpha, largest=largest) <= expected + 1.01e-4
    mirrored = reference_lower_bound((n - y).tolist(), n.tolist(), alpha, largest)
    assert mirrored <= 1 - upper_bound(y, n, alpha, largest=largest) <= mirrored + 1.01e-4


def test_capital_falls_as_the_claim_rises() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 4, 40).astype(float)
    y = n * rng.beta(2, 1, 40)
    capital = [reference_capital(y.tolist(), n.tolist(), m, 0.05, 3.0) for m in np.linspace(0.001, 1, 500)]
    assert (np.diff(capital) <= 1e-12).all()


@pytest.mark.parametrize("n", [20, 100, 1_000, 10_000])
def test_perfect_samples_come_close_to_one(n: int) -> None:
    # With every bet cut to c / m the bound would solve (1 + c (1 / m - 1))^n = 1 / alpha; the first bets are smaller.
    bound = lower_bound(np.ones(n), np.ones(n), 0.05)
    ideal = 0.75 / (0.75 + math.exp(math.log(20) / n) - 1)
    assert 1 - 1.6 * (1 - ideal) < bound < ideal


POPULATIONS: dict[str, tuple[Draw, float]] = {
    "beta": (lambda rng, shape: rng.beta(9, 1, shape), 0.9),
    "bernoulli": (lambda rng, shape: (rng.random(shape) < 0.95).astype(float), 0.95),
    "mostly_perfect": (lambda rng, shape: np.where(rng.random(shape) < 0.9, 1.0, rng.random(shape)), 0.95),
}


@pytest.mark.parametrize("n", [30, 100, 400])
@pytest.mark.parametrize("population", POPULATIONS)
def test_bounds_err_no_more_often_than_alpha(population: str, n: int) -> None:
    draw, mean = POPULATIONS[population]
    runs, alpha = 500, 0.05
    y = draw(np.random.default_rng(n), (runs, n)).ravel()
    key = keys_of([f"asset-{i}" for i in range(runs * n)])
    found = exact_interval(np.repeat(np.arange(runs), n), runs, y, np.ones(runs * n), key, confidence=1 - 2 * alpha)
    allowed = alpha + 3 * math.sqrt(alpha * (1 - alpha) / runs)
    assert (found.low > mean).mean() <= allowed
    assert (found.high < mean).mean() <= allowed
    assert (found.high - found.low).mean() < 2.6 * math.sqrt(1 / n)  # not valid by being empty


@pytest.mark.parametrize("n", [30, 100])
def test_ratios_of_unequal_clusters_are_covered(n: int) -> None:
    # Large clusters are worse: sizes 1..3 with quality 0.97, 0.9, 0.8, so the ratio is not the mean of the shares.
    runs, alpha = 500, 0.05
    rng = np.random.default_rng(n)
    size = rng.integers(1, 4, runs * n)
    y = rng.binomial(size, np.array([0, 0.97, 0.9, 0.8])[size]).astype(float)
    truth = (1 * 0.97 + 2 * 0.9 + 3 * 0.8) / 6
    key = keys_of([f"asset-{i}" for i in range(runs * n)])
    found = exact_interval(np.repeat(np.arange(runs), n), runs, y, size, key, confidence=1 - 2 * alpha)
    allowed = alpha + 3 * math.sqrt(alpha * (1 - alpha) / runs)
    assert (found.low > truth).mean() <= allowed
    assert (found.high < truth).mean() <= allowed


def test_intervals_are_the_two_bounds_bit_for_bit() -> None:
    rng = np.random.default_rng(2)
    group = rng.integers(0, 9, 300)
    n = rng.integers(0, 4, 300).astype(float)
    y = n * rng.random(300)
    key = keys_of([f"asset-{i}" for i in range(300)])
    found = exact_interval(group, 9, y, n, key, confidence=0.5, seed=3)  # 0.5: alpha = 0.25 without rounding
    for g in range(9):
        mine = group == g
        low = lower_bound(y[mine], n[mine], 0.25, key[mine], seed=3)
        high = upper_bound(y[mine], n[mine], 0.25, key[mine], seed=3)
        assert found.low[g] == min(low, found.value[g])
        assert found.high[g] == max(high, found.value[g])
        assert found.n_clusters[g] == (n[mine] > 0).sum()


@pytest.mark.parametrize("block_elements", [1, 64, 1 << 22])
def test_blocks_row_order_and_other_groups_change_no_bit(block_elements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    group = np.minimum(rng.geometric(0.05, 500) - 1, 39)  # groups of very different sizes
    n = rng.integers(1, 4, 500).astype(float)
    y = n * rng.integers(0, 5, 500) / 4  # quarters, so that the plain ratio is the same in any order
    key = keys_of([f"asset-{i}" for i in range(500)])
    found = exact_interval(group, 40, y, n, key)
    monkeypatch.setattr(betting, "_BLOCK_ELEMENTS", block_elements)
    shuffle = rng.permutation(500)
    assert same_bits(found, exact_interval(group[shuffle], 40, y[shuffle], n[shuffle], key[shuffle]))
    mine = group == 3
    alone = exact_interval(np.zeros(mine.sum(), dtype=int), 1, y[mine], n[mine], key[mine])
    assert (found.low[3], found.high[3]) == (alone.low[0], alone.high[0])


def test_keys_and_seed_decide_the_order_of_bets() -> None:
    y = np.repeat([1.0, 0.2], 20)  # ids that go with quality
    key = keys_of([f"asset-{i}" for i in range(40)])
    as_given, shuffled = lower_bound(y, np.ones(40)), lower_bound(y, np.ones(40), key=key)
    assert as_given > 0.6  # an order that follows quality misleads: the mean is 0.6
    assert shuffled < 0.6
    order = np.argsort(mix(0, key))
    assert shuffled == lower_bound(y[order], np.ones(40))
    assert shuffled != lower_bound(y, np.ones(40), key=key, seed=1)


@pytest.mark.parametrize("seed", range(5))
def test_a_stricter_alpha_widens(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, n = rng.beta(9, 1, 60), np.ones(60)
    bounds = [lower_bound(y, n, alpha) for alpha in (0.001, 0.01, 0.05, 0.1, 0.2)]
    assert bounds == sorted(bounds)
    bounds = [upper_bound(y, n, alpha) for alpha in (0.2, 0.1, 0.05, 0.01, 0.001)]
    assert bounds == sorted(bounds)


def test_a_larger_declared_size_widens() -> None:
    y, n = np.ones(50), np.ones(50)
    assert lower_bound(y, n) == lower_bound(y, n, largest=1.0) > lower_bound(y, n, largest=3.0) > 0


def test_interval_is_widened_to_hold_the_ratio() -> None:
    # Perfect until the last: the running maximum refutes more than the sample as a whole does.
    y = np.append(np.ones(40), np.zeros(40))
    key = keys_of([f"asset-{i}" for i in range(80)])
    arranged = np.empty(80)
    arranged[np.argsort(mix(0, key))] = y
    assert lower_bound(arranged, np.ones(80), 0.025, key) > 0.5
    found = exact_interval(np.zeros(80, dtype=int), 1, arranged, np.ones(80), key)
    assert found.low[0] == found.value[0] == 0.5


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1), st.integers(0, 4)), max_size=20),
    st.sampled_from([0.5, 0.9, 0.999]),
)
def test_interval_holds_the_ratio_and_stays_in_range(rows: list[tuple[int, float, int]], confidence: float) -> None:
    n = [size for _, _, size in rows]
    y = [share * size for _, share, size in rows]
    key = keys_of([f"asset-{i}" for i in range(len(rows))])
    found = exact_interval([g for g, _, _ in rows], 3, y, n, key, confidence)
    some = found.n_clusters > 0
    for ends in (found.value, found.low, found.high):
        assert (np.isnan(ends) == ~some).all()
    assert (found.low[some] >= 0).all()
    assert (found.low[some] <= found.value[some]).all()
    assert (found.value[some] <= found.high[some]).all()
    assert (found.high[some] <= 1).all()


def test_without_observations_nothing_is_refuted() -> None:
    assert lower_bound([], []) == 0.0
    assert upper_bound([], []) == 1.0
    assert lower_bound([0.0], [0]) == 0.0
    found = exact_interval([1], 3, [1.0], [1], keys_of(["a"]))
    np.testing.assert_array_equal(found.value, [np.nan, 1, np.nan])
    np.testing.assert_array_equal(found.high, [np.nan, 1, np.nan])
    assert exact_interval([], 0, [], [], []).low.shape == (0,)


def test_hopeless_and_huge_samples_raise_no_warning() -> None:
    for y in (np.zeros(5_000), np.ones(5_000), np.tile([0.0, 1.0], 2_500)):
        assert 0 <= lower_bound(y, np.ones(5_000)) <= y.mean() <= upper_bound(y, np.ones(5_000)) <= 1


@pytest.mark.parametrize("bound", [lower_bound, upper_bound])
def test_bad_input_is_explained(bound: Callable[..., float]) -> None:
    for y, n, options, message in (
        ([1.0], [1, 1], {}, "equally long"),
        ([1.5], [1], {}, "1.5 over 1.0 in row 0"),
        ([-0.5], [1], {}, "from 0 to their denominator"),
        ([0.0], [-1], {}, "negative"),
        ([np.nan], [1], {}, "finite"),
        ([1.0], [1], {"alpha": 0.0}, "alpha must lie between"),
        ([1.0], [1], {"alpha": 5}, "alpha must lie between"),
        ([1.0], [2], {"largest": 1.0}, "largest=1.0"),
        ([1.0], [2], {"largest": math.inf}, "largest=inf"),
        ([1.0], [2], {"key": [1]}, "unsigned 64-bit"),
        ([1.0], [2], {"key": keys_of(["a", "b"])}, "1 rows"),
    ):
        with pytest.raises(ValueError, match=message):
            bound(y, n, **options)
    with pytest.raises(ValueError, match="confidence"):
        exact_interval([0], 1, [1.0], [1], keys_of(["a"]), confidence=0)
