"""What is told of a file while it is not yet its turn."""

from __future__ import annotations

from typing import Any

from labelqa.project import Builder


class Held(Builder):
    """Keeps counts of records and problems of a file, for the builder that its labels go to."""

    def __init__(self) -> None:
        super().__init__()
        self._records = [0, 0]
        self._problems: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def records(self, n_records: int, n_skipped: int = 0) -> None:
        """Count records."""
        self._records[0] += n_records
        self._records[1] += n_skipped

    def problem(self, *facts: Any, **more: Any) -> None:
        """Keep a problem."""
        self._problems.append((facts, more))

    def replay(self, builder: Builder) -> None:
        """Tell it all to another builder, whose current file is this one."""
        builder.records(*self._records)
        for facts, more in self._problems:
            builder.problem(*facts, **more)
