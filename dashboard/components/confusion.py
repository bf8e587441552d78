"""The confusion matrix: what is taken for what, with a row and a column for what corresponds to nothing."""

from __future__ import annotations

import altair as alt
import polars as pl
import streamlit as st

from dashboard.components import charts, colours, tables
from dashboard.components import page as pages
from dashboard.components.names import plain, safe, short

NOTHING = "(unmatched)"
MOST = 24
_CLASSES = ""
_FAINT = 0.1
"""Least opacity of a cell with anything in it."""
_COLOURS = {
    "matched": colours.OUTCOMES["matched"],
    "wrong class": colours.OUTCOMES["wrong_class"],
    "another answer": colours.OUTCOMES["wrong_class"],
    "missed": colours.OUTCOMES["missed"],
    "extra": colours.OUTCOMES["extra"],
    "unmatched": colours.OUTCOMES["missed"],
}

Cell = tuple[str | None, str | None]


def subject(cells: pl.DataFrame) -> str | None:
    """Ask what is looked at: classes of objects (null), or the answers to a question; `cells` is `scores.confusion`."""
    names = cells["question"].unique().sort(nulls_last=False).fill_null(_CLASSES).to_list()
    if len(names) < 2:
        return (names[0] if names else None) or None
    chosen = st.selectbox(
        "Classes, or answers to",
        names,
        key="of",
        format_func=lambda name: f"answers to {plain(name)}" if name else "classes of objects",
        label_visibility="collapsed",
        bind="query-params",
        persist_state="session",
        width=260,
    )
    return chosen or None


def cells(view, relation: str) -> pl.DataFrame:
    """Give the cells of a relation, and `of_row`: what their row comes to with all classes, looked at or not."""
    key = ["class_a", "class_b", "kind", "question"]
    every = view.where(classes=()).scores.confusion.filter(pl.col("relation") == relation)
    of_row = pl.col("n").sum().over("question", "class_b")
    looked_at = view.scores.confusion.filter(pl.col("relation") == relation)
    return looked_at.join(
        every.select(*key, of_row=of_row), on=key, how="left", nulls_equal=True, maintain_order="left"
    )


def matrix(cells: pl.DataFrame, *, sides: tuple[str, str], key: str, between_equals: bool = False) -> Cell | None:
    """Draw cells as a matrix, and give what the sides of the clicked one say: that of the column, that of the row.

    `cells` has class_a (columns), class_b (rows), null where unmatched, n and of_row; the strength of a cell is its share
    of its row, by outcome in the colours of all pages. `sides` are the titles of columns and rows; between equals nobody
    misses or adds anything, it is just unmatched.
    """
    wrong = "wrong class" if cells["question"].count() == 0 else "another answer"
    cells = cells.group_by("class_a", "class_b").agg(pl.col("n").sum(), pl.col("of_row").first())
    ends = pl.concat([cells.select(name=side, n="n") for side in ("class_a", "class_b")])
    often = ends.group_by("name").agg(pl.col("n").sum()).filter(pl.col("name").is_not_null())
    often = often.sort("n", "name", descending=[True, False])
    has_unmatched = cells["class_a"].null_count() + cells["class_b"].null_count() > 0
    names: list[str | None] = [*often["name"].head(MOST), *([None] if has_unmatched else [])]
    shown = cells.filter(
        pl.all_horizontal(pl.col(side).is_in(names, nulls_equal=True) for side in ("class_a", "class_b"))
    )
    number = {name: k for k, name in enumerate(names)}
    drawn = shown.with_columns(
        share=pl.col("n") / pl.col("of_row"),
        column=pl.Series([number[name] for name in shown["class_a"]], dtype=pl.Int64),
        row=pl.Series([number[name] for name in shown["class_b"]], dtype=pl.Int64),
        outcome=pl.when(pl.col("class_a").is_null())
        .then(pl.lit("unmatched" if between_equals else "missed"))
        .when(pl.col("class_b").is_null())
        .then(pl.lit("unmatched" if between_equals else "extra"))
        .when(pl.col("class_a") == pl.col("class_b"))
        .then(pl.lit("matched"))
        .otherwise(pl.lit(wrong)),
    ).with_columns(strength=_FAINT + (1 - _FAINT) * pl.col("share").sqrt())
    titles = [*short([name for name in names if name is not None], 28), *([NOTHING] if has_unmatched else [])]
    drawn = drawn.with_columns(
        called=pl.Series(titles, dtype=pl.String).gather(drawn["column"]),
        said=pl.Series(titles, dtype=pl.String).gather(drawn["row"]),
    )
    chart = _chart(drawn.drop("class_a", "class_b"), titles, sides)
    clicked = charts.draw(chart, key, says="What is taken for what", select="cell")
    if often.height > MOST:
        st.caption(f"The {MOST} most frequent of {often.height}.")
    return (names[clicked[0]["column"]], names[clicked[0]["row"]]) if clicked else None


