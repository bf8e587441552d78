"""A folder of results: a file for each table, and a manifest that says what they are and how they were made."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import polars as pl

import labelqa
from labelqa.errors import UsageError, near_match

SUFFIXES = ("parquet", "csv")
Write = Callable[[IO[bytes]], object]


def check_suffix(to: str) -> None:
    """Check that tables can be written so.

    Raises
    ------
    UsageError
        If it is none of `SUFFIXES`.
    """
    if to not in SUFFIXES:
        raise UsageError(f"Tables are written to one of {', '.join(SUFFIXES)}, not {to!r}{near_match(to, SUFFIXES)}")


@dataclass(frozen=True)
class ResultFolder:
    """Where results of one sort are written.

    Parameters
    ----------
    path : Path
    noun : str
        What they are, as the manifest says: scores, workforce. The manifest has this name.
    tables : sequence of str
        The names that a table may have.
    """

    path: Path
    noun: str
    tables: tuple[str, ...]

    @property
    def manifest(self) -> Path:
        """The manifest."""
        return self.path / f"{self.noun}.json"

    def check(self) -> None:
        """Check that it is new, empty, or holds earlier results of this sort.

        Raises
        ------
        UsageError
            If it does not.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"{self.path} is a file; give a folder to write the {self.noun} to")
        is_taken = self.path.is_dir() and any(not path.name.startswith(".") for path in self.path.iterdir())
        if is_taken and not self._is_ours():
            raise UsageError(f"{self.path} is not empty and holds no labelqa {self.noun}; give a new or empty folder")

    def _is_ours(self) -> bool:
        try:
            manifest = json.loads(self.manifest.read_bytes())
        except (OSError, ValueError, RecursionError):
            return False
        return isinstance(manifest, dict) and manifest.get("labelqa") == self.noun

    def write(self, files: Iterable[tuple[str, Write | Path]], facts: Mapping[str, Any]) -> list[Path]:
        """Write files (name, and what writes it or is it), then the manifest with their names and these facts.

        They are put in place when all of them are complete, each in one step, so that a failure leaves the folder as it
        was. Tables that were written there earlier are replaced or removed; other files are left alone.

        Returns
        -------
        list of Path
            The files, the manifest last.

        Raises
        ------
        UsageError
            If the folder holds something else, or cannot be written to.
        """
        self.check()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with Drafts(self.path) as drafts:
                for name, write in files:
                    drafts.add(name, write)
                # The manifest comes last: it is there when everything is.
                about = {"labelqa": self.noun, "version": labelqa.__version__, "files": drafts.names, **facts}
                text = json.dumps(about, indent=1, allow_nan=False) + "\n"
                drafts.add(self.manifest.name, lambda file: file.write(text.encode()))
                written = drafts.put_in_place()
            for stale in {self.path / f"{name}.{suffix}" for name in self.tables for suffix in SUFFIXES} - set(written):
                stale.unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be written to: {error.strerror or error}") from error
        return written


class Drafts:
    """Files written under hidden names in their folder, and put in place together when all are complete."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drafts: dict[str, Path] = {}

    def __enter__(self) -> Drafts:
        return self

    def __exit__(self, *_: object) -> None:
        for draft in self._drafts.values():
            draft.unlink(missing_ok=True)

    @property
    def names(self) -> list[str]:
        """The names the files will have."""
        return list(self._drafts)

    def add(self, name: str, write: Write | Path) -> None:
        """Write a file under a hidden name; one that is there already, on the same disk, is moved."""
        draft = self._folder / f".{name}.{secrets.token_hex(4)}"
        if isinstance(write, Path):
            os.replace(write, draft)
            self._drafts[name] = draft
            return
        with draft.open("xb") as file:
            self._drafts[name] = draft
            try:
                write(file)
            except pl.exceptions.ComputeError as error:  # so polars passes on what the file raised
                raise OSError(str(error)) from error

    def put_in_place(self) -> list[Path]:
        """Give all files their names."""
        places = [self._folder / name for name in self._drafts]
        for place, draft in zip(places, self._drafts.values(), strict=True):
            os.replace(draft, place)
        return places
