"""Cutting JSON text into records without parsing it, in one pass and bounded memory.

The work is done on whole chunks by numpy: quotes that are not escaped give the parity that tells strings from
structure, and a cumulative sum of the brackets outside strings gives the depth. What is cut out is not checked here;
whoever decodes a record finds out whether it is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

MAX_RECORD_BYTES = 256 << 20
"""Largest single record."""

Positions = NDArray[np.intp]

_SPACE = b" \t\r\n"
_QUOTE, _BACKSLASH, _COMMA, _OPEN_ARRAY, _CLOSE_ARRAY, _OPEN_OBJECT, _CLOSE_OBJECT = b'"\\,[]{}'
_IS_STRUCTURE = bytes(byte in b'"[]{},' for byte in range(256))
_STEP = np.zeros(256, np.int8)
_STEP[[_OPEN_ARRAY, _OPEN_OBJECT]] = 1
_STEP[[_CLOSE_ARRAY, _CLOSE_OBJECT]] = -1


class Cut(NamedTuple):
    """A run of list elements as they stand in the file, where the commas between them are, and the list's name.

    `start` is how many bytes came before it; each run of one list begins behind the comma that ended the one before.
    """

    text: bytes
    commas: Positions
    key: str
    start: int

    def rows(self) -> Iterator[bytes]:
        """Give the text of each element; of an empty list, none."""
        if not len(self.commas) and not self.text.strip(_SPACE):
            return
        start = 0
        for comma in self.commas.tolist():
            yield self.text[start:comma]
            start = comma + 1
        yield self.text[start:]


class Broken(Exception):  # noqa: N818 - a signal that never leaves this package
    """The text ends too early, or is no JSON from here on; `rest` is what came after the last whole record."""

    def __init__(self, reason: str, rest: bytes = b"", key: str = "") -> None:
        super().__init__(reason)
        self.reason, self.rest, self.key = reason, rest, key


class TooLarge(Exception):  # noqa: N818 - likewise
    """A record is larger than `MAX_RECORD_BYTES`."""


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Cut text into blocks of whole lines; the last line is a block of its own if no newline ends it.

    Examples
    --------
    >>> list(lines([b'{"a": 1}\n{"a"', b': 2}\n{"a": 3}']))
    [b'{"a": 1}\n', b'{"a": 2}\n', b'{"a": 3}']
    """
    rest = _Rest()
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            yield rest.taken_with(chunk[:end])
        rest.add(chunk[end:])
    if last := rest.taken_with(b""):
        yield last


