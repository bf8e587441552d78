"""The tables of scores: per label, asset, labeler, class and project."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.comparison import Comparison
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Estimator, Evidence, Measured, measure_columns, undefined_column
from labelqa.measures.quality.evidence import ClassPlaces, Counts, benchmark_counts
from labelqa.measures.quality.labels import (
    Work,
    agreement_rates,
    counted_pairs,
    label_benchmark,
    label_consensus,
    winning_labels,
)
from labelqa.stats.grouped import count_by, mean_by

_TOP = pl.col("parent_id").is_null()
"""Annotations that are nothing's attribute."""


@dataclass(frozen=True)
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

    def labels(self) -> pl.DataFrame:
        """One row a label: label_id, asset_id, labeler, role, consensus, benchmark, project_id."""
        return self.comparison.project.labels.select(
            "label_id",
            "asset_id",
            "labeler",
            pl.col("role").cast(pl.String),
            pl.Series("consensus", self.consensus).fill_nan(None),
            pl.Series("benchmark", self.benchmark).fill_nan(None),
            "project_id",
        )

    def assets(self) -> pl.DataFrame:
        """One row an asset: project_id, asset_id, n_labels, consensus, agreement_rate, winning_label, benchmark."""
        project = self.comparison.project
        n_assets = project.assets.height
        winner = winning_labels(self.comparison, self.consensus)
        winner_row = pl.Series(winner).cast(pl.Int64)
        winner_row = winner_row.zip_with(winner_row >= 0, pl.Series([None], dtype=pl.Int64))
        return project.assets.select(
            "project_id",
            "asset_id",
            pl.Series("n_labels", count_by(self.work.asset[self.work.counts], n_assets)),
            pl.Series("consensus", mean_by(self.work.asset, self.consensus, n_assets)).fill_nan(None),
            pl.Series("agreement_rate", agreement_rates(self.comparison, winner)).fill_nan(None),
            project.labels["label_id"].gather(winner_row).alias("winning_label"),
            pl.Series("benchmark", mean_by(self.work.asset, self.benchmark, n_assets)).fill_nan(None),
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
        counts = benchmark_counts(self.comparison)
        of_labeler = counts.grouped(labeler[self.comparison.pair_rows.label_a[counts.group]])
        exact = of_labeler.measures(self.estimator, n)
        mine = labeler >= 0
        pairs = counted_pairs(self.comparison, "consensus")
        rows = self.comparison.pair_rows
        n_pairs = count_by(work.labeler[rows.label_a[pairs]], n) + count_by(work.labeler[rows.label_b[pairs]], n)
        base = self.comparison.project.assets.height
        met = np.unique(labeler[mine] * base + work.asset[mine]) // max(base, 1)
        compared = mine & ~np.isnan(self.benchmark)
        table = pl.DataFrame(
            [
                names,
                pl.Series("n_labels", count_by(labeler[mine], n)),
                pl.Series("n_assets", count_by(met, n)),
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
        of_asset = project.assets["project_id"].rank("dense").to_numpy().astype(np.int64) - 1
        measured = [
            self._of_assets(
                "consensus", mean_by(self.work.asset, self.consensus, len(of_asset)), of_asset, n, "no_pair"
            ),
            self._of_assets(
                "benchmark", mean_by(self.work.asset, self.benchmark, len(of_asset)), of_asset, n, "no_benchmark"
            ),
        ]
        counts = benchmark_counts(self.comparison)
        of_project = counts.grouped(of_asset[counts.asset])
        exact = of_project.measures(self.estimator, n)
        label_project = of_asset[self.work.asset[self.work.counts]]
        annotation_label = project.tables["annotations"].filter(_TOP)["label"].to_numpy()
        of_work = annotation_label[self.work.counts[annotation_label]]
        n_pairs = {
            relation: count_by(of_asset[self.comparison.pair_rows.asset[counted_pairs(self.comparison, relation)]], n)
            for relation in ("consensus", "benchmark")
        }
        return pl.DataFrame(
            [
                names,
                pl.Series("n_assets", count_by(of_asset, n)),
                pl.Series("n_labels", count_by(label_project, n)),
                pl.Series("n_annotations", count_by(of_asset[self.work.asset[of_work]], n)),
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
        against = ClassPlaces.of(self.comparison, "benchmark")
        measured = [
            self._of_classes("consensus", ClassPlaces.of(self.comparison, "consensus"), row, n, "no_pair"),
            self._of_classes("benchmark", against, row, n, "no_benchmark"),
        ]
        counts = Counts(
            row[against.concept],
            self.comparison.pair_rows.asset[against.pair],
            against.sums.n_matched,
            against.sums.n_found,
            against.sums.n_shared,
            against.sums.n_a,
            against.sums.n_b,
            np.zeros(len(against.pair)),
            against.sums.similarity,
            against.sums.n_matched + against.sums.n_found - against.sums.n_shared,
        )
        exact = counts.measures(self.estimator, n)[:3]
        stored = self.comparison.project.tables["annotations"].filter(_TOP)
        of_work = self.work.counts[stored["label"].to_numpy()]
        return pl.DataFrame(
            [
                names["class"],
                names["kind"],
                pl.Series("n_annotations", count_by(row[stored["concept"].to_numpy()[of_work]], n)),
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

    def _of_classes(self, relation: str, places: ClassPlaces, row: Ints, n: int, reason: str) -> Measured:
        """Roll class agreement up: pair -> label -> asset -> mean over the assets in which the class occurs."""
        rows = self.comparison.pair_rows
        sides = (rows.label_a, rows.label_b) if relation == "consensus" else (rows.label_a,)
        label = np.concatenate([side[places.pair] for side in sides])
        group = np.concatenate([row[places.concept]] * len(sides))
        by_label, at_label = _unique_pairs(group, label)
        label_score = mean_by(at_label, np.concatenate([places.score] * len(sides)), len(by_label[0]))
        by_asset, at_asset = _unique_pairs(by_label[0], self.work.asset[by_label[1]])
        asset_score = mean_by(at_asset, label_score, len(by_asset[0]))
        evidence = Evidence.gathered(*by_asset, asset_score, np.ones(len(asset_score)))
        return Measured(relation, self.estimator.interval(evidence, n), reason)


def _unique_pairs(first: Ints, second: Ints) -> tuple[tuple[Ints, Ints], Ints]:
    """Give the distinct (first, second) sorted, and for each input the place of its pair among them."""
    base = int(second.max(initial=0)) + 1
    key, place = np.unique(first * base + second, return_inverse=True)
    return (key // base, key % base), place


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
