"""The matrix of labelers: how far each two agree."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.measures.estimate import Evidence, measure_columns, undefined_column
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.labels import counted_pairs
from labelqa.measures.quality.scored import Scored
from labelqa.measures.rollup import Rollup, Tally
from labelqa.stats.grouped import count_by, distinct


def tally(scored: Scored, groups: Groups) -> Tally:
    """Tell what a part comes to for each two labelers that share an asset in it."""
    n, pairs, labeler = len(groups.labelers), scored.comparison.pair_rows, scored.work.labeler
    met = counted_pairs(scored.comparison, "consensus")
    keys, group = distinct(labeler[pairs.label_a[met]] * n + labeler[pairs.label_b[met]], n * n)
    evidence = Evidence.gathered(group, pairs.asset[met], scored.comparison.agreement[met], np.ones(len(met)))
    return Tally.of(keys, {"n_pairs": count_by(group, len(keys))}, {"agreement": evidence})


def table(rollup: Rollup, groups: Groups) -> pl.DataFrame:
    """Agreement of each two labelers: labeler_a, labeler_b, agreement (with _low, _high), n_pairs, n_assets.

    Each two labelers that share an asset have one row, the one that sorts first on side a.
    """
    (measured,) = rollup.measured({"agreement": "no_pair"})
    a, b = np.divmod(rollup.keys, max(len(groups.labelers), 1))
    value, low, high = measure_columns([measured])
    return pl.DataFrame(
        [
            groups.labelers.gather(a).alias("labeler_a"),
            groups.labelers.gather(b).alias("labeler_b"),
            value,
            pl.Series("n_pairs", rollup.totals["n_pairs"]),
            pl.Series("n_assets", measured.interval.n_clusters),
            low,
            high,
            undefined_column([measured]),
        ]
    )
