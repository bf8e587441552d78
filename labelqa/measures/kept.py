"""Where the large tables of scores are kept: in memory with the project, or in files beside a project that is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison, Scheme
from labelqa.comparison.comparer import compare_relations
from labelqa.measures.quality.labels import Work, label_benchmark, label_consensus
from labelqa.measures.quality.scored import Scored
from labelqa.measures.quality.scoring import RELATIONS
from labelqa.project import Project
from labelqa.project.stored_project import Stored

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Looked:
    """Which labels of a comparison are looked at.

    Attributes
    ----------
    whole : Comparison
        Of everybody, of the classes and roles looked at.
    assets : callable
        Gives the table of all its assets.
    asset_fits, label_fits : bool [n_assets], bool [n_labels]
    """

    whole: Comparison
    assets: Callable[[], pl.DataFrame]
    asset_fits: Flags
    label_fits: Flags

    def scored(self, comparison: Comparison) -> Scored:
        """Score the labels looked at, in a comparison of their pairs."""
        work = Work.of(comparison)
        scores = (label_consensus(comparison), label_benchmark(comparison))
        own = (np.where(self.label_fits, score, np.nan) for score in scores)
        return Scored(comparison, replace(work, counts=work.counts & self.label_fits), *own)

    @classmethod
    def at_all(cls, whole: Comparison, assets: Callable[[], pl.DataFrame]) -> Looked:
        """Look at everything."""
        n_assets, n_labels = (whole.project.tables[name].height for name in ("assets", "labels"))
        return cls(whole, assets, np.ones(n_assets, np.bool_), np.ones(n_labels, np.bool_))


class Kept(Protocol):
    """The tables assets, labels, pairs and matches."""

    @property
    def project(self) -> Project:
        """The project, at least its labelers, ontology, problems and sources."""

    @property
    def comparison(self) -> Comparison:
        """What the scores were made of."""

    @property
    def looked_at(self) -> Looked:
        """What is looked at."""

    @property
    def is_part(self) -> bool:
        """Whether somebody chose what is looked at."""

    def scan(self, table: str) -> pl.LazyFrame:
        """Look at a table."""

    def height(self, table: str) -> int:
        """Count the rows of a table."""

    def file(self, table: str) -> Path | None:
        """Give the Parquet file that is the table, if there is one."""


class Held:
    """In memory; comparisons of parts are laid into one, and pairs and matches get their names, when somebody looks.

    Parameters
    ----------
    project : Project
    tables : mapping of str to polars.DataFrame
        assets and labels.
    compared : Comparison or callable
        The comparison, or what makes it.
    selected : Looked, optional
        Which labels are looked at; None: all.
    """

    def __init__(
        self,
        project: Project,
        tables: Mapping[str, pl.DataFrame],
        compared: Comparison | Callable[[], Comparison],
        selected: Looked | None = None,
    ) -> None:
        self.project = project
        self.tables = tables
        self.selected = selected
        self._compared = compared
        self._one_at_a_time = Lock()

    @property
    def comparison(self) -> Comparison:
        """What the scores were made of."""
        with self._one_at_a_time:
            if not isinstance(self._compared, Comparison):
                self._compared = self._compared()  # and lets go of the parts
            return self._compared

    @property
    def is_part(self) -> bool:
        """Whether somebody chose what is looked at."""
        return self.selected is not None

    @property
    def looked_at(self) -> Looked:
        """What is looked at."""
        if self.selected is not None:
            return self.selected
        return Looked.at_all(self.comparison, lambda: self.tables["assets"])

    def scan(self, table: str) -> pl.LazyFrame:
        """Look at a table."""
        frame: pl.DataFrame = self.tables[table] if table in self.tables else getattr(self.comparison, table)
        return frame.lazy()

    def height(self, table: str) -> int:
        """Count the rows of a table, whose names need not be there."""
        if table in self.tables:
            return self.tables[table].height
        return len(self.comparison.pair_rows if table == "pairs" else self.comparison.rows)

    def file(self, table: str) -> Path | None:
        """Give no file: there is none."""
        del table
        return None


@dataclass(frozen=True, eq=False)
class Written:
    """In Parquet files in a folder; what was not written is made in memory when somebody looks.

    Parameters
    ----------
    stored : Stored
    scheme : Scheme
    folder : Path
        Holds a file for each of `tables`.
    tables : tuple of str
    heights : mapping of str to int
        Rows of the large tables, written or not.
    """

    stored: Stored
    scheme: Scheme
    folder: Path
    tables: tuple[str, ...]
    heights: Mapping[str, int]

    @property
    def project(self) -> Project:
        """Labelers, ontology, problems and sources."""
        return self.stored.head

    @property
    def is_part(self) -> bool:
        """Tell that all is looked at."""
        return False

    @property
    def looked_at(self) -> Looked:
        """All assets and labels."""
        return Looked.at_all(self.comparison, lambda: self.scan("assets").collect())

    @cached_property
    def comparison(self) -> Comparison:
        """The whole comparison, read and made again in memory."""
        return compare_relations(self.stored.project(), RELATIONS, self.scheme)

    def scan(self, table: str) -> pl.LazyFrame:
        """Look at a table."""
        file = self.file(table)
        if file is not None:
            return pl.scan_parquet(file)
        frame: pl.DataFrame = getattr(self.comparison, table)
        return frame.lazy()

    def height(self, table: str) -> int:
        """Count the rows of a table."""
        return self.heights[table]

    def file(self, table: str) -> Path | None:
        """Give the file of a table that was written."""
        return self.folder / f"{table}.parquet" if table in self.tables else None
