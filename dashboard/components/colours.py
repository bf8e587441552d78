"""Colours, one place for all pages: told apart by the colour-blind (Okabe and Ito; Tol), on light ground and on dark."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

ACCENT = "#3B7DD8"
MUTED = "#8A94A6"
GOOD, BAD, DOUBT = "#009E73", "#D55E00", "#E69F00"

OUTCOMES = {
    "matched": "#009E73",
    "wrong_class": "#CC79A7",
    "near_miss": "#E69F00",
    "missed": "#D55E00",
    "extra": "#56B4E9",
}
"""What became of an annotation."""

FATES = {"kept": GOOD, "edited": DOUBT, "deleted": BAD}
"""What became of a pre-label."""

ADVICE = {"yes": GOOD, "unclear": MUTED, "no": BAD}
"""Whether the model should pre-label."""

STATES = {"open": BAD, "resolved": GOOD}
"""What has become of an issue."""

VERDICTS = {"pass": GOOD, "fail": BAD, "inconclusive": DOUBT}

MEASURES = {"consensus": "#3B7DD8", "benchmark": "#E69F00", "throughput": "#009E73"}
"""The measures that stand beside each other in trends."""

LABELERS = (
    "#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377",
    "#EE8866", "#44BB99", "#BBCC33", "#AA4499", "#99DDFF", "#DDAA33",
)  # fmt: skip

SCALE = ("#B2182B", "#EF8A62", "#FDDBC7", "#D1E5F0", "#67A9CF", "#2166AC")
"""Low to high, for cells of matrices (red to blue: told apart by the colour-blind)."""


def ink() -> str:
    """Give the colour of text that stands on see-through colours, on light ground or on dark."""
    return "#F4F6FA" if st.context.theme.type == "dark" else "#1A2433"


def of_labelers(labelers: Iterable[str | None]) -> dict[str | None, str]:
    """Give each labeler of a project a colour; the same on every page, whatever is filtered."""
    return {labeler: LABELERS[k % len(LABELERS)] for k, labeler in enumerate(labelers)}
