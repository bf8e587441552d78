"""`labelqa score`: score exports of a labeling tool."""

from __future__ import annotations

import click

from labelqa.cli.options import output_options, reading_options, scoring_options, seed_option
from labelqa.cli.progress import progress
from labelqa.cli.reading import Reading
from labelqa.cli.results import Wanted


@click.command(
    short_help="Score an export: agreement, accuracy, confusions.",
    epilog="Example:  labelqa score labels.csv --benchmark expert@example.com -o scores --to csv",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@reading_options
@scoring_options
@seed_option("Seed of bootstrap and exact intervals.")
@output_options
def command(
    paths: tuple[str, ...],
    reading: Reading,
    scheme: str | None,
    interval: str,
    confidence: float,
    seed: int,
    folder: str | None,
    to: str | None,
    as_json: bool,
) -> None:
    """Score exports: consensus between labelers, accuracy against the benchmark, confusions.

    PATH is an export, a folder, a .zip or .gz of exports, or a project written by labelqa; several make one project.
    The format is told from the content. Prints a summary, or with -o writes every table.
    """
    from labelqa.comparison import Scheme
    from labelqa.measures.score import score

    wanted = Wanted(folder, to, as_json)
    wanted.check()
    rules = Scheme.of(scheme)
    project = reading.project(paths)
    with progress("comparing") as report:
        scores = score(project, rules, interval=interval, confidence=confidence, seed=seed, progress=report)
    wanted.deliver(scores)
