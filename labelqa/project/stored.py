"""Checks on stored tables: that they fit together, and hold what a project is built with and nothing else.

Whoever reads a folder has not built the tables; all that is relied on afterwards is checked here once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from labelqa.project import schema
from labelqa.project.validate import MAX_COORDINATE, MAX_SECONDS, usable

_ROWS_OF = {
    ("labels", "asset"): "assets",
    ("labels", "labeler_row"): "labelers",
    ("annotations", "label"): "labels",
    ("annotations", "concept"): "ontology",
    ("reviews", "asset"): "assets",
    ("reviews", "label"): "labels",
}
"""Columns that hold row numbers of another table."""

_SORTED = {"labels": "asset", "annotations": "label"}
"""Columns in ascending order: what belongs together lies side by side."""

_KEYS = {
    "assets": ["project_id", "asset_id"],
    "labels": ["asset", "label_id"],
    "labelers": ["labeler"],
    "ontology": ["project_id", "kind", "class"],
}
"""Columns that together occur once."""

Rule = tuple[Callable[[pl.Series], pl.Series], str]

_SIZE: Rule = (lambda size: size.is_between(1, MAX_COORDINATE), f"pixels from 1 to {MAX_COORDINATE:.0f}")
_DURATION: Rule = (lambda seconds: seconds.is_between(0.0, MAX_SECONDS), "a duration in seconds from 0 to ten years")
_COUNT: Rule = (lambda count: count >= 0, "a count")
_RULES: Mapping[tuple[str, str], Rule] = {
    ("assets", "width"): _SIZE,
    ("assets", "height"): _SIZE,
    ("labels", "seconds"): _DURATION,
    ("labels", "review_seconds"): _DURATION,
    ("labels", "n_unread"): _COUNT,
    ("annotations", "score"): (lambda score: score.is_between(0.0, 1.0), "a confidence from 0 to 1"),
    ("problems", "n"): _COUNT,
    ("sources", "n_records"): _COUNT,
    ("sources", "n_skipped"): _COUNT,
}
"""What the values of a column are, where they are not null."""


class StoredError(ValueError):
    """A table that no project was stored with: which table and column, what was expected, in which row."""

    def __init__(self, table: str, column: str, expected: str, row: int | None = None) -> None:
        super().__init__(expected)
        self.table, self.column, self.expected = table, column, expected
        self.record = None if row is None else row + 1


def check(tables: Mapping[str, pl.DataFrame]) -> None:
    """Check tables whose columns are those of `schema.TABLES`, or some of them.

    Raises
    ------
    StoredError
        At the first fault.
    """
    for name, columns in schema.TABLES.items():
        for column, meaning in columns.items():
            if not meaning.nullable and column in tables[name].columns and tables[name][column].null_count():
                _hold(name, column, tables[name][column].is_not_null(), "no null")
    for (name, column), other in _ROWS_OF.items():
        n_rows = tables[other].height
        _hold(name, column, tables[name][column] < n_rows, f"a row of the table {other}, which has {n_rows}")
    for name, column in _SORTED.items():
        if not tables[name][column].is_sorted():
            raise StoredError(name, column, "ascending rows")
    for name, key in _KEYS.items():
        if tables[name][key[-1]].n_unique() == tables[name].height:  # then keys differ as well
            continue
        _hold(name, key[-1], tables[name].select(pl.struct(key).is_first_distinct()).to_series(), "each key once")
    for (name, column), (rule, expected) in _RULES.items():
        if column in tables[name].columns:
            _hold(name, column, rule(tables[name][column]), expected)
    _check_annotations(tables["annotations"], tables["ontology"])


def _check_annotations(annotations: pl.DataFrame, ontology: pl.DataFrame) -> None:
    kind = ontology["kind"].cast(pl.Categorical()).gather(annotations["concept"])
    fits = usable(kind, annotations.select(schema.VALUE))
    _hold("annotations", "geometry, parts, answer", pl.Series(fits), "values laid out as their kind says")
    links = annotations["parent_id"].null_count() < annotations.height or (kind == "relation").any()
    if links:  # nobody else looks for annotations by their ids
        once = annotations.select(pl.struct("label", "annotation_id").is_first_distinct()).to_series()
        _hold("annotations", "annotation_id", once, "an id that occurs once in its label")


def _hold(table: str, column: str, good: pl.Series, expected: str) -> None:
    if not good.all():
        raise StoredError(table, column, expected, int(np.flatnonzero(~good.fill_null(True).to_numpy())[0]))
