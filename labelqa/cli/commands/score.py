"""`labelqa score`: score exports of a labeling tool."""

from __future__ import annotations

from typing import Any

import click

from labelqa.cli.options import output_options, reading_options, scoring_options, seed_option
from labelqa.cli.progress import progress
from labelqa.cli.reading import Reading
from labelqa.cli.results import Wanted
from labelqa.errors import UsageError

ENGINES = ("threads", "ray")
"""Named here as well, since the module they belong to is too heavy for `--help`; a test holds them equal."""


@click.command(
    short_help="Score an export: agreement, accuracy, confusions.",
    epilog="Example:  labelqa score labels.csv --benchmark expert@example.com -o scores --to csv",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@reading_options
@scoring_options
@seed_option("Seed of bootstrap and exact intervals.")
@output_options
@click.option(
    "--no-matches",
    "matches",
    flag_value=False,
    default=True,
    help="Leave the match table, by far the largest, out of what -o writes.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    metavar="NAME",
    default="threads",
    show_default=True,
    help="What runs the parts of a project written by labelqa: threads of this machine, or a ray cluster.",
)
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
    matches: bool,
    engine: str,
) -> None:
    """Score exports: consensus between labelers, accuracy against the benchmark, confusions.

    PATH is an export, a folder, a .zip or .gz of exports, or a project written by labelqa; several make one project.
    The format is told from the content. Prints a summary, or with -o writes every table. Exports may be larger than
    memory; a single project written by labelqa may also be a URL such as s3://bucket/project.
    """
    from labelqa.comparison import Scheme
    from labelqa.measures.score import score
    from labelqa.measures.score_stored import score_stored

    wanted = Wanted(folder, to, as_json, matches)
    wanted.check()
    rules = Scheme.of(scheme)
    how: dict[str, Any] = {"interval": interval, "confidence": confidence, "seed": seed}
    stored = reading.in_place(paths)
    if stored is None and engine != "threads":
        raise UsageError(f"--engine {engine} takes one project written by labelqa: labelqa convert ... --to parquet")
    if stored is None and not reading.is_large(paths):
        project = reading.project(paths)
        with progress("comparing") as report:
            scores = score(project, rules, **how, progress=report)
        wanted.deliver(scores)
        return
    with wanted.scratch() as scratch:
        stored = stored or reading.stored(paths, scratch)
        with progress("comparing") as report:
            scores = score_stored(
                stored, scratch, rules, tables=wanted.large_tables, engine=engine, **how, progress=report
            )
        wanted.deliver(scores)
