"""Tails against scipy and enumeration."""

import numpy as np
import pytest
from scipy.stats import binom

from labelqa.stats.binomial import binomial_tail, trials_tail


def test_binomial_tail_agrees_with_scipy():
    n, k, p = (x.ravel() for x in np.meshgrid([0, 1, 7, 400], np.arange(0, 12), [0.0, 0.01, 0.5, 1.0]))
    np.testing.assert_allclose(binomial_tail(k, n, p), binom.sf(k - 1, n, p), rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("count", range(8))
def test_trials_agree_with_enumeration(count):
    chance = np.array([1 / 3, 1 / 3, 2 / 3, 0.5, 1.0, 0.0])
    outcomes = np.array(np.meshgrid(*[[0, 1]] * 6)).reshape(6, -1)
    weight = np.prod(np.where(outcomes, chance[:, None], 1 - chance[:, None]), axis=0)
    assert trials_tail(chance, count) == pytest.approx(weight[outcomes.sum(axis=0) >= count].sum(), abs=1e-12)


def test_many_trials_of_one_chance_are_binomial():
    assert trials_tail(np.full(5000, 0.3), 1600) == pytest.approx(binom.sf(1599, 5000, 0.3), rel=1e-9)