def values(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut text into the objects that stand one after another in it, often only one.

    Examples
    --------
    >>> list(values([b'{"a": [1, 2', b']} {"a": []}']))
    [b'{"a": [1, 2]}', b' {"a": []}']
    """
    scanner, rest = _Scanner(), _Rest()
    for chunk in chunks:
        found = scanner.scan(chunk)
        start = 0
        for end in (found.at[(found.depth <= 0) & (found.byte != _COMMA)] + 1).tolist():
            yield rest.taken_with(chunk[start:end])
            start = end
        rest.add(chunk[start:])
    if (last := rest.taken_with(b"")).strip(_SPACE):
        raise Broken("ends too early", last)


def elements(chunks: Iterable[bytes]) -> Iterator[Cut]:
    """Cut the elements of a list into runs.

    Examples
    --------
    >>> [list(cut.rows()) for cut in elements([b'[{"a": 1}, {"a', b'": 2}, {}, {', b'}]'])]
    [[b'{"a": 1}'], [b' {"a": 2}', b' {}'], [b' {}']]
    """
    # A list is cut as the one member of an object that is never closed.
    members = _Members(is_open=True)
    opening = b'{"":'
    for chunk in chain([opening], chunks):
        cuts = (part for part in members.feed(chunk) if isinstance(part, Cut))
        yield from (cut._replace(start=cut.start - len(opening)) for cut in cuts)
    members.finish()


def members(chunks: Iterable[bytes]) -> Iterator[Cut | str]:
    """Cut the lists that are members of an object into runs; of members that are no lists, give the name.

    Examples
    --------
    >>> for part in members([b'{"info": {"year": 2026}, "images": [{"id": 1}, {"id": 2}]}']):
    ...     print(part if isinstance(part, str) else (part.key, list(part.rows())))
    info
    ('images', [b'{"id": 1}', b' {"id": 2}'])
    """
    members = _Members(is_open=False)
    for chunk in chunks:
        yield from members.feed(chunk)
    members.finish()


class _Members:
    """Goes through the members of an object: `key` -> `list` or `object` or a bare value -> `closed` -> `key` ..."""

    def __init__(self, *, is_open: bool) -> None:
        self._is_open = is_open
        self._scanner, self._rest = _Scanner(), _Rest()
        self._state: Literal["before", "key", "list", "object", "closed", "after"] = "before"
        self._key = ""
        self._n_fed = self._next = 0

    def feed(self, chunk: bytes) -> Iterator[Cut | str]:
        found = self._scanner.scan(chunk)
        commas = found.at[(found.byte == _COMMA) & (found.depth == 2)]
        start = 0
        for at, byte in found.turns():
            yield from self._turn(byte, chunk[start:at], _between(commas, start, at))
            start = at + 1
            if self._state == "list":
                self._next = self._n_fed + start
        if self._state == "list":
            yield from self._complete(chunk[start:], _between(commas, start, len(chunk)))
        elif self._state != "object":
            self._rest.add(chunk[start:])
        self._n_fed += len(chunk)

    def _complete(self, text: bytes, commas: Positions) -> Iterator[Cut]:
        """Take text out of the middle of a list: what comes after its last comma is not complete."""
        end = 0
        if len(commas):
            end = int(commas[-1]) + 1
            yield self._run(text[: end - 1], commas[:-1])
        self._rest.add(text[end:])

    def _run(self, text: bytes, commas: Positions) -> Cut:
        """Complete a run of elements; `commas` are positions in `text`."""
        whole = self._rest.taken_with(text)
        start, self._next = self._next, self._next + len(whole) + 1
        return Cut(whole, commas + (len(whole) - len(text)), self._key, start)

    def _turn(self, byte: int, text: bytes, commas: Positions) -> Iterator[Cut | str]:
        """Take the text up to a bracket or comma that begins or ends a member."""
        if self._state == "list":
            if byte != _CLOSE_ARRAY:
                yield from self._complete(text, commas)
                raise Broken("has a list closed by the wrong bracket", self._rest.taken_with(b""), self._key)
            yield self._run(text, commas)
            self._state = "closed"
        elif self._state == "object":
            self._state = "closed"
        elif self._state == "before":
            self._state = "key"
        elif self._state == "key" and byte in (_OPEN_ARRAY, _OPEN_OBJECT):
            self._key = _name(self._rest.taken_with(text))
            self._state = "list" if byte == _OPEN_ARRAY else "object"
            if self._state == "object":
                yield self._key
        elif self._state == "after" or (self._state == "closed" and self._is_open):
            raise Broken("goes on after its end")
        else:  # a comma or the last bracket, after a bare value or a member that was closed
            between = self._rest.taken_with(text)
            if self._state == "key" and between.strip(_SPACE):
                yield _name(between)
            elif between.strip(_SPACE):
                raise Broken("is no JSON any more")
            self._state = "after" if byte == _CLOSE_OBJECT else "key"

    def finish(self) -> None:
        """Check that the text ended where it should."""
        rest = self._rest.taken_with(b"")
        if self._state == "list":
            raise Broken("ends too early", rest, self._key)
        if self._state != ("closed" if self._is_open else "after"):
            raise Broken("ends too early")
        if rest.strip(_SPACE):
            raise Broken("goes on after its end")


class _Rest:
    """The beginning of what is not complete yet, in pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > MAX_RECORD_BYTES:
            raise TooLarge
        if piece:
            self._pieces.append(piece)

    def taken_with(self, piece: bytes) -> bytes:
        """Complete it with this piece, and begin anew."""
        if not self._pieces:
            return piece
        whole = b"".join([*self._pieces, piece])
        self._pieces.clear()
        self._size = 0
        return whole


@dataclass(frozen=True, slots=True)
class _Structure:
    """Brackets and commas outside strings: where, which byte, and the depth after it."""

    at: Positions
    byte: NDArray[np.uint8]
    depth: Positions

    def turns(self) -> Iterator[tuple[int, int]]:
        """Give what begins and ends the members of the top-level object: position and byte."""
        step = _STEP[self.byte]
        is_turn = (self.depth <= 1) & (step <= 0)
        is_turn |= (self.depth <= 2) & (step > 0)
        return zip(self.at[is_turn].tolist(), self.byte[is_turn].tolist(), strict=True)


class _Scanner:
    """Finds the structure of one chunk after another."""

    def __init__(self) -> None:
        self._in_string = False
        self._escape = False
        self._depth = 0

    def scan(self, chunk: bytes) -> _Structure:
        at = np.flatnonzero(np.frombuffer(chunk.translate(_IS_STRUCTURE), np.bool_))
        text = np.frombuffer(chunk, np.uint8)
        byte = text[at]
        if self._escape or b"\\" in chunk:
            escaped = self._escaped(text)
            byte[np.isin(at, escaped, assume_unique=True)] = 0
        is_quote = byte == _QUOTE
        n_quotes = np.cumsum(is_quote, dtype=np.uint8)  # may wrap: only whether it is even matters
        outside = ((n_quotes & 1) == self._in_string) & ~is_quote
        if len(at):
            self._in_string ^= bool(n_quotes[-1] & 1)
        at, byte = at[outside], byte[outside]
        depth = self._depth + np.cumsum(_STEP[byte], dtype=np.intp)
        if len(at):
            self._depth = int(depth[-1])
        return _Structure(at, byte, depth)

    def _escaped(self, text: NDArray[np.uint8]) -> Positions:
        """Give the positions of bytes that a backslash escapes: those after an odd run of backslashes."""
        slashes = np.flatnonzero(text == _BACKSLASH)
        if self._escape and len(slashes) and slashes[0] == 0:
            slashes = slashes[1:]  # itself escaped, by the last byte of the chunk before
        first = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
        length = np.diff(first, append=len(slashes))
        escaped: Positions = (slashes[first] + length)[length % 2 == 1]
        if self._escape:
            escaped = np.concatenate([np.zeros(1, np.intp), escaped])
        self._escape = bool(len(escaped)) and int(escaped[-1]) == len(text)
        return escaped


def _between(commas: Positions, start: int, end: int) -> Positions:
    """Give the commas in a part of the chunk, counted from its start."""
    first, last = np.searchsorted(commas, (start, end)).tolist()
    inner: Positions = commas[first:last] - start
    return inner


def _name(text: bytes) -> str:
    """Read the name of a member from the text before its value, or from name and bare value."""
    member = text + b"null" if text.rstrip(_SPACE).endswith(b":") else text
    try:
        (name,) = msgspec.json.decode(b"{" + member + b"}", type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):
        raise Broken("is no JSON any more") from None
    return name
