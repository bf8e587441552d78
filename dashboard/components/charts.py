"""Charts in Altair: one look for all pages. Fields are our own columns; names out of an export are values, never code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from dashboard.components import colours
from dashboard.components.names import short
from dashboard.components.words import word

FORMAT = {"score": ".3f", "count": ",.0f", "amount": ",.1f", "seconds": ",.1f", "money": ",.3~r", "share": "+.1%"}
"""How numbers are written in tooltips and on axes, by form."""

MOST = 5000
"""Most rows of a chart: what is beyond them nobody sees."""


def draw(chart: alt.TopLevelMixin, key: str, *, says: str, select: str | None = None) -> list[dict[str, Any]]:
    """Draw a chart over the whole width.

    Parameters
    ----------
    chart : altair chart
    key : str
        Unique on the page.
    says : str
        What it shows, for people who do not see it.
    select : str, optional
        Name of its selection parameter; then the fields of what was clicked are given.
    """
    if select is None:
        st.altair_chart(chart, width="stretch", key=key, alt=says)
        return []
    found = st.altair_chart(chart, width="stretch", key=key, alt=says, on_select="rerun", selection_mode=select)
    return list(found["selection"].get(select) or [])


def choose_measure(measures: list[str], level: str, *, width: int) -> str:
    """Ask which measure of each labeler, class ... is drawn; the address has it as `by-` and the level."""
    return st.selectbox(
        "Measure",
        measures,
        key=f"by-{level}",
        format_func=lambda name: word(name).title,
        label_visibility="collapsed",
        bind="query-params",
        width=width,
    )


def shown(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Cut a table to what a chart takes, with the names in these columns made plain and short."""
    frame = frame.head(MOST)
    told = short([name for column in names for name in frame[column]])
    parts = [told[k * frame.height : (k + 1) * frame.height] for k in range(len(names))]
    return frame.with_columns(pl.Series(name, part, dtype=pl.String) for name, part in zip(names, parts, strict=True))


def tip(*columns: str) -> list[alt.Tooltip]:
    """Make a tooltip of columns, titled and written as everywhere."""
    made = []
    for column in columns:
        about = word(column.removesuffix("_low").removesuffix("_high"))
        end = " from" if column.endswith("_low") else " to" if column.endswith("_high") else ""
        if about.form == "time":
            made.append(alt.Tooltip(field=column, type="temporal", title=about.title, format="%Y-%m-%d %H:%M"))
        elif about.form in FORMAT:
            form = FORMAT[about.form]
            made.append(alt.Tooltip(field=column, type="quantitative", title=about.title + end, format=form))
        else:
            made.append(alt.Tooltip(field=column, type="nominal", title=about.title))
    return made


def trend(
    frame: pl.DataFrame,
    measure: str,
    *,
    n: str,
    x: str = "period",
    colour: str | None = None,
    height: int = 170,
    beside: pl.DataFrame | None = None,
) -> alt.LayerChart:
    """Draw a measure over time: line, points and the band of its interval, if it has one.

    `frame` has `x` (a time), the measure, `measure_low` and `measure_high` if there are any, and `n`; `beside`, of the
    same columns, is drawn in grey.
    """
    colour = colour or colours.MEASURES.get(measure, colours.ACCENT)
    form = word(measure).form
    rows = _dated(frame, x, measure)
    grey = rows.clear() if beside is None else _dated(beside, x, measure)
    has_band = f"{measure}_low" in frame.columns
    base = alt.Chart(rows.select(x, measure, n, *([f"{measure}_low", f"{measure}_high"] if has_band else [])))
    when = alt.X(field=x, type="temporal", title=None, axis=calendar(pl.concat([rows[x], grey[x]])))
    seen = pl.concat([rows[measure], grey[measure]])
    scale = alt.Scale(domain=_room(seen), nice=True, clamp=True)
    value = alt.Y(
        field=measure, type="quantitative", title=None, scale=scale, axis=alt.Axis(tickCount=5, format=_axis(form))
    )
    details = tip(x, measure, *([f"{measure}_low", f"{measure}_high"] if has_band else []), n)
    line = base.mark_line(color=colour, strokeWidth=2.5).encode(when, value)
    points = base.mark_circle(color=colour, size=70, opacity=1).encode(when, value, tooltip=details)
    layers = [line, points]
    if has_band:
        band = base.mark_area(color=colour, opacity=0.18).encode(
            when,
            alt.Y(field=f"{measure}_low", type="quantitative", scale=scale, title=None),
            alt.Y2(field=f"{measure}_high"),
        )
        layers.insert(0, band)
    if grey.height:
        dashed = alt.Chart(grey.select(x, measure)).mark_line(color=colours.MUTED, strokeDash=[4, 3])
        layers.insert(0, dashed.encode(when, value))
    return alt.layer(*layers).properties(height=height)


