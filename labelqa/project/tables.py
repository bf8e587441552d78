"""Where the Parquet files of a project are, and how rows are read from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import polars as pl

from labelqa.errors import InputError
from labelqa.project.threads import in_order

BLOCK = 1 << 22
"""Bytes of a file that are hashed together, on one of several threads."""


class Tables(Protocol):
    """The files of a stored project. What cannot be read is an InputError."""

    def text(self, name: str) -> str:
        """Read a text file; may raise OSError."""

    def shown(self, name: str) -> str:
        """Name a file, for people."""

    def digest(self, name: str) -> str | None:
        """Give the digest of the file of a table; None where somebody else looks after it."""

    def size(self, name: str) -> int:
        """Give the size of the file of a table in bytes."""

    def schema(self, name: str) -> Mapping[str, pl.DataType]:
        """Give columns and dtypes of a table."""

    def height(self, name: str) -> int:
        """Count the rows of a table."""

    def rows(self, name: str, columns: Sequence[str], first: int, n: int) -> pl.DataFrame:
        """Read up to `n` rows of some columns of a table."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine; what is read is no more than the row groups that hold the rows."""

    path: Path

    def text(self, name: str) -> str:
        """Read a text file."""
        return (self.path / name).read_text(encoding="utf-8")

    def shown(self, name: str) -> str:
        """Name a file."""
        return str(self.path / name)

    def digest(self, name: str) -> str:
        """Give the SHA-256 of the SHA-256 of every `BLOCK` bytes of the file of a table."""
        path = self._path(name)
        if not path.is_file():  # a pipe would never end
            raise InputError("a Parquet table", file=str(path), found="no file")
        with self._told(name):
            blocks = in_order(partial(_block_digest, path), range(0, path.stat().st_size, BLOCK))
            return hashlib.sha256(b"".join(blocks)).hexdigest()

    def size(self, name: str) -> int:
        """Give the size of the file of a table in bytes."""
        with self._told(name):
            return self._path(name).stat().st_size

    def schema(self, name: str) -> Mapping[str, pl.DataType]:
        """Give columns and dtypes of a table."""
        with self._told(name):
            return pl.scan_parquet(self._path(name)).collect_schema()

    def height(self, name: str) -> int:
        """Count the rows of a table."""
        with self._told(name):
            return int(pl.scan_parquet(self._path(name)).select(pl.len()).collect().item())

    def rows(self, name: str, columns: Sequence[str], first: int, n: int) -> pl.DataFrame:
        """Read up to `n` rows of some columns of a table."""
        with self._told(name):
            return pl.scan_parquet(self._path(name)).select(columns).slice(first, n).collect()

    def _path(self, name: str) -> Path:
        return self.path / f"{name}.parquet"

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Tell errors of reading with the file's name."""
        try:
            yield
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            found = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError("a Parquet table", file=str(self._path(name)), found=found) from None


def _block_digest(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return hashlib.sha256(file.read(BLOCK)).digest()
