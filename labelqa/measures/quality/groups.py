"""The groups that tables are about, numbered the same in every part of a project."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison.concepts import Classes
from labelqa.kinds.kind import Ints
from labelqa.project import Project, schema


@dataclass(frozen=True, eq=False)
class Groups:
    """Labelers, projects, classes and questions of a project.

    Attributes
    ----------
    labelers : polars.Series
        Names by row of the labeler.
    projects : polars.Series
        Ids, sorted.
    classes : polars.DataFrame
        class and kind (where several kinds meet, that of their pool), sorted; `class_of` int64 [C] is the row of each
        concept in it.
    parents : polars.Series
        Names of classes, sorted; `parent_of` int64 [C] is the row of each concept in it.
    questions : polars.DataFrame
        class and kind, sorted; `question_of` int64 [C] is the row of each concept in it.
    is_answered : bool [C]
        Marks questions with a list of answers.
    """

    labelers: pl.Series
    projects: pl.Series
    classes: pl.DataFrame
    class_of: Ints
    parents: pl.Series
    parent_of: Ints
    questions: pl.DataFrame
    question_of: Ints
    is_answered: NDArray[np.bool_]

    @classmethod
    def of(cls, project: Project, project_ids: pl.Series, seen: Classes) -> Groups:
        """Number the groups of a project, whose assets are of these projects."""
        ontology = project.ontology.select("class", "kind")
        met = ontology.with_columns(kind=pl.Series(seen.types, dtype=pl.String).gather(seen.type))
        classes, class_of = _numbered(met)
        questions, question_of = _numbered(ontology)
        parents, parent_of = _numbered(ontology.select("class"))
        return cls(
            project.labelers["labeler"],
            project_ids.unique().sort(),
            classes,
            class_of,
            parents["class"],
            parent_of,
            questions,
            question_of,
            np.isin(ontology["kind"].to_numpy(), schema.ANSWERED),
        )

    def project_of(self, assets: pl.DataFrame) -> Ints:
        """Give the number of the project of each asset: int64."""
        if len(self.projects) <= 1:
            return np.zeros(assets.height, np.int64)
        return self.projects.search_sorted(assets["project_id"]).to_numpy().astype(np.int64)


def _numbered(names: pl.DataFrame) -> tuple[pl.DataFrame, Ints]:
    """Give the different rows, sorted, and the number of each row among them."""
    rows = names.rows()
    different = sorted(set(rows))
    number = {row: k for k, row in enumerate(different)}
    table = pl.DataFrame(different, schema=names.schema, orient="row")
    return table, np.array([number[row] for row in rows], dtype=np.int64)
