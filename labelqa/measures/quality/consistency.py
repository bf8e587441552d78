"""Self-consistency: how far labelers agree with themselves where they labeled an asset twice.

A mean over pairs of labels of one asset by one labeler; assets are the clusters of the interval.
"""

from __future__ import annotations

import numpy as np

from labelqa.comparison import Comparison
from labelqa.kinds.kind import Ints
from labelqa.measures.estimate import Evidence
from labelqa.measures.quality.labels import counted_pairs
from labelqa.stats.grouped import count_by

NAME = "self_consistency"
NO_REPEAT = "no_repeat"


def self_evidence(comparison: Comparison, group: Ints, n_groups: int) -> tuple[Ints, Evidence]:
    """Give the pairs in each group, of the pairs by one labeler, and the evidence; `group` is that of every pair."""
    pairs = counted_pairs(comparison, "self")
    mine = group[pairs]
    asset = comparison.pair_rows.asset[pairs]
    evidence = Evidence.gathered(mine, asset, comparison.agreement[pairs], np.ones(len(pairs)))
    return count_by(mine[mine >= 0], n_groups), evidence
