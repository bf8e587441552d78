"""A comparison: pairs of labels of a project, their agreement and the match table, with and without names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl

from labelqa.comparison.agreement import Ends
from labelqa.comparison.concepts import Classes, Concepts
from labelqa.comparison.labels import Labels
from labelqa.comparison.pairs import RELATIONS, Pairs
from labelqa.comparison.rows import BEST_OF_A, MATCHED, OUTCOMES, Rows
from labelqa.comparison.scheme import Scheme
from labelqa.kinds.kind import Floats, Ints
from labelqa.project import Project
from labelqa.project.parts import Part
from labelqa.stats.grouped import count_by


class MadeOf(NamedTuple):
    """What a comparison is made of; see the properties of `Comparison` of these names."""

    labels: Labels
    concepts: Concepts
    ends: Ends


@dataclass(frozen=True, eq=False)
class Comparison:
    """Pairs of labels of a project, compared under a scheme.

    `pairs` and `matches` show the results with names; the stored form is `pair_rows` (rows of the labels), `agreement`
    (float64, nan where undefined), `rows` (the narrow match table: rows of the annotations) and `attribute_rows` (the
    same for what is nested under matched annotations). `made_of` holds what it was made of, as long as it is at hand.
    """

    project: Project
    scheme: Scheme
    ontology: Classes
    pair_rows: Pairs
    agreement: Floats
    rows: Rows
    attribute_rows: Rows
    made_of: MadeOf | None = None

    @cached_property
    def labels(self) -> Labels:
        """The labels of the project, as arrays."""
        return self.made_of.labels if self.made_of else Labels.of(self.project)

    @cached_property
    def concepts(self) -> Concepts:
        """What the class of each annotation means."""
        return self.made_of.concepts if self.made_of else self.ontology.of(self.project)

    @cached_property
    def ends(self) -> Ends:
        """The annotations in the match table."""
        return self.made_of.ends if self.made_of else Ends.of(self.rows, *self.concepts.sides(self.rows))

    @cached_property
    def counted(self) -> Mapping[str, Ints]:
        """Rows of the pairs of each relation that enter averages: defined, and not both empty if the scheme says."""
        counts = ~np.isnan(self.agreement)
        if self.scheme.both_empty == "leave_out":
            counts &= count_by(self.rows.pair, len(counts)) > 0
        rows = np.flatnonzero(counts)
        ends = np.searchsorted(self.pair_rows.relation.take(rows), np.arange(len(RELATIONS) + 1))
        return {name: rows[slice(*ends[k : k + 2])] for k, name in enumerate(RELATIONS)}

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """One row a pair of labels, sorted by relation, asset_id, label_a, label_b.

        Columns: relation, asset_id, label_a, label_b, labeler_a, labeler_b, agreement (null if every component has
        weight 0), n_matched, n_wrong_class, n_near_miss, n_missed, n_extra, both_empty, project_id.
        """
        pairs, n = self.pair_rows, len(self.pair_rows)
        code = self.rows.pair * len(OUTCOMES) + self.rows.outcome
        counts = count_by(code, n * len(OUTCOMES)).reshape(n, len(OUTCOMES))
        n_rows = counts.sum(axis=1)
        counts[:, MATCHED] += counts[:, BEST_OF_A]
        asset = self.project.assets.select("asset_id", "project_id")[pairs.asset]
        return pl.DataFrame(
            [
                _names(RELATIONS, pairs.relation).alias("relation"),
                asset["asset_id"],
                *self._label_names(pairs.label_a, pairs.label_b),
                pl.Series("agreement", self.agreement).fill_nan(None),
                *(pl.Series(f"n_{name}", counts[:, k]) for k, name in enumerate(OUTCOMES[:BEST_OF_A])),
                pl.Series("both_empty", n_rows == 0),
                asset["project_id"],
            ]
        )

    @cached_property
    def matches(self) -> pl.DataFrame:
        """The match table, one row a match, sorted by relation, asset_id, label and annotation ids, nulls last.

        Columns: relation, asset_id, label_a, label_b, labeler_a, labeler_b, annotation_a, annotation_b (null where
        nothing corresponds), kind, class_a, class_b, similarity (null if undefined), outcome (matched, wrong_class,
        near_miss, missed, extra; best_of_a and best_of_b where a scheme gives each annotation its best partner),
        answer_a, answer_b (of questions), project_id.
        """
        return self._shown(self.rows)

    @cached_property
    def attributes(self) -> pl.DataFrame:
        """The answers nested under annotations that matched, laid out and sorted like `matches`, and their parents.

        Columns: those of `matches`, with the question in class_a and class_b; parent_a, parent_b (annotation ids of
        what they are nested under) and parent_class.
        """
        stored, rows = self.project.tables["annotations"], self.attribute_rows
        parents = [_looked_up(stored["parent_id"], row) for row in (rows.a, rows.b)]
        table = self._shown(rows, parent_a=parents[0], parent_b=parents[1])
        names = self.project.annotations.select(
            "label_id", "annotation_id", parent_class="class", project_id="project_id"
        )
        for side in "ab":
            table = table.join(
                names.rename({"parent_class": f"class_of_{side}"}),
                left_on=["project_id", f"label_{side}", f"parent_{side}"],
                right_on=["project_id", "label_id", "annotation_id"],
                how="left",
                maintain_order="left",
            )
        return table.with_columns(parent_class=pl.coalesce("class_of_a", "class_of_b")).drop("class_of_a", "class_of_b")

    def _shown(self, rows: Rows, **more: pl.Series) -> pl.DataFrame:
        """Show rows with names."""
        pairs = self.pair_rows
        asset = self.project.assets.select("asset_id", "project_id")[pairs.asset[rows.pair]]
        stored = self.project.tables["annotations"]
        a, b = _side(stored, self.project, rows.a), _side(stored, self.project, rows.b)
        table = pl.DataFrame(
            [
                _names(RELATIONS, pairs.relation[rows.pair]).alias("relation"),
                asset["asset_id"],
                *self._label_names(pairs.label_a[rows.pair], pairs.label_b[rows.pair]),
                a["annotation_id"].alias("annotation_a"),
                b["annotation_id"].alias("annotation_b"),
                a["kind"].zip_with(a["kind"].is_not_null(), b["kind"]),
                a["class"].alias("class_a"),
                b["class"].alias("class_b"),
                pl.Series("similarity", rows.similarity).fill_nan(None),
                _names(OUTCOMES, rows.outcome).alias("outcome"),
                a["answer"].alias("answer_a"),
                b["answer"].alias("answer_b"),
                asset["project_id"],
                pl.Series("pair", rows.pair),
                *(series.alias(name) for name, series in more.items()),
            ]
        )
        return table.sort("pair", "annotation_a", "annotation_b", nulls_last=True, maintain_order=True).drop("pair")

    def narrowed(self) -> Comparison:
        """Give the same with rows of 21 bytes."""
        return replace(self, rows=_narrow(self.rows), attribute_rows=_narrow(self.attribute_rows), made_of=None)

    def _label_names(self, label_a: Ints, label_b: Ints) -> list[pl.Series]:
        labels = self.project.labels
        return [
            labels[column].gather(side).alias(f"{name}_{letter}")
            for name, column in (("label", "label_id"), ("labeler", "labeler"))
            for letter, side in (("a", label_a), ("b", label_b))
        ]


def _names(names: tuple[str, ...], codes: np.ndarray) -> pl.Series:
    return pl.Series(names).gather(codes)


def _side(stored: pl.DataFrame, project: Project, row: Ints) -> pl.DataFrame:
    """Look up annotations by row, null where nobody is."""
    side = pl.DataFrame([_looked_up(stored[name], row) for name in ("annotation_id", "concept", "answer")])
    return side.with_columns(project.ontology[name].gather(side["concept"]) for name in ("kind", "class"))


def _looked_up(column: pl.Series, row: Ints) -> pl.Series:
    """Take values by row, null where nobody is."""
    index = pl.Series(row).cast(pl.Int64)
    return column.gather(index.zip_with(index >= 0, pl.Series([None], dtype=pl.Int64)))


def joined(
    project: Project, scheme: Scheme, ontology: Classes, compared: Sequence[tuple[Part, Comparison]]
) -> Comparison:
    """Lay the comparisons of all parts of a project into one, in narrow rows: 21 bytes a match."""
    pairs, agreements, rows, attributes = [], [], [], []
    n_pairs = 0
    for relation in range(len(RELATIONS)):
        for part, found in compared:
            start, stop = (int(row) for row in np.searchsorted(found.pair_rows.relation, [relation, relation + 1]))
            if start == stop:
                continue
            run = slice(start, stop)
            pairs.append(found.pair_rows.counted_from(run, part.assets.start, part.labels.start))
            agreements.append(found.agreement[run])
            rows.append(_of_pairs(found.rows, start, stop, n_pairs, part.annotations.start))
            attributes.append(_of_pairs(found.attribute_rows, start, stop, n_pairs, part.annotations.start))
            n_pairs += stop - start
    return Comparison(
        project,
        scheme,
        ontology,
        Pairs.joined(pairs),
        np.concatenate([np.empty(0), *agreements]),
        Rows.joined(rows),
        Rows.joined(attributes),
    )


def _of_pairs(rows: Rows, start: int, stop: int, first_pair: int, first_annotation: int) -> Rows:
    """Take the rows of adjoining pairs and number their pairs and annotations over all parts."""
    taken = _narrow(rows.where(slice(*np.searchsorted(rows.pair, np.array([start, stop], rows.pair.dtype)))))
    a, b = (side + np.int32(first_annotation) * (side >= 0) for side in (taken.a, taken.b))
    return Rows(taken.pair + np.int32(first_pair - start), a, b, taken.similarity, taken.outcome)


def _narrow(rows: Rows) -> Rows:
    """Store row numbers in 4 bytes."""
    pair, a, b = (column.astype(np.int32, copy=False) for column in (rows.pair, rows.a, rows.b))
    return Rows(pair, a, b, rows.similarity, rows.outcome)  # type: ignore[arg-type]
