"""`labelqa workforce`: who did how much, how fast, how well, for how much, and when it will be done."""

from __future__ import annotations

import click

from labelqa.cli.options import output_options, reading_options, scoring_options, seed_option
from labelqa.cli.progress import progress
from labelqa.cli.reading import Reading
from labelqa.cli.results import Wanted

EVERY = ("hour", "day", "week", "month")
"""Named here as well, since the module they belong to is too heavy for `--help`; a test holds them equal."""


@click.command(
    short_help="Throughput, time, cost and quality of labelers.",
    epilog="Example:  labelqa workforce export.ndjson --every week --rates rates.toml --tz Europe/Berlin",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--every",
    type=click.Choice(EVERY),
    metavar="PERIOD",
    default="day",
    show_default=True,
    help="Period of the timelines: hour, day, week or month.",
)
@click.option("--rates", metavar="FILE", help="Rate card: a .toml file that says what labeling costs.")
@click.option("--tz", metavar="ZONE", default="UTC", show_default=True, help="Time zone, such as Europe/Berlin.")
@click.option(
    "--cap",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Most seconds that a label counts with; by default the 95th percentile of its project.",
)
@click.option(
    "--labels-per-asset",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Labels asked for on each asset; by default as the export says, else as many as most have.",
)
@click.option(
    "--more-labelers",
    type=click.IntRange(0, 1_000_000),
    metavar="N",
    default=2,
    show_default=True,
    help="Labelers added in a scenario of the forecast.",
)
@reading_options
@scoring_options
@seed_option("Seed of bootstrap and exact intervals.")
@output_options
def command(
    paths: tuple[str, ...],
    every: str,
    rates: str | None,
    tz: str,
    cap: float | None,
    labels_per_asset: int | None,
    more_labelers: int,
    reading: Reading,
    scheme: str | None,
    interval: str,
    confidence: float,
    seed: int,
    folder: str | None,
    to: str | None,
    as_json: bool,
) -> None:
    """Measure the work in exports: throughput, time, cost and quality of labelers, reviews, forecast.

    PATH is an export, a folder, a .zip or .gz of exports, or a project written by labelqa; several make one project.
    Prints a summary, or with -o writes every table.
    """
    from labelqa.cli import output
    from labelqa.comparison import Scheme
    from labelqa.measures.workforce.periods import Calendar
    from labelqa.measures.workforce.workforce import workforce
    from labelqa.report.workforce.files import document, result_folder, write_tables

    wanted = Wanted(folder, to, as_json)
    rules, card = Scheme.of(scheme), reading.rates(rates)
    Calendar(every, tz)  # refused at once, before the work
    if folder is not None:
        result_folder(folder).check()
    project = reading.project(paths)
    with progress("comparing") as report:
        work = workforce(
            project,
            rules,
            every=every,
            tz=tz,
            rates=card,
            cap=cap,
            labels_per_asset=labels_per_asset,
            more_labelers=more_labelers,
            interval=interval,
            confidence=confidence,
            seed=seed,
            progress=report,
        )
    if folder is not None:
        written = write_tables(work, folder, to or "parquet")
        click.echo(f"{len(written)} files written to {click.format_filename(folder)}", err=True)
    if as_json:
        output.write(document(work))
    if wanted.summary:
        from labelqa.report.workforce.text import summary

        output.write([summary(work, output.page())])
