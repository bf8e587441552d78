"""What a format that can be written is: a name and one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labelqa.formats.losses import Losses
from labelqa.project import Project

NO_PLACE = "the format has no place for it"
"""The commonest reason why something is not carried."""


@dataclass(frozen=True)
class Writer:
    """A format that can be written. Each module in `labelqa.formats.writers` makes one and calls it `WRITER`.

    Parameters
    ----------
    name : str
        The name to choose it by, as in `--to coco`; that of the format that reads it back, if there is one.
    title : str
        The name for people.
    suffixes : tuple of str
        Of the file it writes; the empty suffix is that of a folder.
    write : callable
        Writes a project to a path where nothing stands, and counts what it cannot carry. What it writes can be read back.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    write: Callable[[Project, Path, Losses], None]
