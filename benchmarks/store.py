"""The store: generated data in all its forms, made once and kept in a folder."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import generate, outlines
from benchmarks.arrays import Arrays
from benchmarks.generate import Recipe

FORMS = ("arrays.npz", "project", "export.ndjson", "outlines.npz", "masks.npz")
"""Flat arrays for the rivals, a labelqa project as Parquet files, a Labelbox export, outlines and masks in place of boxes."""


@dataclass(frozen=True)
class Store:
    """A folder of generated data; what is there already is not made again."""

    folder: Path

    def get(self, recipe: Recipe, form: str) -> Path:
        """Give the path of a recipe's data in one of `FORMS`, made if need be."""
        path = self.folder / f"{recipe.name}-{_made_by()}" / form
        if form == "project":
            path = path.with_name(f"project-{_schema()}")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"draft-{path.name}")
            if draft.is_dir():
                shutil.rmtree(draft)
            _makers()[form](recipe, draft)
            draft.rename(path)
        return path


def _made_by() -> str:
    """Give a number that changes with the generators."""
    made_by = b"".join(Path(module.__file__).read_bytes() for module in (generate, outlines))
    return f"{zlib.crc32(made_by):08x}"


def _schema() -> str:
    """Give a number that changes with labelqa's tables and the folder they are in."""
    from labelqa.project import manifest, schema

    made = manifest.VERSION, {name: schema.dtypes(table) for name, table in schema.TABLES.items()}
    return f"{zlib.crc32(repr(made).encode()):08x}"


def _makers() -> dict[str, Callable[[Recipe, Path], None]]:
    from benchmarks import export, projects

    return {
        "arrays.npz": lambda recipe, path: Arrays.made(recipe).write(path),
        "project": projects.write,
        "export.ndjson": export.write,
        "outlines.npz": lambda recipe, path: outlines.Outlines.made(recipe).write(path),
        "masks.npz": lambda recipe, path: outlines.MaskTexts.made(recipe).write(path),
    }
