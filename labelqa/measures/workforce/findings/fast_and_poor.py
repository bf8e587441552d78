"""Suspiciously fast and in poor agreement: someone who clicks through."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.measures.workforce.findings.seen import Seen
from labelqa.measures.workforce.findings.tested import Row, Tested

FINDING = "fast_and_poor"
FAST = 2 / 3
"""Of the time that the median labeler needs for the same assets."""
POOR = 0.05
"""Agreement below the median labeler's on the same assets."""

METHOD = (
    f"needs less than {FAST:.2f} of the median labeler's time, and agrees by more than {POOR} less than the median "
    "labeler, both on the same assets; one-sided t tests with assets as clusters, the larger p-value of the two "
    "(approximate for few assets)"
)


def fast_and_poor(seen: Seen) -> Tested:
    """Test every labeler."""
    fits = seen.fits
    known = {"consensus": fits.consensus, "benchmark": fits.benchmark}
    name = max(known, key=lambda key: int((~np.isnan(known[key].error)).sum()))
    quality = known[name]
    poor = quality.p_below(-POOR)
    fast = fits.time.p_below(float(np.log(FAST)))
    p = np.maximum(poor, fast)
    who = np.flatnonzero(~np.isnan(p))
    if not len(who):
        return Tested.nothing(FINDING, METHOD, "no labelers share assets with both times and agreement")
    rows = pl.DataFrame(
        {
            "finding": FINDING,
            "labeler": seen.names.gather(who),
            "effect": quality.value[who],
            "unit": f"{name} agreement",
            "limit": -POOR,
            "n": np.minimum(quality.n_clusters, fits.time.n_clusters)[who],
            "p_value": p[who],
            "factor": np.exp(fits.time.value[who]),
            "row": who,
        }
    )

    def tell(row: Row) -> str:
        return (
            f"{row['labeler']} takes {row['factor']:.0%} of the usual time for the same assets and agrees "
            f"{-row['effect']:.2f} less with {'the others' if name == 'consensus' else 'the benchmark'}"
        )

    def behind(row: Row) -> pl.DataFrame:
        mine = (seen.work.labeler == row["row"]) & seen.work.counts
        quick = fits.time_left < np.log(FAST)
        off = fits.consensus_left < -POOR if name == "consensus" else np.ones(len(mine), bool)
        found = np.flatnonzero(mine & quick & off)
        found = found[np.lexsort((found, fits.time_left[found]))]
        return seen.labels_behind(found, np.exp(fits.time_left[found]))

    return Tested(FINDING, rows, tell, behind, METHOD)
