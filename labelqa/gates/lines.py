"""Where in a TOML text a key stands; `tomllib` does not tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

_QUOTES = ('"""', "'''")


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    r"""Find the line, from 1, of a key or table; that of the table it is in if it has none of its own.

    Examples
    --------
    >>> line_of('a = 1\n[rules."x y"]\nlevel = 3\n', ("rules", "x y", "level"))
    3
    >>> line_of('[rules.x]\n', ("rules", "x", "level"))
    1
    """
    found = dict(reversed(list(_places(text))))
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            return found[path[:length]]
    return None


def _places(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Give path and line of every table and key that begins a line."""
    table: tuple[str, ...] = ()
    inside = ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if inside:
            inside = "" if inside in line else inside
            continue
        if line.startswith("["):
            head = _path(line)
            if head:
                table = head
                yield from ((table[:length], number) for length in range(len(table), 0, -1))
        elif "=" in line and not line.startswith("#"):
            key = _path(_key(line) + " = 0")
            yield from ((table + key[:length], number) for length in range(len(key), 0, -1))
        inside = next((quote for quote in _QUOTES if line.count(quote) % 2), "")


def _key(line: str) -> str:
    """Take what stands before the equals sign, which may itself be quoted."""
    quote = ""
    for place, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "=":
            return line[:place]
    return line


def _path(line: str) -> tuple[str, ...]:
    """Read a header or key; what is none gives the empty path."""
    try:
        found: Any = tomllib.loads(line)
    except (ValueError, RecursionError):
        return ()
    path: list[str] = []
    while isinstance(found, dict | list) and found:
        if isinstance(found, list):
            found = found[0]
            continue
        name, found = next(iter(found.items()))
        path.append(name)
    return tuple(path)
