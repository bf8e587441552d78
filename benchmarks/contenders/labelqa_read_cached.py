from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks.contender import Contender, Outcome


class LabelqaReadCached(Contender):
    title = "labelqa.read, cached"
    packages = ("polars",)
    work = "the same export a second time, from the cache"
    against = None
    form = "export.ndjson"

    def load(self, path: Path) -> Any:
        return path

    def warm_up(self, data: Any) -> None:
        """Fill the cache, once the export is old enough for that."""
        time.sleep(max(0.0, data.stat().st_mtime + 3 - time.time()))
        self.score(data)

    def score(self, built: Any) -> Any:
        import labelqa

        return labelqa.read(built, cache=built.parent / "cache")

    def outcome(self, scored: Any) -> Outcome:
        return Outcome(scored.tables["annotations"].height)


CONTENDER = LabelqaReadCached()
