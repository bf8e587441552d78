"""What every page begins with: title, filters, the view; and what it says when there is nothing to show."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NoReturn

import streamlit as st

from dashboard.components import filters
from dashboard.components.names import safe
from dashboard.components.upload import dropped
from dashboard.data import Filters, LabelqaError, Source, View
from dashboard.settings import Settings

DISAGREEMENTS = "views/05_disagreements.py"
"""The page that shows one asset; see `open_asset`."""

RELATIONS = {"consensus": "Consensus", "benchmark": "Benchmark", "self": "Self-consistency"}
"""The ways in which labels meet, as they are called."""


def open_asset(row: Mapping[str, Any], relation: str | None = None) -> None:
    """Go to the drawing of an asset, given by its `asset_id`, and its `project_id` where several have one of that id.

    `relation` is the score it is looked at by: consensus, benchmark or self.
    """
    where = {"asset": row["asset_id"], "in": row.get("project_id"), "relation": RELATIONS.get(relation or "")}
    st.switch_page(DISAGREEMENTS, query_params={name: value for name, value in where.items() if value is not None})


@dataclass(frozen=True)
class Frame:
    """What is around every page: a place for its head, the source, and the filters chosen; or why there is no source."""

    head: st.delta_generator.DeltaGenerator
    source: Source
    filters: Filters | None
    error: LabelqaError | None = None


_frame: ContextVar[Frame] = ContextVar("frame")


def frame(*, without: tuple[str, ...] = ()) -> None:
    """Draw what is around every page. The app calls it, not the page: only so do filters stay from page to page."""
    with st.sidebar:
        source = Source(Settings.current(), dropped())
    head = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    try:
        _frame.set(Frame(head, source, filters.bar(source.choices, without=without)))
    except LabelqaError as error:
        _frame.set(Frame(head, source, None, error))


def begin(title: str, about: str, *, without: tuple[str, ...] = ()) -> View:  # noqa: ARG001
    """Draw the head of a page and give the view that the filters make; a page without data ends here.

    Parameters
    ----------
    title : str
    about : str
        The question the page answers, in a line.
    without : tuple of str
        Filters that make no sense here; see `filters.FIELDS`. Written out, since the app reads it in the page's file: it
        draws the filters before the page runs.
    """
    around = _frame.get()
    with around.head:
        st.header(title, anchor=False, width="content")
        st.caption(f"{about} · {safe(around.source.title)}", width="stretch")
    if around.filters is None:
        failed(around.error)
    view = View(around.source, around.filters)
    try:
        empty = view.scores.assets.is_empty()
    except LabelqaError as error:
        failed(error)
    if empty and view.filters:
        nothing("Nothing is left with these filters.", "Take one away.")
    if empty:
        nothing("There is no asset in this export.", "Open another one with the button in the sidebar.")
    return view


def failed(error: LabelqaError | None) -> NoReturn:
    """Say why an export cannot be shown, in the words of the command line, and end the page."""
    st.error("This cannot be shown.", icon=":material/error:")
    st.code(str(error), language=None, wrap_lines=True)
    st.stop()


def nothing(why: str, remedy: str = "") -> NoReturn:
    """Say why there is nothing to show and what to do, and end the page."""
    absent(why, remedy)
    st.stop()


def absent(why: str, remedy: str = "") -> None:
    """Say why a part of a page is empty, and what to do."""
    st.info(f"{why} {remedy}".strip(), icon=":material/info:")
