"""Scoring part by part: what every part of a project comes to, and the tables that adds up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from labelqa.comparison.comparer import Comparer
from labelqa.comparison.comparison import Comparison
from labelqa.measures.estimate import Estimator
from labelqa.measures.quality import agreement, attributes, classes, confusion, labelers, projects
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.scored import Scored
from labelqa.measures.rollup import Rollup, Tally
from labelqa.project.parts import Part

RELATIONS = ("benchmark", "consensus", "self")

_FAMILY = {
    "project": projects,
    "labelers": labelers,
    "classes": classes,
    "attributes": attributes,
    "agreement": agreement,
}
"""Tables with a row for each group, by name."""


@dataclass(frozen=True, eq=False)
class PartScores:
    """What a part comes to: groups' totals and evidence by table, answers, and its rows of the tables `assets` and `labels`."""

    first_asset: int
    tallies: Mapping[str, Tally]
    answers: pl.DataFrame
    assets: pl.DataFrame
    labels: pl.DataFrame


@dataclass(frozen=True, eq=False)
class Scoring:
    """Scores the parts of a project, all in one way."""

    comparer: Comparer
    groups: Groups

    def score(self, part: Part) -> tuple[PartScores, Comparison]:
        """Compare the labels of a part and score them."""
        comparison = self.comparer.compare(part.project)
        return self.told(Scored.of(comparison), part.assets.start), comparison

    def told(self, scored: Scored, first_asset: int) -> PartScores:
        """Tell what the scored labels of a part come to."""
        tallies = {name: table.tally(scored, self.groups) for name, table in _FAMILY.items()}
        tallies["confusion"] = confusion.tally(scored)
        return PartScores(first_asset, tallies, confusion.answers(scored), scored.assets(), scored.labels())


class Rollups:
    """Adds up what parts come to, in the order of their assets."""

    def __init__(self, scoring: Scoring, estimator: Estimator) -> None:
        self._groups = scoring.groups
        self._rollups = {name: Rollup(estimator) for name in (*_FAMILY, "confusion")}
        self._answers: pl.DataFrame | None = None

    def add(self, part: PartScores) -> None:
        """Add the next part."""
        for name, tally in part.tallies.items():
            self._rollups[name].add(tally, part.first_asset)
        before = self._answers
        self._answers = part.answers if before is None else confusion.added(pl.concat([before, part.answers]))

    def tables(self, ontology: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
        """Make the tables with a row for each group; at least one part must have been added."""
        for name, table in _FAMILY.items():
            yield name, table.table(self._rollups[name], self._groups)
        answers = self._answers if self._answers is not None else confusion.none_answered()
        yield "confusion", confusion.table(self._rollups["confusion"], answers, ontology)
