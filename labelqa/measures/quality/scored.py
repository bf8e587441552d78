"""A comparison with the scores of its labels and assets, on which every table rests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from labelqa.comparison import Comparison
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.quality.evidence import ClassPlaces, Counts, benchmark_counts, pairs_of
from labelqa.measures.quality.labels import (
    Work,
    agreement_rates,
    label_benchmark,
    label_consensus,
    winning_labels,
)
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

    def classes(self, relation: str) -> ClassPlaces:
        """Gather the matches of a relation by pair and class."""
        return ClassPlaces.of(self.comparison, *pairs_of(self.comparison, relation))

    @cached_property
    def top_level(self) -> tuple[Ints, Ints]:
        """Label and concept of the annotations that are nothing's attribute."""
        stored = self.comparison.project.tables["annotations"].select("label", "concept", "parent_id")
        if stored["parent_id"].null_count() < len(stored):
            stored = stored.filter(pl.col("parent_id").is_null())
        return stored["label"].to_numpy(), stored["concept"].to_numpy()

    def labels(self) -> pl.DataFrame:
        """One row a label: label_id, asset_id, labeler, role, consensus, benchmark, project_id."""
        project = self.comparison.project
        stored = project.tables["labels"]
        asset = project.assets.select("asset_id", "project_id")[stored["asset"]]
        return pl.DataFrame(
            [
                stored["label_id"],
                asset["asset_id"],
                project.labelers["labeler"].gather(stored["labeler_row"]),
                stored["role"].cast(pl.String),
                pl.Series("consensus", self.consensus, nan_to_null=True),
                pl.Series("benchmark", self.benchmark, nan_to_null=True),
                asset["project_id"],
            ]
        )

    def assets(self) -> pl.DataFrame:
        """One row an asset: project_id, asset_id, n_labels, consensus, agreement_rate, winning_label, benchmark."""
        project = self.comparison.project
        n_assets = project.assets.height
        winner = winning_labels(self.comparison, self.consensus)
        winner_row = pl.when(pl.Series(winner) >= 0).then(pl.Series(winner))
        return project.assets.select(
            "project_id",
            "asset_id",
            pl.Series("n_labels", count_by(self.work.asset[self.work.counts], n_assets)),
            pl.Series("consensus", self.asset_consensus, nan_to_null=True),
            pl.Series("agreement_rate", agreement_rates(self.comparison, winner), nan_to_null=True),
            pl.lit(project.tables["labels"]["label_id"]).gather(winner_row).alias("winning_label"),
            pl.Series("benchmark", self.asset_benchmark, nan_to_null=True),
        )
