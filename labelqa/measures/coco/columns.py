"""COCO's twelve figures as columns of the tables of labelers and projects, under the scheme `coco`."""

from __future__ import annotations

import polars as pl

from labelqa.errors import UsageError
from labelqa.kinds.pools import REGIONS
from labelqa.measures.coco.evaluation import evaluate
from labelqa.measures.coco.figures import NAMES
from labelqa.project import Project

_SCHEMA = dict.fromkeys(NAMES, pl.Float64())


def with_labelers(labelers: pl.DataFrame, project: Project) -> pl.DataFrame:
    """Add the figures of each labeler's annotations, as detections; null for those without confidences.

    Masks are compared where the ground truth has outlines, else boxes.
    """
    return _added(labelers, [_figures(project, name) for name in labelers["labeler"]])


def with_projects(projects: pl.DataFrame, project: Project) -> pl.DataFrame:
    """Add the figures of each project; null where not exactly one labeler gave detections."""
    found = []
    for name in projects["project_id"]:
        part = project.select(projects=name)
        of_labelers = [_figures(part, labeler) for labeler in _with_confidence(part)]
        found.append(of_labelers[0] if len(of_labelers) == 1 else {})
    return _added(projects, found)


def _with_confidence(project: Project) -> list[str]:
    scored = project.annotations.filter(pl.col("score").is_not_null() & (pl.col("role") != "benchmark"))
    return scored["labeler"].drop_nulls().unique().sort().to_list()


def _figures(project: Project, labeler: str) -> dict[str, float | None]:
    truth = project.annotations.filter(role="benchmark")["kind"].unique().to_list()
    kind = "mask" if set(truth) & (set(REGIONS) - {"bbox"}) else "bbox"
    try:
        return evaluate(project, project.select(labelers=labeler), kind).as_dict()
    except UsageError:  # nothing to evaluate: no confidences, or no ground truth
        return {}


def _added(table: pl.DataFrame, figures: list[dict[str, float | None]]) -> pl.DataFrame:
    columns = pl.DataFrame([{name: row.get(name) for name in NAMES} for row in figures], schema=_SCHEMA)
    return pl.concat([table.drop("undefined"), columns, table.select("undefined")], how="horizontal")
