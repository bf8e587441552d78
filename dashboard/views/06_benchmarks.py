"""Benchmarks: are labelers right, at what are they wrong, and what may be wrong with the benchmark itself."""

from __future__ import annotations

import altair as alt
import polars as pl
import streamlit as st

from dashboard import confused, data, doubts
from dashboard.components import charts, colours, confusion, numbers, page, tables
from dashboard.components.names import safe
from dashboard.components.tiles import tile

ICON = ":material/verified:"

TILES = (
    ("benchmark", "n_assets_benchmark"),
    ("precision", "n_drawn"),
    ("recall", "n_expected"),
    ("f1", "n_assets_benchmark"),
)
MEASURES = {
    "labeler": {
        "benchmark": "n_benchmark",
        "f1": "n_benchmark",
        "precision": "n_drawn",
        "recall": "n_expected",
        "accuracy": "n_benchmark",
        "mean_iou": "n_matched",
    },
    "class": {
        "benchmark": "n_assets_benchmark",
        "f1": "n_assets_benchmark",
        "precision": "n_drawn",
        "recall": "n_expected",
    },
}
SIDES = ("Labeler", "Benchmark")
MOST = 15
FEW = 2


def headline(view) -> None:
    """Draw the tiles, a row for each project."""
    rows = view.scores.project.filter(pl.col("n_benchmark") > 0)
    for row in rows.head(5).iter_rows(named=True):
        if view.scores.project.height > 1:
            st.subheader(safe(row["project_id"]), anchor=False)
        columns = st.columns(len(TILES) + 1)
        for column, (measure, n) in zip(columns, TILES, strict=False):
            with column:
                tile(row, measure, n)
        with columns[-1], st.container(border=True, height="stretch", gap="xsmall"):
            st.metric(
                "Assets with a benchmark",
                f"{row['n_assets_benchmark'] / row['n_assets']:.0%}",
                help="Assets on which a label was compared with ground truth, of all assets looked at.",
            )
            of = f"{numbers.count(row['n_assets_benchmark'])} of {numbers.count(row['n_assets'])} assets"
            st.caption(f"{of} · {numbers.count(row['n_benchmark'])} labels compared")
    if rows.height > 5:
        st.caption(f"and {rows.height - 5} more projects; choose some with the filter")


def by(view, level, frame) -> None:
    """Draw a measure of each labeler or class, lowest first."""
    measures = MEASURES[level]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**By {level}**", help="Against the benchmark, with 95 % intervals (assets as clusters); lowest first."
        )
        chosen = charts.choose_measure(list(measures), level, width=150)
    rows = frame.filter(pl.col(chosen).is_not_null()).sort(chosen, level)
    if rows.is_empty():
        page.absent("Undefined for everything that is looked at.")
        return
    whole = view.scores.project
    team = whole[chosen][0] if whole.height == 1 else None
    charts.draw(
        charts.dots(rows.head(MOST), chosen, level, n=measures[chosen], team=team, row_height=22),
        f"by-{level}-chart",
        says=f"{chosen} by {level}",
    )
    if rows.height > MOST:
        st.caption(f"and {rows.height - MOST} more that are better")


