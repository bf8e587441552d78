"""Charts of work: amounts over time, hours raw and capped, sittings, and what is left with its band."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import altair as alt
import polars as pl

from dashboard.components import charts, colours
from dashboard.components.names import short

EVERY = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo"}
MOST_NAMED = 9
OTHERS = "everybody else"
_POINTS = 60


def _bars(frame: pl.DataFrame, every: str, measure: str) -> pl.DataFrame:
    """Lay bars out: `from` and `to` within their period; times as they are on the wall."""
    start = pl.col("period").dt.replace_time_zone(None)
    end = start.dt.offset_by(EVERY[every])
    span = end - start
    known = frame.filter(pl.col("period").is_not_null() & pl.col(measure).is_not_null())
    return known.with_columns(start + span * 0.06, (end - span * 0.06).alias("to"))


def _when(rows: pl.DataFrame) -> alt.X:
    both = pl.concat([rows["period"], rows["to"]])
    return alt.X(field="period", type="temporal", title=None, axis=charts.calendar(both))


def stacked(
    frame: pl.DataFrame, measure: str, every: str, colour_of: dict[str | None, str], *, height: int = 260
) -> alt.Chart:
    """Draw an amount over time, what each labeler did on top of the other's; the busiest have a colour of their own.

    `frame` is a `labeler_timeline`: period, labeler, the measure.
    """
    total = pl.col(measure).sum()
    order = frame.group_by("labeler").agg(total).sort(measure, "labeler", descending=[True, False])["labeler"].to_list()
    own = order if len(order) <= MOST_NAMED + 1 else order[:MOST_NAMED]
    names = dict(zip(own, short(own), strict=True))
    label = pl.col("labeler").replace_strict(names, default=OTHERS, return_dtype=pl.String)
    rows = frame.with_columns(label).group_by("period", "labeler").agg(total)
    place = {name: k for k, name in enumerate([*names.values(), OTHERS])}
    rows = rows.with_columns(place=pl.col("labeler").replace_strict(place, return_dtype=pl.Int64))
    rows = _bars(rows, every, measure).sort("period", "place")
    rows = rows.with_columns(top=pl.col(measure).cum_sum().over("period")).with_columns(
        bottom=pl.col("top") - pl.col(measure)
    )
    shown = [*names.values(), *([OTHERS] if len(own) < len(order) else [])]
    paint = [colour_of.get(name, colours.MUTED) for name in own] + [colours.MUTED]
    colour = alt.Color(
        field="labeler",
        type="nominal",
        scale=alt.Scale(domain=shown, range=paint[: len(shown)]),
        legend=alt.Legend(orient="top", title=None, columns=10, labelLimit=140, symbolType="square"),
    )
    return (
        alt.Chart(rows.drop("place").head(charts.MOST))
        .mark_rect()
        .encode(
            _when(rows),
            alt.X2(field="to"),
            alt.Y(field="bottom", type="quantitative", title=None, axis=alt.Axis(tickCount=5, format="~s")),
            alt.Y2(field="top"),
            colour,
            tooltip=charts.tip("period", "labeler", measure),
        )
        .properties(height=height)
    )


def amounts(
    frame: pl.DataFrame, measure: str, every: str, *, behind: str | None = None, height: int = 260
) -> alt.Chart:
    """Draw an amount over time as bars; `behind` is a larger one of which it is a part, drawn pale."""
    rows = _bars(frame.select("period", measure, *([behind] if behind else [])), every, measure)
    base = alt.Chart(rows.head(charts.MOST))
    tooltip = charts.tip("period", measure, *([behind] if behind else []))

    def bars(column: str, colour: str) -> alt.Chart:
        rect = base.mark_rect(color=colour, cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        axis = alt.Axis(tickCount=5, format="~s")
        return rect.encode(
            _when(rows),
            alt.X2(field="to"),
            alt.Y(field=column, type="quantitative", title=None, axis=axis),
            alt.Y2(datum=0),
            tooltip=tooltip,
        )

    layers = [bars(behind, f"{colours.MUTED}55")] if behind else []
    return alt.layer(*layers, bars(measure, colours.MEASURES["throughput"])).properties(height=height)


def sittings(frame: pl.DataFrame, tz: str, *, most: int = 16) -> alt.Chart:
    """Draw when people sat down to work, a row each, the busiest first; colour is how many labels an hour of it."""
    busiest = (
        frame.group_by("labeler").agg(pl.col("n_labels").sum()).sort("n_labels", "labeler", descending=[True, False])
    )
    names = busiest["labeler"].head(most).to_list()
    told = dict(zip(names, short(names), strict=True))
    rows = frame.filter(pl.col("labeler").is_in(names)).sort("began_at", descending=True).head(charts.MOST)
    rows = rows.with_columns(
        pl.col("labeler").replace_strict(told, return_dtype=pl.String),
        *(pl.col(end).dt.convert_time_zone(tz).dt.replace_time_zone(None) for end in ("began_at", "ended_at")),
    )
    axis = charts.calendar(pl.concat([rows["began_at"], rows["ended_at"]]))
    return (
        alt.Chart(rows.select("labeler", "began_at", "ended_at", "n_labels", "hours", "active_seconds"))
        .mark_bar(height={"band": 0.7}, minBandSize=4, color=colours.ACCENT, opacity=0.75, stroke=colours.ACCENT)
        .encode(
            alt.X(field="began_at", type="temporal", title=None, axis=axis),
            alt.X2(field="ended_at"),
            alt.Y(
                field="labeler",
                type="nominal",
                sort=[told[name] for name in names],
                title=None,
                axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
            ),
            tooltip=charts.tip("labeler", "began_at", "ended_at", "n_labels", "active_seconds"),
        )
        .properties(height=22 * len(names) + 50)
    )


def fan(plan: dict[str, Any], done: int, last: date) -> pl.DataFrame:
    """Give the labels that a plan will have made, day by day from the last with work: at, labels, low, high.

    `plan` is a row of a forecast. The band is that of its interval: with mean m and day-to-day spread s over n days the
    labels of T days are about m T, give or take sqrt(s (T + T^2 / n)). It ends where all is done.
    """
    left, mean, n = plan["n_labels_left"], plan["labels_per_day"], plan["n_days"]
    start = datetime.combine(last, datetime.min.time())
    if not left or not mean or plan["days"] is None:
        return pl.DataFrame(schema={"at": pl.Datetime, "labels": pl.Float64, "low": pl.Float64, "high": pl.Float64})
    low, high = plan["days_low"], plan["days_high"]
    spread = None if low is None or low <= 0 else (left - mean * low) ** 2 / (low + low * low / n)
    end = min(high or 3 * plan["days"], 6 * plan["days"], 3650.0)
    rows = []
    for k in range(_POINTS + 1):
        days = end * k / _POINTS
        half = None if spread is None else math.sqrt(spread * (days + days * days / n))
        rows.append(
            {
                "at": start + timedelta(days=days),
                "labels": done + min(mean * days, left),
                "low": None if half is None else done + min(max(mean * days - half, 0.0), left),
                "high": None if half is None else done + min(mean * days + half, left),
            }
        )
    return pl.DataFrame(rows, schema={"at": pl.Datetime, "labels": pl.Float64, "low": pl.Float64, "high": pl.Float64})


def burn_up(
    history: pl.DataFrame, plans: dict[str, tuple[dict[str, Any], str]], done: int, last: date, *, height: int = 300
) -> alt.LayerChart:
    """Draw labels made so far, and how they may go on under each plan, up to what is asked for.

    Parameters
    ----------
    history : polars.DataFrame
        at (a day) and labels (made up to its end).
    plans : dict
        By name, a row of a forecast and its colour.
    done : int
        Labels made so far.
    last : date
        The last day with work.
    """
    y = alt.Y(
        field="labels", type="quantitative", title="Labels", scale=alt.Scale(zero=False), axis=alt.Axis(format=",.0f")
    )
    domain = list(plans)
    paint = alt.Color(
        field="plan",
        type="nominal",
        scale=alt.Scale(domain=domain, range=[colour for _, colour in plans.values()]),
        legend=alt.Legend(orient="top", title=None) if len(plans) > 1 else None,
    )
    past = alt.Chart(history.head(charts.MOST)).mark_area(
        color=colours.MEASURES["throughput"], opacity=0.25, line={"color": colours.MEASURES["throughput"]}
    )
    times = [history["at"]]
    layers: list[alt.Chart] = []
    for name, (plan, colour) in plans.items():
        ahead = fan(plan, done, last).with_columns(plan=pl.lit(name), kind=pl.lit("forecast"))
        goal = pl.DataFrame({"goal": [done + plan["n_labels_left"]]})
        rule = alt.Chart(goal).mark_rule(color=colour, strokeDash=[2, 4], opacity=0.8)
        layers.append(rule.encode(alt.Y(field="goal", type="quantitative")))
        if ahead.is_empty():
            continue
        times.append(ahead["at"])
        base = alt.Chart(ahead)
        at = alt.X(field="at", type="temporal", title=None)
        band = base.mark_area(color=colour, opacity=0.16)
        layers.append(band.encode(at, alt.Y(field="low", type="quantitative", title="Labels"), alt.Y2(field="high")))
        tooltip = [
            alt.Tooltip(field="at", type="temporal", title="On", format="%Y-%m-%d"),
            *(
                alt.Tooltip(field=field, type="quantitative", title=title, format=",.0f")
                for field, title in (("labels", "Labels"), ("low", "from (95 %)"), ("high", "to (95 %)"))
            ),
        ]
        layers.append(base.mark_line(strokeDash=[6, 3], strokeWidth=2.5).encode(at, y, paint, tooltip=tooltip))
    axis = alt.Axis(labelOverlap=True, grid=False, tickCount=8, format="%d %b")
    shown = past.encode(
        alt.X(field="at", type="temporal", title=None, axis=axis),
        y,
        tooltip=[
            alt.Tooltip(field="at", type="temporal", title="Up to", format="%Y-%m-%d"),
            alt.Tooltip(field="labels", type="quantitative", title="Labels", format=",.0f"),
        ],
    )
    return alt.layer(shown, *layers).properties(height=height)
