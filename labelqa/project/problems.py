"""What went wrong while reading, counted and listed, in bounded memory."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from math import inf
from operator import itemgetter
from typing import NamedTuple

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
_COMPARED = 200
"""Characters of a text by which problems of one record are put in order; fewer of them are shown."""

_NO_RECORD = (1 << 63) - 1
_SEVERITIES = {severity: number for number, severity in enumerate(schema.SEVERITIES)}
_Sort = tuple[str, str | None, str | None, str, str | None]
_Place = tuple[object, ...]


class _Row(NamedTuple):
    """One problem of a sort, and its place among them: record (infinite if there is none), then what was found."""

    record: float
    rank: int
    number: float
    text: str
    shown: str
    n: int


class ProblemLog:
    """Collect problems; of each sort (severity, file, field, expected, remedy) the first `LISTED` records one by one.

    However many problems there are and however they differ, the list stays short and every one of them is counted in it.
    It is the same in whatever order they are added, and in however many logs.

    Examples
    --------
    >>> log = ProblemLog()
    >>> log.add("error", "a.csv", record=3, field="x", found="abc", expected="a number; the row is left out")
    >>> log.frame().select("file", "record", "field", "found", "n").rows()
    [('a.csv', 3, 'x', "'abc'", 1)]
    """

    def __init__(self) -> None:
        self._listed: dict[_Sort, list[_Row]] = {}
        self._n_listed: Counter[str] = Counter()
        self._last: dict[str, _Place] = {}
        """Of a severity of which there were too many: nothing behind it is listed."""
        self._rest: Counter[_Sort] = Counter()
        self._of_further_sorts: Counter[str] = Counter()
        self._totals: Counter[_Sort] = Counter()

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
        at = inf if record is None else record
        listed = self._listed.get(sort)
        if listed and len(listed) == LISTED and _is_behind(listed[-1], at, found):
            self._count(sort, n)
        else:
            shown = "" if found is None else excerpt(found)
            self._list(sort, _Row(at, *_rank(found), shown, n))

    def add_rows(
        self, severity: str, rows: pl.DataFrame, expected: str, *, field: str, remedy: str | None = None
    ) -> None:
        """Add a problem for each row of a frame with columns `source`, `record` and `found`; only few are looked at."""
        if rows.is_empty():
            return
        nth = pl.col("record").fill_null(_NO_RECORD).rank("min").over("source")
        few = rows.select(pl.col("source").cast(pl.String), "record", "found").filter(nth <= LISTED)
        few = few.sort("source", "record", "found", nulls_last=True)
        few = few.filter(pl.int_range(pl.len()).over("source") < LISTED).head(MAX_LISTED)
        left = Counter(dict(rows.group_by("source").len().iter_rows()))
        for file, record, found in few.iter_rows():
            self.add(severity, file, expected, record=record, field=field, found=found, remedy=remedy)
            left[file] -= 1
        for file, n in left.items():
            if n:
                self._count(_sort(severity, file, field, expected, remedy), n)

    def add_total(self, severity: str, expected: str, *, field: str, n: int) -> None:
        """Count problems of one sort that make one row, of no file, however often they are counted."""
        self._totals[_sort(severity, None, field, expected, None)] += n

    def take(self, other: ProblemLog) -> None:
        """Add all that another log has collected."""
        for sort, rows in other._listed.items():
            for row in rows:
                self._list(sort, row)
        for sort, n in other._rest.items():
            self._count(sort, n)
        self._of_further_sorts.update(other._of_further_sorts)
        self._totals.update(other._totals)

    def frame(self) -> pl.DataFrame:
        """Give the table of problems, most severe first; what was not listed is one row of each sort with its count."""
        for severity in tuple(self._n_listed):
            self._shorten(severity)
        self._tell_fewer_apart()
        rows: list[tuple[object, ...]] = []
        for (severity, file, field, expected, remedy), listed in self._listed.items():
            for row in listed:
                record = None if row.record == inf else row.record
                rows.append((severity, file, record, field, row.shown or None, expected, remedy, row.n))
        rest = dict(self._rest)
        rest.update(((severity, None, None, _MANY_SORTS, None), n) for severity, n in self._of_further_sorts.items())
        for (severity, file, field, expected, remedy), n in rest.items():
            rows.append((severity, file, None, field, f"{n} more like these", expected, remedy, n))
        for (severity, file, field, expected, remedy), n in self._totals.items():
            rows.append((severity, file, None, field, None, expected, remedy, n))
        return ordered(pl.DataFrame(rows, schema=schema.dtypes(schema.PROBLEMS), orient="row"))

    def _list(self, sort: _Sort, row: _Row) -> None:
        """List a problem, unless there are enough before it; what comes behind them is counted only."""
        severity = sort[0]
        if severity in self._last and _place(sort, row) > self._last[severity]:
            self._count(sort, row.n)
            return
        listed = self._listed.setdefault(sort, [])
        insort(listed, row)
        self._n_listed[severity] += 1
        if len(listed) > LISTED:
            self._drop_last(sort)
        if self._n_listed[severity] >= 2 * MAX_LISTED:
            self._shorten(severity)

    def _drop_last(self, sort: _Sort) -> None:
        """Count the last one listed of a sort instead."""
        self._count(sort, self._listed[sort].pop().n)
        self._n_listed[sort[0]] -= 1
        if not self._listed[sort]:
            del self._listed[sort]

    def _shorten(self, severity: str) -> None:
        """List no more than `MAX_LISTED` problems of a severity."""
        if self._n_listed[severity] <= MAX_LISTED:
            return
        places = [
            (_place(sort, row), sort) for sort, rows in self._listed.items() if sort[0] == severity for row in rows
        ]
        places.sort(key=itemgetter(0))
        self._last[severity] = places[MAX_LISTED - 1][0]
        for _, sort in places[MAX_LISTED:]:
            self._drop_last(sort)

    def _count(self, sort: _Sort, n: int) -> None:
        """Count problems that are not listed."""
        self._rest[sort] += n
        if len(self._rest) >= 2 * MAX_SORTS:
            self._tell_fewer_apart()

    def _tell_fewer_apart(self) -> None:
        """Tell no more than `MAX_SORTS` sorts apart, the first ones."""
        for sort in sorted(self._rest, key=_sort_place)[MAX_SORTS:]:
            self._of_further_sorts[sort[0]] += self._rest.pop(sort)


def _is_behind(row: _Row, record: float, found: object) -> bool:
    """Tell whether a problem comes behind another one of its sort."""
    return record > row.record or (record == row.record and _rank(found) > row[1:4])


def _rank(found: object) -> tuple[int, float, str]:
    """Order what was found as polars does: numbers, texts by their beginnings, nothing."""
    if found is None:
        return 2, 0.0, ""
    if type(found) in (int, float) and found == found:
        return 0, found, ""  # type: ignore[return-value]
    return 1, 0.0, found[:_COMPARED] if isinstance(found, str) else excerpt(found)


def _sort_place(sort: _Sort) -> tuple[object, ...]:
    """Order sorts; what is not known comes last."""
    severity, file, field, expected, remedy = sort
    return (_SEVERITIES[severity], *_known(file), *_known(field), expected, *_known(remedy))


def _place(sort: _Sort, row: _Row) -> _Place:
    """Order the problems of a severity as they are listed: by file, record, field."""
    _, file, field, expected, remedy = sort
    return (*_known(file), row.record, *_known(field), *row[1:4], expected, *_known(remedy), *row[4:])


def _known(text: str | None) -> tuple[bool, str]:
    return text is None, text or ""


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
