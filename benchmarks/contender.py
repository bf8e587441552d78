"""What takes part in a benchmark: one file each in `contenders/`, run in a process of its own."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from benchmarks.arrays import Arrays
from benchmarks.generate import Recipe

EQUAL_SUM = 1e-9
"""Relative difference of sums that is rounding."""

Check = Literal["equal", "float32", "greedy", "other"]
"""How the results relate to labelqa's.

equal : the same matches: equal counts, sums equal but for rounding.
float32 : the same work in single precision: counts within 1 in 10,000, sums within 1e-5.
greedy : fewer or other matches, because the best for all is not looked for; the difference is shown.
other : another quantity; nothing to compare.
"""


@dataclass(frozen=True)
class Outcome:
    """What came out, to be compared: how many, and the sum of their IoU. None: not known."""

    n: int | None = None
    total: float | None = None


class Contender(ABC):
    """One way to do the work. Libraries are imported inside the methods, so that the list can be read without them.

    A round is `build`, then `score`; both are timed, each on its own. `outcome` looks at the result and is not timed.
    """

    title: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    """Distributions whose versions are shown."""

    work: ClassVar[str] = ""
    """What is done, in a line."""

    building: ClassVar[str] = ""
    """What `build` does, in a few words; empty if it does nothing worth counting."""

    against: ClassVar[str | None] = "labelqa_score"
    """The contender that it meets; None for labelqa's own."""

    check: ClassVar[Check] = "equal"
    form: ClassVar[str] = "arrays.npz"
    """Which form of the data it takes; see `store.FORMS`."""

    most_assets: ClassVar[int | None] = None
    """Beyond that it takes too long, or too much memory."""

    def recipe(self, assets: int, seed: int) -> Recipe:
        """Say which data it is measured on."""
        return Recipe(assets, seed)

    def load(self, path: Path) -> Any:
        """Read the data; not timed."""
        return Arrays.read(path)

    def warm_up(self, data: Any) -> None:
        """Do a little of the work, so that imports and first calls are not timed."""
        self.score(self.build(data.head(30)))

    def build(self, data: Any) -> Any:
        """Make of the data what `score` takes."""
        return data

    @abstractmethod
    def score(self, built: Any) -> Any:
        """Do the work."""

    @abstractmethod
    def outcome(self, scored: Any) -> Outcome:
        """Tell what came out."""


def names() -> list[str]:
    """List the files in `contenders/`."""
    from benchmarks import contenders

    return sorted(module.name for module in pkgutil.iter_modules(contenders.__path__))


def named(name: str) -> Contender:
    """Get the contender of a file."""
    contender: Contender = importlib.import_module(f"benchmarks.contenders.{name}").CONTENDER
    return contender


def rivals() -> dict[str, Contender]:
    """Get all that are measured against labelqa."""
    found = {name: named(name) for name in names()}
    return {name: contender for name, contender in found.items() if contender.against}
