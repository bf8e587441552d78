"""A project in memory to scores: the default scheme in full, in a process that has scored a little before."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.duel import Worker
from benchmarks.generate import Recipe
from benchmarks.measure import Cost
from benchmarks.stages import Row
from benchmarks.store import Store


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Score a few times; the median counts."""
    with Worker(sys.executable, "labelqa_score", store.get(Recipe(assets, seed), "project")) as worker:
        done = [worker.round() for _ in range(rounds)]
        outcome = worker.outcome()
    cost = Cost.median([one.score for one in done])
    yield Row("score, project in memory", assets, cost, done[-1].peak, f"{outcome.n:,} matched")
