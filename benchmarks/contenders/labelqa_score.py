from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from benchmarks.contender import Contender, Outcome
from benchmarks.generate import Recipe


class LabelqaScore(Contender):
    title = "labelqa.score"
    packages = ("numpy", "scipy", "polars")
    work = "default scheme in full, every table but the named `pairs` and `matches`, which are made when looked at"
    against = None
    form = "project"
    scheme: ClassVar[dict[str, Any]] = {}

    def load(self, path: Path) -> Any:
        import labelqa

        return labelqa.read(path)

    def warm_up(self, data: Any) -> None:
        from benchmarks import projects

        del data
        self.score(projects.build(Recipe(200)))

    def build(self, data: Any) -> Any:
        # The same tables under a new project: nothing that the last round has cached is there.
        import labelqa

        return labelqa.Project(data.tables)

    def score(self, built: Any) -> Any:
        import labelqa

        return labelqa.score(built, self.scheme or None)

    def outcome(self, scored: Any) -> Outcome:
        from labelqa.comparison.match import MATCHED

        rows = scored.comparison.rows
        matched = rows.similarity[rows.outcome == MATCHED]
        return Outcome(len(matched), float(matched.sum()))


CONTENDER = LabelqaScore()
