"""What a detector hands over: one row for each test it made, and how to tell of the ones that stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

TESTS = {
    "finding": pl.String(),
    "labeler": pl.String(),
    "other": pl.String(),
    "class": pl.String(),
    "other_class": pl.String(),
    "project_id": pl.String(),
    "asset_id": pl.String(),
    "since": pl.Datetime("us", "UTC"),
    "effect": pl.Float64(),
    "unit": pl.String(),
    "limit": pl.Float64(),
    "n": pl.Int64(),
    "p_value": pl.Float64(),
}
"""Columns of a test; `effect` is in `unit`, tested against `limit`, from `n` assets, labels or labelers."""

EVIDENCE = {
    "project_id": pl.String(),
    "asset_id": pl.String(),
    "label_id": pl.String(),
    "other_label_id": pl.String(),
    "annotation_id": pl.String(),
    "other_annotation_id": pl.String(),
    "value": pl.Float64(),
}
"""Columns of the rows behind a finding, the strongest first; `value` is what speaks for it in this row."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Tested:
    """The tests of one detector.

    Parameters
    ----------
    finding : str
        The kind of finding.
    rows : polars.DataFrame
        One row a test, any of the columns of `TESTS`.
    tell : callable
        Makes the sentence of a row.
    behind : callable
        Gives the rows behind it, any of the columns of `EVIDENCE`.
    method : str
        What is tested and how its p-value is made.
    reason : str, optional
        Why there is no test.
    """

    finding: str
    rows: pl.DataFrame
    tell: Callable[[Row], str]
    behind: Callable[[Row], pl.DataFrame]
    method: str
    reason: str | None = None

    @classmethod
    def nothing(cls, finding: str, method: str, reason: str) -> Tested:
        """Tell that nothing could be tested."""
        return cls(
            finding, pl.DataFrame(schema=TESTS), lambda _: "", lambda _: pl.DataFrame(schema=EVIDENCE), method, reason
        )


def laid_out(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Bring a frame to these columns, null where it has none."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in columns.items()
    )
