"""A project as a folder: one Parquet file a table and `project.json`, which says that it is one."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from labelqa.errors import InputError, UsageError
from labelqa.project import schema
from labelqa.project.project import Project

MANIFEST = "project.json"
_VERSION = 1


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
    (folder / MANIFEST).write_text(json.dumps({"labelqa": "project", "schema": _VERSION}) + "\n", encoding="utf-8")


def read(folder: Path) -> Project:
    """Read a folder written by `write`, checking every table's columns."""
    try:
        version = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["schema"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("a labelqa project manifest", file=str(folder / MANIFEST), found=str(error)) from None
    if version != _VERSION:
        raise InputError(
            f"schema {_VERSION}",
            file=str(folder / MANIFEST),
            field="schema",
            found=version,
            remedy="Read the export again.",
        )
    return Project({name: _table(folder / f"{name}.parquet", columns) for name, columns in schema.TABLES.items()})


def _table(path: Path, columns: schema.Schema) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError("a Parquet table", file=str(path), found=str(error).splitlines()[0]) from None
    wanted = schema.dtypes(columns)
    if dict(table.schema) != wanted:
        raise InputError(f"columns {wanted}", file=str(path), found=dict(table.schema), remedy="Read the export again.")
    return table
