"""Self-consistency: how far labelers agree with themselves where they labeled an asset twice.

A mean over pairs of labels of one asset by one labeler; assets are the clusters of the interval.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.comparison import Comparison
from labelqa.kinds.kind import Ints
from labelqa.measures.estimate import Estimator, Evidence, Measured, measure_columns, undefined_column
from labelqa.measures.quality.labels import counted_pairs
from labelqa.stats.grouped import count_by

NAME = "self_consistency"


def with_labelers(labelers: pl.DataFrame, comparison: Comparison, estimator: Estimator) -> pl.DataFrame:
    """Add self_consistency, its interval and n_self (pairs) to the table of labelers."""
    names = comparison.project.labelers["labeler"]
    labeler = comparison.project.tables["labels"]["labeler_row"].cast(pl.Int64).fill_null(-1).to_numpy()
    pairs = counted_pairs(comparison, "self")
    group = labeler[comparison.pair_rows.label_a[pairs]]
    return _joined(labelers, names, _columns(comparison, estimator, pairs, group, len(names)))


def with_projects(projects: pl.DataFrame, comparison: Comparison, estimator: Estimator) -> pl.DataFrame:
    """Add self_consistency, its interval and n_self (pairs) to the table of projects."""
    of_assets = comparison.project.assets["project_id"]
    names = of_assets.unique().sort()
    of_asset = of_assets.rank("dense").to_numpy().astype(np.int64) - 1
    pairs = counted_pairs(comparison, "self")
    group = of_asset[comparison.pair_rows.asset[pairs]]
    return _joined(projects, names, _columns(comparison, estimator, pairs, group, len(names)))


def _columns(comparison: Comparison, estimator: Estimator, pairs: Ints, group: Ints, n: int) -> list[pl.Series]:
    agreement = comparison.agreement[pairs]
    evidence = Evidence.gathered(group, comparison.pair_rows.asset[pairs], agreement, np.ones(len(pairs)))
    measured = Measured(NAME, estimator.interval(evidence, n), "no_repeat")
    n_self = pl.Series("n_self", count_by(group[group >= 0], n))
    return [*measure_columns([measured]), n_self, undefined_column([measured]).alias("undefined_too")]


def _joined(table: pl.DataFrame, names: pl.Series, columns: list[pl.Series]) -> pl.DataFrame:
    """Add columns, the reasons at the end of those that stand there."""
    found = table.join(pl.DataFrame([names, *columns]), on=names.name, how="left", maintain_order="left")
    reasons = pl.concat_str("undefined", "undefined_too", separator="; ", ignore_nulls=True)
    order = [name for name in found.columns if name not in ("undefined", "undefined_too")]
    return found.with_columns(undefined=reasons.replace("", None)).select(*order, "undefined")
