"""`labelqa convert`: from one format to another."""

from __future__ import annotations

import click

from labelqa.cli.options import reading_options
from labelqa.cli.reading import Reading
from labelqa.cli.results import tell_losses, tell_written

PROJECT = "parquet"
"""The format of projects, which large exports are written in part by part."""


@click.command(
    short_help="Convert exports to another format.", epilog="Example:  labelqa convert export.ndjson boxes --to coco"
)
@click.argument("paths", metavar="IN...", nargs=-1, required=True)
@click.argument("target", metavar="OUT")
@click.option("--to", required=True, metavar="FORMAT", help="The format to write; labelqa formats lists them.")
@reading_options
def command(paths: tuple[str, ...], target: str, to: str, reading: Reading) -> None:
    """Convert exports to another format. OUT is a new file, or folder for formats of several files.

    What the format cannot carry is listed on stderr, with counts.
    """
    from labelqa.formats.write import write, writer_for

    writer_for(target, to)
    if to == PROJECT and not reading.benchmark and reading.is_large(paths):
        stored = reading.store(paths, target)
        n_labels, n_annotations = (stored.tables.height(name) for name in ("labels", "annotations"))
        tell_written(target, n_labels, n_annotations, stored.head.problems)
        return
    project = reading.project(paths)
    tell_losses(target, project, write(project, target, to))
