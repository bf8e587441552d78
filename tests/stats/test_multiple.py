"""Adjusted p-values against scipy and plain loops."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from labelqa.stats.multiple import at_least, benjamini_hochberg


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_scipy(seed):
    p = np.random.default_rng(seed).random(50).round(2)
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p))


def test_what_was_not_tested_counts_for_nothing():
    p = np.array([0.01, np.nan, 0.02, 0.5])
    np.testing.assert_allclose(benjamini_hochberg(p)[[0, 2, 3]], benjamini_hochberg(p[[0, 2, 3]]))
    assert np.isnan(benjamini_hochberg(p)[1])
    assert benjamini_hochberg([]).size == 0


def test_out_of_range_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([1.5])


def test_at_least_u_of_n():
    assert at_least([0.01, 0.02, 0.03], 3) == pytest.approx(0.03)
    assert at_least([0.01, 0.02, 0.03], 1) == pytest.approx(0.03)
    assert at_least([0.5, 0.6], 1) == 1.0
    assert np.isnan(at_least([0.5, np.nan], 2))


def test_chance_of_any_finding_without_effect():
    rng = np.random.default_rng(0)
    found = [benjamini_hochberg(rng.random(20)).min() <= 0.1 for _ in range(2000)]
    assert 0.08 < np.mean(found) < 0.12
