"""`labelqa gate`: hold exports against a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from labelqa.cli.options import reading_options, seed_option
from labelqa.cli.progress import progress
from labelqa.cli.reading import Reading

if TYPE_CHECKING:
    from labelqa.formats.read import Export
    from labelqa.gates.verdict import Verdicts


@click.command(
    short_help="Hold an export against a policy.",
    epilog="Example:  labelqa gate export.ndjson --policy quality.toml --junit gate.xml",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--policy", "policy_file", metavar="FILE", required=True, help="The rules; see labelqa policy init.")
@click.option("--baseline", metavar="DIR", help="Fail what is worse than in these scores; see labelqa score -o.")
@click.option("--rates", metavar="FILE", help="Rate card, for rules about money.")
@click.option("--scheme", metavar="NAME|FILE", help="How labels are compared, unless the policy says.")
@click.option("--json", "json_file", metavar="FILE", help="Write the verdicts as JSON.")
@click.option("--junit", "junit_file", metavar="FILE", help="Write the verdicts as JUnit XML.")
@click.option("--markdown", "markdown_file", metavar="FILE", help="Write the verdicts as Markdown.")
@click.option("--html", "html_file", metavar="FILE", help="Write the verdicts as one HTML page.")
@click.option(
    "--github", is_flag=True, help="Print annotations for GitHub Actions, and add to the summary of its step."
)
@click.option(
    "--keep", metavar="OUT", help="Write the assets that meet the rules of level asset, in the export's format."
)
@click.option("--rejects", metavar="OUT", help="Write the other assets so, and OUT.reasons.csv beside them.")
@reading_options
@seed_option("Seed of the bounds.")
def command(
    paths: tuple[str, ...],
    policy_file: str,
    baseline: str | None,
    rates: str | None,
    scheme: str | None,
    json_file: str | None,
    junit_file: str | None,
    markdown_file: str | None,
    html_file: str | None,
    github: bool,
    keep: str | None,
    rejects: str | None,
    reading: Reading,
    seed: int,
) -> int:
    """Hold exports against a policy: exit code 0 if they pass, 1 if a rule failed, 4 if one is inconclusive.

    PATH is an export, a folder, a .zip or .gz of exports, or a project written by labelqa; several make one project.
    Warnings are told and never change the exit code.
    """
    import os

    from labelqa.cli import output
    from labelqa.comparison import Scheme
    from labelqa.errors import UsageError
    from labelqa.gates.baseline import Baseline
    from labelqa.gates.gate import gate
    from labelqa.gates.keep import check_keep
    from labelqa.gates.policy import Policy
    from labelqa.report.verdicts import annotations, as_html, as_junit, as_markdown, files, text
    from labelqa.report.verdicts.as_json import document

    rules, card = Policy.of(policy_file), reading.rates(rates)
    for named in (scheme, rules.scheme):
        Scheme.of(named)  # refused at once, before the work
    summary_file = os.environ.get("GITHUB_STEP_SUMMARY") if github else None
    files.check([json_file, junit_file, markdown_file, html_file])
    check_keep(rules, [keep, rejects])
    if baseline is not None:
        Baseline(baseline)
    is_cut = keep is not None or rejects is not None
    if is_cut and reading.key is not None:
        raise UsageError("--keep and --rejects copy the export as it is, with its names; leave --pseudonyms out")
    export = reading.export(paths) if is_cut else None
    project = export.project if export else reading.project(paths)
    with progress("comparing") as report:
        verdicts = gate(project, rules, scheme=scheme, rates=card, baseline=baseline, seed=seed, progress=report)
    if export is not None:
        _write_parts(export, verdicts, keep, rejects, reading)
    wanted = (
        (json_file, document),
        (junit_file, as_junit.document),
        (markdown_file, as_markdown.document),
        (html_file, as_html.document),
    )
    for target, make in wanted:
        if target is not None:
            files.write(target, make(verdicts))
    if summary_file:
        files.add(summary_file, as_markdown.document(verdicts))
    drawn = text.drawn(verdicts, output.page())
    output.write([annotations.fenced(drawn), *annotations.lines(verdicts)] if github else [drawn])
    return verdicts.exit_code


def _write_parts(
    export: Export,
    verdicts: Verdicts,
    keep: str | None,
    rejects: str | None,
    reading: Reading,
) -> None:
    """Write what is kept and what is not, and say on stderr how much that is."""
    from labelqa.gates.keep import write_parts
    from labelqa.report.numbers import counted
    from labelqa.report.verdicts import reasons

    done = write_parts(export, verdicts, keep, rejects, format=reading.format_name, benchmark=reading.benchmark)
    n_kept = verdicts.kept.height
    if keep is not None:
        click.echo(f"{counted(n_kept, 'asset')} kept: {click.format_filename(keep)}", err=True)
    if rejects is not None:
        table = reasons.write(verdicts, done.unread, rejects)
        lost = f", and {counted(done.unread.height, 'unread record')}" if done.unread.height else ""
        said = f"{counted(verdicts.assets.height - n_kept, 'asset')} rejected{lost}"
        click.echo(f"{said}: {click.format_filename(rejects)}; why: {click.format_filename(table)}", err=True)
