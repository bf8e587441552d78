"""A folder of Parquet tables: everything a project holds; see `Project.write`."""

from __future__ import annotations

from pathlib import Path

from labelqa.formats.losses import Losses
from labelqa.formats.writer import Writer
from labelqa.project import Project


def _write(project: Project, target: Path, losses: Losses) -> None:
    del losses  # nothing is lost
    project.write(target)


WRITER = Writer(name="parquet", title="Project folder (Parquet)", suffixes=("",), write=_write)
