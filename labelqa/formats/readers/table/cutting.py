"""Pieces of plain tables: the rows of CSV as they stand, those of Parquet written anew."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import polars as pl

from labelqa.formats.files import File
from labelqa.formats.parts.csv_pieces import csv_rows
from labelqa.formats.parts.pieces import REJECTED, UNREAD, Decided, Parts, Piece
from labelqa.formats.sample import sample


def pieces(files: Sequence[File], decided: Decided) -> Iterator[Piece]:
    """Cut files into their rows."""
    for file in files:
        if sample(file).shape == "parquet":
            n_rows = pl.scan_parquet(_source(file), glob=False).select(pl.len()).collect().item()
            yield _Rows(file, decided.parts_of(file, n_rows))
        else:
            yield from csv_rows([file], decided)


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of a Parquet file: the part of each, int8 [n_rows]."""

    file: File
    part: Parts

    @property
    def unread(self) -> list[int | None]:
        """Numbers of the rows that could not be read."""
        return [*(1 + np.flatnonzero(self.part == UNREAD)).tolist()]

    def n(self, part: int) -> int:
        """Count the rows of a part."""
        return int((np.maximum(self.part, REJECTED) == part).sum())

    def write(self, streams: Sequence[tuple[int, BinaryIO]]) -> None:
        """Write the rows of each part."""
        rows = pl.read_parquet(_source(self.file), glob=False)
        for part, stream in streams:
            rows.filter(np.maximum(self.part, REJECTED) == part).write_parquet(stream, compression="zstd")


def _source(file: File) -> str | io.BytesIO:
    if file.path is not None:
        return str(file.path)
    with file.open() as stream:
        return io.BytesIO(stream.read())
