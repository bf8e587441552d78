"""The dashboard's first page: is this project healthy, and where to look.

Run with `streamlit run dashboard/app.py -- PATH...`; without a path it shows the demo project. It uses the public face
of labelqa alone. Names in an export are untrusted: they are shown in data frames, which render no Markdown.
"""

from __future__ import annotations

import sys

import polars as pl
import streamlit as st

import labelqa

PERCENT = st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)


@st.cache_resource(max_entries=4, show_spinner="Reading and scoring the export …")
def scores_of(paths: tuple[str, ...]) -> labelqa.Scores:
    """Read and score the exports, once for all sessions; the tables are shared and never changed."""
    return labelqa.score(labelqa.read(list(paths)) if paths else labelqa.demo(assets=200, labelers=6, seed=0))


def with_interval(row: dict[str, float | None], measure: str) -> tuple[str, str]:
    """Give a measure's value and its interval as text; a dash where undefined."""
    value, low, high = (row[name] for name in (measure, f"{measure}_low", f"{measure}_high"))
    interval = "no interval" if low is None or high is None else f"{low:.3f} to {high:.3f}"
    return ("–" if value is None else f"{value:.3f}"), interval


def overview(scores: labelqa.Scores) -> None:
    """Show one row of tiles a project."""
    for row in scores.project.iter_rows(named=True):
        st.text(row["project_id"])
        tiles = st.columns(5)
        tiles[0].metric("Assets", f"{row['n_assets']:,}", help="Assets in the project, labeled or not.")
        tiles[1].metric(
            "Labels", f"{row['n_labels']:,}", help="Labels submitted and not skipped; benchmark labels apart."
        )
        for tile, (measure, n, meaning) in zip(
            tiles[2:],
            [
                ("consensus", "n_assets_consensus", "Mean agreement between labelers, over assets."),
                ("benchmark", "n_assets_benchmark", "Mean agreement with the benchmark, over assets."),
                ("f1", "n_assets_benchmark", "2 TP / (2 TP + FP + FN) against the benchmark."),
            ],
            strict=True,
        ):
            value, interval = with_interval(row, measure)
            tile.metric(
                measure.capitalize(),
                value,
                f"{interval} (n = {row[n]:,})",
                delta_color="off",
                delta_arrow="off",
                help=meaning,
            )


def labelers(scores: labelqa.Scores) -> None:
    """Show the labelers, those most surely low first."""
    surely = pl.coalesce("benchmark_high", "consensus_high", "benchmark", "consensus")
    st.dataframe(
        scores.labelers.sort(surely, nulls_last=True).select(
            "labeler", "n_labels", "consensus", "n_pairs", "benchmark", "n_benchmark", "precision", "recall", "mean_iou"
        ),
        hide_index=True,
        column_config=dict.fromkeys(("consensus", "benchmark", "precision", "recall", "mean_iou"), PERCENT),
    )


def worst_assets(scores: labelqa.Scores) -> None:
    """Show the assets on which labelers agree least."""
    several = scores.assets.filter(pl.col("n_labels") > 1).sort("consensus", "asset_id", nulls_last=True)
    st.dataframe(
        several.head(50),
        hide_index=True,
        column_config=dict.fromkeys(("consensus", "agreement_rate", "benchmark"), PERCENT),
    )


def main() -> None:
    """Draw the page."""
    st.set_page_config("labelqa", layout="wide")
    st.title("Labeling quality")
    try:
        scores = scores_of(tuple(sys.argv[1:]))
    except labelqa.LabelqaError as error:
        st.error("The export cannot be read.")
        st.text(str(error))
        return
    overview(scores)
    st.subheader("Labelers", help="Those whose interval ends lowest first: they are the ones most surely low.")
    labelers(scores)
    st.subheader("Assets to look at first", help="Lowest consensus first, of assets with at least two labels.")
    worst_assets(scores)
    if scores.comparison.project.problems.height:
        st.subheader("Problems in the data")
        st.dataframe(scores.comparison.project.problems, hide_index=True)


main()
