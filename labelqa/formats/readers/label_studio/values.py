"""What is taken out of the value of an item, whoever wrote it: numbers, texts, lists of texts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_NUMBER_CHARACTERS = 40
_MOST_COUNTED = 1_000_000


class UnreadableError(ValueError):
    """A value is not what its control writes.

    Parameters
    ----------
    expected : str
        What was expected.
    field : str
        The field at fault.
    found : str, optional
        What was found.
    """

    def __init__(self, expected: str, field: str = "value", found: str | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.field = field
        self.found = found


def counted(value: object) -> int:
    """Give a count; 0 if it is none that can be meant.

    Examples
    --------
    >>> counted(3), counted(True), counted(-1), counted(10**400), counted("3")
    (3, 0, 0, 0, 0)
    """
    return value if type(value) is int and 0 <= value <= _MOST_COUNTED else 0


def number(value: object) -> float | None:
    """Give a finite number, written as such or as text; None if it is none.

    Examples
    --------
    >>> number(5), number("1.5"), number(True), number("nan"), number(10**400), number([1])
    (5.0, 1.5, None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and len(value) > _NUMBER_CHARACTERS:
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def numbers(value: Mapping[str, Any], *names: str) -> list[float]:
    """Give the numbers that must be there.

    Raises
    ------
    UnreadableError
        If one is missing or is no number.
    """
    found = [number(value.get(name)) for name in names]
    if None in found:
        listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        raise UnreadableError(listed)
    return [one for one in found if one is not None]


def text(value: object) -> str | None:
    """Give a scalar as text; None for nothing, lists and objects.

    Examples
    --------
    >>> text("a"), text(2), text(True), text(""), text(["a"])
    ('a', '2', 'true', None, None)
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value) or None
    return None


def texts(value: object) -> list[str]:
    """Give a list of scalars, or one scalar, as texts; what is no scalar or empty is passed over.

    Examples
    --------
    >>> texts(["a", "", None, 2]), texts("a"), texts(None)
    (['a', '2'], ['a'], [])
    """
    several = value if isinstance(value, list) else [value]
    return [found for one in several if (found := text(one)) is not None]


def odd_text(value: object) -> str | None:
    """Show the first thing that `texts` passes over though there is something in it; None if there is none.

    Examples
    --------
    >>> odd_text(["a", {"b": 1}]), odd_text(["a", None, ""]), odd_text("a")
    ("{'b': 1}", None, None)
    """
    several = value if isinstance(value, list) else [value]
    return next((repr(one) for one in several if isinstance(one, (list, dict)) and one), None)
