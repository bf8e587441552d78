"""Scores as files: one Parquet or CSV file a table, and `scores.json`, which says how they were made.

CSV is for people and spreadsheets: text that a spreadsheet would run as a formula is given a leading `'`, and the
answers of a checklist are joined by `|`. Parquet keeps everything as it is.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import polars as pl

import labelqa
from labelqa.errors import UsageError, near_match
from labelqa.measures.score import MANIFEST, TABLES, Scores

SUFFIXES = ("parquet", "csv")
Write = Callable[[IO[bytes]], object]
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

_NAMES = (*TABLES, "problems", "sources")
_VERSION = 1

_FORMULA = r"^[=+\-@\t\r\n\x00]"
"""What makes a spreadsheet take a cell for a formula, or drop it and look at the rest (OWASP, CSV injection)."""


def write_tables(scores: Scores, folder: str | Path, to: str = "parquet", tables: Sequence[str] = TABLES) -> list[Path]:
    """Write tables of scores to `folder` (made if need be), and how they were made to `scores.json`.

    The files are put in place when all of them are complete, each in one step, so that a failure leaves the folder as it
    was. Scores that were written there earlier are replaced; other files are left alone.

    Parameters
    ----------
    scores : Scores
    folder : str or Path
    to : "parquet" or "csv"
    tables : sequence of str
        Which of the tables; all by default. Problems and sources of the project are written besides.

    Returns
    -------
    list of Path
        The files, `scores.json` last.

    Raises
    ------
    UsageError
        If `to` is unknown, the folder holds something but no earlier scores, or it cannot be written to.
    """
    if to not in SUFFIXES:
        raise UsageError(f"Tables are written to one of {', '.join(SUFFIXES)}, not {to!r}{near_match(to, SUFFIXES)}")
    target = Path(folder)
    check_folder(target)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with Drafts(target) as drafts:
            for name, write in _writers(scores, to, tables):
                drafts.add(f"{name}.{to}", write)
            # The manifest comes last: it is there when everything is.
            manifest = json.dumps(_manifest(scores, drafts.names), indent=1, allow_nan=False) + "\n"
            drafts.add(MANIFEST, lambda file: file.write(manifest.encode()))
            written = drafts.put_in_place()
        for stale in {target / f"{name}.{suffix}" for name in _NAMES for suffix in SUFFIXES} - set(written):
            stale.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written to: {error.strerror or error}") from error
    return written


def _writers(scores: Scores, to: str, tables: Sequence[str]) -> Iterator[tuple[str, Write | Path]]:
    """Give what writes each table of scores, then the problems and sources of its project; or a file that is the table."""
    for name in tables:
        file = scores.kept.file(name)
        if file is None:
            yield name, writer(getattr(scores, name), to)
        else:
            yield name, file if to == "parquet" else partial(pl.LazyFrame.sink_csv, plain(scores.scan(name)))
    yield "problems", writer(scores.problems, to)
    yield "sources", writer(scores.sources, to)


def check_folder(folder: str | Path) -> None:
    """Check that scores may be written to a folder: it is new, empty, or holds earlier scores.

    Raises
    ------
    UsageError
        If it is not.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; give a folder to write the scores to")
    if (
        folder.is_dir()
        and not _holds_scores(folder)
        and any(not path.name.startswith(".") for path in folder.iterdir())
    ):
        raise UsageError(f"{folder} is not empty and holds no labelqa scores; give a new or empty folder")


def _holds_scores(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and manifest.get("labelqa") == "scores"


def _manifest(scores: Scores, files: list[str]) -> dict[str, Any]:
    return {"labelqa": "scores", "schema": _VERSION, "version": labelqa.__version__, "files": files, **scores.how}


def writer(frame: pl.DataFrame, to: str) -> Write:
    """Give the function that writes a frame to a file; CSV without live formulas."""
    if to == "csv":
        flat = plain(frame)
        return lambda file: flat.write_csv(file)
    return lambda file: frame.write_parquet(file, compression="zstd")


def plain(frame: Frame) -> Frame:
    r"""Flatten a table to what a spreadsheet holds: no lists, no live formulas.

    Examples
    --------
    >>> frame = pl.DataFrame({"labeler": ["ann", '=cmd|"/c calc"'], "n": [-1, 2], "answer_a": [["x", "y"], None]})
    >>> plain(frame).rows()
    [('ann', -1, 'x|y'), ('\'=cmd|"/c calc"', 2, None)]
    """
    joined = frame.with_columns(
        pl.col(pl.List(pl.String)).list.join("|"), pl.col(pl.Enum, pl.Categorical).cast(pl.String)
    )
    text = pl.col(pl.String)
    safe = pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text)
    return joined.with_columns(safe.name.keep()).rename(lambda name: f"'{name}" if re.match(_FORMULA, name) else name)


def as_csv(frame: pl.DataFrame) -> bytes:
    """Write a table as CSV (UTF-8), for people and spreadsheets: no lists, no live formulas.

    Examples
    --------
    >>> as_csv(pl.DataFrame({"labeler": ["ann", "=1+1"]})).decode().split()
    ['labeler', 'ann', "'=1+1"]
    """
    return plain(frame).write_csv().encode()


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
