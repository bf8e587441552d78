"""`labelqa inspect`: what is in an export."""

from __future__ import annotations

import click

from labelqa.cli import output
from labelqa.cli.options import reading_options
from labelqa.cli.reading import Reading


@click.command(
    short_help="Show what is in an export, without scoring it.", epilog="Example:  labelqa inspect export.json"
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@reading_options
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object.")
def command(paths: tuple[str, ...], reading: Reading, as_json: bool) -> None:
    """Show what is in exports: files, labels by role, classes, labelers, dates, and every problem with its place.

    PATH is an export, a folder, an archive of exports, or a project written by labelqa.
    """
    from labelqa.report.inspection import as_data, drawn

    project = reading.project(paths)
    if as_json:
        import json

        output.write([json.dumps(as_data(project), indent=1, allow_nan=False) + "\n"])
        return
    page = output.page()
    output.write([page.draw(drawn(project, page))])
