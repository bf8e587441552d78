import doctest
from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.stats import keyed_random
from labelqa.stats.keyed_random import checked_keys, keys_of, mix, poisson1, string_keys


def test_docstring_examples_hold() -> None:
    assert doctest.testmod(keyed_random).failed == 0


def test_mix_reproduces_the_published_outputs_of_splitmix64() -> None:
    # Rosetta Code, "Pseudo-random numbers/Splitmix64", seed 1234567.
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert mix(1234567, np.arange(5, dtype=np.uint64)).tolist() == expected
    assert [int(mix(1234567, j)) for j in range(5)] == expected


def test_mix_takes_any_int_and_broadcasts() -> None:
    assert mix(-1, 3) == mix(2**64 - 1, 3)
    assert mix(np.int64(5), 3) == mix(5, 3)  # type: ignore[arg-type]
    key = np.arange(4, dtype=np.uint64)
    assert mix(key, key[:3, None]).shape == (3, 4)
    assert mix(key, key[:3, None])[2, 1] == mix(1, 2)
    assert mix(1, 2) != mix(2, 1)


def test_mix_leaves_its_arguments_alone() -> None:
    key = np.arange(4, dtype=np.uint64)
    mix(key, key)
    assert key.tolist() == [0, 1, 2, 3]


def test_keys_are_pinned_for_ever() -> None:
    # A change here changes every bootstrap and every exact interval that was ever reported.
    pinned = {
        "": 16294208416658607535,
        "a": 9884067951743894539,
        "a\0": 1956211014240011527,
        "\0": 4964577235801436555,
        "asset-1": 9081379224402884423,
        "asset-2": 5295039766142091479,
        "naïve 日本 🦊": 1095904195127585430,
        "0123456789abcdef": 4613475183934473442,
    }
    assert dict(zip(pinned, keys_of(list(pinned)).tolist(), strict=True)) == pinned


def reference_key(text: str) -> int:
    """The definition of string_keys, byte by byte in Python integers."""

    def scramble(z: int) -> int:
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    gamma, data = 0x9E3779B97F4A7C15, text.encode()
    total = 0
    for place in range(0, len(data), 8):
        word = int.from_bytes(data[place : place + 8], "little")
        total += scramble(word ^ scramble(gamma * (place // 8 + 1) % 2**64))
    return scramble((total + gamma * (len(data) + 1)) % 2**64)


@given(st.lists(st.text(max_size=30), max_size=8))
def test_keys_follow_their_definition(ids: list[str]) -> None:
    assert keys_of(ids).tolist() == [reference_key(text) for text in ids]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8))
def test_a_key_depends_on_its_string_alone(ids: list[str]) -> None:
    whole = keys_of(ids)
    assert whole[-1] == keys_of(ids[-1:])[0]
    assert keys_of(ids[::-1]).tolist() == whole[::-1].tolist()


def test_string_keys_reads_a_slice_of_a_longer_buffer() -> None:
    data = np.frombuffer(b"xxxxcatdogfishyyyy", dtype=np.uint8)
    assert string_keys(data, [4, 7, 7, 10, 14, 14]).tolist() == keys_of(["cat", "", "dog", "fish", ""]).tolist()
    assert string_keys([], [0, 0, 0]).tolist() == keys_of(["", ""]).tolist()
    assert string_keys([], [0]).tolist() == []


def test_no_collisions_among_like_ids() -> None:
    families = [
        [f"asset-{i}" for i in range(100_000)],
        [f"{i:036d}" for i in range(100_000)],
        [f"{i:08x}-0000-4000-8000-{i * 7919 % 2**48:012x}" for i in range(100_000)],
        ["a" * i for i in range(1_000)],
        [a + b + c for a in "ab\0 " for b in ("", "a" * 8, "b" * 8) for c in ("", "a" * 8, "b" * 8)],
    ]
    for ids in families:
        assert len(set(keys_of(ids).tolist())) == len(set(ids))


def test_bits_of_keys_are_balanced_and_uncorrelated() -> None:
    keys = keys_of([f"asset-{i}" for i in range(20_000)])
    bits = (keys[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(20_000)
    correlation = np.corrcoef(bits.T.astype(float)) - np.eye(64)
    assert np.abs(correlation).max() < 5.5 / np.sqrt(20_000)


def test_poisson_thresholds_are_the_rounded_cdf() -> None:
    inverse_e = sum((Fraction((-1) ** k, factorial(k)) for k in range(60)), Fraction(0))
    cdf, expected = Fraction(0), []
    for k in range(21):
        cdf += inverse_e / factorial(k)
        expected.append(round(2**64 * cdf))
    assert list(keyed_random._POISSON1_THRESHOLDS) == expected[:20]
    assert expected[20] == 2**64


def test_poisson1_switches_exactly_at_its_thresholds() -> None:
    for k, threshold in enumerate(keyed_random._POISSON1_THRESHOLDS):
        assert poisson1(np.array([threshold - 1, threshold], dtype=np.uint64)).tolist() == [k, k + 1]


def test_poisson1_has_the_moments_and_frequencies_of_poisson() -> None:
    key = keys_of([f"asset-{i}" for i in range(1_000)])
    draws = poisson1(mix(mix(0, key), np.arange(500, dtype=np.uint64)[:, None])).astype(float)
    size = draws.size
    assert abs(draws.mean() - 1) < 5 / np.sqrt(size)
    assert abs(draws.var() - 1) < 5 * np.sqrt(3 / size)  # var of (X - 1)^2 is 3 for Poisson(1)
    assert abs(((draws - 1) ** 3).mean() - 1) < 0.05
    counts = np.bincount(draws.astype(int).ravel(), minlength=7)[:7]
    expected = size * np.exp(-1) / np.array([factorial(k) for k in range(7)])
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()
    # Replicates and assets are independent: the weights of a row or column add up like independent ones.
    assert abs(draws.sum(axis=1).var() / 1_000 - 1) < 5 * np.sqrt(2 / 500)
    assert abs(draws.sum(axis=0).var() / 500 - 1) < 5 * np.sqrt(2 / 1_000)


def test_other_seeds_give_other_numbers() -> None:
    key = keys_of([f"asset-{i}" for i in range(2_000)])
    a, b = poisson1(mix(mix(0, key), 0)), poisson1(mix(mix(1, key), 0))
    assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(2_000)


@pytest.mark.parametrize(
    ("data", "offsets", "message"),
    [
        (np.zeros(3, dtype=np.int32), [0, 3], "uint8"),
        (np.zeros((1, 3), dtype=np.uint8), [0, 3], "flat"),
        (np.zeros(3, dtype=np.uint8), [], "at least one"),
        (np.zeros(3, dtype=np.uint8), [0, 2, 1], "never fall"),
        (np.zeros(3, dtype=np.uint8), [-1, 2], "within"),
        (np.zeros(3, dtype=np.uint8), [0, 4], "within the 3 bytes"),
    ],
)
def test_string_keys_explains_what_is_wrong(data: np.ndarray, offsets: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        string_keys(data, offsets)


def test_other_dtypes_are_refused() -> None:
    with pytest.raises(ValueError, match="unsigned 64-bit"):
        mix(0, np.arange(3))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unsigned 64-bit"):
        poisson1(np.array([0.5]))
    with pytest.raises(ValueError, match="2 rows"):
        checked_keys(keys_of(["a"]), 2)
    with pytest.raises(ValueError, match="surrogates"):
        keys_of(["\ud800"])
