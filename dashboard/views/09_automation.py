"""Automation: what becomes of pre-labels, what they save, and where the model should not pre-label."""

from __future__ import annotations

import altair as alt
import polars as pl
import streamlit as st

from dashboard.components import charts, colours, numbers, page, tables
from dashboard.components.names import plain
from dashboard.components.tiles import tile

ICON = ":material/smart_toy:"

TILES = (
    ("kept_rate", "n_prelabels", "higher"),
    ("edited_rate", "n_prelabels", "lower"),
    ("deleted_rate", "n_prelabels", "lower"),
    ("added_rate", "n_submitted", "lower"),
    ("iou", "n_both", "higher"),
    ("seconds_saved", "n_timed", "higher"),
)
LEVELS = {
    "class": "classes",
    "confidence": "bands of confidence",
    "class_confidence": "classes and confidence",
    "labeler": "labelers",
}
NO_CONFIDENCE = "none given"
MOST = 20


def prepared(table: pl.DataFrame) -> pl.DataFrame:
    """Add the counts behind rates, and the band of confidence as text."""
    band = pl.format("{} – {}", pl.col("confidence_from").round(1), pl.col("confidence_to").round(1))
    about_bands = pl.col("level").str.ends_with("confidence")
    return table.with_columns(
        n_submitted=pl.col("n_kept") + pl.col("n_edited") + pl.col("n_added"),
        n_both=pl.col("n_kept") + pl.col("n_edited"),
        confidence=pl.when(about_bands).then(band.fill_null(NO_CONFIDENCE)),
    )


def headline(row, currency) -> None:
    """Draw the tiles."""
    for column, (measure, n, better) in zip(st.columns(len(TILES)), TILES, strict=True):
        with column:
            tile(row, measure, n, better=better)
    told = [f"{numbers.count(row['n_prelabels'])} pre-labels in {numbers.count(row['n_labels'])} labels"]
    if row["seconds_saved_total"] is not None:
        told.append(f"{numbers.seconds(row['seconds_saved_total'])} saved in all")
        if row["money_saved"] is not None:
            told.append(f"that is {numbers.amount(row['money_saved'])} {currency or ''}".strip())
        else:
            told.append("what that is in money takes a rate card with hourly rates (`--rates`)")
    st.caption(" · ".join(told))


def fates(rows: pl.DataFrame, name: str, *, order: list[str], key: str, says: str, title: str | None = None) -> None:
    """Draw what became of the pre-labels of each group, as shares, with how many there are."""
    long = rows.select(name, "n_prelabels", "advice", *(f"n_{fate}" for fate in colours.FATES)).unpivot(
        [f"n_{fate}" for fate in colours.FATES],
        index=[name, "n_prelabels", "advice"],
        variable_name="fate",
        value_name="n",
    )
    long = long.with_columns(
        pl.col("fate").str.strip_prefix("n_"), share=(pl.col("n") / pl.col("n_prelabels")).fill_nan(None)
    ).with_columns(place=pl.col("fate").replace_strict({fate: k for k, fate in enumerate(colours.FATES)}))
    base = alt.Chart(charts.shown(long, name)).encode(
        alt.Y(
            field=name,
            type="nominal",
            sort=[plain(one, 40) for one in order],
            title=title,
            axis=alt.Axis(labelLimit=180, ticks=False, domain=False),
        )
    )
    bars = base.mark_bar(height=15).encode(
        alt.X(field="share", type="quantitative", title=None, axis=alt.Axis(format=".0%", tickCount=5), stack="zero"),
        alt.Color(
            field="fate",
            type="nominal",
            scale=alt.Scale(domain=list(colours.FATES), range=list(colours.FATES.values())),
            legend=alt.Legend(orient="top", title=None),
        ),
        order=alt.Order(field="place", type="quantitative"),
        tooltip=[
            *charts.tip(name, "fate", "n"),
            alt.Tooltip(field="share", type="quantitative", title="Share", format=".1%"),
            *charts.tip("n_prelabels", "advice"),
        ],
    )
    counts = base.transform_filter(alt.datum.fate == "kept").mark_text(
        align="left", dx=8, fontSize=11, color=colours.MUTED
    )
    counts = counts.encode(alt.XValue("width"), text=alt.Text(field="n_prelabels", type="quantitative", format=",.0f"))
    charts.draw(alt.layer(bars, counts).properties(height=25 * len(order) + 90), key, says=says)


