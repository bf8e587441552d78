"""Writing verdicts to files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from labelqa.errors import UsageError


def check(targets: Sequence[str | None]) -> None:
    """Refuse files that cannot be written, and one that is named twice.

    Raises
    ------
    UsageError
        With the first one found.
    """
    named = [Path(target) for target in targets if target is not None]
    for place, target in enumerate(named):
        if target.is_dir() or not target.parent.is_dir():
            what = "is a folder" if target.is_dir() else "its folder does not exist"
            raise UsageError(f"{target}: cannot be written: {what}")
        if target in named[:place]:
            raise UsageError(f"{target}: two results cannot be written to one file")


def write(target: str, pieces: Iterable[str]) -> None:
    """Write text to a file, replacing what is there.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    _put(target, pieces, "w")


def add(target: str, pieces: Iterable[str]) -> None:
    """Add text to the end of a file; errors as in `write`."""
    _put(target, pieces, "a")


def _put(target: str, pieces: Iterable[str], mode: str) -> None:
    try:
        with Path(target).open(mode, encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}") from error
