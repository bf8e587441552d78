"""Scores as files: one Parquet or CSV file a table, and `scores.json`, which says how they were made.

CSV is for people and spreadsheets: text that a spreadsheet would run as a formula is given a leading `'`, and the
answers of a checklist are joined by `|`. Parquet keeps everything as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import polars as pl

from labelqa.measures.score import TABLES, Scores
from labelqa.report.folder import ResultFolder, Write, check_suffix

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

_VERSION = 1

_FORMULA = r"^[=+\-@\t\r\n\x00]"
"""What makes a spreadsheet take a cell for a formula, or drop it and look at the rest (OWASP, CSV injection)."""


def write_tables(scores: Scores, folder: str | Path, to: str = "parquet", tables: Sequence[str] = TABLES) -> list[Path]:
    """Write tables of scores to `folder` (made if need be), and how they were made to `scores.json`.

    Scores that were written there earlier are replaced; see `ResultFolder.write`.

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
    check_suffix(to)
    files = ((f"{name}.{to}", write) for name, write in _writers(scores, to, tables))
    return result_folder(folder).write(files, {"schema": _VERSION, **scores.how})


def result_folder(folder: str | Path) -> ResultFolder:
    """Give the folder as one of scores."""
    return ResultFolder(Path(folder), "scores", (*TABLES, "problems", "sources"))


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
