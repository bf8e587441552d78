"""Learning and fatigue: how a labeler's time changes with practice, and time and agreement within a sitting.

| measure | change of | with |
|---|---|---|
| learning | seconds per label | each doubling of the labels done (power law of practice) |
| fatigue | seconds per label | each hour since the sitting began, compared within sittings |
| fading | consensus | each hour since the sitting began, compared within sittings |

`learning` and `fatigue` are shares: -0.1 is 10 % faster. Slopes of the logarithm of active seconds, by least squares on
practice and hours together, so that who gets faster by practice does not seem to get faster by the hour. Intervals are
jackknifed over sittings.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Measured, measure_columns
from labelqa.measures.workforce.effort import SECOND
from labelqa.measures.workforce.tally import Facts
from labelqa.stats.grouped import count_by, divided, total_by
from labelqa.stats.ratio import Interval
from labelqa.stats.student import t_quantile

LEAST_LABELS = 10
LEAST_HOURS = 0.5
"""Shorter sittings say nothing about fatigue."""

_LEAST_SECONDS = 1e-3
_COLLINEAR = 1e-9


def curves(facts: Facts) -> pl.DataFrame:
    """Give one row a labeler with dated work: labeler, n_sittings, and each measure with interval and n.

    `undefined` says why something is null: few_labels (less than 10 labels to go by; for fatigue and fading
    in sittings of half an hour or more),
    one_sitting (an interval needs two).
    """
    effort, times = facts.effort, facts.times
    n_people = effort.n_labelers - 1
    dated = effort.answered & (times.sitting >= 0)
    used = np.flatnonzero(dated)
    order = used[np.lexsort((used, effort.created[used], effort.labeler[used]))]
    sitting, labeler = times.sitting[order], effort.labeler[order]
    logs = np.log(np.maximum(times.active[order], _LEAST_SECONDS))
    begins = np.full(int(sitting.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(begins, sitting, effort.created[order])
    hours = (effort.created[order] - begins[sitting]) / (3600.0 * SECOND)
    length = np.zeros(len(begins))
    np.maximum.at(length, sitting, hours)
    timed, lasting = ~np.isnan(logs), (length >= LEAST_HOURS)[sitting]
    practice = np.log2(_place(labeler[timed]))
    agreed, practice = facts.consensus[order], np.log2(_place(labeler))
    models = {
        "learning": (practice, hours, logs, labeler, timed),
        "fatigue": (hours, practice, logs, sitting, timed & lasting),
        "fading": (hours, practice, agreed, sitting, lasting & ~np.isnan(agreed)),
    }
    slopes = {
        name: _slope(x[used], beside[used], y[used], centre[used], labeler[used], sitting[used], facts)
        for name, (x, beside, y, centre, used) in models.items()
    }
    measured, columns = [], []
    for name, (found, n) in slopes.items():
        if name != "fading":
            found = Interval(np.expm1(found.value), np.expm1(found.low), np.expm1(found.high), found.n_clusters)
        measured.append(Measured(name, found, "few_labels"))
        columns += [*measure_columns(measured[-1:]), pl.Series(f"n_{name}", n)]
    n_sittings = count_by(labeler[np.diff(sitting, prepend=-1) != 0], n_people)
    table = pl.DataFrame(
        [
            effort.labelers[:n_people].alias("labeler"),
            pl.Series("n_sittings", n_sittings),
            *columns,
            _undefined(measured),
        ]
    )
    return table.filter(pl.col("n_sittings") > 0)


def _slope(
    x: Floats, beside: Floats, y: Floats, centre: Ints, labeler: Ints, sitting: Ints, facts: Facts
) -> tuple[Interval, Ints]:
    """Fit y on x and what goes on beside it, all from their means in each `centre`: a slope on x for every labeler."""
    n, m = facts.effort.n_labelers - 1, int(centre.max(initial=-1)) + 1
    size = count_by(centre, m)
    x, beside, y = (v - divided(total_by(centre, v, m), size)[centre] for v in (x, beside, y))
    xx, bb, xb, xy, by = (
        total_by(labeler, u * v, n) for u, v in ((x, x), (beside, beside), (x, beside), (x, y), (beside, y))
    )
    free = xx * bb - xb * xb
    apart = free > _COLLINEAR * xx * bb  # else x alone is fitted
    left = x - np.where(apart, np.nan_to_num(divided(xb, bb)), 0.0)[labeler] * beside
    explained = np.where(apart, np.nan_to_num(divided(by * xx - xy * xb, free)), 0.0)[labeler] * beside
    sittings, first, cell = np.unique(sitting, return_index=True, return_inverse=True)
    above, below = (total_by(cell, left * v, len(sittings)) for v in (y - explained, left))
    n_labels = count_by(labeler[(below > 0)[cell]], n)
    some = (below > 0) & (n_labels >= LEAST_LABELS)[labeler[first]]
    return _jackknifed(labeler[first][some], above[some], below[some], n, facts), n_labels


def _jackknifed(group: Ints, above: Floats, below: Floats, n: int, facts: Facts) -> Interval:
    """Put an interval around ratios of sums over sittings, by leaving one sitting out at a time.

    The first sitting weighs most in a learning curve; variances that do not leave it out are too small.
    """
    size, count = total_by(group, below, n), count_by(group, n)
    value = divided(total_by(group, above, n), size)
    rest = size[group] - below
    alone = rest <= _COLLINEAR * size[group]
    change = divided(above - np.nan_to_num(value)[group] * below, np.where(alone, 0.0, rest))
    some = (count >= 2) & (count_by(group[alone], n) == 0)
    squares = total_by(group[~alone], change[~alone] ** 2, n)
    degrees = np.maximum(count - 1.0, 1.0)
    half = t_quantile(degrees, 0.5 + facts.estimator.uncertainty.confidence / 2)
    half = np.where(some, half * np.sqrt(degrees / np.maximum(count, 1) * squares), np.nan)
    return Interval(value, value - half, value + half, count)


def _place(sorted_codes: Ints) -> Floats:
    """Number the rows of each code from 1."""
    begins = np.flatnonzero(np.diff(sorted_codes, prepend=-1))
    lengths = np.diff(np.append(begins, len(sorted_codes)))
    return (np.arange(len(sorted_codes)) - np.repeat(begins, lengths) + 1).astype(np.float64)


def _undefined(measured: list[Measured]) -> pl.Series:
    parts = []
    for one in measured:
        value, low = (pl.Series(end).is_nan() for end in (one.interval.value, one.interval.low))
        said = pl.when(value).then(pl.lit(f"{one.name}: {one.reason}"))
        parts.append(said.when(low).then(pl.lit(f"{one.name} interval: one_sitting")).alias(one.name))
    joined = pl.select(*parts).select(pl.concat_str(pl.all(), separator="; ", ignore_nulls=True)).to_series()
    return joined.replace("", None).alias("undefined")
