"""Scoring part by part: what every part of a project comes to, and the tables that adds up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from labelqa.comparison.comparer import Comparer
from labelqa.comparison.scheme import Scheme
from labelqa.measures.estimate import Estimator
from labelqa.measures.quality import agreement, attributes, classes, confusion, labelers, projects
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.scored import Scored
from labelqa.measures.rollup import Rollup, Tally
from labelqa.project import Project
from labelqa.project.parts import Part

RELATIONS = ("benchmark", "consensus", "self")

_FAMILY = {
    "project": projects,
    "labelers": labelers,
    "classes": classes,
    "attributes": attributes,
    "agreement": agreement,
}
"""Tables with a row for each group that are added up in one way, by name."""

GROUPED = (*_FAMILY, "confusion")
"""All tables with a row for each group."""


@dataclass(frozen=True, eq=False)
class Sums:
    """What a part comes to: totals and evidence of the groups of each table, and the answers to questions."""

    first_asset: int
    tallies: Mapping[str, Tally]
    answers: pl.DataFrame | None


@dataclass(frozen=True, eq=False)
class Scoring:
    """Scores the parts of a project, all in one way."""

    comparer: Comparer
    groups: Groups

    @classmethod
    def of(cls, project: Project, project_ids: pl.Series, scheme: Scheme) -> Scoring:
        """Get ready for the parts of a project, whose assets are of these projects."""
        comparer = Comparer.of(project, RELATIONS, scheme)
        return cls(comparer, Groups.of(project, project_ids, comparer.ontology))

    def score(self, part: Part) -> tuple[Sums, Scored]:
        """Compare the labels of a part and score them."""
        scored = Scored.of(self.comparer.compare(part.project))
        return self.sums(scored, part.assets.start), scored

    def sums(self, scored: Scored, first_asset: int, tables: Iterable[str] = GROUPED) -> Sums:
        """Tell what the scored labels of a part come to, for some of the tables."""
        tallies = {name: table.tally(scored, self.groups) for name, table in _FAMILY.items() if name in tables}
        if "confusion" not in tables:
            return Sums(first_asset, tallies, None)
        tallies["confusion"] = confusion.tally(scored)
        return Sums(first_asset, tallies, confusion.answers(scored, self.groups))


class Rollups:
    """Adds up what parts come to, in the order of their assets."""

    def __init__(self, scoring: Scoring, estimator: Estimator, tables: Iterable[str] = GROUPED) -> None:
        self._groups = scoring.groups
        self._rollups = {name: Rollup(estimator) for name in tables}
        self._answers: pl.DataFrame | None = None

    def add(self, part: Sums) -> None:
        """Add the next part."""
        for name, tally in part.tallies.items():
            self._rollups[name].add(tally, part.first_asset)
        if part.answers is not None:
            self._answers = confusion.added([self._answers, part.answers])

    def tables(self, ontology: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
        """Make the tables with a row for each group; at least one part must have been added."""
        for name, rollup in self._rollups.items():
            if name in _FAMILY:
                yield name, _FAMILY[name].table(rollup, self._groups)
            else:
                yield name, confusion.table(rollup, self._answers, ontology)
