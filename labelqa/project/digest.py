"""The content of a project as one short name."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import polars as pl

from labelqa.project import schema

if TYPE_CHECKING:
    from labelqa.project.project import Project


def digest(project: Project) -> str:
    """Hash every row of every table, in order, and all of these hashes."""
    whole = blake2b(f"polars {pl.__version__}".encode(), digest_size=20)
    for name in schema.TABLES:
        table = project.tables[name]
        whole.update(f"{name} {table.height}".encode())
        whole.update(table.hash_rows().to_numpy().tobytes())
    return whole.hexdigest()
