"""The table of labelers."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.measures.estimate import Cells, measure_columns, undefined_column
from labelqa.measures.quality.consistency import NAME, NO_REPEAT, self_evidence
from labelqa.measures.quality.evidence import TOTALS, reasons, values_first
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.labels import counted_pairs
from labelqa.measures.quality.scored import Scored
from labelqa.measures.rollup import Rollup, Tally
from labelqa.stats.grouped import count_by


def tally(scored: Scored, groups: Groups) -> Tally:
    """Tell what a part comes to for each labeler."""
    n, work, pairs = len(groups.labelers), scored.work, scored.comparison.pair_rows
    labeler = np.where(work.counts, work.labeler, -1)
    mine, cells = np.flatnonzero(labeler >= 0), Cells.of(labeler, work.asset)
    met = counted_pairs(scored.comparison, "consensus")
    sides = np.concatenate([pairs.label_a[met], pairs.label_b[met]])
    compared = mine[~np.isnan(scored.benchmark[mine])]
    counts = scored.counts.grouped(labeler[pairs.label_a[scored.counts.group]])
    n_self, of_self = self_evidence(scored.comparison, work.labeler[pairs.label_a], n)
    return Tally.of(
        np.arange(n),
        {
            "n_labels": count_by(labeler[mine], n),
            "n_assets": count_by(cells.group, n),
            "n_pairs": count_by(work.labeler[sides[work.counts[sides]]], n),
            "n_benchmark": count_by(labeler[compared], n),
            **counts.totals(n),
            "n_self": n_self,
        },
        {
            "consensus": cells.of_scores(scored.consensus),
            "benchmark": cells.of_scores(scored.benchmark),
            **counts.evidence(),
            NAME: of_self,
        },
    )


def table(rollup: Rollup, groups: Groups) -> pl.DataFrame:
    """One row a labeler with work in the project; see `labelqa.Scores`."""
    why = {"consensus": "no_pair", "benchmark": "no_benchmark", **reasons(rollup.totals["n_compared"]), NAME: NO_REPEAT}
    consensus, benchmark, *exact, again = rollup.measured(why)
    totals = {name: pl.Series(name, values) for name, values in rollup.totals.items()}
    made = pl.DataFrame(
        [
            groups.labelers,
            totals["n_labels"],
            totals["n_assets"],
            *measure_columns([consensus]),
            totals["n_pairs"],
            *measure_columns([benchmark]),
            totals["n_benchmark"],
            *values_first(exact),
            *(totals[name] for name in TOTALS),
            *measure_columns([again]),
            totals["n_self"],
            undefined_column([consensus, benchmark, *exact, again]),
        ]
    )
    return made.filter(pl.col("n_labels") > 0)
