"""Cutting runs of objects of one stencil out of lines of JSON, so that a parser meets one short text for each run.

What is left is parsed as ever. A run stands in it as a text, `"#0"`, `"#1"` ..., which begins with a quote as the objects
of the run begin with a bracket and a quote: inside another text both end it, so that what was no JSON stays none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from labelqa.formats.stencil import Block, Matches, Positions

_SEPARATORS = (b",", b", ")


@dataclass(frozen=True)
class Runs:
    """Runs of objects, and the lines without them.

    Parameters
    ----------
    text : bytes
        The lines, a text such as `"#12"` in place of each of the n runs.
    first : array of int, (n + 1,)
        The number of the first object of each run among all objects that were cut out, and how many these are.
    of_line : array of int, (lines + 1,)
        The number of the first run of each line that is not blank, and n.
    """

    text: bytes
    first: Positions
    of_line: Positions

    def names(self) -> list[list[str]]:
        """Give the texts that stand for the runs of each line."""
        return [[f"#{run}" for run in range(*ends)] for ends in pairwise(self.of_line.tolist())]


def cut(block: Block, matches: Sequence[Matches]) -> tuple[Runs, Positions]:
    r"""Cut out what matches; gives the runs, and the order in which the objects of all matches stand in the text.

    Examples
    --------
    >>> from labelqa.formats.stencil import Stencil
    >>> block = Block(b'{"marks": [{"x": 1}, {"x": 2}, {"y": 3}]}\n{"marks": [{"x": 4}]}\n')
    >>> runs, order = cut(block, [block.under(Stencil.of(b'{"x": 0}'))])
    >>> runs.text, runs.first.tolist(), runs.of_line.tolist()
    (b'{"marks": ["#0", {"y": 3}]}\n{"marks": ["#1"]}\n', [0, 2, 3], [0, 1, 2])
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
    return Runs(b"".join(pieces), first, _of_line(block, begin)), order


def _of_line(block: Block, begin: Positions) -> Positions:
    """Count the runs before each line that is not blank, and all."""
    lines = np.append(0, block.find(ord("\n")) + 1)
    is_blank = np.diff(lines, append=len(block.text)) <= 1
    return np.append(np.searchsorted(begin, lines[~is_blank]), len(begin))
