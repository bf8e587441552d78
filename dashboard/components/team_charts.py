"""Charts of a team: speed beside quality, and the funnel of quality by amount of work."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.components import charts, colours
from dashboard.components.words import word

NAMED = 12
"""Most labelers of whom all are named beside their points; of more, only those below the funnel."""

STANDS = {"below": colours.BAD, "above": colours.GOOD, "inside": colours.ACCENT}
"""Where a labeler stands beside the team's funnel: for better or worse, or not to be told from the team."""


def quadrant(
    team: pl.DataFrame, quality: str, *, speed: float | None, level: float | None, height: int = 380
) -> alt.LayerChart:
    """Draw speed against quality, a point a labeler; right is fast, up is good; the team's own values are lines.

    `team` has labeler, labels_per_hour, the quality with its interval, n_labels, stands (below, above, inside), row.
    """
    known = charts.shown(team.drop_nulls(["labels_per_hour", quality]), "labeler")
    base = alt.Chart(known)
    fast = alt.Scale(type="log", nice=False, padding=36)
    x = alt.X(
        field="labels_per_hour",
        type="quantitative",
        title="Labels an active hour →",
        scale=fast,
        axis=alt.Axis(grid=False, tickCount=6, format="~g"),
    )
    scale = alt.Scale(domain=_span(known, quality), zero=False, nice=False, clamp=True)
    y = alt.Y(
        field=quality,
        type="quantitative",
        title=f"{word(quality).title} →",
        scale=scale,
        axis=alt.Axis(grid=False, tickCount=6, format=".2f"),
    )
    colour = _colour()
    whiskers = base.mark_rule(strokeWidth=1.5, opacity=0.4).encode(
        x,
        alt.Y(field=f"{quality}_low", type="quantitative", scale=scale),
        alt.Y2(field=f"{quality}_high"),
        color=colour,
    )
    points = base.mark_circle(opacity=0.9, stroke="white", strokeWidth=0.6, cursor="pointer").encode(
        x,
        y,
        color=colour,
        size=alt.Size(field="n_labels", type="quantitative", legend=None, scale=alt.Scale(range=[50, 420])),
        tooltip=charts.tip(
            "labeler", "labels_per_hour", quality, f"{quality}_low", f"{quality}_high", "n_labels", "quadrant"
        ),
    )
    points = points.add_params(alt.selection_point(name="chosen", fields=["row"]))
    layers = [*_team_lines(fast, speed, scale, level), whiskers, points, _names(known, x, y)]
    return alt.layer(*layers).properties(height=height)


def funnel(ranked: pl.DataFrame, *, quality: str, height: int = 380) -> alt.LayerChart:
    """Draw quality against the amount of work behind it, with the limits within which a labeler like the team lies.

    `ranked` has labeler, n, value, team, funnel_low, funnel_high, rank_low, rank_high, stands, row.
    """
    known = charts.shown(ranked.drop_nulls(["value"]).sort("n"), "labeler")
    bounded = quality in ("consensus", "benchmark", "acceptance_rate", "rework_rate")
    limits = known.select("n", "funnel_low", "funnel_high", "team").drop_nulls().unique("n", keep="first").sort("n")
    if bounded:
        limits = limits.with_columns(pl.col("funnel_low", "funnel_high").clip(0, 1))
    x = alt.X(
        field="n",
        type="quantitative",
        title="Labels behind the number →",
        scale=alt.Scale(type="log" if (known["n"].min() or 0) > 0 else "linear", nice=False, padding=24),
        axis=alt.Axis(grid=False, tickCount=6, format="~s"),
    )
    scale = alt.Scale(zero=False, padding=16)
    band = (
        alt.Chart(limits)
        .mark_area(color=colours.MUTED, opacity=0.16)
        .encode(x, alt.Y(field="funnel_low", type="quantitative", scale=scale), alt.Y2(field="funnel_high"))
    )
    middle = (
        alt.Chart(limits)
        .mark_line(color=colours.MUTED, strokeDash=[4, 4])
        .encode(x, alt.Y(field="team", type="quantitative", scale=scale))
    )
    y = alt.Y(
        field="value",
        type="quantitative",
        title=f"{word(quality).title} →",
        scale=scale,
        axis=alt.Axis(grid=False, tickCount=6, format=".2f"),
    )
    points = (
        alt.Chart(known)
        .mark_circle(size=110, opacity=0.95, stroke="white", strokeWidth=0.6, cursor="pointer")
        .encode(x, y, color=_colour(), tooltip=charts.tip("labeler", "value", "n", "rank_low", "rank_high"))
        .add_params(alt.selection_point(name="chosen", fields=["row"]))
    )
    return alt.layer(band, middle, points, _names(known, x, y)).properties(height=height)


def _span(rows: pl.DataFrame, quality: str) -> list[float]:
    """Give the range of the axis: all intervals, with some room, within 0 to 1."""
    low = rows.select(pl.min_horizontal(pl.col(quality, f"{quality}_low")).min()).item()
    high = rows.select(pl.max_horizontal(pl.col(quality, f"{quality}_high")).max()).item()
    room = 0.06 * max(high - low, 0.1)
    return [max(low - room, 0.0), min(high + room, 1.02)]


def _colour() -> alt.Color:
    return alt.Color(
        field="stands",
        type="nominal",
        legend=None,
        scale=alt.Scale(domain=list(STANDS), range=list(STANDS.values())),
    )


def _names(rows: pl.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    """Name the points; of many, those below the funnel."""
    named = rows if rows.height <= NAMED else rows.filter(pl.col("stands") == "below").head(2 * NAMED)
    return (
        alt.Chart(named)
        .mark_text(align="left", dx=9, dy=-9, fontSize=11, limit=170)
        .encode(x, y, text=alt.Text(field="labeler", type="nominal"), color=_colour())
    )


def _team_lines(x: alt.Scale, speed: float | None, y: alt.Scale, level: float | None) -> list[alt.Chart]:
    lines = []
    for channel, scale, value in ((alt.X, x, speed), (alt.Y, y, level)):
        if value is not None:
            rule = alt.Chart(pl.DataFrame({"team": [value]})).mark_rule(color=colours.MUTED, strokeDash=[4, 4])
            lines.append(rule.encode(channel(field="team", type="quantitative", scale=scale)))
    return lines
