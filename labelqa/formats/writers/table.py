"""The plain table, CSV or Parquet: one row for each annotation, one for each label without any.

Carried: assets that have labels, labels with labeler, role, status, times and seconds, annotations of every kind.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from labelqa.formats.losses import Losses
from labelqa.formats.readers.table.values import BAR, LEVEL, joined_answers, torn_answers
from labelqa.formats.writer import NO_PLACE, Writer
from labelqa.project import Project

_FORMULA = r"^[=+\-@\t\r\n]"
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection)."""

_NUMBERS = ("geometry", "parts")
"""Columns whose texts are numbers, which may begin with a minus."""

_MOST_KEYS = 200

_CORNERS = ("x1", "y1", "x2", "y2")


def _write(project: Project, target: Path, losses: Losses) -> None:
    rows = _rows(project, losses)
    _count_losses(project, losses)
    if target.suffix.lower() == ".parquet":
        rows.write_parquet(target, compression="zstd")
        return
    rows = rows.with_columns(pl.selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
    for name, dtype in rows.schema.items():
        if dtype != pl.String() or name in _NUMBERS:
            continue
        formula = rows[name].str.contains(_FORMULA).fill_null(False)
        losses.add(
            "cell that looks like a formula",
            int(formula.sum()),
            "it has a leading ' lest a spreadsheet runs it; a .parquet file keeps it as it is",
        )
        rows = rows.with_columns(pl.when(formula).then("'" + pl.col(name)).otherwise(name).alias(name))
    rows.write_csv(target)


def _rows(project: Project, losses: Losses) -> pl.DataFrame:
    """Make the rows: each annotation with its label and asset, and the labels without any."""
    stored = project.tables["annotations"]
    marks = stored.drop("label", "concept", "is_crowd").with_columns(
        stored["is_crowd"], *project.ontology.select("kind", "class")[stored["concept"]], label=stored["label"]
    )
    kind, answer = pl.col("kind"), pl.col("answer")
    torn = marks.select(torn_answers(kind, answer)).to_series()
    losses.add(
        "annotation with an answer that no cell can hold",
        int(torn.sum()),
        f"{BAR!r} and {LEVEL!r} separate answers, and blanks at the ends of a cell are cut; it reads back otherwise",
    )
    is_box = kind == "bbox"
    numbers, parts = pl.col("geometry"), pl.col("parts")
    marks = marks.with_columns(
        *(pl.when(is_box).then(numbers.list.get(k, null_on_oob=True)).alias(name) for k, name in enumerate(_CORNERS)),
        answer=joined_answers(kind, answer),
        geometry=pl.when(~is_box).then(numbers.cast(pl.List(pl.String)).list.join(" ")),
        parts=parts.cast(pl.List(pl.String)).list.join(" "),
    )
    labels = project.labels.with_row_index("label").drop("source", "record", "n_unread")
    assets = _with_metadata(project.assets.drop("created_at"), losses)
    rows = labels.join(marks, on="label", how="left", maintain_order="left").join(
        assets, on=["project_id", "asset_id"], how="left", maintain_order="left"
    )
    return rows.select(
        "project_id",
        "asset_id",
        "name",
        "width",
        "height",
        "batch",
        "dataset",
        "labels_asked",
        "label_id",
        "labeler",
        pl.col("role").cast(pl.String),
        pl.col("status").cast(pl.String),
        "created_at",
        "updated_at",
        "seconds",
        "review_seconds",
        "class",
        "kind",
        *_CORNERS,
        "answer",
        "geometry",
        "parts",
        "place",
        "parent_id",
        "annotation_id",
        "score",
        pl.col("is_crowd").fill_null(False),
        pl.selectors.starts_with("metadata."),
    )


def _with_metadata(assets: pl.DataFrame, losses: Losses) -> pl.DataFrame:
    """Give each metadata key a column; of several values of one key the first."""
    pairs = pl.col("metadata").list
    keys = assets.select(pairs.eval(pl.element().struct["key"]).explode().unique().drop_nulls().sort()).to_series()
    losses.add("metadata key", max(len(keys) - _MOST_KEYS, 0), f"a table has columns for {_MOST_KEYS} of them")
    of_key = [
        pairs.eval(pl.element().struct["value"].filter(pl.element().struct["key"] == key)).list.first()
        for key in keys[:_MOST_KEYS]
    ]
    return assets.with_columns(
        value.alias(f"metadata.{key}") for key, value in zip(keys[:_MOST_KEYS], of_key, strict=True)
    ).drop("metadata")


def _count_losses(project: Project, losses: Losses) -> None:
    """Count what no row holds."""
    stored = project.tables
    bare = project.assets.height - stored["labels"]["asset"].n_unique()
    losses.add("asset without labels", bare, NO_PLACE)
    losses.add("time an asset was added", project.assets["created_at"].count(), NO_PLACE)
    losses.add("review", stored["reviews"].height, NO_PLACE)
    losses.add("issue", int(stored["issues"]["n"].sum()), NO_PLACE)
    losses.add("name of a labeler", project.labelers["name"].count(), NO_PLACE)
    losses.add("labeler that is a model", int(project.labelers["is_model"].sum()), NO_PLACE)
    losses.add("ontology entry", int(project.ontology["declared"].sum()), "it is declared; the table has what is used")
    losses.add("annotation with numbers stated beside its value", stored["annotations"]["stated"].count(), NO_PLACE)
    losses.add("label with marks that were not read", int((stored["labels"]["n_unread"] > 0).sum()), NO_PLACE)


WRITER = Writer(name="table", title="Plain table (CSV or Parquet)", suffixes=(".csv", ".parquet"), write=_write)
