"""Pieces of CSV: the rows that `read_rows` gives out, with the same numbers. Both parts have the header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from labelqa.formats.files import File
from labelqa.formats.parts.pieces import CHUNK_BYTES, Decided, Pieces, Whole
from labelqa.formats.sample import sample
from labelqa.kinds.kind import Ints

_BOM = b"\xef\xbb\xbf"
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


def csv_rows(files: Sequence[File], decided: Decided) -> Iterator[Pieces | Whole]:
    """Cut files into their rows."""
    for file in files:
        if not decided.has_assets(file):
            yield Whole(file, decided.part_of(file))
            continue
        start, end, record, n_rows = _rows(file)
        yield Pieces(file, start, end, decided.parts_of(file, n_rows)[record - 1], record)


def _rows(file: File) -> tuple[Ints, Ints, Ints, int]:
    """Find the rows with content: where each starts and ends, its number; and count all rows, blank ones too."""
    is_blank = np.zeros(256, bool)
    is_blank[[ord(sample(file).delimiter), _RETURN, _NEWLINE]] = True
    ends, contents = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)]
    with file.open() as stream:
        head = stream.read(CHUNK_BYTES)
        text = head.removeprefix(_BOM)
        at = len(head) - len(text)
        while text and not text.lstrip(b"\r\n"):  # blank lines before the header are no rows
            at, text = at + len(text), stream.read(CHUNK_BYTES)
        at, text = at + len(text) - len(text.lstrip(b"\r\n")), text.lstrip(b"\r\n")
        ends[0][0] = at
        n_quotes = n_content = 0
        while text:
            byte = np.frombuffer(text, np.uint8)
            newline = np.flatnonzero(byte == _NEWLINE)
            quote = np.flatnonzero(byte == _QUOTE)
            newline = newline[(np.searchsorted(quote, newline) + n_quotes) % 2 == 0]
            content = np.cumsum(~is_blank[byte])
            ends.append(newline + (at + 1))
            contents.append(content[newline] + n_content)
            at, n_quotes, n_content = at + len(text), n_quotes + len(quote), n_content + int(content[-1])
            text = stream.read(CHUNK_BYTES)
    end, content = np.concatenate(ends), np.concatenate(contents)
    if end[-1] < at:  # the last row, which no newline ends
        end, content = np.append(end, at), np.append(content, n_content)
    record = 1 + np.flatnonzero(np.diff(content[1:]) > 0)  # row 0 is the header
    return end[record], end[record + 1], record, max(0, len(end) - 2)
