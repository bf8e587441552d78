"""The figures that rules are about, level by level, with the cells of every asset behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelqa.gates.catalogue import METADATA, OBJECTS, level_of
from labelqa.kinds.kind import Ints
from labelqa.measures.estimate import Evidence
from labelqa.measures.quality import agreement, attributes, classes, labelers, projects
from labelqa.measures.quality.evidence import reasons
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.scored import Scored
from labelqa.measures.score import Scores
from labelqa.measures.workforce.rates import RateCard
from labelqa.project import Project
from labelqa.stats.grouped import count_by
from labelqa.stats.ratio import ratio

_TABLES = {
    "project": ("project", projects),
    "labeler": ("labelers", labelers),
    "class": ("classes", classes),
    "attribute": ("attributes", attributes),
    "pair": ("agreement", agreement),
}
"""The table of each sampled level, and the module that makes it."""

SLICES = ("batch", "dataset")
"""Levels that group assets by a field; metadata.KEY comes in addition."""


@dataclass(frozen=True, eq=False)
class Figures:
    """One level: a row for each of its members, and the evidence of its sampled measures.

    Parameters
    ----------
    frame : polars.DataFrame
        The names, the measures, and `undefined`.
    group : int64 [rows]
        The group of each row in the evidence.
    n_groups : int
    evidence : mapping of str to Evidence
        By measure.
    """

    frame: pl.DataFrame
    group: Ints
    n_groups: int
    evidence: Mapping[str, Evidence]


class Sources:
    """Makes the figures of a project when a rule asks for them, each level once.

    Parameters
    ----------
    scores : Scores
    rates : RateCard, TOML file, mapping or None
        What labeling costs, for the measures of work.
    """

    def __init__(self, scores: Scores, rates: RateCard | str | Path | Mapping[str, Any] | None = None) -> None:
        self.scores, self._rates = scores, RateCard.of(rates)
        self._made: dict[tuple[str, str], Figures] = {}

    def figures(self, level: str, measure: str) -> Figures:
        """Give the level's figures that hold a measure."""
        known = level_of(level)
        of = "work" if measure in known.work else "objects" if level == "asset" and measure in OBJECTS else "scores"
        key = level, of
        if key not in self._made:
            make = {"work": self._of_work, "objects": self._of_objects, "scores": self._of_scores}[of]
            self._made[key] = make(level)
        return self._made[key]

    @cached_property
    def _scored(self) -> Scored:
        kept = self.scores.kept
        return kept.looked_at.scored(kept.comparison)

    @cached_property
    def _groups(self) -> Groups:
        comparison = self.scores.comparison
        return Groups.of(comparison.project, comparison.project.assets["project_id"], comparison.ontology)

    @cached_property
    def _workforce(self) -> Any:
        from labelqa.measures.workforce.workforce import workforce

        whole = self.scores.whole
        team = workforce(whole.comparison.project, rates=self._rates, scores=whole)
        return team.select(scores=self.scores) if self.scores.kept.is_part else team

    def _of_work(self, level: str) -> Figures:
        table = {"project": "project", "labeler": "labelers", "batch": "batches", "dataset": "datasets"}[level]
        frame: pl.DataFrame = getattr(self._workforce, table)
        if level in SLICES and frame[level].null_count() == frame.height:
            frame = frame.clear()  # the export names none
        return _plain(frame)

    def _of_scores(self, level: str) -> Figures:
        scores = self.scores
        if level == "asset":
            return _plain(scores.assets)
        if level == "label":
            return _plain(scores.labels.filter(role="submitted"))
        if level not in _TABLES:
            return self._of_slices(level)
        name, table = _TABLES[level]
        frame: pl.DataFrame = getattr(scores, name)
        tally = table.tally(self._scored, self._groups)
        return Figures(frame, self._group(level, frame), len(tally.keys), tally.of_measures)

    def _group(self, level: str, frame: pl.DataFrame) -> Ints:
        """Find the group of each row: the table leaves out who did no work, and what is not looked at."""
        groups = self._groups
        every = {
            "project": groups.projects.rename("project_id").to_frame(),
            "labeler": groups.labelers.rename("labeler").to_frame(),
            "class": groups.classes,
        }.get(level)
        if every is None:
            return np.arange(frame.height)
        numbered = every.with_row_index("group")
        found = frame.select(every.columns).join(numbered, on=every.columns, how="left", maintain_order="left")
        return found["group"].cast(pl.Int64).to_numpy()

    def _of_objects(self, _: str) -> Figures:
        """Tell how far each asset agrees with its benchmark, object by object."""
        frame, counts = self.scores.assets.select("project_id", "asset_id", "n_labels"), self._scored.counts
        n, counts = frame.height, counts.grouped(counts.asset)
        totals = counts.totals(n)
        found = counts.evidence()
        values = {name: ratio(one.group, n, one.numerator, one.denominator) for name, one in found.items()}
        why = {**reasons(totals["n_compared"]), **dict.fromkeys(("n_matched", "n_drawn", "n_expected"), "no_benchmark")}
        compared = pl.Series(totals["n_compared"] > 0)
        told = [
            pl.lit("; ".join(f"{name}: {reason}" for name, reason in given.items()))
            for given in (why, dict.fromkeys(why, "no_benchmark"))
        ]
        return _plain(
            frame.with_columns(
                *(pl.Series(name, column, nan_to_null=True) for name, column in values.items()),
                *(pl.when(compared).then(pl.lit(pl.Series(column))).alias(name) for name, column in totals.items()),
                undefined=pl.when(compared).then(told[0]).otherwise(told[1]),
            )
        )

    def _of_slices(self, level: str) -> Figures:
        """Group the assets by batch, dataset or a metadata key; those without one are a group if others have one."""
        names = slice_names(self.scores.comparison.project, level)
        column = names.columns[-1]
        if names[column].null_count() == names.height:
            return _plain(names.clear().with_columns(n_assets=pl.lit(0), undefined=pl.lit(None, pl.String)))
        rows = names.unique().sort(names.columns, nulls_last=True)
        code = names.join(
            rows.with_row_index("code"), on=names.columns, how="left", nulls_equal=True, maintain_order="left"
        )["code"]
        return self._grouped(rows, code.to_numpy().astype(np.int64))

    def _grouped(self, rows: pl.DataFrame, of_asset: Ints) -> Figures:
        scored, n = self._scored, rows.height
        evidence: dict[str, Evidence] = {}
        for name, score in (("consensus", scored.asset_consensus), ("benchmark", scored.asset_benchmark)):
            some = np.flatnonzero(~np.isnan(score))
            evidence[name] = Evidence.gathered(of_asset[some], some, score[some], np.ones(len(some)))
        counts = scored.counts.grouped(of_asset[scored.counts.asset])
        evidence.update(counts.evidence())
        why = {"consensus": "no_pair", "benchmark": "no_benchmark", **reasons(counts.totals(n)["n_compared"])}
        told = pl.lit("; ".join(f"{name}: {reason}" for name, reason in why.items()))
        work = scored.work
        frame = rows.with_columns(
            n_assets=pl.Series(count_by(of_asset, n)),
            n_labels=pl.Series(count_by(of_asset[work.asset[work.counts]], n)),
            undefined=told,  # what is defined is never looked up here
        )
        return Figures(frame, np.arange(n), n, evidence)


def slice_names(project: Project, level: str) -> pl.DataFrame:
    """Name the slice of each asset: the value of a metadata key, or the batch or dataset of its project."""
    if not level.startswith(METADATA):
        return project.assets.select("project_id", level)
    of_key = pl.element().struct.field("key") == level.removeprefix(METADATA)
    found = pl.col("metadata").list.eval(pl.element().struct.field("value").filter(of_key))
    return project.assets.select(metadata=found.list.first())


def _plain(frame: pl.DataFrame) -> Figures:
    return Figures(frame, np.arange(frame.height), frame.height, {})
