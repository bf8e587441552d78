"""Objects that one program wrote by the million: the same text around other values, read as columns without parsing.

A stencil is the text of such an object with holes for its texts and numbers. Where the text lies under the stencil, the
values are what shows through the holes; that is seen for a whole block at once by numpy, where the quotes are. An object
that differs in anything - another key, an escaped character, a number that is none - does not match and is left to
whoever parses JSON. What matches is valid JSON, and its values are those that a parser reads, to the bit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

Positions = NDArray[np.intp]
Mask = NDArray[np.bool_]
Lengths = NDArray[np.intp]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Sort = Literal["text", "number"]

MAX_PIECE = 1 << 10
"""Longest text between two holes."""

_MOST_STENCILS, _TRIED = 4, 12

_MAX_NUMBER = 24
"""Longest number that is taken for one; a longer one is left to the parser."""

_QUOTE, _BACKSLASH, _OPEN, _MINUS, _DOT, _ZERO, _SPACE = b'"\\{-.0 '
_TOKEN = re.compile(
    rb'\s+|(?P<mark>[{}\[\]:,])|(?P<text>"[^"\\\x00-\x1f]*")|(?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?)|null|true|false'
)
_SHORT_LIST = re.compile(rb'\s*(?:"[^"\\\x00-\x1f]*"\s*)?\]')


class Hole(NamedTuple):
    """Where a value shows: the keys that lead to it, joined by dots, and whether it is a text or a number."""

    path: str
    sort: Sort


@dataclass(frozen=True)
class Stencil:
    """The text of an object: a piece before each hole and one after the last."""

    pieces: tuple[bytes, ...]
    holes: tuple[Hole, ...]

    @classmethod
    def of(cls, text: bytes, fixed: Iterable[str] = ()) -> Stencil | None:
        r"""Make a stencil of an object; None if it holds a list with more in it than one text, or an escaped character.

        The text in a list has the path of the list.

        Parameters
        ----------
        text : bytes
            One whole object, valid JSON.
        fixed : iterable of str
            Paths of texts that every object must have in common with this one; there is no hole for them.

        Examples
        --------
        >>> stencil = Stencil.of(b'{"id": "x1", "kind": "box", "at": {"left": 1.5}, "tags": []}', fixed=["kind"])
        >>> stencil.pieces
        (b'{"id": "', b'", "kind": "box", "at": {"left": ', b'}, "tags": []}')
        >>> stencil.holes
        (Hole(path='id', sort='text'), Hole(path='at.left', sort='number'))
        """
        keys: list[str] = []
        pieces: list[bytes] = []
        holes: list[Hole] = []
        common = frozenset(fixed)
        done = at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                return None
            at = token.end()
            mark, value = token["mark"], token["text"]
            if mark == b"{":
                keys.append("")
            elif mark == b"}":
                keys.pop()
            elif mark == b"[" and not _SHORT_LIST.match(text, at):
                return None
            elif value is not None and text[at:].lstrip().startswith(b":"):
                keys[-1] = value[1:-1].decode(errors="replace")
            elif (value is not None or token["number"] is not None) and (path := ".".join(keys)) not in common:
                inner = token.start() + (value is not None), at - (value is not None)
                pieces.append(text[done : inner[0]])
                holes.append(Hole(path, "number" if value is None else "text"))
                done = inner[1]
        pieces.append(text[done:])
        if not pieces[0].startswith(b'{"') or len(set(holes)) < len(holes) or max(map(len, pieces)) > MAX_PIECE:
            return None
        return cls(tuple(pieces), tuple(holes))


def learned(head: bytes, key: str, fixed: Iterable[str], fits: Callable[[bytes, Stencil], bool]) -> list[Stencil]:
    """Make stencils of the first objects in lists that are called `key` in the head of a file, of those that fit."""
    found: dict[Stencil, None] = {}
    for sample in islice(_samples(head, key), _TRIED):
        stencil = Stencil.of(sample, fixed)
        if stencil and fits(sample, stencil):
            found[stencil] = None
    return list(found)[:_MOST_STENCILS]


def _samples(text: bytes, key: str) -> Iterator[bytes]:
    """Give the first object of each list of that name."""
    read = json.JSONDecoder().raw_decode
    for match in re.finditer(rb'"%s"\s*:\s*\[\s*(?=\{)' % re.escape(key.encode()), text):
        shown = text[match.end() : match.end() + 4 * MAX_PIECE].decode("latin-1")
        try:
            _, end = read(shown)
        except (ValueError, RecursionError):
            continue
        yield text[match.end() : match.end() + end]


class Block:
    """A piece of JSON text, and what stencils look for in it."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._bytes: Bytes = np.frombuffer(text, np.uint8)

    def find(self, byte: int) -> Positions:
        """Give the positions of a byte."""
        return np.flatnonzero(self._bytes == byte)

    def window(self, at: Positions, width: int) -> Bytes:
        """Give the `width` bytes at each of n positions, (n, width); zeros beyond the end."""
        if not len(at):
            return np.zeros((0, width), np.uint8)
        beyond = at > len(self.text) - width
        if not beyond.any():
            inside: Bytes = np.lib.stride_tricks.sliding_window_view(self._bytes, width)[at]
            return inside
        last = self.text[-width:]
        tail = np.frombuffer(last + bytes(width), np.uint8)
        found = np.empty((len(at), width), np.uint8)
        found[~beyond] = self.window(at[~beyond], width)
        into = np.minimum(at[beyond] - len(self.text) + len(last), len(last))
        found[beyond] = np.lib.stride_tricks.sliding_window_view(tail, width)[into]
        return found

    def has(self, piece: bytes, at: Positions) -> Mask:
        """Tell at which of n positions this text stands, (n,)."""
        same: Mask = np.equal(self.window(at, len(piece)).view(f"S{len(piece)}")[:, 0], piece)
        return same

    def length(self, at: Positions, sort: Sort) -> Lengths:
        """Tell how long the text or number at each of n positions is, (n,); -1 where there is no end to it."""
        near, far = _WIDTHS[sort]
        is_end = _ENDS[sort](self.window(at, near))
        length: Lengths = is_end.argmax(axis=1)
        rows = np.flatnonzero((length == 0) & ~is_end[:, 0])
        if len(rows):
            is_end = _ENDS[sort](self.window(at[rows], far))
            length[rows] = np.where(is_end.any(axis=1), is_end.argmax(axis=1), -1)
        return length

    def under(self, stencil: Stencil) -> Matches:
        """Find all objects that lie under a stencil."""
        at = self.find(_OPEN)
        at = at[self.has(stencil.pieces[0], at)]
        sides = [at]
        for hole, (before, after) in zip(stencil.holes, pairwise(stencil.pieces), strict=True):
            start = at + len(before)
            length = self.length(start, hole.sort)
            at = start + length
            good = length >= (hole.sort == "number")
            good &= self.has(after, at)
            sides += [start, at]
            if not good.all():
                at, *sides = (one[good] for one in (at, *sides))
        values = zip(stencil.holes, sides[1::2], sides[2::2], strict=True)
        stop = at + len(stencil.pieces[-1])
        return Matches(self, sides[0], stop, {hole: (start, end) for hole, start, end in values})


