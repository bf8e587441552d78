"""What the detectors look at: the comparison, the fitted models, and the places where two labelers' marks met."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.comparison.pairs import RELATIONS
from labelqa.comparison.rows import BEST_OF_A, MATCHED, OUTCOMES, WRONG_CLASS
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.quality.labels import Work
from labelqa.measures.workforce.fair import Fits


@dataclass(frozen=True)
class Met:
    """Marks of two labels that are one object: M rows in the order of the match table.

    `pair`, `asset`, rows of the annotations `a` and `b`, labelers `who_a` and `who_b` (the number of labelers stands for
    the benchmark, whoever made it), rows of the classes `class_a` and `class_b` in the ontology: int64 [M]; `similarity`
    float64 [M].
    """

    pair: Ints
    asset: Ints
    a: Ints
    b: Ints
    who_a: Ints
    who_b: Ints
    class_a: Ints
    class_b: Ints
    similarity: Floats

    def __len__(self) -> int:
        return len(self.pair)

    def where(self, which: NDArray[np.bool_] | Ints) -> Met:
        """Take some of the rows."""
        rows = np.flatnonzero(which) if which.dtype == np.bool_ else which
        return Met(*(getattr(self, field.name).take(rows) for field in fields(self)))


@dataclass(frozen=True, eq=False)
class Seen:
    """A compared project as the detectors see it.

    Parameters
    ----------
    comparison : Comparison
        With the relations consensus and benchmark.
    fits : Fits
        Centred on the median labeler, so that one who is far off moves no other.
    """

    comparison: Comparison
    fits: Fits

    @classmethod
    def of(cls, comparison: Comparison, seconds: Floats | None = None) -> Seen:
        """Look at a comparison; `seconds` of each label, idle time capped, nan where unknown."""
        return cls(comparison, Fits.of(comparison, seconds, centre="median"))

    @property
    def work(self) -> Work:
        """The labels that are someone's work."""
        return self.fits.work

    @property
    def n_labelers(self) -> int:
        """Number of labelers; also stands for the benchmark."""
        return self.comparison.project.labelers.height

    @cached_property
    def names(self) -> pl.Series:
        """Names of the labelers, and of the benchmark."""
        return pl.concat([self.comparison.project.labelers["labeler"], pl.Series(["the benchmark"])])

    @cached_property
    def time(self) -> Ints:
        """When each label was submitted, in microseconds; -1 where unknown."""
        created = self.comparison.project.tables["labels"]["created_at"]
        return created.to_physical().cast(pl.Int64).fill_null(-1).to_numpy().astype(np.int64)

    @cached_property
    def met(self) -> Met:
        """Objects of one place on both sides, of one class or not, between labelers and with the benchmark."""
        rows, pairs, concepts = self.comparison.rows, self.comparison.pair_rows, self.comparison.concepts
        is_met = np.isin(pairs.relation, (RELATIONS.index("consensus"), RELATIONS.index("benchmark")))
        is_one = np.zeros(len(OUTCOMES), bool)
        is_one[[MATCHED, WRONG_CLASS, BEST_OF_A]] = True
        taken = rows.where(np.flatnonzero(is_met.take(rows.pair) & is_one.take(rows.outcome)))
        class_a, class_b = concepts.of_annotation.take(taken.a), concepts.of_annotation.take(taken.b)
        if concepts.is_question.any():
            drawn = np.flatnonzero(~concepts.is_question.take(class_a))
            taken, class_a, class_b = taken.where(drawn), class_a.take(drawn), class_b.take(drawn)
        pair = taken.pair.astype(np.int64)
        labeler = self.work.labeler
        truth = (pairs.relation == RELATIONS.index("benchmark")).take(pair)
        found = Met(
            pair,
            pairs.asset.take(pair),
            taken.a.astype(np.int64),
            taken.b.astype(np.int64),
            labeler.take(pairs.label_a).take(pair),
            np.where(truth, self.n_labelers, labeler.take(pairs.label_b).take(pair)),
            concepts.same.take(class_a),
            concepts.same.take(class_b),
            taken.similarity,
        )
        named = found.who_a >= 0
        return found if named.all() else found.where(named)

    def class_name(self, concept: int) -> str:
        """Name a row of the ontology."""
        return str(self.comparison.project.ontology["class"][concept])

    def labels_behind(self, rows: Ints, value: Floats) -> pl.DataFrame:
        """Show labels as evidence, in the order given."""
        labels = self.comparison.project.labels.select("project_id", "asset_id", "label_id")[rows]
        return labels.with_columns(pl.Series("value", value))

    def marks_behind(self, met: Met, value: Floats, flip: NDArray[np.bool_]) -> pl.DataFrame:
        """Show met marks as evidence, in the order given; `flip` where side b is the one it is about."""
        pairs, stored = self.comparison.pair_rows, self.comparison.project.tables["annotations"]["annotation_id"]
        labels = self.comparison.project.labels
        label_a, label_b = pairs.label_a[met.pair], pairs.label_b[met.pair]
        own, other = np.where(flip, label_b, label_a), np.where(flip, label_a, label_b)
        mark, mark_other = np.where(flip, met.b, met.a), np.where(flip, met.a, met.b)
        return pl.DataFrame(
            [
                *(labels[name][own] for name in ("project_id", "asset_id", "label_id")),
                labels["label_id"][other].alias("other_label_id"),
                stored[mark].alias("annotation_id"),
                stored[mark_other].alias("other_annotation_id"),
                pl.Series("value", value),
            ]
        )
