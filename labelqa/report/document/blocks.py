"""What a report is made of: sections of facts, tables, figures and words. Names in them are as they came, never markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from labelqa.report.markup import Markup


@dataclass(frozen=True)
class Span:
    """A number in a range with its interval, to be drawn as a bar: all from 0 to 1."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Cell:
    """A cell: its text, what it is sorted by (the text if None), a bar beside it, a tone (good, bad, doubt) and a hint."""

    text: str
    sort: float | str | None = None
    bar: Span | None = None
    tone: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table; numbers stand to the right. `hint` says what it means."""

    title: str
    cells: Sequence[Cell | str]
    is_number: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """A table: its columns, a line for what was left out (empty: nothing), and notes below it."""

    columns: Sequence[Column]
    more: str = ""
    notes: Sequence[str] = ()
    caption: str = ""

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0].cells) if self.columns else 0


@dataclass(frozen=True)
class Fact:
    """A number to be seen first: what it is called, the number, its interval or n, and a bar."""

    title: str
    value: str
    detail: str = ""
    bar: Span | None = None
    hint: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Facts:
    """Numbers side by side."""

    facts: Sequence[Fact]


@dataclass(frozen=True)
class Figure:
    """A drawing, with what it shows in words for those who do not see it."""

    svg: Markup
    caption: str
    is_wide: bool = True


@dataclass(frozen=True)
class Figures:
    """Drawings side by side."""

    figures: Sequence[Figure]


@dataclass(frozen=True)
class Words:
    """A paragraph; `tone` is good, bad, doubt, faint or nothing."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Item:
    """An entry of a listing: a short mark before it, the text, and lesser text after it."""

    mark: str
    text: str
    detail: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Listing:
    """Entries below one another."""

    items: Sequence[Item]
    more: str = ""


Block = Table | Facts | Figure | Figures | Words | Listing


@dataclass(frozen=True)
class Section:
    """A part of the report: key (of links to it), title, a sentence that says what there is to see, blocks."""

    key: str
    title: str
    lead: str = ""
    blocks: Sequence[Block] = field(default_factory=list)
