"""Rows as readers give them: with names instead of numbers, appended one by one, kept as compact frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.project import schema

_CHUNK = 1 << 16
_CHUNK_NUMBERS = 1 << 20
"""Coordinates held as Python objects at once, each of which takes four times what it does in a frame."""
_NUMBERS = pl.List(pl.Float64())

_COMPACT = pl.Categorical()
RAW_ASSETS: dict[str, pl.DataType] = {
    "project_id": _COMPACT,
    "asset_id": pl.String(),
    "name": pl.String(),
    "width": pl.Float64(),  # whole numbers once they are checked: a hostile value need not fit an integer
    "height": pl.Float64(),
    "batch": _COMPACT,
    "dataset": _COMPACT,
    "labels_asked": pl.Float64(),
    "created_at": pl.String(),
    "metadata": schema.METADATA,
    "source": _COMPACT,
    "record": pl.Int64(),
}
RAW_MENTIONS: dict[str, pl.DataType] = {
    name: RAW_ASSETS[name] for name in ("project_id", "asset_id", "source", "record")
}
RAW_LABELS: dict[str, pl.DataType] = {
    "project_id": _COMPACT,
    "asset_id": pl.String(),
    "label_id": pl.String(),
    "labeler": _COMPACT,
    "role": schema.ROLE,
    "status": schema.STATUS,
    "created_at": pl.String(),
    "updated_at": pl.String(),
    "seconds": pl.Float64(),
    "review_seconds": pl.Float64(),
    "source": _COMPACT,
    "record": pl.Int64(),
}
RAW_ANNOTATIONS: dict[str, pl.DataType] = {
    "label": schema.ROW,
    "annotation_id": pl.String(),
    "kind": _COMPACT,
    "class": _COMPACT,
    "geometry": pl.List(pl.Float64()),
    "parts": pl.List(pl.UInt32()),
    "answer": pl.List(pl.String()),
    "place": pl.String(),
    "parent_id": pl.String(),
    "score": pl.Float64(),
    "is_crowd": pl.Boolean(),
    "stated": pl.List(pl.Float64()),
}
RAW_LABELERS: dict[str, pl.DataType] = {"labeler": pl.String(), "name": pl.String(), "is_model": pl.Boolean()}
RAW_CONCEPTS: dict[str, pl.DataType] = {
    "project_id": pl.String(),
    "kind": pl.String(),
    "class": pl.String(),
    "answers": pl.List(pl.String()),
    "scale_min": pl.Float64(),
    "scale_max": pl.Float64(),
}
RAW_REVIEWS: dict[str, pl.DataType] = {
    "project_id": _COMPACT,
    "asset_id": pl.String(),
    "label": schema.ROW,
    "reviewer": _COMPACT,
    "verdict": schema.VERDICT,
    "created_at": pl.String(),
    "source": _COMPACT,
    "record": pl.Int64(),
}
RAW_ISSUES: dict[str, pl.DataType] = {
    "project_id": _COMPACT,
    "asset_id": pl.String(),
    "label": schema.ROW,
    "category": _COMPACT,
    "state": schema.STATE,
    "raised_by": _COMPACT,
    "created_at": pl.String(),
    "resolved_at": pl.String(),
    "n": pl.Int64(),
    "source": _COMPACT,
    "record": pl.Int64(),
}


class RawRows:
    """Rows of one raw table: appended as tuples, kept as frames; `grown` is told about how many bytes these take."""

    def __init__(self, dtypes: dict[str, pl.DataType], grown: Callable[[int], None] = lambda _: None) -> None:
        self._dtypes = dtypes
        self._grown = grown
        self._rows: list[tuple[object, ...]] = []
        self._frames: list[pl.DataFrame] = []
        self._framed = 0
        self.append = self._rows.append

    def __len__(self) -> int:
        return self._framed + len(self._rows)

    def flush_if_full(self) -> None:
        """Turn the rows into a frame once there are enough."""
        if len(self._rows) >= _CHUNK:
            self._flush()

    def extend(self, frame: pl.DataFrame) -> None:
        """Add a frame; columns that it lacks are null."""
        self._flush()
        other = [
            pl.col(name).cast(self._dtypes[name]) for name, dtype in frame.schema.items() if dtype != self._dtypes[name]
        ]
        self._keep(frame.with_columns(other) if other else frame)

    def taken(self) -> pl.DataFrame:
        """Give the rows in the order in which they were added, without columns that none of them has; forget them."""
        self._flush()
        frames = [frame for frame in self._frames if frame.height]
        self._frames.clear()
        return pl.concat(frames, how="diagonal", rechunk=True) if frames else pl.DataFrame(schema=self._dtypes)

    def frame(self) -> pl.DataFrame:
        """Give all rows in the order in which they were added."""
        self._flush()
        return completed(self._frames, self._dtypes)

    def thin_out(self) -> None:
        """Forget rows that are there twice, where their number does not matter."""
        rows = self.frame().unique(maintain_order=True)
        self._frames = [rows]
        self._framed = rows.height

    def _flush(self) -> None:
        if self._rows:
            frame = _framed(self._rows, self._dtypes)
            self._rows.clear()
            self._keep(frame)

    def _keep(self, frame: pl.DataFrame) -> None:
        self._frames.append(frame)
        self._framed += frame.height
        self._grown(int(frame.estimated_size()))


class RawAnnotations(RawRows):
    """Annotations: coordinates go into one flat list, which is far cheaper than a list for each."""

    def __init__(self, grown: Callable[[int], None] = lambda _: None) -> None:
        super().__init__(RAW_ANNOTATIONS, grown)
        self._dtypes_rows = {name: dtype for name, dtype in RAW_ANNOTATIONS.items() if name != "geometry"}
        self._numbers: list[float] = []
        self._lengths: list[int] = []

    def add(self, row: tuple[object, ...], geometry: Sequence[float]) -> None:
        """Add one: the columns without geometry, in order, and the coordinates (none for a question)."""
        self._rows.append(row)
        self._numbers += geometry
        self._lengths.append(len(geometry))
        if len(self._rows) >= _CHUNK or len(self._numbers) >= _CHUNK_NUMBERS:
            self._flush()

    def _flush(self) -> None:
        if not self._rows:
            return
        row = np.repeat(np.arange(len(self._lengths), dtype=np.uint32), self._lengths)
        numbers = np.array(self._numbers, np.float64)
        geometry = pl.DataFrame({"row": row, "geometry": numbers}).group_by("row", maintain_order=True)
        frame = _framed(self._rows, self._dtypes_rows).with_row_index("row")
        # Rows without numbers are added before the join's place: a left join would fill them with copies of a list
        # before it nulls them, which is gigabytes beside one long track.
        drawn = geometry.agg("geometry")
        none = frame.select("row").join(drawn, on="row", how="anti").with_columns(geometry=pl.lit(None, _NUMBERS))
        frame = frame.with_columns(pl.concat([drawn, none]).sort("row")["geometry"])
        self._rows.clear()
        self._numbers.clear()
        self._lengths.clear()
        self._keep(frame.select(*RAW_ANNOTATIONS))


def completed(frames: Sequence[pl.DataFrame], dtypes: dict[str, pl.DataType]) -> pl.DataFrame:
    """Join frames with some of the columns of a table each; what they lack is null."""
    if not frames:
        return pl.DataFrame(schema=dtypes)
    joined = pl.concat(frames, how="diagonal", rechunk=True)
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in dtypes.items() if name not in joined.columns]
    return joined.with_columns(missing).select(*dtypes)


def _framed(rows: list[tuple[object, ...]], dtypes: dict[str, pl.DataType]) -> pl.DataFrame:
    """Make a frame of rows, column by column, which is far quicker than row by row."""
    columns = zip(dtypes.items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame([_column(name, values, dtype) for (name, dtype), values in columns])


def _column(name: str, values: tuple[object, ...], dtype: pl.DataType) -> pl.Series:
    if dtype == schema.METADATA:  # the one that is quicker row by row
        return pl.DataFrame([(value,) for value in values], schema={name: dtype}, orient="row").to_series()
    return pl.Series(name, values, dtype, strict=False)


@dataclass(frozen=True)
class Raw:
    """What readers found, with names instead of row numbers; columns as in the `RAW_` schemas. Labels have
    `n_unread` besides, and times are parsed once the values are checked.

    `label` in annotations, reviews and issues is a row number of `labels`.
    """

    assets: pl.DataFrame
    labels: pl.DataFrame
    annotations: pl.DataFrame
    labelers: pl.DataFrame
    concepts: pl.DataFrame
    reviews: pl.DataFrame
    issues: pl.DataFrame
    sources: pl.DataFrame
