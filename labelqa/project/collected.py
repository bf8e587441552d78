"""What readers have found so far: rows in memory, or on disk once there are enough of them."""

from __future__ import annotations

from math import inf

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from labelqa.project.raw import (
    RAW_ANNOTATIONS,
    RAW_ASSETS,
    RAW_CONCEPTS,
    RAW_ISSUES,
    RAW_LABELERS,
    RAW_LABELS,
    RAW_MENTIONS,
    RAW_REVIEWS,
    Raw,
    RawAnnotations,
    RawRows,
    completed,
)
from labelqa.project.spill import TABLES, Spill, Spilled


class Collected:
    """The raw tables while they grow.

    Parameters
    ----------
    spill : Spill, optional
        Where rows go once there are enough of them. None: they stay in memory.
    """

    def __init__(self, spill: Spill | None) -> None:
        self.assets = RawRows(RAW_ASSETS, self._grown)
        self.mentions = RawRows(RAW_MENTIONS)
        self.labels = RawRows(RAW_LABELS, self._grown)
        self.annotations = RawAnnotations(self._grown)
        self.labelers = RawRows(RAW_LABELERS)
        self.concepts = RawRows(RAW_CONCEPTS)
        self.reviews = RawRows(RAW_REVIEWS, self._grown)
        self.issues = RawRows(RAW_ISSUES, self._grown)
        self._unread: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self._n_unread = np.zeros(0, np.int64)
        self._spill = spill
        self._n_bytes = 0.0
        self._n_spilled = 0
        """Labels that are on disk."""

    def unread(self, labels: ArrayLike, counts: ArrayLike) -> None:
        """Count marks of labels that were not read."""
        self._unread.append((np.asarray(labels, np.int64), np.asarray(counts, np.int64)))

    def raw(self, sources: pl.DataFrame) -> Raw:
        """Hand over what is in memory, which is everything if there is no spill."""
        if self._spill is not None:
            raise ValueError("no spill")
        return Raw(
            assets=self.assets.frame(),
            labels=self.labels.frame().with_columns(n_unread=pl.Series(self._unread_marks())),
            annotations=completed([self.annotations.taken()], RAW_ANNOTATIONS),
            labelers=self.labelers.frame(),
            concepts=self.concepts.frame(),
            reviews=self.reviews.frame(),
            issues=self.issues.frame(),
            sources=sources,
        )

    def spilled(self, sources: pl.DataFrame) -> Spilled:
        """Hand over what is on disk, and put there what is not."""
        if self._spill is None:
            raise ValueError("a spill")
        self._put(self._spill)
        return Spilled(self._spill.close(), self.labelers.frame(), self.concepts.frame(), sources, self._unread_marks())

    def _grown(self, n_bytes: int) -> None:
        """Put rows on disk once there are enough of them."""
        self._n_bytes += n_bytes
        if self._spill is not None and self._n_bytes >= self._spill.at_once:
            self._put(self._spill)

    def _put(self, spill: Spill) -> None:
        """Put rows on disk; what has a row for each labeler, class or file stays here."""
        self._n_bytes = -inf  # whatever becomes a frame now goes along
        rows = (self.assets, self.labels, self.annotations, self.reviews, self.issues)
        tables = {name: kept.taken() for name, kept in zip(TABLES, rows, strict=True)}
        spill.put(tables, self._n_spilled)
        self._n_spilled += tables["labels"].height
        self.labelers.thin_out()
        self.concepts.thin_out()
        if self._unread:
            self._unread_marks()
        self._n_bytes = 0.0

    def _unread_marks(self) -> NDArray[np.int64]:
        """Add up the unread marks of each label, (n labels,)."""
        n_unread = np.zeros(len(self.labels), np.int64)
        n_unread[: len(self._n_unread)] = self._n_unread
        for labels, counts in self._unread:
            np.add.at(n_unread, labels, counts)
        self._unread.clear()
        self._n_unread = n_unread
        return n_unread