def calendar(times: pl.Series) -> alt.Axis:
    """Write times by the clock within two days, else by the date."""
    first, last = times.min(), times.max()
    near = first is not None and (last - first).total_seconds() < 2 * 86400
    return alt.Axis(labelOverlap=True, grid=False, tickCount=7, format="%H:%M" if near else "%d %b")


def _dated(frame: pl.DataFrame, x: str, measure: str) -> pl.DataFrame:
    """Keep what can be drawn over time; times as they are on the wall."""
    known = frame.filter(pl.col(x).is_not_null() & pl.col(measure).is_not_null())
    return known.with_columns(pl.col(x).dt.replace_time_zone(None))


def _room(values: pl.Series) -> list[float]:
    """Give the range of an axis: that of the values, and half as much on either side; a wide interval is cut."""
    low, high = float(values.min() or 0.0), float(values.max() or 0.0)
    room = max((high - low) / 2, 0.02 * max(abs(high), 0.1))
    return [max(low - room, 0.0) if low >= 0 else low - room, min(high + room, 1.0) if 0 <= high <= 1 else high + room]


def bars(
    frame: pl.DataFrame, measure: str, *, x: str = "period", colour: str | None = None, height: int = 170
) -> alt.Chart:
    """Draw a count over time as bars. `frame` has `x` (a time) and the measure."""
    rows = frame.filter(pl.col(x).is_not_null()).select(pl.col(x).dt.replace_time_zone(None), measure)
    return (
        alt.Chart(rows)
        .mark_bar(color=colour or colours.MEASURES["throughput"], cornerRadiusEnd=2, width=alt.RelativeBandSize(0.8))
        .encode(
            alt.X(field=x, type="temporal", title=None, axis=calendar(rows[x])),
            alt.Y(field=measure, type="quantitative", title=None, axis=alt.Axis(tickCount=5, format="~s")),
            tooltip=tip(x, measure),
        )
        .properties(height=height)
    )


def outcome_colour(*outcomes: str) -> alt.Color:
    """Give these outcomes, or all, their colours, with a legend above."""
    names = list(outcomes or colours.OUTCOMES)
    return alt.Color(
        field="outcome",
        type="nominal",
        scale=alt.Scale(domain=names, range=[colours.OUTCOMES[name] for name in names]),
        legend=alt.Legend(orient="top", title=None, labelExpr="replace(datum.label, '_', ' ')"),
    )


def _axis(form: str) -> str:
    return {"score": ".2f", "count": "~s", "amount": "~s", "seconds": "~s", "share": "+.0%"}.get(form, "~g")


