"""Tiles: a number with its interval, n, change and definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.components import numbers
from dashboard.components.words import word

REASONS = {
    "no_pair": "no asset has two labels",
    "no_benchmark": "no benchmark label",
    "no_review": "no reviews in the export",
    "no_rates": "no rate card was given",
    "not_in_export": "not in the export",
    "nothing_drawn": "nothing was drawn",
    "nothing_in_benchmark": "the benchmark is empty",
    "no_prelabel": "no pre-labels",
    "nothing_submitted": "nothing was submitted",
    "nothing_in_both": "nothing is in both",
    "no_time": "the export has no times",
    "no_unaided": "no label without a pre-label to compare with",
    "one_asset": "an interval needs two assets",
}


def tile(
    row: Mapping[str, Any],
    measure: str,
    n: str | None = None,
    *,
    title: str | None = None,
    change: float | None = None,
    since: str = "",
    better: str = "higher",
    clear: bool = True,
    note: str = "",
) -> None:
    """Draw one measure of a row of a table.

    Parameters
    ----------
    row : mapping
        A row of a labelqa table: the measure, its `_low` and `_high` if it has them, `undefined`.
    measure : str
    n : str, optional
        The column that says how many are behind it.
    change : float, optional
        Difference from before, in the measure's own unit; `since` says from when.
    better : "higher", "lower" or "neither"
        What a rise means.
    clear : bool
        Whether the change is beyond chance; else it is grey.
    note : str
        Added to the definition.
    """
    about, value = word(measure), row.get(measure)
    write = numbers.WRITE.get(about.form, numbers.amount)
    parts = []
    if f"{measure}_low" in row and value is not None:
        interval = numbers.interval(row, measure, about.form)
        parts.append(f"95 %: {interval}" if interval != numbers.DASH else "no interval")
    if n is not None and value is not None:
        parts.append(f"n = {numbers.count(row[n])} {word(n).title.lower()}")
    if value is None:
        parts.append(why_undefined(row, measure))
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(
            title or about.title,
            write(value),
            _signed(change, write),
            delta_color={"higher": "normal", "lower": "inverse"}.get(better, "off") if clear else "off",
            delta_description=since or None,
            help=f"{about.meaning} {note}".strip() or None,
        )
        st.caption(" · ".join(parts) or "\u00a0")


def beyond_chance(now: Mapping[str, Any], then: Mapping[str, Any], measure: str) -> bool:
    """Tell whether the intervals of two rows leave a difference: that of the difference does not hold nothing."""
    ends = [row.get(f"{measure}{end}") for row in (now, then) for end in ("_low", "_high")]
    if None in ends:
        return False
    half = (ends[1] - ends[0]) / 2, (ends[3] - ends[2]) / 2
    return abs(now[measure] - then[measure]) > (half[0] ** 2 + half[1] ** 2) ** 0.5


def _signed(change: float | None, write: Any) -> str | None:
    """Write a difference with its sign; none of a change that rounds to nothing."""
    if change is None or write(abs(change)) == write(0):
        return None
    return ("+" if change > 0 else "-") + write(abs(change))


def why_undefined(row: Mapping[str, Any], measure: str) -> str:
    """Put into words why a measure is undefined."""
    for part in (row.get("undefined") or "").split("; "):
        name, _, reason = part.partition(": ")
        if name == measure:
            return REASONS.get(reason, reason.replace("_", " "))
    return "not in the export"
