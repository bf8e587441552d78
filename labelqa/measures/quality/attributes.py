"""Attribute agreement: of the answers nested under annotations that are the same thing, how many are alike.

A mean over rows: one for each question that either of two matched annotations answers, with the similarity of the
answers, and 0 where only one side answers. Assets are the clusters of the interval.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.comparison import Comparison
from labelqa.comparison.marks import parents
from labelqa.comparison.pairs import RELATIONS
from labelqa.measures.estimate import Estimator, Evidence, Measured, measure_columns, undefined_column
from labelqa.stats.grouped import count_by


def attribute_agreement(comparison: Comparison, estimator: Estimator) -> pl.DataFrame:
    """Estimate how far the attributes of matched annotations agree.

    Returns
    -------
    polars.DataFrame
        One row a class and question nested under it: class, question, kind, consensus, consensus_low, consensus_high,
        n_consensus (rows compared between labelers), benchmark, benchmark_low, benchmark_high, n_benchmark, undefined.
    """
    stored, ontology = comparison.project.tables["annotations"], comparison.project.ontology
    rows = comparison.attribute_rows
    concept = stored["concept"].to_numpy().astype(np.int64)
    one = np.maximum(rows.a, rows.b)
    above = concept[parents(stored)[one]] if len(one) else one
    asked = pl.DataFrame(
        [
            ontology["class"].gather(above),
            ontology["class"].gather(concept[one]).alias("question"),
            ontology["kind"].gather(concept[one]),
        ]
    )
    names = asked.unique().sort("class", "question", "kind").with_row_index("row")
    group = asked.join(names, on=asked.columns, how="left", maintain_order="left")["row"].to_numpy().astype(np.int64)
    asset, relation = comparison.pair_rows.asset[rows.pair], comparison.pair_rows.relation[rows.pair]
    defined = ~np.isnan(rows.similarity)
    columns: list[pl.Series] = []
    measured: list[Measured] = []
    for name, reason in (("consensus", "no_pair"), ("benchmark", "no_benchmark")):
        used = np.flatnonzero(defined & (relation == RELATIONS.index(name)))
        evidence = Evidence.gathered(group[used], asset[used], rows.similarity[used], np.ones(len(used)))
        measure = Measured(name, estimator.interval(evidence, names.height), reason)
        n_rows = pl.Series(f"n_{name}", count_by(group[used], names.height))
        columns += [*measure_columns([measure]), n_rows]
        measured.append(measure)
    return pl.DataFrame([*names.drop("row"), *columns, undefined_column(measured)])
