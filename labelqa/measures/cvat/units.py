"""What CVAT compares one by one: the rows of a comparison, with the tags of a frame taken apart.

labelqa keeps all tags of a frame as the answers to one question; for CVAT each is a mark with a label, and tags of
different labels are paired as wrong labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.comparison.match import EXTRA, MATCHED, MISSED, NOBODY, WRONG_CLASS, Rows
from labelqa.kinds.kind import Ints
from labelqa.project import Project

_TAGS = "checklist"
"""The kind of the question that tags answer."""


@dataclass(frozen=True)
class Units:
    """Rows as of a match table, and the class on either side of each (null where nobody is)."""

    rows: Rows
    class_a: pl.Series
    class_b: pl.Series
    is_tag: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, chosen: NDArray[np.bool_]) -> Units:
        """Take some of them."""
        mask = pl.Series(chosen, dtype=pl.Boolean)
        return Units(self.rows.where(chosen), self.class_a.filter(mask), self.class_b.filter(mask), self.is_tag[chosen])


def units_of(comparison: Comparison) -> Units:
    """Take the tags of a comparison apart."""
    rows, project = comparison.rows, comparison.project
    stored = project.tables["annotations"]
    kind = _names(project, "kind")
    is_tag = (kind == _TAGS).to_numpy()[np.maximum(rows.a, rows.b)] if len(rows) else np.empty(0, np.bool_)
    cls = _names(project, "class")
    drawn = rows.where(~is_tag)
    tags = rows.where(is_tag)
    answers = [_taken(stored["answer"], side).to_list() for side in (tags.a, tags.b)]
    found: list[tuple[int, int, int, int, str | None, str | None]] = []
    for k, (given, true) in enumerate(zip(*answers, strict=True)):
        for a, b in _paired(given or [], true or []):
            row_a, row_b = (int(side[k]) if tag is not None else NOBODY for side, tag in ((tags.a, a), (tags.b, b)))
            outcome = MISSED if a is None else EXTRA if b is None else MATCHED if a == b else WRONG_CLASS
            found.append((int(tags.pair[k]), row_a, row_b, outcome, a, b))
    pair, a_rows, b_rows, outcomes = (np.array([row[k] for row in found], dtype=np.int64) for k in range(4))
    apart = Rows(pair, a_rows, b_rows, (outcomes == MATCHED).astype(np.float64), outcomes.astype(np.uint8))
    return Units(
        Rows.joined([drawn, apart]),
        _joined(_taken(cls, drawn.a), [row[4] for row in found]),
        _joined(_taken(cls, drawn.b), [row[5] for row in found]),
        np.arange(len(drawn) + len(apart)) >= len(drawn),
    )


def _paired(given: list[str], true: list[str]) -> list[tuple[str | None, str | None]]:
    """Pair equal tags, then others in order, the rest with nobody."""
    both = [(tag, tag) for tag in given if tag in true]
    rest = zip_longest([tag for tag in given if tag not in true], [tag for tag in true if tag not in given])
    return [*both, *rest]


def _joined(drawn: pl.Series, tags: list[str | None]) -> pl.Series:
    return pl.concat([drawn.cast(pl.String), pl.Series(tags, dtype=pl.String)])


def _names(project: Project, column: str) -> pl.Series:
    """Give the kind or class of every annotation."""
    return project.ontology[column].gather(project.tables["annotations"]["concept"])


def _taken(column: pl.Series, row: Ints) -> pl.Series:
    """Take values by row, null where nobody is."""
    index = pl.Series(row).cast(pl.Int64)
    return column.gather(index.zip_with(index >= 0, pl.Series([None], dtype=pl.Int64)))
