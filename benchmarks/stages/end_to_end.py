"""An export, and the same as a folder of Parquet files, to written tables: in a fresh process, part by part.

`python -m benchmarks.stages.end_to_end SOURCE FOLDER TABLE...` is that process; it prints its peak memory.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.duel import ROOT
from benchmarks.generate import Recipe
from benchmarks.measure import Cost, command, peak_megabytes
from benchmarks.stages import Row
from benchmarks.store import Store

_MOST_WITH_MATCHES = 200_000
"""Assets beyond which the named match table is left out: that of a million takes minutes and gigabytes of disk."""

_WARM_UP = 1_000
"""Assets of a project that is scored first, so that all modules are compiled."""

_MOST_IN_EXPORT = 300_000
"""Assets beyond which no export is written: that of a million has 9 GB."""


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Run the process a few times, without and with the match table."""
    from labelqa.measures.score import TABLES

    project = store.get(Recipe(assets, seed), "project")
    without = tuple(table for table in TABLES if table != "matches")
    with _compiled(store.folder / "bytecode"):
        _once(store.get(Recipe(_WARM_UP, seed), "project"), without)
        for kind, tables in (("without match table", without), ("with match table", TABLES)):
            if tables is not without and assets > _MOST_WITH_MATCHES:
                continue
            done = [_once(project, tables) for _ in range(rounds)]
            yield Row(f"Parquet to tables, {kind}", assets, Cost.median([cost for cost, _ in done]), done[-1][1])
        if assets <= _MOST_IN_EXPORT:
            export = store.get(Recipe(assets, seed), "export.ndjson")
            done = [_once(export, without) for _ in range(rounds)]
            cost, megabytes = Cost.median([cost for cost, _ in done]), export.stat().st_size / 1e6
            told = f"{megabytes:,.0f} MB, {megabytes / cost.wall:,.0f} MB/s"
            yield Row("Labelbox export to tables, by way of the disk", assets, cost, done[-1][1], told)


@contextmanager
def _compiled(folder: Path) -> Iterator[None]:
    """Let processes keep compiled modules in a folder and take them from there, as those of installed packages are."""
    before = dict(os.environ)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _once(source: Path, tables: tuple[str, ...]) -> tuple[Cost, float]:
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        told, cost = command([sys.executable, "-m", __name__, str(source), folder, *tables], ROOT)
    return cost, json.loads(told)["peak"]


def main() -> None:
    import labelqa
    from labelqa.measures.score import LARGE
    from labelqa.report.tables import write_tables

    source, folder, *tables = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
        project = source
        if Path(source).is_file():
            project = f"{scratch}/project"
            labelqa.store(source, project)
        scores = labelqa.score_stored(project, scratch, tables=[name for name in tables if name in LARGE])
        write_tables(scores, folder, tables=tables)
    print(json.dumps({"peak": peak_megabytes()}))


if __name__ == "__main__":
    main()
