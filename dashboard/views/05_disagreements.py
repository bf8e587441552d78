"""Disagreements: the assets people agree on least, drawn; and one of them with every label, mark for mark."""

from __future__ import annotations

import math

import polars as pl
import streamlit as st

from dashboard import asset as assets
from dashboard import data
from dashboard.components import numbers, page, pictures, tables
from dashboard.components.names import plain, safe, short

ICON = ":material/difference:"

ORDERS = {"score": "Lowest score", "disputed": "Most disputed"}
SIGNS = {"matched": "", "wrong_class": "≠ ", "near_miss": "≈ ", "missed": "− ", "extra": "+ "}
A_PAGE, SMALL, LARGE = 12, 340, 700
LOOKS = (
    "One colour a labeler; the benchmark is dotted. Thin: matched. Dashed: wrong class (≠) or near miss (≈). Hatched: "
    "missed by most (−), or extra: most have nothing there (+)."
)


def ask(there: list[str]) -> tuple[str, tuple[str, ...], str]:
    """Ask what is looked at: relation, outcomes, order."""
    relation = st.segmented_control(
        "Score",
        there,
        default=there[0],
        required=True,
        key="relation",
        format_func=page.RELATIONS.__getitem__,
        help="Consensus: every two labelers; benchmark: each with ground truth; self-consistency: two labels by one labeler.",
        bind="query-params",
        persist_state="session",
    )
    shown = assets.outcomes(relation)
    outcomes = st.pills(
        "Only marks that are",
        shown,
        selection_mode="multi",
        key="outcome",
        format_func=lambda name: name.replace("_", " "),
        help=f"None chosen: all are drawn. {LOOKS}",
        bind="query-params",
        persist_state="session",
    )
    order = st.segmented_control(
        "First",
        list(ORDERS),
        default="score",
        required=True,
        key="order",
        format_func=ORDERS.__getitem__,
        help="A mark is disputed if most of the labels it was compared with have not the same.",
        bind="query-params",
        persist_state="session",
    )
    return relation, tuple(name for name in shown if name in outcomes), order


@data.kept
def ranked(key, filters, relation, _view) -> pl.DataFrame:  # noqa: ARG001
    """List the assets, worst first; see `assets.ranked`."""
    return assets.ranked(_view.scores, relation)


def go(row: dict | None) -> None:
    """Look at an asset, or at all of them."""
    st.session_state["asset"] = row["asset_id"] if row else ""
    st.session_state["in"] = row["project_id"] if row else None


def marks(row: dict, outcomes: tuple[str, ...]) -> str:
    """Count the disputed marks of an asset in words."""
    told = [
        f"{SIGNS[name]}{numbers.count(row[f'n_{name}'])} {name.replace('_', ' ')}"
        for name in outcomes or assets.DISPUTED
        if row[f"n_{name}"]
    ]
    return " · ".join(told) or "nothing disputed"


def gallery(view, listed: pl.DataFrame, relation: str, outcomes: tuple[str, ...]) -> None:
    """Draw a page of the assets, worst first."""
    if listed.is_empty():
        page.nothing("No asset has such a mark.", "Choose other outcomes, or take a filter away.")
    n_pages = math.ceil(listed.height / A_PAGE)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        place = st.empty()
        number = st.pagination(n_pages, key="page", bind="query-params") if n_pages > 1 else 1
    first = (number - 1) * A_PAGE
    shown = listed.slice(first, A_PAGE)
    n = f"{numbers.count(first + 1)} to {numbers.count(first + shown.height)} of {numbers.count(listed.height)} assets"
    place.caption(f"{n}; a click on a name opens it", help=LOOKS)
    with st.grid(4, min_column_width=230, gap="small"):
        for k, row in enumerate(shown.iter_rows(named=True)):
            with st.container(border=True, gap="xxsmall", height="stretch"):
                svg, _ = view.drawing(
                    row["project_id"],
                    row["asset_id"],
                    relation=relation,
                    outcomes=outcomes or None,
                    size=SMALL,
                    legend=False,
                )
                name = plain(row["name"] or row["asset_id"], 40)
                pictures.thumbnail(svg, f"The labels of {name}")
                st.button(safe(name), key=f"open-{k}", type="tertiary", on_click=go, args=(row,), wrap=False)
                st.caption(f"**{numbers.score(row['score'])}** · {marks(row, outcomes)}")


