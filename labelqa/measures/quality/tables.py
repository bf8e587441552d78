"""The tables of scores: per label, asset, labeler, class and project."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from labelqa.comparison import Comparison
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Cells, Estimator, Evidence, Measured, measure_columns, undefined_column
from labelqa.measures.quality.evidence import ClassPlaces, Counts, benchmark_counts, pairs_of, parts_of
from labelqa.measures.quality.labels import (
    Work,
    agreement_rates,
    counted_pairs,
    label_benchmark,
    label_consensus,
    winning_labels,
)
from labelqa.project import Project
from labelqa.stats.grouped import count_by, distinct, mean_by, total_by


@dataclass(frozen=True, eq=False)
class QualityTables:
    """Makes the tables of a comparison that holds the relations consensus, self and benchmark."""

    comparison: Comparison
    estimator: Estimator
    work: Work
    consensus: Floats
    benchmark: Floats

    @classmethod
    def of(cls, comparison: Comparison, estimator: Estimator) -> QualityTables:
        """Score the labels, on which every table rests."""
        return cls(comparison, estimator, Work.of(comparison), label_consensus(comparison), label_benchmark(comparison))

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

    def labels(self) -> pl.DataFrame:
        """One row a label: label_id, asset_id, labeler, role, consensus, benchmark, project_id."""
        return self.comparison.project.labels.select(
            "label_id",
            "asset_id",
            "labeler",
            pl.col("role").cast(pl.String),
            pl.Series("consensus", self.consensus, nan_to_null=True),
            pl.Series("benchmark", self.benchmark, nan_to_null=True),
            "project_id",
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

    def labelers(self) -> pl.DataFrame:
        """One row a labeler with work in the project; see `labelqa.Scores`."""
        names = self.comparison.project.labelers["labeler"]
        n = len(names)
        work = self.work
        labeler = np.where(work.counts, work.labeler, -1)
        measured = [
            self._of_labels("consensus", self.consensus, labeler, n, "no_pair"),
            self._of_labels("benchmark", self.benchmark, labeler, n, "no_benchmark"),
        ]
        of_labeler = self.counts.grouped(labeler[self.comparison.pair_rows.label_a[self.counts.group]])
        exact = of_labeler.measures(self.estimator, n)
        mine = np.flatnonzero(labeler >= 0)
        pairs = counted_pairs(self.comparison, "consensus")
        rows = self.comparison.pair_rows
        n_pairs = count_by(work.labeler[rows.label_a[pairs]], n) + count_by(work.labeler[rows.label_b[pairs]], n)
        compared = mine[~np.isnan(self.benchmark[mine])]
        table = pl.DataFrame(
            [
                names,
                pl.Series("n_labels", count_by(labeler[mine], n)),
                pl.Series("n_assets", count_by(Cells.of(labeler, work.asset).group, n)),
                *measure_columns(measured[:1]),
                pl.Series("n_pairs", n_pairs),
                *measure_columns(measured[1:]),
                pl.Series("n_benchmark", count_by(labeler[compared], n)),
                *_values_first(exact),
                *(pl.Series(name, values) for name, values in of_labeler.totals(n).items()),
                undefined_column(measured + exact),
            ]
        )
        return table.filter(pl.col("n_labels") > 0)

    def project(self) -> pl.DataFrame:
        """One row a project; see `labelqa.Scores`."""
        project = self.comparison.project
        names = project.assets["project_id"].unique().sort()
        n = len(names)
        of_asset = (
            project.assets["project_id"].rank("dense").to_numpy().astype(np.int64) - 1
            if n > 1
            else np.zeros(project.assets.height, np.int64)
        )
        measured = [
            self._of_assets("consensus", self.asset_consensus, of_asset, n, "no_pair"),
            self._of_assets("benchmark", self.asset_benchmark, of_asset, n, "no_benchmark"),
        ]
        of_project = self.counts.grouped(of_asset[self.counts.asset])
        exact = of_project.measures(self.estimator, n)
        label_project = of_asset[self.work.asset[self.work.counts]]
        size = count_by(_top_level(project)["label"].to_numpy(), len(self.work.asset))
        n_annotations = total_by(label_project, size[self.work.counts], n).astype(np.int64)
        n_pairs = {
            relation: count_by(of_asset[self.comparison.pair_rows.asset[counted_pairs(self.comparison, relation)]], n)
            for relation in ("consensus", "benchmark")
        }
        return pl.DataFrame(
            [
                names,
                pl.Series("n_assets", count_by(of_asset, n)),
                pl.Series("n_labels", count_by(label_project, n)),
                pl.Series("n_annotations", n_annotations),
                *measure_columns(measured),
                *_values_first(exact),
                pl.Series("n_assets_consensus", measured[0].interval.n_clusters),
                pl.Series("n_assets_benchmark", measured[1].interval.n_clusters),
                pl.Series("n_pairs", n_pairs["consensus"]),
                pl.Series("n_benchmark", n_pairs["benchmark"]),
                *(pl.Series(name, values) for name, values in of_project.totals(n).items()),
                undefined_column(measured + exact),
            ]
        )

    def classes(self) -> pl.DataFrame:
        """One row a class and kind; see `labelqa.Scores`."""
        concepts = self.comparison.concepts
        ontology = self.comparison.project.ontology.with_columns(
            kind=pl.Series(concepts.types, dtype=pl.String).gather(concepts.type)
        )
        names = ontology.select("class", "kind").unique().sort("class", "kind").with_row_index("row")
        row = ontology.join(names, on=["class", "kind"], how="left", maintain_order="left")["row"].to_numpy()
        row, n = row.astype(np.int64), names.height
        measured = [
            self._of_classes("consensus", row, n, "no_pair"),
            self._of_classes("benchmark", row, n, "no_benchmark"),
        ]
        counts = self._counts_of_classes(row)
        exact = counts.measures(self.estimator, n)[:3]
        stored = _top_level(self.comparison.project)
        is_work = self.work.counts[stored["label"].to_numpy()]
        n_annotations = total_by(stored["concept"].to_numpy(), is_work, len(row))
        return pl.DataFrame(
            [
                names["class"],
                names["kind"],
                pl.Series("n_annotations", total_by(row, n_annotations, n).astype(np.int64)),
                *_values_first(measured + exact),
                pl.Series("n_assets_consensus", measured[0].interval.n_clusters),
                pl.Series("n_assets_benchmark", measured[1].interval.n_clusters),
                *(pl.Series(name, values) for name, values in counts.totals(n).items()),
                undefined_column(measured + exact),
            ]
        )

    # --- estimates -------------------------------------------------------------------------------------------------

    def _of_labels(self, name: str, score: Floats, group: Ints, n: int, reason: str) -> Measured:
        """Mean over the labels of each group, assets as clusters."""
        defined = ~np.isnan(score)
        evidence = Evidence.gathered(
            group[defined], self.work.asset[defined], score[defined], np.ones(int(defined.sum()))
        )
        return Measured(name, self.estimator.interval(evidence, n), reason)

    def _of_assets(self, name: str, score: Floats, group: Ints, n: int, reason: str) -> Measured:
        """Mean over the assets of each group."""
        defined = np.flatnonzero(~np.isnan(score))
        evidence = Evidence.gathered(group[defined], defined, score[defined], np.ones(len(defined)))
        return Measured(name, self.estimator.interval(evidence, n), reason)

    def _of_classes(self, relation: str, row: Ints, n: int, reason: str) -> Measured:
        """Roll class agreement up: pair -> label -> asset -> mean over the assets in which the class occurs."""
        parts = [
            self._asset_scores(ClassPlaces.of(self.comparison, *part), row, both_sides=relation == "consensus")
            for part in parts_of(self.comparison, relation)
        ]
        group, asset = (np.concatenate([np.empty(0, np.int64), *(part[k] for part in parts)]) for k in (0, 1))
        score = np.concatenate([np.empty(0), *(part[2] for part in parts)])
        return Measured(
            relation, self.estimator.interval(Evidence(group, asset, score, np.ones(len(score))), n), reason
        )

    def _asset_scores(self, places: ClassPlaces, row: Ints, *, both_sides: bool) -> tuple[Ints, Ints, Floats]:
        """Score classes on whole assets: class, asset and mean over its labels, where defined, sorted by class, asset."""
        rows = self.comparison.pair_rows
        sides = (rows.label_a, rows.label_b) if both_sides else (rows.label_a,)
        label = np.concatenate([side[places.pair] for side in sides])
        group, score = np.tile(row[places.concept], len(sides)), np.tile(places.score, len(sides))
        by_label, at_label = _unique_pairs(group, label)
        label_score = mean_by(at_label, score, len(by_label[0]))
        by_asset, at_asset = _unique_pairs(by_label[0], self.work.asset[by_label[1]])
        asset_score = mean_by(at_asset, label_score, len(by_asset[0]))
        defined = np.flatnonzero(~np.isnan(asset_score))
        return by_asset[0][defined], by_asset[1][defined], asset_score[defined]

    def _counts_of_classes(self, row: Ints) -> Counts:
        """Count in each class of each benchmark pair."""
        places = ClassPlaces.of(self.comparison, *pairs_of(self.comparison, "benchmark"))
        sums = places.sums
        return Counts(
            row[places.concept],
            self.comparison.pair_rows.asset[places.pair],
            sums.n_matched,
            sums.n_found,
            sums.n_shared,
            sums.n_a,
            sums.n_b,
            np.zeros(len(places.pair)),
            sums.similarity,
            sums.n_matched + sums.n_found - sums.n_shared,
        )


def _top_level(project: Project) -> pl.DataFrame:
    """Give label and concept of the annotations that are nothing's attribute."""
    stored = project.tables["annotations"].select("label", "concept", "parent_id")
    return stored.filter(pl.col("parent_id").is_null()) if stored["parent_id"].null_count() < len(stored) else stored


