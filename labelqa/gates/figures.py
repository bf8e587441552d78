"""The figures that rules are about, level by level, with the cells of every asset behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelqa.gates.catalogue import METADATA, level_of
from labelqa.kinds.kind import Ints
from labelqa.measures.estimate import Estimator, Evidence, Uncertainty
from labelqa.measures.quality import consistency
from labelqa.measures.quality.attributes import attribute_agreement
from labelqa.measures.quality.tables import QualityTables, agreement_matrix
from labelqa.measures.score import Scores
from labelqa.measures.workforce.rates import RateCard
from labelqa.stats.grouped import count_by
from labelqa.stats.ratio import Interval, ratio


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


class _Keeper(Estimator):
    """Keeps the evidence it is given to estimate from, in that order."""

    def __init__(self, scores: Scores) -> None:
        super().__init__(scores.comparison.project, Uncertainty())
        self._kept: list[Evidence] = []

    def interval(self, evidence: Evidence, n_groups: int) -> Interval:
        """Keep the evidence; the value alone is estimated."""
        self._kept.append(evidence)
        value = ratio(evidence.group, n_groups, evidence.numerator, evidence.denominator)
        return Interval(value, value, value, count_by(evidence.group, n_groups))

    def take(self) -> list[Evidence]:
        """Hand out what was kept since the last time."""
        kept, self._kept = self._kept, []
        return kept


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
        self._keeper = _Keeper(scores)
        self._made: dict[tuple[str, bool], Figures] = {}

    def figures(self, level: str, measure: str) -> Figures:
        """Give the level's figures that hold a measure."""
        key = level, measure in level_of(level).work
        if key not in self._made:
            self._made[key] = self._of_work(level) if key[1] else self._of_scores(level)
        return self._made[key]

    @cached_property
    def _tables(self) -> QualityTables:
        return QualityTables.of(self.scores.comparison, self._keeper)

    @cached_property
    def _workforce(self) -> Any:
        from labelqa.measures.workforce.workforce import workforce

        return workforce(self.scores.comparison.project, rates=self._rates, scores=self.scores)

    def _of_work(self, level: str) -> Figures:
        table = {"project": "project", "labeler": "labelers", "batch": "batches", "dataset": "datasets"}[level]
        frame: pl.DataFrame = getattr(self._workforce, table)
        if level in ("batch", "dataset") and frame[level].null_count() == frame.height:
            frame = frame.clear()  # the export names none
        return _plain(frame)

    def _of_scores(self, level: str) -> Figures:
        scores, comparison, keeper = self.scores, self.scores.comparison, self._keeper
        if level == "asset":
            return _plain(scores.assets)
        if level == "label":
            return _plain(scores.labels.filter(role="submitted"))
        if level not in ("project", "labeler", "class", "attribute", "pair"):
            return self._of_slices(level)
        names = level_of(level).sampled
        if level == "project":
            consistency.with_projects(self._tables.project(), comparison, keeper)
            return self._kept(scores.project, names)
        if level == "labeler":
            consistency.with_labelers(self._tables.labelers(), comparison, keeper)
            labelers = comparison.project.labelers
            row = scores.labelers.join(labelers.with_row_index("row"), on="labeler", how="left", maintain_order="left")
            return self._kept(scores.labelers, names, row["row"].to_numpy().astype(np.int64), labelers.height)
        if level == "class":
            self._tables.classes()
            return self._kept(scores.classes, names)
        if level == "attribute":
            attribute_agreement(comparison, keeper)
            return self._kept(scores.attributes, names)
        agreement_matrix(comparison, keeper)
        return self._kept(scores.agreement, names)

    def _kept(
        self, frame: pl.DataFrame, names: tuple[str, ...], group: Ints | None = None, n_groups: int | None = None
    ) -> Figures:
        """Join rows with the evidence that was kept of their measures; the tables estimate in the order of names."""
        evidence = dict(zip(names, self._keeper.take(), strict=False))
        return Figures(frame, np.arange(frame.height) if group is None else group, n_groups or frame.height, evidence)

    def _of_slices(self, level: str) -> Figures:
        """Group the assets by batch, dataset or a metadata key; those without one are a group if others have one."""
        assets = self.scores.comparison.project.assets
        if level.startswith(METADATA):
            key = level.removeprefix(METADATA)
            found = pl.col("metadata").list.eval(
                pl.element().struct.field("value").filter(pl.element().struct.field("key") == key)
            )
            names = assets.select(metadata=found.list.first())
        else:
            names = assets.select("project_id", level)
        column = names.columns[-1]
        if names[column].null_count() == names.height:
            return _plain(names.clear().with_columns(n_assets=pl.lit(0), undefined=pl.lit(None, pl.String)))
        rows = names.unique().sort(names.columns, nulls_last=True)
        code = names.join(
            rows.with_row_index("code"), on=names.columns, how="left", nulls_equal=True, maintain_order="left"
        )["code"]
        return self._grouped(rows, code.to_numpy().astype(np.int64))

    def _grouped(self, rows: pl.DataFrame, of_asset: Ints) -> Figures:
        tables, keeper, n = self._tables, self._keeper, rows.height
        evidence: dict[str, Evidence] = {}
        for name, score in (("consensus", tables.asset_consensus), ("benchmark", tables.asset_benchmark)):
            some = np.flatnonzero(~np.isnan(score))
            evidence[name] = Evidence.gathered(of_asset[some], some, score[some], np.ones(len(some)))
        measured = tables.counts.grouped(of_asset[tables.counts.asset]).measures(keeper, n)
        evidence.update(zip((one.name for one in measured), keeper.take(), strict=True))
        reasons = {"consensus": "no_pair", "benchmark": "no_benchmark", **{one.name: one.reason for one in measured}}
        told = pl.lit("; ".join(f"{name}: {reason}" for name, reason in reasons.items()))
        work = tables.work
        frame = rows.with_columns(
            n_assets=pl.Series(count_by(of_asset, n)),
            n_labels=pl.Series(count_by(of_asset[work.asset[work.counts]], n)),
            undefined=told,  # what is defined is never looked up here
        )
        return Figures(frame, np.arange(n), n, evidence)


def _plain(frame: pl.DataFrame) -> Figures:
    return Figures(frame, np.arange(frame.height), frame.height, {})
