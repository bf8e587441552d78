"""Run the benchmarks: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeVar

from benchmarks import stages, table
from benchmarks.contender import Contender, rivals
from benchmarks.duel import FailedError, Interpreters, SkippedError, UnequalError, duel
from benchmarks.store import Store

T = TypeVar("T")

_SMALL, _FULL = 2_000, 1_000_000


def main() -> int:
    """Measure what is asked for, print the tables, write them into README.md."""
    options = _options()
    measured: dict[str, list[str]] = {"rivals": [], "labelqa": []}
    well = True
    with _folder(options.folder) as folder:
        store = Store(Path(folder))
        for name, rival in _chosen(rivals(), options.only).items():
            well &= _measure_rival(name, rival, store, options, measured["rivals"])
        for assets in _sizes(options.assets):
            for name in _chosen({name: name for name in stages.names()}, options.only):
                for row in stages.run(name, store, assets, options.seed, options.rounds):
                    measured["labelqa"].append(table.stage_row(row))
                    _tell(measured["labelqa"][-1])
    for name, rows in measured.items():
        if rows:
            print(f"\n{table.shown(name, rows)}")
    print(f"\n{table.machine()}")
    if not options.print_only:
        text = table.README.read_text(encoding="utf-8")
        table.README.write_text(table.updated(text, measured, fresh=options.fresh), encoding="utf-8")
    return int(not well)


def _measure_rival(name: str, rival: Contender, store: Store, options: argparse.Namespace, rows: list[str]) -> bool:
    """Measure one; tells whether all went well."""
    most = options.assets if options.uncapped or rival.most_assets is None else rival.most_assets
    recipe = rival.recipe(min(options.assets, most), options.seed)
    interpreters = Interpreters.of(options.python)
    try:
        found = duel(name, recipe, store, interpreters, options.rounds, options.budget)
    except SkippedError as reason:
        _tell(f"{name}: skipped: {reason}")
    except UnequalError as difference:
        _tell(f"{name}: NOT EQUAL: {difference}")
        return False
    except FailedError as reason:
        _tell(f"{name}: FAILED: {reason}")
        return False
    else:
        rows.append(table.rival_row(found))
        _tell(rows[-1])
    return True


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure labelqa and its rivals.")
    parser.add_argument("--assets", type=int, metavar="N", help=f"size of the data (default {_SMALL:,})")
    parser.add_argument("--full", action="store_true", help=f"{_FULL:,} assets; rivals as many as they can take")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these rivals and stages; see --list")
    parser.add_argument("--list", action="store_true", help="list rivals and stages")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often (default 5); medians are shown")
    parser.add_argument("--budget", type=float, default=30.0, metavar="S", help="seconds a rival may take in all (30)")
    parser.add_argument("--uncapped", action="store_true", help="give slow rivals all of the data too")
    parser.add_argument("--python", action="append", default=[], metavar="[NAME=]PATH", help="interpreter of rivals")
    parser.add_argument("--folder", metavar="DIR", help="keep generated data here (default: a temporary folder)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true", help="forget the rows in README.md that are not measured")
    parser.add_argument("--print-only", action="store_true", help="leave README.md alone")
    options = parser.parse_args()
    if options.list:
        parser.exit(message="".join(f"{name}\n" for name in [*rivals(), *stages.names()]))
    options.assets = options.assets or (_FULL if options.full else _SMALL)
    unknown = set(options.only or ()) - {*rivals(), *stages.names()}
    if unknown:
        parser.error(f"no such rival or stage: {', '.join(sorted(unknown))}; see --list")
    return options


def _chosen(every: dict[str, T], only: list[str] | None) -> dict[str, T]:
    return {name: one for name, one in every.items() if only is None or name in only}


def _sizes(assets: int) -> list[int]:
    """Give the sizes at which labelqa alone is measured: powers of ten, and the size asked for."""
    return sorted({assets, *(size for size in (1_000, 10_000, 100_000) if size < assets)})


def _folder(named: str | None) -> AbstractContextManager[str]:
    if named is None:
        return tempfile.TemporaryDirectory()
    Path(named).mkdir(parents=True, exist_ok=True)
    return nullcontext(named)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
