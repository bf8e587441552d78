"""Walking through a project label by label, for formats that nest annotations in labels and labels in assets."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from labelqa.project import Project

Row = dict[str, Any]
"""A row of `Project.assets`, `Project.labels` or `Project.annotations` by column."""


@dataclass(frozen=True)
class WalkedLabel:
    """A label, its annotations at the top, the others by the id of what they are nested under, and its reviews."""

    row: Row
    top: list[Row]
    nested: dict[str, list[Row]]
    reviews: list[Row]


def walk(project: Project, labels: pl.Series | None = None) -> Iterator[tuple[Row, list[WalkedLabel]]]:
    """Give each asset with its labels, in canonical order; assets without labels too.

    Parameters
    ----------
    project : Project
    labels : polars.Series, optional
        Keep the labels that are marked, boolean, one value a label; and then only assets that have one.
    """
    stored = project.labels.with_row_index("number").with_columns(asset=project.tables["labels"]["asset"])
    wanted = stored if labels is None else stored.filter(labels)
    marks = project.annotations.with_columns(number=project.tables["annotations"]["label"])
    if labels is not None:
        marks = marks.join(wanted.select("number"), on="number", how="semi", maintain_order="left")
    reviews: defaultdict[int, list[Row]] = defaultdict(list)
    for review in (
        project.reviews.with_columns(number=project.tables["reviews"]["label"])
        .drop_nulls("number")
        .iter_rows(named=True)
    ):
        reviews[review["number"]].append(review)
    # All tables are sorted by asset and label, so one pass over each is enough.
    of_label = groupby(marks.iter_rows(named=True), itemgetter("number"))
    of_asset = groupby(wanted.iter_rows(named=True), itemgetter("asset"))
    pending_label, pending_asset = next(of_label, None), next(of_asset, None)
    for number, asset in enumerate(project.assets.iter_rows(named=True)):
        walked: list[WalkedLabel] = []
        if pending_asset is not None and pending_asset[0] == number:
            for row in pending_asset[1]:
                top: list[Row] = []
                nested: dict[str, list[Row]] = {}
                if pending_label is not None and pending_label[0] == row["number"]:
                    for mark in pending_label[1]:
                        under = top if mark["parent_id"] is None else nested.setdefault(mark["parent_id"], [])
                        under.append(mark)
                    pending_label = next(of_label, None)
                walked.append(WalkedLabel(row, top, nested, reviews[row["number"]]))
            pending_asset = next(of_asset, None)
        if walked or labels is None:
            yield asset, walked


def time_text(time: datetime | None) -> str | None:
    """Write a time in ISO 8601."""
    return None if time is None else time.isoformat()


def size_between(start: float, end: float) -> float:
    """Give the size that added to the start gives the end to the last bit, where there is one.

    Examples
    --------
    >>> 0.1 + (0.7 - 0.1), 0.1 + size_between(0.1, 0.7)
    (0.7, 0.7)
    >>> start, end = 3.3, 1001.1
    >>> start + size_between(start, end) == end
    True
    """
    size = end - start
    for candidate in (size, math.nextafter(size, math.inf), math.nextafter(size, -math.inf)):
        if start + candidate == end:
            return candidate
    return size
