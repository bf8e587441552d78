"""Numbers as text, one way for all pages: three places for scores as on the command line, a dash where undefined."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

DASH = "–"


def score(value: float | None) -> str:
    """Write a score between 0 and 1."""
    return DASH if value is None else f"{value:.3f}"


def count(value: float | None) -> str:
    """Write a count."""
    return DASH if value is None else f"{value:,.0f}"


def amount(value: float | None) -> str:
    """Write an amount: money, labels an hour."""
    return DASH if value is None else f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"


def seconds(value: float | None) -> str:
    """Write a time: seconds below two minutes, minutes below two hours, then hours."""
    if value is None:
        return DASH
    if value < 120:
        return f"{value:.1f} s"
    return f"{value / 60:.1f} min" if value < 7200 else f"{value / 3600:,.1f} h"


def money(value: float | None) -> str:
    """Write money: three digits at least, and what is before the point."""
    if value is None:
        return DASH
    places = 0 if abs(value) >= 1000 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{places}f}"


def share(value: float | None) -> str:
    """Write a change as a share, with its sign."""
    return DASH if value is None else f"{value:+.1%}"


def days(value: timedelta) -> str:
    """Write a span of days."""
    return f"{value.days} day" + "s" * (value.days != 1)


WRITE = {"score": score, "count": count, "amount": amount, "seconds": seconds, "money": money, "share": share}
"""By the format that `words.WORDS` gives a measure."""


def interval(row: Mapping[str, Any], measure: str, form: str = "score") -> str:
    """Write the interval of a measure; a dash where there is none."""
    low, high = row.get(f"{measure}_low"), row.get(f"{measure}_high")
    if low is None or high is None:
        return DASH
    return f"{WRITE[form](low)} – {WRITE[form](high)}"
