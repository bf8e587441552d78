"""Where a file is cut, and which part each piece of it falls to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.folders import stem
from labelqa.kinds.kind import Ints

KEPT, REJECTED, UNREAD, BOTH = 1, 0, -1, 2
"""Parts: what is kept; what is not; what could not be read, which is not kept either; what both parts need."""

CHUNK_BYTES = 1 << 20

Parts = NDArray[np.int8]


class Piece(Protocol):
    """A file and what of it falls to which part."""

    @property
    def file(self) -> File:
        """The file."""
        ...

    @property
    def unread(self) -> list[int | None]:
        """Numbers of the records that could not be read; [None] if it is the whole file."""
        ...

    def n(self, part: int) -> int:
        """Count what falls to a part; what was not read goes with what is not kept."""
        ...

    def write(self, streams: Sequence[tuple[int, BinaryIO]]) -> None:
        """Write parts of the file, each to its stream, in one go over its content."""
        ...


_KEY = ["project_id", "asset_id"]


class Decided:
    """Which records of the files are kept.

    Parameters
    ----------
    origins : polars.DataFrame
        source, record, project_id, asset_id: which records are about which assets.
    kept : polars.DataFrame
        project_id and asset_id of the assets that are kept.
    sources : polars.DataFrame
        `Project.sources`: of which files nothing could be read.
    """

    def __init__(self, origins: pl.DataFrame, kept: pl.DataFrame, sources: pl.DataFrame) -> None:
        marked = kept.select(_KEY).unique().with_columns(is_kept=pl.lit(True))
        rows = origins.join(marked, on=_KEY, how="left").with_columns(pl.col("is_kept").fill_null(False))
        parts = rows.sort("source", "record", *_KEY).partition_by("source", as_dict=True)
        self._of = {source: part for (source,), part in parts.items()}
        self._lost = set(
            sources.filter((pl.col("n_records") > 0) & (pl.col("n_skipped") == pl.col("n_records")))["file"]
        )

    def has_assets(self, file: File) -> bool:
        """Tell whether anything in a file is about an asset."""
        return file.name in self._of

    def stems(self) -> dict[str, int | None]:
        """Give the part that the files of one bare name fall to; None if they fall to both."""
        found: dict[str, int | None] = {}
        for name, rows in self._of.items():
            part = int(rows["is_kept"][0]) if rows["is_kept"].n_unique() == 1 else None
            key = stem(name)
            found[key] = part if found.get(key, part) == part else None
        return found

    def part_of(self, file: File) -> int:
        """Give the part that a file falls to as a whole: both, if it is about no asset.

        Raises
        ------
        InputError
            If it is about assets of both parts.
        """
        if file.name not in self._of:
            return UNREAD if file.name in self._lost else BOTH
        rows = self._of[file.name]
        if rows["is_kept"].n_unique() > 1:
            raise _torn(file, rows, None)
        return KEPT if rows["is_kept"][0] else REJECTED

    def parts_of(self, file: File, n_records: int) -> Parts:
        """Give the part of each record of a file, from the first: int8 [n_records].

        Raises
        ------
        InputError
            If a record is about assets of both parts.
        """
        parts = np.full(n_records, UNREAD, np.int8)
        if file.name in self._of:
            rows = self._of[file.name]
            torn = rows.filter(pl.col("is_kept").any().over("record") & ~pl.col("is_kept").all().over("record"))
            if torn.height:
                record = torn["record"][0]
                raise _torn(file, torn.filter(record=record), record)
            parts[rows["record"].to_numpy().astype(np.int64) - 1] = rows["is_kept"].to_numpy()
        return parts

    def assets(self, file: File) -> pl.DataFrame:
        """Give the assets that a file adds: record, asset_id, is_kept."""
        none = pl.DataFrame(schema={"record": pl.Int64, "asset_id": pl.String, "is_kept": pl.Boolean})
        return self._of[file.name].select(none.columns) if file.name in self._of else none


def _torn(file: File, rows: pl.DataFrame, record: int | None) -> InputError:
    """Say which assets of one record, or of a file that cannot be cut, fall to both parts."""
    kept, rejected = (rows.filter(is_kept=which)["asset_id"][0] for which in (True, False))
    return InputError(
        "a record for each asset, so that the export can be cut",
        file=file.name,
        record=record,
        found=f"{kept!r}, which is kept, and {rejected!r}, which is not",
        remedy=f"Convert it first: labelqa convert {file.given or file.name} assets.json --to label_studio",
    )


@dataclass(frozen=True, eq=False)
class Pieces:
    """A file that is cut: K pieces in its order; what lies between them belongs to both parts.

    Parameters
    ----------
    file : File
    start, end : int64 [K]
        Bytes of the unpacked content, `end` not included.
    part : int8 [K]
    record : int64 [K]
        Numbers of the records, as problems name them.
    chain : int64 [K], optional
        Number of the list that a piece is in, where commas part the pieces. Each but the first begins with its comma.
    """

    file: File
    start: Ints
    end: Ints
    part: Parts
    record: Ints
    chain: Ints | None = None

    @property
    def unread(self) -> list[int | None]:
        """Numbers of the records that could not be read."""
        return [*self.record[self.part == UNREAD].tolist()]

    def n(self, part: int) -> int:
        """Count the pieces of a part; what was not read goes with what is not kept."""
        return int((self._side == part).sum())

    @cached_property
    def _side(self) -> Parts:
        return np.maximum(self.part, REJECTED)

    def write(self, streams: Sequence[tuple[int, BinaryIO]]) -> None:
        """Write parts of the file, each to its stream, in one go over its content."""
        dropped = [self._dropped(part) for part, _ in streams]
        at = 0
        with self.file.open() as content:
            while chunk := content.read(CHUNK_BYTES):
                text = np.frombuffer(chunk, np.uint8)
                for (start, end), (_, stream) in zip(dropped, streams, strict=True):
                    stream.write(_without(text, start - at, end - at))
                at += len(chunk)

    def _dropped(self, part: int) -> tuple[Ints, Ints]:
        """Give the stretches that a part lacks: the others' pieces, and the comma before its first one in each list."""
        mine = self._side == part
        start, end = self.start[~mine], self.end[~mine]
        if self.chain is not None and mine.any():
            row = np.flatnonzero(mine)
            first = row[np.diff(self.chain[row], prepend=-1) != 0]
            follows = first[(first > 0) & (self.chain[first - 1] == self.chain[first])]
            start = np.concatenate([start, self.start[follows]])
            end = np.concatenate([end, self.start[follows] + 1])
        order = np.argsort(start, kind="stable")
        return start[order], end[order]


