"""What is taken for what: the matches behind a cell of the confusion matrix, and pairs of classes by how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from dashboard import objects
from dashboard.data import intervals

TOGETHER = ("matched", "wrong_class", "best_of_a")
"""Outcomes in which an object has a partner; with others it counts as unmatched."""

MOST = 200
"""Most pairs of classes that are looked into, those confused most often."""

_PAIRS: dict[str, pl.DataType] = {
    "class": pl.String(),
    "other_class": pl.String(),
    "n": pl.Int64(),
    "confused": pl.Float64(),
    "confused_low": pl.Float64(),
    "confused_high": pl.Float64(),
    "n_met": pl.Int64(),
    "n_assets": pl.Int64(),
}


def behind(scores, relation: str, question: str | None, one: str | None, other: str | None) -> pl.DataFrame:
    """List the matches that a cell of `scores.confusion` counts, those of the labels that agree least first.

    `one` and `other` are what the two sides say: classes or, with a question, answers to it; null is unmatched. Between
    labelers either may have said either. Columns: project_id, asset_id, labeler, partner, outcome, similarity,
    agreement (of the two labels), mine, theirs (class or answers).
    """
    cells = scores.confusion.filter((pl.col("relation") == relation) & pl.col("question").eq_missing(question))
    rows = objects.met(scores, relation).filter(pl.col("outcome") != "best_of_b")
    found = _objects(scores, rows, cells) if question is None else _answers(scores, rows, question, cells)
    is_cell = _says(one, other) if relation == "benchmark" else _says(one, other) | _says(other, one)
    found = found.filter(is_cell)
    pairs = scores.pairs.select("project_id", "asset_id", "labeler_a", "labeler_b", "agreement")[found["pair"]]
    told = pl.DataFrame(
        [
            pairs["project_id"],
            pairs["asset_id"],
            pairs["labeler_a"].alias("labeler"),
            pairs["labeler_b"].alias("partner"),
            found["outcome"],
            found["similarity"].set(found["outcome"].is_in(["missed", "extra"]), None),
            pairs["agreement"],
            found["mine"].list.join(", "),
            found["theirs"].list.join(", "),
        ]
    )
    return told.sort("agreement", "similarity", "project_id", "asset_id", "labeler", "partner", nulls_last=True)


def _says(one: str | None, other: str | None) -> pl.Expr:
    """Tell which rows count in the cell where side a says one and side b other.

    What is compared as a whole (objects, single answers) is in one cell; of several answers, each is in its own.
    """
    first = [pl.col(side).list.first() for side in ("mine", "theirs")]
    as_whole = first[0].eq_missing(pl.lit(one, pl.String)) & first[1].eq_missing(pl.lit(other, pl.String))
    left, right = (
        pl.col(side).list.contains(pl.lit(one if one is not None else other, pl.String)).fill_null(False)
        for side in ("mine", "theirs")
    )
    each = left & right if one == other else left & ~right if other is None else right & ~left
    if None not in (one, other) and one != other:
        each = pl.lit(False)
    return pl.when("is_whole").then(as_whole).otherwise(each)


def _objects(scores, rows: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Name the classes on either side. A near miss stands in two cells: the object of either label has no partner."""
    project = scores.comparison.project
    is_object = project.ontology["kind"].is_in(cells["kind"].unique().implode())
    name = pl.lit(project.ontology["class"].set(~is_object, None))
    concept = pl.lit(project.tables["annotations"]["concept"])
    mine, theirs = (name.gather(concept.gather(pl.col(side))) for side in ("mine", "other"))
    rows = rows.with_columns(mine=mine, theirs=theirs, is_whole=True).drop("other")
    apart = rows.filter(~pl.col("outcome").is_in(TOGETHER))
    nothing = pl.lit(None, pl.String)
    all_rows = pl.concat(
        [
            rows.filter(pl.col("outcome").is_in(TOGETHER)),
            apart.with_columns(theirs=nothing),
            apart.with_columns(mine=nothing),
        ]
    )
    named = all_rows.filter(pl.col("mine").is_not_null() | pl.col("theirs").is_not_null())
    return named.with_columns(
        pl.when(pl.col(side).is_not_null()).then(pl.concat_list(side)) for side in ("mine", "theirs")
    )


def _answers(scores, rows: pl.DataFrame, question: str, cells: pl.DataFrame) -> pl.DataFrame:
    """Give the answers to one question on either side."""
    project = scores.comparison.project
    is_asked = (project.ontology["class"] == question) & project.ontology["kind"].is_in(
        cells["kind"].unique().implode()
    )
    stored = project.tables["annotations"]
    concept = pl.lit(stored["concept"]).gather(pl.coalesce("mine", "other"))
    rows = rows.with_columns(concept=concept).filter(pl.lit(is_asked).gather("concept"))
    answer = pl.lit(stored["answer"])
    rows = rows.with_columns(mine=answer.gather("mine"), theirs=answer.gather("other")).drop("other")
    single = [pl.col(side).list.len().fill_null(1) == 1 for side in ("mine", "theirs")]
    is_choice = pl.lit(project.ontology["kind"] == "choice").gather("concept")
    return rows.with_columns(is_whole=is_choice & single[0] & single[1])


