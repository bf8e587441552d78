"""How the ontology is used: classes, questions and answers that are rare, never used, or never asked."""

from __future__ import annotations

import polars as pl

from dashboard import objects

RARE_SHARE, RARE = 0.1, 10
"""A class is rare below this part of what it had if all were used alike, or with fewer annotations than this."""

HARDLY = 0.1
"""A question is hardly answered where fewer than this share of those asked answer it."""

_CLASSES = ("class", "kind", "n_annotations", "share", "n_labels", "n_assets", "consensus", "consensus_low",
            "consensus_high", "n_assets_consensus", "use")  # fmt: skip
_QUESTIONS: dict[str, pl.DataType] = {
    "question": pl.String(),
    "kind": pl.String(),
    "asked_of": pl.String(),
    "answered": pl.Float64(),
    "answered_low": pl.Float64(),
    "answered_high": pl.Float64(),
    "n_answered": pl.Int64(),
    "n_asked": pl.Int64(),
    "never": pl.List(pl.String()),
}


def _ontology(scores) -> pl.DataFrame:
    """Give the rows of the ontology, and which of them they are (`concept`), of the classes that are looked at."""
    comparison = scores.comparison
    stored = comparison.project.tables["annotations"]["concept"]
    numbered = comparison.project.ontology.with_columns(concept=pl.int_range(pl.len(), dtype=stored.dtype))
    return numbered.filter(pl.Series(comparison.ontology.same >= 0))


def _is_question(scores) -> pl.Expr:
    """Tell questions from classes of objects, in a table with `kind`."""
    ontology = scores.comparison.project.ontology
    answered = ontology.filter(pl.col("answers").list.len() > 0)["kind"].unique().to_list()
    return pl.col("kind").is_in(sorted({*answered, *_FREE}))


_FREE = ("number", "ranking", "rating", "text")
"""Kinds of questions that take any answer."""


def classes(scores, work) -> pl.DataFrame:
    """List the classes of objects, the least used first.

    Columns: class, kind, n_annotations, share (of all objects), n_labels, n_assets, consensus with its interval,
    n_assets_consensus, use ("never", "rare" or "usual").
    """
    names = _ontology(scores).filter(~_is_question(scores)).select("class", "kind").unique()
    used = work.classes.filter(pl.col("class").is_not_null()).group_by("class", "kind")
    used = used.agg(pl.col("n_labels", "n_assets").sum())
    agreed = scores.classes.select(
        "class", "kind", "n_annotations", "consensus", "consensus_low", "consensus_high", "n_assets_consensus"
    )
    found = names.join(agreed, on=["class", "kind"], how="left").join(used, on=["class", "kind"], how="left")
    found = found.with_columns(pl.col("n_annotations", "n_labels", "n_assets").fill_null(0)).with_columns(
        share=(pl.col("n_annotations") / pl.col("n_annotations").sum()).fill_nan(None)
    )
    is_rare = (pl.col("n_annotations") < RARE) | (pl.col("share") * pl.len() < RARE_SHARE)
    use = pl.when(pl.col("n_annotations") == 0).then(pl.lit("never")).when(is_rare).then(pl.lit("rare"))
    found = found.with_columns(use=use.otherwise(pl.lit("usual")))
    return found.select(_CLASSES).sort("n_annotations", "class", "kind")