def _without(text: NDArray[np.uint8], start: Ints, end: Ints) -> bytes:
    """Leave stretches out, sorted and apart, that may begin before the text and end behind it."""
    first, last = np.searchsorted(end, 0, side="right"), np.searchsorted(start, len(text))
    start, end = np.maximum(start[first:last], 0), np.minimum(end[first:last], len(text))
    step = np.zeros(len(text) + 1, np.int8)
    np.add.at(step, start, 1)
    np.add.at(step, end, -1)
    left: NDArray[np.uint8] = text[np.cumsum(step[:-1], dtype=np.int8) == 0]
    return left.tobytes()


@dataclass(frozen=True)
class Whole:
    """A file that falls to one part, or to both, as it is."""

    file: File
    part: int

    @property
    def unread(self) -> list[int | None]:
        """[None] if nothing of it could be read."""
        return [None] if self.part == UNREAD else []

    def n(self, part: int) -> int:
        """Count it, if it falls to a part."""
        return int(self.part == BOTH or max(self.part, REJECTED) == part)

    def write(self, streams: Sequence[tuple[int, BinaryIO]]) -> None:
        """Copy the content to the streams of its parts."""
        wanted = [stream for part, stream in streams if self.n(part)]
        with self.file.open() as content:
            while wanted and (chunk := content.read(CHUNK_BYTES)):
                for stream in wanted:
                    stream.write(chunk)


def whole_files(files: Sequence[File], decided: Decided) -> Iterator[Whole]:
    """Take each file as it is: it is about one asset, or about none and belongs to all."""
    for file in files:
        yield Whole(file, decided.part_of(file))
