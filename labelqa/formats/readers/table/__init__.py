"""The plain table: one row for each annotation, in CSV, Parquet or a DataFrame.

A label without annotations is one row with an empty `class`. The columns are in `columns.COLUMNS`; their order, the
case of their names and space around them do not matter, and columns of other names are noted and left out. CSV is in
UTF-8, delimited by comma, semicolon, tab or bar, with decimal points.

============  ==================================================================
needed        `asset_id`, `labeler`, `class`, and for boxes `x`, `y`, `w`, `h`
              or `x1`, `y1`, `x2`, `y2`, for questions `answer`
good to have  `label_id`, `role`, `created_at`, `seconds`, `width`, `height`
============  ==================================================================

The rows of a label may stand anywhere in the table. Each file is an export of its own: of a label that occurs in two
files the version changed last is kept, as in every format.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl

from labelqa.errors import InputError
from labelqa.formats.cells import Cells
from labelqa.formats.csv_stream import read_rows
from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.frames import polars_frame
from labelqa.formats.readers.table.columns import COLUMNS, Columns, missing
from labelqa.formats.readers.table.cutting import pieces
from labelqa.formats.readers.table.rows import Table
from labelqa.formats.sample import Sample, sample
from labelqa.project import Builder

__all__ = ["COLUMNS", "FORMAT", "read_frame"]

_ROWS = 1 << 18
"""How many rows of Parquet or a DataFrame are worked on at once."""


def refuse(sample: Sample) -> str | None:
    """Say why a file is no plain table. Parquet shows its columns only at its end and is taken on trust."""
    if sample.shape == "parquet":
        return None
    if sample.shape != "csv" or sample.header is None:
        return "neither Parquet nor CSV with a header"
    return missing(("asset_id", "labeler"), sample.header)


def read(files: Sequence[File], builder: Builder) -> None:
    """Read CSV and Parquet files."""
    for file in files:
        builder.source(file.name, FORMAT.name)
        if sample(file).shape == "parquet":
            _read_parquet(file, builder)
            continue
        table: Table | None = None
        for rows in read_rows(file, builder):
            table = table or Table(Columns.of(rows.cells.columns, builder), builder)
            table.add(Cells(rows.cells, rows.records, builder))
        if table:
            table.finish()


def read_frame(frame: Any, builder: Builder, name: str) -> None:
    """Read a pandas or polars DataFrame.

    Parameters
    ----------
    frame : polars.DataFrame or pandas.DataFrame
        One row for each annotation, columns as in `COLUMNS`.
    builder : Builder
        Takes what is read.
    name : str
        What to call the frame, in place of a file's name.

    Raises
    ------
    InputError
        If a column is missing or cannot be read.

    Examples
    --------
    >>> builder = Builder()
    >>> boxes = {"asset_id": ["a"], "labeler": ["ann"], "class": ["cat"], "x": [1], "y": [2], "w": [30], "h": [40]}
    >>> read_frame(pl.DataFrame(boxes), builder, "boxes")
    >>> builder.project().annotations.select("label_id", "class", "geometry").rows()
    [('a/ann', 'cat', [1.0, 2.0, 31.0, 42.0])]
    """
    builder.source(name, FORMAT.name)
    rows = polars_frame(frame, name)
    _read_slices(rows.columns, rows.iter_slices(_ROWS), builder)


def _read_parquet(file: File, builder: Builder) -> None:
    # Parquet is read from its end, so a packed file is unpacked into memory.
    source: Any = file.path
    if source is None:
        with file.open() as stream:
            source = io.BytesIO(stream.read())
    with _whole(file):
        scan = pl.scan_parquet(source, glob=False)
        names = scan.collect_schema().names()
        n_rows = scan.select(pl.len()).collect().item()

    def slices() -> Iterator[pl.DataFrame]:
        for first in range(0, n_rows, _ROWS):
            with _whole(file):
                part = scan.slice(first, _ROWS).collect()
            yield part

    _read_slices(names, slices(), builder)


@contextmanager
def _whole(file: File) -> Iterator[None]:
    """Tell of a damaged Parquet file; polars panics at some of them."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputError("a whole Parquet file", file=file.name, found=str(error)) from None


def _read_slices(names: list[str], slices: Iterator[pl.DataFrame], builder: Builder) -> None:
    table = Table(Columns.of(names, builder), builder)
    first = 1
    for part in slices:
        builder.records(part.height)
        table.add(Cells(part, pl.int_range(first, first + part.height, eager=True), builder))
        first += part.height
    table.finish()


FORMAT = Format(
    name="table",
    title="Plain table (CSV, Parquet, DataFrame)",
    facts=frozenset({"who", "when", "seconds", "benchmark", "prediction"}),
    refuse=refuse,
    read=read,
    pieces=pieces,
)
