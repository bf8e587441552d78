from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.contender import Contender, Outcome


class LabelqaRead(Contender):
    title = "labelqa.read"
    packages = ("msgspec", "polars")
    work = "a Labelbox export into checked, sorted tables"
    against = None
    form = "export.ndjson"

    def load(self, path: Path) -> Any:
        return path

    def warm_up(self, data: Any) -> None:
        import labelqa

        labelqa.read(Path(data))

    def score(self, built: Any) -> Any:
        import labelqa

        return labelqa.read(built)

    def outcome(self, scored: Any) -> Outcome:
        return Outcome(scored.tables["annotations"].height)


CONTENDER = LabelqaRead()
