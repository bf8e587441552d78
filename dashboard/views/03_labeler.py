"""Labeler: one person's work beside the team's: how good, what they mix up, how they draw, with whom they differ, when."""

from __future__ import annotations

import math

import altair as alt
import polars as pl
import streamlit as st

from dashboard import objects
from dashboard.components import charts, colours, findings, numbers, page, periods, tables
from dashboard.components.names import plain, safe
from dashboard.components.tiles import tile

ICON = ":material/person:"

TILES = (
    ("consensus", "n_pairs", "higher"),
    ("benchmark", "n_benchmark", "higher"),
    ("f1", "n_benchmark", "higher"),
    ("seconds_per_label", "n_timed", "neither"),
)
FEWEST = 5
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def choose(view) -> str | None:
    """Ask who is looked at; those most surely low come first."""
    surely = pl.coalesce("benchmark_high", "consensus_high", "benchmark", "consensus")
    names = view.scores.labelers.sort(surely, "labeler", nulls_last=True)["labeler"].drop_nulls().to_list()
    if not names:
        page.nothing("No label here says who made it.", "So there is nobody to look at.")
    return st.selectbox(
        "Labeler",
        names,
        key="who",
        format_func=plain,
        help="Those most surely low come first. Type to search.",
        bind="query-params",
        persist_state="session",
        width=420,
    )


def headline(view, mine, who) -> None:
    """Draw the tiles: the labeler's numbers, and how far they are from the team's."""
    quality = mine.scores.labelers.filter(pl.col("labeler") == who)
    work = mine.work().labelers.filter(pl.col("labeler") == who)
    only = [name for name in work.columns if name == "labeler" or name not in quality.columns]
    joined = quality.join(work.select(only), on="labeler", how="left")
    if joined.is_empty():
        page.nothing(f"{safe(who)} has no label with these filters.", "Take one away, or choose somebody else.")
    row = joined.row(0, named=True)
    ranked = {
        rank["measure"]: rank for rank in view.work().ranks.filter(pl.col("labeler") == who).iter_rows(named=True)
    }
    columns = st.columns(5)
    for column, (measure, n, better) in zip(columns, TILES, strict=False):
        rank = ranked.get(measure)
        beside = {}
        if rank and not view.filters and rank["team"] is not None and row[measure] is not None:
            beside = {
                "change": row[measure] - rank["team"],
                "since": "beside the team",
                "clear": rank["position"] != "inside",
                "note": "Grey: not to be told from a labeler like the team (99.8 % funnel).",
            }
        with column:
            tile(row, measure, n, better=better, **beside)
    with columns[4], st.container(border=True, height="stretch", gap="xsmall"):
        st.metric("Labels", numbers.count(row["n_labels"]), help="Labels submitted and not skipped.")
        told = [f"{numbers.count(row['n_assets'])} assets", f"{numbers.seconds(row['active_seconds'])} active"]
        rank = ranked.get("benchmark") or ranked.get("consensus")
        if rank and rank["rank_low"] is not None:
            told.append(f"rank {rank['rank_low']} to {rank['rank_high']} by {rank['measure']}")
        st.caption(" · ".join(told))


def over_time(view, mine) -> None:
    """Draw the labeler's quality over time with the team's behind it."""
    whole = mine.work().labelers
    measure = "benchmark" if whole["n_benchmark"].sum() >= 50 else "consensus"
    every = periods.telling(mine, measure)
    own, team = mine.work(every).timeline, view.work(every).timeline
    st.markdown(
        f"**{measure.capitalize()} over time**",
        help=f"By {every}, with 95 % intervals. The grey line is the whole team.",
    )
    if own.filter(pl.col("period").is_not_null())[measure].count() == 0:
        page.absent("No score of theirs has a time.")
        return
    charts.draw(
        charts.trend(own, measure, n=f"n_{measure}", beside=team, height=240), "own-trend", says="Quality over time"
    )


