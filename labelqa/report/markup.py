"""HTML and SVG, put together from elements: whatever is not markup already is text, and is escaped.

There is one way in, `element`, and it escapes by default, so that a forgotten call cannot let a name through as markup.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from labelqa.report.names import fitted, one_line

_EMPTY = frozenset(("br", "col", "hr", "input", "link", "meta", "wbr"))
"""Elements of HTML that are never closed."""

_SHAPES = frozenset(("circle", "image", "line", "path", "rect", "use"))
"""Elements of SVG that hold nothing but a title, if that."""

_DECIMALS = 2

LONGEST = 1_000
"""Characters of a text that an element shows."""


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Content = str | int | float | None | Iterable["Content"]
"""What an element holds: markup as it is, other text escaped, nothing for None, and the parts of an iterable in turn."""


def element(tag: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    r"""Write an element.

    Parameters
    ----------
    tag : str
        Its name; with `content` that is text, markup, or lists of them.
    **attributes
        A trailing `_` goes and other `_` become `-`; None leaves the attribute out. Numbers are written short.

    Examples
    --------
    >>> element("p", "a < b", element("br"), class_="note", data_n=1.50)
    '<p class="note" data-n="1.5">a &lt; b<br/></p>'
    >>> element("td", '<script>"x"</script>', title='"><img>')
    '<td title="&quot;&gt;&lt;img&gt;">&lt;script&gt;&quot;x&quot;&lt;/script&gt;</td>'
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _EMPTY or (tag in _SHAPES and not content):
        return Markup(f"<{tag}{given}/>")
    return Markup(f"<{tag}{given}>{joined(content)}</{tag}>")


def joined(content: Content) -> Markup:
    """Put content together."""
    if content is None:
        return Markup()
    if isinstance(content, str) and not isinstance(content, Markup):
        return text(cut(content))
    if isinstance(content, str | int | float):
        return text(content)
    return Markup("".join(map(joined, content)))


def cut(content: str) -> str:
    """Cut a text without end in the middle; whatever labelqa itself says is shorter.

    Examples
    --------
    >>> len(cut("x" * 100_000)) <= LONGEST
    True
    """
    return content if len(content) <= LONGEST else fitted(content, LONGEST)


def text(value: str | float) -> Markup:
    r"""Write text or a number; characters that do not print are written out.

    Examples
    --------
    >>> text("a & b\x1b"), text(2.0), text(Markup("<br/>"))
    ('a &amp; b\\x1b', '2', '<br/>')
    """
    if isinstance(value, Markup):
        return value
    return Markup(escape(one_line(value))) if isinstance(value, str) else Markup(short(value))


def short(number: float) -> str:
    """Write a number with at most two decimals and no more digits than needed.

    Examples
    --------
    >>> short(1.0), short(0.126), short(-0.001), short(1e6)
    ('1', '0.13', '0', '1000000')

    Raises
    ------
    ValueError
        If it is not finite: no drawing may hold one.
    """
    if not math.isfinite(number):
        raise ValueError(f"a number in markup is finite; found {number}")
    shown = f"{number:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown
