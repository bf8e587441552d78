"""Options that several commands share, each with one meaning everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import click

from labelqa.cli.reading import KEY_VARIABLE, ONCE, Reading, user_cache

F = TypeVar("F", bound=Callable[..., Any])

INTERVALS = ("cluster", "bootstrap", "exact")
SUFFIXES = ("parquet", "csv")
"""Named here as well, since the modules they belong to are too heavy for `--help`; a test holds them equal."""


def reading_options(function: F) -> F:
    """Add how exports are read: `reading`, a `labelqa.cli.reading.Reading`."""

    @wraps(function)
    def with_reading(
        *,
        format_name: str | None,
        benchmark: tuple[str, ...],
        pseudonyms: str | None,
        cache: str | None,
        no_cache: bool,
        **others: Any,
    ) -> object:
        folder = None if no_cache else cache or user_cache()
        return function(reading=Reading.of(format_name, benchmark, pseudonyms, folder), **others)

    with_options: Any = with_reading
    for option in (
        click.option("--no-cache", is_flag=True, help="Read the exports themselves, and keep nothing."),
        click.option(
            "--cache",
            metavar="DIR",
            envvar="LABELQA_CACHE",
            help="Where large exports are kept as Parquet once they are read (default: the user's folder of caches).",
        ),
        click.option(
            "--pseudonyms",
            is_flag=False,
            flag_value=ONCE,
            metavar="[KEYFILE]",
            help=f"Show hashes instead of labelers' names, made with the key in a file or in {KEY_VARIABLE}.",
        ),
        click.option(
            "--benchmark", metavar="LABELER", multiple=True, help="Labeler whose labels are ground truth; repeatable."
        ),
        click.option(
            "--format", "format_name", metavar="NAME", help="Read every file as this format; see labelqa formats."
        ),
    ):
        with_options = option(with_options)
    return cast("F", with_options)


def scoring_options(function: F) -> F:
    """Add how labels are compared and intervals made: `scheme`, `interval`, `confidence`."""
    for option in (
        click.option(
            "--confidence",
            type=click.FloatRange(0, 1, min_open=True, max_open=True),
            metavar="LEVEL",
            default=0.95,
            show_default=True,
            help="Confidence of the intervals.",
        ),
        click.option(
            "--interval",
            type=click.Choice(INTERVALS),
            metavar="METHOD",
            default="cluster",
            show_default=True,
            help="How intervals are made: cluster, bootstrap, or exact, which holds for any number of assets.",
        ),
        click.option(
            "--scheme",
            metavar="NAME|FILE",
            help="How labels are compared: a scheme by name, or a .toml file with its fields.",
        ),
    ):
        function = option(function)
    return function


def seed_option(meaning: str) -> Callable[[F], F]:
    """Add `seed`."""
    return click.option("--seed", type=int, metavar="N", default=0, show_default=True, help=meaning)


def output_options(function: F) -> F:
    """Add what becomes of the scores: `folder`, `to`, `as_json`."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the scores as one JSON document."),
        click.option(
            "--to", type=click.Choice(SUFFIXES), help="What -o writes: parquet (default) or csv.", metavar="FORMAT"
        ),
        click.option(
            "-o", "--output", "folder", metavar="DIR", help="Write every table to this folder instead of a summary."
        ),
    ):
        function = option(function)
    return function
