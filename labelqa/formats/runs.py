"""Cutting runs of objects of one stencil out of JSON, so that a parser meets one short text for each run.

What is left is parsed as ever. A run stands in it as a text, `"#0"`, `"#1"` ..., which begins with a quote as the objects
of the run begin with a bracket and a quote: inside another text both end it, so that what was no JSON stays none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import polars as pl

from labelqa.formats.stencil import Block, Matches, Positions, Stencil

_SEPARATORS = (b",", b", ")
_LIKE_A_RUN = re.compile(rb'"#[0-9]')

Record = TypeVar("Record")


@dataclass(frozen=True)
class Runs:
    """Runs of objects, and the text without them.

    Parameters
    ----------
    block : Block
        The text as it was.
    text : bytes
        The text, with a text such as `"#12"` in place of each of the n runs.
    first : array of int, (n + 1,)
        The number of the first object of each run among all objects that were cut out, and how many these are.
    begin, end : array of int, (n,)
        Where each run was.
    """

    block: Block
    text: bytes
    first: Positions
    begin: Positions
    end: Positions

    @property
    def names(self) -> list[str]:
        """The texts that stand for the runs, in order."""
        return [f"#{run}" for run in range(len(self.begin))]

    def objects(self, run: int) -> bytes:
        """Give the objects of a run as a list in JSON."""
        return b"[%b]" % self.block.text[self.begin[run] : self.end[run]]


def cut(block: Block, matches: Sequence[Matches]) -> tuple[Runs, Positions]:
    r"""Cut out what matches; gives the runs, and the order in which the objects of all matches stand in the text.

    Examples
    --------
    >>> from labelqa.formats.stencil import Stencil
    >>> block = Block(b'{"marks": [{"x": 1}, {"x": 2}, {"y": 3}]}\n{"marks": [{"x": 4}]}\n')
    >>> runs, order = cut(block, [block.under(Stencil.of(b'{"x": 0}'))])
    >>> runs.text, runs.first.tolist(), runs.objects(0)
    (b'{"marks": ["#0", {"y": 3}]}\n{"marks": ["#1"]}\n', [0, 2, 3], b'[{"x": 1}, {"x": 2}]')
    """
    start = np.concatenate([one.start for one in matches])
    stop = np.concatenate([one.stop for one in matches])
    order = np.argsort(start, kind="stable")
    start, stop = start[order], stop[order]
    follows = np.zeros(len(start), np.bool_)
    for separator in _SEPARATORS:
        near = np.flatnonzero(start[1:] - stop[:-1] == len(separator))
        follows[near + 1] = block.has(separator, stop[near])
    first = np.append(np.flatnonzero(~follows), len(start))
    begin, end = start[first[:-1]], stop[first[1:] - 1]
    pieces: list[bytes] = []
    done = 0
    for run, (at, after) in enumerate(zip(begin.tolist(), end.tolist(), strict=True)):
        pieces += block.text[done:at], b'"#%d"' % run
        done = after
    pieces.append(block.text[done:])
    return Runs(block, b"".join(pieces), first, begin, end), order


@dataclass(frozen=True)
class Cut:
    """What was cut out of a piece of JSON: runs, and a row of a table for each of their objects, in order."""

    runs: Runs
    objects: pl.DataFrame


@dataclass(frozen=True)
class Cutter(Generic[Record]):
    """How a reader cuts objects out of records, and what the records are without them.

    Parameters
    ----------
    stencils : sequence of Stencil
        What the objects look like.
    columns : function
        Gives those matches that are right, and a table with a row for each.
    record : type
        A record in which lists may hold texts in place of runs.
    names : function
        Gives the texts in those lists of a record in which objects may be cut out.
    """

    stencils: Sequence[Stencil]
    columns: Callable[[Matches], tuple[Matches, pl.DataFrame]]
    record: type[Record]
    names: Callable[[Any], Iterable[str]]

    def cut(self, text: bytes) -> Cut | None:
        """Cut the objects out of JSON; None if there are none, or texts such as stand for runs."""
        try:
            text.decode()
        except UnicodeDecodeError:
            return None
        if _LIKE_A_RUN.search(text):
            return None
        block = Block(text)
        found = [self.columns(block.under(stencil)) for stencil in self.stencils]
        if not any(table.height for _, table in found):
            return None
        runs, order = cut(block, [matches for matches, _ in found])
        return Cut(runs, pl.concat([table for _, table in found])[order])

    def fits(self, records: Iterable[Record], cut: Cut) -> bool:
        """Tell whether every run is where objects may be cut out."""
        return sorted(name for record in records for name in self.names(record)) == sorted(cut.runs.names)