def pairs(scores, question: str | None = None) -> pl.DataFrame:
    """List the pairs of classes, or of answers to a question, that labelers take for each other, most often first.

    Columns: class, other_class (or answers), n (objects or questions to which the two labels give one each), n_met (those
    to which both labels give one of the two), n_assets, confused: n of n_met, with its 95 % interval (assets as clusters).
    """
    cells = scores.confusion.filter((pl.col("relation") == "consensus") & pl.col("question").eq_missing(question))
    mixed = cells.filter(pl.col("class_a") < pl.col("class_b")).group_by("class_a", "class_b").agg(pl.col("n").sum())
    mixed = mixed.sort("n", "class_a", "class_b", descending=[True, False, False]).head(MOST)
    if mixed.is_empty():
        return pl.DataFrame(schema=_PAIRS)
    counts = _counted_classes(scores, cells) if question is None else _counted_answers(scores, cells, question)
    n_assets = scores.comparison.project.assets.height
    shares = [_share(counts, n_assets, *ends) for ends in mixed.select("class_a", "class_b").iter_rows()]
    found = mixed.rename({"class_a": "class", "class_b": "other_class"}).hstack(pl.DataFrame(shares, schema=_SHARE))
    order = ["confused", "n", "class", "other_class"]
    return found.select(*_PAIRS).sort(order, descending=[True, True, False, False])


_SHARE = {name: _PAIRS[name] for name in ("confused", "confused_low", "confused_high", "n_met", "n_assets")}


@dataclass(frozen=True)
class _Counts:
    """How often two labels met in an asset: `asset` and `n` of each cell, sorted by `key`, the two names as one number."""

    names: dict[str, int]
    key: np.ndarray
    asset: np.ndarray
    n: np.ndarray

    @classmethod
    def of(cls, rows: pl.DataFrame, names: pl.Series) -> _Counts:
        """Count rows with `asset`, `one` and `other`, numbers of names in alphabetical order; others are left out."""
        both = rows.drop_nulls()
        low, high = pl.min_horizontal("one", "other"), pl.max_horizontal("one", "other")
        key = (low.cast(pl.Int64) * len(names) + high).alias("key")
        cells = both.select("asset", key).group_by("key", "asset").agg(n=pl.len()).sort("key", "asset")
        number = {name: k for k, name in enumerate(names)}
        return cls(number, *(cells[column].to_numpy() for column in ("key", "asset", "n")))

    def between(self, one: str, other: str) -> tuple[np.ndarray, np.ndarray]:
        """Give assets and counts where one label has one and the other the other."""
        low, high = sorted((self.names[one], self.names[other]))
        key = low * len(self.names) + high
        here = slice(*np.searchsorted(self.key, (key, key + 1)))
        return self.asset[here], self.n[here]


def _share(counts: _Counts, n_assets: int, one: str, other: str) -> dict[str, float | None]:
    """Estimate which share of what both call by one of two names they call differently."""
    crossed = counts.between(one, other)
    assets, n = zip(crossed, counts.between(one, one), counts.between(other, other), strict=True)
    below = np.bincount(np.concatenate(assets), np.concatenate(n), n_assets)
    above = np.bincount(*crossed, n_assets)
    met = np.flatnonzero(below)
    group = pl.zeros(len(met), dtype=pl.Int64, eager=True)
    interval = intervals(group, 1, pl.Series(above[met]), pl.Series(below[met]), (0.0, 1.0))
    ends = (interval.value[0], interval.low[0], interval.high[0])
    values = (*(None if np.isnan(end) else float(end) for end in ends), int(below.sum()), len(met))
    return dict(zip(_SHARE, values, strict=True))


def _counted_classes(scores, cells: pl.DataFrame) -> _Counts:
    """Count the objects that met."""
    project = scores.comparison.project
    classes = project.ontology["class"].set(~project.ontology["kind"].is_in(cells["kind"].unique().implode()), None)
    names = classes.drop_nulls().unique().sort()
    code = pl.lit(classes.rank("dense").cast(pl.Int64) - 1)  # there may be millions: numbers are counted, not names
    concept = pl.lit(project.tables["annotations"]["concept"])
    rows = objects.met(scores, "consensus").filter(pl.col("outcome").is_in(TOGETHER))
    one, other = (code.gather(concept.gather(pl.col(side))) for side in ("mine", "other"))
    return _Counts.of(rows.select("asset", one=one, other=other), names)


def _counted_answers(scores, cells: pl.DataFrame, question: str) -> _Counts:
    """Count the single answers to a question that met."""
    rows = _answers(scores, objects.met(scores, "consensus"), question, cells).filter("is_whole")
    said = rows.select("asset", one=pl.col("mine").list.first(), other=pl.col("theirs").list.first()).drop_nulls()
    names = pl.concat([said["one"], said["other"]]).unique().sort()
    numbered = (pl.lit(names).search_sorted(pl.col(side)).cast(pl.Int64).alias(side) for side in ("one", "other"))
    return _Counts.of(said.with_columns(numbered), names)
