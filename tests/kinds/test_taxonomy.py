"""Jaccard of prefix sets against Python sets."""

import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds import taxonomy

paths = st.lists(st.sampled_from(["a", "b", "", "é", "ab"]), min_size=1, max_size=4)
answers = st.lists(st.lists(paths, max_size=4), min_size=1, max_size=6)


def prefixes(answer):
    return {tuple(levels[: k + 1]) for levels in answer for k in range(len(levels))}


def by_sets(a, b):
    either = prefixes(a) | prefixes(b)
    return len(prefixes(a) & prefixes(b)) / len(either) if either else 1.0


@given(answers, answers)
def test_matrix_equals_python_sets(a, b):
    assert taxonomy.jaccard_matrix(a, b).tolist() == [[by_sets(p, q) for q in b] for p in a]


def test_elementwise_is_the_diagonal_of_the_matrix():
    a, b = [[["x", "y"]], []], [[["x", "z"]], [["x"]]]
    assert taxonomy.jaccard(a, b).tolist() == [1 / 3, 0.0]
    assert np.diagonal(taxonomy.jaccard_matrix(a, b)).tolist() == [1 / 3, 0.0]
    with pytest.raises(ValueError, match="as many answers"):
        taxonomy.jaccard(a, [])


def test_a_text_is_another_prefix_under_another_parent():
    assert taxonomy.jaccard([[["bank", "river"]]], [[["money", "bank"]]]).tolist() == [0.0]


def test_a_slash_in_a_level_parts_nothing():
    assert taxonomy.jaccard([[["a / b"]]], [[["a", "b"]]]).tolist() == [0.0]


def test_a_separator_in_a_level_does_not_part_it():
    assert taxonomy.path(["a\x1fb", "c"]) == "a b\x1fc"


def test_values_of_a_table():
    frame = pl.DataFrame({"answer": [["a\x1fb", "a\x1fc"], None, [], ["a\x1fb"]]})
    values = taxonomy.KIND.values(frame)
    assert values.size.tolist() == [3, 0, 0, 2]
    found = taxonomy.KIND.similarity(values, np.array([0, 0, 1]), np.array([3, 1, 2]))
    assert found.tolist() == [2 / 3, 0.0, 1.0]


def test_a_path_of_a_million_levels_takes_no_time():
    deep = "\x1f".join(["x"] * 1_000_000)
    start = time.perf_counter()
    values = taxonomy.KIND.values(pl.DataFrame({"answer": [[deep], [deep + "y"]]}))
    assert values.size.tolist() == [taxonomy.DEEPEST] * 2
    assert time.perf_counter() - start < 5
