"""Documents: boxes in the unit of their page, and words selected by their ids.

An export names the words of a selection, not where they stand in the text. Words that anybody selected on a page of a
data row are put in one order in which every selection stays in its own order, and a selection is a span in that order:
two selections have as many words in common as their spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from labelqa.formats.ids import Id, id_text
from labelqa.formats.readers.labelbox.scene import Scene
from labelqa.formats.readers.labelbox.schema import Object, Struct

MAX_TOKENS = 100_000
"""Most words of one data row that are put in order."""

_POINTS = {"POINTS": 1.0, "PIXELS": 1.0, "INCHES": 72.0}
Sides = tuple[float, float, float, float]
Tokens = dict[tuple[str | None, str], int]


class _Size(Struct):
    width: float
    height: float


class _Selection(Struct):
    page_number: Id = None
    tokens: list[str] | None = None


class _Selections(Struct):
    groups: list[_Selection]


_size = msgspec.json.Decoder(_Size)
_selections = msgspec.json.Decoder(_Selections)


def in_page_units(sides: Sides, mark: Object, scene: Scene) -> Sides:
    """Give a box in points (or pixels), whatever unit its sides are in."""
    unit = (mark.unit or "POINTS").upper()
    if unit in _POINTS:
        left, top, right, bottom = (side * _POINTS[unit] for side in sides)
        return left, top, right, bottom
    if unit != "PERCENT":
        raise ValueError("a unit of points, pixels, inches or percent")
    try:
        page = _size.decode(mark.page_dimensions)
    except (ValueError, RecursionError):
        raise ValueError("page_dimensions with width and height, for a box in percent") from None
    scene.note_percent()
    left, top, right, bottom = sides
    return left * page.width / 100, top * page.height / 100, right * page.width / 100, bottom * page.height / 100


def positions(marks: Iterable[Object]) -> Tokens:
    """Number the words of each page that some mark selects, each selection in its own order as far as they agree.

    Raises
    ------
    ValueError
        If there are more than `MAX_TOKENS`.
    """
    runs: list[tuple[str | None, tuple[str, ...]]] = []
    for mark in marks:
        runs += _runs(mark.location)
    if sum(len(tokens) for _, tokens in runs) > MAX_TOKENS:
        raise ValueError(f"at most {MAX_TOKENS} selected words in a data row")
    # The longest first, so that the order does not depend on that of the labels.
    pages: dict[str | None, _Order] = {}
    for page, tokens in sorted(set(runs), key=lambda run: (-len(run[1]), run[0] or "", run[1])):
        pages.setdefault(page, _Order()).merge(tokens)
    return {(page, token): at for page, order in pages.items() for at, token in enumerate(order)}


def selected(location: msgspec.Raw, scene: Scene) -> Iterator[tuple[str | None, float, float]]:
    """Give the runs of selected words: page, start and end (not included) in the order of `positions`.

    Raises
    ------
    ValueError
        If it is no selection of words, or a word has no position.
    """
    pages: dict[str | None, set[int]] = {}
    for page, tokens in _runs(location):
        try:
            pages.setdefault(page, set()).update(scene.tokens[page, token] for token in tokens)
        except KeyError:
            raise ValueError(f"at most {MAX_TOKENS} selected words in a data row") from None
    if not any(pages.values()):
        raise ValueError("a location with groups of tokens")
    for page, found in pages.items():
        start = -1
        for at in sorted(found):
            if at - 1 not in found:
                start = at
            if at + 1 not in found:
                yield page, float(start), float(at + 1)


def _runs(location: msgspec.Raw) -> list[tuple[str | None, tuple[str, ...]]]:
    try:
        groups = _selections.decode(location).groups
    except (ValueError, RecursionError):
        return []
    return [(id_text(group.page_number), tuple(dict.fromkeys(group.tokens or ()))) for group in groups]


class _Order:
    """Words of a page in an order, as a chain: what follows each word and what it follows; None is both ends."""

    def __init__(self) -> None:
        self._next: dict[str | None, str | None] = {None: None}
        self._previous: dict[str | None, str | None] = {None: None}

    def merge(self, tokens: tuple[str, ...]) -> None:
        """Put in words, each new one behind the one that it follows; those at the start before the first known one."""
        first = next((token for token in tokens if token in self._next), None)
        last = self._previous[first]  # of no known word: the end of the chain
        for token in tokens:
            if token not in self._next:
                self._insert(token, last)
            last = token

    def _insert(self, token: str, last: str | None) -> None:
        following = self._next[last]
        self._next[last] = self._previous[following] = token
        self._next[token], self._previous[token] = following, last

    def __iter__(self) -> Iterator[str]:
        token = self._next[None]
        while token is not None:
            yield token
            token = self._next[token]
