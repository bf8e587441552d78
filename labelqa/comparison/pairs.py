"""Which labels meet: every pair of labels of one asset that a relation asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelqa.comparison.labels import Labels
from labelqa.errors import InputError, UsageError, near_match
from labelqa.kinds.kind import Ints, listed
from labelqa.project import Project
from labelqa.stats.grouped import count_by

RELATIONS = ("benchmark", "consensus", "prediction", "review", "self")
"""Sorted by name, which is their order in every table."""

AGAINST = {
    "labelers": ("consensus", "self"),
    "benchmark": ("benchmark",),
    "predictions": ("prediction",),
    "reviewed": ("review",),
}
"""What a project may be compared against, and the relations that gives."""

MAX_PAIRS = 100_000_000
"""Most pairs of labels that are held at once: about 10 GB with their matches."""

_OTHER_SIDE = {"benchmark": "benchmark", "prediction": "prediction", "review": "reviewed"}
"""Role of side b where it is not a labeler's submitted label."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of labels, P of them, sorted by (relation, asset, label_a, label_b).

    All int64 of length P: number of the relation in `RELATIONS`, row of the asset, rows of the two labels.
    """

    relation: Ints
    asset: Ints
    label_a: Ints
    label_b: Ints

    def __len__(self) -> int:
        return len(self.relation)

    @classmethod
    def joined(cls, parts: Sequence[Pairs]) -> Pairs:
        """Lay parts end to end."""
        names = ("relation", "asset", "label_a", "label_b")
        return cls(*(np.concatenate([np.empty(0, np.int64), *(getattr(p, name) for p in parts)]) for name in names))

    def counted_from(self, run: slice, first_asset: int, first_label: int) -> Pairs:
        """Take a run of the pairs, and count assets and labels from other numbers than 0."""
        return Pairs(
            self.relation[run],
            self.asset[run] + first_asset,
            self.label_a[run] + first_label,
            self.label_b[run] + first_label,
        )


def relations_against(against: str) -> tuple[str, ...]:
    """Give the relations of an `against`, or a UsageError."""
    if against not in AGAINST:
        raise UsageError(
            f"Labels are compared against one of {', '.join(AGAINST)}, not {against!r}{near_match(against, AGAINST)}"
        )
    return AGAINST[against]


def pair_labels(project: Project, labels: Labels, relations: tuple[str, ...]) -> Pairs:
    """List the pairs of the labels of a project that are of these relations.

    Only submitted labels that were not skipped have a side a. In `consensus` (two labelers) side a is the labeler that
    sorts first; in `self` (one labeler twice) the label id that sorts first; elsewhere side a is the labeler's. Labels
    by nobody known meet the benchmark only: whether they are two people's or one's cannot be told. Labels that are not
    empty and of which nothing was read meet nobody.
    """
    is_read = np.ones(len(labels.asset), np.bool_)
    if project.tables["labels"]["n_unread"].max():
        is_read = ~project.unread_labels().to_numpy()
    work = np.flatnonzero(labels.submitted("submitted") & is_read)

    within: tuple[Ints, Ints] | None = None
    parts: list[Pairs] = []
    for relation in relations:
        if relation in _OTHER_SIDE:
            other = labels.submitted(_OTHER_SIDE[relation])
            if relation == "benchmark" and _has_several(labels.asset.compress(other)):
                other &= project.benchmark_labels().to_numpy()
            other &= is_read
            a, b = _across(labels.asset, work, np.flatnonzero(other))
        else:
            within = within or _within(labels, work)
            a, b = within
            same = labels.labeler.take(a) == labels.labeler.take(b)
            some = np.flatnonzero(same if relation == "self" else ~same)
            a, b = a.take(some), b.take(some)
        order = np.argsort(a * len(labels.asset) + b, kind="stable")  # rows of labels are sorted by asset
        a, b = a.take(order), b.take(order)
        parts.append(Pairs(np.full(len(a), RELATIONS.index(relation)), labels.asset.take(a), a, b))
    parts.sort(key=lambda part: int(part.relation[0]) if len(part) else -1)
    return Pairs.joined(parts)


def _within(labels: Labels, rows: Ints) -> tuple[Ints, Ints]:
    """Pair each of `rows` by somebody known with the later ones of its asset, in the order (asset, labeler, row)."""
    rows = rows.take(np.flatnonzero(labels.labeler.take(rows) >= 0))
    asset, labeler = labels.asset.take(rows), labels.labeler.take(rows)
    order = np.argsort(asset * (int(labeler.max(initial=0)) + 1) + labeler, kind="stable")
    rows, asset = rows.take(order), asset.take(order)
    n_later = np.cumsum(np.bincount(asset)).take(asset) - np.arange(1, len(rows) + 1)
    check_number(int(n_later.sum()), asset)
    first, place = listed(np.arange(1, len(rows) + 1), n_later)
    return rows.take(first), rows.take(place)


def _has_several(asset: Ints) -> bool:
    """Tell whether some labels, sorted by asset, are of less assets than there are labels."""
    return bool((asset[1:] == asset[:-1]).any())


def _across(asset: Ints, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Pair each of `a` with each of `b` of the same asset; both sorted by asset."""
    n_of_asset = np.bincount(asset.take(b), minlength=int(asset.max(initial=-1)) + 1)
    asset_a = asset.take(a)
    n = n_of_asset.take(asset_a)
    check_number(int(n.sum()), asset_a)
    first, place = listed((np.cumsum(n_of_asset) - n_of_asset).take(asset_a), n)
    return a.take(first), b.take(place)


def check_number(n_pairs: int, asset: NDArray[np.integer]) -> None:
    """Refuse more pairs than fit into memory; they grow with the square of the labels of an asset.

    Raises
    ------
    InputError
        If there are more than `MAX_PAIRS`; `asset`, that of each label, tells the largest.
    """
    if n_pairs > MAX_PAIRS:
        n_of_asset = count_by(asset, int(asset.max()) + 1)
        raise InputError(
            f"at most {MAX_PAIRS:,} pairs of labels of one asset each",
            found=f"{n_pairs:,} pairs; one asset alone has {int(n_of_asset.max()):,} labels",
            remedy="Are these labels of one asset? Else score parts of the project (Project.select).",
        )


def label_runs(label: NDArray[np.integer], n_labels: int) -> Ints:
    """Give the first row of each label in a column sorted by label: int64 [n_labels + 1].

    Examples
    --------
    >>> label_runs(np.array([0, 0, 2]), 3).tolist()
    [0, 2, 2, 3]
    """
    first = np.zeros(n_labels + 1, np.int64)
    np.cumsum(count_by(label, n_labels), out=first[1:])
    return first
