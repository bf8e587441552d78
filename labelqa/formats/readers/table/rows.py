"""Collecting the rows of one plain table: assets, labels and annotations out of flat rows."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.formats.cells import Cells
from labelqa.formats.readers.table.annotations import boxes, questions, questions_merged, sorted_out
from labelqa.formats.readers.table.columns import Columns
from labelqa.formats.readers.table.labels import LABEL, label_facts, one_each
from labelqa.formats.readers.table.values import other_values
from labelqa.formats.unread import Unread
from labelqa.project import Builder, schema


class Table:
    """Takes the rows of one table, a run at a time, and adds what they say to a builder.

    Assets go to the builder at once. Labels are put together at the end, since their rows may stand anywhere.
    """

    def __init__(self, columns: Columns, builder: Builder) -> None:
        self._columns, self._builder = columns, builder
        self._labels: list[pl.DataFrame] = []
        self._boxes: list[pl.DataFrame] = []
        self._others: list[pl.DataFrame] = []
        self._questions: list[pl.DataFrame] = []
        self._marks: list[pl.Series] = []
        self._n_labels = 0
        self._unread = Unread("a kind of labelqa")

    def add(self, cells: Cells) -> None:
        """Add a run of rows."""
        cells = self._usable(cells)
        self._builder.assets_frame(_assets(cells, self._columns))
        if self._builder.wants_mentions:
            self._builder.mentions_frame(pl.DataFrame({**_names(cells, self._columns), "record": cells.records}))
        label = self._numbered(label_facts(cells, self._columns))
        rows = sorted_out(cells, self._columns, label, self._unread)
        self._boxes.append(boxes(cells, self._columns, rows))
        self._others.append(other_values(cells, self._columns, rows))
        self._questions.append(questions(cells, self._columns, rows))
        self._marks.append(rows.filter("is_mark")["label"])

    def finish(self) -> None:
        """Put the labels together, and add them and their annotations to the builder."""
        self._unread.note(self._builder)
        if not self._labels:
            return
        labels, number = one_each(pl.concat(self._labels), self._builder)
        number += self._builder.labels_frame(labels)
        self._mark_incomplete(number)
        for run in (*self._boxes, *self._others):
            self._builder.annotations_frame(_renumbered(run, number))
        answered = _renumbered(pl.concat(self._questions), number)
        self._builder.annotations_frame(questions_merged(answered, self._builder))

    def _mark_incomplete(self, number: pl.Series) -> None:
        """Tell the builder which labels have rows that became no annotation, so that nobody takes them for empty."""
        read = [run["label"] for runs in (self._boxes, self._others, self._questions) for run in runs]
        left_out = _counts(self._marks, self._n_labels) - _counts(read, self._n_labels)
        counts = pl.DataFrame({"label": number, "n": left_out}).filter(pl.col("n") > 0).drop_nulls()
        self._builder.unread(counts["label"].to_list(), counts["n"].to_list())

    def _usable(self, cells: Cells) -> Cells:
        """Leave out rows that name no asset or an unknown role."""
        asset_id, role = self._columns["asset_id"], self._columns["role"]
        no_asset = cells.texts(asset_id).is_null()
        no_role = ~cells.words(role).fill_null(schema.ROLES[0]).is_in(schema.ROLES)
        cells.note(no_asset, asset_id, "the id of an asset; the row is left out", "error")
        cells.note(no_role & ~no_asset, role, f"one of {', '.join(schema.ROLES)}; the row is left out", "error")
        self._builder.records(0, int((no_asset | no_role).sum()))
        return cells.only(~(no_asset | no_role))

    def _numbered(self, facts: pl.DataFrame) -> pl.Series:
        """Keep what the rows say about their labels, each saying once; give its number for each row."""
        sayings = facts.group_by(LABEL, maintain_order=True).agg(pl.col("record").min(), n_rows=pl.len())
        numbers = sayings.select(LABEL).with_row_index("number", offset=self._n_labels)
        self._labels.append(sayings)
        self._n_labels += sayings.height
        return facts.join(numbers, on=LABEL, how="left", nulls_equal=True, maintain_order="left")["number"]


def _assets(cells: Cells, columns: Columns) -> pl.DataFrame:
    """What the rows say about their assets, each saying once."""
    values = {
        **_names(cells, columns),
        **{name: cells.texts(columns[name]) for name in ("name", "batch", "dataset")},
        **{name: _pixels(cells, columns[name]) for name in ("width", "height", "labels_asked")},
    }
    pairs = {f"metadata.{key}": cells.texts(column) for key, column in columns.metadata.items()}
    lists = [
        pl.when(pl.col(f"metadata.{key}").is_not_null()).then(
            pl.struct(key=pl.lit(key), value=pl.col(f"metadata.{key}"))
        )
        for key in columns.metadata
    ]
    metadata = pl.concat_list(lists).list.drop_nulls() if lists else pl.lit([], schema.METADATA)
    rows = pl.DataFrame({**values, **pairs, "record": cells.records})
    once = rows.unique([*values, *pairs], keep="first", maintain_order=True)
    return once.select(*values, "record", metadata=metadata)


def _names(cells: Cells, columns: Columns) -> dict[str, pl.Series]:
    """Name the asset of each row."""
    return {
        "project_id": cells.texts(columns["project_id"]).fill_null("default"),
        "asset_id": cells.texts(columns["asset_id"]),
    }


def _pixels(cells: Cells, column: str | None) -> pl.Series:
    """Give the numbers of a column as whole pixels; whether the size makes sense is checked for all formats alike."""
    values = cells.checked_numbers(column)
    whole = values.round().clip(-(2**53), 2**53)
    cells.note((values != whole).fill_null(False), column, "a whole number of pixels; rounded", "warning")
    return whole.cast(pl.Int64)


def _counts(labels: list[pl.Series], n_labels: int) -> NDArray[np.int64]:
    """Count how often each label occurs."""
    return np.bincount(pl.concat(labels).to_numpy(), minlength=n_labels)


def _renumbered(annotations: pl.DataFrame, number: pl.Series) -> pl.DataFrame:
    """Let annotations refer to the labels that were kept; the others go."""
    label = number.gather(annotations["label"])
    return annotations.with_columns(label).filter(pl.col("label").is_not_null())
