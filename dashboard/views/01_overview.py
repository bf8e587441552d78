"""Overview: is this project healthy, in one screen; and what to look at first."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components import charts, findings, numbers, page, periods, tables
from dashboard.components.names import safe
from dashboard.components.tiles import beyond_chance, tile

ICON = ":material/monitoring:"
# The headline: measure, the column with its n, and what a rise means.
QUALITY = (("consensus", "n_assets_consensus", "higher"), ("benchmark", "n_assets_benchmark", "higher"))
WORK = (("labels_per_day", "n_labels", "neither"), ("seconds_per_label", "n_timed", "lower"))
MOST = 5


def headline(view) -> None:
    """Draw the tiles, a row for each project: quality first, which is there sooner, then the work."""
    rows = view.scores.project["project_id"].to_list()
    places = {}
    for project_id in rows[:MOST]:
        if len(rows) > 1:
            st.subheader(safe(project_id), anchor=False)
        places[project_id] = st.columns([1] * (len(QUALITY) + len(WORK)) + [1.15])
    if len(rows) > MOST:
        st.caption(f"and {len(rows) - MOST} more projects; choose some with the filter")
    around = periods.recent(view)
    draw_tiles(lambda part: part.scores.project, QUALITY, view, around, places, 0)
    draw_tiles(lambda part: part.work().project, WORK, view, around, places, len(QUALITY))
    looked_at = {row["project_id"]: row for row in view.scores.project.iter_rows(named=True)}
    for row in view.work().project.filter(pl.col("project_id").is_in(list(places))).iter_rows(named=True):
        with places[row["project_id"]][-1]:
            size(row, looked_at[row["project_id"]])


def draw_tiles(table_of, tiles, view, around, places, first) -> None:
    """Draw some tiles into their places, with the change of the last days against those before."""
    now, then = (
        ({row["project_id"]: row for row in table_of(part).iter_rows(named=True)} for part in around[:2])
        if around
        else ({}, {})
    )
    for row in table_of(view).iter_rows(named=True):
        one = row["project_id"]
        for column, (measure, n, better) in zip(places.get(one, ())[first:], tiles, strict=False):
            ends = now.get(one, {}).get(measure), then.get(one, {}).get(measure)
            moved = {}
            if None not in ends:
                note = (
                    f"The change: the last {around[2]} against the {around[2]} before; grey where chance explains it."
                )
                clear = beyond_chance(now[one], then[one], measure)
                moved = {"change": ends[0] - ends[1], "since": f"in {around[2]}", "clear": clear, "note": note}
            with column:
                tile(row, measure, n, better=better, **moved)


def size(row, looked_at) -> None:
    """Draw how much there is: the work, and the assets and annotations that are looked at in it."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric("Assets", numbers.count(looked_at["n_assets"]), help="Assets looked at, labeled or not.")
        hours = row["active_seconds"]
        worked = "" if hours is None else f" · {numbers.seconds(hours)} active"
        st.caption(
            f"{numbers.count(row['n_labels'])} labels · {numbers.count(looked_at['n_annotations'])} annotations{worked}"
        )


def trends(view) -> None:
    """Draw consensus, benchmark and throughput beside each other."""
    if periods.days_of(view) is None:
        st.subheader("Over time", anchor=False)
        page.absent("The export does not say when labels were made.", "So there are no trends.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Over time", anchor=False, width="stretch")
        every = periods.choose(view)
    timeline = view.work(every).timeline.filter(pl.col("period").is_not_null())
    if timeline.is_empty():
        page.absent("None of these labels has a time.")
        return
    for column, (measure, n, title) in zip(
        st.columns(3),
        (
            ("consensus", "n_consensus", "Consensus"),
            ("benchmark", "n_benchmark", "Benchmark"),
            ("n_labels", "n_labels", f"Labels an {every}" if every == "hour" else f"Labels a {every}"),
        ),
        strict=True,
    ):
        with column, st.container(border=True):
            st.markdown(f"**{title}**")
            if timeline[measure].null_count() == timeline.height:
                page.absent("No label has a benchmark." if measure == "benchmark" else "No asset has two labels.")
            elif measure == "n_labels":
                charts.draw(charts.bars(timeline, "n_labels"), "trend-n", says=f"{title} over time")
            else:
                charts.draw(charts.trend(timeline, measure, n=n), f"trend-{measure}", says=f"{title} over time")


