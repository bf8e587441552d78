"""`labelqa gate`: hold exports against a policy."""

from __future__ import annotations

import click

from labelqa.cli.options import reading_options, seed_option
from labelqa.cli.progress import progress
from labelqa.cli.reading import Reading


@click.command(
    short_help="Hold an export against a policy.",
    epilog="Example:  labelqa gate export.ndjson --policy quality.toml --junit gate.xml",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--policy", "policy_file", metavar="FILE", required=True, help="The rules; see labelqa policy init.")
@click.option("--rates", metavar="FILE", help="Rate card, for rules about money.")
@click.option("--scheme", metavar="NAME|FILE", help="How labels are compared, unless the policy says.")
@click.option("--json", "json_file", metavar="FILE", help="Write the verdicts as JSON.")
@click.option("--junit", "junit_file", metavar="FILE", help="Write the verdicts as JUnit XML.")
@click.option("--markdown", "markdown_file", metavar="FILE", help="Write the verdicts as Markdown.")
@click.option(
    "--github", is_flag=True, help="Print annotations for GitHub Actions, and add to the summary of its step."
)
@reading_options
@seed_option("Seed of the bounds.")
def command(
    paths: tuple[str, ...],
    policy_file: str,
    rates: str | None,
    scheme: str | None,
    json_file: str | None,
    junit_file: str | None,
    markdown_file: str | None,
    github: bool,
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
    from labelqa.gates.gate import gate
    from labelqa.gates.policy import Policy
    from labelqa.report.verdicts import annotations, as_junit, as_markdown, files, text
    from labelqa.report.verdicts.as_json import document

    rules, card = Policy.of(policy_file), reading.rates(rates)
    for named in (scheme, rules.scheme):
        Scheme.of(named)  # refused at once, before the work
    summary_file = os.environ.get("GITHUB_STEP_SUMMARY") if github else None
    files.check([json_file, junit_file, markdown_file])
    project = reading.project(paths)
    with progress("comparing") as report:
        verdicts = gate(project, rules, scheme=scheme, rates=card, seed=seed, progress=report)
    for target, make in ((json_file, document), (junit_file, as_junit.document), (markdown_file, as_markdown.document)):
        if target is not None:
            files.write(target, make(verdicts))
    if summary_file:
        files.add(summary_file, as_markdown.document(verdicts))
    drawn = text.drawn(verdicts, output.page())
    output.write([annotations.fenced(drawn), *annotations.lines(verdicts)] if github else [drawn])
    return verdicts.exit_code
