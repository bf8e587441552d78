"""A folder of what was read or worked out before, by names that say all it depends on.

An entry is a folder of its own. It is written beside and renamed at the end, so that no reader meets half of one; one that
is damaged or gone counts as not there. Entries that were used longest ago go once there are more than `MOST_BYTES`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from labelqa.errors import LabelqaError
from labelqa.project.threads import in_order

MOST_BYTES = 4 << 30
"""Most bytes of all entries together."""

_ENTRY, _DRAFT = ".entry-", ".draft-"
"""Hidden folders: where they lie among exports, what is in them is none."""

_LIST = "entry.json"
_FORGOTTEN = 24 * 3600.0
"""Seconds after which a draft is one of a process that is no more."""

_ROWS_A_BYTE, _FREE_ROWS = 10, 1_000_000
"""Most rows of a table, so many and some for each byte of its file."""

_FAILURES = (OSError, ValueError, RecursionError, LabelqaError, pl.exceptions.PolarsError)
"""What a damaged entry, a full disk or a folder of somebody else may lead to."""

Schemas = Mapping[str, Mapping[str, pl.DataType]]
"""Columns of tables by name."""

Found = TypeVar("Found")


class Entries:
    """A folder of entries.

    Parameters
    ----------
    folder : path
        Made when something is kept.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def find(self, name: str, look: Callable[[Path], Found]) -> Found | None:
        """Look at the folder that is an entry; None if there is none, or it is damaged."""
        entry = self._folder / f"{_ENTRY}{name}"
        if not entry.is_dir():
            return None
        try:
            found = look(entry)
            os.utime(entry)
        except _FAILURES:
            self.drop(name)
            return None
        return found

    def keep(self, name: str, write: Callable[[Path], object]) -> None:
        """Keep what is written to a folder, if possible: a full disk or a folder of somebody else changes nothing."""
        draft = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=self._folder))
            write(draft)
            draft.rename(self._folder / f"{_ENTRY}{name}")
            self._make_room()
        except _FAILURES:  # or another process was quicker
            if draft is not None:
                shutil.rmtree(draft, ignore_errors=True)

    def drop(self, name: str) -> None:
        """Remove an entry at once, as others see it."""
        self._drop(self._folder / f"{_ENTRY}{name}")

    def _make_room(self) -> None:
        """Drop what was used longest ago, beyond `MOST_BYTES`, and forgotten drafts."""
        for draft in self._folder.glob(f"{_DRAFT}*"):
            with suppress(OSError):  # gone meanwhile
                if draft.stat().st_mtime < time.time() - _FORGOTTEN:
                    shutil.rmtree(draft, ignore_errors=True)
        entries = []
        for entry in self._folder.glob(f"{_ENTRY}*"):
            with suppress(OSError):
                entries.append((entry.stat().st_mtime, sum(file.stat().st_size for file in entry.iterdir()), entry))
        room = MOST_BYTES
        for _, n_bytes, entry in sorted(entries, reverse=True):
            room -= n_bytes
            if room < 0:
                self._drop(entry)

    def _drop(self, entry: Path) -> None:
        with suppress(OSError):
            grave = tempfile.mkdtemp(prefix=_DRAFT, dir=self._folder)
            entry.rename(grave)
            shutil.rmtree(grave, ignore_errors=True)


def write_tables(tables: Mapping[str, pl.DataFrame], folder: Path) -> None:
    """Write tables, with a list of their digests."""
    digests = {}
    for table, frame in tables.items():
        path = folder / f"{table}.parquet"
        frame.write_parquet(path, compression="lz4", statistics=False)
        digests[table] = _digest(path)
    (folder / _LIST).write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")


def read_tables(schemas: Schemas, folder: Path) -> dict[str, pl.DataFrame]:
    """Read the tables that `write_tables` wrote.

    Raises
    ------
    ValueError, OSError, polars.exceptions.PolarsError
        If they are damaged or others than these.
    """
    digests = json.loads((folder / _LIST).read_text(encoding="utf-8"))
    paths = {table: folder / f"{table}.parquet" for table in schemas}
    found = dict(zip(schemas, in_order(_digest, paths.values()), strict=True))
    if found != digests or not all(_is_plausible(path) for path in paths.values()):
        raise ValueError("not what was kept")
    tables = {table: pl.read_parquet(path, glob=False) for table, path in paths.items()}
    if any(tables[table].schema != pl.Schema(schemas[table]) for table in schemas):
        raise ValueError("other tables than these")
    return tables


@cache
def code(*floors: str) -> str:
    """Hash the code of floors and of what they compute with, which tells one version from another, released or not."""
    digest = blake2b(f"numpy {np.__version__} polars {pl.__version__}".encode(), digest_size=20)
    package = Path(__file__).parents[1]
    for floor in floors:
        for path in sorted((package / floor).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_plausible(path: Path) -> bool:
    """Tell whether a file may hold as many rows as it says: more are made up to fill the memory."""
    n_rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    return bool(n_rows <= _FREE_ROWS + _ROWS_A_BYTE * path.stat().st_size)


def _digest(path: Path) -> str:
    """Hash a file; a pipe would never end."""
    if not path.is_file():
        raise OSError(f"{path} is no file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
