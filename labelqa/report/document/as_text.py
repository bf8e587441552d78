"""Sections as text for a terminal; figures are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from labelqa.report import page as paper
from labelqa.report.document.blocks import Block, Cell, Column, Facts, Figure, Figures, Listing, Section, Table, Words
from labelqa.report.names import one_line
from labelqa.report.page import Page, heading, listing, notes_below, table

_STYLES = {"good": "green", "bad": "red", "doubt": "yellow", "faint": "dim", "": ""}


def drawn(title: str, lead: str, sections: Iterable[Section], page: Page) -> str:
    """Draw sections one below the other."""
    return page.draw(_parts(title, lead, sections, page))


def _parts(title: str, lead: str, sections: Iterable[Section], page: Page) -> Iterator[RenderableType]:
    yield Text(one_line(title), style="bold")
    if lead:
        yield Text(one_line(lead))
    for section in sections:
        yield heading(section.title, section.lead)
        for block in section.blocks:
            yield from _block(block, page)


def _block(block: Block, page: Page) -> Iterator[RenderableType]:
    match block:
        case Table():
            if block.caption:
                yield Text("")
                yield Padding(Text(one_line(block.caption), style="bold"), (0, 0, 0, 2))
            yield table([_column(column) for column in block.columns], page)
            yield from notes_below(map(one_line, (*([block.more] if block.more else []), *block.notes)))
        case Words():
            yield Padding(Text(one_line(block.text), style=_STYLES[block.tone]), (0, 0, 0, 2))
        case Facts():
            yield listing(
                [(Text(fact.title, style="dim"), one_line(f"{fact.value} {fact.detail}")) for fact in block.facts]
            )
        case Listing():
            yield listing(
                [(Text(one_line(item.mark), style=_STYLES[item.tone]), one_line(item.text)) for item in block.items]
            )
        case Figure() | Figures():
            return


def _column(column: Column) -> paper.Column:
    cells = [Cell(cell) if isinstance(cell, str) else cell for cell in column.cells]
    if column.is_number:
        return paper.Column(column.title, [cell.text for cell in cells])
    if any(cell.tone for cell in cells):
        return paper.Column(column.title, [Text(one_line(cell.text), style=_STYLES[cell.tone]) for cell in cells])
    return paper.Column(one_line(column.title), [cell.text for cell in cells], is_name=True)
