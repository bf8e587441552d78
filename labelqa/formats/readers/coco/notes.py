"""Problems of the annotations of one file: where they stand, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.project import Builder


@dataclass(frozen=True)
class Notes:
    """Notes problems of rows.

    Parameters
    ----------
    member : str
        Where the annotations stand in the file, as problems name it: "annotations[...]." or nothing.
    builder : Builder
    """

    member: str
    builder: Builder

    def add(self, rows: pl.DataFrame, field: str, found: str | pl.Expr, expected: str, severity: str) -> None:
        """Note a problem of each row; `found` is a column or what to show."""
        if rows.height:
            shown = rows.select("record", found=found).with_columns(source=pl.lit(self.builder.file))
            self.builder.problems.add_rows(severity, shown, expected, field=f"{self.member}{field}")

    def lost(self, rows: pl.DataFrame, field: str, found: str | pl.Expr, expected: str) -> None:
        """Note rows that are left out, and mark their labels, if they have any, as incomplete."""
        self.add(rows, field, found, f"{expected}; the annotation is left out", "error")
        self.builder.records(0, rows["record"].n_unique())
        self.unread(rows.filter(pl.col("label").is_not_null()))

    def unread(self, rows: pl.DataFrame) -> None:
        """Mark the labels of rows as incomplete, so that nobody takes them for empty."""
        self.builder.unread(rows["label"], np.ones(rows.height, np.int64))


def start(column: str) -> pl.Expr:
    """Show the first characters of JSON text."""
    return pl.col(column).cast(pl.String, strict=False).str.head(60)
