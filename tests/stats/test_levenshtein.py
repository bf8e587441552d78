"""Edit distances against the plain dynamic programme, and rapidfuzz where it is installed."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.stats import levenshtein
from labelqa.stats.levenshtein import Stretches, distances, without_common_ends


def laid_out(a, b):
    texts = [*a, *b]
    letters, number = np.unique(
        np.array([ord(char) for text in texts for char in text], dtype=int), return_inverse=True
    )
    size = np.array([len(text) for text in texts], dtype=np.int64)
    where = Stretches(np.cumsum(size) - size, size)
    return number, where[: len(a)], where[len(a) :], len(letters)


def found(a, b):
    return distances(*laid_out(a, b)).tolist()


def by_programme(a, b):
    row = list(range(len(b) + 1))
    for i, p in enumerate(a):
        last, row[0] = row[0], i + 1
        for j, q in enumerate(b):
            last, row[j + 1] = row[j + 1], min(row[j] + 1, row[j + 1] + 1, last + (p != q))
    return row[-1]


texts = st.text("ab🙂", max_size=150)


@given(st.lists(st.tuples(texts, texts), max_size=5))
def test_distances_equal_the_dynamic_programme(pairs):
    a, b = [p for p, _ in pairs], [q for _, q in pairs]
    assert found(a, b) == [by_programme(p, q) for p, q in pairs]
    assert found(b, a) == found(a, b)


@pytest.mark.parametrize("size", [1, 63, 64, 65, 127, 128, 129, 192])
def test_lengths_about_a_word(size):
    rng = np.random.default_rng(size)
    a, b = (["".join(rng.choice(list("abc"), n)) for n in (size, size, size + 1, 2 * size)] for _ in "ab")
    a.append("a" * size + "b"), b.append("b" + "a" * (size - 1) + "c")  # carries through all words
    assert found(a, b) == [by_programme(p, q) for p, q in zip(a, b, strict=True)]


def test_many_pairs_equal_rapidfuzz():
    oracle = pytest.importorskip("rapidfuzz.distance").Levenshtein.distance
    rng = np.random.default_rng(0)

    def some(n, longest, alphabet):
        return ["".join(rng.choice(alphabet, rng.integers(0, longest))) for _ in range(n)]

    for n, longest, n_letters in ((3_000, 60, 26), (300, 400, 4), (200, 200, 5_000), (4, 6_000, 26)):
        alphabet = np.array([chr(0x4E00 + k) for k in range(n_letters)])
        a, b = some(n, longest, alphabet), some(n, longest, alphabet)
        assert found(a, b) == [oracle(p, q) for p, q in zip(a, b, strict=True)]


def test_batches_leave_no_trace(monkeypatch):
    rng = np.random.default_rng(1)
    a, b = (["".join(rng.choice(list("ab"), rng.integers(0, 200))) for _ in range(60)] for _ in "ab")
    whole = found(a, b)
    monkeypatch.setattr(levenshtein, "_WORDS", 3)
    monkeypatch.setattr(levenshtein, "_AT_ONCE", 20)
    assert found(a, b) == whole


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_the_ends_that_are_cut_off_are_common_and_as_long_as_can_be(pairs):
    a, b = [p for p, _ in pairs], [q for _, q in pairs]
    letters, where_a, where_b, _ = laid_out(a, b)
    rest_a, rest_b = without_common_ends(letters, where_a, where_b)
    for k, (p, q) in enumerate(pairs):
        begin = int(rest_a.first[k] - where_a.first[k])
        end = len(p) - begin - int(rest_a.size[k])
        assert (begin, len(q) - begin - end) == (rest_b.first[k] - where_b.first[k], rest_b.size[k])
        assert p[:begin] == q[:begin]
        assert end == 0 or p[-end:] == q[-end:]
        rest = p[begin : len(p) - end], q[begin : len(q) - end]
        assert not all(rest) or (rest[0][0] != rest[1][0] and rest[0][-1] != rest[1][-1])


def test_no_pairs_and_empty_texts():
    assert found([], []) == []
    assert found([""], [""]) == [0]
    assert found(["", "abc"], ["xy", ""]) == [2, 3]


def test_a_million_equal_letters_are_cut_off_at_once():
    long = "x" * 1_000_000
    start = time.perf_counter()
    assert found([long + "a" + long], [long + "bc" + long]) == [2]
    assert time.perf_counter() - start < 5
