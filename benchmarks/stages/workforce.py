"""A scored project to every table of the workforce, in a fresh process: reading and scoring are not counted.

`python -m benchmarks.stages.workforce PROJECT` is that process; it prints what the work took.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from benchmarks.duel import ROOT
from benchmarks.generate import Recipe
from benchmarks.measure import Cost, command, peak_megabytes, timed
from benchmarks.stages import Row
from benchmarks.store import Store

_RATES = {"currency": "EUR", "default": {"per_hour": 20.0}}


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Run the process a few times; the median counts."""
    project = store.get(Recipe(assets, seed), "project")
    done = [json.loads(command([sys.executable, "-m", __name__, str(project)], ROOT)[0]) for _ in range(rounds)]
    for step, title in (("workforce", "workforce, scores in memory"), ("findings", "findings of a workforce")):
        cost = Cost.median([Cost(**one[step]) for one in done])
        yield Row(title, assets, cost, done[-1]["peak"], f"{done[-1]['n_labels']:,} labels")


def main() -> None:
    import labelqa

    project = labelqa.read(sys.argv[1])
    scores = labelqa.score(project)
    labelqa.workforce(labelqa.demo(assets=20, labelers=3), rates=_RATES)  # imports are not its work
    work, cost = timed(lambda: labelqa.workforce(project, rates=_RATES, scores=scores))
    _, search = timed(lambda: work.findings)
    n_labels = int(work.project["n_labels"].sum())
    costs = {"workforce": asdict(cost), "findings": asdict(search)}
    print(json.dumps({**costs, "peak": peak_megabytes(), "n_labels": n_labels}))


if __name__ == "__main__":
    main()
