"""What the benchmark itself may have wrong: where most labelers say the same thing, and the benchmark another.

Labelers can share a mistake, so this is where to look, not what to change.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from dashboard import objects

ABSENT, OTHER, BESIDE, ALONE = (
    "not in the benchmark",
    "named otherwise",
    "drawn elsewhere",
    "only in the benchmark",
)
KINDS = {
    ABSENT: "Labelers agree on something that the benchmark does not have.",
    OTHER: "Labelers agree on another class or answer than the benchmark's.",
    BESIDE: "Labelers agree with each other where it is, and not with the benchmark.",
    ALONE: "The benchmark has something that most labelers do not have.",
}

_DOUBTS: dict[str, pl.DataType] = {
    "project_id": pl.String(),
    "asset_id": pl.String(),
    "doubt": pl.String(),
    "class": pl.String(),
    "benchmark_class": pl.String(),
    "n_against": pl.Int64(),
    "n_labels": pl.Int64(),
    "share": pl.Float64(),
    "similarity": pl.Float64(),
    "labelers": pl.String(),
}


def doubts(scores, classes: tuple[str, ...] = ()) -> pl.DataFrame:
    """List what most labelers hold against the benchmark, what all of them do first.

    Labels count as holding one thing where their annotations match each other and do not match the benchmark's; it is
    listed if these are two or more, and more than half of the labels compared with that benchmark label. `scores` are of all
    classes; of some, what has one of them on either side is kept.

    Columns: project_id, asset_id, doubt (one of `KINDS`), class (the labelers', or their answer), benchmark_class (or answer),
    n_against (labels that hold it), n_labels (compared), share of these, similarity (mean, of what they hold with each
    other), labelers.
    """
    rows = objects.met(scores, "benchmark")
    label = pl.Series(scores.comparison.pair_rows.label_a).gather(rows["pair"])
    rows = rows.with_columns(label=label)
    found = pl.concat([_held(scores, rows), _alone(rows)]).join(_compared(scores), on="partner")
    found = found.filter((pl.col("n_against") >= 2) & (2 * pl.col("n_against") > pl.col("n_labels")))
    return _told(scores, found.filter(_about(scores, found, classes)) if classes else found)


def _about(scores, found: pl.DataFrame, classes: tuple[str, ...]) -> pl.Series:
    """Tell what has one of these classes on either side."""
    project = scores.comparison.project
    is_one = project.ontology["class"].is_in(classes)
    mine, other = (
        is_one.gather(project.tables["annotations"]["concept"].gather(found[side])).fill_null(False)
        for side in ("mine", "other")
    )
    return mine | other


def _compared(scores) -> pl.DataFrame:
    """Count the labels that were compared with each benchmark label (`partner`)."""
    pairs = scores.comparison.pair_rows
    is_one = (scores.pairs["relation"] == "benchmark").to_numpy()
    frame = pl.DataFrame({"partner": pairs.label_b[is_one], "label": pairs.label_a[is_one]})
    return frame.group_by("partner").agg(n_labels=pl.col("label").n_unique().cast(pl.Int64))


def _held(scores, rows: pl.DataFrame) -> pl.DataFrame:
    """Group annotations that match each other and not the benchmark's: connected by matches between labelers."""
    against = rows.filter(pl.col("mine").is_not_null() & pl.col("outcome").is_in(["wrong_class", "near_miss", "extra"]))
    against = against.with_row_index("node")
    ends = against.select("node", "mine", "partner")
    edges = (
        objects.met(scores, "consensus").filter(pl.col("outcome") == "matched").select("mine", "other", "similarity")
    )
    edges = edges.join(ends, on="mine").join(ends, left_on=["other", "partner"], right_on=["mine", "partner"])
    n = against.height
    one, two = edges["node"].to_numpy(), edges["node_right"].to_numpy()
    group = connected_components(coo_matrix((np.ones(len(one)), (one, two)), shape=(n, n)), directed=False)[1]
    against = against.with_columns(group=pl.Series(group, dtype=pl.Int64))
    alike = edges.with_columns(group=pl.Series(group, dtype=pl.Int64).gather(edges["node"])).group_by("group")
    what = (pl.col("outcome") == "extra", pl.col("outcome") == "wrong_class")
    return (
        against.group_by("group")
        .agg(
            pl.col("partner", "asset").first(),
            mine=pl.col("mine").min(),
            other=pl.col("other").drop_nulls().mode().min(),
            n_extra=what[0].sum(),
            n_wrong=what[1].sum(),
            n_against=pl.col("label").n_unique().cast(pl.Int64),
            size=pl.len(),
            label=pl.col("label").unique().sort(),
        )
        .join(alike.agg(pl.col("similarity").mean()), on="group")
        .with_columns(
            doubt=pl.when(2 * pl.col("n_extra") > pl.col("size"))
            .then(pl.lit(ABSENT))
            .when(pl.col("n_wrong") >= pl.col("size") - pl.col("n_extra") - pl.col("n_wrong"))
            .then(pl.lit(OTHER))
            .otherwise(pl.lit(BESIDE))
        )
        .with_columns(other=pl.when(pl.col("doubt") != ABSENT).then("other"))
        .select(*_PARTS)
    )


def _alone(rows: pl.DataFrame) -> pl.DataFrame:
    """Count the labels that do not have what the benchmark has."""
    return (
        rows.filter(pl.col("outcome") == "missed")
        .group_by("other")
        .agg(
            pl.col("partner", "asset").first(),
            n_against=pl.col("label").n_unique().cast(pl.Int64),
            label=pl.col("label").unique().sort(),
        )
        .with_columns(mine=pl.lit(None, pl.Int64), similarity=pl.lit(None, pl.Float64), doubt=pl.lit(ALONE))
        .select(*_PARTS)
    )


_PARTS = ("partner", "asset", "mine", "other", "n_against", "label", "similarity", "doubt")


def _told(scores, found: pl.DataFrame) -> pl.DataFrame:
    """Put names in the place of rows."""
    project = scores.comparison.project
    labeler = project.labels["labeler"]
    names = (
        found.with_row_index("row")
        .select("row", "label")
        .explode("label")
        .with_columns(labeler=pl.lit(labeler).gather("label").fill_null("(nobody named)"))
        .group_by("row", maintain_order=True)
        .agg(pl.col("labeler").str.join(", "))
    )
    told = found.with_columns(
        project_id=pl.lit(project.assets["project_id"]).gather("asset"),
        asset_id=pl.lit(project.assets["asset_id"]).gather("asset"),
        labelers=names["labeler"],
        share=pl.col("n_against") / pl.col("n_labels"),
        **{"class": _said(project, found["mine"]), "benchmark_class": _said(project, found["other"])},
    )
    order = ["share", "n_against", "project_id", "asset_id", "doubt", "class", "benchmark_class"]
    return told.select(*_DOUBTS).sort(order, descending=[True, True, *[False] * 5], nulls_last=True)


def _said(project, annotation: pl.Series) -> pl.Series:
    """Give the class of annotations, and what they answer."""
    stored = project.tables["annotations"]
    name = project.ontology["class"].gather(stored["concept"].gather(annotation))
    answer = stored["answer"].gather(annotation).list.join(", ")
    said = pl.DataFrame({"name": name, "answer": answer})
    return said.select(
        pl.when(pl.col("answer").is_null()).then("name").otherwise(pl.format("{}: {}", "name", "answer"))
    )["name"]
