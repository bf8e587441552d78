"""A project as a folder: one Parquet file a table and `project.json`, which says that it is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from labelqa.errors import InputError, UsageError
from labelqa.project import schema
from labelqa.project.manifest import AGAIN, MANIFEST, Manifest
from labelqa.project.project import Project
from labelqa.project.stored import StoredError, check
from labelqa.project.tables import Folder, Tables

_ROWS_A_BYTE = 10
_FREE_ROWS = 1_000_000
"""Most rows of a table, so many and some for each byte of its file: more are made up to fill the memory."""

ROW_GROUP = 1 << 16
"""Rows that are packed together: what is read at least to get at one of them."""

ROW_GROUPS = {"assets": ROW_GROUP >> 2, "labels": ROW_GROUP >> 2}
"""Of tables of which a part of a project has fewer rows."""

LEVEL = 1
"""Of zstd: random ids, most of what is written, come out as small as at a higher one, in two thirds of the time."""


def is_project(folder: Path) -> bool:
    """Tell whether a folder was written by `write`."""
    return (folder / MANIFEST).is_file()


def write(project: Project, folder: Path) -> None:
    """Write the tables; a folder that holds something else is left alone."""
    check_target(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in schema.TABLES:
        path = folder / f"{name}.parquet"
        rows = ROW_GROUPS.get(name, ROW_GROUP)
        project.tables[name].write_parquet(path, compression="zstd", compression_level=LEVEL, row_group_size=rows)
    seal(folder)


def check_target(folder: Path) -> None:
    """Check that a folder is new, empty or a project.

    Raises
    ------
    UsageError
        If it is something else.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; give a folder to write the project to")
    if folder.is_dir() and not is_project(folder) and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty and holds no labelqa project; give a new or empty folder")


def seal(folder: Path) -> None:
    """Write the manifest of a folder whose tables are there."""
    (folder / MANIFEST).write_bytes(Manifest.made_for(Folder(folder)).text())


def read(folder: Path) -> Project:
    """Read a folder written by `write`; see `read_tables`."""
    return read_tables(Folder(folder))


def read_tables(tables: Tables) -> Project:
    """Read all tables of a project, checking that every one is as it was written and fits the others.

    A changed byte in a Parquet file is mostly read as another value, and at times ends the process; so nothing is parsed
    that is not what the manifest tells. That is no signature: who can write a folder can write its manifest.

    Raises
    ------
    InputError
        If a table is damaged or of another version, or holds what no project holds.
    """
    check_files(tables, Manifest.of(tables), schema.TABLES)
    found = {name: whole_table(tables, name) for name in schema.TABLES}
    with faults_of(tables):
        check(found)
    return Project(found)


def whole_table(tables: Tables, name: str) -> pl.DataFrame:
    """Read a table of which `check_files` found nothing wrong."""
    return tables.rows(name, tuple(schema.TABLES[name]), 0, tables.height(name))


def check_files(tables: Tables, manifest: Manifest, names: Iterable[str]) -> None:
    """Check that some tables are the files that the manifest tells of, with the right columns, and no bombs.

    Raises
    ------
    InputError
        At the first fault.
    """
    for name in names:
        found, file = tables.digest(name), tables.shown(f"{name}.parquet")
        if found is not None and found != manifest.sha256.get(name):
            raise InputError("the file that the manifest tells of", file=file, found="another one", remedy=AGAIN)
        n_rows = tables.height(name)
        if n_rows > _FREE_ROWS + _ROWS_A_BYTE * tables.size(name):
            raise InputError("as many rows as fit the file", file=file, found=f"{n_rows} rows", remedy=AGAIN)
        wanted, columns = schema.dtypes(schema.TABLES[name]), dict(tables.schema(name))
        if columns != wanted:
            raise InputError(f"columns {wanted}", file=file, found=columns, remedy=AGAIN)


@contextmanager
def faults_of(tables: Tables, first_rows: Mapping[str, int] | None = None) -> Iterator[None]:
    """Tell faults that `check` finds with the file's name; `first_rows` are those of a part in the whole tables."""
    try:
        yield
    except StoredError as fault:
        before = (first_rows or {}).get(fault.table, 0)
        raise InputError(
            fault.expected,
            file=tables.shown(f"{fault.table}.parquet"),
            record=None if fault.record is None else before + fault.record,
            field=fault.column,
            found="something else",
            remedy=AGAIN,
        ) from None
