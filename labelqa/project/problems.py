"""What went wrong while reading, counted and listed, in bounded memory."""

from __future__ import annotations

from collections import Counter

import polars as pl

from labelqa.errors import excerpt
from labelqa.project import schema

LISTED = 100
"""How many problems of one sort are listed one by one for a file; the rest are counted in one row."""

_COLUMNS = ["severity", "file", "record", "field", "found", "expected", "remedy", "n"]
_Sort = tuple[str, str | None, str | None, str, str | None]


class ProblemLog:
    """Collect problems; of each sort (severity, file, field, expected, remedy) the first `LISTED` one by one.

    Examples
    --------
    >>> log = ProblemLog()
    >>> log.add("error", "a.csv", record=3, field="x", found="abc", expected="a number; the row is left out")
    >>> log.frame().select("file", "record", "field", "found", "n").rows()
    [('a.csv', 3, 'x', "'abc'", 1)]
    """

    def __init__(self) -> None:
        self._rows: list[tuple[object, ...]] = []
        self._seen: Counter[_Sort] = Counter()

    def add(
        self,
        severity: str,
        file: str | None,
        expected: str,
        *,
        record: int | None = None,
        field: str | None = None,
        found: object = None,
        remedy: str | None = None,
        n: int = 1,
    ) -> None:
        """Add one problem, or `n` of one sort at once; `expected` says what was expected or what became of it."""
        sort: _Sort = (severity, file, field, expected, remedy)
        if n > 1 or self._seen[sort] < LISTED:
            shown = None if found is None else excerpt(found)
            self._rows.append((severity, file, record, field, shown, expected, remedy, n))
        self._seen[sort] += 1 if n == 1 else 0

    def add_rows(
        self, severity: str, rows: pl.DataFrame, expected: str, *, field: str, remedy: str | None = None
    ) -> None:
        """Add a problem for each row of a frame with columns `source`, `record` and `found`; only few are looked at."""
        for (file,), part in rows.group_by("source", maintain_order=True):
            name = None if file is None else str(file)
            for record, found in part.head(LISTED).select("record", "found").iter_rows():
                self.add(severity, name, expected, record=record, field=field, found=found, remedy=remedy)
            self._seen[severity, name, field, expected, remedy] += max(0, part.height - LISTED)

    def frame(self) -> pl.DataFrame:
        """Give the table of problems, most severe first; what was not listed is one row with its count."""
        rest = [
            (severity, file, None, field, f"{count - LISTED} more like these", expected, remedy, count - LISTED)
            for (severity, file, field, expected, remedy), count in self._seen.items()
            if count > LISTED
        ]
        rows = pl.DataFrame(self._rows + rest, schema=schema.dtypes(schema.PROBLEMS), orient="row")
        return ordered(rows)


def ordered(problems: pl.DataFrame) -> pl.DataFrame:
    """Sort problems: errors, warnings, notes; then file, record, field."""
    return problems.sort(_COLUMNS, nulls_last=True, maintain_order=True)
