"""A folder of Parquet files to written tables, everything in a fresh process: read, score, write.

`python -m benchmarks.stages.end_to_end PROJECT FOLDER TABLE...` is that process; it prints what each step took.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.duel import ROOT
from benchmarks.generate import Recipe
from benchmarks.measure import Cost, command, peak_megabytes, timed
from benchmarks.stages import Row
from benchmarks.store import Store

_STEPS = ("read", "score", "write")

_MOST_WITH_MATCHES = 200_000
"""Assets beyond which the named match table is left out: that of a million does not fit into most memories."""


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Run the process a few times, without and with the match table."""
    from labelqa.measures.score import TABLES

    project = store.get(Recipe(assets, seed), "project")
    without = tuple(table for table in TABLES if table != "matches")
    for kind, tables in (("without match table", without), ("with match table", TABLES)):
        if tables is not without and assets > _MOST_WITH_MATCHES:
            continue
        done = [_once(project, tables) for _ in range(rounds)]
        steps = " + ".join(f"{step} {Cost.median([one[step] for _, one, _ in done]).wall:.2f}" for step in _STEPS)
        yield Row(f"Parquet to tables, {kind}", assets, Cost.median([cost for cost, _, _ in done]), done[-1][2], steps)


def _once(project: Path, tables: tuple[str, ...]) -> tuple[Cost, dict[str, Cost], float]:
    with tempfile.TemporaryDirectory(dir=project.parent) as folder:
        told, cost = command([sys.executable, "-m", __name__, str(project), folder, *tables], ROOT)
    answer = json.loads(told)
    return cost, {step: Cost(**answer[step]) for step in _STEPS}, answer["peak"]


def main() -> None:
    import labelqa

    source, folder, *tables = sys.argv[1:]
    project, read = timed(lambda: labelqa.read(source))
    scores, score = timed(lambda: labelqa.score(project))

    def write_all() -> None:
        for table in tables:
            getattr(scores, table).write_parquet(Path(folder) / f"{table}.parquet", compression="zstd")

    _, write = timed(write_all)
    steps = {step: asdict(cost) for step, cost in zip(_STEPS, (read, score, write), strict=True)}
    print(json.dumps({**steps, "peak": peak_megabytes()}))


if __name__ == "__main__":
    main()
