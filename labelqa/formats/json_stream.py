"""Reading JSON records of a declared type as a stream: big files in bounded memory, and a bad record costs only itself.

Records may be the lines of a file, the elements of a list, or the object that a file consists of. Each run of records
is decoded at once; only if that fails are its records decoded one by one, and those that are not of the type become
problems of the builder. JSON has no NaN; where a key occurs twice in an object, the last one counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import starmap
from operator import attrgetter
from typing import Any, BinaryIO, Generic, TypeVar

import msgspec

from labelqa.errors import InputError
from labelqa.formats import json_split
from labelqa.formats.files import File
from labelqa.formats.json_split import Broken, TooLarge
from labelqa.formats.runs import Cut, Cutter
from labelqa.formats.sample import HEAD_BYTES, TRUNCATED, Sample
from labelqa.project import Builder
from labelqa.project.threads import in_order

CHUNK_BYTES = 1 << 20

T = TypeVar("T")
_Part = TypeVar("_Part")

_FAILURES = (ValueError, RecursionError)
"""What decoding raises: msgspec's errors and UnicodeDecodeError are ValueErrors; deep nesting is a RecursionError."""

_EXPORT_AGAIN = "Export or copy the file again."


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Decoded records and their numbers in the file (in the list `key`, if the file has several), from 1."""

    records: list[T]
    numbers: Sequence[int]
    key: str = ""
    cut: Cut | None = None
    """What was cut out of the text of the records; see `read_records`."""

    def __iter__(self) -> Iterator[tuple[int, T]]:
        """Give number and record."""
        return zip(self.numbers, self.records, strict=True)


def read_records(
    file: File,
    record: type[T],
    builder: Builder,
    *,
    chunk_bytes: int = CHUNK_BYTES,
    cutter: Cutter[T] | None = None,
) -> Iterator[Batch[T]]:
    """Decode the records of a file: its lines, the elements of its list, or its one object.

    Parameters
    ----------
    file : File
        JSON in UTF-8.
    record : type
        What each record is, most quickly a `msgspec.Struct`; fields that it does not name are skipped.
    builder : Builder
        Gets the count of records and a problem for each that is not of the type.
    chunk_bytes : int
        How much of the file is held at once, beside the longest record.
    cutter : Cutter, optional
        Cuts out of lines or elements what the reader takes from `Batch.cut`, in threads that run ahead. Its records are
        given instead, unless there is any doubt.

    Raises
    ------
    InputError
        If the file is no JSON, cannot be read, or ends before its first record does.
    """
    with opened(file, chunk_bytes) as (shape, chunks):
        decoder = _Decoder(record, builder, cutter=cutter)
        if shape == "array":
            batches = starmap(decoder.run, _cut(json_split.elements(chunks), attrgetter("text"), cutter))
            yield from _guarded(batches, {"": decoder}, file, builder)
        elif shape == "lines":
            batches = starmap(decoder.lines, _cut(json_split.lines(chunks), bytes, cutter))
            yield from _guarded(batches, {"": decoder}, file, builder)
        else:
            each = (decoder.one_by_one([text]) for text in json_split.values(chunks))
            yield from _guarded(each, {"": decoder}, file, builder)


def read_members(
    file: File, types: Mapping[str, type[Any]], builder: Builder, *, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[Batch[Any]]:
    """Decode the lists that are members of the object which the file consists of, in the order of the file.

    Parameters
    ----------
    file, builder, chunk_bytes
        As for `read_records`.
    types : mapping of str to type
        For each member that is wanted, the type of its elements. Other members are passed over.

    Raises
    ------
    InputError
        As for `read_records`.
    """
    with opened(file, chunk_bytes) as (shape, chunks):
        if shape == "array":
            raise InputError("an object", file=file.name, found="a list")
        decoders = {key: _Decoder(type_, builder, key) for key, type_ in types.items()}

        def batches() -> Iterator[Batch[Any]]:
            for part in json_split.members(chunks):
                if isinstance(part, json_split.Cut):
                    if part.key in decoders:
                        yield decoders[part.key].run(part)
                elif part in decoders:
                    builder.problem("error", "a list; the member is left out", field=part)

        yield from _guarded(batches(), decoders, file, builder)


class _Decoder(Generic[T]):
    """Decodes the records of one type and numbers them."""

    def __init__(self, record: type[T], builder: Builder, key: str = "", cutter: Cutter[T] | None = None) -> None:
        self._cutter = cutter
        self._list = msgspec.json.Decoder(list[record])  # type: ignore[valid-type]
        self._one = msgspec.json.Decoder(record)
        self._builder, self._key = builder, key
        self.n_seen = self.n_read = 0
        self.is_broken = False

    def run(self, part: json_split.Cut, cut: Cut | None = None) -> Batch[T]:
        if cut is not None and (batch := self._without(cut, _list_of)) is not None:
            return batch
        try:
            return self._batch(self._list.decode(b"[" + part.text + b"]"))
        except _FAILURES:
            return self.one_by_one(part.rows())

    def lines(self, block: bytes, cut: Cut | None = None) -> Batch[T]:
        if cut is not None and (batch := self._without(cut, _lines_of)) is not None:
            return batch
        try:
            return self._batch(self._one.decode_lines(block))
        except _FAILURES as error:
            if str(error) == TRUNCATED and not block.endswith(b"\n"):  # the last line, cut off
                return self.unfinished(Broken("ends too early", block))
            return self.one_by_one(line for line in block.split(b"\n") if line.strip())

    def one_by_one(self, rows: Iterable[bytes]) -> Batch[T]:
        records: list[T] = []
        numbers: list[int] = []
        n_before = self.n_seen
        for row in rows:
            self.n_seen += 1
            try:
                records.append(self._one.decode(row))
                numbers.append(self.n_seen)
            except _FAILURES as error:
                self._note(error, row)
        n_rows = self.n_seen - n_before
        self._builder.records(n_rows, n_rows - len(records))
        self.n_read += len(records)
        return Batch(records, numbers, self._key)

    def unfinished(self, broken: Broken) -> Batch[T]:
        """Decode what came after the last whole record: a whole record itself, or the beginning of one."""
        batch: Batch[T] = Batch([], [], self._key)
        where = "after"
        if broken.rest.strip():
            try:
                batch = self._batch([self._one.decode(broken.rest)])
            except msgspec.ValidationError:
                batch = self.one_by_one([broken.rest])
            except _FAILURES:
                where = "in the middle of"
                self.n_seen += 1
                self._builder.records(1, 1)
        self.is_broken = True
        of_list = f" of {self._key!r}" if self._key else ""
        what = f"it {broken.reason}, {where} record {self.n_seen}{of_list}"
        self._builder.problem(
            "error", f"a whole file; {what}; the rest is lost", record=self.n_seen, remedy=_EXPORT_AGAIN
        )
        return batch

    def _without(self, cut: Cut, decode: Callable[[type[T], bytes], list[T]]) -> Batch[T] | None:
        """Decode what is left beside what was cut out; None if there is any doubt about it."""
        if self._cutter is None:
            return None
        try:
            records = decode(self._cutter.record, cut.runs.text)
        except _FAILURES:
            return None
        return self._batch(records, cut) if self._cutter.fits(records, cut) else None

    def _batch(self, records: list[T], cut: Cut | None = None) -> Batch[T]:
        first = self.n_seen + 1
        self.n_seen += len(records)
        self.n_read += len(records)
        self._builder.records(len(records))
        return Batch(records, range(first, self.n_seen + 1), self._key, cut)

    def _note(self, error: Exception, row: bytes) -> None:
        """Note why a record could not be decoded."""
        expected, field, found = _explained(error, row)
        if self._key:
            field = f"{self._key}[...].{field}".rstrip(".")
        self._builder.problem(
            "error", f"{expected}; the record is left out", record=self.n_seen, field=field or None, found=found
        )


def _list_of(record: type[T], text: bytes) -> list[T]:
    return msgspec.json.decode(b"[" + text + b"]", type=list[record])  # type: ignore[valid-type]


def _lines_of(record: type[T], text: bytes) -> list[T]:
    return msgspec.json.Decoder(record).decode_lines(text)


@contextmanager
def opened(file: File, chunk_bytes: int = CHUNK_BYTES) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Open a file that must be JSON; give its shape and its content in chunks, without a byte order mark."""
    with file.open() as stream:
        head = stream.read(HEAD_BYTES)
        sample = Sample(head, is_whole=len(head) < HEAD_BYTES)
        if sample.fault or sample.shape not in ("array", "object", "lines"):
            raise InputError("JSON", file=file.name, found=sample.fault or sample.text[:80].decode(errors="replace"))
        yield sample.shape, _chunks(sample.text, stream, chunk_bytes)


