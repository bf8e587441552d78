"""`labelqa report`: one file that tells how a project stands."""

from __future__ import annotations

import click

from labelqa.cli.options import reading_options, scoring_options, seed_option
from labelqa.cli.progress import progress
from labelqa.cli.reading import Reading

SUFFIXES = (".html", ".md", ".json")
"""What a report is written as, by the ending of its name."""


@click.command(
    short_help="Write a report: one HTML, Markdown or JSON file.",
    epilog="Example:  labelqa report export.ndjson -o report.html --images photos/",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("-o", "--output", "target", metavar="FILE", required=True, help="The file: .html, .md or .json.")
@click.option("--images", metavar="DIR", help="Folder of the assets' images; none outside of it is read.")
@click.option("--policy", "policy_file", metavar="FILE", help="Rules to hold it against; see labelqa policy init.")
@click.option("--rates", metavar="FILE", help="Rate card: a .toml file that says what labeling costs.")
@click.option("--tz", metavar="ZONE", default="UTC", show_default=True, help="Time zone, such as Europe/Berlin.")
@reading_options
@scoring_options
@seed_option("Seed of bootstrap and exact intervals, and of the policy's bounds.")
def command(
    paths: tuple[str, ...],
    target: str,
    images: str | None,
    policy_file: str | None,
    rates: str | None,
    tz: str,
    reading: Reading,
    scheme: str | None,
    interval: str,
    confidence: float,
    seed: int,
) -> None:
    """Write a report: verdict, headline numbers, labelers, agreement, confusions, worst assets, work, problems.

    The HTML file needs nothing outside of itself: it can be mailed, archived and printed. PATH is an export, a folder, a
    .zip or .gz of exports, or a project written by labelqa; several make one project.
    """
    from labelqa.comparison import Scheme
    from labelqa.errors import UsageError
    from labelqa.gates.gate import gate
    from labelqa.gates.policy import Policy
    from labelqa.measures.score import score
    from labelqa.measures.workforce.periods import Calendar
    from labelqa.measures.workforce.workforce import workforce
    from labelqa.report.document import as_json, as_markdown, report
    from labelqa.report.document.told import Told
    from labelqa.report.drawing.folder import ImageFolder
    from labelqa.report.verdicts import files

    write = {".html": report.as_html, ".md": as_markdown.document, ".json": as_json.document}
    suffix = next((one for one in SUFFIXES if target.lower().endswith(one)), None)
    if suffix is None:
        raise UsageError(f"{target}: a report is written as one of {', '.join(SUFFIXES)}, which its name ends in")
    files.check([target])
    card, rules = reading.rates(rates), None if policy_file is None else Policy.of(policy_file)
    made_by, _ = Scheme.of(scheme), Calendar("day", tz)
    folder = None if images is None else ImageFolder(images)
    project = reading.project(paths)
    with progress("comparing") as shown:
        scores = score(project, made_by, interval=interval, confidence=confidence, seed=seed, progress=shown)
    work = workforce(
        project, tz=tz, rates=card, interval=interval, confidence=confidence, seed=seed, scores=scores, progress=None
    )
    verdicts = None if rules is None else gate(scores, rules, rates=card, seed=seed)
    files.write(target, write[suffix](Told(scores, work, verdicts, folder)))
    said = "" if verdicts is None else f"; the policy says {verdicts.outcome}"
    click.echo(f"report written to {click.format_filename(target)}{said}", err=True)
