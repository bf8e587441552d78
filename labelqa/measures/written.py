"""Tables written to Parquet as their parts come, never held whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import polars as pl

from labelqa.project.parquet import ROW_GROUP
from labelqa.project.stream import Stream


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
