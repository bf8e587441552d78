"""Drifting downward since a date: agreement that fell and stayed low.

Each label's agreement, its asset and its partners taken out, is laid out in time. Under no change the partial sums of
deviations from the mean, divided by sd * sqrt(n), follow a Brownian bridge; their greatest value exceeds x with
probability exp(-2 x^2). Labels in a row are often of one scene, so sd is the long-run one, which counts how far
neighbours are alike; the change itself is taken out of it.

Source: Page (1954), "Continuous inspection schemes"; Ploberger, Kraemer (1992), "The CUSUM test with OLS residuals",
Econometrica 60 (the bridge); Newey, West (1987), Econometrica 55 (the long-run variance).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.workforce.findings.seen import Seen
from labelqa.measures.workforce.findings.tested import Row, Tested
from labelqa.stats.grouped import count_by, total_by

FINDING = "drift"
LEAST_LABELS = 20
DROP = 0.03
"""Least fall in agreement."""

METHOD = (
    f"agreement, assets and partners taken out, falls by {DROP} or more at some date; greatest partial sum of deviations "
    f"over long-run sd * sqrt(n), from {LEAST_LABELS} labels on, p = exp(-2 x^2) (approximate: limit of a Brownian bridge)"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def drift(seen: Seen) -> Tested:
    """Test every labeler with enough labels that carry a time."""
    left, n_labelers = seen.fits.consensus_left, seen.n_labelers
    usable = np.flatnonzero(~np.isnan(left) & (seen.time >= 0) & (seen.work.labeler >= 0) & seen.work.counts)
    many = count_by(seen.work.labeler[usable], n_labelers) >= LEAST_LABELS
    usable = usable[many[seen.work.labeler[usable]]]
    if not len(usable):
        reason = f"no labeler has {LEAST_LABELS} labels with a time on assets with three labels"
        return Tested.nothing(FINDING, METHOD, reason)
    labeler = seen.work.labeler[usable]
    order = np.lexsort((usable, seen.time[usable], labeler))
    usable, labeler = usable[order], labeler[order]
    n = count_by(labeler, n_labelers).astype(np.float64)
    mean = total_by(labeler, left[usable], n_labelers) / np.maximum(n, 1.0)
    off = left[usable] - mean[labeler]
    start = np.searchsorted(labeler, labeler)
    sums = np.cumsum(off)
    sums = sums - np.where(start > 0, sums[start - 1], 0.0)
    # A date parts the labels only where the next one is later.
    last = np.append((seen.time[usable][1:] == seen.time[usable][:-1]) & (labeler[1:] == labeler[:-1]), False)
    candidate = np.where(last, -np.inf, sums)
    who = np.flatnonzero(many)
    first = np.searchsorted(labeler, who)
    top = np.array(
        [int(np.argmax(candidate[s : s + int(n[w])])) + s for s, w in zip(first, who, strict=True)], np.int64
    )
    before = (top - first + 1).astype(np.float64)
    after = n[who] - before
    fell = np.where(after > 0, sums[top] * n[who] / np.maximum(before * after, 1.0), 0.0)
    slot = np.searchsorted(who, labeler)
    is_after = np.arange(len(usable)) > top[slot]
    level = np.where(is_after, (-fell * before / n[who])[slot], (fell * after / n[who])[slot])
    sd = _long_run_deviation(off - level, labeler, n)[who]
    x = np.maximum(sums[top], 0.0) / np.maximum(sd * np.sqrt(n[who]), np.finfo(float).tiny)
    p = np.where((fell >= DROP) & (sd > 0), np.exp(-2.0 * x * x), 1.0)
    since = seen.time[usable[np.minimum(top + 1, len(usable) - 1)]]
    rows = pl.DataFrame(
        {
            "finding": FINDING,
            "labeler": seen.names.gather(who),
            "since": pl.Series(since).cast(pl.Datetime("us", "UTC")),
            "effect": -fell,
            "unit": "consensus agreement",
            "limit": -DROP,
            "n": n[who].astype(np.int64),
            "p_value": p,
            "row": who,
            "since_us": since,
        }
    )

    def tell(row: Row) -> str:
        day = (_EPOCH + timedelta(microseconds=row["since_us"])).date().isoformat()
        return f"{row['labeler']} agrees {-row['effect']:.2f} less with the others since {day}"

    def behind(row: Row) -> pl.DataFrame:
        mine = usable[(labeler == row["row"]) & (seen.time[usable] >= row["since_us"])]
        mine = mine[np.lexsort((mine, left[mine]))]
        return seen.labels_behind(mine, left[mine])

    return Tested(FINDING, rows, tell, behind, METHOD)


def _long_run_deviation(left: Floats, labeler: Ints, n: Floats) -> Floats:
    """Standard deviation of each labeler's sums, over sqrt(n), with neighbours that are alike: at least that without."""
    n_labelers = len(n)
    reach = np.floor(np.cbrt(n))
    alone = total_by(labeler, left * left, n_labelers) / np.maximum(n - 2.0, 1.0)
    long = alone.copy()
    for lag in range(1, int(reach.max(initial=0)) + 1):
        near = (labeler[lag:] == labeler[:-lag]) & (lag <= reach[labeler[lag:]])
        product = np.where(near, left[lag:] * left[:-lag], 0.0)
        shared = total_by(labeler[lag:], product, n_labelers) / np.maximum(n - 2.0, 1.0)
        long += 2.0 * (1.0 - lag / (reach + 1.0)) * shared
    return np.asarray(np.sqrt(np.maximum(alone, long)))