def found(view, wanted: str) -> dict | None:
    """Find an asset by its id, else by its name; None and a word if there is none."""
    every = view.source.project.assets.with_row_index("row")
    rows = every.filter(pl.col("asset_id") == wanted)
    if rows.is_empty():
        rows = every.filter(pl.col("name") == wanted)
    if rows.is_empty():
        st.warning(f"There is no asset {safe(wanted)} here. It is found by its id or its name, written in full.")
        return None
    if rows.height > 1:
        projects = rows["project_id"].to_list()
        chosen = st.selectbox(
            "Several are called so; of project",
            projects,
            key="in",
            format_func=plain,
            bind="query-params",
            persist_state="session",
            width=420,
        )
        rows = rows.filter(pl.col("project_id") == chosen)
    return rows.row(0, named=True)


def ways(listed: pl.DataFrame, row: dict) -> None:
    """Draw the way back, and to the assets before and after."""
    place = listed.with_row_index("place").filter(pl.col("row") == row["row"])["place"]
    at = int(place[0]) if len(place) else None
    before = listed.row(at - 1, named=True) if at else None
    after = listed.row(at + 1, named=True) if at is not None and at + 1 < listed.height else None
    if at is None and listed.height:
        after = listed.row(0, named=True)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Gallery", key="all", icon=":material/grid_view:", shortcut="G", on_click=go, args=(None,))
        for label, key, icon, other in (
            ("Previous", "Left", ":material/arrow_back:", before),
            ("Next", "Right", ":material/arrow_forward:", after),
        ):
            st.button(label, key=key, icon=icon, shortcut=key, on_click=go, args=(other,), disabled=other is None)
        where = f"{numbers.count(at + 1)} of {numbers.count(listed.height)}" if at is not None else "not in the list"
        st.markdown(f"**{safe(row['asset_id'])}**  :gray[{where}]")


def one(view, listed: pl.DataFrame, row: dict, relation: str, outcomes: tuple[str, ...]) -> None:
    """Draw one asset: every label, the reason of its score, and what met."""
    cut = assets.alone(view.scores.comparison, row["row"])
    pairs = cut.pairs.filter(pl.col("relation") == relation)
    matches = cut.matches.filter(pl.col("relation") == relation)
    picture, beside = st.columns([1.75, 1], gap="medium")
    with beside:
        drawn = who(view, pairs)
        reason(view, listed, row, relation, set(cut.pairs["relation"]), pairs, matches)
    with picture:
        svg, refused = view.drawing(
            row["project_id"],
            row["asset_id"],
            relation=relation or None,
            labelers=drawn or None,
            outcomes=outcomes or None,
            size=LARGE,
        )
        pictures.picture(
            svg,
            f"Every label of {plain(row['name'] or row['asset_id'])}, one over the other; the table below has the marks in words",
        )
        if refused:
            st.caption(f":material/broken_image: The image is not drawn: {safe(refused, 200)}")
    met(matches, relation, drawn, outcomes)


def who(view, pairs: pl.DataFrame) -> tuple[str, ...]:
    """Ask whose labels are drawn."""
    here = pl.concat([pairs["labeler_a"], pairs["labeler_b"]]).drop_nulls().unique()
    everybody = [name for name in view.source.everybody if name is not None]
    if len(here) < 3 and not st.session_state.get("drawn"):
        return ()
    chosen = st.multiselect(
        "Draw only",
        everybody,
        key="drawn",
        format_func=plain,
        placeholder="All labelers",
        help="Only the labels of these, and only what they say of each other (and the benchmark).",
        bind="query-params",
        persist_state="session",
    )
    if chosen and not set(chosen) & set(here):
        st.caption("None of them labeled this asset; everybody is drawn.")
        return ()
    return tuple(chosen)


