"""Attribute agreement: of the answers nested under annotations that are the same thing, how many are alike.

A mean over rows: one for each question that either of two matched annotations answers, with the similarity of the
answers, and 0 where only one side answers. Assets are the clusters of the interval.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.comparison.marks import parents
from labelqa.comparison.pairs import RELATIONS
from labelqa.measures.estimate import Evidence, measure_columns, undefined_column
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.scored import Scored
from labelqa.measures.rollup import Rollup, Tally
from labelqa.stats.grouped import count_by, distinct

_RELATIONS = {"consensus": "no_pair", "benchmark": "no_benchmark"}


def tally(scored: Scored, groups: Groups) -> Tally:
    """Tell what a part comes to for each question nested under a class."""
    comparison = scored.comparison
    stored, pairs, rows = comparison.project.tables["annotations"], comparison.pair_rows, comparison.attribute_rows
    concept = stored["concept"].to_numpy()
    one = np.maximum(rows.a, rows.b)
    above = concept[parents(stored)[one]] if len(one) else one
    n = groups.questions.height
    number = groups.parent_of[above] * n + groups.question_of[concept[one]]
    keys, group = distinct(number, max(n * len(groups.parents), 1))
    asset, relation = pairs.asset[rows.pair], pairs.relation[rows.pair]
    defined = ~np.isnan(rows.similarity)
    totals, evidence = {}, {}
    for name in _RELATIONS:
        used = np.flatnonzero(defined & (relation == RELATIONS.index(name)))
        evidence[name] = Evidence.gathered(group[used], asset[used], rows.similarity[used], np.ones(len(used)))
        totals[f"n_{name}"] = count_by(group[used], len(keys))
    return Tally.of(keys, totals, evidence)


def table(rollup: Rollup, groups: Groups) -> pl.DataFrame:
    """One row a class and question nested under it.

    Columns: class, question, kind, consensus, consensus_low, consensus_high, n_consensus (rows compared between
    labelers), benchmark, benchmark_low, benchmark_high, n_benchmark, undefined.
    """
    above, asked = np.divmod(rollup.keys, max(groups.questions.height, 1))
    measured = rollup.measured(_RELATIONS)
    columns = [
        column
        for one in measured
        for column in (*measure_columns([one]), pl.Series(f"n_{one.name}", rollup.totals[f"n_{one.name}"]))
    ]
    return pl.DataFrame(
        [
            groups.parents.gather(above),
            groups.questions["class"].gather(asked).alias("question"),
            groups.questions["kind"].gather(asked),
            *columns,
            undefined_column(measured),
        ]
    )
