"""The labels that are someone's work, as arrays: who, on what, when, how much, how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.kinds.kind import Floats, Ints
from labelqa.project import Project
from labelqa.stats.grouped import count_by, total_by

Flags = NDArray[np.bool_]

NO_TIME = np.iinfo(np.int64).min
"""Stands for a time that is not in the export."""

SECOND = 1_000_000
"""Times are whole microseconds since 1970, UTC."""

_OUTLINED = ("keypoints", "point", "polygon", "polyline")
"""Kinds whose geometry is a list of points set one by one."""


@dataclass(frozen=True, eq=False)
class Effort:
    """The labels with role `submitted`, W of them, in canonical order; benchmark and prediction labels are no one's work.

    Attributes
    ----------
    row, asset, labeler, project : int64 [W]
        Row of the label and of its asset; code of the labeler, `n_labelers` - 1 where nobody is named; code of the project.
    answered : bool [W]
        Not skipped.
    created, changed : int64 [W]
        When it was submitted, and when it was last changed, in microseconds; `NO_TIME` if unknown.
    n_annotations, n_vertices : int64 [W]
        Annotations that are nothing's attribute; points of a label in which all are outlines, else 0. Skipped: 0.
    stated, review_stated : float64 [W]
        Seconds of labeling and of review as the export gives them; nan if it does not.
    labelers, projects : polars.Series
        Their names; the last labeler is null.
    """

    source: Project
    row: Ints
    asset: Ints
    labeler: Ints
    project: Ints
    answered: Flags
    created: Ints
    changed: Ints
    n_annotations: Ints
    n_vertices: Ints
    stated: Floats
    review_stated: Floats
    labelers: pl.Series
    projects: pl.Series

    def __len__(self) -> int:
        return len(self.row)

    @property
    def n_labelers(self) -> int:
        """Number of labelers' codes, that of nobody included."""
        return len(self.labelers)

    @classmethod
    def of(cls, source: Project) -> Effort:
        """Look at the labels of a project."""
        labels = source.tables["labels"].with_row_index("row").filter(pl.col("role") == "submitted")
        row = labels["row"].to_numpy().astype(np.int64)
        asset = labels["asset"].to_numpy().astype(np.int64)
        answered = (labels["status"] == "submitted").to_numpy()
        projects = source.assets["project_id"].unique().sort()
        project_of_asset = source.assets["project_id"].rank("dense").to_numpy().astype(np.int64) - 1
        n_annotations, n_vertices = _drawn(source)
        names = source.labelers["labeler"]
        return cls(
            source=source,
            row=row,
            asset=asset,
            labeler=labels["labeler_row"].cast(pl.Int64).fill_null(len(names)).to_numpy(),
            project=project_of_asset[asset],
            answered=answered,
            created=moments(labels["created_at"]),
            changed=moments(labels["updated_at"]),
            n_annotations=np.where(answered, n_annotations[row], 0),
            n_vertices=np.where(answered, n_vertices[row], 0),
            stated=labels["seconds"].fill_null(np.nan).to_numpy(),
            review_stated=labels["review_seconds"].fill_null(np.nan).to_numpy(),
            labelers=pl.concat([names, pl.Series("labeler", [None], dtype=pl.String)]),
            projects=projects,
        )


def moments(times: pl.Series) -> Ints:
    """Give times as whole microseconds, `NO_TIME` where null."""
    return times.to_physical().fill_null(NO_TIME).to_numpy().astype(np.int64)


def _drawn(source: Project) -> tuple[Ints, Ints]:
    """Count annotations at the top, and vertices where all of these are outlines, of every label."""
    n_labels = source.tables["labels"].height
    top = source.tables["annotations"].filter(pl.col("parent_id").is_null())
    label, concept = (top[name].to_numpy().astype(np.int64) for name in ("label", "concept"))
    n_annotations = count_by(label, n_labels)
    outlined = source.ontology["kind"].is_in(list(_OUTLINED)).to_numpy()[concept]
    points = top["geometry"].list.len().fill_null(0).to_numpy().astype(np.int64) // 2
    n_outlines = count_by(label[outlined], n_labels)
    n_vertices = total_by(label[outlined], points[outlined], n_labels).astype(np.int64)
    return n_annotations, np.where(n_outlines == n_annotations, n_vertices, 0)