def when(mine) -> None:
    """Draw when the labeler works, by weekday and hour."""
    st.markdown("**When they work**", help="Labels submitted by weekday and hour, in the time zone of the dashboard.")
    labels = mine.work().labels.filter(pl.col("created_at").is_not_null())
    if labels.is_empty():
        page.absent("The export does not say when labels were made.")
        return
    local = labels.with_columns(pl.col("created_at").dt.convert_time_zone(mine.tz).alias("at"))
    cells = local.group_by(weekday=pl.col("at").dt.weekday(), hour=pl.col("at").dt.hour()).agg(
        n_labels=pl.len().cast(pl.Int64),
        seconds_per_label=pl.col("active_seconds").mean(),
        consensus=pl.col("consensus").mean(),
    )
    cells = cells.with_columns(day=pl.Series(WEEKDAYS)[cells["weekday"].cast(pl.Int64) - 1])
    grid = pl.DataFrame({"day": WEEKDAYS}).join(pl.DataFrame({"hour": range(24)}), how="cross")
    filled = grid.join(cells.with_columns(pl.col("hour").cast(pl.Int64)), on=["day", "hour"], how="left")
    hours = alt.X(
        field="hour",
        type="ordinal",
        title="Hour",
        scale=alt.Scale(domain=list(range(24))),
        axis=alt.Axis(labelAngle=0, values=list(range(0, 24, 3)), ticks=False, domain=False),
    )
    days = alt.Y(
        field="day",
        type="nominal",
        title=None,
        scale=alt.Scale(domain=list(WEEKDAYS)),
        axis=alt.Axis(ticks=False, domain=False),
    )
    colour = alt.Color(
        field="n_labels",
        type="quantitative",
        legend=None,
        scale=alt.Scale(range=[f"{colours.ACCENT}33", colours.ACCENT]),
    )
    chart = (
        alt.Chart(filled)
        .mark_rect(cornerRadius=2)
        .encode(hours, days, colour, tooltip=charts.tip("day", "hour", "n_labels", "seconds_per_label", "consensus"))
        .properties(height=240)
    )
    charts.draw(chart, "when", says="Labels by weekday and hour")


def mixed_up(mine, who, relation) -> None:
    """Draw the classes the labeler takes for others, and what they miss or add."""
    against = "the benchmark" if relation == "benchmark" else "other labelers"
    st.markdown(
        "**What goes wrong, by class**",
        help=f"Objects and answers compared with {against}'s: wrong class (named), near miss (right thing, wrong place), "
        "missed (only theirs), extra (only this labeler's).",
    )
    rows = objects.described(mine.scores, objects.met(mine.scores, relation, who), "class")
    wrong = rows.filter(~pl.col("outcome").is_in(["matched", "best_of_a", "best_of_b"]))
    if wrong.is_empty():
        st.markdown(":material/check_circle: Everything that was compared matches.")
        return
    counts = (
        wrong.with_columns(pl.coalesce("class_other", "class_mine").alias("class"))
        .group_by("class", "outcome")
        .agg(n=pl.len().cast(pl.Int64))
    )
    order = (
        counts.group_by("class").agg(pl.col("n").sum()).sort("n", "class", descending=[True, False])["class"].head(10)
    )
    shown = charts.shown(counts.filter(pl.col("class").is_in(order.implode())), "class")
    chart = (
        alt.Chart(shown)
        .mark_bar(cornerRadius=2)
        .encode(
            alt.Y(field="class", type="nominal", sort=[plain(name, 40) for name in order], title=None),
            alt.X(field="n", type="quantitative", title="Objects", axis=alt.Axis(tickMinStep=1, format="~s")),
            charts.outcome_colour("wrong_class", "near_miss", "missed", "extra"),
            tooltip=charts.tip("class", "outcome", "n"),
        )
        .properties(height=26 * len(order) + 135)
    )
    charts.draw(chart, "mixed-up", says="What goes wrong by class")
    swapped = (
        wrong.filter(pl.col("outcome") == "wrong_class")
        .group_by("class_other", "class_mine")
        .agg(n=pl.len().cast(pl.Int64))
        .filter(pl.col("class_other") != pl.col("class_mine"))
        .sort("n", "class_other", descending=[True, False])
    )
    if swapped.height:
        tables.table(
            swapped.head(50),
            ["class_other", "class_mine", "n"],
            titles={"class_other": "Is", "class_mine": "Called"},
            key="swapped",
            height=min(36 * min(swapped.height, 4) + 38, 200),
        )


def partners(mine, who) -> None:
    """Draw with whom the labeler agrees, least first."""
    st.markdown(
        "**With whom they disagree**",
        help="Mean agreement on the assets shared, least first, with 95 % intervals; the dashed line is the mean over all.",
    )
    table = mine.scores.agreement.filter((pl.col("labeler_a") == who) | (pl.col("labeler_b") == who))
    if table.is_empty():
        page.absent("They share no asset with anybody.")
        return
    other = pl.when(pl.col("labeler_a") == who).then(pl.col("labeler_b")).otherwise(pl.col("labeler_a"))
    rows = table.with_columns(other.alias("labeler")).sort("agreement", "labeler")
    mean = (rows["agreement"] * rows["n_pairs"]).sum() / rows["n_pairs"].sum()
    chart = charts.dots(rows.head(15), "agreement", "labeler", n="n_pairs", team=mean)
    charts.draw(chart, "partners", says="Agreement with each other labeler")
    if rows.height > 15:
        st.caption(f"and {rows.height - 15} more with whom they agree better")


