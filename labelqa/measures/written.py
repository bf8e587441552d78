"""Tables written to Parquet as their parts come, never held whole."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Literal

import polars as pl

from labelqa.project.stream import Stream

Packing = Literal["uncompressed", "lz4"]

_PACKED = "matches"
"""Ten times as large as the others: what is put aside of it is packed, which takes time but a third of the disk."""


class Aside:
    """Frames put aside in a file without a name until they are wanted, in order."""

    def __init__(self, folder: Path, packing: Packing) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by `close`)
        self._packing = packing
        self._sizes: list[int] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Put rows aside. Raises OSError if they cannot be written."""
        if frame.height:
            told = io.BytesIO()
            frame.write_ipc_stream(told, compression=self._packing)
            self._sizes.append(self._file.write(told.getbuffer()))

    def frames(self) -> Iterator[pl.DataFrame]:
        """Give them back, once."""
        self._file.seek(0)
        for size in self._sizes:
            yield pl.read_ipc_stream(self._file.read(size))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Table:
    """A table written part by part.

    Parts come in the order of their assets. A table that is sorted by relation first is written relation by relation:
    rows of the first go to the file at once, those of others are put aside until all parts are there.

    Parameters
    ----------
    path : Path
        The file.
    relations : tuple of str
        All that occur, in order; empty for a table without a column `relation`.
    packing : "uncompressed" or "lz4"
        How rows that are put aside are kept.
    """

    def __init__(self, path: Path, relations: tuple[str, ...] = (), packing: Packing = "uncompressed") -> None:
        self._path = path
        self._relations = relations
        self._stream: Stream | None = None
        self._aside = {relation: Aside(path.parent, packing) for relation in relations[1:]}

    def add(self, frame: pl.DataFrame) -> None:
        """Add the rows of a part."""
        if self._stream is None:
            self._stream = Stream(self._path, frame.schema)
        if not self._aside:
            self._stream.add(frame)
            return
        first = 0
        for relation in self._relations:
            n = int((frame["relation"] == relation).sum())
            (self._aside.get(relation) or self._stream).add(frame.slice(first, n))
            first += n

    def close(self) -> None:
        """Finish the file."""
        if self._stream is not None:
            for aside in self._aside.values():
                for frame in aside.frames():
                    self._stream.add(frame)
            self._stream.close()

    def abandon(self) -> None:
        """Let go of the files, whole or not."""
        for aside in self._aside.values():
            aside.close()
        if self._stream is not None:
            self._stream.abandon()


class Writer:
    """Tables in a folder, written part by part; without an error, all of them are whole in the end."""

    def __init__(self, folder: Path, tables: Mapping[str, tuple[str, ...]]) -> None:
        self._tables = {
            name: Table(folder / f"{name}.parquet", relations, "lz4" if name == _PACKED else "uncompressed")
            for name, relations in tables.items()
        }

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for table in self._tables.values():
                    table.close()
        finally:
            for table in self._tables.values():
                table.abandon()

    def add(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Add the rows of a part to every table."""
        for name, table in self._tables.items():
            table.add(frames[name])
