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

from labelqa.comparison.agreement import Concepts, agreements
from labelqa.comparison.match import OUTCOMES, KindRows, Rows, match_answers, match_objects
from labelqa.comparison.pairs import RELATIONS, Pairs, label_runs, pair_labels, relations_against
from labelqa.comparison.scheme import Scheme
from labelqa.kinds import Kind, ObjectKind, QuestionKind, kinds
from labelqa.kinds.kind import Floats, Ints
from labelqa.project import Project, schema
from labelqa.stats.grouped import count_by

_BLOCK = 200_000
"""Annotations on both sides of a block's pairs, about; keeps a block's arrays within a few tens of megabytes."""

Progress = Callable[[int, int], None]
"""Called with the number of pairs done and of all pairs."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Pairs of labels of a project, compared under a scheme.

    `pairs` and `matches` show the results with names; the stored form is `pair_rows` (rows of the labels), `agreement`
    (float64, nan where undefined) and `rows` (the narrow match table: rows of the annotations).
    """

    project: Project
    scheme: Scheme
    pair_rows: Pairs
    agreement: Floats
    rows: Rows

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """One row a pair of labels, sorted by relation, asset_id, label_a, label_b.

        Columns: relation, asset_id, label_a, label_b, labeler_a, labeler_b, agreement (null if every component has
        weight 0), n_matched, n_wrong_class, n_near_miss, n_missed, n_extra, both_empty, project_id.
        """
        pairs, n = self.pair_rows, len(self.pair_rows)
        code = self.rows.pair * len(OUTCOMES) + self.rows.outcome
        counts = count_by(code, n * len(OUTCOMES)).reshape(n, len(OUTCOMES))
        asset = self.project.assets.select("asset_id", "project_id")[pairs.asset]
        return pl.DataFrame(
            [
                _names(RELATIONS, pairs.relation).alias("relation"),
                asset["asset_id"],
                *self._label_names(pairs.label_a, pairs.label_b),
                pl.Series("agreement", self.agreement).fill_nan(None),
                *(pl.Series(f"n_{name}", counts[:, k]) for k, name in enumerate(OUTCOMES)),
                pl.Series("both_empty", counts.sum(axis=1) == 0),
                asset["project_id"],
            ]
        )

    @cached_property
    def matches(self) -> pl.DataFrame:
        """The match table, one row a match, sorted by relation, asset_id, label and annotation ids, nulls last.

        Columns: relation, asset_id, label_a, label_b, labeler_a, labeler_b, annotation_a, annotation_b (null where
        nothing corresponds), kind, class_a, class_b, similarity (null if undefined), outcome (matched, wrong_class,
        near_miss, missed, extra), answer_a, answer_b (of questions), project_id.
        """
        rows, pairs = self.rows, self.pair_rows
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
    marks = _marks(project, scheme)
    questions = {name for name, kind in kinds().items() if isinstance(kind, QuestionKind)}
    concepts = Concepts.of(project, scheme, questions)

    def run(block: slice) -> tuple[Rows, Floats]:
        rows = _match(marks, pairs.label_a[block], pairs.label_b[block], scheme)
        agreement = agreements(rows, block.stop - block.start, concepts, scheme)
        return _narrow(rows, block.start), agreement

    done: list[tuple[Rows, Floats]] = []
    for block, result in _on_threads(run, list(_blocks(pairs, marks))):
        done.append(result)
        if progress:
            progress(block.stop, len(pairs))
    return Comparison(
        project,
        scheme,
        pairs,
        np.concatenate([agreement for _, agreement in done]) if done else np.empty(0),
        Rows.joined([rows for rows, _ in done]),
    )


def _marks(project: Project, scheme: Scheme) -> list[tuple[Kind, KindRows]]:
    """Lay out the annotations of each kind that occurs."""
    stored, n_labels = project.tables["annotations"], project.tables["labels"].height
    concept = stored["concept"].to_numpy().astype(np.int64)
    label = stored["label"].to_numpy().astype(np.int64)
    kind_of_concept = project.ontology["kind"].to_numpy()
    top = stored["parent_id"].is_null().to_numpy()
    place = stored["place"].rank("dense").fill_null(0).to_numpy().astype(np.int64)
    found: list[tuple[Kind, KindRows]] = []
    for name, kind in kinds().items():
        row = np.flatnonzero((kind_of_concept == name)[concept] & top) if len(concept) else concept
        if len(row) == 0:
            continue
        frames = _frames(project, label[row])
        scales = project.ontology.select("scale_min", "scale_max")[concept[row]]
        value = stored.select(schema.VALUE)
        value = value if len(row) == len(value) else value[row]
        values = kind.values(value.with_columns(*frames, *scales))
        if scheme.clip and isinstance(kind, ObjectKind):
            width, height = (frames[side].fill_null(np.nan).to_numpy() for side in ("width", "height"))
            values = kind.clipped(values, width, height)
        found.append((kind, KindRows(row, concept[row], place[row], values, label_runs(label[row], n_labels))))
    return found


def _frames(project: Project, label: Ints) -> pl.DataFrame:
    """Give width and height in pixels of the frame of each label's asset, null where unknown."""
    asset = project.tables["labels"]["asset"].gather(label)
    return project.assets.select(pl.col("width", "height").cast(pl.Float64).gather(asset))


def _match(marks: list[tuple[Kind, KindRows]], label_a: Ints, label_b: Ints, scheme: Scheme) -> Rows:
    """Make the rows of a block, sorted, pairs counted from 0."""
    parts: list[Rows] = []
    for kind, rows in marks:
        if isinstance(kind, ObjectKind):
            parts.append(match_objects(kind, rows, label_a, label_b, scheme))
        elif isinstance(kind, QuestionKind):
            parts.append(match_answers(kind, rows, label_a, label_b))
    return Rows.joined(parts).sorted()


def _narrow(rows: Rows, first_pair: int) -> Rows:
    """Number pairs over all blocks and store row numbers in 4 bytes: 21 bytes a row."""
    pair = (rows.pair + first_pair).astype(np.int32)
    return Rows(pair, rows.a.astype(np.int32), rows.b.astype(np.int32), rows.similarity, rows.outcome)  # type: ignore[arg-type]


def _blocks(pairs: Pairs, marks: list[tuple[Kind, KindRows]]) -> Iterator[slice]:
    """Cut the pairs into runs with about `_BLOCK` annotations each."""
    size = np.ones(len(pairs), np.int64)
    for _, rows in marks:
        runs = rows.runs(pairs.label_a, pairs.label_b)
        size += runs.n_a + runs.n_b
    number = (np.cumsum(size) - size) // _BLOCK
    bounds = [*np.flatnonzero(np.diff(number, prepend=-1)).tolist(), len(pairs)]
    yield from (slice(start, stop) for start, stop in pairwise(bounds))


def _on_threads(
    run: Callable[[slice], tuple[Rows, Floats]], blocks: list[slice]
) -> Iterator[tuple[slice, tuple[Rows, Floats]]]:
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
    index = pl.Series(row).cast(pl.Int64)
    index = index.zip_with(index >= 0, pl.Series([None], dtype=pl.Int64))
    side = pl.DataFrame([stored[name].gather(index) for name in ("annotation_id", "concept", "answer")])
    return side.with_columns(project.ontology[name].gather(side["concept"]) for name in ("kind", "class"))
