"""Additive effects: against dense least squares with dummies, and intervals against known truth."""

import numpy as np
import pytest

from labelqa.stats.crossed import Crossed
from labelqa.stats.two_way import NOT_IDENTIFIED, NOTHING_SHARED, ONE_CLUSTER, REASONS, additive_effects, effects


def table(seed, n_units=6, n_columns=40, each=3):
    rng = np.random.default_rng(seed)
    units = np.array([rng.choice(n_units, each, replace=False) for _ in range(n_columns)])
    return rng, units, np.repeat(np.arange(n_columns), each)


def dense(design, columns, response, weights):
    """Effects by least squares with a dummy for every column, centred by weights."""
    dummies = np.eye(int(columns.max()) + 1)[columns]
    found = np.linalg.lstsq(np.hstack([design, dummies]), response, rcond=None)[0][: design.shape[1]]
    return found - weights @ found / weights.sum()


@pytest.mark.parametrize("seed", range(5))
def test_scores_agree_with_dense_least_squares(seed):
    rng, units, column = table(seed)
    y = rng.normal(size=column.size)
    fit = additive_effects([units.ravel()], [1], 6, y, column, column=column)
    expected = dense(np.eye(6)[units.ravel()], column, y, np.bincount(units.ravel(), minlength=6))
    np.testing.assert_allclose(fit.value, expected, atol=1e-10)
    assert (fit.n_clusters == np.bincount(units.ravel(), minlength=6)).all()


@pytest.mark.parametrize("seed", range(5))
def test_pairs_agree_with_dense_least_squares(seed):
    rng, units, _ = table(seed)
    i, k = np.triu_indices(3, 1)
    a, b, column = units[:, i].ravel(), units[:, k].ravel(), np.repeat(np.arange(40), 3)
    y = rng.normal(size=column.size)
    fit = additive_effects([a, b], [1, 1], 6, y, column, column=column)
    design = np.eye(6)[a] + np.eye(6)[b]
    np.testing.assert_allclose(fit.value, dense(design, column, y, fit.n_clusters), atol=1e-10)
    # And without columns, as differences from a reference:
    fit = additive_effects([a, b], [1, -1], 6, y, column, reference=2)
    found = np.linalg.lstsq(np.eye(6)[a] - np.eye(6)[b], y, rcond=None)[0]
    np.testing.assert_allclose(fit.value, found - found[2], atol=1e-10)


def test_residuals_are_what_is_left_over():
    rng, units, column = table(1)
    y = rng.normal(size=column.size)
    fit = additive_effects([units.ravel()], [1], 6, y, column, column=column)
    totals = np.bincount(column, fit.residual)
    np.testing.assert_allclose(totals, 0.0, atol=1e-12)
    np.testing.assert_allclose(np.bincount(units.ravel(), fit.residual), 0.0, atol=1e-10)


def test_exact_effects_are_found_again_and_level_is_that_of_the_average_column():
    rng, units, column = table(2)
    effect, columns = rng.normal(size=6), rng.normal(size=40)
    y = effect[units.ravel()] + columns[column]
    fit = additive_effects([units.ravel()], [1], 6, y, column, column=column)
    weights = np.bincount(units.ravel(), minlength=6) / column.size
    np.testing.assert_allclose(fit.value, effect - weights @ effect, atol=1e-10)
    np.testing.assert_allclose(fit.level, columns.mean() + weights @ effect, atol=1e-10)


def test_groups_that_share_nothing_are_kept_apart():
    unit = np.array([0, 1, 0, 1, 2, 3, 4, 2, 3, 5])
    column = np.array([0, 0, 1, 1, 2, 2, 2, 3, 3, 4])
    y = np.array([1.0, 0.0, 1.0, 0.0, 5.0, 6.0, 7.0, 5.0, 6.0, 9.0])
    fit = additive_effects([unit], [1], 7, y, column, column=column)
    assert fit.group.tolist() == [1, 1, 0, 0, 0, -1, -1]
    np.testing.assert_allclose(fit.value[:2], [0.5, -0.5])
    np.testing.assert_allclose(np.diff(fit.value[2:5]), [1.0, 1.0])
    assert [REASONS[k] for k in fit.reason[5:]] == ["nothing_shared", "no_evidence"]
    assert np.isnan(fit.value[5:]).all()
    assert fit.reason[4] == ONE_CLUSTER
    assert np.isnan(fit.error[4])


def test_two_labels_of_an_asset_do_not_tell_whose_fault_it_is():
    a, b, column = np.array([0, 0, 1]), np.array([1, 2, 2]), np.arange(3)
    fit = additive_effects([a, b], [1, 1], 3, np.array([0.5, 0.6, 0.9]), column, column=column)
    assert (fit.reason == NOTHING_SHARED).all()
    without_odd_circle = additive_effects([a[:2], b[:2]], [1, 1], 3, np.array([0.5, 0.6]), column[:2], centre="none")
    assert (without_odd_circle.reason == NOT_IDENTIFIED).all()


