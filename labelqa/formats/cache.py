"""Exports that were read, kept as Parquet: the same files read again are not read again.

An entry (`project/entries.py`) is the folder of a project, named by a hash of all that its content depends on: names, sizes,
times and samples of the content of the files, the format asked for, and the code that read them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeVar

from labelqa.errors import LabelqaError
from labelqa.formats.files import on_disk, shown
from labelqa.project.entries import Entries, code

LEAST_BYTES = 8 << 20
"""Exports of fewer bytes on disk are read about as quickly as a cache."""

_SAMPLED_WHOLE = 512 << 10
_SAMPLE, _N_SAMPLES = 4 << 10, 64
_ENDS = 64 << 10
_SETTLED = 2.0
"""Seconds since a file was changed: a change right after would not show in the times of some file systems."""

_FLOORS = ("formats", "kinds", "project")
"""Whose code reads and stores."""

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
        self._entries = Entries(folder)

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
        except (OSError, ValueError, LabelqaError):  # told when it is read
            return None
        digest.update(json.dumps([format, code(*_FLOORS)]).encode())
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
        kept = None if key is None else self._entries.find(key.name, look)
        if kept is not None:
            return kept, True
        is_settled = key is not None and key.is_settled
        found = read()
        if key is not None and is_settled and key == self.key(paths, format):
            self._entries.keep(key.name, partial(write, found))
        return found, False


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
