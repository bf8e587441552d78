"""`labelqa explain`: why an asset has its score."""

from __future__ import annotations

import click

from labelqa.cli.options import reading_options
from labelqa.cli.reading import Reading

SUFFIXES = (".svg", ".html")
"""What -o writes, by the ending of the file's name."""


@click.command(
    short_help="Why an asset has its score: what matched, what did not.",
    epilog="Example:  labelqa explain export.ndjson street-000032 -o why.html --images photos/",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.argument("asset", metavar="ASSET")
@click.option(
    "-o", "--output", "target", metavar="FILE", help="Write a picture (.svg) or a page with it (.html) instead."
)
@click.option("--images", metavar="DIR", help="Folder of the assets' images, for -o; none outside of it is read.")
@click.option("--scheme", metavar="NAME|FILE", help="How labels are compared: a scheme by name, or a .toml file.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object.")
@reading_options
def command(
    paths: tuple[str, ...],
    asset: str,
    target: str | None,
    images: str | None,
    scheme: str | None,
    as_json: bool,
    reading: Reading,
) -> None:
    """Say why an asset has its score: who was compared with whom, what matched, and how the numbers come about.

    ASSET is the id of an asset, or its name.
    """
    from labelqa.cli import output
    from labelqa.comparison import Scheme
    from labelqa.errors import UsageError
    from labelqa.measures.score import score
    from labelqa.report.document import as_text
    from labelqa.report.drawing.folder import ImageFolder
    from labelqa.report.explanation import explain, picture
    from labelqa.report.verdicts import files

    suffix = None if target is None else next((one for one in SUFFIXES if target.lower().endswith(one)), "")
    if suffix == "":
        raise UsageError(f"{target}: an explanation is written as one of {', '.join(SUFFIXES)}, which its name ends in")
    files.check([target])
    made_by, folder = Scheme.of(scheme), None if images is None else ImageFolder(images)
    project = reading.project(paths)
    row = explain.found(project, asset)
    scores = score(project.select(assets=row["asset_id"], projects=row["project_id"]), made_by)
    if target is not None:
        write = {".svg": picture.svg, ".html": picture.page}[str(suffix)]
        files.write(target, write(scores, folder))
        click.echo(f"explanation written to {click.format_filename(target)}", err=True)
    if as_json:
        output.write(explain.as_json(scores))
    elif target is None:
        parts = explain.sections(scores)
        output.write([as_text.drawn(explain.title(scores), explain.lead(scores), parts, output.page())])
