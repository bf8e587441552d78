"""Progress of long work: on stderr, only on a terminal, only when there is something to wait for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

Report = Callable[..., None]
"""Called with how much is done, how much there is, and whatever else the work tells."""

_PATIENCE = 1.0
"""Seconds of work before anything is shown."""


@contextmanager
def progress(doing: str) -> Iterator[Report | None]:
    """Show how far some work is while the block runs.

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
    bar = _Bar(doing)
    try:
        yield bar.update
    finally:
        bar.close()


class _Bar:
    """A bar that appears after a moment of patience and leaves nothing behind."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._since = time.monotonic()
        self._shown: Progress | None = None

    def update(self, done: int, total: int, *_: object) -> None:
        if self._shown is None:
            if time.monotonic() - self._since < _PATIENCE:
                return
            self._shown = _started(self._doing, total)
        self._shown.update(self._shown.task_ids[0], completed=done, total=total)

    def close(self) -> None:
        if self._shown is not None:
            self._shown.stop()


def _started(doing: str, total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    shown = Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    )
    shown.add_task(doing, total=total)
    shown.start()
    return shown
