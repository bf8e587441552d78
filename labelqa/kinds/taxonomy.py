"""A question answered with paths down a tree of answers: `answer` holds one text a path, levels joined by U+001F.

Similarity is the Jaccard coefficient of the sets of all prefixes of the paths, so that two answers that part late are
more alike than two that part early: the augmented sets of Kiritchenko, Matwin, Nock, Famili (2006, Learning and
evaluation in the presence of class hierarchies, Canadian AI). 1 if both have no path.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from labelqa.kinds import checklist
from labelqa.kinds.checklist import AnswerSets
from labelqa.kinds.kind import Floats, Ints, QuestionKind, numbered, spread
from labelqa.stats.grouped import count_by

SEPARATOR = "\x1f"
"""Stands between the levels of a path: the unit separator, which no label of an answer holds."""

DEEPEST = 1_000
"""Levels of a path that are looked at; a hostile path may have millions."""

Paths = Sequence[Sequence[str]]
"""An answer: its paths, each a sequence of levels from the root."""


def path(levels: Iterable[str]) -> str:
    r"""Write a path as one text, as `answer` holds it; a separator inside a level becomes a space.

    Examples
    --------
    >>> path(["animal", "dog"])
    'animal\x1fdog'
    """
    return SEPARATOR.join(level.replace(SEPARATOR, " ") for level in levels)


def jaccard(a: Sequence[Paths], b: Sequence[Paths]) -> Floats:
    """Compare answer a[k] with answer b[k]: prefixes in both / prefixes in either, 1 if both are empty.

    Parameters
    ----------
    a, b : sequences of one length n
        Answers, each a sequence of paths.

    Returns
    -------
    float64 array of length n, in [0, 1]

    Raises
    ------
    ValueError
        If `a` and `b` differ in length.

    Examples
    --------
    >>> dog, cat, fern = ["animal", "dog"], ["animal", "cat"], ["plant", "fern"]
    >>> jaccard([[dog], [dog], [dog], []], [[cat], [fern], [dog, cat], []]).tolist()
    [0.3333333333333333, 0.0, 0.6666666666666666, 1.0]
    """
    if len(a) != len(b):
        raise ValueError(f"as many answers on either side; found {len(a)} and {len(b)}")
    return checklist.jaccard(_of([*a, *b]), np.arange(len(a)), np.arange(len(b)) + len(a))


def jaccard_matrix(a: Sequence[Paths], b: Sequence[Paths]) -> Floats:
    """Compare every answer of `a` with every answer of `b`: float64 (n, m).

    Examples
    --------
    >>> jaccard_matrix([[["a", "b"]], [["a"]]], [[["a"]]]).tolist()
    [[0.5], [1.0]]
    """
    row, column = (np.ravel(side) for side in np.indices((len(a), len(b))))
    return checklist.jaccard(_of([*a, *b]), row, column + len(a)).reshape(len(a), len(b))


def _of(answers: Sequence[Paths]) -> AnswerSets:
    return prefix_sets(pl.Series([[path(levels) for levels in paths] for paths in answers], dtype=pl.List(pl.String)))


def prefix_sets(answer: pl.Series) -> AnswerSets:
    """Expand paths to the sets of their prefixes, answer by answer; null is an answer without paths.

    Parameters
    ----------
    answer : polars.Series of list of str

    Returns
    -------
    AnswerSets
    """
    size = answer.list.len().fill_null(0).to_numpy().astype(np.int64)
    paths, which = numbered(answer.explode(empty_as_null=False, keep_nulls=False))
    first, depth, nodes = _nodes(paths)
    owner, _ = spread(size)
    row, level = spread(depth[which])
    n_nodes = int(nodes.max(initial=0)) + 1
    keys = np.unique(owner[row] * n_nodes + nodes[first[which[row]] + level])
    sizes = count_by(keys // n_nodes, len(size))
    return AnswerSets(keys % n_nodes, np.cumsum(sizes) - sizes, sizes)


def _nodes(paths: pl.Series) -> tuple[Ints, Ints, Ints]:
    """Number the prefixes of paths: first place and depth of each path, and end to end the numbers of its prefixes.

    A prefix is the prefix one level above and a text, so the levels are gone through from the root.
    """
    levels = paths.str.split(SEPARATOR).list.head(DEEPEST)
    depth = levels.list.len().to_numpy().astype(np.int64)
    first = np.cumsum(depth) - depth
    texts, text = numbered(levels.explode(empty_as_null=False, keep_nulls=False))
    nodes = np.empty(len(text), np.int64)
    above, n_nodes = np.zeros(len(depth), np.int64), 0
    for level in range(int(depth.max(initial=0))):
        here = np.flatnonzero(depth > level)
        _, node = np.unique(above[here] * len(texts) + text[first[here] + level], return_inverse=True)
        above[here] = nodes[first[here] + level] = node + n_nodes
        n_nodes += int(node.max()) + 1
    return first, depth, nodes


@dataclass(frozen=True)
class Taxonomy(QuestionKind):
    """Any number of paths down a tree of answers."""

    name: ClassVar[str] = "taxonomy"

    def values(self, annotations: pl.DataFrame) -> AnswerSets:
        """Expand the paths to sets of prefixes."""
        return prefix_sets(annotations["answer"])

    def similarity(self, values: AnswerSets, a: Ints, b: Ints) -> Floats:
        """Jaccard coefficient of the sets of prefixes."""
        return checklist.jaccard(values, a, b)


KIND = Taxonomy()
