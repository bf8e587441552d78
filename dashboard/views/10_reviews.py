"""Reviews: what reviewers accept, of whom, how soon, whether they are right, and which issues are open."""

from __future__ import annotations

import altair as alt
import polars as pl
import streamlit as st

from dashboard.components import charts, colours, numbers, page, periods, tables
from dashboard.components.names import plain, safe
from dashboard.components.tiles import tile

ICON = ":material/rate_review:"

TILES = (
    ("acceptance_rate", "n_reviewed", "higher"),
    ("first_acceptance_rate", "n_reviewed", "higher"),
    ("rework_rate", "n_labels", "lower"),
    ("hours_to_approval", "n_approval_times", "lower"),
)
MEASURES = {
    "labeler": {"acceptance_rate": "n_reviewed", "rework_rate": "n_labels"},
    "reviewer": {"acceptance_rate": "n_reviews", "benchmark_agreement": "n_benchmark"},
}
NO_CATEGORY = "(no category)"
MOST = 20


def headline(work, issues) -> None:
    """Draw the tiles, a row for each project that has reviews or issues."""
    has_issues = pl.col("project_id").is_in(issues["project_id"].unique().implode())
    rows = work.project.filter((pl.col("n_reviewed") > 0) | has_issues)
    for row in rows.head(5).iter_rows(named=True):
        if work.project.height > 1:
            st.subheader(safe(row["project_id"]), anchor=False)
        columns = st.columns(len(TILES) + 2)
        with columns[0], st.container(border=True, height="stretch", gap="xsmall"):
            share = row["n_reviewed"] / row["n_labels"] if row["n_labels"] else None
            st.metric(
                "Reviewed",
                numbers.DASH if share is None else f"{share:.0%}",
                help="Labels with a verdict, of those submitted.",
            )
            st.caption(f"{numbers.count(row['n_reviewed'])} of {numbers.count(row['n_labels'])} labels")
        for column, (measure, n, better) in zip(columns[1:], TILES, strict=False):
            with column:
                tile(row, measure, n, better=better)
        mine = issues.filter(pl.col("project_id") == row["project_id"])
        still = mine.filter(pl.col("state") == "open")
        with columns[-1], st.container(border=True, height="stretch", gap="xsmall"):
            told = "no issues in the export"
            if mine.height:
                oldest = still["longest_days"].max()
                told = f"of {numbers.count(mine['n_issues'].sum())} raised"
                told += "" if oldest is None else f" · the oldest {numbers.amount(oldest)} days"
            st.metric(
                "Open issues",
                numbers.count(still["n_issues"].sum()) if mine.height else numbers.DASH,
                help="Issues raised and not resolved, whoever is filtered; days up to the last moment in the export.",
            )
            st.caption(told)
    if rows.height > 5:
        st.caption(f"and {rows.height - 5} more projects; choose some with the filter")
    if rows.height < work.project.height:
        st.caption(
            f"{work.project.height - rows.height} of {work.project.height} projects have neither reviews nor issues"
        )


def by(level, rows, help_text, lowest_first=True) -> None:
    """Draw a measure of each labeler or reviewer."""
    measures = {name: n for name, n in MEASURES[level].items() if rows[name].count()}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**By {level}**", help=help_text)
        if not measures:
            page.absent("No verdict is on a label.")
            return
        chosen = charts.choose_measure(list(measures), level, width=220)
    known = rows.filter(pl.col(chosen).is_not_null())
    if chosen == "rework_rate":
        lowest_first = False
    known = known.sort(chosen, level, descending=[not lowest_first, False], nulls_last=True)
    charts.draw(
        charts.dots(known.head(MOST), chosen, level, n=measures[chosen]), f"{level}s-chart", says=f"{chosen} by {level}"
    )
    if known.height > MOST:
        st.caption(f"and {known.height - MOST} more that do better")