def mistakes(cells) -> tuple[str | None, confusion.Cell | None]:
    """Draw the confusion matrix; give the question that is looked at, and the cell that was clicked."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "**What is taken for what**",
            help="A row is what the benchmark says, a column what the labelers say; the stronger the colour, the greater "
            "the share of the row. Near misses are unmatched on both sides. Click a cell to see what is in it.",
        )
        question = confusion.subject(cells)
    shown = cells.filter(pl.col("question").eq_missing(question))
    if shown.is_empty():
        page.absent("Nothing that has a class or a list of answers was compared with a benchmark.")
        return question, None
    return question, confusion.matrix(shown, sides=SIDES, key="matrix")


def annotations(view, cells, question, cell) -> None:
    """List what is behind a cell of the matrix: the one clicked, else the most frequent mistake."""
    shown = cells.filter(pl.col("question").eq_missing(question))
    if shown.is_empty():
        page.absent("There is nothing to list.")
        return
    if cell is None:
        cell = _worst(shown)
        st.markdown("**The most frequent mistake**, worst first", help="Click a cell of the matrix to see another.")
    st.markdown(confusion.told(cell, SIDES))
    rows = _behind(view.source.key, view.filters, question, cell, view)
    confusion.listed(rows, "benchmark", sides=SIDES, labelers=("By",), key="behind", height=confusion.room(shown))


def _worst(cells) -> confusion.Cell:
    """Give the cell off the diagonal that counts most; the fullest if nothing is wrong."""
    both = cells.group_by("class_a", "class_b").agg(pl.col("n").sum())
    wrong = both.filter(~pl.col("class_a").eq_missing(pl.col("class_b")))
    most = (both if wrong.is_empty() else wrong).sort("n", "class_a", "class_b", descending=[True, False, False])
    return most["class_a"][0], most["class_b"][0]


@data.kept_few
def _behind(key, filters, question, cell, _view) -> pl.DataFrame:  # noqa: ARG001
    return confused.behind(_view.scores, "benchmark", question, *cell)


@data.kept
def _doubts(key, filters, classes, _everybody) -> pl.DataFrame:  # noqa: ARG001
    return doubts.doubts(_everybody.scores, classes)


def doubted(everybody, found) -> None:
    """Draw where labelers agree with each other rather than with the benchmark."""
    st.subheader(
        "What the benchmark may have wrong",
        anchor=False,
        help="What most labelers hold against it, and agree on among themselves: two labels or more, and more than half of "
        "those compared. They can share a mistake: look before you change anything. All labelers count here, whoever is "
        "filtered.",
    )
    left, right = st.columns([1, 1.6])
    with left, st.container(border=True, height="stretch"):
        asset = asset_by_asset(everybody, found)
    with right, st.container(border=True, height="stretch"):
        against(found, asset)


def asset_by_asset(everybody, found) -> tuple[str, str] | None:
    """Draw each asset by how far labelers agree with each other and with the benchmark; give the one clicked."""
    st.markdown(
        "**Assets**",
        help="Below the line labelers agree with each other more than with the benchmark. Click an asset to see what they "
        "hold against it.",
    )
    assets = everybody.scores.assets.filter(pl.col("consensus").is_not_null() & pl.col("benchmark").is_not_null())
    if assets.is_empty():
        page.absent("No asset with a benchmark has two labels.", "So nobody agrees with anybody against it.")
        return None
    n_doubts = found.group_by("project_id", "asset_id").agg(n_doubts=pl.len().cast(pl.Int64))
    rows = assets.join(n_doubts, on=["project_id", "asset_id"], how="left", maintain_order="left").with_columns(
        pl.col("n_doubts").fill_null(0), number=pl.int_range(pl.len())
    )
    rows = rows.sort("n_doubts", maintain_order=True).tail(charts.MOST)  # the doubtful on top
    drawn = charts.shown(
        rows.select("asset_id", "consensus", "benchmark", "n_labels", "n_doubts", "number"), "asset_id"
    )
    line = alt.Chart(pl.DataFrame({"x": [0.0, 1.0]})).mark_line(color=colours.MUTED, strokeDash=[4, 4])
    line = line.encode(alt.X(field="x", type="quantitative"), alt.Y(field="x", type="quantitative"))
    point = alt.selection_point(name="asset", fields=["number"])
    dots = (
        alt.Chart(drawn)
        .mark_circle(size=60)
        .encode(
            alt.X(
                field="consensus",
                type="quantitative",
                title="Agreement with each other",
                scale=alt.Scale(domain=[0, 1]),
            ),
            alt.Y(
                field="benchmark",
                type="quantitative",
                title="Agreement with the benchmark",
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=alt.when(alt.datum.n_doubts > 0).then(alt.value(colours.BAD)).otherwise(alt.value(colours.ACCENT)),
            opacity=alt.when(alt.datum.n_doubts > 0).then(alt.value(0.9)).otherwise(alt.value(0.35)),
            tooltip=charts.tip("asset_id", "consensus", "benchmark", "n_labels", "n_doubts"),
        )
        .add_params(point)
    )
    clicked = charts.draw(
        alt.layer(line, dots).properties(height=360), "assets", says="Assets by agreement", select="asset"
    )
    st.caption("orange: most labelers hold something against the benchmark")
    if assets.height > charts.MOST:
        st.caption(f"{numbers.count(charts.MOST)} of {numbers.count(assets.height)} assets, all that are orange first")
    return assets.select("project_id", "asset_id").row(clicked[0]["number"]) if clicked else None


def against(found, asset) -> None:
    """List what labelers hold against the benchmark."""
    counts = dict(found.group_by("doubt").len().iter_rows())
    st.markdown(f"**On {safe(asset[1])}**" if asset else "**What labelers hold against it**, those all hold first")
    if found.is_empty():
        st.markdown(":material/check_circle: Nowhere do most labelers agree on something against it.")
        return
    kinds = [kind for kind in doubts.KINDS if kind in counts]
    chosen = st.pills(
        "What",
        kinds,
        selection_mode="multi",
        default=kinds,
        key="doubt",
        format_func=lambda kind: f"{kind} ({counts[kind]:,})",
        label_visibility="collapsed",
        bind="query-params",
        help="  \n".join(f"{kind}: {doubts.KINDS[kind]}" for kind in kinds),
    )
    rows = found.filter(pl.col("doubt").is_in(chosen))
    if asset:
        rows = rows.filter((pl.col("project_id") == asset[0]) & (pl.col("asset_id") == asset[1]))
    row = tables.table(
        rows,
        ["asset_id", "doubt", "class", "benchmark_class", "n_against", "n_labels", "labelers"],
        titles={
            "doubt": "What",
            "class": "Labelers say",
            "benchmark_class": "Benchmark says",
            "n_against": "Labels",
            "n_labels": "of",
            "labelers": "By",
        },
        key="doubts",
        name="benchmark-doubts",
        height=330 if rows.height > 8 else "auto",
        select=True,
    )
    if row is not None:
        page.open_asset(rows.row(row, named=True), "benchmark")


def details(view) -> None:
    """List every number, to be taken away."""
    columns = ["benchmark", "f1", "precision", "recall"]
    with st.expander("All numbers, by labeler"):
        labelers = view.scores.labelers.filter(pl.col("n_benchmark") > 0).sort("benchmark", "labeler")
        tables.table(
            labelers,
            ["labeler", "n_benchmark", *columns, "accuracy", "mean_iou", "n_matched", "n_drawn", "n_expected"],
            key="labelers",
            name="labelers",
        )
    with st.expander("All numbers, by class"):
        classes = view.scores.classes.filter(pl.col("n_assets_benchmark") > 0).sort("benchmark", "class")
        tables.table(
            classes,
            ["class", "kind", "n_assets_benchmark", *columns, "n_matched", "n_drawn", "n_expected"],
            key="classes",
            name="classes",
        )


view = page.begin("Benchmarks", "Are labelers right, and is the benchmark")
if (view.scores.project["n_benchmark"] == 0).all():
    page.nothing(
        "No label was compared with a benchmark here.",
        "Where experts labeled, name them with `--benchmark NAME`; an export that marks ground truth needs nothing.",
    )
everybody = view.where(labeler=(), since=None, until=None)
of_all_classes = everybody.where(classes=())
found = _doubts(everybody.source.key, of_all_classes.filters, view.filters.classes, of_all_classes)
headline(view)
cells = confusion.cells(view, "benchmark")
classes = view.scores.classes.filter(pl.col("n_assets_benchmark") > 0)
if classes["class"].n_unique() < classes.height:
    classes = classes.with_columns(pl.concat_str("class", pl.lit(" · "), "kind"))
left, right = st.columns(2)
with left, st.container(border=True, height="stretch"):
    by(view, "labeler", view.scores.labelers)
with right, st.container(border=True, height="stretch" if classes.height > FEW else "content"):
    by(view, "class", classes)
if classes.height > FEW:
    left, right = st.columns([1, 1.1])
else:  # a small matrix finds room beside the labelers
    left, right = right, st.container()
with left, st.container(border=True, height="stretch"):
    question, cell = mistakes(cells)
with right, st.container(border=True, height="stretch"):
    annotations(view, cells, question, cell)
doubted(everybody, found)
details(view)
