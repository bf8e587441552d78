"""From a cold shell: whole commands, with the interpreter's start."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.duel import ROOT
from benchmarks.generate import Recipe
from benchmarks.measure import Cost, command
from benchmarks.stages import Row
from benchmarks.store import Store

_ASSETS = 1_000
_ROUNDS = 5


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Run each command a few times; the median counts. Always on 1,000 assets."""
    recipe = Recipe(_ASSETS, seed)
    if assets != recipe.assets:
        return
    labelqa = (sys.executable, "-m", "labelqa")
    commands = {
        "python -c pass": (sys.executable, "-c", "pass"),
        "labelqa --help": (*labelqa, "--help"),
        "labelqa score EXPORT": (*labelqa, "score", str(store.get(recipe, "export.ndjson"))),
        "labelqa score PROJECT": (*labelqa, "score", str(store.get(recipe, "project"))),
    }
    for name, arguments in commands.items():
        command(arguments, ROOT)
        costs = [command(arguments, ROOT)[1] for _ in range(max(rounds, _ROUNDS))]
        yield Row(f"`{name}`", assets, Cost.median(costs), None)
