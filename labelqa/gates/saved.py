"""Scores that were saved, as a baseline: what their measures are made of, asset by asset, from the tables alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelqa.comparison import Scheme
from labelqa.comparison.agreement import Ends, class_sums
from labelqa.comparison.rows import OUTCOMES, Rows
from labelqa.errors import LabelqaError, UsageError
from labelqa.gates.cells import IN_ROW
from labelqa.kinds.kind import Ints
from labelqa.measures.quality.evidence import Counts
from labelqa.measures.score import DEFINITIONS, MANIFEST
from labelqa.project.schema import QUESTIONS

LEVELS = ("project", "labeler", "class", "pair", "batch", "dataset")
"""Levels of which the saved tables tell every asset's part; metadata.KEY comes in addition."""

_EXACT = ("precision", "recall", "f1", "mean_iou", "accuracy")
_PAIR = ["relation", "project_id", "asset_id", "label_a", "label_b"]
_REMEDY = "write one with: labelqa score EXPORT -o DIR"


class SavedScores:
    """A folder that `labelqa score -o DIR` has written.

    Parameters
    ----------
    folder : str or Path

    Raises
    ------
    UsageError
        If it is no such folder, or its measures were made by other definitions than those of this version.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self.how = self._manifest()
        try:
            self.scheme = Scheme.of(self.how["scheme"])
        except (LabelqaError, KeyError, TypeError) as error:
            raise UsageError(f"{folder}: its scheme cannot be read: {error}") from None

    def cells(self, level: str, measure: str, slices: pl.DataFrame) -> pl.DataFrame:
        """Give the cells of a measure, as `cells_of` does; in no order.

        Parameters
        ----------
        level : str
            One of `LEVELS`, or `metadata.KEY`.
        measure : str
            One that is sampled at this level.
        slices : polars.DataFrame
            asset_project, asset_id and the names of the slice each is in, for levels that group assets: where an asset
            belongs is looked up in the newer run.
        """
        if level == "pair":
            return self._means(self._pairs("consensus"), "agreement", ["labeler_a", "labeler_b"])
        if measure == "self_consistency":
            pairs = self._pairs("self").with_columns(labeler="labeler_a", **{IN_ROW: pl.col("project_id")})
            return self._means(pairs, "agreement", ["labeler"] if level == "labeler" else ["project_id"])
        if level == "class":
            return self._of_classes(measure)
        if measure in _EXACT:
            cells = self._counted(level, measure)
        elif level == "labeler":
            work = self._table("labels").filter(pl.col("role") == "submitted")
            return self._means(work, measure, ["labeler"])
        else:
            cells = self._means(self._table("assets"), measure, ["project_id"])
        if level in ("project", "labeler"):
            return cells
        return cells.drop("project_id").join(slices, on=[IN_ROW, "asset_id"], how="inner")

    # --- tables ----------------------------------------------------------------------------------------------------

    def _manifest(self) -> Mapping[str, Any]:
        try:
            found = json.loads((self._folder / MANIFEST).read_bytes())
        except (OSError, ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or found.get("labelqa") != "scores":
            raise UsageError(f"{self._folder}: is no folder of saved scores; {_REMEDY}")
        if found.get("definitions") != DEFINITIONS:
            made = found.get("definitions", "none that it tells")
            raise UsageError(
                f"{self._folder}: its measures were made by version {made} of their definitions, this is version "
                f"{DEFINITIONS}; numbers of both cannot be compared. Score the earlier export again"
            )
        return found

    def _table(self, name: str) -> pl.DataFrame:
        path = self._folder / f"{name}.parquet"
        if not path.exists():
            raise UsageError(
                f"{self._folder}: holds no {path.name}, which this comparison needs; scores to compare with are saved as "
                "Parquet and with their match table: labelqa score EXPORT -o DIR"
            )
        try:
            return pl.read_parquet(path, glob=False)
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise UsageError(f"{path}: cannot be read: {error}") from None

    @cached_property
    def _matches(self) -> pl.DataFrame:
        return self._table("matches")

    def _pairs(self, relation: str) -> pl.DataFrame:
        """Give the pairs of a relation that enter averages."""
        pairs = self._table("pairs").filter(pl.col("relation") == relation, pl.col("agreement").is_not_null())
        return pairs.filter(~pl.col("both_empty")) if self.scheme.both_empty == "leave_out" else pairs

    def _means(self, rows: pl.DataFrame, column: str, names: list[str]) -> pl.DataFrame:
        """Gather what has a value by row and asset."""
        rows = rows.filter(pl.col(column).is_not_null()).with_columns(**{IN_ROW: pl.col("project_id")})
        grouped = rows.group_by(*names, IN_ROW, "asset_id", maintain_order=True)
        return grouped.agg(above=pl.col(column).sum(), below=pl.len().cast(pl.Float64))

    # --- the match table ---------------------------------------------------------------------------------------------

    def _counted(self, level: str, measure: str) -> pl.DataFrame:
        """Gather precision and the like from the rows of the match table."""
        rows = self._matches.filter(pl.col("relation") == "benchmark")
        outcome, similarity = pl.col("outcome"), pl.col("similarity").fill_null(0.0)
        best_a, best_b = outcome == "best_of_a", outcome == "best_of_b"
        similar = (best_a | best_b | (outcome == "matched")) & ~pl.col("kind").is_in(QUESTIONS)
        row = "labeler" if level == "labeler" else "project_id"
        names = [row, IN_ROW, "asset_id"]
        told = rows.with_columns(**{IN_ROW: pl.col("project_id"), "labeler": pl.col("labeler_a")})
        found = told.group_by(names, maintain_order=True).agg(
            n_matched=(best_a | (outcome == "matched")).sum(),
            n_found=(best_b | (outcome == "matched")).sum(),
            n_shared=(outcome == "matched").sum(),
            n_drawn=(pl.col("annotation_a").is_not_null() & ~best_b).sum(),
            n_expected=(pl.col("annotation_b").is_not_null() & ~best_a).sum(),
            n_wrong_class=(outcome == "wrong_class").sum(),
            similarity=similarity.filter(similar).sum(),
            n_objects=similar.sum(),
        )
        counts = found.select(pl.all().exclude(names).cast(pl.Float64))
        place = np.arange(found.height)
        return _ratio(
            found.select(names), Counts(place, place, *(counts[name].to_numpy() for name in counts.columns)), measure
        )

    def _of_classes(self, measure: str) -> pl.DataFrame:
        """Gather the measures of classes from the rows of the match table, pair by pair."""
        relation = "consensus" if measure == "consensus" else "benchmark"
        rows = self._matches.filter(pl.col("relation") == relation)
        pool = {kind: one.name for one in self.scheme.pools() for kind in one.members}
        rows = rows.with_columns(pl.col("kind").replace(pool), pair=pl.struct(_PAIR).rank("dense").cast(pl.Int64) - 1)
        sides = [
            rows.select(
                **{"class": pl.when(pl.col("outcome") != f"best_of_{other}").then(f"class_{side}")}, kind="kind"
            )
            for side, other in (("a", "b"), ("b", "a"))
        ]
        classes = pl.concat(sides).drop_nulls().unique().sort("class", "kind")
        code_a, code_b = (_codes(side, classes) for side in sides)
        pairs = rows.select("pair", *_PAIR).unique().sort("pair")
        outcome = rows["outcome"].replace_strict(dict(zip(OUTCOMES, range(len(OUTCOMES)), strict=True)))
        similarity = rows["similarity"].fill_null(np.nan).to_numpy()
        pair = rows["pair"].to_numpy()
        nobody = np.full(len(pair), -1)
        table = Rows(pair, nobody, nobody, similarity, outcome.cast(pl.UInt8).to_numpy())
        found = class_sums(Ends.of(table, code_a, code_b), pairs.height, classes.height)
        places = pl.concat([classes[found.concept], pairs[found.pair]], how="horizontal")
        places = places.with_columns(**{IN_ROW: pl.col("project_id")})
        sums = found.sums
        if measure not in ("consensus", "benchmark"):
            place, none = np.arange(places.height), np.zeros(places.height)
            n_objects = sums.n_matched + sums.n_found - sums.n_shared
            counts = Counts(
                place,
                place,
                sums.n_matched,
                sums.n_found,
                sums.n_shared,
                sums.n_a,
                sums.n_b,
                none,
                sums.similarity,
                n_objects,
            )
            return _ratio(places.select("class", "kind", IN_ROW, "asset_id"), counts, measure)
        score = sums.score(self.scheme)
        asked = rows["kind"].is_in(QUESTIONS).to_numpy()
        keys = found.pair * classes.height + found.concept
        wanted = pair[asked] * classes.height + np.maximum(code_a, code_b)[asked]
        score[np.searchsorted(keys, wanted)] = similarity[asked]
        return _rolled_up(places.with_columns(score=pl.Series(score).fill_nan(None)), relation)


def _codes(side: pl.DataFrame, classes: pl.DataFrame) -> Ints:
    """Number the classes of one side, -1 where nobody is."""
    found = side.join(classes.with_row_index("code"), on=["class", "kind"], how="left", maintain_order="left")
    codes: Ints = found["code"].cast(pl.Int64).fill_null(-1).to_numpy()
    return codes


def _rolled_up(places: pl.DataFrame, relation: str) -> pl.DataFrame:
    """Average the agreement in a class: pair -> label -> asset."""
    sides = ("label_a", "label_b") if relation == "consensus" else ("label_a",)
    names = ["class", "kind", IN_ROW, "asset_id"]
    of_labels = pl.concat([places.select(*names, "score", label=side) for side in sides])
    by_label = of_labels.group_by(*names, "label", maintain_order=True).agg(pl.col("score").mean())
    by_asset = by_label.group_by(names, maintain_order=True).agg(above=pl.col("score").mean()).drop_nulls("above")
    return by_asset.with_columns(below=pl.lit(1.0))


def _ratio(names: pl.DataFrame, counts: Counts, measure: str) -> pl.DataFrame:
    """Make cells of one of the ratios of counts, whose groups are the rows of `names`."""
    found = counts.evidence()[measure]
    cells = names[pl.Series(found.group, dtype=pl.UInt32)].with_columns(
        above=pl.Series(found.numerator), below=pl.Series(found.denominator)
    )
    return cells.group_by(names.columns, maintain_order=True).agg(pl.col("above", "below").sum())
