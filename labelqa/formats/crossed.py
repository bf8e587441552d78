"""Outlines that cross themselves: compared by the even-odd rule, and told."""

from __future__ import annotations

import polars as pl

from labelqa.project import Project
from labelqa.project.problems import ProblemLog


def note_crossed(project: Project) -> Project:
    """Note the polygons of a project that are no simple outlines, with file and record."""
    stored = project.tables["annotations"]
    is_polygon = (project.ontology["kind"] == "polygon").gather(stored["concept"])
    if not is_polygon.any():
        return project
    from labelqa.kinds.polygon import repaired

    outlines = stored.filter(is_polygon)
    crossed = outlines.filter(pl.Series(repaired(outlines)))
    if crossed.is_empty():
        return project
    labels = project.tables["labels"].select("source", "record")[crossed["label"]]
    log = ProblemLog()
    log.add_rows(
        "warning",
        labels.with_columns(crossed["annotation_id"].alias("found")),
        "an outline that does not cross or touch itself; compared by the even-odd rule",
        field="geometry",
    )
    return project.with_problems(pl.concat([project.problems, log.frame()]))
