"""Exports that were read, kept as Parquet: the same files read again are not read again.

An entry is a folder with the tables of a project, named by a hash of all that its content depends on: names, sizes, times
and samples of the content of the files, the format asked for, and the code that read them. It is written beside and
renamed at the end, so that no reader meets half of one; one that is damaged or gone counts as not there. Entries that
were used longest ago go once there are more than `MOST_BYTES`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeVar

import polars as pl

from labelqa.errors import LabelqaError
from labelqa.formats.files import on_disk, shown

LEAST_BYTES = 8 << 20
"""Exports of fewer bytes on disk are read about as quickly as a cache."""

MOST_BYTES = 4 << 30
"""Most bytes of all entries together."""

_SAMPLED_WHOLE = 512 << 10
_SAMPLE, _N_SAMPLES = 4 << 10, 64
_ENDS = 64 << 10
_SETTLED = 2.0
"""Seconds since a file was changed: a change right after would not show in the times of some file systems."""

_ENTRY, _DRAFT = ".entry-", ".draft-"
"""Hidden folders: where a cache lies among exports, what is in it is none."""

_FORGOTTEN = 24 * 3600.0
"""Seconds after which a draft is one of a process that is no more."""

_FAILURES = (OSError, ValueError, LabelqaError, pl.exceptions.PolarsError)


Found = TypeVar("Found")


class Key(NamedTuple):
    """What an entry is found by, and when the newest of its files was changed, in seconds since 1970."""

    name: str
    changed: float

    @property
    def is_settled(self) -> bool:
        """Whether the files were left alone long enough for their times to show the next change."""
        return self.changed < time.time() - _SETTLED


class Cache:
    """A folder of projects by what they were read from.

    Parameters
    ----------
    folder : path
        Made when something is kept.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def key(self, paths: Sequence[Path], format: str | None) -> Key | None:
        """Name what the paths hold now; None if that is too little to keep, or Parquet already, or cannot be told.

        Parameters
        ----------
        paths : sequence of Path
            Files and folders, as they are given to `labelqa.read`.
        format : str or None
            The format asked for.
        """
        digest = blake2b(digest_size=20)
        n_bytes, changed = 0, 0.0
        try:
            for given, path in on_disk(paths):
                if path.is_dir():  # a written project
                    return None
                facts = path.stat()
                n_bytes += facts.st_size
                changed = max(changed, facts.st_mtime)
                about = [shown(given), shown(path), facts.st_size, facts.st_mtime_ns, _content(path, facts.st_size)]
                digest.update(json.dumps(about).encode())
        except _FAILURES:  # told when it is read
            return None
        digest.update(json.dumps([format, _code()]).encode())
        return Key(digest.hexdigest(), changed) if n_bytes >= LEAST_BYTES else None

    def through(
        self,
        paths: Sequence[Path],
        format: str | None,
        look: Callable[[Path], Found],
        read: Callable[[], Found],
        write: Callable[[Found, Path], object],
    ) -> tuple[Found, bool]:
        """Look here first for what paths hold, and keep what had to be read.

        Parameters
        ----------
        paths, format
            As of `key`.
        look : callable
            Opens the folder of a project.
        read : callable
            Reads the paths.
        write : callable
            Writes what was read to a folder.

        Returns
        -------
        found : what `look` or `read` gives
        is_kept : bool
            Whether it was here.
        """
        key = self.key(paths, format)
        kept = None if key is None else self.find(key, look)
        if kept is not None:
            return kept, True
        is_settled = key is not None and key.is_settled
        found = read()
        if key is not None and is_settled and key == self.key(paths, format):
            self.keep(key, partial(write, found))
        return found, False

    def find(self, key: Key, look: Callable[[Path], Found]) -> Found | None:
        """Look at the folder kept under a key; None if there is none, or it is damaged."""
        entry = self._folder / f"{_ENTRY}{key.name}"
        if not entry.exists():
            return None
        try:
            found = look(entry)
            os.utime(entry)
        except _FAILURES:
            self._drop(entry)
            return None
        return found

    def keep(self, key: Key, write: Callable[[Path], object]) -> None:
        """Keep what is written to a folder, if possible: a full disk or a folder of somebody else changes nothing."""
        draft = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=self._folder))
            write(draft)
            draft.rename(self._folder / f"{_ENTRY}{key.name}")
            self._make_room()
        except _FAILURES:  # or another process was quicker
            if draft is not None:
                shutil.rmtree(draft, ignore_errors=True)

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
        """Remove an entry at once, as others see it."""
        with suppress(OSError):
            grave = tempfile.mkdtemp(prefix=_DRAFT, dir=self._folder)
            entry.rename(grave)
            shutil.rmtree(grave, ignore_errors=True)


def _content(path: Path, size: int) -> str:
    """Hash a file: a small one whole, of a large one both ends and samples between."""
    digest = blake2b(digest_size=20)
    with path.open("rb") as stream:
        if size <= _SAMPLED_WHOLE:
            digest.update(stream.read(_SAMPLED_WHOLE))
        else:
            for at, n_bytes in _samples(size):
                stream.seek(at)
                digest.update(stream.read(n_bytes))
    return digest.hexdigest()


def _samples(size: int) -> Iterable[tuple[int, int]]:
    yield 0, _ENDS
    yield from ((size * k // _N_SAMPLES, _SAMPLE) for k in range(1, _N_SAMPLES))
    yield size - _ENDS, _ENDS


@cache
def _code() -> str:
    """Hash the code that reads and stores, which tells one version from another, released or not."""
    digest = blake2b(digest_size=20)
    package = Path(__file__).parents[1]
    for floor in ("formats", "kinds", "project"):
        for path in sorted((package / floor).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
