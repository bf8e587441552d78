"""A rival and labelqa side by side: two processes that work in turn, A B A B, on the same data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contender import EQUAL_SUM, Contender, Outcome, named
from benchmarks.generate import Recipe
from benchmarks.measure import Cost
from benchmarks.store import Store

ROOT = Path(__file__).parents[1]

_PATIENCE = 10.0
"""A first round that takes longer, in seconds, is counted instead of being thrown away as a warm-up."""


class SkippedError(Exception):
    """The contender cannot work here; the message says why."""


class FailedError(Exception):
    """A process ended before its work was done."""


class UnequalError(Exception):
    """Results that should be equal are not; nothing is timed."""


@dataclass(frozen=True)
class Interpreters:
    """Which Python runs which contender: labelqa's own, unless one is given for all rivals or for this one.

    `--python PATH`, `--python NAME=PATH`, or the environment: BENCH_PYTHON, BENCH_PYTHON_NAME.
    """

    given: Mapping[str, str]

    @classmethod
    def of(cls, arguments: list[str]) -> Interpreters:
        given = {}
        for argument in arguments:
            name, _, path = argument.rpartition("=")
            given[name] = path
        return cls(given)

    def of_rival(self, name: str) -> str:
        for key, variable in ((name, f"BENCH_PYTHON_{name.upper()}"), ("", "BENCH_PYTHON")):
            if path := self.given.get(key) or os.environ.get(variable):
                return path
        return sys.executable


@dataclass(frozen=True)
class Round:
    """Costs of one round."""

    build: Cost
    score: Cost
    peak: float


class Worker:
    """A contender's process, as seen from here."""

    def __init__(self, python: str, name: str, data: Path) -> None:
        self._name = name
        arguments = [python, "-m", "benchmarks.worker", name, str(data)]
        try:
            self._process = subprocess.Popen(
                arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        except OSError as error:
            raise SkippedError(f"{python}: {error.strerror}") from None
        hello = self._answer()
        if "skipped" in hello:
            self.close()
            raise SkippedError(hello["skipped"])
        self.versions: dict[str, str] = hello["ready"]

    def round(self) -> Round:
        answer = self._ask("round")
        return Round(Cost(**answer["build"]), Cost(**answer["score"]), answer["peak"])

    def outcome(self) -> Outcome:
        return Outcome(**self._ask("outcome"))

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the process end, or end it."""
        try:
            self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def _ask(self, command: str) -> dict[str, Any]:
        if self._process.stdin:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self.close()
            raise FailedError(f"{self._name} ended with exit code {self._process.returncode}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@dataclass(frozen=True)
class Duel:
    """What was measured: rounds of the rival and of labelqa in pairs, and how the results compare."""

    contender: Contender
    recipe: Recipe
    versions: Mapping[str, str]
    theirs: tuple[Round, ...]
    ours: tuple[Round, ...]
    compared: str

    def ratios(self, *, wall: bool = False, built: bool = False) -> list[float]:
        """Give what the rival takes over what labelqa takes, round by round; `built` counts what either builds first."""

        def seconds(a: Round, counts_building: bool) -> float:
            cost = a.score + a.build if counts_building else a.score
            return cost.wall if wall else cost.cpu

        return [
            seconds(rival, built) / seconds(home, built) for rival, home in zip(self.theirs, self.ours, strict=True)
        ]

    def ratio(self, *, wall: bool = False, built: bool = False) -> float:
        return median(self.ratios(wall=wall, built=built))


def duel(name: str, recipe: Recipe, store: Store, interpreters: Interpreters, rounds: int, budget: float) -> Duel:
    """Measure a rival against labelqa, for so many rounds or so many seconds, at least one.

    Raises
    ------
    SkippedError
        If the rival is not installed.
    FailedError
        If either breaks off.
    UnequalError
        If results differ that should be equal.
    """
    rival = named(name)
    home = named(rival.against or "labelqa_score")
    with (
        Worker(interpreters.of_rival(name), name, store.get(recipe, rival.form)) as there,
        Worker(sys.executable, rival.against or "", store.get(recipe, home.form)) as here,
    ):
        theirs, ours = [there.round()], [here.round()]
        compared = compare(rival, there.outcome(), here.outcome())
        if theirs[0].score.wall + theirs[0].build.wall < _PATIENCE:
            theirs, ours = [], []
        while not theirs or (len(theirs) < rounds and sum((r.score + r.build).wall for r in theirs) < budget):
            theirs.append(there.round())
            ours.append(here.round())
        return Duel(rival, recipe, there.versions, tuple(theirs), tuple(ours), compared)


def compare(rival: Contender, theirs: Outcome, ours: Outcome) -> str:
    """Compare results and say how they relate; see `contender.Check`."""
    if rival.check == "other":
        return "another quantity"
    if theirs.n is None or ours.n is None:
        return "not compared"
    count = _relative(theirs.n, ours.n)
    total = None if theirs.total is None or ours.total is None else _relative(theirs.total, ours.total)
    if rival.check == "greedy":
        return f"{theirs.n:,} matched, {100 * count:+.3f} %"
    allowed = {"equal": (0.0, EQUAL_SUM), "float32": (1e-4, 1e-5)}[rival.check]
    if abs(count) > allowed[0] or (total is not None and abs(total) > allowed[1]):
        raise UnequalError(f"{rival.title}: {theirs}, labelqa: {ours}")
    if total is None:
        return f"equal: {theirs.n:,}"
    precision = f"to {abs(total):.0e}" if total else "to the bit"
    return f"equal: {theirs.n:,} matched, sum of IoU {precision}"


def _relative(theirs: float, ours: float) -> float:
    return (theirs - ours) / ours if ours else float(theirs != ours)
