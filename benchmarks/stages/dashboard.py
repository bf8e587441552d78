"""The dashboard on a stored project: the time to its first page, and to the answer of a filter.

`python -m benchmarks.stages.dashboard PROJECT` is a fresh process that runs the pages as the server does, without a browser;
it prints what each step took. The first page counts reading, scoring and measuring the work.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict

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
    "again": "dashboard, a page seen before",
    "labelers": "dashboard, page of labelers",
    "labeler": "dashboard, one labeler chosen",
    "class": "dashboard, one class chosen",
    "agreement": "dashboard, page of agreement",
}


def run(store: Store, assets: int, seed: int, rounds: int) -> Iterator[Row]:
    """Run the process once; its steps are seconds long."""
    if assets < _LEAST:
        return
    project = store.get(Recipe(assets, seed), "project")
    done = [json.loads(command([sys.executable, "-m", __name__, str(project)], ROOT)[0]) for _ in range(min(rounds, 2))]
    for step, title in _STEPS.items():
        yield Row(title, assets, Cost.median([Cost(**one[step]) for one in done]), done[-1]["peak"])


def main() -> None:
    import numpy as np
    from streamlit.testing.v1 import AppTest

    sys.argv = ["app.py", sys.argv[1]]
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=600)

    def asked(ask: Callable[[], AppTest]) -> Cost:
        _, cost = timed(ask)
        if app.exception:
            raise SystemExit(app.exception[0].value)
        return cost

    def chosen(name: str, *values: str) -> AppTest:
        return app.multiselect(key=name).set_value(list(values)).run()

    (someone,) = labeler_names(np.array([7]))
    steps = {"first": asked(app.run), "again": asked(app.run)}
    steps["labeler"] = asked(lambda: chosen("labeler", someone))
    chosen("labeler")
    steps["class"] = asked(lambda: chosen("class", CLASSES[0]))
    chosen("class")
    steps["labelers"] = asked(lambda: app.switch_page("views/02_labelers.py").run())
    steps["agreement"] = asked(lambda: app.switch_page("views/04_agreement.py").run())
    print(json.dumps({**{name: asdict(cost) for name, cost in steps.items()}, "peak": peak_megabytes()}))


if __name__ == "__main__":
    main()
