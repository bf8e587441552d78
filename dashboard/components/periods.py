"""Time on pages: the period of trends, and the days that a change is measured over."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from dashboard.data import View

EVERY = ("hour", "day", "week", "month")


def days_of(view: View) -> tuple[date, date] | None:
    """Give the first and last day looked at; None if the export has no times."""
    choices, filters = view.source.choices, view.filters
    if choices.first is None or choices.last is None:
        return None
    return filters.since or choices.first, filters.until or choices.last


def usual(view: View) -> str:
    """Choose the period that gives a trend some ten to a hundred points."""
    days = days_of(view)
    span = (days[1] - days[0]).days if days else 0
    return "hour" if span < 3 else "day" if span < 92 else "week" if span < 700 else "month"


def telling(view: View, measure: str, least: int = 5) -> str:
    """Choose the shortest period whose points rest on `least` labels or more, as a rule."""
    start = EVERY.index(usual(view))
    for every in EVERY[start:]:
        n = view.work(every).timeline[f"n_{measure}"].median()
        if n is not None and n >= least:
            return every
    return EVERY[-1]


def choose(view: View) -> str:
    """Ask for the period of the trends on a page."""
    chosen = st.segmented_control(
        "Period of trends",
        EVERY,
        default=usual(view),
        required=True,
        key="every",
        format_func=str.capitalize,
        label_visibility="collapsed",
        bind="query-params",
        persist_state="session",
    )
    return chosen or usual(view)


def recent(view: View) -> tuple[View, View, str] | None:
    """Give the last days of a view, as many before them, and how many that are; None where there is no room.

    Seven days, or half of what there is if that is less.
    """
    days = days_of(view)
    if days is None:
        return None
    width = min(7, ((days[1] - days[0]).days + 1) // 2)
    if width == 0:
        return None
    start = days[1] - timedelta(width - 1)
    last = view.where(since=start, until=days[1])
    before = view.where(since=start - timedelta(width), until=start - timedelta(1))
    return last, before, "1 day" if width == 1 else f"{width} days"
