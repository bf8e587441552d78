"""Findings: what to act on, a sentence each, with how sure it is and where to look."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components.names import safe

ICONS = {
    "fast_and_poor": ":material/speed:",
    "copies": ":material/content_copy:",
    "same_answer": ":material/repeat:",
    "drift": ":material/trending_down:",
    "confused_classes": ":material/shuffle:",
    "overused_class": ":material/bar_chart:",
    "biased_outline": ":material/open_with:",
    "contested_asset": ":material/help_center:",
}
"""The kinds of finding and their icons, the most urgent first."""

LABELER = "views/03_labeler.py"


def asked(view):
    """Give the work with its findings; None, and a word where they will stand, while they are looked for.

    The page is drawn again as soon as they are there.
    """
    team = view.found()
    if team is None:
        _waiting(view)
    return team


@st.fragment(run_every=1.0)
def _waiting(view) -> None:
    """Say what is being worked out; look again every second."""
    if view.found() is not None:
        st.rerun()
    st.markdown(":material/hourglass_top: Looking for what stands out from chance …")
    st.caption("The first time this takes a while in a large project. Everything else is there.")


def listed(findings: pl.DataFrame, *, most: int, key: str, link: bool = True) -> None:
    """Draw findings, what to stop first, then the surest first, with a way to the labeler they are about if `link`."""
    urgent = pl.col("finding").replace_strict(dict(zip(ICONS, range(len(ICONS)), strict=True)), default=len(ICONS))
    rows = findings.sort(urgent, "q_value", pl.col("effect").abs(), descending=[False, False, True], nulls_last=True)
    for row in rows.head(most).iter_rows(named=True):
        said, sure, go = st.columns([10, 1.6, 1.6], vertical_alignment="center", gap="small")
        said.markdown(f"{ICONS.get(row['finding'], ':material/flag:')} {safe(row['sentence'], 220)}")
        sure.caption(f"n = {row['n']:,}")
        if (
            link
            and row["labeler"] is not None
            and go.button("Look", key=f"{key}-{row['number']}", type="tertiary", icon=":material/arrow_forward:")
        ):
            st.switch_page(LABELER, query_params={"who": row["labeler"]})
    if rows.height > most:
        st.caption(f"and {rows.height - most} more, below")
