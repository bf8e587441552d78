"""Blocks of a report as HTML."""

from __future__ import annotations

from labelqa.report.document.blocks import (
    Block,
    Cell,
    Column,
    Fact,
    Facts,
    Figure,
    Figures,
    Item,
    Listing,
    Section,
    Span,
    Table,
    Words,
)
from labelqa.report.markup import Markup, cut, element

_BAR = 100


def section(one: Section) -> Markup:
    """Write a section."""
    lead = element("p", one.lead, class_="lead") if one.lead else None
    return element("section", element("h2", one.title), lead, [block(part) for part in one.blocks], id=one.key)


def block(one: Block) -> Markup:
    """Write a block."""
    match one:
        case Table():
            return _table(one)
        case Facts():
            return element("dl", [_fact(fact) for fact in one.facts], class_="facts")
        case Figure():
            return _figure(one)
        case Figures():
            return element("div", [_figure(figure) for figure in one.figures], class_="figures")
        case Words():
            return element("p", one.text, class_=one.tone or None)
        case Listing():
            return _listing(one)


def _fact(fact: Fact) -> Markup:
    return element(
        "div",
        element("dt", fact.title, title=fact.hint or None),
        element("dd", fact.value, class_=f"value {fact.tone}".strip()),
        element("dd", _bar(fact.bar), class_="bar") if fact.bar else None,
        element("dd", fact.detail, class_="detail") if fact.detail else None,
    )


def _table(table: Table) -> Markup:
    head = element("tr", [_head(column) for column in table.columns])
    rows = [element("tr", [_cell(column, column.cells[k]) for column in table.columns]) for k in range(table.n_rows)]
    parts = [
        element("caption", table.caption) if table.caption else None,
        element("thead", head),
        element("tbody", rows),
    ]
    notes = [element("p", line, class_="note") for line in (*([table.more] if table.more else []), *table.notes)]
    return element("div", element("div", element("table", parts), class_="scroll"), notes, class_="table")


def _head(column: Column) -> Markup:
    return element(
        "th", column.title, scope="col", class_="number" if column.is_number else None, title=column.hint or None
    )


def _cell(column: Column, cell: Cell | str) -> Markup:
    one = Cell(cell) if isinstance(cell, str) else cell
    kind = " ".join(part for part in ("number" if column.is_number else "", one.tone) if part)
    bar = _bar(one.bar) if one.bar else None
    sort = one.sort if isinstance(one.sort, str) or one.sort is None else f"{one.sort:.17g}"
    return element("td", one.text, bar, class_=kind or None, title=cut(one.hint) or None, data_sort=sort)


def _bar(span: Span) -> Markup:
    """Draw a number and its interval on a line from 0 to 1."""
    low, high = (_BAR * (span.value if end is None else end) for end in (span.low, span.high))
    at = min(max(_BAR * span.value, 1.0), _BAR - 1.0)
    return element(
        "svg",
        element("rect", class_="track", x=0, y=3, width=_BAR, height=4, rx=2),
        element("rect", class_="range", x=low, y=1, width=max(high - low, 0.0), height=8, rx=1),
        element("rect", class_="tick", x=at - 1, y=0, width=2, height=10, rx=1),
        class_="interval",
        viewBox=f"0 0 {_BAR} 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _figure(figure: Figure) -> Markup:
    return element(
        "figure", figure.svg, element("figcaption", figure.caption), class_="wide" if figure.is_wide else None
    )


def _listing(listing: Listing) -> Markup:
    more = element("p", listing.more, class_="note") if listing.more else None
    return element("div", element("ul", [_item(item) for item in listing.items], class_="listing"), more)


def _item(item: Item) -> Markup:
    detail = element("span", item.detail, class_="detail") if item.detail else None
    mark = element("span", item.mark, class_=f"mark {item.tone}".strip())
    return element("li", mark, element("span", element("span", item.text), detail, class_="said"))
