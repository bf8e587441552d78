"""A project held against a policy: in memory, and as a whole command that cuts the export as well.

`python -m benchmarks.stages.gate PROJECT` is a fresh process that is timed from the project in memory on: with scoring,
from scores, and against a baseline. Reading is not counted there; in the command everything is.
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

_LIMITS = {
    "release": {"measure": "benchmark", "at_least": 0.5, "min_n": 30},
    "agreement": {"measure": "consensus", "at_least": 0.5},
    "people": {"measure": "benchmark", "level": "labeler", "at_least": 0.5, "inconclusive": "pass"},
    "classes": {"measure": "consensus", "level": "class", "at_least": 0.3},
    "assets": {"measure": "agreement_rate", "level": "asset", "at_least": 0.6},
}
_STEPS = {
    "with scoring": "gate, project in memory",
    "from scores": "gate, scores in memory",
    "baseline": "gate, a baseline",
}

_MOST = 200_000
"""Assets up to which the export is cut; its text of a million takes 30 GB."""


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Run the process and the command a few times; the median counts."""
    recipe = Recipe(assets, seed)
    project = store.get(recipe, "project")
    done = [json.loads(command([sys.executable, "-m", __name__, str(project)], ROOT)[0]) for _ in range(rounds)]
    for step, title in _STEPS.items():
        cost = Cost.median([Cost(**one[step]) for one in done])
        yield Row(title, assets, cost, done[-1]["peak"], f"{len(_LIMITS)} rules")
    if assets <= _MOST:
        export = store.get(recipe, "export.ndjson")
        for title, options in (
            ("`labelqa gate EXPORT`", ()),
            ("`labelqa gate EXPORT --keep --rejects`", ("keep", "rejects")),
        ):
            costs = [_command(export, options) for _ in range(rounds)]
            yield Row(title, assets, Cost.median(costs), None, "reading and interpreter included")


def _command(export: Path, options: tuple[str, ...]) -> Cost:
    with tempfile.TemporaryDirectory(dir=export.parent) as folder:
        policy = Path(folder) / "policy.toml"
        policy.write_text("\n".join(_written(name, rule) for name, rule in _LIMITS.items()))
        outputs = [part for name in options for part in (f"--{name}", f"{folder}/{name}.ndjson")]
        words = [sys.executable, "-m", "labelqa", "gate", str(export), "--policy", str(policy), *outputs]
        return command(words, ROOT)[1]


def _written(name: str, rule: dict[str, object]) -> str:
    """Write a rule that fails nobody's command."""
    fields = {**rule, "severity": "warn"}
    return "\n".join([f"[rules.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in fields.items())])


def main() -> None:
    import labelqa

    policy = {"rules": _LIMITS}
    warm = labelqa.demo(assets=20, labelers=3)  # imports are not its work
    labelqa.gate(warm, policy, baseline=labelqa.score(warm))
    project = labelqa.read(sys.argv[1])
    _, scoring = timed(lambda: labelqa.gate(project, policy))
    scores = labelqa.score(project)
    _, held = timed(lambda: labelqa.gate(scores, policy))
    _, compared = timed(lambda: labelqa.gate(scores, policy, baseline=scores))
    told = {step: asdict(cost) for step, cost in zip(_STEPS, (scoring, held, compared), strict=True)}
    print(json.dumps({**told, "peak": peak_megabytes()}))


if __name__ == "__main__":
    main()
