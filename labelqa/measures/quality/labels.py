"""Scores of single labels and assets: the first two steps of every roll-up.

Sums run over pairs in their canonical order and over labels in theirs, so that they have the same bits however the
comparison was cut into blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.kinds.kind import Floats, Ints
from labelqa.stats.grouped import count_by, divided, total_by

TIE = 1e-12
"""Mean agreements closer than this are a tie for the winning label."""

_NEVER = np.iinfo(np.int64).max
"""In place of a time that is missing: it comes last."""


@dataclass(frozen=True)
class Work:
    """The labels that are someone's work, as arrays over all L labels of the project.

    `asset`, `labeler` (-1 if unknown), int64 [L]; `counts`: submitted and not skipped, bool [L].
    """

    asset: Ints
    labeler: Ints
    counts: NDArray[np.bool_]

    @classmethod
    def of(cls, comparison: Comparison) -> Work:
        """Look at the labels of the compared project."""
        labels = comparison.labels
        return cls(labels.asset, labels.labeler, labels.submitted("submitted"))


def counted_pairs(comparison: Comparison, relation: str) -> Ints:
    """Give the rows of the pairs of a relation that enter averages: defined, and not both empty if the scheme says."""
    return comparison.counted[relation]


def label_consensus(comparison: Comparison) -> Floats:
    """Mean agreement of each label with the other labelers' labels of its asset: float64 [L], nan without one."""
    n_labels = comparison.project.tables["labels"].height
    pairs = counted_pairs(comparison, "consensus")
    agreement = comparison.agreement[pairs]
    sides = comparison.pair_rows.label_a[pairs], comparison.pair_rows.label_b[pairs]
    total = total_by(sides[0], agreement, n_labels) + total_by(sides[1], agreement, n_labels)
    return divided(total, count_by(sides[0], n_labels) + count_by(sides[1], n_labels))


def label_benchmark(comparison: Comparison) -> Floats:
    """Agreement of each label with the benchmark label of its asset: float64 [L], nan without one."""
    scores = np.full(comparison.project.tables["labels"].height, np.nan)
    pairs = counted_pairs(comparison, "benchmark")
    scores[comparison.pair_rows.label_a[pairs]] = comparison.agreement[pairs]
    return scores


def winning_labels(comparison: Comparison, consensus: Floats) -> Ints:
    """Find the winning label of each asset: row of the label, int64 [n_assets], -1 with fewer than two labels.

    The medoid: greatest mean agreement with the others; ties (two labels always tie) go to the one submitted first,
    missing times last, then the smallest id.
    """
    labels = comparison.project.tables["labels"]
    asset, n_assets = labels["asset"].to_numpy().astype(np.int64), comparison.project.assets.height
    scored = np.flatnonzero(~np.isnan(consensus))
    asset, score = asset.take(scored), consensus.take(scored)
    best = np.full(n_assets, -np.inf)
    np.maximum.at(best, asset, score)
    among = np.flatnonzero(score >= best.take(asset) - TIE)
    tied, asset = scored.take(among), asset.take(among)
    submitted = labels["created_at"].cast(pl.Int64)
    time = (submitted.fill_null(_NEVER) if submitted.null_count() else submitted).to_numpy().take(tied)
    earliest = np.full(n_assets, _NEVER)
    np.minimum.at(earliest, asset, time)
    first = np.flatnonzero(time == earliest.take(asset))[::-1]
    winner = np.full(n_assets, -1)
    winner[asset.take(first)] = tied.take(first)  # of several, the last one written stays: the smallest id
    return winner


def agreement_rates(comparison: Comparison, winner: Ints) -> Floats:
    """Share of an asset's labels that agree with its winning label: float64 [n_assets], nan without a winner.

    A label agrees when its agreement with the winning label reaches the scheme's `agree_at`; the winner agrees with
    itself.
    """
    n_assets, pairs = comparison.project.assets.height, comparison.pair_rows
    rows = np.concatenate([counted_pairs(comparison, relation) for relation in ("consensus", "self")])
    asset = pairs.asset.take(rows)
    winner_there = winner.take(asset)
    is_there = (winner_there == pairs.label_a.take(rows)) | (winner_there == pairs.label_b.take(rows))
    agrees = is_there & (comparison.agreement.take(rows) >= comparison.scheme.agree_at)
    has_winner = winner >= 0
    n_agreeing = has_winner + count_by(asset.compress(agrees), n_assets)
    n_labels = has_winner + count_by(asset.compress(is_there), n_assets)
    return divided(n_agreeing.astype(np.float64), n_labels)
