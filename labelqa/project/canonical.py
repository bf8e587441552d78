"""Numbers for equal rows, and the one order of annotations: whole-array steps for tables of many million rows."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.project import schema

Numbers = NDArray[np.intp]

_ORDER = ["label", "concept", *schema.VALUE, "place", "parent_id", "annotation_id", "score", "is_crowd", "stated"]


def distinct(*columns: NDArray[np.unsignedinteger]) -> tuple[Numbers, Numbers]:
    """Number the distinct rows of some columns of n whole numbers each.

    Returns
    -------
    number : array of int, (n,)
        Equal rows have equal numbers, from 0.
    first : array of int, (m,)
        The first row with each number.

    Examples
    --------
    >>> number, first = distinct(np.array([7, 7, 5, 7], np.uint32), np.array([1, 2, 1, 1], np.uint32))
    >>> number.tolist(), first.tolist()
    ([1, 2, 0, 1], [2, 0, 1])
    """
    n = len(columns[0])
    number, m = np.zeros(n, np.intp), 1
    for column in columns:
        width = int(column.max(initial=0)) + 1
        packed = number * width + column
        if m * width <= 8 * n + (1 << 16):
            is_there = np.zeros(m * width, np.bool_)
            is_there[packed] = True
            number = (np.cumsum(is_there) - 1)[packed]
        else:
            number = np.unique(packed, return_inverse=True)[1]
        m = int(number.max(initial=-1)) + 1
    first = np.zeros(m, np.intp)
    first[number[::-1]] = np.arange(n)[::-1]
    return number, first


def order(annotations: pl.DataFrame) -> Numbers:
    """Give the canonical order of annotations: by label, concept, value, place, id and whatever else there is, (n,).

    Most rows differ in label, concept or first coordinate, which make up one number for a row; only those that do not
    are compared in full.
    """
    if annotations.is_empty():
        return np.zeros(0, np.intp)
    label, concept = (annotations[name].to_numpy().astype(np.uint64) for name in ("label", "concept"))
    n_concepts = np.uint64(int(concept.max()) + 1)
    key = label * n_concepts + concept
    n_bits = 64 - (int(label.max() + 1) * int(n_concepts)).bit_length()
    key = key << np.uint64(n_bits) | _first_number(annotations["geometry"]) >> np.uint64(64 - n_bits)
    rows = np.argsort(key)
    key = key[rows]
    is_tied = np.zeros(len(rows), np.bool_)
    is_tied[1:] = key[1:] == key[:-1]
    is_tied[:-1] |= is_tied[1:]
    if is_tied.any():
        tied = np.sort(rows[is_tied])
        frame = annotations[tied].select(*_ORDER).with_columns(row=tied)
        rows[is_tied] = frame.sort(_ORDER, nulls_last=True, maintain_order=True)["row"].to_numpy()
    return rows


def _first_number(geometry: pl.Series) -> NDArray[np.uint64]:
    """Turn the first number of each list into a whole one of the same order; none at all is the greatest, (n,)."""
    first = geometry.list.first().fill_null(-np.inf).to_numpy()
    bits = (first + 0.0).view(np.int64)  # -0.0 becomes 0.0
    ordered = np.where(bits < 0, ~bits, bits | np.int64(-1 << 63)).view(np.uint64)
    if geometry.null_count():
        ordered[geometry.is_null().to_numpy()] = np.iinfo(np.uint64).max
    return ordered


def repeated_ids(annotations: pl.DataFrame) -> NDArray[np.bool_] | None:
    """Mark annotations whose label has another one of that id, (n,); None if there are none."""
    ids = annotations["annotation_id"]
    label = annotations["label"].to_numpy().astype(np.uint64)
    mixed = np.sort((ids.hash().to_numpy() ^ label * np.uint64(0x9E3779B97F4A7C15))[ids.is_not_null().to_numpy()])
    if not (mixed[1:] == mixed[:-1]).any():
        return None
    key = pl.struct("label", "annotation_id")
    repeated = annotations.select(key.is_duplicated() & pl.col("annotation_id").is_not_null()).to_series()
    return repeated.to_numpy() if repeated.any() else None
