"""`labelqa demo`: a made-up project whose truth is known."""

from __future__ import annotations

import click

from labelqa.cli import output
from labelqa.cli.options import output_options, seed_option
from labelqa.cli.progress import progress
from labelqa.cli.results import Wanted


@click.command(
    short_help="Score a made-up project whose truth is known.",
    epilog="Example:  labelqa demo --assets 2000 --labelers 12",
)
@click.option(
    "--assets", type=click.IntRange(min=1), metavar="N", default=200, show_default=True, help="How many assets."
)
@click.option(
    "--labelers", type=click.IntRange(min=1), metavar="N", default=6, show_default=True, help="How many labelers."
)
@seed_option("Seed of everything in the demo; the same one gives the same project.")
@click.option("--dashboard", "in_dashboard", is_flag=True, help="Look at it in the browser; see labelqa dashboard.")
@output_options
def command(
    assets: int,
    labelers: int,
    seed: int,
    in_dashboard: bool,
    folder: str | None,
    to: str | None,
    as_json: bool,
) -> None:
    """Make up a project whose labelers' skill is known, score it, and set planted beside measured."""
    if in_dashboard:
        from labelqa.cli import browser

        browser.serve([f"--demo={assets},{labelers},{seed}"])
        return
    wanted = Wanted(folder, to, as_json)
    wanted.check()

    from labelqa.measures.score import score
    from labelqa.simulation import demo, truth

    project = demo(assets, labelers, seed)
    with progress("comparing") as report:
        scores = score(project, progress=report)
    wanted.deliver(scores)
    if wanted.summary:
        from labelqa.report.planted import planted_text
        from labelqa.simulation.scenes import CLASSES

        boxes = score(project.select(classes=CLASSES))
        output.write([planted_text(truth(labelers, seed), boxes, output.page())])
