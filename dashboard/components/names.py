"""Names out of an export, made safe to show: they are other people's text, and Streamlit reads Markdown almost everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINKED = re.compile(r"(https?|ftps?|mailto|xmpp|www|ftp)(?=[:.])|(?=@)", re.IGNORECASE)
"""What makes a link of plain text (GitHub's autolinks): cut before the `:`, `.` or `@` that completes it."""

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Control characters, and those that turn the direction of text or take no room."""

_JOINER = "\u2060"
MOST = 60
NOBODY = "(nobody named)"


def plain(name: object, most: int = MOST) -> str:
    r"""Give a name as one line of at most `most` characters, for places that show text as it is (tables, charts, options).

    >>> plain("a\nb"), plain(None), plain("x" * 9, 5)
    ('a b', '(nobody named)', 'xxxx…')
    """
    if name is None:
        return NOBODY
    line = _UNSEEN.sub(" ", str(name)).strip()
    return line if len(line) <= most else line[: most - 1] + "…"


def safe(name: object, most: int = MOST) -> str:
    r"""Give a name for a place that reads Markdown: it shows as text, whatever is in it.

    Punctuation is escaped, and a word joiner stands within whatever Markdown would turn into a link by itself.

    >>> safe("![x](y)")
    '\\!\\[x\\]\\(y\\)'
    """
    return _PUNCTUATION.sub(r"\\\1", _LINKED.sub(rf"\g<0>{_JOINER}", plain(name, most)))


def short(names: Iterable[object], most: int = 40) -> list[str]:
    """Give names for a chart: plain, and without the `@domain` where all share one.

    >>> short(["ann@x.org", "bob@x.org"]), short(["ann@x.org", "bob@y.org"])
    (['ann', 'bob'], ['ann@x.org', 'bob@y.org'])
    """
    lines = [plain(name, most) for name in names]
    domains = {line.rpartition("@")[2] if "@" in line[1:] else None for line in lines if line != NOBODY}
    if len(domains) != 1 or None in domains:
        return lines
    return [line.rpartition("@")[0] or line for line in lines]
