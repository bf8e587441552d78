"""Large exports: read into the folder of a project, in memory that does not grow with them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from labelqa.formats.crossed import note_crossed
from labelqa.formats.detect import format_named
from labelqa.formats.files import on_disk
from labelqa.formats.read import CACHED, Progress, collect, read, sorted_out
from labelqa.project import Builder, merge, parquet
from labelqa.project.spill import SPILL_BYTES, Spill, writing_to
from labelqa.project.stored_project import Stored

SORTING = "sorting"
"""Stands for the name of a file once all of them are read, when rows are put in order."""

LARGE_BYTES = 512 << 20
"""Exports of fewer bytes are read into memory."""

_PACKED = 8
"""Bytes of an export in a packed file of one byte, about."""

_MAGIC = (b"\x1f\x8b", b"PK")


def is_large(paths: Sequence[str | Path]) -> bool:
    """Tell whether exports are too large to be read into memory without need.

    Raises
    ------
    InputError
        If a path does not exist or cannot be looked at.
    """
    n_bytes = 0
    for _, path in on_disk(paths):
        if path.is_dir():  # a written project, which is joined with others in memory
            return False
        try:
            with path.open("rb") as stream:
                n_bytes += path.stat().st_size * (_PACKED if stream.read(2) in _MAGIC else 1)
        except OSError:  # told when it is read
            return False
    return n_bytes >= LARGE_BYTES


def stored(
    paths: Sequence[str | Path],
    scratch: Path,
    format: str | None = None,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Stored:
    """Read large exports into a project that stays on disk.

    Parameters
    ----------
    paths, format, progress, cache
        As of `labelqa.read`.
    scratch : Path
        A folder that is there as long as the project is looked at.

    Raises
    ------
    InputError, UsageError
        As `store`.
    """
    folder = scratch / "project"

    def read_anew() -> Stored:
        store(list(paths), folder, format, progress)
        return Stored.at(folder)

    if cache is None:
        return read_anew()
    from labelqa.formats.cache import Cache

    found, is_kept = Cache(cache).through(
        [Path(path) for path in paths],
        None if format is None else format_named(format).name,
        Stored.at,
        read_anew,
        lambda _, draft: shutil.copytree(folder, draft, copy_function=_linked, dirs_exist_ok=True),
    )
    if is_kept and progress is not None:
        progress(1, 1, CACHED)
    return found


def _linked(source: str, target: str) -> None:
    """Give a file a second name where that is possible, else copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def store(source: Any, folder: str | Path, format: str | None = None, progress: Progress | None = None) -> None:
    """Read exports into a folder, as `labelqa.read(source).write(folder)` does, in memory that does not grow with them.

    What is read goes to disk beside the project first, about half as many bytes as the export has, and is gone in the
    end. Formats whose files are read as a whole (COCO) still take the memory for that, and so does a source with a folder
    that `Project.write` has written.

    Parameters
    ----------
    source, format
        As of `labelqa.read`.
    progress : callable, optional
        As of `labelqa.read`; then called with the parts that are put in order, all of them, and "sorting".
    folder : path
        Where the tables are written; made if need be. An earlier project is replaced.

    Raises
    ------
    InputError
        As `labelqa.read`.
    UsageError
        If the folder cannot be written to, or holds anything but an earlier project.
    """
    wanted = None if format is None else format_named(format)
    frames, paths = sorted_out(source)
    target = Path(folder)
    parquet.check_target(target)
    if any(path.is_dir() for _, path in on_disk(paths)):
        read(source, format, progress=progress).write(target)
        return
    is_new = not target.exists()
    try:
        with writing_to(target):
            target.mkdir(parents=True, exist_ok=True)
            scratch = TemporaryDirectory(dir=target, prefix=".labelqa-")
        with scratch as inner:
            chunks, draft = Path(inner) / "chunks", Path(inner) / "project"
            chunks.mkdir()
            draft.mkdir()
            with Spill(chunks, SPILL_BYTES) as spill:
                builder = Builder(spill=spill)
                collect(paths, frames, wanted, progress, builder)
                told = None if progress is None else lambda done, total: progress(done, total, SORTING)
                merge.write(builder.spilled(), builder.problems, draft, note_crossed, told)
            with writing_to(target):
                for file in draft.iterdir():
                    file.replace(target / file.name)
    except BaseException:
        if is_new and target.is_dir() and not any(target.iterdir()):
            target.rmdir()
        raise
