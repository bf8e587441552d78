"""A workforce as files, and as one JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

import labelqa
from labelqa.measures.workforce.workforce import TABLES, Workforce
from labelqa.report.as_json import encoded, encoded_rows
from labelqa.report.folder import ResultFolder, check_suffix
from labelqa.report.tables import writer

SCHEMA_VERSION = 1

_OF_PROJECT = ("problems", "sources")

_LEFT_OUT = ("labels", "sittings", "labeler_timeline", "evidence")
"""Tables that grow with the labels: too long for one document."""


def write_tables(work: Workforce, folder: str | Path, to: str = "parquet") -> list[Path]:
    """Write every table to `folder` (made if need be), and how they were made to `workforce.json`.

    What was written there earlier is replaced; see `ResultFolder.write`.

    Raises
    ------
    UsageError
        If `to` is unknown, the folder holds something else, or it cannot be written to.
    """
    check_suffix(to)
    files = ((f"{name}.{to}", writer(_as_text(frame) if to == "csv" else frame, to)) for name, frame in _frames(work))
    return result_folder(folder).write(files, {"schema": SCHEMA_VERSION, **work.how})


def result_folder(folder: str | Path) -> ResultFolder:
    """Give the folder as one of a workforce."""
    return ResultFolder(Path(folder), "workforce", (*TABLES, *_OF_PROJECT))


def _frames(work: Workforce) -> Iterator[tuple[str, pl.DataFrame]]:
    """Give every table of the workforce, then the problems and sources of its project."""
    for name in TABLES:
        yield name, getattr(work, name)
    for name in _OF_PROJECT:
        yield name, getattr(work.scores.comparison.project, name)


def document(work: Workforce) -> Iterator[str]:
    """Tell a workforce as JSON, in pieces.

    The document is an object: `schema_version`, `labelqa_version`, `how`, `left_out` (the tables that are not in it, with
    their row counts), and a list of objects for each other table. Undefined numbers are null; times are ISO 8601.

    Examples
    --------
    >>> from labelqa.measures.workforce.workforce import workforce
    >>> import json
    >>> text = "".join(document(workforce(labelqa.demo(assets=10, labelers=2))))
    >>> list(json.loads(text))[:5]
    ['schema_version', 'labelqa_version', 'how', 'left_out', 'project']
    """
    rows = {name: getattr(work, name).height for name in _LEFT_OUT}
    yield f'{{\n"schema_version": {SCHEMA_VERSION},\n"labelqa_version": {encoded(labelqa.__version__)},\n'
    yield f'"how": {encoded(dict(work.how))},\n'
    yield f'"left_out": {encoded({"rows": rows, "remedy": "-o writes these tables"})}'
    for name, frame in _frames(work):
        if name not in _LEFT_OUT:
            yield f',\n"{name}": ['
            yield from encoded_rows(_as_text(frame))
            yield "\n]" if frame.height else "]"
    yield "\n}\n"


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Write times and days as ISO 8601."""
    times: dict[str, Any] = {
        name: pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z" if dtype.time_zone else "%Y-%m-%dT%H:%M:%S%.f")
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Datetime)
    }
    days = {name: pl.col(name).dt.strftime("%Y-%m-%d") for name, dtype in frame.schema.items() if dtype == pl.Date}
    return frame.with_columns(**times, **days)
