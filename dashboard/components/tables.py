"""Tables that sort, with bars and intervals, and can be taken away as CSV (no live formulas) or Parquet."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import numbers
from dashboard.components.names import plain
from dashboard.components.words import word
from dashboard.data import csv

SHOWN = 10_000
"""Most rows sent to the browser; a download has all."""


def table(
    frame: pl.DataFrame,
    columns: Sequence[str],
    *,
    key: str,
    titles: Mapping[str, str] | None = None,
    select: bool = False,
    height: int | str = "auto",
    name: str | None = None,
) -> int | None:
    """Draw a table and offer it for download.

    Parameters
    ----------
    frame : polars.DataFrame
        All of it can be downloaded.
    columns : sequence of str
        What is shown, in this order. A score with `_low` and `_high` gets a bar and its interval beside it.
    key : str
        Unique on the page.
    titles : mapping, optional
        Titles that differ from `words.WORDS`.
    select : bool
        Whether a row can be chosen.
    name : str, optional
        Of the files offered; without it none are.

    Returns
    -------
    int or None
        The row of `frame` that is chosen.
    """
    shown = frame.head(SHOWN)
    laid_out, config = _laid_out(shown, columns, titles or {})
    how: dict[str, Any] = {"on_select": "rerun", "selection_mode": "single-row"} if select else {}
    found = st.dataframe(
        laid_out,
        hide_index=True,
        column_config=config,
        key=key,
        height=height,
        lazy=False,
        **how,
    )
    if name:
        downloads(frame, name, key, f"{numbers.count(SHOWN)} of " if frame.height > SHOWN else "")
    if not select:
        return None
    rows = found["selection"]["rows"]
    return rows[0] if rows and rows[0] < frame.height else None


def downloads(frame: pl.DataFrame, name: str, key: str, cut: str = "") -> None:
    """Offer a table as CSV and as Parquet; the files are made when asked for."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"):
        st.caption(f"{cut}{numbers.count(frame.height)} row{'s' * (frame.height != 1)}")
        for suffix, make, mime in (
            ("csv", csv, "text/csv"),
            ("parquet", _parquet, "application/vnd.apache.parquet"),
        ):
            st.download_button(
                suffix.upper() if suffix == "csv" else "Parquet",
                lambda make=make: make(frame),
                f"{name}.{suffix}",
                mime,
                key=f"{key}-{suffix}",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )


def _parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file, compression="zstd")
    return file.getvalue()


def _laid_out(
    frame: pl.DataFrame, columns: Sequence[str], titles: Mapping[str, str]
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Make what the browser gets, and how each column is drawn."""
    made: list[pl.Series] = []
    config: dict[str, Any] = {}
    for column in columns:
        about, series = word(column), frame[column]
        title = titles.get(column, about.title)
        made.append(
            _text(series)
            if series.dtype in (pl.String, pl.Categorical) or isinstance(series.dtype, pl.Enum)
            else series
        )
        config[column] = _drawn(about.form, series.dtype, title, about.meaning)
        if f"{column}_low" in frame.columns:
            made.append(_interval(frame, column, about.form))
            config[made[-1].name] = st.column_config.TextColumn(
                "95 % interval", help=f"Of {title.lower()}, assets as clusters."
            )
    return pl.DataFrame(made), config


def _interval(frame: pl.DataFrame, column: str, form: str) -> pl.Series:
    rows = frame.select(f"{column}_low", f"{column}_high").iter_rows(named=True)
    return pl.Series(f"{column} interval", [numbers.interval(row, column, form) for row in rows], dtype=pl.String)


def _text(series: pl.Series) -> pl.Series:
    return pl.Series(
        series.name, [plain(value, 200) if value is not None else numbers.DASH for value in series], dtype=pl.String
    )


def _drawn(form: str, dtype: pl.DataType, title: str, meaning: str) -> Any:
    help_text = meaning or None
    if form == "score" and dtype.is_numeric():
        return st.column_config.ProgressColumn(title, help=help_text, format="%.3f", min_value=0.0, max_value=1.0)
    if dtype.is_integer():
        return st.column_config.NumberColumn(title, help=help_text, format="localized")
    if dtype.is_float():
        places = {"seconds": "%.1f s", "amount": "%.1f", "share": "percent"}.get(form, "%.3f")
        return st.column_config.NumberColumn(title, help=help_text, format=places)
    if dtype.is_temporal():
        return st.column_config.DatetimeColumn(title, help=help_text, format="YYYY-MM-DD HH:mm")
    return st.column_config.TextColumn(title, help=help_text)
