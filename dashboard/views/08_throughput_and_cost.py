"""Throughput and cost: how much was done, in what time, for how much money, and when the rest will be."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard.components import charts, colours, numbers, page, periods, tables, work_charts
from dashboard.components.names import plain, safe
from dashboard.components.tiles import tile, why_undefined
from dashboard.components.words import meaning

ICON = ":material/speed:"

AMOUNTS = {"Labels": "n_labels", "Annotations": "n_annotations", "Hours": "active_hours", "Cost": "cost"}
CURVES = {"Learning": "learning", "Fatigue": "fatigue", "Fading": "fading"}
CARD = """currency = "EUR"

[default]
per_hour = 18

[labelers."ana@example.com"]
per_label = 0.12
"""


def hours(table: pl.DataFrame) -> pl.DataFrame:
    """Add hours to a table of work: active, and raw."""
    return table.with_columns(active_hours=pl.col("active_seconds") / 3600, raw_hours=pl.col("labeling_seconds") / 3600)


def currency(view) -> str:
    """Give the currency of the rate card, or nothing."""
    card = view.work().how["rates"]
    return card["currency"] if card else ""


def headline(view) -> None:
    """Draw the tiles of each project."""
    rows = hours(view.work().project)
    money = f", {safe(currency(view), 12)}" if currency(view) else ""
    for row in rows.head(3).iter_rows(named=True):
        if rows.height > 1:
            st.subheader(safe(row["project_id"]), anchor=False)
        columns = st.columns(5)
        with columns[0]:
            tile(row, "labels_per_day", "n_labels")
        with columns[1]:
            tile(row, "seconds_per_label", "n_timed")
        with columns[2], st.container(border=True, height="stretch", gap="xsmall"):
            st.metric("Active hours", numbers.amount(row["active_hours"]), help=meaning("active_hours"))
            st.caption(capped(row))
        for column, measure, n in (
            (columns[3], "cost_per_label", "n_costed"),
            (columns[4], "cost_per_accepted_label", "n_reviewed"),
        ):
            with column:
                title = ("Cost a label" if measure == "cost_per_label" else "Cost an accepted label") + money
                tile(row, measure, n, title=title)
    if rows.height > 3:
        st.caption(f"and {rows.height - 3} more projects; choose some with the filter")


def capped(row: dict) -> str:
    """Say how many hours there are without the cap, and what the cap is."""
    if row["raw_hours"] is None or row["active_hours"] is None:
        return why_undefined(row, "active_seconds")
    raw = f"{numbers.amount(row['raw_hours'])} raw"
    if row["cap_seconds"] is None:
        return raw
    return f"{raw}; a label counts with {numbers.seconds(row['cap_seconds'])} at most ({row['cap_rule']})"


def over_time(view) -> None:
    """Draw how much was done in each period."""
    work = view.work()
    known = [name for name in AMOUNTS if name != "Cost" or work.how["rates"]]
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown("**Work over time**", width="content")
        name = st.segmented_control(
            "Amount", known, default="Labels", required=True, key="amount", label_visibility="collapsed",
            bind="query-params", persist_state="session",
        )  # fmt: skip
        every = periods.choose(view)
        by_labeler = st.toggle("By labeler", key="by_labeler", bind="query-params", persist_state="session")
    measure, work = AMOUNTS[name], view.work(every)
    timeline = hours(work.timeline)
    if timeline["period"].count() == 0:
        page.absent("The export does not say when labels were made, so there is no timeline.")
        return
    if timeline[measure].count() == 0:
        page.absent("The export has no labeling time, and none can be inferred.")
        return
    if by_labeler:
        paint = colours.of_labelers(view.source.everybody)
        chart = work_charts.stacked(hours(work.labeler_timeline), measure, every, paint)
    else:
        behind = "raw_hours" if measure == "active_hours" else None
        chart = work_charts.amounts(timeline, measure, every, behind=behind)
    charts.draw(chart, "over-time", says=f"{name} by {every}")
    undated = timeline.filter(pl.col("period").is_null())["n_labels"].sum()
    notes = []
    if measure == "active_hours":
        notes.append("Green: idle time capped. " + ("" if by_labeler else "Grey: raw, as the export gives it."))
    if undated:
        notes.append(f"{numbers.count(undated)} labels without a time are not in it.")
    if notes:
        st.caption(" ".join(notes))
    tables.downloads(timeline, f"timeline-{every}", "timeline")


def cost(view) -> None:
    """Draw what a label costs over time, or say how to have that."""
    st.markdown(
        f"**Cost a label** {safe(currency(view), 12)}", help=f"{meaning('cost_per_label')} With 95 % intervals."
    )
    if not view.work().how["rates"]:
        page.absent(
            "There is no rate card.", "Start the dashboard with `--rates rates.toml`, which says who is paid what:"
        )
        st.code(CARD, language="toml")
        return
    timeline = view.work(periods.usual(view)).timeline
    trend(timeline, "cost_per_label", "n_costed")
    strangers = view.work().how["rates"]["strangers"]
    if strangers:
        st.caption(f"The card pays people who have no label here: {safe(', '.join(strangers), 200)}")
    if timeline["cost_per_accepted_label"].count():
        st.markdown("**Cost an accepted label**", help=meaning("cost_per_accepted_label"))
        trend(timeline, "cost_per_accepted_label", "n_reviewed")


def trend(timeline: pl.DataFrame, measure: str, n: str) -> None:
    """Draw a measure over time if there are two points."""
    if timeline.filter(pl.col("period").is_not_null())[measure].count() < 2:
        page.absent("All is of one time, or the export has no times.")
        return
    chart = charts.trend(timeline, measure, n=n, colour=colours.MEASURES["throughput"], height=180)
    charts.draw(chart, measure, says=f"{measure.replace('_', ' ')} over time")


def speed(view) -> None:
    """Draw how long a label takes over time."""
    st.markdown(
        "**Seconds a label**", help=f"{meaning('seconds_per_label')} With 95 % intervals, by {periods.usual(view)}."
    )
    timeline = view.work(periods.usual(view)).timeline
    if timeline["seconds_per_label"].count() == 0:
        page.absent("The export has no labeling time, and none can be inferred.")
        return
    trend(timeline, "seconds_per_label", "n_timed")
    st.markdown("**Labels an active hour**", help=f"{meaning('labels_per_hour')} With 95 % intervals.")
    trend(timeline, "labels_per_hour", "n_timed")


def ahead(view) -> None:
    """Forecast what is left, as it is and under another plan."""
    now = view.what_if(None, 0, None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(
            "**What is left**",
            help="At the pace of the last 28 days at most, idle days included; bands and intervals (95 %) from how days "
            "differ. It is about the project, whoever's labels and whichever days are looked at.",
            width="stretch",
        )
        if now.is_empty():
            page.absent("There is no project to forecast.")
            return
        if now.height > 1:
            names = now["project_id"].to_list()
            of = st.selectbox("Project", names, key="forecast_of", format_func=plain, bind="query-params", width=220)
            now = now.filter(pl.col("project_id") == of)
        as_it_is = now.row(0, named=True)
        asked, more, per_hour = what_if(view, as_it_is)
    project_id = as_it_is["project_id"]
    plan = view.what_if(asked, more, per_hour).filter(pl.col("project_id") == project_id).row(0, named=True)
    is_other = (asked, more, per_hour) != (None, 0, None)
    left, right = st.columns([2.3, 1], gap="medium")
    with left:
        picture(view, as_it_is, plan if is_other else None)
    with right:
        said("As it is", as_it_is, currency(view))
        if is_other:
            said("What if", plan, currency(view))


def what_if(view, as_it_is: dict) -> tuple[int | None, int, float | None]:
    """Ask for another plan: labels an asset, labelers more, money an hour; what is as it is comes as None or 0."""
    asked = st.number_input(
        "What if: labels an asset",
        1,
        100,
        value=min(as_it_is["labels_per_asset"], 100),
        key="asked",
        bind="query-params",
        width=170,
    )
    more = st.number_input(
        "Labelers more",
        0,
        1000,
        value=0,
        key="more",
        bind="query-params",
        help="Each as fast as those at work lately.",
        width=150,
    )
    per_hour = st.number_input(
        "Paid an hour",
        0.0,
        1e6,
        value=None,
        key="per_hour",
        bind="query-params",
        placeholder="as it is" if currency(view) else "no rate card",
        help="To everybody, for an active hour.",
        width=150,
    )
    return (None if asked == as_it_is["labels_per_asset"] else int(asked)), int(more), per_hour


def said(name: str, plan: dict, money: str) -> None:
    """Put a forecast into words."""
    n = f"{numbers.count(plan['n_labels_left'])} labels on {numbers.count(plan['n_assets_left'])} assets left"
    with st.container(border=True, gap="xsmall"):
        if plan["n_labels_left"] == 0:
            st.metric(name, "done", help="Every asset has the labels asked for.")
            st.caption(f"Every asset has {plan['labels_per_asset']} labels or more, as asked for.")
            return
        finished = plan["finished_on"]
        st.metric(name, finished.isoformat() if finished else numbers.DASH, help="When the last label will be there.")
        ends = plan["finished_on_low"], plan["finished_on_high"]
        span = f"95 %: {ends[0] or '?'} to {ends[1] or 'no end in sight'}" if ends[0] else "no interval"
        pace = (
            f"{numbers.amount(plan['labels_per_day'])} labels a day by {plan['n_labelers']} labelers, "
            f"n = {plan['n_days']} days"
            if plan["labels_per_day"] is not None
            else why_undefined(plan, "days")
        )
        st.caption(f"{span} · {n} · {pace}")
        if plan["cost"] is not None:
            span = numbers.interval(plan, "cost", "money")
            st.caption(f"**{numbers.money(plan['cost'])} {safe(money, 12)}** for them (95 %: {span})")


def picture(view, as_it_is: dict, plan: dict | None) -> None:
    """Draw the labels made so far and how they may go on."""
    whole = view.content
    if len(whole.source.choices.project) > 1:
        whole = whole.where(project=(as_it_is["project_id"],))
    days = whole.work().timeline.filter(pl.col("n_labels") > 0)
    dated = days.filter(pl.col("period").is_not_null()).sort("period")
    if dated.is_empty():
        page.absent("The export does not say when labels were made, so there is no pace to go by.")
        return
    done = int(days["n_labels"].sum())
    undated = done - int(dated["n_labels"].sum())
    history = dated.select(
        at=pl.col("period").dt.replace_time_zone(None), labels=pl.col("n_labels").cum_sum() + undated
    )
    last: date = history["at"][-1].date()
    plans = {"as it is": (as_it_is, colours.MUTED if plan else colours.ACCENT)}
    if plan:
        plans["what if"] = (plan, colours.ACCENT)
    if history.height == 1 and not as_it_is["n_labels_left"] and not (plan and plan["n_labels_left"]):
        page.absent("All labels are of one day, and none is left to make.")
        return
    charts.draw(work_charts.burn_up(history, plans, done, last), "burn-up", says="Labels made, and those to come")


def sat(view) -> None:
    """Draw when people sat down to work."""
    st.markdown("**Sittings**", help=f"{meaning('n_sittings')} The busiest labelers first.")
    found = view.work().sittings
    if found.is_empty():
        page.absent("The export does not say when labels were made.")
        return
    charts.draw(work_charts.sittings(found, view.tz), "sittings", says="When each labeler worked")
    per = found["n_labels"].median()
    long = found["hours"].median() * 3600
    who = found["labeler"].n_unique()
    st.caption(
        f"{numbers.count(found.height)} sittings by {numbers.count(who)} labelers; half of them have "
        f"{numbers.count(per)} labels or more and last {numbers.seconds(long)} or longer"
    )
    tables.downloads(found, "sittings", "sittings")


def learnt(view) -> None:
    """Draw how labelers change with practice and within a sitting."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown("**Practice and fatigue**", width="content")
        name = st.segmented_control(
            "Curve", list(CURVES), default="Learning", required=True, key="curve", label_visibility="collapsed",
            bind="query-params",
        )  # fmt: skip
    measure = CURVES[name]
    curves = view.work().curves
    known = curves.filter(pl.col(measure).is_not_null())
    if known.is_empty():
        page.absent(
            "Nobody has enough labels to tell.",
            "Practice needs 10 timed labels of a labeler; fatigue and fading need them in sittings of half an hour or more.",
        )
        return
    sure = known.filter(pl.col(f"{measure}_low").is_not_null())
    shown = (sure if sure.height else known).sort(f"n_{measure}", "labeler", descending=[True, False]).head(16)
    domain = (max(-1.0, shown[f"{measure}_low"].min() or -0.5), min(1.0, shown[f"{measure}_high"].max() or 0.5))
    charts.draw(
        charts.dots(shown.sort(measure), measure, "labeler", n=f"n_{measure}", team=0.0, domain=domain),
        "curves",
        says=f"{name} of each labeler",
    )
    more = "" if sure.height in (0, known.height) else f"; {known.height - sure.height} of {known.height} have none"
    if shown.height < (sure if sure.height else known).height:
        more += f"; the {shown.height} with most labels are drawn"
    st.caption(f"{meaning(measure)} 95 % intervals over sittings{more}")
    tables.downloads(curves, "curves", "curves")


def each(view) -> None:
    """List the labelers with their time and cost."""
    st.markdown("**By labeler**")
    rows = hours(view.work().labelers).sort("n_labels", "labeler", descending=[True, False])
    columns = [
        "labeler",
        "n_labels",
        "n_annotations",
        "active_hours",
        "raw_hours",
        "seconds_per_label",
        "labels_per_hour",
    ]
    if view.work().how["rates"]:
        columns += ["cost", "cost_per_label", "cost_per_accepted_label"]
    tables.table(
        rows,
        columns,
        titles={"seconds_per_label": "Seconds"},
        key="each",
        name="labelers",
        height=min(36 * rows.height + 40, 420),
    )


view = page.begin("Throughput and cost", "How much was done, in what time, for how much, and when the rest will be")
if view.work().labels.is_empty():
    page.nothing("Nobody submitted a label here.", "Benchmark labels and pre-labels are no one's work.")
headline(view)
with st.container(border=True):
    over_time(view)
with st.container(border=True):
    ahead(view)
for left, right in ((cost, speed), (sat, learnt)):
    for column, draw in zip(st.columns(2), (left, right), strict=True):
        with column, st.container(border=True, height="stretch"):
            draw(view)
with st.container(border=True):
    each(view)
