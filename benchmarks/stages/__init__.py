"""One file a stage of labelqa's own work, each with a function `run(store, assets, seed, rounds)` that gives its rows."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.measure import Cost
from benchmarks.store import Store


@dataclass(frozen=True)
class Row:
    """What one stage takes: `peak` in megabytes (None: not measured), `note` says more in a few words."""

    stage: str
    assets: int
    cost: Cost
    peak: float | None
    note: str = ""


def names() -> list[str]:
    """List the stages."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def run(name: str, store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Measure a stage."""
    yield from importlib.import_module(f"benchmarks.stages.{name}").run(store, assets, seed, rounds)
