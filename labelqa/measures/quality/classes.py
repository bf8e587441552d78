"""The table of classes."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Evidence, undefined_column
from labelqa.measures.quality.evidence import TOTALS, ClassPlaces, Counts, pairs_of, reasons, values_first
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.labels import Work
from labelqa.measures.quality.scored import Scored
from labelqa.measures.rollup import Rollup, Tally
from labelqa.stats.grouped import averaged, count_by, total_by

_MEASURES = ("precision", "recall", "f1")


def tally(scored: Scored, groups: Groups) -> Tally:
    """Tell what a part comes to for each class."""
    n, work, pairs = groups.classes.height, scored.work, scored.comparison.pair_rows
    consensus, benchmark = (
        scored.classes.of_pairs(*pairs_of(scored.comparison, relation)) for relation in ("consensus", "benchmark")
    )
    counts = _counts(benchmark, groups.class_of[benchmark.concept], pairs.asset[benchmark.pair])
    label, concept = scored.top_level
    drawn = concept if work.counts.all() else concept.compress(work.counts.take(label))
    n_annotations = count_by(drawn, len(groups.class_of))
    return Tally.of(
        np.arange(n),
        {"n_annotations": total_by(groups.class_of, n_annotations, n).astype(np.int64), **counts.totals(n)},
        {
            "consensus": _of_classes(consensus, groups, work, (pairs.label_a, pairs.label_b)),
            "benchmark": _of_classes(benchmark, groups, work, (pairs.label_a,)),
            **counts.evidence(_MEASURES),
        },
    )


def table(rollup: Rollup, groups: Groups) -> pl.DataFrame:
    """One row a class and kind; see `labelqa.Scores`."""
    why = reasons(rollup.totals["n_compared"])
    consensus, benchmark, *exact = rollup.measured(
        {"consensus": "no_pair", "benchmark": "no_benchmark", **{name: why[name] for name in _MEASURES}}
    )
    measured = [consensus, benchmark]
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
    n_labels, n_assets = len(work.asset), int(work.asset.max(initial=-1)) + 1
    pair, concept, score = _defined(places)
    group, n, keys, scores = groups.class_of.take(concept), groups.classes.height, [], []
    for side in sides:
        ours = work.counts.take(side)
        used = slice(None) if ours.all() else np.flatnonzero(ours.take(pair))
        keys.append(side.take(pair[used]) * n + group[used])
        scores.append(score[used])
    key, label_score = averaged(np.concatenate(keys), np.concatenate(scores), n_labels * n)
    label = key // max(n, 1)
    key, asset_score = averaged(work.asset.take(label) * n + (key - label * n), label_score, n_assets * n)
    asset = key // max(n, 1)
    return Evidence(key - asset * n, asset, asset_score, np.ones(len(key)))


def _defined(places: ClassPlaces) -> tuple[Ints, Ints, Floats]:
    """Give pair, concept and score of the places whose score is defined."""
    undefined = np.isnan(places.score)
    if not undefined.any():
        return places.pair, places.concept, places.score
    some = np.flatnonzero(~undefined)
    return places.pair.take(some), places.concept.take(some), places.score.take(some)
