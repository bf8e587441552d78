"""Names from other people's files, made safe to print: whatever is in them, they stay one line and cannot steer a terminal."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len

_ELLIPSIS = "…"


def one_line(text: str) -> str:
    r"""Show text on one line, with characters that do not print - control, escape, bidi marks - written out.

    Examples
    --------
    >>> print(one_line("red \x1b[31m\nalert"))
    red \x1b[31m\nalert
    >>> print(one_line("evil\u202etxt.exe"))
    evil\u202etxt.exe
    >>> print(one_line("Zoë 山田　太郎"))
    Zoë 山田　太郎
    >>> print(one_line("animal\x1fcat"))  # levels of a taxonomy
    animal / cat
    """
    if text.isprintable():
        return text
    text = text.replace("\x1f", " / ")
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else _written_out(c) for c in text)


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def fitted(text: str, width: int) -> str:
    """Show text on one line of at most `width` terminal cells, cut in the middle: ends tell names apart.

    Examples
    --------
    >>> fitted("worker-0000000000000123", 12)
    'worker…00123'
    >>> fitted("山田太郎", 6)
    '山…郎'
    """
    # Marks that take no cell of their own must not make a name endless, so characters are bounded as well.
    line = one_line(text[: 2 * width]) if len(text) <= 2 * width else one_line(text[:width]) + one_line(text[-width:])
    if len(text) <= 2 * width and cell_len(line) <= width:
        return line
    room = width - cell_len(_ELLIPSIS)
    return _start(line, room - room // 2) + _ELLIPSIS + _start(line[::-1], room // 2)[::-1]


def _start(text: str, width: int) -> str:
    """Take characters from the start while they fit."""
    used = 0
    for place, character in enumerate(text):
        used += cell_len(character)
        if used > width or place >= 2 * width:
            return text[:place]
    return text
