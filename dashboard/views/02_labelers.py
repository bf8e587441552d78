"""Labelers: who is fast and right, who needs help, and how sure that is."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components import charts, page, tables, team_charts
from dashboard.components.findings import LABELER

ICON = ":material/groups:"

COLUMNS = (
    "labeler",
    "n_labels",
    "consensus",
    "benchmark",
    "f1",
    "seconds_per_label",
    "labels_per_hour",
    "acceptance_rate",
    "rework_rate",
    "self_consistency",
    "cost_per_label",
    "quadrant",
)


def open_labeler(labeler) -> None:
    """Go to the labeler's own page."""
    if labeler is not None:
        st.switch_page(LABELER, query_params={"who": labeler})


def everybody(view) -> pl.DataFrame:
    """Give quality and work of each labeler, those most surely low first."""
    quality = view.scores.labelers
    work = view.work().labelers
    only = [name for name in work.columns if name == "labeler" or name not in quality.columns]
    team = quality.join(work.select(only), on="labeler", how="left", maintain_order="left")
    surely = pl.coalesce("benchmark_high", "consensus_high", "benchmark", "consensus")
    return team.sort(surely, "labeler", nulls_last=True)


def quality_of(team) -> str | None:
    """Ask which quality is looked at, of those there are."""
    known = [name for name in ("benchmark", "consensus") if team[name].null_count() < team.height]
    if not known:
        return None
    chosen = st.segmented_control(
        "Quality by",
        known,
        default=known[0],
        required=True,
        format_func=str.capitalize,
        key="quality",
        bind="query-params",
        persist_state="session",
    )
    return chosen or known[0]


def pictures(view, team, quality) -> None:
    """Draw the two pictures of the team."""
    ranked = view.work().ranks.filter(pl.col("measure") == quality)
    stands = ranked.select("labeler", pl.col("position").fill_null("inside").alias("stands"))
    order = team.select("labeler").with_row_index("row")
    points = team.join(stands, on="labeler", how="left").with_columns(pl.col("stands").fill_null("inside"))
    points = points.join(order, on="labeler")
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.markdown(
            "**Speed and quality**",
            help="Right is fast, up is good; size is the number of labels. Whiskers are 95 % intervals, dashed lines the team. "
            "Coloured: outside the team's 99.8 % funnel. Click a point to look at the labeler.",
        )
        if points["labels_per_hour"].null_count() == points.height:
            page.absent("The export has no labeling times.", "So speed is not known.")
        else:
            work = view.work().project
            speed = work["labels_per_hour"][0] if work.height == 1 else None
            level = ranked["team"].drop_nulls()[0] if ranked["team"].drop_nulls().len() else None
            chart = team_charts.quadrant(points, quality, speed=speed, level=level)
            chosen = charts.draw(chart, "quadrant", says="Speed against quality of each labeler", select="chosen")
            if chosen:
                open_labeler(team["labeler"][int(chosen[0]["row"])])
    with right, st.container(border=True):
        st.markdown(
            "**How sure: quality by amount of work**",
            help="The grey funnel is where 99.8 % of labelers like the team would lie by chance alone; few labels scatter more. "
            "Only who is outside differs from the team. Click a point to look at the labeler.",
        )
        marked = ranked.join(order, on="labeler").with_columns(pl.col("position").fill_null("inside").alias("stands"))
        chosen = charts.draw(
            team_charts.funnel(marked, quality=quality), "funnel", says="Quality against labels", select="chosen"
        )
        if chosen:
            open_labeler(team["labeler"][int(chosen[0]["row"])])


view = page.begin("Labelers", "Who is fast and right, who needs help, and how sure that is")
team = everybody(view)
if team.is_empty():
    page.nothing(
        "No label here is anybody's work.", "Benchmark labels and pre-labels are no one's; look at the filters."
    )
quality = quality_of(team)
if quality is None:
    page.absent("No asset has two labels and none has a benchmark.", "So there is no quality to compare labelers by.")
else:
    pictures(view, team, quality)
st.caption(
    "Those whose interval ends lowest come first: they are the ones most surely low. Choose a row to look at the labeler."
)
shown = [name for name in COLUMNS if team[name].null_count() < team.height]
row = tables.table(team, shown, key="team", name="labelers", select=True, height=min(38 * team.height + 40, 460))
if row is not None:
    open_labeler(team["labeler"][row])
