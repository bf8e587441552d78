"""The table of classes."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Evidence, undefined_column
from labelqa.measures.quality.evidence import TOTALS, ClassPlaces, Counts, reasons, values_first
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.labels import Work
from labelqa.measures.quality.scored import Scored
from labelqa.measures.rollup import Rollup, Tally
from labelqa.stats.grouped import distinct, mean_by, total_by

_MEASURES = ("precision", "recall", "f1")


def tally(scored: Scored, groups: Groups) -> Tally:
    """Tell what a part comes to for each class."""
    n, work, pairs = groups.classes.height, scored.work, scored.comparison.pair_rows
    consensus, benchmark = scored.classes("consensus"), scored.classes("benchmark")
    counts = _counts(benchmark, groups.class_of[benchmark.concept], pairs.asset[benchmark.pair])
    label, concept = scored.top_level
    n_annotations = total_by(concept, work.counts[label].astype(np.uint8), len(groups.class_of))
    exact = counts.evidence()
    return Tally(
        np.arange(n),
        {"n_annotations": total_by(groups.class_of, n_annotations, n).astype(np.int64), **counts.totals(n)},
        {
            "consensus": _of_classes(consensus, groups, work, (pairs.label_a, pairs.label_b)),
            "benchmark": _of_classes(benchmark, groups, work, (pairs.label_a,)),
            **{name: exact[name] for name in _MEASURES},
        },
    )


def table(rollup: Rollup, groups: Groups) -> pl.DataFrame:
    """One row a class and kind; see `labelqa.Scores`."""
    why = reasons(rollup.totals["n_compared"])
    measured = rollup.measured({"consensus": "no_pair", "benchmark": "no_benchmark"})
    exact = rollup.measured({name: why[name] for name in _MEASURES})
    return pl.DataFrame(
        [
            groups.classes["class"],
            groups.classes["kind"],
            pl.Series("n_annotations", rollup.totals["n_annotations"]),
            *values_first(measured + exact),
            *(pl.Series(f"n_assets_{one.name}", one.interval.n_clusters) for one in measured),
            *(pl.Series(name, rollup.totals[name]) for name in TOTALS),
            undefined_column(measured + exact),
        ]
    )


def _counts(places: ClassPlaces, group: Ints, asset: Ints) -> Counts:
    """Count in each class of each benchmark pair."""
    sums = places.sums
    return Counts(
        group,
        asset,
        sums.n_matched,
        sums.n_found,
        sums.n_shared,
        sums.n_a,
        sums.n_b,
        np.zeros(len(places.pair)),
        sums.similarity,
        sums.n_matched + sums.n_found - sums.n_shared,
    )


def _of_classes(places: ClassPlaces, groups: Groups, work: Work, sides: tuple[Ints, ...]) -> Evidence:
    """Roll class agreement up: pair -> label (of some sides) -> asset -> mean over the assets in which the class occurs."""
    label = np.concatenate([side[places.pair] for side in sides])
    group, score = np.tile(groups.class_of[places.concept], len(sides)), np.tile(places.score, len(sides))
    if not (counts := work.counts[label]).all():
        group, label, score = group[counts], label[counts], score[counts]
    (group, label), label_score = _means(group, label, score)
    (group, asset), asset_score = _means(group, work.asset[label], label_score)
    some = np.flatnonzero(~np.isnan(asset_score))
    return Evidence(group[some], asset[some], asset_score[some], np.ones(len(some)))


def _means(first: Ints, second: Ints, values: Floats) -> tuple[tuple[Ints, Ints], Floats]:
    """Average the values of each (first, second): the different ones, sorted, and the mean of those that are defined."""
    base = int(second.max(initial=0)) + 1
    key, place = distinct(first * base + second, (int(first.max(initial=-1)) + 1) * base)
    return (key // base, key % base), mean_by(place, values, len(key))