@dataclass(frozen=True)
class Matches:
    """Objects under a stencil: where each of the n begins and ends, and each of its values, (n,) each."""

    block: Block
    start: Positions
    stop: Positions
    values: dict[Hole, tuple[Positions, Positions]]

    def where(self, good: Mask) -> Matches:
        """Keep some."""
        values = {hole: (start[good], stop[good]) for hole, (start, stop) in self.values.items()}
        return Matches(self.block, self.start[good], self.stop[good], values)

    def is_empty(self, path: str) -> Mask:
        """Tell which texts are empty."""
        start, stop = self.values[Hole(path, "text")]
        return np.equal(start, stop)

    def texts(self, path: str) -> pl.Series:
        """Give a text of each object."""
        return texts(self.block, *self.values[Hole(path, "text")])

    def numbers(self, paths: Sequence[str]) -> tuple[NDArray[np.float64], Mask]:
        """Give k numbers of each object, (n, k), and whether all of them are numbers, (n,)."""
        sides = (self.values[Hole(path, "number")] for path in paths)
        start, stop = (np.stack(side, axis=1).ravel() for side in zip(*sides, strict=True))
        values, good = numbers(self.block, start, stop)
        are_all: Mask = np.logical_and.reduce(good.reshape(-1, len(paths)), axis=1)
        return values.reshape(-1, len(paths)), are_all


def texts(block: Block, start: Positions, stop: Positions) -> pl.Series:
    """Give the texts between positions.

    Examples
    --------
    >>> texts(Block(b"oneeleven"), np.array([0, 3, 0]), np.array([3, 9, 3])).to_list()
    ['one', 'eleven', 'one']
    """
    if not len(start):
        return pl.Series(dtype=pl.String)
    length = stop - start
    width = max(int(length.max()), 1)
    window = block.window(start, width)
    is_filled = length.min() == width
    if not is_filled:
        window = window * (np.arange(width) < length[:, np.newaxis])
    padded = pl.Series(window).cast(pl.List(pl.UInt8)).cast(pl.Binary).cast(pl.String)
    return padded if is_filled else padded.str.strip_chars_end("\0")