def _chart(drawn: pl.DataFrame, titles: list[str], sides: tuple[str, str]) -> alt.LayerChart:
    n = len(titles)
    axis = alt.Axis(labelLimit=150, ticks=False, domain=False, grid=False)
    tooltip = [
        alt.Tooltip(field="called", type="nominal", title=sides[0]),
        alt.Tooltip(field="said", type="nominal", title=sides[1]),
        alt.Tooltip(field="n", type="quantitative", title="n", format=",.0f"),
        alt.Tooltip(field="share", type="quantitative", title="Of the row", format=".1%"),
    ]
    base = alt.Chart(drawn).encode(
        alt.Y(field="said", type="nominal", sort=titles, axis=axis, title=sides[1], scale=alt.Scale(domain=titles)),
        alt.X(
            field="called",
            type="nominal",
            sort=titles,
            axis=axis.copy(),
            title=sides[0],
            scale=alt.Scale(domain=titles),
        ),
        tooltip=tooltip,
    )
    there = [name for name in _COLOURS if (drawn["outcome"] == name).any()]
    point = alt.selection_point(name="cell", fields=["row", "column"])
    by_share = alt.Opacity(field="strength", type="quantitative", scale=None, legend=None)
    cells = (
        base.mark_rect(cornerRadius=3, strokeWidth=1.5)
        .encode(
            alt.Color(
                field="outcome",
                type="nominal",
                scale=alt.Scale(domain=there, range=[_COLOURS[name] for name in there]),
                legend=alt.Legend(orient="top", title=None),
            ),
            by_share,
            stroke=alt.when(point, empty=False).then(alt.value("#8A94A6")).otherwise(alt.value("transparent")),
        )
        .add_params(point)
    )
    layers = [cells]
    if n <= 14:
        text = alt.Text(field="n", type="quantitative", format=",.0f" if n <= 8 else ".3~s")
        layers.append(base.mark_text(fontSize=11, color=colours.ink()).encode(text=text))
    return alt.layer(*layers).properties(height=_height(n))


def _height(n: int) -> int:
    return max((34 if n <= 14 else 22) * n, 90) + 150


def room(cells: pl.DataFrame) -> int:
    """Give the height of a list beside the matrix of these cells."""
    n = pl.concat([cells["class_a"], cells["class_b"].alias("class_a")]).drop_nulls().n_unique()
    return _height(min(n, MOST) + 1)


def listed(
    rows: pl.DataFrame, relation: str, *, sides: tuple[str, str], labelers: tuple[str, ...], key: str, height: int
) -> None:
    """List the matches behind a cell, as `confused.behind` gives them; a row leads to the drawing of its asset."""
    who = ("labeler", "partner")[: len(labelers)]
    row = tables.table(
        rows,
        ["asset_id", *who, "agreement", "outcome", "similarity", "theirs", "mine"],
        titles={"mine": sides[0], "theirs": sides[1], **dict(zip(who, labelers, strict=True))},
        key=key,
        name="annotations",
        height=height,
        select=True,
    )
    if row is not None:
        pages.open_asset(rows.row(row, named=True), relation)


def told(cell: Cell, sides: tuple[str, str]) -> str:
    """Say what a cell is."""
    called, said = cell
    if called is None:
        return f"{sides[1]}: **{safe(said)}**, and nothing from {sides[0].lower()}"
    if said is None:
        return f"{sides[0]}: **{safe(called)}**, and nothing from {sides[1].lower()}"
    return f"{sides[0]}: **{safe(called)}** · {sides[1]}: **{safe(said)}**"
