"""The report as Markdown: the same sections as the page, names escaped; drawings are for HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labelqa.report.document import report
from labelqa.report.document.blocks import Block, Cell, Facts, Figure, Figures, Listing, Section, Table, Words
from labelqa.report.document.told import Told
from labelqa.report.markup import LONGEST, cut
from labelqa.report.names import one_line
from labelqa.report.numbers import UNDEFINED
from labelqa.report.verdicts.as_markdown import escaped

_PLAIN = re.compile(
    r"\[(?:-|[\d.,]+), (?:-|[\d.,]+)\]|\[-\]"  # an interval
    r"|(?<=\d)\.(?=\d)|[.:](?= |$)|(?<=\w)-(?=\w)|(?<= )\((?=\w)|(?<=\w)\)"
)
"""Punctuation that is no markup where it stands."""


def document(told: Told) -> Iterator[str]:
    """Write a report as Markdown, in pieces."""
    yield f"# {escaped(report.title(told))}\n\n{_said(report.lead(told))}\n"
    for section in report.sections(told):
        yield from _section(section)
    yield f"\n---\n{_said(report.footer())}\n"


def _section(section: Section) -> Iterator[str]:
    parts = ["".join(_block(block)) for block in section.blocks]
    said = [part for part in parts if part]
    if said:
        yield f"\n## {_said(section.title)}\n"
        if section.lead:
            yield f"\n{_said(section.lead)}\n"
        yield from said


def _block(block: Block) -> Iterator[str]:
    match block:
        case Table():
            yield from _table(block)
        case Facts():
            yield "\n"
            for fact in block.facts:
                detail = f" ({_said(fact.detail)})" if fact.detail else ""
                yield f"- {_said(fact.title)}: **{_said(fact.value)}**{detail}\n"
        case Words():
            yield f"\n{_said(block.text)}\n"
        case Listing():
            yield "\n"
            for item in block.items:
                detail = f" ({_said(item.detail)})" if item.detail else ""
                yield f"- **{_said(item.mark)}** {_said(item.text)}{detail}\n"
            if block.more:
                yield f"- {_said(block.more)}\n"
        case Figure() | Figures():
            return


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield f"\n**{_said(table.caption)}**\n"
    yield "\n| " + " | ".join(_said(column.title) for column in table.columns) + " |\n"
    yield "|" + "|".join("---:" if column.is_number else "---" for column in table.columns) + "|\n"
    for row in zip(*(column.cells for column in table.columns), strict=True):
        yield "| " + " | ".join(_said(cell.text if isinstance(cell, Cell) else cell) for cell in row) + " |\n"
    for line in (*([table.more] if table.more else []), *table.notes):
        yield f"\n{_said(line)}\n"


def _said(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is; punctuation that can be no markup where it stands is left readable.

    Examples
    --------
    >>> _said("Consensus: 0.71 [0.6, 0.8] (12 assets).")
    'Consensus: 0.71 [0.6, 0.8] (12 assets).'
    >>> _said("[a](b) *c*")
    '&#91;a&#93;&#40;b) &#42;c&#42;'
    """
    if text == UNDEFINED:
        return text
    line = one_line(cut(text))
    plain = [(at.start(), at.end()) for at in _PLAIN.finditer(line)]
    parts, last = [], 0
    for start, stop in plain:
        parts += [escaped(line[last:start], LONGEST), line[start:stop]]
        last = stop
    return "".join([*parts, escaped(line[last:], LONGEST)])
