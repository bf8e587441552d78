"""Overview: is this project healthy, in one screen."""

from __future__ import annotations

import streamlit as st

from dashboard.components import charts, page
from dashboard.components.tiles import tile

ICON = ":material/monitoring:"

view = page.begin("Overview", "Is this project healthy, and where to look")
for row in view.scores.project.iter_rows(named=True):
    for column, (measure, n) in zip(
        st.columns(5),
        (
            ("n_assets", None),
            ("n_labels", None),
            ("consensus", "n_assets_consensus"),
            ("benchmark", "n_assets_benchmark"),
            ("f1", "n_benchmark"),
        ),
        strict=True,
    ):
        with column:
            tile(row, measure, n)
timeline = view.work().timeline
charts.draw(charts.trend(timeline, "consensus", n="n_consensus"), "consensus", says="Consensus by day")
