"""Groups by plain Python, whichever way the keys are found."""

import numpy as np
import pytest

from labelqa.stats import grouped


@pytest.mark.parametrize("small", [0, 1 << 20], ids=["sorted", "in a table"])
@pytest.mark.parametrize(("n", "n_keys"), [(0, 0), (0, 5), (1, 1), (40, 7), (40, 10_000)])
def test_keys_and_their_counts(monkeypatch, small, n, n_keys):
    monkeypatch.setattr(grouped, "_SMALL", small)
    key = np.random.default_rng(n).integers(0, max(n_keys, 1), n)
    expected = sorted(set(key.tolist()))
    keys, place = grouped.distinct(key, n_keys)
    assert keys.tolist() == expected
    assert keys[place].tolist() == key.tolist()
    keys, counts = grouped.tallied(key, n_keys)
    assert dict(zip(keys.tolist(), counts.tolist(), strict=True)) == {k: key.tolist().count(k) for k in expected}


def test_means_leave_nan_out():
    mean = grouped.mean_by(np.array([0, 1, 1, 2]), np.array([0.5, np.nan, 1.0, np.nan]), 4)
    assert np.array_equal(mean, [0.5, 1.0, np.nan, np.nan], equal_nan=True)