def numbers(block: Block, start: Positions, stop: Positions) -> tuple[NDArray[np.float64], Mask]:
    """Read the numbers between positions, and tell which are none.

    Examples
    --------
    >>> values, good = numbers(Block(b"-12.5 07 0.1234567890123"), np.array([0, 6, 0, 9]), np.array([5, 8, 2, 24]))
    >>> values[good].tolist(), good.tolist()
    ([-12.5, -1.0, 0.1234567890123], [True, False, True, True])
    """
    is_negative = block.window(start, 1)[:, 0] == _MINUS
    start = start + is_negative
    length = stop - start
    values, good, is_whole = _short_numbers(block.window(start, 8).view("<u8")[:, 0], length)
    values = np.where(is_negative & ~(is_whole & (values == 0)), -values, values)  # -0 is 0, and -0.0 is -0.0
    long = np.flatnonzero(length > 8)
    if len(long):
        written = texts(block, start[long], stop[long])
        good[long] = written.str.contains(_NUMBER).to_numpy()
        sign = np.where(is_negative[long], -1.0, 1.0)
        values[long] = sign * written.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    return values, good


def _short_numbers(text: Words, length: Lengths) -> tuple[NDArray[np.float64], Mask, Mask]:
    """Read numbers of up to 8 characters without sign, each in the 8 bytes of a whole number, its first one the lowest.

    All figures of a number are worked on at once; where the length is greater, what comes out means nothing.

    Returns
    -------
    values : array of float, (n,)
        The figures as a whole number, divided once by a power of ten: rounded as a parser rounds.
    good, is_whole : array of bool, (n,)
        Whether it is a number, and whether it has no dot.
    """
    n = np.clip(length, 1, 8).astype(np.uint64)
    shift = np.uint64(64) - np.uint64(8) * n
    figures = (text << shift) ^ (_EVERY * np.uint64(_ZERO) << shift)  # the last one in the highest byte, "0" being 0
    at_dot = figures ^ _EVERY * np.uint64(_DOT ^ _ZERO)
    at_dot = (at_dot - _EVERY) & ~at_dot & _EVERY << np.uint64(7)
    dot = (at_dot & (~at_dot + np.uint64(1))) >> np.uint64(7)  # 1 in the byte of the first dot, 0 without one
    before = dot - np.uint64(1)
    is_whole = dot == 0
    n_before = np.minimum(np.bitwise_count(before) // 8 - (np.uint8(8) - n.astype(np.uint8)), n.astype(np.uint8))
    figures = np.where(
        is_whole, figures, (figures & before) << np.uint64(8) | figures & ~(before | dot * np.uint64(255))
    )
    good = ((figures + _EVERY * np.uint64(0x76) | figures) & _EVERY << np.uint64(7)) == 0
    n_after = n.astype(np.uint8) - n_before - ~is_whole
    good &= (n_before > 0) & (is_whole | (n_after > 0)) & (((text & np.uint64(255)) != _ZERO) | (n_before == 1))
    pairs = figures * np.uint64(10) + (figures >> np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF)
    fours = pairs * np.uint64(100) + (pairs >> np.uint64(16)) & np.uint64(0x0000FFFF0000FFFF)
    whole = fours * np.uint64(10_000) + (fours >> np.uint64(32)) & np.uint64(0xFFFFFFFF)
    return whole / _TENS[np.where(good, n_after, 0)], good & (length > 0) & (length <= 8), is_whole


_EVERY = np.uint64(0x0101010101010101)
_TENS = 10.0 ** np.arange(8)
_NUMBER = r"^(0|[1-9][0-9]*)(\.[0-9]+)?$"


def _ends_text(window: Bytes) -> Mask:
    """Mark what no text has as it is: quotes, backslashes, which change what follows, and control characters."""
    ends: Mask = (window == _QUOTE) | (window == _BACKSLASH) | (window < _SPACE)
    return ends


def _ends_number(window: Bytes) -> Mask:
    """Mark what stands in no number without an exponent."""
    ends: Mask = (window - np.uint8(_ZERO) > 9) & (window != _DOT) & (window != _MINUS)
    return ends


_ENDS: dict[Sort, Callable[[Bytes], Mask]] = {"text": _ends_text, "number": _ends_number}
_WIDTHS: dict[Sort, tuple[int, int]] = {"text": (28, 256), "number": (8, _MAX_NUMBER)}
"""How far is looked for the end of a value: near by first, where most are, then further."""