def reason(view, listed, row, relation, relations, pairs, matches) -> None:
    """Say why the asset has its score."""
    known = listed.filter(pl.col("row") == row["row"])
    if known.is_empty():
        there = [name for code, name in page.RELATIONS.items() if code in relations]
        where = f"Look at {' or '.join(there)} above." if there else "No two labels of it can be compared."
        page.absent("This asset has no score of this kind with these filters.", where)
        return
    value = known["score"][0]
    labels = view.scores.labels.filter(
        pl.col("asset_id") == row["asset_id"], pl.col("project_id") == row["project_id"], pl.col("role") == "submitted"
    )
    with st.container(border=True, gap="xsmall"):
        st.metric(
            page.RELATIONS[relation], numbers.score(value), help="1: the labels are the same; 0: nothing matches."
        )
        for sentence in assets.why(relation, value, labels, pairs, matches):
            st.caption(safe(sentence, 700))
    if pairs.height > 1:
        worst = pairs.sort("agreement", "label_a", "label_b", nulls_last=True)
        told = short([*worst["labeler_a"], *worst["labeler_b"]])
        sides = {"labeler_a": told[: worst.height], "labeler_b": told[worst.height :]}
        worst = worst.with_columns(pl.Series(side, names, dtype=pl.String) for side, names in sides.items())
        tables.table(
            worst,
            ["labeler_a", *(["labeler_b"] if relation == "consensus" else []), "agreement", "n_matched"],
            titles={"agreement": "Agreement"},
            key="pairs-of-it",
            height=min(36 * worst.height + 40, 290),
        )


def met(matches: pl.DataFrame, relation: str, drawn: tuple[str, ...], outcomes: tuple[str, ...]) -> None:
    """List what met, what is disputed first."""
    other = "benchmark" if relation == "benchmark" else "other labeler"
    if matches.is_empty():
        return
    rows = matches
    if drawn:
        of_b = pl.lit(True) if relation == "benchmark" else pl.col("labeler_b").is_in(drawn)
        rows = rows.filter(pl.col("labeler_a").is_in(drawn) & of_b)
    if outcomes:
        same = {"matched": ("best_of_a", "best_of_b"), "extra": ("missed",) if relation != "benchmark" else ()}
        kept = [name for outcome in outcomes for name in (outcome, *same.get(outcome, ()))]
        rows = rows.filter(pl.col("outcome").is_in(kept))
    order = pl.col("outcome").replace_strict(
        {name: k for k, name in enumerate(("wrong_class", "missed", "extra", "near_miss"))}, default=9
    )
    rows = rows.sort(order, "similarity", "annotation_a", "annotation_b", maintain_order=True, nulls_last=True)
    answers = [side for side in ("answer_a", "answer_b") if rows[side].count()]
    rows = rows.with_columns(pl.col("answer_a", "answer_b").list.join(", "))
    absent = pl.col("class_a", "class_b", "answer_a", "answer_b", "annotation_a", "annotation_b").fill_null(
        numbers.DASH
    )
    st.markdown(
        "**What met**",
        help=f"Every mark, beside what it met in the label of the {other}. Missed: only the {other} has it; extra: only the "
        "labeler has it. Click a column to sort by it.",
    )
    tables.table(
        rows.with_columns(absent, outcome=pl.col("outcome").str.replace("_", " ")),
        [
            "outcome",
            "labeler_a",
            *(["labeler_b"] if relation != "benchmark" else []),
            "class_a",
            "class_b",
            *answers,
            "similarity",
            *(["kind"] if rows["kind"].n_unique() > 1 else []),
            "annotation_a",
            "annotation_b",
        ],
        titles={
            "class_a": "Class",
            "class_b": f"Class by the {other}",
            "answer_a": "Answer",
            "answer_b": f"Answer by the {other}",
            "annotation_a": "Annotation",
            "annotation_b": f"Annotation by the {other}",
        },
        key="met",
        height=min(36 * max(rows.height, 1) + 40, 420),
    )
    tables.downloads(rows, "matches", "met")


view = page.begin("Disagreements", "Where labels differ, worst first")
there = [name for name in page.RELATIONS if name in assets.relations(view.scores)]
listed, relation, outcomes = pl.DataFrame(schema={"row": pl.Int64}), "", ()
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    if there:
        relation, outcomes, order = ask(there)
        listed = assets.chosen(ranked(view.source.key, view.filters, relation, view), outcomes, order)
    wanted = st.text_input(
        "Find an asset", key="asset", placeholder="by its id or name", bind="query-params", width="stretch"
    )
row = found(view, wanted) if wanted else None
if row is not None:
    ways(listed, row)
    one(view, listed, row, relation, outcomes)
elif there:
    gallery(view, listed, relation, outcomes)
else:
    page.nothing(
        "No asset has two labels that can be compared, so there is no disagreement to show.",
        "Any asset is drawn all the same: ask for it by its id.",
    )