def questions(scores) -> pl.DataFrame:
    """List the questions, those answered least first.

    A question about the whole asset is asked of every label that was not skipped; one about objects, of every object of
    the classes under which somebody answered it.

    Columns: question, kind, asked_of (a class, or null for the whole asset), answered (share of those asked, with its 95 %
    interval, assets as clusters), n_answered, n_asked, never (answers that nobody gives).
    """
    project = scores.comparison.project
    labels = _labels(scores)
    stored = project.tables["annotations"].select("label", "annotation_id", "concept", "answer", "parent_id")
    stored = stored.join(labels, on="label")
    ontology = _ontology(scores)
    asked = ontology.filter(_is_question(scores))
    given = stored.filter(pl.col("concept").is_in(asked["concept"].implode()))
    top = _of_assets(given, asked, labels)
    cells = pl.concat([top, _of_objects(given, stored)]) if given["parent_id"].count() else top
    if cells.is_empty():
        return pl.DataFrame(schema=_QUESTIONS)
    shares = objects.ratios(cells, "cell", "answered")
    totals = cells.group_by("cell", maintain_order=True).agg(
        pl.col("concept", "parent").first(),
        n_answered=pl.col("above").sum().cast(pl.Int64),
        n_asked=pl.col("below").sum().cast(pl.Int64),
    )
    said = given.explode("answer").group_by("concept").agg(said=pl.col("answer").drop_nulls().unique())
    never = pl.col("answers").list.set_difference(pl.col("said").fill_null([])).list.sort()
    found = totals.join(shares, on="cell").join(ontology, on="concept").join(said, on="concept", how="left")
    found = found.with_columns(
        question=pl.col("class"), asked_of=pl.lit(project.ontology["class"]).gather("parent"), never=never
    )
    return found.select(*_QUESTIONS).sort("answered", "question", "asked_of", nulls_last=True)


def _labels(scores) -> pl.DataFrame:
    """Give the labels submitted, of those looked at: row (`label`), asset, project_id."""
    project = scores.comparison.project
    stored = project.tables["labels"]
    every = project.labels.select("project_id", "label_id", "role", "status").with_columns(
        label=pl.int_range(pl.len(), dtype=project.tables["annotations"]["label"].dtype), asset=stored["asset"]
    )
    every = every.filter((pl.col("role") == "submitted") & (pl.col("status") == "submitted"))
    looked_at = scores.labels.select("project_id", "label_id")
    return every.join(looked_at, on=["project_id", "label_id"], how="semi").select("label", "asset", "project_id")


def _of_assets(given: pl.DataFrame, asked: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Count who answered the questions about whole assets: a cell for each question and asset."""
    nested = given.filter(pl.col("parent_id").is_not_null())["concept"].unique()
    alone = given.filter(pl.col("parent_id").is_null())
    about = asked.filter(
        ~pl.col("concept").is_in(nested.implode()) | pl.col("concept").is_in(alone["concept"].unique().implode())
    )
    asked_of = labels.group_by("project_id", "asset").agg(below=pl.len().cast(pl.Float64))
    answered = alone.group_by("concept", "asset").agg(above=pl.col("label").n_unique().cast(pl.Float64))
    cells = about.select("project_id", "concept").join(asked_of, on="project_id")
    cells = cells.join(answered, on=["concept", "asset"], how="left").with_columns(pl.col("above").fill_null(0.0))
    return _cells(cells.with_columns(parent=pl.lit(None, pl.UInt32)))


def _of_objects(given: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Count the objects of which the questions under them are answered."""
    nested = given.filter(pl.col("parent_id").is_not_null()).select("label", "parent_id", "concept", "asset")
    parents = stored.select("label", "annotation_id", parent="concept")
    met = nested.join(parents, left_on=["label", "parent_id"], right_on=["label", "annotation_id"])
    answered = (
        met.unique(["label", "parent_id", "concept"])
        .group_by("concept", "parent", "asset")
        .agg(above=pl.len().cast(pl.Float64))
    )
    under = answered.select("concept", "parent").unique()
    offered = stored.group_by("concept", "asset").agg(below=pl.len().cast(pl.Float64))
    cells = under.join(offered, left_on="parent", right_on="concept")
    cells = cells.join(answered, on=["concept", "parent", "asset"], how="left")
    return _cells(cells.with_columns(pl.col("above").fill_null(0.0), pl.col("parent").cast(pl.UInt32)))


def _cells(cells: pl.DataFrame) -> pl.DataFrame:
    """Lay out cells of one question under one class (or none) and one asset."""
    number = pl.col("concept").cast(pl.Int64) * (1 << 32) + pl.col("parent").cast(pl.Int64).fill_null(-1)
    laid_out = cells.with_columns(cell=number, n=pl.lit(1, pl.Int64))
    return laid_out.select("cell", "concept", "parent", "asset", "above", "below", "n").sort("cell", "asset")