def by_confidence(table) -> None:
    """Draw what becomes of pre-labels by the model's confidence."""
    st.markdown(
        "**By confidence**",
        help="What became of the pre-labels in each band of the model's confidence, the surest first; at the right, how many "
        "there are.",
    )
    rows = table.filter((pl.col("level") == "confidence") & (pl.col("n_prelabels") > 0))
    if rows.height < 2:
        page.absent("The model gave no confidence.", "So no threshold can be told.")
        return
    order = rows.sort("confidence_from", descending=True, nulls_last=True)["confidence"].to_list()
    fates(rows, "confidence", order=order, key="by-confidence", says="What became of pre-labels, by confidence")


def by_class(table) -> None:
    """Draw what becomes of pre-labels of each class."""
    st.markdown(
        "**By class**", help="What became of the pre-labels of each class, deleted most first; at the right, how many."
    )
    rows = table.filter((pl.col("level") == "class") & (pl.col("n_prelabels") > 0))
    if rows["class"].n_unique() < rows.height:
        rows = rows.with_columns(pl.concat_str("class", pl.lit(" · "), "kind"))
    rows = rows.sort("deleted_rate", "class", descending=[True, False])
    order = rows["class"].head(MOST).to_list()
    fates(rows.head(MOST), "class", order=order, key="by-class", says="What became of pre-labels, by class")
    if rows.height > MOST:
        st.caption(f"and {rows.height - MOST} more that are deleted less often")


def where(table) -> None:
    """Draw where the model is of use: classes by confidence."""
    st.markdown(
        "**Where the model should pre-label**",
        help="Classes by the model's confidence, with the share of pre-labels that were of use (kept or edited). "
        + charts.word("advice").meaning,
    )
    cells = table.filter((pl.col("level") == "class_confidence") & (pl.col("n_prelabels") > 0))
    if cells["class"].n_unique() < cells.select("class", "kind").n_unique():
        cells = cells.with_columns(pl.concat_str("class", pl.lit(" · "), "kind"))
    often = (
        cells.group_by("class").agg(pl.col("n_prelabels").sum()).sort("n_prelabels", "class", descending=[True, False])
    )
    names = often["class"].head(MOST)
    cells = cells.filter(pl.col("class").is_in(names.implode())).with_columns(of_use=1 - pl.col("deleted_rate"))
    shown = charts.shown(
        cells.select(
            "class", "confidence", "confidence_from", "of_use", "advice", "n_prelabels",
            "deleted_rate", "deleted_rate_low", "deleted_rate_high", "seconds_saved", "n_timed",
        ),
        "class",
    )  # fmt: skip
    bands = shown.sort("confidence_from", nulls_last=True)["confidence"].unique(maintain_order=True).to_list()
    there = [name for name in colours.ADVICE if (shown["advice"] == name).any()]
    base = alt.Chart(shown).encode(
        alt.Y(
            field="class",
            type="nominal",
            sort=[plain(name, 40) for name in names],
            title=None,
            axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
        ),
        alt.X(
            field="confidence",
            type="nominal",
            sort=bands,
            title="Confidence, from",
            axis=alt.Axis(labelAngle=0, ticks=False, domain=False, labelExpr="split(datum.label, ' – ')[0]"),
        ),
        tooltip=charts.tip(
            "class", "confidence", "advice", "n_prelabels", "deleted_rate", "deleted_rate_low", "deleted_rate_high",
            "seconds_saved", "n_timed",
        ),
    )  # fmt: skip
    rects = base.mark_rect(cornerRadius=3, opacity=0.75).encode(
        alt.Color(
            field="advice",
            type="nominal",
            scale=alt.Scale(domain=there, range=[colours.ADVICE[name] for name in there]),
            legend=alt.Legend(orient="top", title=None),
        )
    )
    text = base.mark_text(fontSize=11, color=colours.ink()).encode(
        text=alt.Text(field="of_use", type="quantitative", format=".0%")
    )
    charts.draw(
        alt.layer(rects, text).properties(height=32 * min(names.len(), MOST) + 130),
        "where",
        says="Where the model should pre-label, by class and confidence",
    )


def threshold(table) -> None:
    """Say below what confidence pre-labels do harm."""
    bands = table.filter((pl.col("level") == "confidence") & pl.col("confidence_from").is_not_null())
    bands = bands.sort("confidence_from")
    harm = bands.filter((pl.col("advice") == "no").cum_prod().cast(pl.Boolean))
    if harm.is_empty():
        return
    offered, deleted = harm["n_prelabels"].sum(), harm["n_deleted"].sum()
    st.markdown(
        f":material/block: Below a confidence of **{harm['confidence_to'][-1]:.1f}** most are deleted, or labels get slower: "
        f"{deleted / offered:.0%} of {numbers.count(offered)} pre-labels were deleted."
    )


