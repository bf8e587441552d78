"""Tables written to Parquet as their parts come, never held whole."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Literal

import polars as pl

from labelqa.project.parquet import ROW_GROUP

Compression = Literal["zstd", "lz4"]

_AHEAD = 2
"""Frames that may wait to be written."""

_PATIENCE = 0.2
"""Seconds between looks at whether the writing goes on at all."""


class Stream:
    """A Parquet file, written on a thread while frames are added to it."""

    def __init__(self, path: Path, schema: Mapping[str, pl.DataType], compression: Compression = "zstd") -> None:
        self._frames: queue.Queue[pl.DataFrame | None] = queue.Queue(_AHEAD)
        self._error: Exception | None = None
        self._thread = Thread(target=self._write, args=(path, schema, compression), daemon=True)
        self._thread.start()

    def add(self, frame: pl.DataFrame) -> None:
        """Add rows.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        self._put(frame)

    def close(self) -> None:
        """Finish the file. Raises as `add`."""
        self.abandon()
        if self._error is not None:
            raise self._error

    def abandon(self) -> None:
        """Let go of the file, whole or not."""
        with suppress(OSError):
            self._put(None)
        self._thread.join()

    def _put(self, frame: pl.DataFrame | None) -> None:
        while True:
            if not self._thread.is_alive():
                if self._error is not None:
                    raise self._error
                return
            try:
                self._frames.put(frame, timeout=_PATIENCE)
            except queue.Full:
                continue
            return

    def _write(self, path: Path, schema: Mapping[str, pl.DataType], compression: Compression) -> None:
        from polars.io.plugins import register_io_source

        source = register_io_source(lambda *_: self._coming(), schema=schema, is_pure=False)
        try:
            source.sink_parquet(path, compression=compression, row_group_size=ROW_GROUP)
        except (OSError, pl.exceptions.PolarsError) as error:  # told to whoever adds or closes
            self._error = error if isinstance(error, OSError) else OSError(str(error).splitlines()[0])

    def _coming(self) -> Iterator[pl.DataFrame]:
        while (frame := self._frames.get()) is not None:
            yield frame


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
    """

    def __init__(self, path: Path, relations: tuple[str, ...] = ()) -> None:
        self._path = path
        self._relations = relations
        self._streams: dict[str, Stream] = {}
        self._heights: Counter[str] = Counter()

    def add(self, frame: pl.DataFrame) -> None:
        """Add the rows of a part."""
        if not self._streams:
            names = self._relations or ("",)
            for number, name in enumerate(names):
                aside = number > 0
                self._streams[name] = Stream(self._place(name, aside), frame.schema, "lz4" if aside else "zstd")
        if not self._relations:
            self._streams[""].add(frame)
            return
        for relation, stream in self._streams.items():
            some = frame.filter(pl.col("relation") == relation)
            self._heights[relation] += some.height
            stream.add(some)

    def close(self) -> None:
        """Finish the file."""
        first, *rest = self._streams
        for name in rest:
            self._streams[name].close()
            aside = pl.scan_parquet(self._place(name, True))
            for start in range(0, self._heights[name], ROW_GROUP):
                self._streams[first].add(aside.slice(start, ROW_GROUP).collect())
            self._place(name, True).unlink()
        self._streams[first].close()

    def abandon(self) -> None:
        """Let go of the file, whole or not."""
        for stream in self._streams.values():
            stream.abandon()

    def _place(self, relation: str, aside: bool) -> Path:
        return self._path.with_name(f".{self._path.stem}-{relation}{self._path.suffix}") if aside else self._path


class Writer:
    """Tables in a folder, written part by part; without an error, all of them are whole in the end."""

    def __init__(self, folder: Path, tables: Mapping[str, tuple[str, ...]]) -> None:
        self._tables = {name: Table(folder / f"{name}.parquet", relations) for name, relations in tables.items()}

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
