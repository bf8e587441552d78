"""Writing: from a project to a file or folder in a format that others read."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import tempfile
from functools import cache
from pathlib import Path

import polars as pl

from labelqa.errors import UsageError, near_match
from labelqa.formats import writers
from labelqa.formats.losses import Losses
from labelqa.formats.writer import Writer
from labelqa.project import Project


@cache
def writable() -> dict[str, Writer]:
    """Give the formats that can be written, by name, sorted.

    Examples
    --------
    >>> writable()["table"].suffixes
    ('.csv', '.parquet')
    """
    found = [
        importlib.import_module(f"{writers.__name__}.{module.name}").WRITER
        for module in pkgutil.iter_modules(writers.__path__)
        if not module.name.startswith("_")
    ]
    return {writer.name: writer for writer in sorted(found, key=lambda writer: writer.name)}


def writer_for(path: str | Path, to: str) -> Writer:
    """Find the writer of a format, and check that it may write there.

    Raises
    ------
    UsageError
        If there is no such format, something stands there already, or the suffix is another format's.
    """
    known = writable()
    if to not in known:
        raise UsageError(f"There is no format {to!r} to write{near_match(to, known)} (known: {', '.join(known)})")
    writer, target = known[to], Path(path)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise UsageError(f"{target} exists; give the name of a new file or folder")
    if target.suffix.lower() not in writer.suffixes and "" not in writer.suffixes:
        raise UsageError(f"{target}: a file of the format {to} ends in {' or '.join(writer.suffixes)}")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"{target.parent} is no folder; make it first")
    return writer


def write(project: Project, path: str | Path, to: str) -> pl.DataFrame:
    """Write a project in a format that other tools read.

    Parameters
    ----------
    project : Project
    path : str or Path
        A new file, or folder for the formats that need several files. It is there when all of it is written.
    to : str
        Name of the format; `labelqa formats` lists them.

    Returns
    -------
    polars.DataFrame
        What the format could not carry: what, n, why. Empty if `labelqa.read(path)` gives the same assets, labels and
        annotations.

    Raises
    ------
    UsageError
        If there is no such format, something stands at `path`, or it cannot be written to.

    Examples
    --------
    >>> import labelqa, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lost = write(labelqa.demo(assets=5, labelers=2), f"{folder}/labels.csv", "table")
    >>> "review" in lost["what"].to_list()
    True
    """
    writer, target, losses = writer_for(path, to), Path(path), Losses()
    try:
        with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".labelqa-") as folder:
            draft = Path(folder) / target.name
            writer.write(project, draft, losses)
            if target.is_dir():
                target.rmdir()
            shutil.move(draft, target)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written to: {error.strerror or error}") from error
    return losses.frame()
