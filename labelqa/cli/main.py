"""The program `labelqa`: its commands, and what becomes of their errors."""

from __future__ import annotations

import importlib
import pkgutil
import signal
import sys
import traceback
from dataclasses import dataclass
from typing import Any, NoReturn

import click

import labelqa
from labelqa.cli import commands
from labelqa.errors import FormatError, InputError, UsageError, near_match

USAGE, INPUT, INTERNAL, INTERRUPTED, TERMINATED = 2, 3, 70, 130, 143
"""Exit codes: 70 is EX_SOFTWARE of sysexits.h, 130 is 128 + SIGINT, 143 is 128 + SIGTERM."""


@dataclass
class Invocation:
    """One run of the program: what an error handler must know of its options."""

    debug: bool = False


class Program(click.Group):
    """The group of all modules in `labelqa.cli.commands`, imported when they are called or their help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Give the names of the commands, sorted."""
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command."""
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{commands.__name__}.{name}").command
        if not any(parameter.name == "debug" for parameter in command.params):
            command.params.append(debug_option())
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names; suggest a near one."""
        is_option = args[0].startswith("-")
        if not is_option and not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            known = self.list_commands(ctx)
            ctx.fail(f"There is no command {args[0]!r}{near_match(args[0], known)} (known: {', '.join(known)}).")
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run and exit: one line on stderr for an error, and its exit code."""
        invocation = Invocation()
        extra = {**extra, "standalone_mode": False, "obj": invocation}
        try:
            result = super().main(*args, **extra)
        except SystemExit:
            raise
        except BaseException as error:  # polars panics are no Exception
            if invocation.debug:
                traceback.print_exception(error)
            sys.exit(_told(error))
        sys.exit(result if isinstance(result, int) else 0)


def _told(error: BaseException) -> int:
    """Say on stderr what went wrong and give the exit code."""
    from labelqa.report.names import one_line

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return USAGE
    if isinstance(error, click.Abort | KeyboardInterrupt):
        message, code = "interrupted", INTERRUPTED
    elif isinstance(error, click.UsageError):
        said = one_line(error.format_message())
        stop = "" if said.endswith((".", "?")) else "."
        where = f" See {error.ctx.command_path} --help." if error.ctx else ""
        message, code = said + stop + where, USAGE
    elif isinstance(error, FormatError):
        message, code = "\n".join(map(one_line, str(error).split("\n"))), INPUT
    elif isinstance(error, InputError):
        message, code = one_line(str(error)), INPUT
    elif isinstance(error, UsageError):
        message, code = one_line(str(error)), USAGE
    else:
        what = one_line(f"{type(error).__name__}: {error}")
        message, code = f"internal error: {what}. Please report it; run again with --debug for the traceback.", INTERNAL
    click.echo(f"labelqa: {message}", err=True)
    return code


def _terminated(*_: object) -> None:
    """End as after any error, so that temporary files go."""
    sys.exit(TERMINATED)


def _set_debug(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.ensure_object(Invocation).debug = True


def debug_option() -> click.Option:
    """Make the option `--debug`, which is taken before and after the name of the command."""
    return click.Option(
        ["--debug"],
        is_flag=True,
        expose_value=False,
        callback=_set_debug,
        is_eager=True,
        help="Show the traceback of an error.",
    )


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"labelqa {labelqa.__version__}")
        ctx.exit()


program = Program(
    name="labelqa",
    help="Labeling quality: do labelers agree, and are they right?",
    epilog="Example:  labelqa score export.ndjson",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_version,
            help="Show the version.",
        ),
        debug_option(),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main() -> NoReturn:
    """Run the program on the arguments of the process."""
    signal.signal(signal.SIGTERM, _terminated)
    program.main(prog_name="labelqa")