def attention(view) -> st.delta_generator.DeltaGenerator:
    """Draw what the policy says; give the place beside it for what to act on."""
    left, right = st.columns([1.7, 1])
    with right, st.container(border=True, height="stretch"):
        gate(view)
        problems(view)
    with left, st.container(border=True, height="stretch"):
        st.subheader(
            "Needs attention",
            anchor=False,
            help="Tested against chance; at most 5 % of projects in which nothing is wrong have any finding.",
        )
        return st.container()


def acted_on(view, urgent, every) -> None:
    """Draw what to act on into its places, which are the last to be filled: it takes longest."""
    with urgent:
        team = findings.asked(view)
        if team is None:
            every.caption("They are being looked for.")
            return
        if team.findings.is_empty():
            st.markdown(":material/check_circle: Nothing stands out from chance.")
        findings.listed(team.findings, most=7, key="attention")
    with every:
        tables.table(
            team.findings,
            ["sentence", "finding", "labeler", "class", "n", "effect", "q_value"],
            key="findings",
            name="findings",
            height=320,
        )


def gate(view) -> None:
    """Draw the verdict of the policy and the rules that do not pass."""
    st.subheader("Gate", anchor=False, help="The policy given with --policy, held against what is looked at.")
    verdicts = view.verdicts
    if verdicts is None:
        st.caption("No policy was given. `labelqa policy init` makes one to start from; give it with `--policy`.")
        return
    table = verdicts.table
    passed = table.filter(pl.col("outcome") == "pass").height
    colour = {"pass": "green", "fail": "red"}.get(verdicts.outcome, "orange")
    st.badge(f"{verdicts.outcome}: {passed} of {table.height} rules pass", color=colour)
    for row in table.filter(pl.col("outcome") != "pass").head(5).iter_rows(named=True):
        limit = f"at least {row['at_least']:g}" if row["at_least"] is not None else f"at most {row['at_most']:g}"
        value = numbers.DASH if row["value"] is None else f"{row['value']:.4g}"
        mark = ":material/cancel:" if row["outcome"] == "fail" else ":material/help:"
        st.markdown(f"{mark} {safe(row['rule'])}: {value}, {limit}")


def problems(view) -> None:
    """Say how clean the data is."""
    st.subheader("Data", anchor=False)
    counts = view.source.project.problems.group_by("severity").agg(pl.col("n").sum())
    n = dict(zip(counts["severity"].cast(pl.String), counts["n"], strict=True))
    if not n:
        st.markdown(":material/check_circle: Read without a problem.")
        return
    said = [f"{numbers.count(n[name])} {name}s" for name in ("error", "warning", "note") if name in n]
    st.markdown(
        f"{':material/error:' if 'error' in n else ':material/warning:'} {', '.join(said)} in reading the export."
    )


def below(view) -> st.delta_generator.DeltaGenerator:
    """Draw the assets agreed on least; give the place for all findings."""
    worst, every = st.tabs(["Assets agreed on least", "All findings"])
    with worst:
        several = view.scores.assets.filter(pl.col("n_labels") > 1).sort("consensus", "asset_id", nulls_last=True)
        tables.table(
            several.head(500),
            ["asset_id", "n_labels", "consensus", "agreement_rate", "benchmark"],
            key="worst-assets",
            name="assets",
            height=320,
        )
    return every


view = page.begin("Overview", "Is this project healthy, and where to look first")
headline(view)
trends(view)
urgent = attention(view)
acted_on(view, urgent, below(view))
