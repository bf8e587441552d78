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
from labelqa.comparison.pairs import RELATIONS
from labelqa.kinds.kind import Floats, Ints
from labelqa.stats.grouped import count_by, divided, total_by

TIE = 1e-12
"""Mean agreements closer than this are a tie for the winning label."""


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
        labels = comparison.project.tables["labels"]
        return cls(
            labels["asset"].to_numpy().astype(np.int64),
            labels["labeler_row"].cast(pl.Int64).fill_null(-1).to_numpy(),
            ((labels["role"] == "submitted") & (labels["status"] == "submitted")).to_numpy(),
        )


def counted_pairs(comparison: Comparison, relation: str) -> Ints:
    """Give the rows of the pairs of a relation that enter averages: defined, and not both empty if the scheme says."""
    counted = (comparison.pair_rows.relation == RELATIONS.index(relation)) & ~np.isnan(comparison.agreement)
    if comparison.scheme.both_empty == "leave_out":
        counted &= count_by(comparison.rows.pair, len(counted)) > 0
    return np.flatnonzero(counted)


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
    asset, n_assets = Work.of(comparison).asset, comparison.project.assets.height
    scored = np.flatnonzero(~np.isnan(consensus))
    best = np.full(n_assets, -np.inf)
    np.maximum.at(best, asset[scored], consensus[scored])
    tied = scored[consensus[scored] >= best[asset[scored]] - TIE]
    submitted = labels["created_at"].to_physical().fill_null(np.iinfo(np.int64).max).to_numpy()
    order = np.lexsort((tied, submitted[tied], asset[tied]))
    first = tied[order][np.diff(asset[tied][order], prepend=-1) > 0]
    winner = np.full(n_assets, -1)
    winner[asset[first]] = first
    return winner


def agreement_rates(comparison: Comparison, winner: Ints) -> Floats:
    """Share of an asset's labels that agree with its winning label: float64 [n_assets], nan without a winner.

    A label agrees when its agreement with the winning label reaches the scheme's `agree_at`; the winner agrees with
    itself.
    """
    n_assets = comparison.project.assets.height
    rows = np.sort(np.concatenate([counted_pairs(comparison, relation) for relation in ("consensus", "self")]))
    pairs = comparison.pair_rows
    of_winner = rows[
        (winner[pairs.asset[rows]] == pairs.label_a[rows]) | (winner[pairs.asset[rows]] == pairs.label_b[rows])
    ]
    agrees = comparison.agreement[of_winner] >= comparison.scheme.agree_at
    has_winner = winner >= 0
    n_agreeing = has_winner + count_by(pairs.asset[of_winner][agrees], n_assets)
    n_labels = has_winner + count_by(pairs.asset[of_winner], n_assets)
    return divided(n_agreeing.astype(np.float64), n_labels)
