"""A question answered with a text: `answer` holds it (several, as of a field with many entries, are joined by newlines).

Texts are compared in code points of Unicode's normalisation form C, so that an accent typed as one character or as two
makes no difference. The similarity is, by `measure`:

- `levenshtein`: 1 - distance / length of the longer text, with the least number of insertions, deletions and
  substitutions of one code point (Levenshtein 1966, Soviet Physics Doklady 10); 1 if both are empty;
- `exact`: 1 if equal, else 0;
- `token_f1`: 2 * words in both / words in a + words in b, words being what white space parts, each counted as often as
  it occurs (Rajpurkar et al. 2016, SQuAD, without its rewriting of case, articles and punctuation); 1 if neither has
  words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.errors import UsageError, near_match
from labelqa.kinds.checklist import AnswerSets, shared
from labelqa.kinds.kind import Floats, Ints, QuestionKind, numbered, spread
from labelqa.stats.levenshtein import Stretches, distances, without_common_ends

MEASURES = ("levenshtein", "exact", "token_f1")


@dataclass(frozen=True)
class Texts:
    """Answers by the number of their text (int64 [n]), equal for equal texts, and what the measures need of each text.

    `letters` are the code points of all texts end to end, numbered from 0 to n_letters - 1, with first place and size
    of each text; `words` its words, the k-th occurrence of a word being another than the first.
    """

    text: Ints
    letters: NDArray[np.int32]
    n_letters: int
    where: Stretches
    words: AnswerSets

    @classmethod
    def of(cls, answers: pl.Series, measure: str) -> Texts:
        """Normalise and number texts; null is the empty text."""
        different, number = numbered(answers.fill_null(""))
        normal, of_different = numbered(
            pl.Series([unicodedata.normalize("NFC", text) for text in different], dtype=pl.String)
        )
        text = of_different[number]
        letters, n_letters, where = _letters(normal if measure == "levenshtein" else normal.head(0))
        return cls(text, letters, n_letters, where, _words(normal if measure == "token_f1" else normal.head(0)))


def similarity(a: Sequence[str], b: Sequence[str], measure: str = "levenshtein", longest: int = 10_000) -> Floats:
    """Compare text a[k] with text b[k].

    Parameters
    ----------
    a, b : sequences of str, of one length n
    measure : "levenshtein", "exact" or "token_f1"
    longest : int
        See `Text`.

    Returns
    -------
    float64 array of length n
        In [0, 1]; nan where two texts are too long to be compared.

    Raises
    ------
    ValueError
        If `a` and `b` differ in length.
    UsageError
        If there is no such measure.

    Examples
    --------
    >>> similarity(["kitten", "", ""], ["sitting", "", "x"]).round(3).tolist()
    [0.571, 1.0, 0.0]
    >>> similarity(["a red car"], ["the red car"], "token_f1").round(3).tolist()
    [0.667]
    """
    if len(a) != len(b):
        raise ValueError(f"as many texts on either side; found {len(a)} and {len(b)}")
    kind = Text(measure, longest)
    values = Texts.of(pl.Series([*a, *b], dtype=pl.String), measure)
    return kind.similarity(values, np.arange(len(a)), np.arange(len(b)) + len(a))


def similarity_matrix(
    a: Sequence[str], b: Sequence[str], measure: str = "levenshtein", longest: int = 10_000
) -> Floats:
    """Compare every text of `a` with every text of `b`: float64 (n, m).

    Examples
    --------
    >>> similarity_matrix(["cat", "dog"], ["cat", "cut"]).round(3).tolist()
    [[1.0, 0.667], [0.0, 0.0]]
    """
    kind = Text(measure, longest)
    values = Texts.of(pl.Series([*a, *b], dtype=pl.String), measure)
    row, column = (np.ravel(side) for side in np.indices((len(a), len(b))))
    return kind.similarity(values, row, column + len(a)).reshape(len(a), len(b))


def _letters(texts: pl.Series) -> tuple[NDArray[np.int32], int, Stretches]:
    """Number the code points of texts: letters end to end, how many different ones, where each text lies."""
    size = texts.str.len_chars().to_numpy().astype(np.int64)
    points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
    used = np.zeros(int(points.max(initial=0)) + 1, dtype=bool)
    used[points] = True
    number = (np.cumsum(used) - 1).astype(np.int32)
    return number[points], int(used.sum()), Stretches(np.cumsum(size) - size, size)


def _words(texts: pl.Series) -> AnswerSets:
    """Give the words of texts as sets, repeated words told apart by a count."""
    words = texts.str.extract_all(r"\S+")
    size = words.list.len().to_numpy().astype(np.int64)
    different, word = numbered(words.explode(empty_as_null=False, keep_nulls=False))
    owner, _ = spread(size)
    order = np.lexsort((word, owner))
    key = owner[order] * (len(different) + 1) + word[order]
    start = np.flatnonzero(np.diff(key, prepend=-1))
    _, again = spread(np.diff(np.append(start, len(key))))
    most = int(again.max(initial=0)) + 1
    return AnswerSets(word[order] * most + again, np.cumsum(size) - size, size)


@dataclass(frozen=True)
class Text(QuestionKind):
    """A text in one's own words.

    Parameters
    ----------
    measure : "levenshtein", "exact" or "token_f1"
        How alike two texts are.
    longest : int
        Of `levenshtein`: two texts that still differ over more code points, once their common beginning and end are cut
        off, are not compared, and their similarity is nan (undefined), as it would take minutes for two books. The other
        measures have no limit.

    Raises
    ------
    UsageError
        If there is no such measure.
    """

    name: ClassVar[str] = "text"

    measure: str = "levenshtein"
    longest: int = 10_000

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise UsageError(
                f"text: measure is one of {', '.join(MEASURES)}, not {self.measure!r}{near_match(self.measure, MEASURES)}"
            )

    def values(self, annotations: pl.DataFrame) -> Texts:
        """Number the texts and lay out their code points or words."""
        return Texts.of(annotations["answer"].list.join("\n"), self.measure)

    def similarity(self, values: Texts, a: Ints, b: Ints) -> Floats:
        """Compare each pair of different texts once."""
        one, other = np.minimum(values.text[a], values.text[b]), np.maximum(values.text[a], values.text[b])
        found = np.where(one == other, 1.0, 0.0)
        if self.measure == "exact":
            return found
        differ = np.flatnonzero(one != other)
        base = int(values.text.max(initial=0)) + 1
        pairs, which = np.unique(one[differ] * base + other[differ], return_inverse=True)
        compared = self._levenshtein if self.measure == "levenshtein" else _token_f1
        found[differ] = compared(values, pairs // base, pairs % base)[which]
        return found

    def _levenshtein(self, texts: Texts, a: Ints, b: Ints) -> Floats:
        """Compare texts that differ."""
        longer = np.maximum(texts.where.size[a], texts.where.size[b])
        rest_a, rest_b = without_common_ends(texts.letters, texts.where[a], texts.where[b])
        small = np.maximum(rest_a.size, rest_b.size) <= self.longest
        small |= np.minimum(rest_a.size, rest_b.size) == 0
        similarity = np.full(len(a), np.nan)
        distance = distances(texts.letters, rest_a[small], rest_b[small], texts.n_letters)
        similarity[small] = 1.0 - distance / longer[small]
        return similarity


def _token_f1(texts: Texts, a: Ints, b: Ints) -> Floats:
    """Compare the words of texts."""
    both, either = shared(texts.words, a, b), texts.words.size[a] + texts.words.size[b]
    return np.where(either == 0, 1.0, 2 * both / np.maximum(either, 1))


KIND = Text()
