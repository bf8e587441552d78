"""Rankings against scipy's Kendall tau-b, with items left out, and by hand."""

import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from labelqa.kinds import ranking

rankings = st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True)
some = st.lists(rankings, min_size=1, max_size=5)


def by_scipy(a, b):
    """Rank the items of either; what is left out is tied behind the last."""
    items = sorted({*a, *b})
    if not a or not b or len(items) < 2:
        return float(a == b)
    places = [[side.index(item) if item in side else len(side) for item in items] for side in (a, b)]
    return (kendalltau(*places).statistic + 1) / 2


@given(some, some)
def test_matrix_equals_scipy(a, b):
    expected = np.array([[by_scipy(p, q) for q in b] for p in a])
    np.testing.assert_allclose(ranking.similarity_matrix(a, b), expected, rtol=0, atol=1e-14)


def test_long_rankings_equal_scipy():
    rng = np.random.default_rng(0)
    a, b = ([list(map(str, rng.permutation(300)[: rng.integers(1, 300)])) for _ in range(20)] for _ in "ab")
    expected = [by_scipy(p, q) for p, q in zip(a, b, strict=True)]
    np.testing.assert_allclose(ranking.similarity(a, b), expected, rtol=0, atol=1e-13)


@given(some)
def test_swapping_changes_no_bit_and_nothing_exceeds_1(a):
    matrix = ranking.similarity_matrix(a, a)
    assert np.array_equal(matrix, matrix.T)
    assert ((matrix >= 0) & (matrix <= 1)).all()
    assert (np.diagonal(matrix) == 1).all()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("abc", "abc", 1.0),
        ("abc", "cba", 0.0),
        ("abcd", "abdc", 5 / 6),  # one of six pairs discordant
        ("abc", "ab", 1.0),  # c comes last in both
        ("abc", "bc", 1 / 3),  # a comes first, and last: 1 - 2 * 2/3
        ("ab", "cd", (1 - 4 / 5) / 2),  # ab and cd concordant or tied, four pairs across discordant, one tie each
        ("a", "a", 1.0),
        ("a", "b", 0.0),
        ("", "", 1.0),
        ("", "ab", 0.0),
    ],
)
def test_by_hand(a, b, expected):
    assert ranking.similarity([a], [b])[0] == pytest.approx(expected, abs=1e-15)


def test_an_item_counts_where_it_stands_first():
    assert ranking.similarity([["a", "b", "a"]], [["a", "b"]]).tolist() == [1.0]


def test_values_of_a_table_keep_their_order():
    values = ranking.KIND.values(pl.DataFrame({"answer": [["b", "a"], ["a", "b"], None, [], ["b", "a"]]}))
    found = ranking.KIND.similarity(values, np.array([0, 0, 2, 0]), np.array([1, 4, 3, 2]))
    assert found.tolist() == [0.0, 1.0, 1.0, 0.0]


def test_the_comparison_runs_in_blocks_without_a_trace(monkeypatch):
    rng = np.random.default_rng(1)
    a = [list(map(str, rng.permutation(6))) for _ in range(30)]
    whole = ranking.similarity_matrix(a, a)
    monkeypatch.setattr(ranking, "_AT_ONCE", 40)
    assert np.array_equal(ranking.similarity_matrix(a, a), whole)


def test_a_hundred_thousand_items_take_no_quadratic_time():
    items = [str(k) for k in range(100_000)]
    start = time.perf_counter()
    assert ranking.similarity([items, items], [items[::-1], items]).tolist() == [0.0, 1.0]
    assert time.perf_counter() - start < 5


def test_sides_have_one_length():
    with pytest.raises(ValueError, match="as many rankings"):
        ranking.similarity(["ab"], [])