def who_reviews_whom(reviews) -> None:
    """Draw what share of whose labels each reviewer accepts."""
    st.markdown(
        "**Who reviews whom**",
        help="The share of a labeler's labels that the reviewer accepts, of all verdicts; how many there are on hover.",
    )
    rows = reviews.with_columns(acceptance_rate=pl.col("n_accepted") / pl.col("n_reviews"))
    often = {
        side: rows.group_by(side)
        .agg(pl.col("n_reviews").sum())
        .sort("n_reviews", side, descending=[True, False])
        .head(most)
        for side, most in (("labeler", 30), ("reviewer", 12))
    }
    rows = rows.join(often["labeler"].select("labeler"), on="labeler", how="semi", nulls_equal=True)
    rows = rows.join(often["reviewer"].select("reviewer"), on="reviewer", how="semi", nulls_equal=True)
    chart = charts.matrix(
        rows.select("labeler", "reviewer", "acceptance_rate", "n_reviews", "n_accepted", "n_rejected", "median_hours"),
        "labeler",
        "reviewer",
        "acceptance_rate",
        details=("n_reviews", "n_accepted", "n_rejected", "median_hours"),
        form=".0%",
        domain=(0, 1),
    )
    charts.draw(chart, "whom", says="Who reviews whom, and what share is accepted")
    if reviews["labeler"].n_unique() > 30 or reviews["reviewer"].n_unique() > 12:
        st.caption("Those with most verdicts; the table has all.")


def reviewers(found) -> None:
    """List the reviewers; say who reviews themselves."""
    st.markdown("**Reviewers**", help="Of the whole export, whoever is filtered.")
    own = found.filter(pl.col("n_own") > 0).sort("n_own", descending=True)
    for row in own.head(3).iter_rows(named=True):
        n, of = numbers.count(row["n_own"]), numbers.count(row["n_reviews"])
        st.markdown(f":material/warning: {safe(row['reviewer'])} reviews own labels: {n} of {of} verdicts")
    if own.height > 3:
        st.caption(f"and {own.height - 3} more who do")
    tables.table(
        found.sort("n_reviews", "reviewer", descending=[True, False]),
        [
            "reviewer",
            "n_reviews",
            "acceptance_rate",
            "benchmark_agreement",
            "n_benchmark",
            "median_hours",
            "n_hours",
            "n_own",
            "n_elsewhere",
        ],
        titles={"n_benchmark": "n"},
        key="reviewers",
        name="reviewers",
        height=330 if found.height > 8 else "auto",
    )


def labelers(rows) -> None:
    """List the labelers by what becomes of their labels."""
    st.markdown("**Labelers**", help="Labels with a verdict, of what is looked at.")
    tables.table(
        rows.sort("acceptance_rate", "labeler", nulls_last=True),
        [
            "labeler",
            "n_reviewed",
            "acceptance_rate",
            "first_acceptance_rate",
            "n_sent_back",
            "rework_rate",
            "hours_to_approval",
            "n_approval_times",
        ],
        key="labelers",
        name="reviewed-labelers",
        height=330 if rows.height > 8 else "auto",
    )


def over_time(view, measure, n, title) -> None:
    """Draw a measure of reviews by the time of submission."""
    every = periods.usual(view)
    st.markdown(f"**{title}**", help=f"By the {every} in which labels were submitted. " + charts.word(measure).meaning)
    timeline = view.work(every).timeline.filter(pl.col("period").is_not_null())
    if timeline[measure].count() < 2:
        page.absent("The times of labels and verdicts are not in the export, or all are of one time.")
        return
    charts.draw(charts.trend(timeline, measure, n=n, height=220), f"trend-{measure}", says=f"{title} over time")


