"""Pieces of JSON: the records that `read_records` and `read_members` give out, with the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelqa.errors import InputError
from labelqa.formats import json_split
from labelqa.formats.files import File
from labelqa.formats.json_split import Broken, Cut, TooLarge
from labelqa.formats.json_stream import opened
from labelqa.formats.parts.pieces import Decided, Pieces, Whole
from labelqa.kinds.kind import Ints

_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_IS_SPACE = np.array([byte in _SPACE for byte in range(256)])
_NEWLINE = ord("\n")


@dataclass(frozen=True, eq=False)
class Spans:
    """Records as they stand in a file: bytes [start, end) of each, int64 [K]; in a list the comma before each included."""

    start: Ints
    end: Ints
    key: str = ""


def json_records(files: Sequence[File], decided: Decided) -> Iterator[Pieces | Whole]:
    """Cut files into their records: lines, elements of a list, or objects one after another."""
    for file in files:
        shape, spans = record_spans(file)
        n = len(spans.start)
        if not decided.has_assets(file) or (shape == "object" and n == 1):
            yield Whole(file, decided.part_of(file))
            continue
        chain = np.zeros(n, np.int64) if shape == "array" else None
        yield Pieces(file, spans.start, spans.end, decided.parts_of(file, n), np.arange(1, n + 1), chain)


def record_spans(file: File) -> tuple[str, Spans]:
    """Find the records of a file, and its shape: lines, array or object.

    Raises
    ------
    InputError
        If the file does not end as it should: a part of it would be no part of the export.
    """
    first = len(_BOM) if file.head(len(_BOM)) == _BOM else 0
    with _whole(file) as (shape, chunks):
        if shape == "array":
            lists = list(_lists(json_split.elements(chunks), first))
            spans = lists[0]
        elif shape == "lines":
            spans = _of_lines(json_split.lines(chunks), first)
        else:
            sizes = np.array([len(text) for text in json_split.values(chunks)], np.int64)
            end = first + np.cumsum(sizes)
            spans = Spans(end - sizes, end)
    return shape, spans


def member_spans(file: File) -> list[Spans]:
    """Find the elements of the lists that are members of the object which a file consists of; errors as above."""
    first = len(_BOM) if file.head(len(_BOM)) == _BOM else 0
    with _whole(file) as (_, chunks):
        return list(_lists((part for part in json_split.members(chunks) if isinstance(part, Cut)), first))


class _whole:  # noqa: N801 - a context manager
    """Opens a file of JSON; what breaks off is an `InputError`."""

    def __init__(self, file: File) -> None:
        self._file, self._opened = file, opened(file)

    def __enter__(self) -> tuple[str, Iterator[bytes]]:
        return self._opened.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._opened.__exit__(kind, error, trace)  # type: ignore[arg-type]
        if isinstance(error, Broken | TooLarge):
            found = f"one that {error.reason}" if isinstance(error, Broken) else "a record beyond all limits"
            raise InputError(
                "a whole file to cut", file=self._file.name, found=found, remedy="Export or copy the file again."
            ) from None


def _of_lines(blocks: Iterable[bytes], at: int) -> Spans:
    """Find the lines that are not blank."""
    starts, ends = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for block in blocks:
        text = np.frombuffer(block, np.uint8)
        end = np.flatnonzero(text == _NEWLINE) + 1
        if not len(end) or end[-1] < len(text):
            end = np.append(end, len(text))
        start = np.concatenate([np.zeros(1, np.int64), end[:-1]])
        some = np.logical_or.reduceat(~_IS_SPACE[text], start)
        starts.append(start[some] + at)
        ends.append(end[some] + at)
        at += len(block)
    return Spans(np.concatenate(starts), np.concatenate(ends))


def _lists(cuts: Iterable[Cut], first: int) -> Iterator[Spans]:
    """Join the runs of each list; space between its last element and its end belongs to no element."""
    runs: list[tuple[Ints, Ints]] = []
    key, following, n_space = "", -1, 0

    def joined() -> Spans:
        start, end = (np.concatenate(side) for side in zip(*runs, strict=True))
        end[-1:] -= n_space
        return Spans(first + start, first + end, key)

    for cut in cuts:
        if cut.start != following and runs:
            yield joined()
            runs = []
        starts, ends = _elements(cut)
        if not runs and not len(cut.commas) and not cut.text.strip(_SPACE):
            starts, ends = starts[:0], ends[:0]
        starts = starts - (np.arange(len(starts)) + len(runs) > 0)
        runs.append((starts, ends))
        key, following = cut.key, cut.start + len(cut.text) + 1
        n_space = len(cut.text) - len(cut.text.rstrip(_SPACE)) if len(ends) else 0
    if runs:
        yield joined()


def _elements(cut: Cut) -> tuple[Ints, Ints]:
    commas: NDArray[np.int64] = cut.commas.astype(np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), commas + 1])
    return cut.start + starts, cut.start + np.append(commas, len(cut.text))
