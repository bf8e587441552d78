"""What the folder of a project says of itself, in `project.json`: that it is one, of which version, and what its files are."""

from __future__ import annotations

import msgspec

from labelqa.errors import InputError
from labelqa.project import schema
from labelqa.project.tables import Tables

MANIFEST = "project.json"
VERSION = 3
AGAIN = "Read the export again."

_AT_ONCE = 1 << 18
"""Rows looked at at once."""


class Manifest(msgspec.Struct, frozen=True):
    """What is told of the tables.

    Parameters
    ----------
    schema : int
        The version.
    labelqa : str
        That it is a project.
    sha256 : mapping of str to str
        See `Tables.digest`, by table.
    empty : mapping of str to list of str
        Columns that hold nothing but null, by table: nobody need look at them.
    """

    schema: int
    labelqa: str = "project"
    sha256: dict[str, str] = {}
    empty: dict[str, list[str]] = {}

    @classmethod
    def of(cls, tables: Tables) -> Manifest:
        """Read it.

        Raises
        ------
        InputError
            If there is none, or one of another version.
        """
        file = tables.shown(MANIFEST)
        try:
            manifest = msgspec.json.decode(tables.text(MANIFEST), type=cls)
        except (OSError, ValueError, RecursionError) as error:
            raise InputError("a labelqa project manifest", file=file, found=str(error)) from None
        if manifest.schema != VERSION:
            raise InputError(f"schema {VERSION}", file=file, field="schema", found=manifest.schema, remedy=AGAIN)
        return manifest

    def text(self) -> bytes:
        """Give the text of the file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    @classmethod
    def made_for(cls, tables: Tables) -> Manifest:
        """Look at tables that are complete."""
        digests = {name: tables.digest(name) or "" for name in schema.TABLES}
        return cls(VERSION, sha256=digests, empty={name: _empty_columns(tables, name) for name in schema.TABLES})


def _empty_columns(tables: Tables, name: str) -> list[str]:
    columns = [column for column, meaning in schema.TABLES[name].items() if meaning.nullable]
    for first in range(0, tables.height(name), _AT_ONCE):
        rows = tables.rows(name, columns, first, _AT_ONCE)
        columns = [column for column in columns if rows[column].null_count() == rows.height]
    return columns
