"""What every kind of annotation offers to the comparer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

Values = Any
"""The values of many annotations as arrays, laid out as the kind likes; only the kind looks inside."""


@dataclass(frozen=True)
class Runs:
    """Which annotations of two labels face each other, for P pairs of labels at once.

    The annotations of a label lie side by side, so each side of a pair is a run of places: first one and number of them,
    integer arrays of length P. `row` is the list in which these are places, int64; None: a place is the number of a row.
    `group` numbers the group (class, frame) of every row, int64 [N], if pairs of rows of different groups are not wanted.
    """

    first_a: Ints
    n_a: Ints
    first_b: Ints
    n_b: Ints
    group: Ints | None = None
    row: Ints | None = None

    def rows(self, place: Ints) -> Ints:
        """Give the rows at some places."""
        return place if self.row is None else self.row.take(place)


@dataclass(frozen=True)
class Candidates:
    """Pairs of annotations that may be the same thing: pair of labels, row on either side, similarity.

    Arrays of one length, sorted by (pair, a, b).
    """

    pair: Ints
    a: Ints
    b: Ints
    similarity: Floats


@dataclass(frozen=True)
class Kind(ABC):
    """A kind of annotation.

    A kind with options is a frozen dataclass whose fields they are; the module constant `KIND` holds the defaults and
    a scheme may set others.
    """

    name: ClassVar[str]
    """As it stands in tables and on the command line."""

    columns: ClassVar[tuple[str, ...] | None] = None
    """The columns that `values` looks at, if it is content with some of `labelqa.project.schema.VALUE`."""

    @abstractmethod
    def values(self, annotations: pl.DataFrame) -> Values:
        """Lay out the values of annotations, row by row.

        Parameters
        ----------
        annotations : polars.DataFrame
            The columns of `labelqa.project.schema.VALUE` (geometry, parts, answer), and `width` and `height` of the
            asset's frame in pixels (float64, null if unknown). Kinds that need more look for these columns and take
            a missing one as null: `scale_min` and `scale_max`, the ends of the scale that the ontology declares for
            the question (float64, null if undeclared), and `from_row` and `to_row`, the annotations that a link joins
            (int64 row numbers, null if the label has no such annotation).

        Raises
        ------
        ValueError
            If a value is not laid out as the kind says.
        """

    @abstractmethod
    def similarity(self, values: Values, a: Ints, b: Ints) -> Floats:
        """Compare row a[k] with row b[k] for each k: float64 in [0, 1], symmetric, 1 for equal values.

        A question may also give nan: the similarity is undefined, as that of two different numbers without a declared
        scale. Whoever averages leaves such rows out and counts them.
        """


@dataclass(frozen=True)
class ObjectKind(Kind):
    """A thing drawn on the asset: a label may hold any number, and they are matched one to one."""

    def candidates(self, values: Values, runs: Runs, least: float) -> Candidates:
        """Find the pairs of annotations with similarity >= `least` and > 0.

        This looks at all pairs; a kind that can rule most of them out beforehand overrides it.
        """
        pair, a, b = all_pairs(runs)
        similarity = self.similarity(values, a, b)
        near = (similarity >= least) & (similarity > 0)
        return Candidates(pair[near], a[near], b[near], similarity[near])

    def leaders(self, values: Values) -> Ints | None:
        """Give for each row the first row of the object that it is a part of, or -1 if it is not compared: int64 [N].

        None, as everywhere but in some vendors' definitions: every row is an object of its own.
        """
        del values
        return None

    def clipped(self, values: Values, width: Floats, height: Floats) -> Values:
        """Cut values to their frames, [0, width] x [0, height] in pixels; nan where the frame is unknown."""
        del width, height
        return values


@dataclass(frozen=True)
class QuestionKind(Kind):
    """An answer to a question about the asset: a label holds one for each question."""


@dataclass(frozen=True)
class Partners:
    """What matching found of the objects, for P pairs of labels: rows of the annotations table that are the same thing.

    int64 arrays of one length; an annotation occurs at most once in a pair and side.
    """

    pair: Ints
    a: Ints
    b: Ints


@dataclass(frozen=True)
class LinkKind(Kind):
    """A link between two objects of a label: two links are alike if the objects at their ends are the same things.

    So links are compared after the objects, and `similarity` alone, which compares ends by their row numbers, can only
    tell links of one label apart.
    """

    @abstractmethod
    def candidates(self, values: Values, runs: Runs, partners: Partners) -> Candidates:
        """Find the pairs of links, of whatever class, whose ends are partners; their similarity is 1."""


def all_pairs(runs: Runs) -> tuple[Ints, Ints, Ints]:
    """List every row of side a with every row of side b of its group, for each pair of labels, in order.

    Returns
    -------
    pair, a, b : int64 arrays of length sum(n_a * n_b), without groups
    """
    pair, within = spread(runs.n_a * runs.n_b)
    place_a, place_b = np.divmod(within, runs.n_b[pair])
    a, b = runs.rows(runs.first_a[pair] + place_a), runs.rows(runs.first_b[pair] + place_b)
    if runs.group is None:
        return pair, a, b
    same = np.flatnonzero(runs.group[a] == runs.group[b])
    return pair[same], a[same], b[same]


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """Number the members of groups laid end to end: which group, and which place in it; int64 [sum(counts)] each.

    Examples
    --------
    >>> group, place = spread(np.array([2, 0, 3]))
    >>> group.tolist(), place.tolist()
    ([0, 0, 2, 2, 2], [0, 1, 0, 1, 2])
    """
    end = np.cumsum(counts, dtype=np.int64)
    group = owners(end)
    place = np.arange(len(group))
    place -= (end - counts).take(group)
    return group, place


def listed(first: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """List runs of numbers, each with a first one and a length: number of the run, and the numbers.

    Examples
    --------
    >>> run, numbers = listed(np.array([7, 3]), np.array([2, 3]))
    >>> run.tolist(), numbers.tolist()
    ([0, 0, 1, 1, 1], [7, 8, 3, 4, 5])
    """
    end = np.cumsum(counts, dtype=np.int64)
    group = owners(end)
    numbers = np.arange(len(group))
    numbers += (first - (end - counts)).take(group)
    return group, numbers


def owners(end: Ints) -> Ints:
    """Give the group of each member of groups laid end to end; `end` tells where each group ends: int64 [end[-1]].

    Ends are marked and the marks added up: for many short groups that is five times as fast as numpy.repeat, whose loop
    over the length of each the processor mispredicts.

    Examples
    --------
    >>> owners(np.array([2, 2, 5])).tolist()
    [0, 0, 2, 2, 2]
    """
    n = int(end[-1]) if len(end) else 0
    group = np.zeros(n + 1, np.int64)
    np.add.at(group, end[:-1], 1)
    return np.cumsum(group[:n], out=group[:n])


def numbered(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """Give the different texts, in order of appearance, and the number of each text among them.

    Examples
    --------
    >>> different, number = numbered(pl.Series(["b", "a", "b"]))
    >>> different.to_list(), number.tolist()
    (['b', 'a'], [0, 1, 0])
    """
    frame = pl.DataFrame({"text": texts.cast(pl.String)})
    different = frame.unique(maintain_order=True).with_row_index("number")
    number = frame.join(different, on="text", how="left", maintain_order="left", nulls_equal=True)["number"]
    return different["text"], number.to_numpy().astype(np.int64)
