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
    "biased_outline": ":material/open_with:",
    "overused_class": ":material/bar_chart:",
    "confused_classes": ":material/shuffle:",
    "contested_asset": ":material/help_center:",
}
LABELER = "views/03_labeler.py"


def listed(findings: pl.DataFrame, *, most: int, key: str, link: bool = True) -> None:
    """Draw findings, the surest first, with a way to the labeler they are about if `link`."""
    rows = findings.sort("q_value", pl.col("effect").abs(), descending=[False, True], nulls_last=True)
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
