"""Agreement: who agrees with whom, and on what: classes, kinds, sizes, batches, over time."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import streamlit as st

from dashboard import data, objects
from dashboard.components import charts, page, periods, tables
from dashboard.components.names import plain, safe

ICON = ":material/handshake:"

MOST = 45
SIZES = (0, 8, 16, 32, 64, 128, 256, 512, 1 << 40)


def matrix(view) -> tuple[str, str] | None:
    """Draw who agrees with whom, those who agree least first; give the two that were clicked."""
    agreement = view.scores.agreement
    if agreement.is_empty():
        page.absent(
            "No asset has labels by two people.", "There is nobody to agree with; look at the benchmark instead."
        )
        return None
    mirrored = agreement.rename({"labeler_a": "labeler_b", "labeler_b": "labeler_a"}).select(agreement.columns)
    both = pl.concat([agreement, mirrored])
    mean = (pl.col("agreement") * pl.col("n_pairs")).sum() / pl.col("n_pairs").sum()
    order = both.group_by("labeler_a").agg(mean.alias("mean"), pl.col("n_pairs").sum())
    most = order.sort("n_pairs", "labeler_a", descending=[True, False]).head(MOST)
    names = most.sort("mean", "labeler_a")["labeler_a"].to_list()
    both = both.filter(pl.col("labeler_a").is_in(names) & pl.col("labeler_b").is_in(names))
    number = {name: k for k, name in enumerate(names)}
    both = both.with_columns(
        pl.col(side).replace_strict(number, return_dtype=pl.Int64).alias(row)
        for side, row in (("labeler_a", "row"), ("labeler_b", "column"))
    )
    low, high = both["agreement"].quantile(0.02), both["agreement"].quantile(0.98)
    chart = charts.matrix(
        both,
        "labeler_a",
        "labeler_b",
        "agreement",
        details=("agreement_low", "agreement_high", "n_pairs"),
        order=names,
        domain=(low, max(high, low + 0.01)),
        form=".2f",
        select="cell",
        fields=("row", "column"),
        cell=30 if len(names) <= 16 else 15,
    )
    clicked = charts.draw(chart, "matrix", says="Agreement of each two labelers", select="cell")
    if order.height > MOST:
        st.caption(f"The {MOST} of {order.height} labelers with most pairs.")
    return (names[clicked[0]["row"]], names[clicked[0]["column"]]) if clicked else None


def pairs(view, two) -> None:
    """List the pairs of labels of two labelers, or all, worst first."""
    found = view.scores.pairs.filter(pl.col("relation") == "consensus")
    if two:
        a, b = (pl.col(side).is_in(list(two)) for side in ("labeler_a", "labeler_b"))
        found = found.filter(a & b & (pl.col("labeler_a") != pl.col("labeler_b")))
        st.markdown(f"**{safe(two[0])} and {safe(two[1])}**, worst first")
    else:
        st.markdown("**All pairs**, worst first", help="Click a cell of the matrix to see the pairs of two labelers.")
    worst = found.sort("agreement", nulls_last=True, maintain_order=True)  # they come in the order of the assets
    who = [] if two else ["labeler_a", "labeler_b"]
    row = tables.table(
        worst,
        ["asset_id", "agreement", *who, "n_matched", "n_wrong_class", "n_near_miss", "n_missed", "n_extra"],
        titles={"n_wrong_class": "Wrong class", "n_near_miss": "Near miss"},
        key="pairs",
        name="pairs",
        height=470,
        select=True,
    )
    if row is not None:
        page.open_asset(worst.row(row, named=True), "consensus")


def by_class(view) -> None:
    """Draw the agreement on each class, least first."""
    st.markdown("**By class**", help="Agreement restricted to the class, mean over assets, with 95 % intervals.")
    classes = view.scores.classes.filter(pl.col("consensus").is_not_null()).sort("consensus", "class")
    if classes.is_empty():
        page.absent("No class was labeled by two people on one asset.")
        return
    named = classes.with_columns(pl.Series("class", [plain(name, 36) for name in classes["class"]]))
    if named["class"].n_unique() < named.height:
        named = named.with_columns(pl.concat_str("class", pl.lit(" · "), "kind"))
    chart = charts.dots(named.head(20), "consensus", "class", n="n_assets_consensus")
    charts.draw(chart, "by-class", says="Agreement by class")
    if named.height > 20:
        st.caption(f"and {named.height - 20} more that are agreed on better")


def by_batch(view) -> None:
    """Draw the agreement in each batch."""
    st.markdown("**By batch**", help="Mean consensus of the labels of each batch, with 95 % intervals.")
    batches = (
        view.work()
        .batches.filter(pl.col("consensus").is_not_null())
        .with_columns(pl.col("batch").fill_null("(no batch)"))
    )
    if batches.height < 2:
        page.absent("There is one batch only.")
        return
    chart = charts.dots(batches.sort("consensus").head(20), "consensus", "batch", n="n_consensus", team=_mean(view))
    charts.draw(chart, "by-batch", says="Agreement by batch")


def over_time(view) -> None:
    """Draw the agreement over time."""
    every = periods.usual(view)
    st.markdown("**Over time**", help=f"Mean consensus of the labels submitted, by {every}, with 95 % intervals.")
    timeline = view.work(every).timeline
    if timeline.filter(pl.col("period").is_not_null())["consensus"].count() < 2:
        page.absent("All labels are of one time, or the export has no times.")
        return
    charts.draw(
        charts.trend(timeline, "consensus", n="n_consensus", height=220), "over-time", says="Consensus over time"
    )


def by_kind_and_size(view) -> None:
    """Draw the agreement of objects by kind and by size."""
    kinds, sizes = _objects(view.source.key, view.filters, view)
    st.markdown(
        "**By kind**",
        help="Of objects, similarity of those matched over all on either side; of answers, mean similarity. 95 % intervals.",
    )
    charts.draw(charts.dots(kinds.sort("agreement"), "agreement", "kind", n="n"), "by-kind", says="Agreement by kind")
    if sizes.height:
        st.markdown("**By size**", help="Of shapes, by the square root of the area of the box around them, in pixels.")
        charts.draw(charts.dots(sizes, "agreement", "size", n="n"), "by-size", says="Agreement by size of the object")


@data.kept
def _objects(key, filters, _view) -> tuple[pl.DataFrame, pl.DataFrame]:  # noqa: ARG001
    rows = objects.met(_view.scores, "consensus")
    project = _view.source.project
    stored = project.tables["annotations"]
    one = pl.coalesce("mine", "other")
    kind = pl.lit(project.ontology["kind"]).gather(pl.lit(stored["concept"]).gather(one))
    rows = rows.select(
        "asset",
        "similarity",
        "outcome",
        "n_seen",
        kind.alias("kind"),
        pl.lit(_sizes(key, _view.source)).gather(one).alias("place"),
    )
    kinds = objects.agreement_by(rows, "kind")
    sizes = objects.agreement_by(rows, "place")
    names = [f"{low} to {high} px" if high < 1 << 40 else f"from {low} px" for low, high in pairwise(SIZES)]
    return kinds, sizes.with_columns(pl.Series("size", [names[k] for k in sizes["place"]], dtype=pl.String))


@data.kept
def _sizes(key, _source) -> pl.Series:  # noqa: ARG001
    """Number the size of each annotation among `SIZES`; null for what has none."""
    stored, ontology = _source.project.tables["annotations"], _source.project.ontology
    is_shape = ontology["kind"].is_in(["bbox", "polygon"]).gather(stored["concept"])
    around = objects.box(stored["geometry"].set(~is_shape, None)).struct
    size = (around.field("width") * around.field("height")).sqrt()
    place = pl.Series(SIZES[1:-1], dtype=pl.Float64).search_sorted(size.fill_null(0), side="right")
    return place.cast(pl.Int64).set(size.is_null(), None).rename("place")


def _mean(view) -> float | None:
    table = view.scores.project
    return table["consensus"][0] if table.height == 1 else None


view = page.begin("Agreement", "Who agrees with whom, and on what")
left, right = st.columns([1.15, 1])
with left, st.container(border=True, height="stretch"):
    st.markdown(
        "**Who agrees with whom**",
        help="Mean agreement on the assets two labelers share; least agreed first. Click a cell to see its pairs.",
    )
    two = matrix(view)
with right, st.container(border=True, height="stretch"):
    pairs(view, two)
if not view.scores.agreement.is_empty():
    left, right = st.columns(2)
    for column, parts in ((left, (by_class, over_time)), (right, (by_kind_and_size, by_batch))):
        for part in parts:
            with column, st.container(border=True):
                part(view)