def raised(issues) -> None:
    """Draw the issues by category and state, and how old they are."""
    st.subheader("Issues", anchor=False, help="Of the whole export, whoever is filtered.")
    if issues.is_empty():
        page.absent("There are no issues in this export.")
        return
    left, right = st.columns([1, 1.4])
    named = issues.with_columns(pl.col("category").fill_null(NO_CATEGORY), pl.col("state").cast(pl.String))
    with left, st.container(border=True, height="stretch"):
        st.markdown("**By category**", help="Issues raised on labels and assets; open ones to the left.")
        counts = named.group_by("category", "state").agg(pl.col("n_issues").sum(), pl.col("longest_days").max())
        open_ones = pl.col("n_issues").filter(pl.col("state") == "open").sum()
        order = counts.group_by("category").agg(open=open_ones, n=pl.col("n_issues").sum())
        names = order.sort("open", "n", "category", descending=[True, True, False])["category"].head(MOST)
        counts = counts.filter(pl.col("category").is_in(names.implode()))
        there = [name for name in colours.STATES if (counts["state"] == name).any()]
        chart = (
            alt.Chart(charts.shown(counts, "category"))
            .mark_bar(cornerRadius=2, height=16)
            .encode(
                alt.Y(
                    field="category",
                    type="nominal",
                    sort=[plain(name, 40) for name in names],
                    title=None,
                    axis=alt.Axis(labelLimit=180, ticks=False, domain=False),
                ),
                alt.X(field="n_issues", type="quantitative", title="Issues", axis=alt.Axis(format="~s", tickMinStep=1)),
                alt.Color(
                    field="state",
                    type="nominal",
                    scale=alt.Scale(domain=there, range=[colours.STATES[name] for name in there]),
                    legend=alt.Legend(orient="top", title=None),
                ),
                order=alt.Order(field="state", type="nominal"),
                tooltip=charts.tip("category", "state", "n_issues", "longest_days"),
            )
            .properties(height=28 * names.len() + 110)
        )
        charts.draw(chart, "issues-chart", says="Issues by category and state")
    with right, st.container(border=True, height="stretch"):
        st.markdown("**How old, how long**", help=charts.word("median_days").meaning)
        several = ["project_id"] if issues["project_id"].n_unique() > 1 else []
        tables.table(
            named.sort("state", "longest_days", "category", descending=[False, True, False], nulls_last=True),
            [
                *several,
                "category",
                "state",
                "n_issues",
                "n_assets",
                "n_labels",
                "median_days",
                "longest_days",
                "n_dated",
            ],
            titles={"n_assets": "On assets", "n_labels": "On labels"},
            key="issues",
            name="issues",
            height=330 if named.height > 8 else "auto",
        )


view = page.begin("Reviews", "What reviewers say, and whether they are right")
work = view.work()
if work.reviewers.is_empty() and work.issues.is_empty():
    page.nothing(
        "There are no reviews and no issues in this export.",
        "Export with reviews or issues, if your tool has them: in Labelbox as performance details, in CVAT and Label Studio "
        "they come along.",
    )
headline(work, work.issues)
if work.reviewers.is_empty():
    page.absent("There are no reviews in this export.", "What follows is about issues.")
elif work.reviews.is_empty():
    page.absent("All reviews are of assets as a whole.", "Whose labels were accepted cannot be told.")
else:
    reviewed = work.labelers.filter(pl.col("n_reviewed") > 0)
    reviews = work.reviews
    if view.filters.labeler:
        reviews = reviews.filter(pl.col("labeler").is_in(view.filters.labeler))
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        by(
            "labeler",
            reviewed,
            "What becomes of each labeler's labels, with 95 % intervals; worst first, n at the right.",
        )
    with right, st.container(border=True, height="stretch"):
        by(
            "reviewer",
            work.reviewers,
            "How much each reviewer accepts of all verdicts of the export, and whether the benchmark says the same; 95 % "
            "intervals, n at the right.",
        )
    left, right = st.columns([1, 1.4])
    with left, st.container(border=True, height="stretch"):
        who_reviews_whom(reviews)
    with right:
        with st.container(border=True):
            reviewers(work.reviewers)
        with st.container(border=True):
            labelers(reviewed)
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        over_time(view, "acceptance_rate", "n_reviewed", "Accepted over time")
    with right, st.container(border=True, height="stretch"):
        over_time(view, "hours_to_approval", "n_approval_times", "Hours to approval over time")
raised(work.issues)
