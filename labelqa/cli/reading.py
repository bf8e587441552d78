"""How exports are read on the command line: format, benchmark, pseudonyms, cache."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labelqa.cli.progress import progress
from labelqa.errors import UsageError

if TYPE_CHECKING:
    from labelqa.formats.read import Export
    from labelqa.measures.workforce.rates import RateCard
    from labelqa.project import Project
    from labelqa.project.stored_project import Stored

KEY_VARIABLE = "LABELQA_PSEUDONYM_KEY"
ONCE = "\0"
"""Stands for `--pseudonyms` without a file."""

_LARGEST_KEY = 4_096


@dataclass(frozen=True)
class Reading:
    """How exports are read.

    Parameters
    ----------
    format_name : str or None
        Read every file as this format.
    benchmark : sequence of str
        Labelers whose labels are ground truth.
    key : bytes or None
        The key of the pseudonyms that stand for labelers; None: names are shown.
    cache : str or None
        The folder in which large exports are kept once they are read.
    """

    format_name: str | None
    benchmark: Sequence[str]
    key: bytes | None = None
    cache: str | None = None

    @classmethod
    def of(
        cls, format_name: str | None, benchmark: Sequence[str], pseudonyms: str | None, cache: str | None = None
    ) -> Reading:
        """Take the options.

        Raises
        ------
        UsageError
            If the file is no key.
        """
        return cls(format_name, benchmark, None if pseudonyms is None else _key(pseudonyms), cache)

    def project(self, paths: Sequence[str]) -> Project:
        """Read exports as one project."""
        from labelqa.formats.read import read

        with progress("reading") as report:
            project = read(
                list(paths),
                format=self.format_name,
                benchmark=self.benchmark or None,
                progress=report,
                cache=self.cache,
            )
        return self.shown(project)

    def export(self, paths: Sequence[str]) -> Export:
        """Read exports as one project, and tell which of their records are about which assets; names are shown."""
        from labelqa.formats.read import read_export

        with progress("reading") as report:
            return read_export(list(paths), format=self.format_name, benchmark=self.benchmark or None, progress=report)

    def in_place(self, paths: Sequence[str]) -> Stored | None:
        """Give a single project written by labelqa where it lies; None for exports, and where names are to be hidden."""
        from labelqa.project.parquet import is_project
        from labelqa.project.remote import is_url
        from labelqa.project.stored_project import Stored

        if len(paths) != 1 or self.key is not None or not (is_url(paths[0]) or is_project(Path(paths[0]))):
            return None
        stored = Stored.at(paths[0])
        return stored.with_benchmark(self.benchmark) if self.benchmark else stored

    def is_large(self, paths: Sequence[str]) -> bool:
        """Tell whether exports are read into a folder instead of memory; not where names are to be hidden."""
        from labelqa.formats.store import is_large

        return self.key is None and is_large(paths)

    def stored(self, paths: Sequence[str], scratch: str) -> Stored:
        """Read large exports into a folder: that of the cache, else one in `scratch`."""
        from labelqa.formats.store import stored

        with progress("reading") as report:
            project = stored(paths, Path(scratch), self.format_name, report, self.cache)
        return project.with_benchmark(self.benchmark) if self.benchmark else project

    def store(self, paths: Sequence[str], target: str) -> Stored:
        """Read large exports into a folder of the user's."""
        from labelqa.formats.store import store
        from labelqa.project.stored_project import Stored

        with progress("reading") as report:
            store(list(paths), target, self.format_name, report)
        return Stored.at(target)

    def shown(self, project: Project) -> Project:
        """Give a project as it may be shown: with pseudonyms, if they are asked for."""
        return project if self.key is None else project.with_pseudonyms(self.key)

    def rates(self, file: str | None) -> RateCard | None:
        """Read a rate card, whose names are those of the export."""
        from labelqa.measures.workforce.rates import RateCard

        card = RateCard.of(file)
        return card if card is None or self.key is None else card.with_pseudonyms(self.key)


def user_cache() -> str:
    """Say where a user's cache is: `labelqa` in the folder of caches that the system names."""
    named = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    folder = Path(named) if Path(named).is_absolute() else Path("~/.cache").expanduser()
    return str(folder / "labelqa")


def _key(file: str) -> bytes:
    """Take the key from a file, else from the environment; else make one for this run."""
    from labelqa.project.pseudonyms import LEAST_KEY, checked_key

    if file != ONCE:
        return _key_of_file(file)
    given = os.environ.get(KEY_VARIABLE)
    if given:
        if len(given.encode()) < LEAST_KEY:
            raise UsageError(f"{KEY_VARIABLE} has fewer than {LEAST_KEY} characters; a key is longer")
        return checked_key(given)
    click.echo(f"pseudonyms of this run only; a key file or {KEY_VARIABLE} gives the same every time", err=True)
    return secrets.token_hex(32).encode()


def _key_of_file(file: str) -> bytes:
    """Read a key: one line without blanks, so that an export is not taken for one."""
    from labelqa.project.pseudonyms import LEAST_KEY

    try:
        with Path(file).open("rb") as opened:
            data = opened.read(_LARGEST_KEY + 1).strip()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read as the key of --pseudonyms: {error.strerror or error}") from error
    if not (LEAST_KEY <= len(data) <= _LARGEST_KEY and data.isascii() and len(data.split()) == 1):
        raise UsageError(
            f"{file}: is no key for pseudonyms, which is one line of {LEAST_KEY} to {_LARGEST_KEY:,} ASCII characters without "
            "blanks, as openssl rand -hex 32 makes it. Without a key file, give --pseudonyms behind the paths"
        )
    return data
