"""A Labelbox export to a project; beside it stands `json_lines` among the rivals."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.duel import Worker
from benchmarks.generate import Recipe
from benchmarks.measure import Cost
from benchmarks.stages import Row
from benchmarks.store import Store

_MOST_ASSETS = 100_000


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Read a few times; the median counts."""
    if assets > _MOST_ASSETS:  # the export of a million assets is 9 GB
        return
    export = store.get(Recipe(assets, seed), "export.ndjson")
    megabytes = export.stat().st_size / 1e6
    with Worker(sys.executable, "labelqa_read", export) as worker:
        done = [worker.round() for _ in range(rounds)]
    cost = Cost.median([one.score for one in done])
    note = f"{megabytes:,.0f} MB, {megabytes / cost.wall:,.0f} MB/s"
    yield Row("Labelbox export to project", assets, cost, done[-1].peak, note)