def dots(
    frame: pl.DataFrame,
    measure: str,
    name: str,
    *,
    n: str,
    team: float | None = None,
    colour: str = colours.ACCENT,
    domain: tuple[float, float] | None = None,
    title: str | None = None,
    row_height: int = 24,
    select: str | None = None,
) -> alt.LayerChart:
    """Draw a measure of each member of a group, in the order of the rows: a dot with the whiskers of its interval.

    `frame` has the name, the measure, its `_low` and `_high`, and `n`, which stands at the right; `team` is drawn as a line.
    """
    rows = shown(frame.select(name, measure, f"{measure}_low", f"{measure}_high", n), name)
    order = rows[name].to_list()
    who = alt.Y(
        field=name, type="nominal", sort=order, title=None, axis=alt.Axis(labelLimit=180, ticks=False, domain=False)
    )
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=False)
    base = alt.Chart(rows)
    axis = alt.Axis(format=_axis("share")) if word(measure).form == "share" else alt.Undefined
    at = alt.X(field=measure, type="quantitative", scale=scale, title=title or word(measure).title, axis=axis)
    whisker = base.mark_rule(color=colour, strokeWidth=2, opacity=0.55, clip=True).encode(
        who, alt.X(field=f"{measure}_low", type="quantitative", scale=scale), alt.X2(field=f"{measure}_high")
    )
    dot = base.mark_circle(color=colour, size=90, opacity=1).encode(
        who, at, tooltip=tip(name, measure, f"{measure}_low", f"{measure}_high", n)
    )
    if select:
        dot = dot.add_params(alt.selection_point(name=select, fields=[name]))
    beside = base.mark_text(align="left", dx=8, fontSize=11, color=colours.MUTED).encode(
        who, alt.XValue("width"), text=alt.Text(field=n, type="quantitative", format=",.0f")
    )
    layers: list[alt.Chart] = [whisker, dot, beside]
    if team is not None:
        line = alt.Chart(pl.DataFrame({"team": [team]})).mark_rule(color=colours.MUTED, strokeDash=[4, 4])
        layers.insert(0, line.encode(alt.X(field="team", type="quantitative")))
    return alt.layer(*layers).properties(height=max(row_height * rows.height + 80, 170))


def matrix(
    frame: pl.DataFrame,
    row: str,
    column: str,
    value: str,
    *,
    details: Sequence[str] = (),
    order: Sequence[str] | None = None,
    text: bool = True,
    select: str | None = None,
    fields: Sequence[str] = (),
    form: str | None = None,
    domain: tuple[float, float] | None = None,
    colour: Sequence[str] = colours.SCALE,
    cell: int = 30,
) -> alt.LayerChart:
    """Draw a table of cells as a matrix, red for little and blue for much; clicked cells are given if `select` names them.

    `frame` has one row a cell: the names `row` and `column`, `value`, and the columns of `details` for the tooltip; of a
    clicked cell the columns `fields` are given.
    """
    rows = shown(frame, row, column)
    sort = short(order) if order is not None else "ascending"
    n = max(rows[row].n_unique(), 1)
    span = domain or (rows[value].min() or 0, rows[value].max() or 1)
    form = form or FORMAT.get(word(value).form, ".2f")
    axis = alt.Axis(labelLimit=150, ticks=False, domain=False, title=None)
    base = alt.Chart(rows).encode(
        alt.Y(field=row, type="nominal", sort=sort, axis=axis),
        alt.X(field=column, type="nominal", sort=sort, axis=axis.copy()),
        tooltip=tip(row, column, value, *details),
    )
    cells = base.mark_rect(cornerRadius=3, stroke="transparent", strokeWidth=2).encode(
        alt.Color(
            field=value,
            type="quantitative",
            legend=None,
            scale=alt.Scale(range=list(colour), domain=list(span), interpolate="lab", clamp=True),
        )
    )
    if select:
        point = alt.selection_point(name=select, fields=list(fields) or [row, column])
        cells = cells.encode(opacity=alt.when(point).then(alt.value(1)).otherwise(alt.value(0.45))).add_params(point)
    layers = [cells]
    if text and n <= 16:
        ends = (alt.datum[value] > span[0] + 0.75 * (span[1] - span[0])) | (
            alt.datum[value] < span[0] + 0.2 * (span[1] - span[0])
        )
        layers.append(
            base.mark_text(fontSize=11).encode(
                text=alt.Text(field=value, type="quantitative", format=form),
                color=alt.when(ends).then(alt.value("white")).otherwise(alt.value("#1a2433")),
            )
        )
    return alt.layer(*layers).properties(height=cell * n + 100)
