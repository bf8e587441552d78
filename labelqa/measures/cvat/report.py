"""CVAT's quality report: every conflict that it lists, from a comparison under the scheme `cvat`.

Errors are what moves accuracy, precision and recall: a mark that is missing, one too many, a wrong label. Warnings do not:
little overlap, other attributes, a line drawn the other way, another group, a mark that higher ones cover. Side a is the
labeler's label, side b the ground truth.

Source: opencv/cvat, `cvat/apps/quality_control/quality_reports.py`, April 2024; its default parameters. Attributes of
tags, groups of tags, and cuboids are not compared. Where several marks make one object, each of one side makes a row with
each of the other, as in CVAT's own counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.comparison.match import EXTRA, MATCHED, MISSED, NOBODY, WRONG_CLASS, Rows
from labelqa.kinds.families.cvat import columns
from labelqa.kinds.families.cvat.covered import KINDS, is_covered
from labelqa.kinds.families.cvat.lines import Lines
from labelqa.kinds.kind import Ints
from labelqa.measures.cvat.groups import grouped_otherwise
from labelqa.measures.cvat.units import units_of
from labelqa.project import Project

LOW_OVERLAP = 0.8
"""Similarity below which a matched pair overlaps little."""

LEAST_TURN = 0.1
"""By how much two lines must be more alike the other way round to be of different direction."""

LEAST_GROUP = 0.5
"""Least Jaccard coefficient of two groups that may be the same."""

LEAST_VISIBLE = 0.05
"""Share of a mark that must be seen."""

SEVERITY = {
    "missing_annotation": "error",
    "extra_annotation": "error",
    "mismatching_label": "error",
    "low_overlap": "warning",
    "mismatching_direction": "warning",
    "mismatching_attributes": "warning",
    "mismatching_groups": "warning",
    "covered_annotation": "warning",
}
"""CVAT's conflicts, and how it rates them."""

_QUESTIONS = ("checklist", "choice", "number", "text")
"""Kinds of attributes."""


def conflicts(comparison: Comparison) -> pl.DataFrame:
    """List the conflicts between labels.

    Parameters
    ----------
    comparison : Comparison
        Under the scheme `cvat`, against the benchmark.

    Returns
    -------
    polars.DataFrame
        One row a conflict, sorted by asset, labels, type and annotations: asset_id, place (frame of a video, null for an
        image), type, severity, annotation_a, annotation_b (null where nothing corresponds), label_a, label_b, project_id.
        A tag has the id of the annotation that holds all tags of its frame.
    """
    units, table = units_of(comparison), _Table.of(comparison.project)
    outcome = units.rows.outcome
    drawn = units.where((outcome <= WRONG_CLASS) & ~units.is_tag).rows
    found = {
        "missing_annotation": units.where(outcome == MISSED).rows,
        "extra_annotation": units.where(outcome == EXTRA).rows,
        "mismatching_label": units.where(outcome == WRONG_CLASS).rows,
        "low_overlap": drawn.where((drawn.similarity > 0) & (drawn.similarity < LOW_OVERLAP)),
        "mismatching_direction": drawn.where(table.turned(drawn)),
        "mismatching_attributes": drawn.where((drawn.outcome == MATCHED) & table.answered_otherwise(drawn)),
        "mismatching_groups": drawn.where(table.grouped_otherwise(drawn)),
        "covered_annotation": table.covered(comparison),
    }
    frames = [
        _shown(comparison, rows).with_columns(type=pl.lit(kind), severity=pl.lit(SEVERITY[kind]))
        for kind, rows in found.items()
    ]
    listed = pl.concat(frames).sort(
        "asset_id", "label_a", "label_b", "type", "annotation_a", "annotation_b", "project_id", nulls_last=True
    )
    order = [
        "asset_id",
        "place",
        "type",
        "severity",
        "annotation_a",
        "annotation_b",
        "label_a",
        "label_b",
        "project_id",
    ]
    return listed.select(order)


def counts(comparison: Comparison) -> pl.DataFrame:
    """Count what CVAT counts in each frame: the cells of its confusion matrix.

    Returns
    -------
    polars.DataFrame
        asset_id, place, class_a (row), class_b (column; null where nothing corresponds), n. A tag counts under its own
        label.
    """
    units = units_of(comparison)
    keys = ["asset_id", "place", "class_a", "class_b"]
    frame = _shown(comparison, units.rows).with_columns(class_a=units.class_a, class_b=units.class_b)
    return frame.group_by(keys).agg(n=pl.len().cast(pl.Int64)).sort(keys, nulls_last=True)


def summary(comparison: Comparison) -> dict[str, float | int | None]:
    """Give the head of the report: counts, accuracy, precision and recall over all pairs of labels.

    Returns
    -------
    dict
        valid, missing, extra, total, ds (marks of the labelers), gt (of the ground truth), accuracy = valid / total,
        precision = valid / ds, recall = valid / gt; None for 0 / 0, where CVAT says 0.
    """
    outcome = units_of(comparison).rows.outcome
    valid, wrong, missed, extra = (int((outcome == code).sum()) for code in (MATCHED, WRONG_CLASS, MISSED, EXTRA))
    n_a, n_b, total = valid + wrong + extra, valid + wrong + missed, valid + wrong + missed + extra
    return {
        "valid": valid,
        "missing": missed,
        "extra": extra,
        "total": total,
        "ds": n_a,
        "gt": n_b,
        "accuracy": valid / total if total else None,
        "precision": valid / n_a if n_a else None,
        "recall": valid / n_b if n_b else None,
    }


