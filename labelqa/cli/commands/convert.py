"""`labelqa convert`: from one format to another."""

from __future__ import annotations

import click

from labelqa.cli.options import reading_options
from labelqa.cli.progress import progress
from labelqa.cli.results import tell_losses


@click.command(
    short_help="Convert exports to another format.", epilog="Example:  labelqa convert export.ndjson boxes --to coco"
)
@click.argument("paths", metavar="IN...", nargs=-1, required=True)
@click.argument("target", metavar="OUT")
@click.option("--to", required=True, metavar="FORMAT", help="The format to write; labelqa formats lists them.")
@reading_options
def command(paths: tuple[str, ...], target: str, to: str, format_name: str | None, benchmark: tuple[str, ...]) -> None:
    """Convert exports to another format. OUT is a new file, or folder for formats of several files.

    What the format cannot carry is listed on stderr, with counts.
    """
    from labelqa.formats.read import read
    from labelqa.formats.write import write, writer_for

    writer_for(target, to)
    with progress("reading") as report:
        project = read(list(paths), format=format_name, benchmark=benchmark or None, progress=report)
    tell_losses(target, project, write(project, target, to))
