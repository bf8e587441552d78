"""Rows as they were read, put on disk chunk by chunk: what is read may be larger than memory.

A chunk has a Parquet file for each table, sorted by the id of the asset, so that all rows about a range of assets lie side
by side in each of them. Annotations have `asset_id` and `project_id` of their label besides, labels their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.errors import UsageError
from labelqa.project import schema
from labelqa.project.stream import write_whole

SPILL_BYTES = 64 << 20
"""Bytes of rows that are held before they are put on disk."""

SAMPLES = 16
"""Asset ids noted of a full chunk, to tell where the ids lie."""

TABLES = ("assets", "labels", "annotations", "reviews", "issues")

_KEY = ["asset_id", "project_id"]
_ROW_GROUP = 1 << 14
_ROW_BYTES = 128
"""What a row takes, about, without its lists."""


@dataclass(frozen=True)
class Chunk:
    """Rows that were put on disk together.

    Parameters
    ----------
    folder : Path
    number : int
    heights : mapping of str to int
        The rows of each table; those without any have no file.
    first_label : int
        The number of its first label; its labels are numbered one after the other.
    sample : polars.Series
        Some asset ids, `SAMPLES` of them in a full chunk.
    """

    folder: Path
    number: int
    heights: Mapping[str, int]
    first_label: int
    sample: pl.Series

    def scan(self, table: str) -> pl.LazyFrame:
        """Look at a table of which there are rows."""
        return pl.scan_parquet(self.folder / f"{self.number}-{table}.parquet")

    @property
    def labels(self) -> pl.DataFrame:
        """Asset and project of its labels, in the order of their numbers."""
        return self.scan("labels").sort("raw_label").select(_KEY).collect()


@dataclass(frozen=True, eq=False)
class Spilled:
    """All that was read.

    Parameters
    ----------
    chunks : tuple of Chunk
        The large tables.
    labelers, concepts, sources : polars.DataFrame
        As in `Raw`, rows repeated or not.
    n_unread : int64 array, (n labels,)
        Unread marks of each label.
    """

    chunks: tuple[Chunk, ...]
    labelers: pl.DataFrame
    concepts: pl.DataFrame
    sources: pl.DataFrame
    n_unread: NDArray[np.int64]


class Spill:
    """A folder that takes rows as they are read; writing goes on while the next rows are read.

    Parameters
    ----------
    folder : Path
        An empty folder; whoever made it removes it, once the block that the spill is in has ended.
    at_once : int
        Bytes of rows that make a full chunk.
    """

    def __init__(self, folder: Path, at_once: int = SPILL_BYTES) -> None:
        self.folder, self.at_once = folder, at_once
        self._chunks: list[Chunk] = []
        self._coming: Future[Chunk] | None = None
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def put(self, tables: Mapping[str, pl.DataFrame], first_label: int) -> None:
        """Put rows on disk.

        Parameters
        ----------
        tables : mapping of str to polars.DataFrame
            Rows of `TABLES` with columns of the `RAW_` schemas; columns may be missing.
        first_label : int
            The number of the first of these labels.

        Raises
        ------
        UsageError
            If the folder cannot be written to.
        """
        self._finish()
        number, before = len(self._chunks), tuple(self._chunks)
        self._coming = self._thread.submit(self._written, number, tables, first_label, before)

    def close(self) -> tuple[Chunk, ...]:
        """Give all that was put on disk. Raises as `put`."""
        self._finish()
        return tuple(self._chunks)

    def _finish(self) -> None:
        if self._coming is not None:
            with writing_to(self.folder):
                self._chunks.append(self._coming.result())
            self._coming = None

    def _written(
        self, number: int, tables: Mapping[str, pl.DataFrame], first_label: int, before: tuple[Chunk, ...]
    ) -> Chunk:
        """Sort the tables by asset and write them."""
        labels = tables["labels"]
        numbers = pl.int_range(first_label, first_label + labels.height, dtype=schema.ROW, eager=True)
        labels = labels.with_columns(raw_label=numbers)
        annotations = tables["annotations"]
        keys = _keys_of(annotations["label"].to_numpy(), labels, first_label, before)
        samples = [pl.Series("asset_id", dtype=pl.String)]
        heights = {}
        for table in TABLES:
            frame = {"labels": labels, "annotations": annotations.with_columns(keys)}.get(table, tables[table])
            heights[table] = frame.height
            if frame.is_empty():
                continue
            empty = [name for name in frame.columns if frame[name].null_count() == frame.height]
            if not frame["asset_id"].is_sorted():
                frame = frame.sort("asset_id")
            path = self.folder / f"{number}-{table}.parquet"
            write_whole(frame.drop(empty), path, "lz4", _ROW_GROUP)
            nth = np.cumsum(_n_bytes(frame)) // max(1, self.at_once // SAMPLES)
            samples.append(frame["asset_id"].filter(pl.Series(np.diff(nth, prepend=0) > 0)))
        return Chunk(self.folder, number, heights, first_label, pl.concat(samples))


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Tell of errors of writing, a full disk above all, in one way."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be written to: {error.strerror or error}. A large export is read by way of the disk, and takes "
            "about half its size there"
        ) from error


def _keys_of(
    label: NDArray[np.unsignedinteger], labels: pl.DataFrame, first_label: int, before: tuple[Chunk, ...]
) -> pl.DataFrame:
    """Give asset and project of labels by their numbers, of which some may be in earlier chunks; (n,) rows."""
    number = label.astype(np.intp)
    is_early = number < first_label
    early = np.unique(number[is_early])
    found = []
    for chunk in before:
        some = early[slice(*np.searchsorted(early, (chunk.first_label, chunk.first_label + chunk.heights["labels"])))]
        if len(some):
            found.append(chunk.labels[some - chunk.first_label])
    both = pl.concat([*found, labels.select(_KEY)])
    row = np.where(is_early, np.searchsorted(early, number), number - first_label + len(early))
    return both[row]


def _n_bytes(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Tell about how many bytes each row takes, (n,)."""
    n_bytes = np.full(frame.height, _ROW_BYTES, np.int64)
    for name, dtype in frame.schema.items():
        if isinstance(dtype, pl.List):
            column = frame[name]
            length = column.list.join("").str.len_bytes() if dtype.inner == pl.String else column.list.len() * 8
            n_bytes += length.fill_null(0).to_numpy()
    return n_bytes
