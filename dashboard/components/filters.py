"""The filters of all pages. They live in the address, so that a link shared is the view seen, and stay from page to page."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.components.names import plain
from dashboard.data import Choices, Filters

_HELP = {
    "project": "Labeling projects.",
    "batch": "Assets sent in these batches.",
    "class": "Annotations of these classes and questions alone count, as in a table of classes: two labels without any "
    "say nothing. What they are taken for stays to be seen.",
    "labeler": "The labels of these labelers, compared with everybody's.",
    "role": "Labels with these roles, compared with each other: without `benchmark`, for one, nothing is held against ground "
    "truth.",
    "dates": "Labels submitted on these days.",
}
FIELDS = ("project", "batch", "class", "labeler", "role", "dates")


def bar(choices: Choices, *, without: tuple[str, ...] = ()) -> Filters:
    """Draw the filters that have something to choose from, and give what is chosen.

    Parameters
    ----------
    choices : Choices
    without : tuple of str
        Fields that make no sense on this page; see `FIELDS`.
    """
    names = {
        "project": choices.project,
        "batch": choices.batch,
        "class": choices.classes,
        "labeler": choices.labeler,
        "role": choices.role,
    }
    shown = [name for name, known in names.items() if len(known) > 1 and name not in without]
    has_dates = "dates" not in without and choices.first is not None and choices.first != choices.last
    chosen: dict[str, tuple[str, ...]] = {}
    columns = st.columns(max(len(shown) + has_dates, 4), gap="small")
    for name, column in zip(shown, columns, strict=False):
        options = list(names[name])
        found = column.multiselect(
            name.capitalize(),
            options,
            format_func=plain,
            key=name,
            placeholder="All",
            help=_HELP[name],
            bind="query-params",
            persist_state="session",
        )
        chosen[name] = tuple(sorted(found))
    since, until = _dates(choices, columns[len(shown)]) if has_dates else (None, None)
    return Filters(
        project=chosen.get("project", ()),
        batch=chosen.get("batch", ()),
        classes=chosen.get("class", ()),
        labeler=chosen.get("labeler", ()),
        role=chosen.get("role", ()),
        since=since,
        until=until,
    )


def _dates(choices: Choices, column: st.delta_generator.DeltaGenerator) -> tuple[date | None, date | None]:
    """Ask for a range of days; both ends are null while it is half chosen or holds everything."""
    whole = (choices.first, choices.last)
    found = column.date_input(
        "Dates",
        whole,
        min_value=choices.first,
        max_value=choices.last,
        key="dates",
        format="YYYY-MM-DD",
        help=_HELP["dates"],
        bind="query-params",
        persist_state="session",
    )
    days = tuple(found) if isinstance(found, (tuple, list)) else (found,)
    return (None, None) if len(days) != 2 or days == whole else (days[0], days[1])
