"""A comparison with the scores of its labels and assets, on which every table rests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.kinds.kind import Floats
from labelqa.measures.quality.evidence import ClassPlaces, Counts, benchmark_counts
from labelqa.measures.quality.labels import (
    Work,
    agreement_rates,
    label_benchmark,
    label_consensus,
    winning_labels,
)
from labelqa.project.schema import ROLES, ROW
from labelqa.stats.grouped import count_by, mean_by


@dataclass(frozen=True, eq=False)
class Scored:
    """A project or a part of one, compared in the relations consensus, self and benchmark.

    `consensus` and `benchmark` are the scores of its labels, float64 [L].
    """

    comparison: Comparison
    work: Work
    consensus: Floats
    benchmark: Floats

    @classmethod
    def of(cls, comparison: Comparison) -> Scored:
        """Score the labels."""
        return cls(comparison, Work.of(comparison), label_consensus(comparison), label_benchmark(comparison))

    @cached_property
    def asset_consensus(self) -> Floats:
        """Mean consensus of the labels of each asset."""
        return mean_by(self.work.asset, self.consensus, self.comparison.project.assets.height)

    @cached_property
    def asset_benchmark(self) -> Floats:
        """Mean agreement of the labels of each asset with its benchmark label."""
        return mean_by(self.work.asset, self.benchmark, self.comparison.project.assets.height)

    @cached_property
    def counts(self) -> Counts:
        """What came of comparing with the benchmark, pair by pair."""
        return benchmark_counts(self.comparison)

    @cached_property
    def classes(self) -> ClassPlaces:
        """The matches by pair and class."""
        return ClassPlaces.of(self.comparison)

    @cached_property
    def top_level(self) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """Label and concept of the annotations looked at that are nothing's attribute."""
        stored = self.comparison.project.tables["annotations"]
        label, concept = stored["label"].to_numpy(), stored["concept"].to_numpy()
        if stored["parent_id"].null_count() < len(stored):
            top = stored["parent_id"].is_null().to_numpy()
            label, concept = label.compress(top), concept.compress(top)
        is_seen = self.comparison.ontology.same >= 0
        if not is_seen.all():
            seen = is_seen.take(concept)
            label, concept = label.compress(seen), concept.compress(seen)
        return label, concept

    def labels(self) -> pl.DataFrame:
        """One row a label: label_id, asset_id, labeler, role, consensus, benchmark, project_id."""
        project = self.comparison.project
        stored, assets = project.tables["labels"], project.assets
        return pl.DataFrame(
            [
                stored["label_id"],
                assets["asset_id"][stored["asset"]],
                project.labelers["labeler"][stored["labeler_row"]],
                pl.Series("role", ROLES)[self.comparison.labels.role],
                pl.Series("consensus", self.consensus, nan_to_null=True),
                pl.Series("benchmark", self.benchmark, nan_to_null=True),
                assets["project_id"][stored["asset"]],
            ]
        )

    def assets(self) -> pl.DataFrame:
        """One row an asset: project_id, asset_id, n_labels, consensus, agreement_rate, winning_label, benchmark."""
        project = self.comparison.project
        assets, label_id = project.assets, project.tables["labels"]["label_id"]
        winner = winning_labels(self.comparison, self.consensus)
        winner_row = pl.Series(np.where(winner < 0, np.nan, winner), nan_to_null=True).cast(ROW)
        n_labels = count_by(self.work.asset.compress(self.work.counts), assets.height)
        return pl.DataFrame(
            [
                assets["project_id"],
                assets["asset_id"],
                pl.Series("n_labels", n_labels),
                pl.Series("consensus", self.asset_consensus, nan_to_null=True),
                pl.Series("agreement_rate", agreement_rates(self.comparison, winner), nan_to_null=True),
                label_id[winner_row].alias("winning_label"),
                pl.Series("benchmark", self.asset_benchmark, nan_to_null=True),
            ]
        )
