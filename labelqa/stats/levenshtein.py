"""Levenshtein distance of many pairs of texts at once, by bit vectors.

Column by column of the table of edit distances, 64 rows in a word (Myers 1999, A fast bit-vector algorithm for approximate
string matching based on dynamic programming, J. ACM 46; in the form of Hyyrö 2003, A bit-vector algorithm for computing
Levenshtein and Damerau edit distances, Nordic J. Computing 10). The words of all pairs lie end to end in one array, so
that a column costs about thirty array operations for thousands of pairs, however long each is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Letters = NDArray[np.integer]
Words = NDArray[np.uint64]

_WORDS = 4_096
"""Words of a batch, about: more and they leave the cache, fewer and the calls cost more than the work."""

_TABLE = 1 << 22
"""Words of the table of a batch (letters x words), about."""

_AT_ONCE = 4_000_000
"""Letters compared at once when the ends are cut off."""

_FIRST_LOOK = 16
"""Letters looked at in the first step from an end; most texts that differ do so there."""

_ONE, _TOP = np.uint64(1), np.uint64(63)


@dataclass(frozen=True)
class Stretches:
    """Stretches of one long array of letters: first place and size, int64 [n] each."""

    first: Ints
    size: Ints

    def __getitem__(self, rows: Ints | slice | NDArray[np.bool_]) -> Stretches:
        return Stretches(self.first[rows], self.size[rows])


def without_common_ends(letters: Letters, a: Stretches, b: Stretches) -> tuple[Stretches, Stretches]:
    """Cut off what a[k] and b[k] have in common at their beginning and then at their end; the distance stays.

    Examples
    --------
    >>> letters = np.frombuffer(b"kittenmitten", dtype=np.uint8)
    >>> a, b = Stretches(np.array([0]), np.array([6])), Stretches(np.array([6]), np.array([6]))
    >>> a, b = without_common_ends(letters, a, b)
    >>> letters[a.first[0] :][: a.size[0]].tobytes(), letters[b.first[0] :][: b.size[0]].tobytes()
    (b'k', b'm')
    """
    begin, end = np.zeros(len(a.size), np.int64), np.zeros(len(a.size), np.int64)
    shorter = np.minimum(a.size, b.size)
    for rows in _cut(np.minimum(shorter, _FIRST_LOOK), _AT_ONCE):
        left = shorter[rows]
        begin[rows] = _equal_run(letters, a.first[rows], b.first[rows], left, 1)
        last_a, last_b = (side.first[rows] + side.size[rows] - 1 for side in (a, b))
        end[rows] = _equal_run(letters, last_a, last_b, left - begin[rows], -1)
    cut = begin + end
    return Stretches(a.first + begin, a.size - cut), Stretches(b.first + begin, b.size - cut)


def distances(letters: Letters, a: Stretches, b: Stretches, n_letters: int) -> Ints:
    """Least number of insertions, deletions and substitutions of one letter that turn a[k] into b[k].

    Parameters
    ----------
    letters : array of whole numbers from 0 to n_letters - 1
        The letters of all texts, end to end.
    a, b : Stretches of one length n
        Where the texts lie in `letters`.
    n_letters : int
        Number of different letters; memory grows with it.

    Returns
    -------
    int64 array of length n
        Takes about len(a[k]) * len(b[k]) / 64 steps for each k.

    Examples
    --------
    >>> letters = np.frombuffer(b"kittensitting", dtype=np.uint8)
    >>> a, b = Stretches(np.array([0, 0]), np.array([6, 6])), Stretches(np.array([6, 6]), np.array([7, 0]))
    >>> distances(letters, a, b, n_letters=256)
    array([3, 6])
    """
    a, b = without_common_ends(letters, a, b)
    found = np.maximum(a.size, b.size)
    swap = a.size > b.size
    text = Stretches(np.where(swap, b.first, a.first), np.where(swap, b.size, a.size))
    pattern = Stretches(np.where(swap, a.first, b.first), np.where(swap, a.size, b.size))
    left = np.flatnonzero(text.size > 0)
    if len(left) == 0:
        return found
    left = left[np.argsort(-text.size[left], kind="stable")]
    n_words = (pattern.size[left] + 63) >> 6
    for rows in _cut(n_words, max(1, min(_WORDS, _TABLE // n_letters))):
        found[left[rows]] = _batch(letters, n_letters, pattern[left[rows]], text[left[rows]])
    return found


def _equal_run(letters: Letters, at_a: Ints, at_b: Ints, size: Ints, step: int) -> Ints:
    """Count the equal characters from two places onwards, until the first that differs."""
    run, width = np.zeros(len(size), np.int64), _FIRST_LOOK
    left = np.flatnonzero(size > 0)
    while len(left):
        part = np.minimum(size[left] - run[left], width)
        end = np.cumsum(part)
        start, steps = end - part, np.arange(end[-1]) * step
        at = (side[left] + step * (run[left] - start) for side in (at_a, at_b))
        side_a, side_b = (letters[np.repeat(from_here, part) + steps] for from_here in at)
        differs = np.append(np.flatnonzero(side_a != side_b), len(steps))
        got = np.minimum(differs[np.searchsorted(differs, start)], end) - start
        run[left] += got
        left = left[(got == part) & (run[left] < size[left])]
        width = max(_FIRST_LOOK, min(8 * width, _AT_ONCE // max(len(left), 1)))
    return run


def _batch(letters: Letters, n_letters: int, pattern: Stretches, text: Stretches) -> Ints:
    """Find the distances of some pairs, longest text first."""
    n_words = (pattern.size + 63) >> 6
    first_word = np.cumsum(n_words) - n_words
    table, chars = _table(letters, n_letters, pattern, text, first_word, int(n_words.sum()))
    pair_of_word, place = _spread(n_words)
    plus, minus = _columns(table, chars, np.cumsum(n_words), pair_of_word, place > 0)
    used = np.minimum(pattern.size[pair_of_word] - 64 * place, 64).astype(np.uint64)
    mask = np.uint64(0xFFFF_FFFF_FFFF_FFFF) >> (np.uint64(64) - used)
    rise = np.bitwise_count(plus & mask).astype(np.int64) - np.bitwise_count(minus & mask)
    return text.size + np.add.reduceat(rise, first_word)


def _table(
    letters: Letters, n_letters: int, pattern: Stretches, text: Stretches, first_word: Ints, n_words: int
) -> tuple[Words, list[Ints]]:
    """Tell for each letter at which places of the patterns it stands: uint64 [letters, words], bits in words.

    And for each column the number of the letter of each text that is long enough, int64 arrays of falling length.
    """
    pair, place = _spread(pattern.size)
    of_pattern = letters[pattern.first[pair] + place]
    number = np.zeros(n_letters, np.int64)  # 0 for letters that no pattern has
    number[of_pattern] = 1
    n_here = int(number.sum())
    number[number > 0] = np.arange(n_here) + 1
    table = np.zeros((n_here + 1) * n_words, np.uint64)
    np.bitwise_or.at(
        table, number[of_pattern] * n_words + first_word[pair] + (place >> 6), _ONE << (place & 63).astype(np.uint64)
    )
    row, column = _spread(text.size)
    n_active = np.bincount(column)
    start = np.cumsum(n_active) - n_active
    chars = np.empty(len(row), np.int64)
    chars[start[column] + row] = number[letters[text.first[row] + column]]
    return table.reshape(n_here + 1, n_words), np.split(chars, start[1:])


def _columns(
    table: Words, chars: list[Ints], last_word: Ints, pair_of_word: Ints, goes_on: NDArray[np.bool_]
) -> tuple[Words, Words]:
    """Go through the columns: in which rows of the last column of each pair the distance rises and falls by one.

    `goes_on` tells the words that continue the word before, to which carries and shifts pass over.
    """
    n_words = len(pair_of_word)
    flat, slot, many = table.ravel(), np.arange(n_words), bool(goes_on.any())
    plus, minus = np.full(n_words, ~np.uint64(0)), np.zeros(n_words, np.uint64)
    enters = np.where(goes_on, np.uint64(0), _ONE)  # row 0 rises by one in each column
    for char in chars:
        n = int(last_word[len(char) - 1])
        up, down, on = plus[:n], minus[:n], goes_on[1:n]
        equal = flat[(char * n_words)[pair_of_word[:n]] + slot[:n]]
        zero = equal & up
        zero += up
        if many:
            _carry(zero, up, on)
        zero ^= up
        zero |= equal
        zero |= down
        right_up = ~(zero | up)
        right_up |= down
        right_down = zero & up
        _shift(right_up, on, many)
        right_up |= enters[:n]
        _shift(right_down, on, many)
        np.bitwise_and(right_up, zero, out=down)
        zero |= right_up
        np.invert(zero, out=up)
        up |= right_down
    return plus, minus


def _carry(total: Words, added: Words, goes_on: NDArray[np.bool_]) -> None:
    """Pass the carries of an addition on to the words that go on, until there is none."""
    over = (total < added)[:-1] & goes_on
    rest = total[1:]
    while over.any():
        rest += over
        over &= rest == 0
        over = np.append(False, over[:-1]) & goes_on


def _shift(words: Words, goes_on: NDArray[np.bool_], many: bool) -> None:
    """Shift by a bit; the top bit goes to the next word where that goes on."""
    if many:
        top = words[:-1] >> _TOP
        top *= goes_on
        words <<= _ONE
        words[1:] |= top
    else:
        words <<= _ONE


def _spread(counts: Ints) -> tuple[Ints, Ints]:
    """Number the members of groups laid end to end: which group, and which place in it."""
    group = np.repeat(np.arange(len(counts)), counts)
    return group, np.arange(len(group)) - np.repeat(np.cumsum(counts) - counts, counts)


def _cut(size: Ints, at_once: int) -> list[slice]:
    """Cut rows into runs whose sizes add up to about `at_once`."""
    number = (np.cumsum(size) - size) // at_once
    bounds = [*np.flatnonzero(np.diff(number, prepend=-1)).tolist(), len(size)]
    return [slice(start, stop) for start, stop in pairwise(bounds)]
