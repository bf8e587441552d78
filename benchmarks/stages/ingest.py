"""A Labelbox export to a project, and once more from the cache; beside it stands `json_lines` among the rivals."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.duel import Worker
from benchmarks.generate import Recipe
from benchmarks.measure import Cost
from benchmarks.stages import Row
from benchmarks.store import Store

_MOST_ASSETS = 100_000
_LEAST_CACHED = 10_000
"""Exports of fewer assets are too small to be kept."""


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Read a few times; the median counts."""
    if assets > _MOST_ASSETS:  # the export of a million assets is 9 GB
        return
    export = store.get(Recipe(assets, seed), "export.ndjson")
    megabytes = export.stat().st_size / 1e6
    ways = {"labelqa_read": "Labelbox export to project", "labelqa_read_cached": "the same export from the cache"}
    for name, stage in ways.items():
        if name == "labelqa_read_cached" and assets < _LEAST_CACHED:
            continue
        with Worker(sys.executable, name, export) as worker:
            done = [worker.round() for _ in range(rounds)]
        cost = Cost.median([one.score for one in done])
        rate = f"{megabytes / cost.wall:,.0f} MB/s, {megabytes / cost.cpu:,.0f} MB a CPU second"
        yield Row(stage, assets, cost, done[-1].peak, f"{megabytes:,.0f} MB, {rate}")
