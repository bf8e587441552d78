"""What becomes of scores: files with -o, JSON with --json, else the summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from labelqa.cli import output

if TYPE_CHECKING:
    from labelqa.measures.score import Scores


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
    """

    folder: str | None
    to: str | None
    as_json: bool

    def __post_init__(self) -> None:
        if self.to is not None and self.folder is None:
            raise click.UsageError("--to names the format of the files that -o writes; give -o DIR as well.")

    @property
    def summary(self) -> bool:
        """Whether the summary is wanted: neither files nor JSON were asked for."""
        return self.folder is None and not self.as_json

    def check(self) -> None:
        """Refuse at once, before the work, what cannot be written."""
        if self.folder is not None:
            from labelqa.report.tables import check_folder

            check_folder(self.folder)

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

        written = write_tables(scores, folder, self.to or "parquet")
        problems = scores.comparison.project.problems
        told = f"; {tally(problems)}" if problems.height else ""
        click.echo(f"{len(written)} files written to {click.format_filename(folder)}{told}", err=True)
