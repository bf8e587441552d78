"""What went wrong while reading, counted and listed, in bounded memory."""

from __future__ import annotations

from collections import Counter

import polars as pl

from labelqa.errors import excerpt
from labelqa.project import schema

LISTED = 100
"""How many problems of one sort are listed one by one for a file; the rest are counted in one row."""

MAX_LISTED = 10_000
"""How many problems of one severity are listed one by one in all."""

MAX_SORTS = 2_000
"""How many sorts of problems are told apart among those that are only counted."""

_MANY_SORTS = "fewer sorts of problems; those of further sorts are counted together"
_LONGEST = 1_500
_COLUMNS = ["severity", "file", "record", "field", "found", "expected", "remedy", "n"]
_Sort = tuple[str, str | None, str | None, str, str | None]


class ProblemLog:
    """Collect problems; of each sort (severity, file, field, expected, remedy) the first `LISTED` one by one.

    However many problems there are and however they differ, the list stays short and every one of them is counted in it.

    Examples
    --------
    >>> log = ProblemLog()
    >>> log.add("error", "a.csv", record=3, field="x", found="abc", expected="a number; the row is left out")
    >>> log.frame().select("file", "record", "field", "found", "n").rows()
    [('a.csv', 3, 'x', "'abc'", 1)]
    """

    def __init__(self) -> None:
        self._rows: list[tuple[object, ...]] = []
        self._n_rows: Counter[str] = Counter()
        self._listed: Counter[_Sort] = Counter()
        self._rest: Counter[_Sort] = Counter()

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
        sort = _sort(severity, file, field, expected, remedy)
        if not self._has_room(sort):
            self._count(sort, n)
            return
        self._listed[sort] += 1
        self._n_rows[severity] += 1
        _, _, field, expected, _ = sort
        shown = None if found is None else excerpt(found)
        self._rows.append((severity, file, record, field, shown, expected, remedy, n))

    def add_rows(
        self, severity: str, rows: pl.DataFrame, expected: str, *, field: str, remedy: str | None = None
    ) -> None:
        """Add a problem for each row of a frame with columns `source`, `record` and `found`; only few are looked at."""
        if rows.is_empty():
            return
        nth = pl.int_range(pl.len()).over("source")
        few = rows.filter(nth < LISTED).head(MAX_LISTED)
        left = Counter(dict(rows.group_by("source", maintain_order=True).len().iter_rows()))
        for file, record, found in few.select("source", "record", "found").iter_rows():
            self.add(severity, file, expected, record=record, field=field, found=found, remedy=remedy)
            left[file] -= 1
        for file, n in left.items():
            if n:
                self._count(_sort(severity, file, field, expected, remedy), n)

    def frame(self) -> pl.DataFrame:
        """Give the table of problems, most severe first; what was not listed is one row of each sort with its count."""
        rest = [
            (severity, file, None, field, f"{n} more like these", expected, remedy, n)
            for (severity, file, field, expected, remedy), n in self._rest.items()
        ]
        rows = pl.DataFrame(self._rows + rest, schema=schema.dtypes(schema.PROBLEMS), orient="row")
        return ordered(rows)

    def _has_room(self, sort: _Sort) -> bool:
        return self._n_rows[sort[0]] < MAX_LISTED and self._listed.get(sort, 0) < LISTED

    def _count(self, sort: _Sort, n: int) -> None:
        """Count problems that are not listed."""
        is_new = sort not in self._rest
        self._rest[(sort[0], None, None, _MANY_SORTS, None) if is_new and len(self._rest) >= MAX_SORTS else sort] += n


def _sort(severity: str, file: str | None, field: str | None, expected: str, remedy: str | None) -> _Sort:
    return severity, file, None if field is None else _plain(field), _plain(expected), remedy


def _plain(text: str) -> str:
    """Cut a text and escape its control characters: names out of a file may be in it."""
    if len(text) <= _LONGEST and text.isprintable():
        return text
    shown = repr(text[:_LONGEST])[1:-1]
    return shown if len(text) <= _LONGEST else f"{shown}…"


def ordered(problems: pl.DataFrame) -> pl.DataFrame:
    """Sort problems: errors, warnings, notes; then file, record, field."""
    return problems.sort(_COLUMNS, nulls_last=True, maintain_order=True)
