"""Reading CSV as a stream: cells as texts, whole rows at a time, in bounded memory.

The file is cut into blocks of whole rows by numpy (a quote that is not closed hides delimiters and newlines), rows with
too many or too few cells are set apart, and polars parses the rest. Quotes follow RFC 4180: around a whole cell, and
doubled inside one. Rows without any content are no rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.sample import sample
from labelqa.project import Builder

CHUNK_BYTES = 16 << 20

MAX_ROW_BYTES = 64 << 20
"""Longest row; a quote that is never closed makes the rest of the file one row."""

MAX_COLUMNS = 10_000

_BOM = b"\xef\xbb\xbf"
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'

Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Rows:
    """A run of rows: one column of texts for each name in the header, and the number of each row, from 1.

    Empty cells are null. Blank lines count in the numbers, so that row n is in line n + 1 of a file whose cells hold
    no newlines.
    """

    cells: pl.DataFrame
    records: pl.Series


def read_rows(file: File, builder: Builder, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Rows]:
    """Read the rows of a CSV file; the delimiter is the commonest one in the header.

    Parameters
    ----------
    file : File
        CSV in UTF-8.
    builder : Builder
        Gets the count of rows, and a problem for each that has not as many cells as the header.
    chunk_bytes : int
        How much of the file is held at once, beside the longest row.

    Yields
    ------
    Rows
        At least once, so that the columns of a table without rows are known.

    Raises
    ------
    InputError
        If the file is not text in UTF-8, has no header, two columns of one name, or quotes that do not pair.
    """
    table = _Table(file, builder)
    with file.open() as stream:
        for block in _blocks(stream, chunk_bytes, table):
            yield table.rows(block)
    if table.names is None:
        raise InputError("a header with the names of the columns", file=file.name, found="no text at all")


def _blocks(stream: BinaryIO, chunk_bytes: int, table: _Table) -> Iterator[bytes]:
    """Cut the stream after newlines that are not inside quotes."""
    rest = stream.read(len(_BOM)).removeprefix(_BOM)
    is_begun = False
    while chunk := stream.read(chunk_bytes):
        rest = rest + chunk if is_begun else (rest + chunk).lstrip(b"\r\n")
        end = _last_end(rest)
        if end:
            yield rest[:end]
            is_begun, rest = True, rest[end:]
        elif len(rest) > MAX_ROW_BYTES:
            table.fail(f"rows of at most {MAX_ROW_BYTES >> 20} MiB; is a quote not closed?", 0, "a longer one")
    if rest.strip(b"\r\n"):
        yield rest if rest.endswith(b"\n") else rest + b"\n"


def _last_end(text: bytes) -> int:
    """Where the last whole row ends."""
    newlines = np.flatnonzero(np.frombuffer(text, np.uint8) == _NEWLINE)
    quotes = np.flatnonzero(np.frombuffer(text, np.uint8) == _QUOTE)
    outside = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


class _Table:
    """The rows of one file: its header once that is read, and how many rows came before."""

    def __init__(self, file: File, builder: Builder) -> None:
        self.names: list[str] | None = None
        self._file, self._builder = file, builder
        self._delimiter = sample(file).delimiter
        self._n_before = -1  # the header is row 0

    def rows(self, block: bytes) -> Rows:
        """Parse a block of whole rows; the first one begins with the header."""
        self._check_text(block)
        text = np.frombuffer(block, np.uint8)
        starts, ends, n_cells = self._structure(text)
        numbers = np.arange(1, len(starts) + 1) + self._n_before
        self._n_before += len(starts)
        if self.names is None:
            self.names = self._header(block[: ends[0]])
            text = text[ends[0] + 1 :]
            starts, ends = starts[1:] - (ends[0] + 1), ends[1:] - (ends[0] + 1)
            n_cells, numbers = n_cells[1:], numbers[1:]
        ends_in_return = (ends > starts) & (text[ends - 1] == _RETURN)
        has_content = ends - starts - ends_in_return > n_cells - 1
        torn = has_content & (n_cells != len(self.names))
        good = has_content & ~torn
        self._builder.records(int(has_content.sum()), int(torn.sum()))
        self._note_torn(numbers[torn], n_cells[torn])
        wanted = text if good.all() else text[np.repeat(good, ends + 1 - starts)]
        return Rows(self._parsed(wanted.tobytes(), int(good.sum())), pl.Series(numbers[good]))

    def fail(self, expected: str, row: int, found: object) -> NoReturn:
        """Give up on the file; `row` counts from the beginning of the block, 0 for its first row."""
        record = self._n_before + 1 + row
        raise InputError(
            expected,
            file=self._file.name,
            record=record if record > 0 else None,
            found=found,
            remedy="Save the table again as CSV in UTF-8.",
        )

    def _check_text(self, block: bytes) -> None:
        at = block.find(b"\0")
        if at < 0:
            try:
                block.decode()
            except UnicodeDecodeError as error:
                at = error.start
        if at >= 0:
            self.fail("text in UTF-8", block.count(b"\n", 0, at), block[max(0, at - 10) : at + 10])

    def _structure(self, text: NDArray[np.uint8]) -> tuple[Positions, Positions, Positions]:
        """Find the rows: where each starts, where its newline is, how many cells it has."""
        delimiter = ord(self._delimiter)
        at = np.flatnonzero((text == delimiter) | (text == _NEWLINE) | (text == _QUOTE))
        byte = text[at]
        is_quote = byte == _QUOTE
        outside = (np.cumsum(is_quote) % 2 == 0) & ~is_quote
        ends = at[outside & (byte == _NEWLINE)]
        delimiters = at[outside & (byte == delimiter)]
        self._check_quotes(text, at[is_quote], ends)
        starts = np.concatenate([np.zeros(1, np.intp), ends[:-1] + 1])
        n_cells = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
        return starts, ends, n_cells

    def _check_quotes(self, text: NDArray[np.uint8], quotes: Positions, ends: Positions) -> None:
        """Check that quotes stand around whole cells; a doubled quote closes and opens at once."""
        opening, closing = quotes[0::2], quotes[1::2]
        around = (ord(self._delimiter), _NEWLINE, _QUOTE)
        after = text[np.minimum(closing + 1, len(text) - 1)]
        closes = np.isin(after, around) | (
            (after == _RETURN) & (text[np.minimum(closing + 2, len(text) - 1)] == _NEWLINE)
        )
        opens = (opening == 0) | np.isin(text[opening - 1], around)
        wrong = np.concatenate([opening[~opens], closing[~closes], opening[len(closing) :]])
        if len(wrong):
            at = int(wrong.min())
            row = int(np.searchsorted(ends, at))
            found = text[max(0, at - 20) : at + 20].tobytes().decode(errors="replace")
            self.fail("quotes around whole cells, doubled inside them", row, found)

    def _header(self, line: bytes) -> list[str]:
        """Read the names of the columns; one without a name is called by its number."""
        try:
            cells = next(csv.reader(io.StringIO(line.decode(), newline=""), delimiter=self._delimiter))
        except csv.Error as error:
            self.fail("a header with the names of the columns", -self._n_before - 1, str(error))
        names = [name.strip() or f"column {number}" for number, name in enumerate(cells, start=1)]
        if len(names) > MAX_COLUMNS:
            raise InputError(f"at most {MAX_COLUMNS} columns", file=self._file.name, found=len(names))
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise InputError(
                    "one column of each name", file=self._file.name, found=name, remedy="Rename one of them."
                )
            seen.add(name)
        return names

    def _note_torn(self, numbers: Positions, n_cells: Positions) -> None:
        """Note the rows that have too many or too few cells."""
        torn = pl.DataFrame({"record": numbers, "found": n_cells}).with_columns(
            pl.format("{} cells", "found"), source=pl.lit(self._file.name)
        )
        expected = f"{len(self.names or ())} cells, as in the header; the row is left out"
        self._builder.problems.add_rows("error", torn, expected, field="row")

    def _parsed(self, text: bytes, n_rows: int) -> pl.DataFrame:
        """Parse rows that all have as many cells as the header."""
        dtypes = dict.fromkeys(self.names or (), pl.String())
        if not n_rows:
            return pl.DataFrame(schema=dtypes)
        try:
            cells = pl.read_csv(io.BytesIO(text), has_header=False, schema=dtypes, separator=self._delimiter)
        except pl.exceptions.PolarsError as error:
            self.fail("CSV", -n_rows, str(error))
        if cells.height != n_rows:
            self.fail(f"{n_rows} rows", -n_rows, cells.height)
        return cells
