from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.contender import Contender, Outcome


class JsonLines(Contender):
    title = "json.loads, line by line"
    work = "a Labelbox export into Python objects, each line thrown away again: no table, no check"
    against = "labelqa_read"
    form = "export.ndjson"
    most_assets = 100_000

    def load(self, path: Path) -> Any:
        return path

    def warm_up(self, data: Any) -> None:
        """Do nothing: the standard library is imported."""
        del data

    def score(self, built: Any) -> Any:
        with Path(built).open("rb") as lines:
            for line in lines:
                json.loads(line)
        return built

    def outcome(self, scored: Any) -> Outcome:
        n = 0
        with Path(scored).open("rb") as lines:
            for line in lines:
                for project in json.loads(line)["projects"].values():
                    n += sum(len(label["annotations"]["objects"]) for label in project["labels"])
        return Outcome(n)


CONTENDER = JsonLines()
