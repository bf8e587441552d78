"""`labelqa dashboard`: look at exports in the browser."""

from __future__ import annotations

import click

from labelqa.cli.options import reading_options
from labelqa.cli.reading import KEY_VARIABLE, Reading


@click.command(
    short_help="Look at exports in the browser.",
    epilog="Example:  labelqa dashboard export.ndjson --images photos/ --policy quality.toml",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="N", help="Port; by default the first free one from 8501."
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--images", metavar="DIR", help="Folder of the pictures; none outside it is ever shown.")
@click.option("--policy", metavar="FILE", help="Rules to hold it against; see labelqa policy init.")
@click.option("--rates", metavar="FILE", help="Rate card: a .toml file that says what labeling costs.")
@click.option("--tz", metavar="ZONE", default="UTC", show_default=True, help="Time zone, such as Europe/Berlin.")
@click.option("--scheme", metavar="NAME|FILE", help="How labels are compared.")
@reading_options
def command(
    paths: tuple[str, ...],
    port: int | None,
    no_browser: bool,
    images: str | None,
    policy: str | None,
    rates: str | None,
    tz: str,
    scheme: str | None,
    reading: Reading,
) -> None:
    """Open a dashboard over exports, on this computer alone; Ctrl-C ends it.

    PATH is an export, a folder, a .zip or .gz of exports, or a project written by labelqa; several make one project.
    Nothing is sent anywhere, and no address in an export is ever loaded.
    """
    import os
    from pathlib import Path

    from labelqa.cli import browser
    from labelqa.comparison import Scheme
    from labelqa.errors import UsageError
    from labelqa.gates.policy import Policy
    from labelqa.measures.workforce.periods import Calendar
    from labelqa.measures.workforce.rates import RateCard

    Scheme.of(scheme), RateCard.of(rates), Calendar(tz=tz)  # refused at once, before the browser opens
    if policy is not None:
        Policy.of(policy)
    if images is not None and not Path(images).is_dir():
        raise UsageError(f"{images}: there is no such folder of images")
    for path in paths:
        if not Path(path).exists():
            raise UsageError(f"{path}: there is no such file or folder")
    options = {
        "images": images,
        "policy": policy,
        "rates": rates,
        "tz": tz,
        "scheme": scheme,
        "format": reading.format_name,
        "cache": reading.cache,
    }
    given = [f"--{name}={value}" for name, value in options.items() if value is not None]
    given += [f"--benchmark={name}" for name in reading.benchmark]
    if reading.key is not None:  # by the environment: others on this machine see the arguments of a process
        os.environ[KEY_VARIABLE] = reading.key.decode()
        given.append("--pseudonyms")
    browser.serve([*given, "--", *paths], port=port, opens=not no_browser)
