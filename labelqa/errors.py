"""The errors labelqa raises: facts go in, a sentence with a remedy comes out.

::

    LabelqaError
    ├── UsageError          the call is wrong: an unknown option, name or scheme       (exit code 2)
    └── InputError          the data cannot be read: file, record, field, found, expected (exit code 3)
        └── FormatError     no format fits the file; says why each one was refused

What can be read in spite of a fault is not an error but a row of `Project.problems`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from itertools import takewhile

__all__ = ["FormatError", "InputError", "LabelqaError", "UsageError", "near_match"]

_SHOWN_CHARACTERS = 120


def excerpt(value: object) -> str:
    r"""Show an untrusted value on one line: control characters escaped, long values cut.

    Examples
    --------
    >>> excerpt("a\nb")
    "'a\\nb'"
    """
    try:
        text = repr(_beginning(value, [_SHOWN_CHARACTERS]))
    except ValueError:  # a whole number of thousands of digits
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _beginning(value: object, room: list[int]) -> object:
    """Take as much of a value as can be shown: nobody writes out a million numbers to show ten. `room` counts down."""
    room[0] -= 1
    if isinstance(value, str | bytes):
        return value[:_SHOWN_CHARACTERS]
    if isinstance(value, list):
        return [_beginning(one, room) for one in takewhile(lambda _: room[0] > 0, value)]
    if isinstance(value, dict):
        shown = takewhile(lambda _: room[0] > 0, value.items())
        return {_beginning(key, room): _beginning(one, room) for key, one in shown}
    return value


def near_match(name: str, known: Iterable[str]) -> str:
    """Suggest the known name that `name` most likely meant, as the end of a sentence; empty if none is near.

    Examples
    --------
    >>> near_match("bechmark", ["benchmark", "labelers"])
    "; did you mean 'benchmark'?"
    >>> near_match("xyz", ["benchmark"])
    ''
    """
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


class LabelqaError(Exception):
    """Base of every error that labelqa raises on purpose."""


class UsageError(LabelqaError):
    """The call is wrong: an unknown name, an option out of range, a scheme that does not exist."""


class InputError(LabelqaError):
    """A file or table cannot be read.

    Parameters
    ----------
    expected : str
        What should have been there.
    file, record, field, found : optional
        Where it is and what was there instead. `record` counts from 1.
    remedy : str, optional
        What to do about it.

    Examples
    --------
    >>> print(InputError("a number", file="a.csv", record=3, field="x", found="abc", remedy="Correct the cell."))
    a.csv, record 3, field x: found 'abc', expected a number. Correct the cell.
    """

    def __init__(
        self,
        expected: str,
        *,
        file: str | None = None,
        record: int | None = None,
        field: str | None = None,
        found: object = None,
        remedy: str | None = None,
    ) -> None:
        self.file, self.record, self.field = file, record, field
        self.found, self.expected, self.remedy = found, expected, remedy
        where = [
            part
            for part in (
                file,
                None if record is None else f"record {record}",
                None if field is None else f"field {field}",
            )
            if part
        ]
        what = f"expected {expected}" if found is None else f"found {excerpt(found)}, expected {expected}"
        sentence = f"{', '.join(where)}: {what}." if where else f"{what[0].upper()}{what[1:]}."
        super().__init__(f"{sentence} {remedy}" if remedy else sentence)


class FormatError(InputError):
    """No format fits a file.

    Parameters
    ----------
    file : str
        The file's name.
    refusals : mapping of str to str
        For each format, why it was refused.
    """

    def __init__(self, file: str, refusals: Mapping[str, str]) -> None:
        self.refusals = dict(refusals)
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in self.refusals.items())
        super().__init__(
            "an export that labelqa can read",
            file=file,
            remedy=f"Name the format with --format if it is one of these, else convert the file.{reasons}",
        )