def _cut(
    parts: Iterable[_Part], text_of: Callable[[_Part], bytes], cutter: Cutter[T] | None
) -> Iterator[tuple[_Part, Cut | None]]:
    """Cut objects out of parts of a file, ahead in threads; give each part, and what was cut out of it."""
    if cutter is None or not cutter.stencils:
        return ((part, None) for part in parts)
    return in_order(lambda part: (part, cutter.cut(text_of(part))), parts)


def _chunks(head: bytes, stream: BinaryIO, chunk_bytes: int) -> Iterator[bytes]:
    for start in range(0, len(head), chunk_bytes):
        yield head[start : start + chunk_bytes]
    while chunk := stream.read(chunk_bytes):
        yield chunk


def _guarded(
    batches: Iterable[Batch[T]], decoders: Mapping[str, _Decoder[T]], file: File, builder: Builder
) -> Iterator[Batch[T]]:
    """Give the batches; where the text breaks off, what came before counts and the rest is a problem."""
    try:
        yield from batches
    except TooLarge:
        limit = f"records of at most {json_split.MAX_RECORD_BYTES >> 20} MiB"
        raise InputError(limit, file=file.name, found="a larger one") from None
    except Broken as broken:
        if broken.key in decoders:
            yield decoders[broken.key].unfinished(broken)
        else:
            builder.problem("error", f"a whole file; it {broken.reason}; the rest is lost", remedy=_EXPORT_AGAIN)
        is_broken = True
    else:
        is_broken = any(decoder.is_broken for decoder in decoders.values())
    if is_broken and not any(decoder.n_read for decoder in decoders.values()):
        raise InputError(
            "a whole JSON file",
            file=file.name,
            found="one that ends or breaks before its first record is complete",
            remedy=_EXPORT_AGAIN,
        )


