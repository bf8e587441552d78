"""Cells of a table as values: texts, numbers and flags, whatever type the column came in.

A cell of CSV is a text; Parquet and DataFrames have types of their own. Both give the same values here. A cell that
does not parse is null in the values but not empty, which is how it is told from one where nothing stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from labelqa.errors import InputError
from labelqa.project import Builder

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_EXACT = float(1 << 53)
"""Up to here floats hold whole numbers exactly."""


@dataclass(frozen=True)
class Cells:
    """A run of rows with what is needed to tell where a cell stands.

    In every method a column of None is one that the table does not have: all its cells are empty.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    records : polars.Series
        Their numbers, from 1.
    builder : Builder
        Takes the problems.

    Examples
    --------
    >>> builder = Builder()
    >>> builder.source("a.csv", "table")
    >>> cells = Cells(pl.DataFrame({"x": [" 1.5", "abc", ""]}), pl.Series([1, 2, 3]), builder)
    >>> cells.checked_numbers("x").to_list()
    [1.5, None, None]
    >>> builder.problems.frame().select("record", "field", "found", "expected").rows()
    [(2, 'x', "'abc'", 'a finite number; read as unknown')]
    """

    frame: pl.DataFrame
    records: pl.Series
    builder: Builder

    def texts(self, column: str | None) -> pl.Series:
        """Give the cells as texts without surrounding space; null where nothing stands."""
        cells = self._column(column)
        dtype = cells.dtype
        if isinstance(dtype, pl.Datetime):
            utc = cells.dt.convert_time_zone("UTC") if dtype.time_zone else cells
            return utc.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f" + ("Z" if dtype.time_zone else ""))
        if dtype.is_float():
            # Ids become floats where pandas had a gap in their column.
            is_whole = (cells == cells.round()) & (cells.abs() < _EXACT)
            whole = pl.when(is_whole).then(cells).cast(pl.Int64).cast(pl.String)
            return pl.select(pl.coalesce(whole, cells.fill_nan(None).cast(pl.String))).to_series()
        texts = cells.cast(pl.String).str.strip_chars()
        return texts.set((texts == "").fill_null(False), None)

    def words(self, column: str | None) -> pl.Series:
        """Give the cells as texts in lower case."""
        return self.texts(column).str.to_lowercase()

    def numbers(self, column: str | None) -> pl.Series:
        """Give the cells as finite float64; null where nothing stands or it is no such number."""
        cells = self._column(column)
        if isinstance(cells.dtype, (pl.Boolean, pl.Datetime, pl.Date, pl.Time)):
            return cells.clear(len(cells)).cast(pl.Float64)
        if not cells.dtype.is_numeric():
            cells = self.texts(column)
        values = cells.cast(pl.Float64, strict=False)
        return values.set(~values.is_finite().fill_null(True), None)

    def filled(self, column: str | None) -> pl.Series:
        """Tell where something stands. A float nan is nothing, as pandas has it; the text "nan" is something."""
        cells = self._column(column)
        if cells.dtype.is_numeric():
            return cells.is_not_null() & ~cells.cast(pl.Float64).is_nan().fill_null(True)
        return self.texts(column).is_not_null()

    def checked_numbers(self, column: str | None) -> pl.Series:
        """Give numbers, and note cells that are none."""
        values = self.numbers(column)
        self.note(self.filled(column) & values.is_null(), column, "a finite number; read as unknown", "warning")
        return values

    def checked_flags(self, column: str | None) -> pl.Series:
        """Give truth values, false where nothing stands, and note cells that are neither true nor false."""
        words = self.words(column)
        values = words.replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
        self.note(words.is_not_null() & values.is_null(), column, "true or false; read as false", "warning")
        return values.fill_null(False)

    def only(self, where: pl.Series) -> Cells:
        """Give the marked rows alone."""
        return self if where.all() else Cells(self.frame.filter(where), self.records.filter(where), self.builder)

    def note(self, where: pl.Series, column: str | None, expected: str, severity: str) -> None:
        """Note a problem with the cells of a column in the marked rows."""
        if column is None or not where.any():
            return
        rows = pl.DataFrame({"record": self.records.filter(where), "found": self.texts(column).filter(where)})
        self.builder.problems.add_rows(
            severity, rows.with_columns(source=pl.lit(self.builder.file)), expected, field=column
        )

    def _column(self, column: str | None) -> pl.Series:
        if column is None:
            return pl.Series([None], dtype=pl.String).new_from_index(0, self.frame.height)
        cells = self.frame[column]
        if cells.dtype.is_nested() or isinstance(cells.dtype, (pl.Binary, pl.Object, pl.Duration)):
            raise InputError(
                "a column of texts, numbers or times", file=self.builder.file, field=column, found=str(cells.dtype)
            )
        return cells
