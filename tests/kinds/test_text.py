"""Similarity of texts against a plain dynamic programme, rapidfuzz and bags of words; Unicode; very long texts."""

import math
import time
import unicodedata
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.errors import UsageError
from labelqa.kinds import text

characters = "ab é\u0301e\u0308🙂👍🏽한ﬁ\n"
texts = st.lists(st.text(characters, max_size=90), min_size=1, max_size=4)


def by_programme(a, b):
    a, b = (unicodedata.normalize("NFC", side) for side in (a, b))
    row = list(range(len(b) + 1))
    for i, p in enumerate(a):
        last, row[0] = row[0], i + 1
        for j, q in enumerate(b):
            last, row[j + 1] = row[j + 1], min(row[j] + 1, row[j + 1] + 1, last + (p != q))
    return 1 - row[-1] / max(len(a), len(b)) if a or b else 1.0


def by_bags(a, b):
    p, q = (Counter(unicodedata.normalize("NFC", side).split()) for side in (a, b))
    return 2 * (p & q).total() / (p.total() + q.total()) if p or q else 1.0


@given(texts, texts)
def test_matrix_equals_the_dynamic_programme(a, b):
    assert text.similarity_matrix(a, b).tolist() == [[by_programme(p, q) for q in b] for p in a]


@given(texts, texts)
def test_token_f1_equals_that_of_bags_of_words(a, b):
    assert text.similarity_matrix(a, b, "token_f1").tolist() == [[by_bags(p, q) for q in b] for p in a]


@given(texts, texts)
def test_exact_compares_what_is_normalised(a, b):
    p, q = ([unicodedata.normalize("NFC", side) for side in sides] for sides in (a, b))
    assert text.similarity_matrix(a, b, "exact").tolist() == [[float(x == y) for y in q] for x in p]


@pytest.mark.parametrize("measure", text.MEASURES)
@given(a=texts)
def test_swapping_changes_no_bit_and_nothing_exceeds_1(measure, a):
    matrix = text.similarity_matrix(a, a, measure)
    assert np.array_equal(matrix, matrix.T)
    assert ((matrix >= 0) & (matrix <= 1)).all()
    assert (np.diagonal(matrix) == 1).all()


def test_many_sentences_equal_rapidfuzz():
    oracle = pytest.importorskip("rapidfuzz.distance").Levenshtein.normalized_similarity
    rng = np.random.default_rng(0)
    words = np.array(["a", "dog", "cat", "runs", "over", "the", "green", "hill", "and", "barks,", "then", "sleeps"])
    a, b = ([" ".join(rng.choice(words, rng.integers(0, 30))) for _ in range(2_000)] for _ in "ab")
    expected = [oracle(p, q) for p, q in zip(a, b, strict=True)]
    np.testing.assert_allclose(text.similarity(a, b), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("", "", 1.0),
        ("", "abc", 0.0),
        ("kitten", "sitting", 1 - 3 / 7),
        ("caf\u00e9", "cafe\u0301", 1.0),  # one character or two
        ("q\u0307\u0323", "q\u0323\u0307", 1.0),  # marks in another order
        ("🙂", "🙃", 0.0),  # one code point, though four bytes
        ("a🙂c", "abc", 1 - 1 / 3),
        ("👍🏽", "👍", 0.5),  # a skin tone is a code point of its own
        ("\ud55c", "\u1112\u1161\u11ab", 1.0),  # a Hangul syllable and its letters
        ("ﬁ", "fi", 0.0),  # a ligature stays one
        (" a", "a", 0.5),  # nothing is trimmed
    ],
)
def test_by_hand(a, b, expected):
    assert text.similarity([a], [b]).tolist() == [pytest.approx(expected, abs=1e-15)]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("", "  ", 1.0), ("a a b", "a b b", 2 / 3), ("b a", "a  b\n", 1.0), ("", "a", 0.0), ("A", "a", 0.0)],
)
def test_token_f1_by_hand(a, b, expected):
    assert text.similarity([a], [b], "token_f1").tolist() == [expected]


def test_long_texts_are_compared_where_they_differ():
    book = "word " * 200_000
    start = time.perf_counter()
    found = text.similarity([book + "a" + book, book], [book + "bc" + book, book + "x" * 50_000])
    assert found.tolist() == [1 - 2 / 2_000_002, 1 - 50_000 / 1_050_000]
    assert time.perf_counter() - start < 5


def test_texts_that_differ_over_too_long_a_stretch_have_no_similarity():
    a, b = "x" + "a" * 10_000 + "x", "y" + "b" * 9_999 + "y"
    assert math.isnan(text.similarity([a], [b])[0])
    assert text.similarity([a], [a]).tolist() == [1.0]
    assert text.similarity([a[2:]], [b[2:]]).tolist() == [0.0]
    assert text.similarity([a], [b], longest=10_002).tolist() == [0.0]
    assert text.similarity([a], [b], "exact").tolist() == [0.0]
    assert text.similarity([a], [b], "token_f1").tolist() == [0.0]


def test_values_of_a_table():
    frame = pl.DataFrame({"answer": [["one", "two"], ["one\ntwo"], None, [], [""], ["one"]]})
    values = text.KIND.values(frame)
    found = text.KIND.similarity(values, np.array([0, 2, 2, 0, 0]), np.array([1, 3, 4, 5, 5]))
    assert found.tolist() == [1.0, 1.0, 1.0, 1 - 4 / 7, 1 - 4 / 7]


def test_sides_have_one_length_and_measures_a_name():
    with pytest.raises(ValueError, match="as many texts"):
        text.similarity(["a"], [])
    with pytest.raises(UsageError, match="did you mean 'levenshtein'"):
        text.similarity([], [], "levenstein")
