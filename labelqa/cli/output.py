"""Standard output: the page it is, and writing to it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from labelqa.errors import UsageError

if TYPE_CHECKING:
    from labelqa.report.page import Page

BROKEN_PIPE = 141
"""128 + SIGPIPE: what the shell reports of any program whose reader went away."""

_FILE_WIDTH = 100
_MOST_WIDTH = 130


def page() -> Page:
    """Tell what standard output is: as wide as the terminal, in colour unless that is not wanted (no-color.org)."""
    from labelqa.report.page import Page

    width = shutil.get_terminal_size(fallback=(_FILE_WIDTH, 24)).columns
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Page(min(width, _MOST_WIDTH), colour=sys.stdout.isatty() and not plain)


def write(pieces: Iterable[str]) -> None:
    r"""Write text to standard output.

    Characters that its encoding lacks are written out, as in `\u5c71`. When the reader has gone, as in
    `labelqa score ... | head -1`, the program ends quietly.

    Raises
    ------
    UsageError
        If it cannot be written, as on a full disk.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        for piece in pieces:
            sys.stdout.write(piece.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        # What is still buffered would fail again when the interpreter exits; let it go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise click.exceptions.Exit(BROKEN_PIPE) from None
        raise UsageError(f"The output cannot be written: {error.strerror}") from error
