"""Outlines that cross themselves: compared by the even-odd rule, and told."""

from __future__ import annotations

import polars as pl

from labelqa.project import Project
from labelqa.project.problems import ProblemLog


def with_crossed(project: Project) -> Project:
    """Note the polygons of a project that are no simple outlines."""
    log = ProblemLog()
    note_crossed(project, log)
    found = log.frame()
    return project if found.is_empty() else project.with_problems(pl.concat([project.problems, found]))


def note_crossed(project: Project, log: ProblemLog) -> None:
    """Note the polygons of a project, or of a part of it, that are no simple outlines, with file and record."""
    stored = project.tables["annotations"]
    is_polygon = (project.ontology["kind"] == "polygon").gather(stored["concept"])
    if not is_polygon.any():
        return
    from labelqa.kinds.polygon import repaired

    outlines = stored.filter(is_polygon)
    crossed = outlines.filter(pl.Series(repaired(outlines)))
    labels = project.tables["labels"].select("source", "record")[crossed["label"]]
    log.add_rows(
        "warning",
        labels.with_columns(crossed["annotation_id"].alias("found")),
        "an outline that does not cross or touch itself; compared by the even-odd rule",
        field="geometry",
    )
