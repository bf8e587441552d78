"""DataFrames of other libraries as polars frames, without importing those libraries."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import polars as pl

from labelqa.errors import InputError


def polars_frame(frame: Any, name: str) -> pl.DataFrame:
    """Take a polars or pandas DataFrame as polars; pyarrow is not needed.

    Columns of numbers, flags and times keep their type, everything else becomes text. What pandas holds for missing
    is null.

    Parameters
    ----------
    frame : polars.DataFrame or pandas.DataFrame
    name : str
        What to call it in an error.

    Raises
    ------
    InputError
        If two columns have one name, or a text has no form in UTF-8.

    Examples
    --------
    >>> import pandas
    >>> polars_frame(pandas.DataFrame({"id": ["a", None], "x": [1.5, 2.0]}), "table").rows()
    [('a', 1.5), (None, 2.0)]
    """
    if isinstance(frame, pl.DataFrame):
        return frame
    columns: dict[str, pl.Series] = {}
    for place, label in enumerate(frame.columns):
        if str(label) in columns:
            raise InputError("one column of each name", file=name, found=str(label), remedy="Rename one of them.")
        try:
            columns[str(label)] = _series(frame.iloc[:, place])
        except UnicodeEncodeError as error:
            raise InputError("text in UTF-8", file=name, field=str(label), found=error.object) from None
    return pl.DataFrame(columns)


def _series(column: Any) -> pl.Series:
    """Take one pandas column."""
    dtype = column.dtype
    if getattr(dtype, "tz", None) is not None:
        times = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]")
        return pl.Series(times).dt.replace_time_zone("UTC")
    if isinstance(dtype, np.dtype) and dtype.kind in "iufb":
        native = column.to_numpy().astype(dtype.newbyteorder("="))
        return pl.Series(native.astype(np.float32) if native.dtype == np.float16 else native)
    if isinstance(dtype, np.dtype) and dtype.kind == "M":
        return pl.Series(column.to_numpy().astype("datetime64[us]"))
    cells = column.to_numpy(dtype=object)
    texts = [None if gone else _text(cell) for cell, gone in zip(cells, column.isna().to_numpy(), strict=True)]
    return pl.Series(texts, dtype=pl.String)


def _text(cell: object) -> str:
    """Write a Python object as the text that a CSV file would hold."""
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():  # an id in a column with gaps
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)
