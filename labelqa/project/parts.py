"""Parts of a project: runs of adjoining assets, each a small project of its own.

The tables are sorted by asset, so a part is a run of rows in each of them. Whatever is computed asset by asset is
computed part by part, in memory that goes by the size of a part and not by that of the project.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.project import schema
from labelqa.project.project import Project

ANNOTATIONS_AT_ONCE = 1 << 19
"""Annotations of a part, at most: its arrays take some tens of megabytes."""

PAIRS_AT_ONCE = 5 << 17
"""Squares of the number of labels of each asset, added up: what pairs of labels grow with."""

ASSETS_AT_ONCE = 5 << 15

_ALONE = 0.2
"""Share of a part up to which a project is not cut at all: a second one would cost more than a second core gains."""

Numbers = NDArray[np.integer]
Column = Callable[[], Iterable[Numbers]]
"""Gives a column of row numbers in pieces, from its beginning."""


@dataclass(frozen=True)
class Bounds:
    """Where parts begin, and at the end where the last one ends: rows of the three tables, int64 [parts + 1] each."""

    asset: NDArray[np.int64]
    label: NDArray[np.int64]
    annotation: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.asset) - 1


@dataclass(frozen=True, eq=False)
class Part:
    """Some assets as a project whose rows count from 0, and their rows in the project they are of."""

    project: Project
    assets: slice
    labels: slice
    annotations: slice

    @classmethod
    def of(cls, project: Project, bounds: Bounds, number: int) -> Part:
        """Take a part of a project in memory."""
        assets, labels, annotations = (
            slice(int(rows[number]), int(rows[number + 1])) for rows in (bounds.asset, bounds.label, bounds.annotation)
        )
        tables = {
            "assets": project.assets[assets],
            "labels": project.tables["labels"][labels],
            "annotations": project.tables["annotations"][annotations],
        }
        return cls.laid_out(project, tables, assets, labels, annotations)

    @classmethod
    def laid_out(
        cls, whole: Project, tables: dict[str, pl.DataFrame], assets: slice, labels: slice, annotations: slice
    ) -> Part:
        """Number the rows of assets, labels and annotations from 0; labelers and ontology stay those of the whole."""
        part = Project(
            {
                **whole.tables,
                "assets": tables["assets"],
                "labels": _counted_from(tables["labels"], "asset", assets.start),
                "annotations": _counted_from(tables["annotations"], "label", labels.start),
                **_left_out(),
            }
        )
        return cls(part, assets, labels, annotations)


def _counted_from(table: pl.DataFrame, column: str, first: int) -> pl.DataFrame:
    """Count a column of row numbers from another one than 0."""
    return table.clone().replace_column(table.get_column_index(column), table[column] - first)


@cache
def _left_out() -> dict[str, pl.DataFrame]:
    """Give empty tables in place of those that no part needs."""
    return {name: schema.empty(schema.TABLES[name]) for name in ("reviews", "problems", "sources")}


def parts(project: Project) -> Iterator[Part]:
    """Give the parts of a project, in order; at least one, which may be empty."""
    bounds = bounds_of(project)
    for number in range(len(bounds)):
        yield Part.of(project, bounds, number)


def bounds_of(project: Project) -> Bounds:
    """Cut a project in memory."""
    asset = project.tables["labels"]["asset"].to_numpy()
    label = project.tables["annotations"]["label"].to_numpy()
    return cut(project.assets.height, lambda: (asset,), lambda: (label,))


def cut(n_assets: int, asset_of_labels: Column, label_of_annotations: Column) -> Bounds:
    """Cut the tables between assets into an even number of parts of like size, so that two cores are done at once.

    None exceeds any of the sizes above by more than an asset.

    Parameters
    ----------
    n_assets : int
    asset_of_labels, label_of_annotations
        The columns `asset` of labels and `label` of annotations, both ascending.

    Returns
    -------
    Bounds
        The same for the same columns, in whatever pieces they come.

    Examples
    --------
    >>> bounds = cut(3, lambda: [np.array([0, 0, 2])], lambda: [np.array([0, 1]), np.array([1, 2, 2])])
    >>> bounds.asset.tolist(), bounds.label.tolist(), bounds.annotation.tolist()
    ([0, 3], [0, 3], [0, 5])
    """
    n_labels = np.zeros(n_assets, np.int64)
    for piece in asset_of_labels():
        if len(piece):
            first, counts = int(piece[0]), np.bincount(piece - piece[0])
            n_labels[first : first + len(counts)] += counts
    label = np.append(0, np.cumsum(n_labels))
    annotation = _first_rows(label_of_annotations(), label)
    size = np.maximum(np.diff(annotation) / ANNOTATIONS_AT_ONCE, n_labels * n_labels / PAIRS_AT_ONCE)
    size = np.maximum(size, 1 / ASSETS_AT_ONCE)
    asset = _cuts(np.cumsum(size))
    return Bounds(asset, label[asset], annotation[asset])


def _cuts(end: NDArray[np.float64]) -> NDArray[np.int64]:
    """Say where parts begin and end, of assets whose sizes have been added up."""
    whole = float(end[-1]) if len(end) else 0.0
    n_parts = 2 * math.ceil(whole / 2) if whole > _ALONE else 1
    inner = np.searchsorted(end, np.arange(1, n_parts) * (whole / n_parts))
    return np.concatenate([[0], np.unique(inner[inner > 0]), [len(end)]])


def _first_rows(pieces: Iterable[Numbers], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the first row of an ascending column with at least each of some ascending values, its end if there is none."""
    rows = np.zeros(len(wanted), np.int64)
    n = found = 0
    for piece in pieces:
        if len(piece):
            upto = int(np.searchsorted(wanted, piece[-1], side="right"))
            rows[found:upto] = n + np.searchsorted(piece, wanted[found:upto].astype(piece.dtype))
            found, n = max(found, upto), n + len(piece)
    rows[found:] = n
    return rows
