"""Near-identical copies of another labeler's geometry: people do not hit the same pixel twice.

Two signs must come together. Copies make a heap of all but identical outlines, where independent work thins out towards
identity; and the pair has more of them than either has with anyone else, so that objects which everyone draws alike
(the whole frame, snapped outlines) accuse nobody. Outlines taken over from a pre-label are left out.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.workforce.findings.seen import Met, Seen
from labelqa.measures.workforce.findings.tested import Row, Tested
from labelqa.stats.binomial import binomial_tail
from labelqa.stats.grouped import count_by, distinct, divided, total_by

FINDING = "copies"
IDENTICAL, ALIKE = 0.99, 0.98
"""Similarity of copies, and of what is about as alike but no copy."""

METHOD = (
    f"outlines of two labelers with similarity {IDENTICAL} or more. Larger of two p-values, both by assets: binomial with "
    f"1/2 against outlines of similarity {ALIKE} to {IDENTICAL} (independent outlines are rarer the more alike they are); "
    "binomial with the rate expected from what both share with other labelers, where they have others (approximate: "
    "that rate is estimated, one pseudo-copy added)"
)
_OUTLINES = ("bbox", "cuboid", "keypoints", "mask", "polygon", "polyline", "rotated_bbox", "track")


def copies(seen: Seen) -> Tested:
    """Test every two labelers who share objects."""
    met = _outlines(seen)
    if not len(met):
        return Tested.nothing(FINDING, METHOD, "no outlines of two labelers are one object")
    n = seen.n_labelers
    low, high = np.minimum(met.who_a, met.who_b), np.maximum(met.who_a, met.who_b)
    pairs, of_row = distinct(low * n + high, n * n)
    first, second = pairs // n, pairs % n
    heap, beside, shared = _by_asset(of_row, met, len(pairs))
    p_heap = binomial_tail(heap, heap + beside, 0.5)
    expected, alone = _expected(first, second, heap, shared, n)
    p_rate = np.where(alone, 0.0, binomial_tail(heap, shared, np.minimum(expected, 1.0)))
    later = _later(seen, met, of_row, len(pairs), low)
    copier = np.where(later > 0, first, second)
    rows = pl.DataFrame(
        {
            "finding": FINDING,
            "labeler": seen.names.gather(copier),
            "other": seen.names.gather(np.where(later > 0, second, first)),
            "effect": divided(heap.astype(np.float64), shared),
            "unit": "share of shared assets",
            "limit": np.where(alone, np.nan, expected),
            "n": shared,
            "p_value": np.where(heap > 0, np.maximum(p_heap, p_rate), 1.0),
            "row": np.arange(len(pairs)),
            "n_copied": heap,
            "is_later": later != 0,
        }
    ).with_columns(pl.col("limit").fill_nan(None))

    def tell(row: Row) -> str:
        whose = "came later in most of them" if row["is_later"] else "and who came later is not known"
        return (
            f"{row['labeler']} and {row['other']} have all but identical outlines on {row['n_copied']} of "
            f"{row['n']} shared assets; {row['labeler'] + ' ' + whose if row['is_later'] else whose}"
        )

    def behind(row: Row) -> pl.DataFrame:
        mine = np.flatnonzero((of_row == row["row"]) & (met.similarity >= IDENTICAL))
        mine = mine[np.lexsort((mine, -met.similarity[mine]))]
        flip = seen.names.gather(met.who_b[mine]).to_numpy() == row["labeler"]
        return seen.marks_behind(met.where(mine), met.similarity[mine], flip)

    return Tested(FINDING, rows, tell, behind, METHOD)


def _outlines(seen: Seen) -> Met:
    """Take the outlines of two labelers that are one object of one class, without those that a pre-label had first."""
    met = seen.met
    drawn = seen.comparison.project.ontology["kind"].is_in(_OUTLINES).to_numpy()
    met = met.where((met.who_b != seen.n_labelers) & drawn[met.class_a] & (met.class_a == met.class_b))
    taken_over = _from_prelabels(seen)
    return met.where(~(taken_over[met.a] | taken_over[met.b]))


def _from_prelabels(seen: Seen) -> np.ndarray:
    """Mark the annotations with the very numbers of a prediction on their asset: bool, one an annotation."""
    project = seen.comparison.project
    stored, labels = project.tables["annotations"], project.tables["labels"]
    predicted = (labels["role"] == "prediction").to_numpy()
    label = stored["label"].to_numpy()
    if not predicted.any():
        return np.zeros(stored.height, bool)
    value = stored.select(pl.struct(pl.col("geometry").list.eval(pl.element().round(3)), "parts").hash(0)).to_series()
    keys = pl.DataFrame({"asset": labels["asset"].to_numpy()[label], "value": value})
    offered = keys.filter(pl.Series(predicted[label])).unique()
    same = keys.with_row_index("row").join(offered, on=["asset", "value"], how="semi")["row"].to_numpy()
    found = np.zeros(stored.height, bool)
    found[same] = True
    return found


def _by_asset(of_row: Ints, met: Met, n_pairs: int) -> tuple[Ints, Ints, Ints]:
    """Count for each pair the assets with copies, those with what is about as alike, and all."""
    base = int(met.asset.max()) + 1
    cells, cell = distinct(of_row * base + met.asset, n_pairs * base)
    pair = cells // base
    copied = count_by(cell[met.similarity >= IDENTICAL], len(cells))
    alike = count_by(cell[(met.similarity >= ALIKE) & (met.similarity < IDENTICAL)], len(cells))
    return (
        count_by(pair[copied > alike], n_pairs),
        count_by(pair[alike > copied], n_pairs),
        count_by(pair, n_pairs),
    )


def _expected(first: Ints, second: Ints, heap: Ints, shared: Ints, n: int) -> tuple[Floats, np.ndarray]:
    """Expect a rate of copies for each pair from what both have with others: the greatest of theirs and of the product."""
    ends = np.concatenate([first, second])
    total, size = (np.bincount(ends, np.tile(x, 2), n) for x in (heap, shared))
    own = [(total[end] - heap + 1.0) / (size[end] - shared + 1.0) for end in (first, second)]
    alone = (size[first] - shared == 0) & (size[second] - shared == 0)
    overall = (heap.sum() + 1.0) / (shared.sum() + 1.0)
    return np.maximum(np.maximum(own[0], own[1]), own[0] * own[1] / overall), alone


def _later(seen: Seen, met: Met, of_row: Ints, n_pairs: int, low: Ints) -> Floats:
    """Count on copied outlines how often the labeler that sorts first came later, less how often earlier."""
    pairs = seen.comparison.pair_rows
    copied = met.similarity >= IDENTICAL
    time_a, time_b = seen.time[pairs.label_a[met.pair]], seen.time[pairs.label_b[met.pair]]
    known = copied & (time_a >= 0) & (time_b >= 0)
    sign = np.sign(time_a - time_b) * np.where(met.who_a == low, 1, -1)
    return total_by(of_row[known], sign[known].astype(np.float64), n_pairs)
