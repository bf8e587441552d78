"""Which format a file is of: every format looks at the file's head and accepts it or says why not."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from labelqa.errors import FormatError, InputError, UsageError, near_match
from labelqa.formats import readers
from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.sample import Sample, sample


@cache
def formats() -> dict[str, Format]:
    """Give the formats that can be read, by name, sorted.

    Examples
    --------
    >>> formats()["labelbox"].title
    'Labelbox export v2'
    """
    found = [
        importlib.import_module(f"{readers.__name__}.{module.name}").FORMAT
        for module in pkgutil.iter_modules(readers.__path__)
        if not module.name.startswith("_")
    ]
    return {format.name: format for format in sorted(found, key=lambda format: format.name)}


def format_named(name: str) -> Format:
    """Find a format by its name.

    Raises
    ------
    UsageError
        If there is none.
    """
    known = formats()
    if name not in known:
        raise UsageError(f"There is no format {name!r}{near_match(str(name), known)} (known: {', '.join(known)})")
    return known[name]


def detect(file: File) -> Format:
    """Recognise the format of a file.

    Raises
    ------
    FormatError
        If no format fits; it says why each was refused.
    InputError
        If the file is empty or cannot be read at all, or several formats fit.
    """
    seen = sample(file)
    if seen.fault:
        raise InputError("an export", file=file.name, found=seen.fault)
    reasons = refusals(seen)
    fitting = [name for name, reason in reasons.items() if reason is None]
    if not fitting:
        raise FormatError(file.name, {name: reason for name, reason in reasons.items() if reason is not None})
    if len(fitting) > 1:
        raise InputError(
            "an export of one format",
            file=file.name,
            found=" and ".join(fitting),
            remedy="Name the format with --format.",
        )
    return formats()[fitting[0]]


def refusals(seen: Sample) -> dict[str, str | None]:
    """Ask every format: its reason to refuse a file with this head, or None if it accepts."""
    return {name: format.refuse(seen) for name, format in formats().items()}
