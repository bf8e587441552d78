"""`labelqa policy`: write a policy to begin with, or check one."""

from __future__ import annotations

import click

from labelqa.cli.options import reading_options, seed_option
from labelqa.cli.reading import Reading


@click.group(
    short_help="Write a policy for the gate, or check one.",
    epilog="Example:  labelqa policy init export.ndjson -o quality.toml",
)
def command() -> None:
    """Policies: what a project must meet, as named rules in TOML."""


@command.command(epilog="Example:  labelqa policy init export.ndjson -o quality.toml")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("-o", "--output", "target", metavar="FILE", help="Write the policy to this file, which must not exist.")
@click.option("--scheme", metavar="NAME|FILE", help="How labels are compared; it is written into the policy.")
@reading_options
@seed_option("Seed of the bounds.")
def init(
    paths: tuple[str, ...],
    target: str | None,
    scheme: str | None,
    reading: Reading,
    seed: int,
) -> None:
    """Write a policy that an export passes today, from its present figures."""
    from pathlib import Path

    from labelqa.cli import output
    from labelqa.comparison import Scheme
    from labelqa.errors import UsageError
    from labelqa.gates.starting import starting_policy
    from labelqa.report.names import one_line

    Scheme.of(scheme)
    if target is not None and Path(target).exists():
        raise UsageError(f"{target}: there is a file already; it is not replaced")
    project = reading.project(paths)
    text = starting_policy(project, scheme, seed)
    if target is None:
        output.write([text])
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}") from error
    click.echo(
        f"policy written to {one_line(target)}; check it with labelqa gate PATH --policy {one_line(target)}", err=True
    )


@command.command(epilog="Example:  labelqa policy check quality.toml")
@click.argument("file", metavar="FILE")
def check(file: str) -> None:
    """Check that a policy can be read, and say what it demands."""
    from labelqa.cli import output
    from labelqa.comparison import Scheme
    from labelqa.gates.policy import Policy
    from labelqa.report.verdicts.demands import drawn

    policy = Policy.of(file)
    Scheme.of(policy.scheme)
    output.write([drawn(policy, output.page())])
