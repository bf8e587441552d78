"""What becomes of results: scores as files with -o, JSON with --json, else the summary; projects as files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from labelqa.cli import output

if TYPE_CHECKING:
    import polars as pl

    from labelqa.measures.score import Scores
    from labelqa.project import Project


@dataclass(frozen=True)
class Wanted:
    """What the user wants to have.

    Parameters
    ----------
    folder : str or None
        Where to write the tables (-o).
    to : str or None
        As what (--to).
    as_json : bool
        Whether to print JSON (--json).
    matches : bool
        Whether the match table is among the tables that are written (--no-matches).
    """

    folder: str | None
    to: str | None
    as_json: bool
    matches: bool = True

    def __post_init__(self) -> None:
        if not self.matches and self.folder is None:
            raise click.UsageError("--no-matches leaves out a table that -o writes; give -o DIR as well.")
        if self.to is not None and self.folder is None:
            raise click.UsageError("--to names the format of the files that -o writes; give -o DIR as well.")

    @property
    def summary(self) -> bool:
        """Whether the summary is wanted: neither files nor JSON were asked for."""
        return self.folder is None and not self.as_json

    @property
    def tables(self) -> list[str]:
        """The tables that -o writes."""
        from labelqa.measures.score import TABLES

        return [name for name in TABLES if self.matches or name != "matches"]

    @property
    def large_tables(self) -> list[str]:
        """Those of the large tables that somebody will look at."""
        if self.folder is None:
            return ["assets"]
        from labelqa.measures.score import LARGE

        return [name for name in LARGE if name in self.tables]

    @contextmanager
    def scratch(self) -> Iterator[str]:
        """Give a folder for large tables until they are delivered, on the disk that they go to."""
        is_new = self.folder is not None and not os.path.exists(self.folder)
        if self.folder is not None:
            os.makedirs(self.folder, exist_ok=True)
        try:
            with TemporaryDirectory(prefix=".labelqa-", dir=self.folder) as scratch:
                yield scratch
        finally:
            if is_new and self.folder is not None and not os.listdir(self.folder):  # nothing came of it
                os.rmdir(self.folder)

    def check(self) -> None:
        """Refuse at once, before the work, what cannot be written."""
        if self.folder is not None:
            from labelqa.report.tables import result_folder

            result_folder(self.folder).check()

    def deliver(self, scores: Scores) -> None:
        """Write and print."""
        if self.folder is not None:
            self._write(scores, self.folder)
        if self.as_json:
            from labelqa.report.as_json import document

            output.write(document(scores))
        if self.summary:
            from labelqa.report.text import summary

            output.write([summary(scores, output.page())])

    def _write(self, scores: Scores, folder: str) -> None:
        from labelqa.report.sections.problems import tally
        from labelqa.report.tables import write_tables

        written = write_tables(scores, folder, self.to or "parquet", self.tables)
        problems = scores.problems
        told = f"; {tally(problems)}" if problems.height else ""
        click.echo(f"{len(written)} files written to {click.format_filename(folder)}{told}", err=True)


def tell_losses(target: str, project: Project, lost: pl.DataFrame) -> None:
    """Say on stderr what was written, what the format could not carry, and what the input's problems were."""
    from labelqa.report.names import one_line

    n_labels, n_annotations = (project.tables[name].height for name in ("labels", "annotations"))
    tell_written(target, n_labels, n_annotations, project.problems)
    for what, n, why in lost.iter_rows():
        click.echo(f"not carried: {n:,} x {one_line(what)} ({one_line(why)})", err=True)


def tell_written(target: str, n_labels: int, n_annotations: int, problems: pl.DataFrame) -> None:
    """Say on stderr what was written, and what the input's problems were."""
    from labelqa.report.numbers import counted
    from labelqa.report.sections.problems import tally

    told = f"; {tally(problems)} (labelqa inspect lists them)" if problems.height else ""
    counts = f"{counted(n_labels, 'label')} with {counted(n_annotations, 'annotation')}"
    click.echo(f"{counts} written to {click.format_filename(target)}{told}", err=True)
