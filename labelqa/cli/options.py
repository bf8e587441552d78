"""Options that several commands share, each with one meaning everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

INTERVALS = ("cluster", "bootstrap", "exact")
SUFFIXES = ("parquet", "csv")
"""Named here as well, since the modules they belong to are too heavy for `--help`; a test holds them equal."""


def reading_options(function: F) -> F:
    """Add how exports are read: `format_name`, `benchmark`."""
    for option in (
        click.option(
            "--benchmark", metavar="LABELER", multiple=True, help="Labeler whose labels are ground truth; repeatable."
        ),
        click.option(
            "--format", "format_name", metavar="NAME", help="Read every file as this format; see labelqa formats."
        ),
    ):
        function = option(function)
    return function


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
