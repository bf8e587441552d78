"""`labelqa export`: one label for each asset, for training."""

from __future__ import annotations

import click

from labelqa.cli.options import reading_options
from labelqa.cli.reading import Reading
from labelqa.cli.results import tell_losses

CHOICES = ("winning", "benchmark", "reviewed")
"""Named here as well, since the module they belong to is too heavy for `--help`; a test holds them equal."""


@click.command(
    short_help="Write one label for each asset, for training.",
    epilog="Example:  labelqa export export.ndjson --labels winning -o train.json --to label_studio",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--labels", "which", required=True, type=click.Choice(CHOICES), help="Which label of an asset to take.")
@click.option("-o", "--output", "target", required=True, metavar="OUT", help="A new file, or folder.")
@click.option("--to", default="table", show_default=True, metavar="FORMAT", help="The format to write.")
@click.option("--scheme", metavar="NAME|FILE", help="How labels are compared to find the winning one.")
@reading_options
def command(
    paths: tuple[str, ...],
    which: str,
    target: str,
    to: str,
    scheme: str | None,
    reading: Reading,
) -> None:
    """Write one label for each asset, in any format that can carry it.

    winning: the label that agrees best with the others of its asset; of an asset with a single label, that one.
    benchmark: the ground truth. reviewed: the version after review, else the newest label that a reviewer accepted.
    Assets without such a label are left out and counted.
    """
    from labelqa.comparison import Scheme
    from labelqa.formats.write import write, writer_for
    from labelqa.measures.chosen import chosen

    writer_for(target, to)
    rules = Scheme.of(scheme)
    project = reading.project(paths)
    selection = chosen(project, which, rules)
    for line in selection.told():
        click.echo(line, err=True)
    tell_losses(target, selection.project, write(selection.project, target, to))
