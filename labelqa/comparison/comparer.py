"""The comparer: a project and a scheme in, the match table and the agreement of every pair of labels out.

The work is cut into blocks of pairs that run on threads. A block's rows depend on its own pairs alone, and sums run
over rows in id order, so the cut does not show in the results.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelqa.comparison.agreement import agreements
from labelqa.comparison.concepts import Concepts
from labelqa.comparison.marks import Marks
from labelqa.comparison.match import (
    BEST_OF_A,
    MATCHED,
    OUTCOMES,
    Rows,
    match_answers,
    match_links,
    match_objects,
)
from labelqa.comparison.pairs import RELATIONS, Pairs, pair_labels, relations_against
from labelqa.comparison.scheme import Scheme
from labelqa.kinds.kind import Floats, Ints, Partners
from labelqa.project import Project
from labelqa.stats.grouped import count_by

_BLOCK = 200_000
"""Annotations on both sides of a block's pairs, about; keeps a block's arrays within a few tens of megabytes."""

_TOGETHER = (MATCHED, BEST_OF_A)
"""Outcomes of annotations that are the same thing, once for each annotation of side a."""

Progress = Callable[[int, int], None]
"""Called with the number of pairs done and of all pairs."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Pairs of labels of a project, compared under a scheme.

    `pairs` and `matches` show the results with names; the stored form is `pair_rows` (rows of the labels), `agreement`
    (float64, nan where undefined), `rows` (the narrow match table: rows of the annotations) and `attribute_rows` (the
    same for what is nested under matched annotations).
    """

    project: Project
    scheme: Scheme
    pair_rows: Pairs
    agreement: Floats
    rows: Rows
    attribute_rows: Rows
    concepts: Concepts

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

    def _label_names(self, label_a: Ints, label_b: Ints) -> list[pl.Series]:
        labels = self.project.labels
        return [
            labels[column].gather(side).alias(f"{name}_{letter}")
            for name, column in (("label", "label_id"), ("labeler", "labeler"))
            for letter, side in (("a", label_a), ("b", label_b))
        ]


def compare(
    project: Project,
    against: str = "labelers",
    scheme: Scheme | str | Path | Mapping[str, Any] | None = None,
    *,
    progress: Progress | None = None,
) -> Comparison:
    """Compare the submitted labels of a project with each other or with another role's labels.

    Parameters
    ----------
    project : Project
    against : "labelers", "benchmark", "predictions" or "reviewed"
        `labelers` gives the relations `consensus` (two labelers) and `self` (one labeler twice); the others give
        `benchmark`, `prediction` and `review`, with the labeler's label on side a.
    scheme : Scheme, name, TOML file, mapping or None
        How labels are compared; see `Scheme`.
    progress : callable, optional
        Called with pairs done and pairs in all.

    Returns
    -------
    Comparison

    Raises
    ------
    UsageError
        If `against` or `scheme` is unknown.

    Examples
    --------
    >>> import labelqa
    >>> comparison = labelqa.compare(labelqa.demo(assets=30, labelers=3, seed=1), against="benchmark")
    >>> comparison.pairs["relation"].unique().to_list()
    ['benchmark']
    """
    return compare_relations(project, relations_against(against), Scheme.of(scheme), progress)


def compare_relations(
    project: Project, relations: tuple[str, ...], scheme: Scheme, progress: Progress | None = None
) -> Comparison:
    """Compare the labels of several relations in one go."""
    pairs = pair_labels(project, relations)
    pools = scheme.pools()
    concepts = Concepts.of(project, scheme, pools)
    marks = Marks.of(project, scheme, pools, concepts)

    def run(block: slice) -> _Compared:
        rows = _match(marks, pairs.label_a[block], pairs.label_b[block], scheme)
        agreement = agreements(rows, block.stop - block.start, concepts, scheme)
        return _Compared(_narrow(rows, block.start), agreement, _narrow(_match_attributes(marks, rows), block.start))

    done: list[_Compared] = []
    for block, result in _on_threads(run, list(_blocks(pairs, marks))):
        done.append(result)
        if progress:
            progress(block.stop, len(pairs))
    return Comparison(
        project,
        scheme,
        pairs,
        np.concatenate([block.agreement for block in done]) if done else np.empty(0),
        Rows.joined([block.rows for block in done]),
        Rows.joined([block.attribute_rows for block in done]),
        concepts,
    )


@dataclass(frozen=True)
class _Compared:
    """What comes of a block."""

    rows: Rows
    agreement: Floats
    attribute_rows: Rows


def _match(marks: Marks, label_a: Ints, label_b: Ints, scheme: Scheme) -> Rows:
    """Make the rows of a block, sorted, pairs counted from 0."""
    drawn = [match_objects(kind, rows, label_a, label_b, scheme) for kind, rows in marks.objects]
    parts = drawn + [match_answers(kind, rows, label_a, label_b) for kind, rows in marks.questions]
    if marks.links:
        met = Rows.joined(drawn)
        met = met.where(np.isin(met.outcome, _TOGETHER))
        partners = Partners(met.pair, met.a, met.b)
        parts += [match_links(kind, rows, label_a, label_b, partners, scheme) for kind, rows in marks.links]
    return Rows.merged(parts)


def _match_attributes(marks: Marks, rows: Rows) -> Rows:
    """Compare what is nested under matched annotations, level by level: rows like theirs, sorted."""
    levels: list[Rows] = []
    parents = rows
    while marks.attributes and len(parents := parents.where(np.isin(parents.outcome, _TOGETHER))):
        found = [match_answers(kind, under, parents.a, parents.b) for kind, under in marks.attributes]
        below = Rows.joined(found)
        parents = Rows(parents.pair[below.pair], below.a, below.b, below.similarity, below.outcome)
        levels.append(parents)
    return Rows.joined(levels).sorted()


def _narrow(rows: Rows, first_pair: int) -> Rows:
    """Number pairs over all blocks and store row numbers in 4 bytes: 21 bytes a row."""
    pair = (rows.pair + first_pair).astype(np.int32)
    return Rows(pair, rows.a.astype(np.int32), rows.b.astype(np.int32), rows.similarity, rows.outcome)  # type: ignore[arg-type]


def _blocks(pairs: Pairs, marks: Marks) -> Iterator[slice]:
    """Cut the pairs into runs with about `_BLOCK` annotations each."""
    size = marks.sizes(pairs.label_a, pairs.label_b) + 1
    number = (np.cumsum(size) - size) // _BLOCK
    bounds = [*np.flatnonzero(np.diff(number, prepend=-1)).tolist(), len(pairs)]
    yield from (slice(start, stop) for start, stop in pairwise(bounds))


def _on_threads(run: Callable[[slice], _Compared], blocks: list[slice]) -> Iterator[tuple[slice, _Compared]]:
    """Run the blocks, give their results in order."""
    if len(blocks) < 2:
        yield from ((block, run(block)) for block in blocks)
        return
    with ThreadPoolExecutor(min(len(blocks), os.cpu_count() or 1)) as pool:
        yield from zip(blocks, pool.map(run, blocks), strict=True)


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
