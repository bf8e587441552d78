"""Parquet files written while their rows come, never held whole."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Literal

import polars as pl

from labelqa.project.parquet import LEVEL, ROW_GROUP

Compression = Literal["zstd", "lz4"]

_AHEAD = 2
"""Frames that may wait to be written."""

_PATIENCE = 0.2
"""Seconds between looks at whether the writing goes on at all."""


def write_whole(table: pl.DataFrame, path: Path, compression: Compression = "zstd", row_group: int = ROW_GROUP) -> None:
    """Write a table that is there.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    try:
        table.write_parquet(path, compression=compression, row_group_size=row_group)
    except pl.exceptions.PolarsError as error:
        raise _as_os_error(error) from error


class Stream:
    """A Parquet file, written on a thread while frames are added to it."""

    def __init__(self, path: Path, schema: Mapping[str, pl.DataType], row_group: int = ROW_GROUP) -> None:
        self._frames: queue.Queue[pl.DataFrame | None] = queue.Queue(_AHEAD)
        self._error: Exception | None = None
        self._thread = Thread(target=self._write, args=(path, schema, row_group), daemon=True)
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

    def _write(self, path: Path, schema: Mapping[str, pl.DataType], row_group: int) -> None:
        from polars.io.plugins import register_io_source

        source = register_io_source(lambda *_: self._coming(), schema=schema, is_pure=False)
        try:
            source.sink_parquet(path, compression="zstd", compression_level=LEVEL, row_group_size=row_group)
        except (OSError, pl.exceptions.PolarsError) as error:  # told to whoever adds or closes
            self._error = error if isinstance(error, OSError) else _as_os_error(error)

    def _coming(self) -> Iterator[pl.DataFrame]:
        while (frame := self._frames.get()) is not None:
            yield frame


def _as_os_error(error: Exception) -> OSError:
    """Give what the system said."""
    return OSError(str(error).partition("\n")[0].rpartition("IO error: ")[2])