def drawing(mine, who, relation) -> None:
    """Draw how the labeler's boxes lie beside their partners': larger or smaller, and where to."""
    against = "the benchmark's" if relation == "benchmark" else "other labelers'"
    st.markdown(
        "**How they draw**",
        help=f"Shapes that match {against}, by the boxes around them: how much wider and higher theirs are, and by how much of "
        "the size they are shifted. Means over assets with 95 % intervals.",
    )
    rows = objects.met(mine.scores, relation, who).filter(pl.col("outcome") == "matched")
    rows = objects.described(mine.scores, rows, "kind", "box")
    drawn = rows.filter(pl.col("kind_mine").is_in(["bbox", "polygon", "rotated_bbox"]))
    m, o = pl.col("box_mine").struct, pl.col("box_other").struct
    middle = [
        (box.field(start) + box.field(size) / 2)
        for box in (m, o)
        for start, size in (("left", "width"), ("top", "height"))
    ]
    offsets = drawn.filter((o.field("width") > 0) & (o.field("height") > 0)).select(
        "asset",
        wider=m.field("width") / o.field("width") - 1,
        higher=m.field("height") / o.field("height") - 1,
        right=(middle[0] - middle[2]) / o.field("width"),
        lower=(middle[1] - middle[3]) / o.field("height"),
    )
    n_assets = offsets["asset"].n_unique()
    if n_assets < FEWEST:
        page.absent(f"Shapes of theirs match on {n_assets} assets; from {FEWEST} on there is something to tell.")
        return
    long = offsets.unpivot(index="asset", variable_name="way", value_name="share").with_columns(
        way=pl.col("way").replace({"right": "to the right", "lower": "downwards"})
    )
    cells = long.group_by("way", "asset").agg(above=pl.col("share").sum(), below=pl.len().cast(pl.Float64), n=pl.len())
    found = objects.ratios(cells, "way", "share", limits=(-math.inf, math.inf))
    order = ["wider", "higher", "to the right", "downwards"]
    base = alt.Chart(found)
    where = alt.Y(field="way", type="nominal", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False))
    surely = "abs(datum.share) > 0.02 && datum.share_low * datum.share_high > 0"
    sign = alt.condition(surely, alt.value(colours.BAD), alt.value(colours.ACCENT))
    ends = (("share", "by"), ("share_low", "from"), ("share_high", "to"))
    tooltip = [
        alt.Tooltip(field="way", type="nominal", title="Theirs are"),
        *(alt.Tooltip(field=name, type="quantitative", title=title, format="+.1%") for name, title in ends),
        alt.Tooltip(field="n", type="quantitative", title="shapes", format=",.0f"),
    ]
    axis = alt.Axis(format="+.0%", tickCount=6)
    at = alt.X(field="share", type="quantitative", title="of the other's size", axis=axis)
    zero = (
        alt.Chart(pl.DataFrame({"zero": [0.0]}))
        .mark_rule(color=colours.MUTED)
        .encode(alt.X(field="zero", type="quantitative"))
    )
    rule = base.mark_rule(strokeWidth=3, opacity=0.6).encode(
        where, alt.X(field="share_low", type="quantitative"), alt.X2(field="share_high"), color=sign
    )
    dot = base.mark_circle(size=120, opacity=1).encode(where, at, color=sign, tooltip=tooltip)
    charts.draw(alt.layer(zero, rule, dot).properties(height=190), "drawing", says="Size and shift of their shapes")
    n = f"n = {numbers.count(offsets.height)} shapes on {numbers.count(n_assets)} assets"
    st.caption(f"{n}; orange: more than 2 %, and more than chance")


def worst(mine, who) -> None:
    """List the labeler's labels that agree least."""
    st.markdown(
        "**Their labels that agree least**", help="With the benchmark where there is one, else with other labelers."
    )
    labels = mine.scores.labels.filter((pl.col("labeler") == who) & (pl.col("role") == "submitted"))
    labels = labels.with_columns(pl.min_horizontal("benchmark", "consensus").alias("least"))
    labels = labels.filter(pl.col("least").is_not_null()).sort("least", "asset_id")
    tables.table(
        labels.drop("least"),
        ["asset_id", "consensus", "benchmark"],
        key="worst",
        name="labels",
        height=290,
    )


view = page.begin("Labeler", "One person's work beside the team's", without=("labeler",))
who = choose(view)
mine = view.where(labeler=(who,))
headline(view, mine, who)
place = st.container()
has_benchmark = mine.scores.labelers.filter(pl.col("labeler") == who)["n_benchmark"].sum() > 0
relation = "benchmark" if has_benchmark else "consensus"
for left, right in (
    (lambda: over_time(view, mine), lambda: when(mine)),
    (lambda: mixed_up(mine, who, relation), lambda: partners(mine, who)),
    (lambda: drawing(mine, who, relation), lambda: worst(mine, who)),
):
    for column, draw in zip(st.columns(2), (left, right), strict=True):
        with column, st.container(border=True, height="stretch"):
            draw()
with place:
    team = findings.asked(mine)
    if team is not None and team.findings.height:
        with st.container(border=True):
            findings.listed(team.findings, most=5, key="own", link=False)
