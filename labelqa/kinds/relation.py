"""Links between two objects of a label: `answer` is [annotation id it goes from, annotation id it goes to].

The class is the type of the link. `parts` is [1] for a link without direction, [0] or null for one from the first end to
the second. Similarity is 1 if both ends are partners after the objects were matched and the direction is of one sort,
else 0 (that the types are equal is for the matching to see, as with the classes of objects).

The comparer gives `values` the columns `from_row` and `to_row` (see `end_rows`), matches the objects first, makes
`Partners` of the rows whose outcome is `matched`, and matches the links with `candidates(values, runs, partners)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from labelqa.kinds.kind import Candidates, Floats, Ints, LinkKind, Partners, Runs, numbered, spread
from labelqa.kinds.window import check_pairs

_NOTHING = -1
"""Row number of an end that is not in the label."""


@dataclass(frozen=True)
class Ends:
    """Links by the row numbers of their ends, int64 [n] each; `two_way` (bool [n]): without direction."""

    start: Ints
    end: Ints
    two_way: np.ndarray

    def __getitem__(self, rows: Ints) -> Ends:
        return Ends(self.start[rows], self.end[rows], self.two_way[rows])

    def in_order(self) -> Ends:
        """Put the smaller end of a link without direction first."""
        swap = self.two_way & (self.start > self.end)
        return Ends(np.where(swap, self.end, self.start), np.where(swap, self.start, self.end), self.two_way)

    def known(self) -> np.ndarray:
        """Tell where both ends are there: bool [n]."""
        return (self.start >= 0) & (self.end >= 0)


def end_rows(links: pl.DataFrame, annotations: pl.DataFrame) -> pl.DataFrame:
    """Look up the annotations at the ends of links.

    Parameters
    ----------
    links : polars.DataFrame
        Columns label and answer ([from id, to id]).
    annotations : polars.DataFrame
        Columns label and annotation_id of every annotation; an id occurs once in a label.

    Returns
    -------
    polars.DataFrame
        Columns from_row and to_row, a row for each link: row numbers in `annotations`, null where the label has no such
        annotation.

    Examples
    --------
    >>> annotations = pl.DataFrame({"label": [0, 0, 1], "annotation_id": ["m", "n", "m"]})
    >>> links = pl.DataFrame({"label": [0, 1], "answer": [["n", "m"], ["m", "n"]]})
    >>> end_rows(links, annotations).rows()
    [(1, 0), (2, None)]
    """
    places = annotations.select("label", row=pl.int_range(pl.len()), id="annotation_id")
    return pl.DataFrame(
        [
            links.select("label", id=pl.col("answer").list.get(place, null_on_oob=True))
            .join(places, on=["label", "id"], how="left", maintain_order="left")["row"]
            .alias(name)
            for place, name in enumerate(("from_row", "to_row"))
        ]
    )


def linked(values: Ends, runs: Runs, partners: Partners) -> Candidates:
    """Find the links of side a and of side b whose ends are partners, for P pairs of labels.

    Parameters
    ----------
    values : Ends
    runs : Runs
        Which links face each other.
    partners : Partners
        Which objects are the same.

    Returns
    -------
    Candidates
        Each with similarity 1.

    Examples
    --------
    Objects 10 and 11 of one label are 20 and 21 of the other; the links are 10 -> 11 and 20 -> 21:

    >>> ends = Ends(np.array([10, 20]), np.array([11, 21]), np.array([False, False]))
    >>> runs = Runs(np.array([0]), np.array([1]), np.array([1]), np.array([1]))
    >>> found = linked(ends, runs, Partners(np.array([0, 0]), np.array([10, 11]), np.array([20, 21])))
    >>> found.a.tolist(), found.b.tolist(), found.similarity.tolist()
    ([0], [1], [1.0])
    """
    pair_a, place_a = spread(runs.n_a)
    pair_b, place_b = spread(runs.n_b)
    row_a, row_b = runs.first_a[pair_a] + place_a, runs.first_b[pair_b] + place_b
    side_a, side_b = values[row_a], values[row_b].in_order()
    start, end = (_partner(partners, pair_a, row) for row in (side_a.start, side_a.end))
    seen = Ends(start, end, side_a.two_way).in_order()
    there_a, there_b = np.flatnonzero(seen.known()), np.flatnonzero(side_b.known())
    table_a = (pair_a, seen.start, seen.end, seen.two_way)
    table_b = (pair_b, side_b.start, side_b.end, side_b.two_way)
    keys = _numbered(*(np.concatenate([x[there_a], y[there_b]]) for x, y in zip(table_a, table_b, strict=True)))
    key_a, key_b = keys[: len(there_a)], keys[len(there_a) :]
    order = np.argsort(key_b, kind="stable")
    first, last = (np.searchsorted(key_b[order], key_a, side) for side in ("left", "right"))
    check_pairs(int((last - first).sum()))
    node, place = spread(last - first)
    a, b = there_a[node], there_b[order[first[node] + place]]
    return Candidates(pair_a[a], row_a[a], row_b[b], np.ones(len(a)))


def _partner(partners: Partners, pair: Ints, row: Ints) -> Ints:
    """Give the row that is on side b the same thing as `row` on side a, or `_NOTHING`."""
    base = int(max(partners.a.max(initial=0), row.max(initial=0))) + 2
    keys = partners.pair * base + partners.a + 1
    order = np.argsort(keys, kind="stable")
    keys, wanted = np.append(keys[order], -1), pair * base + row + 1
    at = np.searchsorted(keys[:-1], wanted)
    return np.where((keys[at] == wanted) & (row >= 0), np.append(partners.b[order], _NOTHING)[at], _NOTHING)


def _numbered(*columns: np.ndarray) -> Ints:
    """Number the rows of a table so that equal rows, and only those, bear one number."""
    number = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, code = np.unique(column, return_inverse=True)
        _, number = np.unique(number * (len(column) + 1) + code, return_inverse=True)
    return np.asarray(number, dtype=np.int64)


@dataclass(frozen=True)
class Relation(LinkKind):
    """A link between two objects, of a type."""

    name: ClassVar[str] = "relation"

    def values(self, annotations: pl.DataFrame) -> Ends:
        """Take the rows at the ends; without `from_row` and `to_row`, number the ids as they stand."""
        if "from_row" in annotations.columns and "to_row" in annotations.columns:
            start, end = (
                annotations[name].cast(pl.Int64).fill_null(_NOTHING).to_numpy() for name in ("from_row", "to_row")
            )
        else:
            ids = pl.concat([annotations["answer"].list.get(place, null_on_oob=True) for place in (0, 1)])
            start, end = np.split(numbered(ids)[1], 2)
        two_way = annotations["parts"].list.first().fill_null(0).to_numpy() != 0
        return Ends(start, end, two_way)

    def similarity(self, values: Ends, a: Ints, b: Ints) -> Floats:
        """Tell whether two links join the same rows (1) or not (0)."""
        one, other = values.in_order()[a], values.in_order()[b]
        return np.where((one.start == other.start) & (one.end == other.end) & (one.two_way == other.two_way), 1.0, 0.0)

    def candidates(self, values: Ends, runs: Runs, partners: Partners) -> Candidates:
        """Find the links whose ends are partners."""
        return linked(values, runs, partners)


KIND = Relation()