def _unique_pairs(first: Ints, second: Ints) -> tuple[tuple[Ints, Ints], Ints]:
    """Give the distinct (first, second) sorted, and for each input the place of its pair among them."""
    least, most = (int(second.min()), int(second.max())) if len(second) else (0, 0)
    base = most - least + 1
    key, place = distinct(first * base + (second - least), (int(first.max(initial=0)) + 1) * base)
    return (key // base, key % base + least), place


def _values_first(measured: list[Measured]) -> list[pl.Series]:
    """Lay out all values, then all bounds: precision, recall ... precision_low, precision_high, recall_low ..."""
    columns = measure_columns(measured)
    return columns[::3] + [column for k, column in enumerate(columns) if k % 3]


def agreement_matrix(comparison: Comparison, estimator: Estimator) -> pl.DataFrame:
    """Agreement of each two labelers: labeler_a, labeler_b, agreement (with _low, _high), n_pairs, n_assets.

    Each two labelers that share an asset have one row, the one that sorts first on side a.
    """
    project, rows = comparison.project, comparison.pair_rows
    pairs = counted_pairs(comparison, "consensus")
    labeler = project.tables["labels"]["labeler_row"].cast(pl.Int64).fill_null(-1).to_numpy()
    who, group = _unique_pairs(labeler[rows.label_a[pairs]], labeler[rows.label_b[pairs]])
    n = len(who[0])
    agreement = comparison.agreement[pairs]
    evidence = Evidence.gathered(group, rows.asset[pairs], agreement, np.ones(len(pairs)))
    measured = Measured("agreement", estimator.interval(evidence, n), "no_pair")
    names = project.labelers["labeler"]
    return pl.DataFrame(
        [
            names.gather(who[0]).alias("labeler_a"),
            names.gather(who[1]).alias("labeler_b"),
            pl.Series("agreement", measured.interval.value),
            pl.Series("n_pairs", count_by(group, n)),
            pl.Series("n_assets", measured.interval.n_clusters),
            *measure_columns([measured])[1:],
            undefined_column([measured]),
        ]
    )
