"""The table of projects."""

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
from labelqa.stats.grouped import count_by, total_by


def tally(scored: Scored, groups: Groups) -> Tally:
    """Tell what a part comes to for each project."""
    n, work, comparison = len(groups.projects), scored.work, scored.comparison
    of_asset = groups.project_of(comparison.project.assets)
    cells = Cells.of(of_asset, np.arange(len(of_asset)))
    of_label = of_asset[work.asset[work.counts]]
    size = count_by(scored.top_level[0], len(work.asset))
    of_pair = of_asset[comparison.pair_rows.asset]
    counts = scored.counts.grouped(of_asset[scored.counts.asset])
    n_self, of_self = self_evidence(comparison, of_pair, n)
    return Tally.of(
        np.arange(n),
        {
            "n_assets": count_by(of_asset, n),
            "n_labels": count_by(of_label, n),
            "n_annotations": total_by(of_label, size[work.counts], n).astype(np.int64),
            "n_pairs": count_by(of_pair[counted_pairs(comparison, "consensus")], n),
            "n_benchmark": count_by(of_pair[counted_pairs(comparison, "benchmark")], n),
            **counts.totals(n),
            "n_self": n_self,
        },
        {
            "consensus": cells.of_scores(scored.asset_consensus),
            "benchmark": cells.of_scores(scored.asset_benchmark),
            **counts.evidence(),
            NAME: of_self,
        },
    )


def table(rollup: Rollup, groups: Groups) -> pl.DataFrame:
    """One row a project; see `labelqa.Scores`."""
    why = {"consensus": "no_pair", "benchmark": "no_benchmark", **reasons(rollup.totals["n_compared"]), NAME: NO_REPEAT}
    consensus, benchmark, *exact, again = rollup.measured(why)
    totals = {name: pl.Series(name, values) for name, values in rollup.totals.items()}
    return pl.DataFrame(
        [
            groups.projects,
            totals["n_assets"],
            totals["n_labels"],
            totals["n_annotations"],
            *measure_columns([consensus, benchmark]),
            *values_first(exact),
            *(pl.Series(f"n_assets_{one.name}", one.interval.n_clusters) for one in (consensus, benchmark)),
            totals["n_pairs"],
            totals["n_benchmark"],
            *(totals[name] for name in TOTALS),
            *measure_columns([again]),
            totals["n_self"],
            undefined_column([consensus, benchmark, *exact, again]),
        ]
    )