@pytest.mark.parametrize("each", [2, 3])
def test_order_of_observations_does_not_matter(each):
    rng, units, column = table(5, each=each)
    y = rng.normal(size=column.size)
    fit = additive_effects([units.ravel()], [1], 6, y, column, column=column)
    order = rng.permutation(column.size)
    again = additive_effects([units.ravel()[order]], [1], 6, y[order], column[order], column=column[order])
    np.testing.assert_allclose(again.value, fit.value, atol=1e-12)
    np.testing.assert_allclose(again.error, fit.error, atol=1e-12)


def test_median_centre_is_not_moved_by_one_that_is_far_off():
    _, units, column = table(6)
    y = np.where(units.ravel() == 3, -10.0, 0.0)
    fit = additive_effects([units.ravel()], [1], 6, y, column, column=column, centre="median")
    np.testing.assert_allclose(fit.value, [0, 0, 0, -10, 0, 0], atol=1e-10)


def test_large_groups_have_effects_without_errors(monkeypatch):
    rng, units, column = table(7)
    y = rng.normal(size=column.size)
    whole = additive_effects([units.ravel()], [1], 6, y, column, column=column)
    monkeypatch.setattr("labelqa.stats.two_way._MOST_DENSE", 3)
    fit = additive_effects([units.ravel()], [1], 6, y, column, column=column)
    np.testing.assert_allclose(fit.value, whole.value, atol=1e-7)
    assert np.isnan(fit.error).all()
    assert {REASONS[k] for k in fit.reason} == {"too_many_units"}


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="finite"):
        additive_effects([[0]], [1], 1, [np.nan], [0])
    with pytest.raises(ValueError, match="equally long"):
        additive_effects([[0, 1]], [1], 2, [1.0], [0])
    with pytest.raises(ValueError, match="centre"):
        additive_effects([[0]], [1], 1, [1.0], [0], centre="middle")


def test_nothing_at_all():
    fit = additive_effects([np.empty(0)], [1], 2, np.empty(0), np.empty(0), column=np.empty(0))
    assert [REASONS[k] for k in fit.reason] == ["no_evidence"] * 2


@pytest.mark.slow
@pytest.mark.parametrize(("n_units", "n_columns"), [(6, 60), (10, 200)])
def test_intervals_hold_the_truth_at_their_rate(n_units, n_columns):
    """Unequal noise between units, as between careful and careless labelers; scores and pairs with noise of labels."""
    hits = {"score": [], "pair": []}
    for seed in range(200):
        rng, units, column = table(seed, n_units, n_columns)
        effect, noise = rng.normal(0, 0.1, n_units), rng.uniform(0.05, 0.2, n_units)
        off = rng.normal(size=units.shape) * noise[units]
        hard = rng.normal(0, 0.3, (n_columns, 1))
        fit = additive_effects(
            [units.ravel()], [1], n_units, (effect[units] + off + hard).ravel(), column, column=column
        )
        hits["score"].append(held(fit, effect))
        i, k = np.triu_indices(3, 1)
        y = effect[units[:, i]] + effect[units[:, k]] + off[:, i] + off[:, k] + hard
        fit = additive_effects(
            [units[:, i].ravel(), units[:, k].ravel()], [1, 1], n_units, y.ravel(), column, column=column
        )
        hits["pair"].append(held(fit, effect))
    for name, found in hits.items():
        assert 0.925 < np.mean(found) < 0.97, name


def held(fit, effect):
    weights = fit.n_clusters / fit.n_clusters.sum()
    low, high = fit.interval(0.95)
    truth = effect - weights @ effect
    return np.mean((low <= truth) & (truth <= high))


def test_crossed_observations_serve_several_responses_and_a_unit_less_itself_is_nobody():
    rng, units, _ = table(4)
    a, b, cluster = units[:, 0], units[:, 1], np.arange(40)
    crossed = Crossed.of([a, b], [1, -1], 6, cluster)
    for _ in range(2):
        y = rng.normal(size=40)
        alone = additive_effects([a, b], [1, -1], 6, y, cluster, reference=0)
        np.testing.assert_array_equal(effects(crossed, y, reference=0).value, alone.value)
    same = additive_effects([np.append(a, 3), np.append(b, 3)], [1, -1], 6, np.append(y, 9.0), np.append(cluster, 40))
    without = additive_effects([a, b], [1, -1], 6, y, cluster)
    np.testing.assert_allclose(same.value, without.value)
    np.testing.assert_array_equal(same.n_clusters, without.n_clusters)
