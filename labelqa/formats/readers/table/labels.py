"""Labels out of the rows of a plain table: every row tells of its label, and the rows of one label may disagree."""

from __future__ import annotations

import polars as pl

from labelqa.formats.cells import Cells
from labelqa.formats.readers.table.columns import Columns
from labelqa.project import Builder, schema

_KEY = ["project_id", "label_id"]
_WHOSE = ["asset_id", "role", "labeler"]
_VALUES = ["status", "created_at", "updated_at", "seconds", "review_seconds"]

LABEL = [*_KEY, *_WHOSE, *_VALUES]
"""What a row says about its label."""


def label_facts(cells: Cells, columns: Columns) -> pl.DataFrame:
    """Give what each row says about its label: the columns `LABEL`, and the row's record."""
    return pl.DataFrame(
        {
            "project_id": cells.texts(columns["project_id"]).fill_null("default"),
            "label_id": cells.texts(columns["label_id"]),
            "asset_id": cells.texts(columns["asset_id"]),
            "role": cells.words(columns["role"]).fill_null(schema.ROLES[0]).cast(schema.ROLE),
            "labeler": cells.texts(columns["labeler"]),
            "status": _status(cells, columns),
            "created_at": cells.texts(columns["created_at"]),
            "updated_at": cells.texts(columns["updated_at"]),
            "seconds": cells.checked_numbers(columns["seconds"]),
            "review_seconds": cells.checked_numbers(columns["review_seconds"]),
            "record": cells.records,
        }
    ).with_columns(label_id=pl.coalesce("label_id", _derived_id()))


def one_each(sayings: pl.DataFrame, builder: Builder) -> tuple[pl.DataFrame, pl.Series]:
    """Make one row of each label.

    Rows that give one label to several assets, roles or labelers cannot all be right: the first in the order asset,
    role, labeler is believed, rows that agree with it stay, the others are left out. Of differing values the smallest
    is taken. So the outcome does not depend on the order of the rows.

    Parameters
    ----------
    sayings : polars.DataFrame
        The columns `LABEL`, `record`, and `n_rows`, how many rows say so.
    builder : Builder
        Takes the problems.

    Returns
    -------
    labels : polars.DataFrame
        As `Builder.labels_frame` takes them.
    number : polars.Series
        For each saying the row of its label; null if it was left out.
    """
    sayings = sayings.with_columns(agrees=pl.lit(True))
    for name in _WHOSE:
        believed = pl.col(name).filter("agrees").min().over(_KEY)
        agrees = pl.col(name).is_null() | (pl.col(name) == believed)
        sayings = sayings.with_columns(agrees=pl.col("agrees") & agrees.fill_null(False))
    odd = sayings.filter(~pl.col("agrees"))
    builder.records(0, int(odd["n_rows"].sum()))
    expected = "one asset, role and labeler for each label; rows that differ from the first in order are left out"
    _note(odd, "asset_id, role, labeler", expected, "error", builder)
    labels = (
        sayings.filter("agrees")
        .group_by(_KEY, maintain_order=True)
        .agg(
            *(pl.col(name).min() for name in (*_WHOSE, *_VALUES, "record")),
            *(pl.col(name).drop_nulls().n_unique().alias(f"n_{name}") for name in _VALUES),
        )
    )
    for name in _VALUES:
        torn = labels.filter(pl.col(f"n_{name}") > 1)
        _note(torn, name, "one value for each label; the smallest is taken", "warning", builder)
    rows = labels.select(_KEY).with_row_index("label")
    joined = sayings.join(rows, on=_KEY, how="left", maintain_order="left")
    number = joined.select(pl.when("agrees").then("label")).to_series()
    return labels.select(*LABEL, "record"), number


def _derived_id() -> pl.Expr:
    """Make an id where there is none: a labeler has one label of each role on an asset."""
    who = pl.format("{}/{}", "asset_id", pl.col("labeler").fill_null(""))
    role = pl.col("role").cast(pl.String)
    return pl.when(role == schema.ROLES[0]).then(who).otherwise(pl.format("{}/{}", who, role))


def _status(cells: Cells, columns: Columns) -> pl.Series:
    column = columns["status"]
    words = cells.words(column)
    unknown = (words.is_not_null() & ~words.is_in(schema.STATUSES)).fill_null(False)
    cells.note(unknown, column, f"one of {', '.join(schema.STATUSES)}; read as submitted", "warning")
    is_skipped = (words == "skipped").fill_null(False) | cells.checked_flags(columns["skipped"])
    return is_skipped.replace_strict({True: "skipped", False: "submitted"}, return_dtype=schema.STATUS)


def _note(labels: pl.DataFrame, field: str, expected: str, severity: str, builder: Builder) -> None:
    """Note a problem with labels."""
    rows = labels.select("record", found="label_id", source=pl.lit(builder.file))
    builder.problems.add_rows(severity, rows, expected, field=field)
