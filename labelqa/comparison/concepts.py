"""Concepts: what the class of an annotation means for the agreement under a scheme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison.match import BEST_OF_A, BEST_OF_B, Rows
from labelqa.comparison.scheme import Scheme
from labelqa.kinds import QuestionKind
from labelqa.kinds.kind import Floats, Ints
from labelqa.kinds.pools import Pool
from labelqa.project import Project


@dataclass(frozen=True)
class Classes:
    """The classes and questions of a project, C rows of its ontology, as a scheme sees them.

    Where several kinds meet, a class that is drawn with several of them is one: it goes by the first row of its name.

    Attributes
    ----------
    same : int64 [C]
        The concept that stands for each row of the ontology; itself unless kinds meet, -1 if it is not looked at.
    is_question : bool [C]
    weight : float64 [C]
    type : int64 [C]
        Number of the concept's pool in `types`.
    types : tuple of str
        Names of the pools that occur.
    """

    same: Ints
    is_question: NDArray[np.bool_]
    weight: Floats
    type: Ints
    types: tuple[str, ...]

    @classmethod
    def seen_by(cls, scheme: Scheme, pools: Sequence[Pool], ontology: pl.DataFrame) -> Classes:
        """Look up the concepts of an ontology under a scheme."""
        pool_of = {name: pool for pool in pools for name in pool.members}
        names = [pool_of[kind].name if kind in pool_of else kind for kind in ontology["kind"]]
        types = tuple(sorted(set(names)))
        questions = {pool.name for pool in pools if isinstance(pool.kind, QuestionKind)}
        number = {name: k for k, name in enumerate(types)}
        first: dict[tuple[str, str, str], int] = {}
        same = [
            first.setdefault(key, row)
            for row, key in enumerate(zip(ontology["project_id"], ontology["class"], names, strict=True))
        ]
        return cls(
            np.array(same, dtype=np.int64),
            np.array([name in questions for name in names], dtype=bool),
            np.array([scheme.weights.get(name, 1.0) for name in ontology["class"]], dtype=np.float64),
            np.array([number[name] for name in names], dtype=np.int64),
            types,
        )

    def of(self, project: Project) -> Concepts:
        """Look up the concepts of a project's annotations; its ontology is the one they were made of."""
        concept = project.tables["annotations"]["concept"].to_numpy()
        named = {field.name: getattr(self, field.name) for field in fields(Classes)}
        return Concepts(**named, of_annotation=np.append(self.same.take(concept), -1))


@dataclass(frozen=True)
class Concepts(Classes):
    """The same, with the annotations of a project.

    Attributes
    ----------
    of_annotation : int64 [N + 1]
        The concept of each annotation, -1 if it is not looked at; and -1 at the end for nobody (row -1).
    """

    of_annotation: Ints

    def sides(self, rows: Rows) -> tuple[Ints, Ints]:
        """Give the concept on either side of each row, -1 where nobody is.

        A best partner counts as nobody: it has a row of its own.
        """
        a, b = self.of_annotation[rows.a], self.of_annotation[rows.b]
        if (rows.outcome >= BEST_OF_A).any():
            a, b = np.where(rows.outcome == BEST_OF_B, -1, a), np.where(rows.outcome == BEST_OF_A, -1, b)
        return a, b