_NO_NUMBER = re.compile(rb"[:\[,]\s*(-?Infinity|NaN)\s*[,\]}]")
_EXPECTED = re.compile(r"Expected `(.*?)`, got `(.*?)`")
_MISSING = re.compile(r"Object missing required field `(.*?)`")
_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _explained(error: Exception, row: bytes) -> tuple[str, str, str | None]:
    """Say what a record should have been: what was expected, in which field, and what was found.

    Examples
    --------
    >>> _explained(msgspec.ValidationError("Expected `float | null`, got `str` - at `$.boxes[2].top`"), b"")
    ('a number or null', 'boxes[...].top', 'a text')
    """
    if isinstance(error, RecursionError):
        return "brackets nested less deeply", "", None
    if not isinstance(error, msgspec.ValidationError):
        if no_number := _NO_NUMBER.search(row):
            return "valid JSON, which has no NaN or Infinity", "", no_number[1].decode()
        return "valid JSON in UTF-8", "", str(error)
    what, _, path = str(error).partition(" - at `")
    # Positions in lists are left out: many faults in one field are one sort of problem.
    field = re.sub(r"\[\d+\]", "[...]", path.rstrip("`")).removeprefix("$").removeprefix(".")
    if match := _EXPECTED.fullmatch(what):
        expected, found = (
            " or ".join(_WORDS.get(name, name) for name in group.split(" | ")) for group in match.groups()
        )
        return expected, field, found
    if match := _MISSING.fullmatch(what):
        return "a value", f"{field}.{match[1]}".removeprefix("."), "nothing"
    return f"{what[:1].lower()}{what[1:]}", field, None
