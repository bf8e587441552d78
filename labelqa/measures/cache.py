"""What takes longest, worked out once for each state of a project: kept as Parquet in a folder, and read the next time.

An entry is found by all that it depends on: the content of the project, the scheme, what else was asked for, and the code.
Of scores the comparison is kept, not the numbers: every table is a group-by on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison, Scheme
from labelqa.comparison.concepts import Classes
from labelqa.comparison.pairs import RELATIONS, Pairs
from labelqa.comparison.rows import NOBODY, OUTCOMES, Rows
from labelqa.project import Project
from labelqa.project.entries import Entries, Schemas, code, read_tables, write_tables

LEAST_ANNOTATIONS = 50_000
"""A project with fewer is scored about as quickly as anything is read."""

_FLOORS = ("measures", "comparison", "kinds", "stats", "project")
"""Whose code numbers are made by."""

_PAIRS = {**dict.fromkeys(("relation", "asset", "label_a", "label_b"), pl.Int64()), "agreement": pl.Float64()}
_ROWS = {"pair": pl.Int32(), "a": pl.Int32(), "b": pl.Int32(), "similarity": pl.Float64(), "outcome": pl.UInt8()}
_COMPARISON = {"pairs": _PAIRS, "rows": _ROWS, "attribute_rows": _ROWS}


@dataclass(frozen=True, eq=False)
class Cache:
    """What was worked out of a project before.

    Parameters
    ----------
    folder : path
        Made when something is kept.
    project : Project
    """

    folder: str | Path
    project: Project

    @classmethod
    def of(cls, folder: str | Path | None, project: Project) -> Cache | None:
        """Look into a folder, if there is one and it is worth it."""
        if folder is None or project.tables["annotations"].height < LEAST_ANNOTATIONS:
            return None
        return cls(folder, project)

    def tables(
        self, what: str, asked: Any, schemas: Schemas, make: Callable[[], Mapping[str, pl.DataFrame]]
    ) -> Mapping[str, pl.DataFrame]:
        """Give tables, made if they are not there.

        Parameters
        ----------
        what : str
            Names what they are.
        asked : plain data
            All that they depend on besides the project and the code.
        schemas : mapping
            Their columns.
        make : callable
        """
        entries, name = Entries(self.folder), self._name(what, asked)
        found: Mapping[str, pl.DataFrame] | None = entries.find(name, partial(read_tables, schemas))
        if found is None:
            found = make()
            entries.keep(name, partial(write_tables, found))
        return found

    def find(self, scheme: Scheme, classes: Classes) -> Comparison | None:
        """Give the comparison under a scheme, if it was kept and is one of this project."""
        entries, name = Entries(self.folder), self._name("comparison", scheme.as_dict())
        tables = entries.find(name, partial(read_tables, _COMPARISON))
        if tables is None:
            return None
        columns = {table: [column.to_numpy() for column in frame] for table, frame in tables.items()}
        *pairs, agreement = columns["pairs"]
        rows, nested = Rows(*columns["rows"]), Rows(*columns["attribute_rows"])
        found = Comparison(self.project, scheme, classes, Pairs(*pairs), agreement, rows, nested)
        if not _fits(found):
            entries.drop(name)
            return None
        return found

    def keep(self, comparison: Comparison) -> None:
        """Keep a comparison of the project with the relations that scores rest on."""
        pairs = {name: getattr(comparison.pair_rows, name) for name in _PAIRS if name != "agreement"}
        tables = {"pairs": pl.DataFrame({**pairs, "agreement": comparison.agreement}, schema=_PAIRS)}
        for table in ("rows", "attribute_rows"):
            rows = getattr(comparison, table)
            tables[table] = pl.DataFrame({name: getattr(rows, name) for name in _ROWS}, schema=_ROWS)
        Entries(self.folder).keep(self._name("comparison", comparison.scheme.as_dict()), partial(write_tables, tables))

    def _name(self, what: str, asked: Any) -> str:
        about = json.dumps([what, self.project.digest, asked, code(*_FLOORS)], sort_keys=True)
        return blake2b(about.encode(), digest_size=20).hexdigest()


def _fits(comparison: Comparison) -> bool:
    """Tell whether all numbers are of rows that are there, in order."""
    pairs, n_pairs = comparison.pair_rows, len(comparison.pair_rows)
    height = {name: table.height for name, table in comparison.project.tables.items()}
    sizes = {
        "relation": len(RELATIONS),
        "asset": height["assets"],
        "label_a": height["labels"],
        "label_b": height["labels"],
    }
    return (
        all(_within(getattr(pairs, name), 0, size) for name, size in sizes.items())
        and bool((np.diff(pairs.relation) >= 0).all())
        and all(
            _within(rows.pair, 0, n_pairs)
            and bool((np.diff(rows.pair) >= 0).all())
            and all(_within(side, NOBODY, height["annotations"]) for side in (rows.a, rows.b))
            and bool((np.maximum(rows.a, rows.b) >= 0).all())
            and _within(rows.outcome, 0, len(OUTCOMES))
            for rows in (comparison.rows, comparison.attribute_rows)
        )
    )


def _within(numbers: NDArray[np.integer], first: int, end: int) -> bool:
    return not len(numbers) or bool(first <= numbers.min() and numbers.max() < end)