@dataclass(frozen=True)
class _Table:
    """The annotations of a project, with what CVAT looks at beside their values."""

    frame: pl.DataFrame

    @classmethod
    def of(cls, project: Project) -> _Table:
        stored = project.tables["annotations"]
        asset = project.tables["labels"]["asset"].gather(stored["label"])
        ontology = project.ontology.select("kind", pl.col("class").alias("name"))[stored["concept"].to_numpy()]
        sizes = project.assets.select(pl.col("width", "height").gather(asset))
        frame = stored.with_columns(asset, *ontology, *sizes)
        return cls(frame.with_columns(**columns(frame).to_dict()))

    def _kind(self, row: Ints) -> NDArray[np.str_]:
        return np.asarray(self.frame["kind"].cast(pl.String).to_numpy()[row], dtype=np.str_)

    def turned(self, rows: Rows) -> NDArray[np.bool_]:
        """Tell which pairs are lines drawn in opposite directions."""
        is_line = (self._kind(rows.a) == "polyline") & (self._kind(rows.b) == "polyline")
        found = np.zeros(len(rows), np.bool_)
        chosen = rows.where(is_line)
        lines = Lines()
        values = lines.values(self.frame[np.concatenate([chosen.a, chosen.b])])
        number = np.arange(len(chosen))
        found[is_line] = lines.turned(values, number, number + len(chosen)) > LEAST_TURN
        return found

    def answered_otherwise(self, rows: Rows) -> NDArray[np.bool_]:
        """Tell which pairs differ in an attribute, or where one side alone has it."""
        nested = self.frame.filter(pl.col("parent_id").is_not_null() & pl.col("kind").cast(pl.String).is_in(_QUESTIONS))
        answers = nested.group_by("label", annotation_id="parent_id").agg(
            given=pl.struct("name", "place", "kind", "geometry", "answer").sort()
        )
        own = self.frame.select("label", "annotation_id").join(
            answers, on=["label", "annotation_id"], how="left", maintain_order="left"
        )["given"]
        a, b = own.gather(pl.Series(rows.a)), own.gather(pl.Series(rows.b))
        return np.array([one != other for one, other in zip(a.to_list(), b.to_list(), strict=True)], dtype=np.bool_)

    def grouped_otherwise(self, rows: Rows) -> NDArray[np.bool_]:
        """Tell which pairs are in groups that do not correspond."""
        group = self.frame["group"].to_numpy()
        top = self.frame["parent_id"].is_null().to_numpy()
        size = np.bincount(group[top], minlength=int(group.max(initial=0)) + 1)
        return grouped_otherwise(rows.pair.astype(np.int64), group[rows.a], group[rows.b], size, LEAST_GROUP)

    def covered(self, comparison: Comparison) -> Rows:
        """Find the labelers' marks that can hardly be seen, for every pair their label takes part in."""
        pairs = comparison.pair_rows
        region = self.frame["kind"].cast(pl.String).is_in(KINDS) & self.frame["parent_id"].is_null()
        row = np.flatnonzero((region & self.frame["label"].is_in(np.unique(pairs.label_a).tolist())).to_numpy())
        row = row[is_covered(self.frame[row], LEAST_VISIBLE)] if len(row) else row
        label = self.frame["label"].to_numpy()[row]
        order = np.argsort(pairs.label_a, kind="stable")
        first, last = (np.searchsorted(pairs.label_a[order], label, side=side) for side in ("left", "right"))
        pair = np.concatenate([order[one:end] for one, end in zip(first, last, strict=True)] or [np.empty(0, np.int64)])
        a = np.repeat(row, last - first)
        return Rows(pair, a, np.full(len(a), NOBODY), np.zeros(len(a)), np.full(len(a), MATCHED, np.uint8))


def _shown(comparison: Comparison, rows: Rows) -> pl.DataFrame:
    """Name the marks of rows."""
    project, pairs = comparison.project, comparison.pair_rows
    stored = project.tables["annotations"]
    pair = pl.Series(rows.pair).cast(pl.Int64)
    asset = project.assets.select("asset_id", "project_id")[pl.Series(pairs.asset).gather(pair).to_numpy()]
    label_id = project.labels["label_id"]
    label_a, label_b = (label_id.gather(pl.Series(side).gather(pair)) for side in (pairs.label_a, pairs.label_b))
    either = pl.Series(np.maximum(rows.a, rows.b)).cast(pl.Int64)
    return pl.DataFrame(
        {
            "asset_id": asset["asset_id"],
            "place": stored["place"].gather(either),
            "annotation_a": _taken(stored["annotation_id"], rows.a),
            "annotation_b": _taken(stored["annotation_id"], rows.b),
            "label_a": label_a,
            "label_b": label_b,
            "project_id": asset["project_id"],
        }
    )


def _taken(column: pl.Series, row: Ints) -> pl.Series:
    """Take values by row, null where nobody is."""
    index = pl.Series(row).cast(pl.Int64)
    return column.gather(index.zip_with(index >= 0, pl.Series([None], dtype=pl.Int64)))
