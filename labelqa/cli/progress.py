"""Progress of long work: on stderr, only on a terminal, only when there is something to wait for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress

Report = Callable[..., None]
"""Called with how much is done, how much there is, and whatever else the work tells."""

READING = "reading"
"""Work that is counted in bytes."""

FROM_CACHE = "the cache"
"""What reading names instead of a file when there is nothing to read; a test holds it equal."""

SORTING = "sorting"
"""What reading names instead of a file when all are read; a test holds it equal."""

_PATIENCE = 1.0
"""Seconds of work before anything is shown."""

_EVERY = 0.1
"""Seconds between two looks at how far the work is; it may tell a thousand times as often."""

_REFRESHED = 5
"""Times a second that the line is drawn anew."""


@contextmanager
def progress(doing: str) -> Iterator[Report | None]:
    """Show how far some work is while the block runs, and how long it will take; of reading, bytes and their rate too.

    Parameters
    ----------
    doing : str
        What is done, as in "reading".

    Yields
    ------
    callable or None
        To be called with done and total now and then; None where nobody is watching.
    """
    if not sys.stderr.isatty():
        yield None
        return
    bar = _Bar(doing, in_bytes=doing == READING)
    try:
        yield bar.update
    finally:
        bar.close()


class _Bar:
    """A bar that appears after a moment of patience and leaves nothing behind."""

    def __init__(self, doing: str, in_bytes: bool) -> None:
        self._doing, self._in_bytes = doing, in_bytes
        self._since = self._next = time.monotonic()
        self._shown: Progress | None = None

    def update(self, done: int, total: int, name: str = "") -> None:
        if name == FROM_CACHE:
            click.echo("labelqa: read from the cache; --no-cache reads the export itself", err=True)
            return
        if name == SORTING != self._doing:
            self._become(SORTING)
        now = time.monotonic()
        if now < self._next and done < total:
            return
        self._next = now + _EVERY
        if self._shown is None:
            if now - self._since < _PATIENCE:
                return
            self._shown = _started(self._doing, total, self._in_bytes)
        self._shown.update(self._shown.task_ids[0], completed=done, total=total)

    def close(self) -> None:
        if self._shown is not None:
            self._shown.stop()
            self._shown = None

    def _become(self, doing: str) -> None:
        """Go on with other work, that is not counted in bytes."""
        self.close()
        self._doing, self._in_bytes = doing, False
        self._next = time.monotonic()


def _started(doing: str, total: int, in_bytes: bool) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        ProgressColumn,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    amount: tuple[ProgressColumn, ...] = (DownloadColumn(), TransferSpeedColumn()) if in_bytes else ()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), *amount, TimeRemainingColumn())
    shown = Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        refresh_per_second=_REFRESHED,
    )
    shown.add_task(doing, total=total)
    shown.start()
    return shown
