"""The dashboard on a stored project: the time to its first page, the first time and the next, and to the answer of a filter.

`python -m benchmarks.stages.dashboard PROJECT CACHE` is a fresh process that runs the pages as the server does, without a
browser; it prints what each step took. The first page counts reading, scoring and measuring the work; it is complete when
its findings are there, which are looked for beside it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.duel import ROOT
from benchmarks.generate import CLASSES, Recipe
from benchmarks.measure import Cost, command, peak_megabytes, timed
from benchmarks.projects import labeler_names
from benchmarks.stages import Row
from benchmarks.store import Store

_LEAST = 10_000
"""Assets below which nobody waits."""

_STEPS = {
    "first": "dashboard, first page",
    "complete": "dashboard, first page with findings",
    "next": "dashboard, first page, opened again",
    "next_complete": "dashboard, first page with findings, opened again",
    "again": "dashboard, a page seen before",
    "labeler": "dashboard, one labeler chosen",
    "class": "dashboard, one class chosen",
    "dates": "dashboard, other dates chosen",
    "labelers": "dashboard, page of labelers",
    "agreement": "dashboard, page of agreement",
    "classes": "dashboard, page of classes",
}


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Run the process twice with one cache; its steps are seconds long."""
    if assets < _LEAST:
        return
    project = store.get(Recipe(assets, seed), "project")
    done = [_opened_twice(project) for _ in range(min(rounds, 2))]
    for step, title in _STEPS.items():
        yield Row(title, assets, Cost.median([Cost(**one[step]) for one in done]), done[-1]["peak"])


def _opened_twice(project: Path) -> dict[str, Any]:
    with TemporaryDirectory(prefix="labelqa-") as cache:
        one, other = (
            json.loads(command([sys.executable, "-m", __name__, str(project), cache], ROOT)[0]) for _ in range(2)
        )
    return {**one, "next": other["first"], "next_complete": other["complete"]}


def main() -> None:
    import numpy as np
    from streamlit.testing.v1 import AppTest

    sys.argv = ["app.py", sys.argv[1], f"--cache={sys.argv[2]}"]
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=600)

    def asked(ask: Callable[[], object]) -> Cost:
        _, cost = timed(ask)
        if app.exception:
            raise SystemExit(app.exception[0].value)
        return cost

    def completed() -> None:
        while any("Looking for" in said.value for said in app.markdown):
            time.sleep(0.1)
            app.run()

    def chosen(name: str, *values: str) -> AppTest:
        return app.multiselect(key=name).set_value(list(values)).run()

    (someone,) = labeler_names(np.array([7]))
    steps = {"first": asked(app.run)}
    steps["complete"] = steps["first"] + asked(completed)
    steps["again"] = asked(app.run)
    steps["labeler"] = asked(lambda: chosen("labeler", someone))
    chosen("labeler")
    steps["class"] = asked(lambda: chosen("class", CLASSES[0]))
    chosen("class")
    days = app.date_input(key="dates")
    first, last = days.value
    steps["dates"] = asked(lambda: days.set_value((first + timedelta(1), last)).run())
    app.date_input(key="dates").set_value((first, last)).run()
    for page, name in (("02_labelers", "labelers"), ("04_agreement", "agreement"), ("07_classes", "classes")):
        steps[name] = asked(lambda page=page: app.switch_page(f"views/{page}.py").run())
    print(json.dumps({**{name: asdict(cost) for name, cost in steps.items()}, "peak": peak_megabytes()}))


if __name__ == "__main__":
    main()