def off(table) -> None:
    """List where the model should not pre-label."""
    st.markdown("**Where it should not**", help=charts.word("advice").meaning + " Intervals hold assets as clusters.")
    threshold(table)
    no = table.filter((pl.col("advice") == "no") & (pl.col("level") != "confidence"))
    whole = no.filter(pl.col("level") == "class").select("class", "kind")
    parts = no.filter(pl.col("level") == "class_confidence").join(whole, on=["class", "kind"], how="anti")
    rows = pl.concat([no.filter(pl.col("level") == "class"), parts]).with_columns(pl.col("confidence").fill_null("any"))
    if rows.is_empty():
        st.markdown(":material/check_circle: Nowhere does it do harm beyond doubt.")
        return
    tables.table(
        rows.sort("n_deleted", "class", "confidence", descending=[True, False, False]),
        ["class", "confidence", "deleted_rate", "n_prelabels", "seconds_saved", "n_timed"],
        key="off",
        name="no-prelabels",
        height=300 if rows.height > 8 else "auto",
    )


def by_labeler(table) -> None:
    """Draw what each labeler does with pre-labels."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "**By labeler**",
            help="Who keeps everything may not look; who deletes everything gains nothing. 95 % intervals, assets as clusters.",
        )
        measures = {name: n for name, n, _ in TILES}
        chosen = st.selectbox(
            "Measure",
            list(measures),
            key="labeler-measure",
            format_func=lambda name: charts.word(name).title,
            label_visibility="collapsed",
            bind="query-params",
            width=170,
        )
    rows = table.filter((pl.col("level") == "labeler") & pl.col(chosen).is_not_null())
    if rows.is_empty():
        page.absent("Undefined for every labeler.", "The table beside it says why.")
        return
    whole = table.filter(pl.col("level") == "project")[chosen][0]
    rows = rows.sort(chosen, "labeler", descending=[True, False])
    chart = charts.dots(rows.head(MOST), chosen, "labeler", n=measures[chosen], team=whole)
    charts.draw(chart, "by-labeler", says=f"{chosen} of each labeler")
    if rows.height > MOST:
        st.caption(f"and {rows.height - MOST} more with less")


def details(table) -> None:
    """List every number of one level, to be taken away."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**All numbers of**")
        there = [level for level in LEVELS if (table["level"] == level).any()]
        level = st.selectbox(
            "Level",
            there,
            key="level",
            format_func=LEVELS.__getitem__,
            label_visibility="collapsed",
            bind="query-params",
            width=230,
        )
    names = {"labeler": ["labeler"], "class": ["class", "kind"], "confidence": ["confidence"]}
    columns = names.get(level, ["class", "confidence"])
    rates = ["kept_rate", "edited_rate", "deleted_rate", "added_rate", "iou", "seconds_saved"]
    told = ["advice"] if level != "labeler" else []
    rows = table.filter(pl.col("level") == level)
    tables.table(
        rows,
        [*columns, *told, "n_prelabels", *rates, "n_timed", "n_unaided", "money_saved", "undefined"],
        key="all",
        name="automation",
        height=330 if rows.height > 8 else "auto",
    )


view = page.begin("Automation", "Do pre-labels help, and where not", without=("project", "batch", "labeler", "dates"))
work = view.work()
if work.automation.is_empty():
    if (view.source.project.labels["role"] == "prediction").any():
        page.nothing(
            "There are pre-labels, but none was there before somebody labeled its asset.",
            "What became of them cannot be told: compare them with the labels as another labeler instead.",
        )
    page.nothing(
        "There are no pre-labels in what is looked at.",
        "They come with exports that hold a model's predictions beside the labels; in a table, as rows with the role "
        "`prediction`.",
    )
table = prepared(work.automation)
headline(table.filter(pl.col("level") == "project").row(0, named=True), work.project["currency"].drop_nulls().first())
for weights, parts in (
    ([1, 1], (by_confidence, by_class)),
    ([1.15, 1], (where, off)),
    ([1, 1.3], (by_labeler, details)),
):
    for column, draw in zip(st.columns(weights), parts, strict=True):
        with column, st.container(border=True, height="stretch"):
            draw(table)
