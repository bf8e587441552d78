"""A project as a folder: one Parquet file a table and `project.json`, which says that it is one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl

from labelqa.errors import InputError, UsageError
from labelqa.project import schema
from labelqa.project.project import Project
from labelqa.project.stored import StoredError, check

MANIFEST = "project.json"
_VERSION = 2
_AGAIN = "Read the export again."

_ROWS_A_BYTE = 10
_FREE_ROWS = 1_000_000
"""Most rows of a table, so many and some for each byte of its file: more are made up to fill the memory."""


def is_project(folder: Path) -> bool:
    """Tell whether a folder was written by `write`."""
    return (folder / MANIFEST).is_file()


def write(project: Project, folder: Path) -> None:
    """Write the tables; a folder that holds something else is left alone."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; give a folder to write the project to")
    if folder.is_dir() and not is_project(folder) and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty and holds no labelqa project; give a new or empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name in schema.TABLES:
        project.tables[name].write_parquet(folder / f"{name}.parquet", compression="zstd")
    seal(folder)


def seal(folder: Path) -> None:
    """Write the manifest of the tables that are in a folder."""
    digests = {name: _digest(folder / f"{name}.parquet") for name in schema.TABLES}
    manifest = {"labelqa": "project", "schema": _VERSION, "sha256": digests}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> Project:
    """Read a folder written by `write`, checking that every table is as it was written and fits the others.

    A changed byte in a Parquet file is mostly read as another value, and at times ends the process; so nothing is parsed
    that is not what the manifest tells. That is no signature: who can write a folder can write its manifest.

    Raises
    ------
    InputError
        If a table is damaged or of another version, or holds what no project holds.
    """
    digests = _manifest(folder / MANIFEST)
    tables = {
        name: _table(folder / f"{name}.parquet", columns, digests.get(name)) for name, columns in schema.TABLES.items()
    }
    try:
        check(tables)
    except StoredError as fault:
        raise InputError(
            fault.expected,
            file=str(folder / f"{fault.table}.parquet"),
            record=fault.record,
            field=fault.column,
            found="something else",
            remedy=_AGAIN,
        ) from None
    return Project(tables)


def _manifest(path: Path) -> dict[str, object]:
    """Read the digests of the tables."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version, digests = manifest["schema"], manifest.get("sha256")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("a labelqa project manifest", file=str(path), found=str(error)) from None
    if version != _VERSION or not isinstance(digests, dict):
        raise InputError(f"schema {_VERSION}", file=str(path), field="schema", found=version, remedy=_AGAIN)
    return digests


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _table(path: Path, columns: schema.Schema, digest: object) -> pl.DataFrame:
    if not path.is_file():  # a pipe would never end
        raise InputError("a Parquet table", file=str(path), found="no file")
    if _digest(path) != digest:
        raise InputError("the file that the manifest tells of", file=str(path), found="another one", remedy=_AGAIN)
    try:
        n_rows = pl.scan_parquet(path).select(pl.len()).collect().item()
        if n_rows > _FREE_ROWS + _ROWS_A_BYTE * path.stat().st_size:
            raise InputError("as many rows as fit the file", file=str(path), found=f"{n_rows} rows", remedy=_AGAIN)
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        found = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError("a Parquet table", file=str(path), found=found) from None
    wanted = schema.dtypes(columns)
    if dict(table.schema) != wanted:
        raise InputError(f"columns {wanted}", file=str(path), found=dict(table.schema), remedy=_AGAIN)
    return table
