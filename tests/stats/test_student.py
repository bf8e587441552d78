"""Quantiles of Student's t against scipy, from one degree of freedom to a billion."""

import numpy as np
import pytest
from scipy.special import ndtri, stdtrit

from labelqa.stats.student import t_quantile

DEGREES = np.unique(np.concatenate([np.arange(1, 1200), np.logspace(3, 9, 80).astype(np.int64)]))


@pytest.mark.parametrize("confidence", [0.05, 0.5, 0.8, 0.9, 0.95, 0.99, 0.9999, 1 - 1e-8, 1 - 1e-14])
def test_it_equals_scipy_for_any_degrees(confidence):
    probability = 0.5 + confidence / 2
    found = t_quantile(DEGREES, probability)
    np.testing.assert_allclose(found, stdtrit(DEGREES.astype(float), probability), rtol=1.5e-13)
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize("probability", [0.6, 0.975, 0.9995])
def test_one_and_two_degrees_have_closed_forms_and_ever_more_lead_to_the_normal(probability):
    tangent = np.tan(np.pi * (probability - 0.5))
    root = (2 * probability - 1) / np.sqrt(2 * probability * (1 - probability))
    expected = [tangent, root, ndtri(probability)]
    np.testing.assert_allclose(t_quantile(np.array([1, 2, 10**15]), probability), expected, rtol=1e-13)


def test_it_is_odd_about_one_half():
    degrees = np.array([1, 30, 5000])
    assert t_quantile(degrees, 0.5).tolist() == [0, 0, 0]
    np.testing.assert_allclose(t_quantile(degrees, 0.1), -t_quantile(degrees, 0.9), rtol=1e-13)


def test_no_degrees_give_no_quantiles():
    assert t_quantile(np.empty(0), 0.975).tolist() == []
