"""One label for each asset: what a training set is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.comparison import Scheme
from labelqa.comparison.comparer import compare_relations
from labelqa.errors import UsageError, near_match
from labelqa.kinds.kind import Ints
from labelqa.measures.quality.labels import Work, label_consensus, winning_labels
from labelqa.project import Project
from labelqa.project.subset import with_labels

CHOICES = ("winning", "benchmark", "reviewed")


@dataclass(frozen=True)
class Chosen:
    """A project with at most one label for each asset.

    Attributes
    ----------
    project : Project
        The assets that have such a label, and the labels.
    n_alone : int
        Of the winning labels, those that are the only one of their asset: there was nothing to agree with.
    n_left_out : int
        Assets without such a label.
    """

    project: Project
    which: str
    n_alone: int
    n_left_out: int

    def told(self) -> list[str]:
        """Say in words what is not as one might think."""
        lines = []
        if self.n_alone:
            lines.append(f"winning labels that are the only one of their asset: {self.n_alone:,}")
        if self.n_left_out:
            lines.append(f"assets without a {self.which} label, left out: {self.n_left_out:,}")
        return lines


def chosen(project: Project, which: str, scheme: Scheme | None = None) -> Chosen:
    """Choose one label for each asset.

    Parameters
    ----------
    project : Project
    which : "winning", "benchmark" or "reviewed"
        The label with the greatest mean agreement with the others (of an asset with one label, that one); the benchmark
        label; or the version after review, else the newest submitted label whose last review accepted it.
    scheme : Scheme, optional
        How labels are compared to find the winning one.

    Returns
    -------
    Chosen

    Raises
    ------
    UsageError
        If `which` is unknown, or no asset has such a label.

    Examples
    --------
    >>> import labelqa
    >>> one = chosen(labelqa.demo(assets=20, labelers=3), "winning")
    >>> one.project.labels["asset_id"].is_unique().all()
    True
    """
    if which not in CHOICES:
        raise UsageError(f"Labels are one of {', '.join(CHOICES)}, not {which!r}{near_match(which, CHOICES)}")
    n_alone = 0
    if which == "winning":
        rows, n_alone = _winning(project, scheme or Scheme())
    elif which == "benchmark":
        rows = np.flatnonzero(project.benchmark_labels().to_numpy())
    else:
        rows = _reviewed(project)
    if not len(rows):
        raise UsageError(f"No asset has a {which} label")
    return Chosen(with_labels(project, pl.Series(rows)), which, n_alone, project.assets.height - len(rows))


def _winning(project: Project, scheme: Scheme) -> tuple[Ints, int]:
    """Find the winning label of each asset, or its only one; and count the latter."""
    comparison = compare_relations(project, ("consensus",), scheme)
    winner = winning_labels(comparison, label_consensus(comparison))
    work = Work.of(comparison)
    usable = np.flatnonzero(work.counts & ~project.unread_labels().to_numpy())
    n_labels = np.bincount(work.asset[usable], minlength=len(winner))
    alone = usable[(n_labels[work.asset[usable]] == 1) & (winner[work.asset[usable]] < 0)]
    return np.sort(np.concatenate([winner[winner >= 0], alone])), len(alone)


def _reviewed(project: Project) -> Ints:
    """Find the version after review of each asset, else the newest label whose last review accepted it."""
    reviews = project.tables["reviews"].filter(pl.col("label").is_not_null())
    last = reviews.sort("label", "created_at", nulls_last=False).group_by("label", maintain_order=True).last()
    accepted = last.filter(pl.col("verdict") == "accepted")["label"]
    labels = project.tables["labels"].with_row_index("row")
    is_reviewed, is_submitted = pl.col("role") == "reviewed", pl.col("role") == "submitted"
    usable = labels.filter(
        (pl.col("status") == "submitted") & (is_reviewed | (is_submitted & pl.col("row").is_in(accepted.implode())))
    )
    newest = pl.coalesce("updated_at", "created_at")
    order = usable.sort("asset", is_reviewed, newest, "row", descending=[False, True, True, False], nulls_last=True)
    return order.unique("asset", keep="first")["row"].sort().to_numpy().astype(np.int64)
