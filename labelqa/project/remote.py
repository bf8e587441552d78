"""The files of a project behind a URL, on any file system that fsspec knows: `s3://`, `gs://`, `file://`, `memory://` ...

What is fetched is no more than the row groups and columns that are looked at. Files are not hashed, which would fetch them
whole: object stores check what they keep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from labelqa.errors import InputError, UsageError


def is_url(path: str) -> bool:
    """Tell a URL from a path.

    Examples
    --------
    >>> is_url("s3://bucket/project"), is_url("projects/one")
    (True, False)
    """
    return "://" in path


@dataclass(frozen=True)
class Remote:
    """A folder behind a URL.

    Raises
    ------
    UsageError
        Where fsspec, pyarrow or the plugin of the file system is not installed.
    """

    url: str

    def text(self, name: str) -> str:
        """Read a text file."""
        with self._opened(name) as file:
            return str(file.read(), encoding="utf-8")

    def shown(self, name: str) -> str:
        """Name a file."""
        return f"{self.url.rstrip('/')}/{name}"

    def digest(self, name: str) -> None:
        """Give no digest: the file would have to be fetched."""
        del name

    def size(self, name: str) -> int:
        """Give the size of the file of a table in bytes."""
        with self._opened(f"{name}.parquet") as file:
            return int(file.size if hasattr(file, "size") else file.seek(0, 2))

    def schema(self, name: str) -> Mapping[str, pl.DataType]:
        """Give columns and dtypes of a table."""
        with self._table(name) as table:
            return _frame(table.schema_arrow.empty_table()).schema

    def height(self, name: str) -> int:
        """Count the rows of a table."""
        with self._table(name) as table:
            return int(table.metadata.num_rows)

    def rows(self, name: str, columns: Sequence[str], first: int, n: int) -> pl.DataFrame:
        """Read up to `n` rows of some columns of a table."""
        with self._table(name) as table:
            sizes = [table.metadata.row_group(group).num_rows for group in range(table.num_row_groups)]
            ends = np.cumsum(sizes)
            groups = np.flatnonzero((ends > first) & (ends - sizes < first + n))
            if not len(groups):
                return _frame(table.schema_arrow.empty_table()).select(columns)
            before = int(ends[groups[0]]) - sizes[groups[0]]
            read = _frame(table.read_row_groups(groups.tolist(), columns=list(columns), use_threads=False))
            return read.select(columns).slice(first - before, n)

    @contextmanager
    def _table(self, name: str) -> Iterator[Any]:
        try:
            import pyarrow
            from pyarrow.parquet import ParquetFile
        except ImportError as error:
            raise _missing(error) from None
        with self._opened(f"{name}.parquet") as file:
            try:
                yield ParquetFile(file)
            except (pyarrow.ArrowException, pl.exceptions.PolarsError) as error:
                found = (str(error).splitlines() or [type(error).__name__])[0]
                raise InputError("a Parquet table", file=self.shown(f"{name}.parquet"), found=found) from None

    @contextmanager
    def _opened(self, name: str) -> Iterator[Any]:
        try:
            import fsspec

            place = fsspec.open(self.shown(name), "rb")
        except (ImportError, ValueError) as error:  # ValueError: a file system that it does not know
            raise _missing(error) from None
        try:
            with place as file:
                yield file
        except OSError as error:
            found = error.strerror or str(error)
            raise InputError("a file that can be read", file=self.shown(name), found=found) from None


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()


def _missing(error: Exception) -> UsageError:
    return UsageError(f"{error}: pip install 'labelqa[ray]', and the fsspec plugin of the file system, such as s3fs")
