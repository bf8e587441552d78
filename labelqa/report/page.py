"""The page that text is drawn on: how wide it is, whether it takes colour, and tables that fit it."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from labelqa.report.names import fitted, one_line
from labelqa.report.numbers import count, counted

LEAST_WIDTH = 60
"""Narrower pages are drawn this wide; a table of numbers cannot be folded."""

_GAP = 2
"""Cells between columns, and before a table."""

_MOST_NAME = 48
_LEAST_NAME = 20
"""Cells that a column of names takes at most, and those it gives up only when no other column can."""


@dataclass(frozen=True)
class Page:
    """Where text is drawn.

    Parameters
    ----------
    width : int
        In terminal cells.
    colour : bool
        Whether escape sequences for colour and weight may be used.
    """

    width: int = 100
    colour: bool = False

    def draw(self, parts: Iterable[RenderableType]) -> str:
        """Draw parts one below the other; without colour, plain lines without trailing blanks."""
        paper = io.StringIO()
        console = Console(
            file=paper,
            width=max(self.width, LEAST_WIDTH),
            force_terminal=self.colour,
            color_system="standard" if self.colour else None,
            legacy_windows=False,
            force_jupyter=False,
            markup=False,
            emoji=False,
            highlight=False,
        )
        for part in parts:
            console.print(part)
        text = paper.getvalue()
        return text if self.colour else "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    header : str
    cells : sequence of str or Text
        Numbers, drawn to the right; or names.
    is_name : bool
        Whether these are names, as they came from the file: drawn to the left, made safe to print, cut to fit.
    is_folded : bool
        Whether names are folded at words instead of cut.
    rank : int
        On a page that is too narrow columns of the highest rank are left out first; those of rank 0 stay.
    """

    header: str
    cells: Sequence[str | Text]
    is_name: bool = False
    is_folded: bool = False
    rank: int = 0

    @property
    def width(self) -> int:
        """Cells it takes when nothing is cut; names take no more than `_MOST_NAME`."""
        lines = [*self.header.split("\n"), *(one_line(str(cell)) if self.is_name else cell for cell in self.cells)]
        widest = max(cell_len(str(line)) for line in lines)
        return min(widest, _MOST_NAME) if self.is_name else widest


def table(columns: Sequence[Column], page: Page) -> RenderableType:
    """Draw a table that fits the page: names are cut a little, then columns left out, then names cut for good."""
    room = max(page.width, LEAST_WIDTH) - _GAP
    shown = list(columns)
    while _total(_cut(shown, room, least=_LEAST_NAME)) > room and any(column.rank for column in shown):
        shown.remove(max(shown, key=lambda column: column.rank))
    widths = _cut(shown, room, least=1)
    grid = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    deepest = max(column.header.count("\n") for column in shown)
    for column in shown:
        header = "\n" * (deepest - column.header.count("\n")) + column.header
        grid.add_column(Text(header), justify="left" if column.is_name else "right", no_wrap=True)
    rows = zip(*(_drawn(column, width) for column, width in zip(shown, widths, strict=True)), strict=True)
    for row in rows:
        grid.add_row(*row)
    return Padding(grid, (0, 0, 0, _GAP))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _cut(columns: Sequence[Column], room: int, least: int) -> list[int]:
    """Give the widths of columns, cutting the widest column of names until all fit or none can give more."""
    widths = [column.width for column in columns]
    while _total(widths) > room:
        places = [place for place, column in enumerate(columns) if column.is_name and widths[place] > least]
        if not places:
            break
        widths[max(places, key=lambda place: widths[place])] -= 1
    return widths


def _drawn(column: Column, width: int) -> list[Text]:
    if column.is_folded:
        return [Text("\n".join(textwrap.wrap(one_line(str(cell)), width))) for cell in column.cells]
    if column.is_name:
        return [Text(fitted(str(cell), width)) for cell in column.cells]
    return [cell if isinstance(cell, Text) else Text(cell) for cell in column.cells]


def heading(title: str, caption: str = "") -> RenderableType:
    """Draw the heading of a section."""
    return Text.assemble("\n", (title, "bold"), *([("  " + caption, "dim")] if caption else []))


def listing(entries: Iterable[tuple[Text, str]]) -> RenderableType:
    """Draw entries, each with a mark before it, folded at words."""
    grid = Table.grid(padding=(0, _GAP, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for mark, text in entries:
        grid.add_row(mark, Text(text))
    return Padding(grid, (0, 0, 0, _GAP))


def more(n: int, noun: str | None = None, where: str = "-o writes all") -> Iterator[RenderableType]:
    """Say that a table goes on, if it does, and where all of it is."""
    if n > 0:
        yield from notes_below([f"and {_more(n, noun) if noun else f'{count(n)} more'}; {where}"])


def _more(n: int, noun: str) -> str:
    return counted(n, f"more {noun}", f"more {noun}es" if noun.endswith("s") else None)


def notes_below(lines: Iterable[str]) -> Iterator[RenderableType]:
    """Draw lines below a table."""
    for line in lines:
        yield Text(" " * _GAP + line, style="dim")
