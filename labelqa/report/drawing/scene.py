"""What there is to draw of an asset: its labels, their marks, and what became of each mark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from labelqa.comparison import Comparison
from labelqa.comparison.pairs import RELATIONS
from labelqa.comparison.rows import BEST_OF_A, BEST_OF_B, EXTRA, MATCHED, MISSED, NEAR_MISS, OUTCOMES, WRONG_CLASS, Rows
from labelqa.errors import UsageError, near_match
from labelqa.kinds.kind import Ints
from labelqa.report.drawing.colours import REFERENCE, colours

MOST_MARKS = 2_000
"""Marks that are drawn of one asset; of more, the first of every label."""

SHOWN = ("matched", "wrong_class", "near_miss", "missed", "extra")
"""What may have become of a mark."""

_PREFERRED = ("benchmark", "consensus", "prediction", "review", "self")
_FROM_GOOD_TO_BAD = (MATCHED, WRONG_CLASS, NEAR_MISS, MISSED, EXTRA)
_HELD_AGAINST = {"benchmark": "benchmark", "prediction": "prediction", "review": "reviewed"}


@dataclass(frozen=True)
class Mark:
    """One annotation.

    `outcome` is what became of it against most of the labels that it was compared with (of equally many the better, so
    that where two agree and one does not, the one stands out), or None if its label was compared with none; `told` says so
    in full. `similarity` is the mean over those it met.
    """

    row: int
    kind: str
    cls: str
    geometry: list[float]
    parts: list[int] | None
    answer: list[str] | None
    place: str | None
    id: str
    outcome: str | None
    similarity: float | None
    told: str


@dataclass(frozen=True)
class Drawn:
    """One label: who made it, in which colour it is drawn, whether the others are held against it, and its marks."""

    name: str
    role: str
    colour: str
    is_reference: bool
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """An asset with what is drawn of it: `n_marks` there are, `n_drawn` are drawn; agreement is a mean over `n_pairs`."""

    project_id: str
    asset_id: str
    name: str | None
    width: float | None
    height: float | None
    relation: str | None
    labels: list[Drawn]
    n_marks: int
    agreement: float | None
    n_pairs: int

    @property
    def n_drawn(self) -> int:
        """How many marks are drawn."""
        return sum(len(label.marks) for label in self.labels)


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn of an asset; None: everything."""

    relation: str | None = None
    labelers: frozenset[str] | None = None
    classes: frozenset[str] | None = None
    outcomes: frozenset[str] | None = None

    @classmethod
    def of(
        cls,
        comparison: Comparison,
        relation: str | None,
        labelers: str | Iterable[str] | None,
        classes: str | Iterable[str] | None,
        outcomes: str | Iterable[str] | None,
    ) -> Wanted:
        """Check names against those there are.

        Raises
        ------
        UsageError
            If one is unknown.
        """
        project = comparison.project
        return cls(
            relation if relation is None else next(iter(_checked("relation", relation, RELATIONS) or ())),
            _checked("labeler", labelers, project.labelers["labeler"].to_list()),
            _checked("class", classes, project.ontology["class"].to_list()),
            _checked("outcome", outcomes, SHOWN),
        )


def _checked(noun: str, names: str | Iterable[str] | None, known: Iterable[str]) -> frozenset[str] | None:
    if names is None:
        return None
    wanted, there = frozenset([names] if isinstance(names, str) else names), set(known)
    for name in sorted(wanted - there):
        raise UsageError(f"There is no {noun} {name!r} here{near_match(name, there)}")
    return wanted


def asset_row(comparison: Comparison, asset_id: str, project_id: str | None) -> int:
    """Find an asset.

    Raises
    ------
    UsageError
        If there is none of that id, or one in each of several projects.
    """
    assets = comparison.project.assets
    fits = pl.col("asset_id") == asset_id
    if project_id is not None:
        fits &= pl.col("project_id") == project_id
    found = assets.with_row_index("row").filter(fits)
    if found.is_empty():
        names = pl.concat([assets["asset_id"], assets["name"].drop_nulls()]).head(_SEARCHED)
        raise UsageError(f"There is no asset {asset_id!r}{near_match(asset_id, names)}")
    if found.height > 1:
        there = ", ".join(repr(name) for name in found["project_id"].head(5))
        raise UsageError(f"Asset {asset_id!r} is in {found.height} projects ({there}, ...); say which")
    return int(found["row"][0])


_SEARCHED = 20_000
"""Names of assets that are looked through for one like an unknown one."""


def scene(comparison: Comparison, asset: int, wanted: Wanted) -> Scene:
    """Gather what is drawn of an asset, given by its row."""
    project = comparison.project
    of_asset = project.assets.row(asset, named=True)
    table = project.tables["labels"]
    first, last = _run(table["asset"], asset)
    labels = project.labels.slice(first, last - first).with_row_index("row", first)
    relation, pairs = _pairs(comparison, asset, labels, wanted)
    sides = {side: getattr(comparison.pair_rows, side)[pairs] for side in ("label_a", "label_b")}
    labels = _chosen(labels, np.concatenate(list(sides.values())), relation, wanted)
    reference = None if relation is None else _HELD_AGAINST.get(relation)
    rows = table["labeler_row"].fill_null(0).gather(labels["row"]).to_list()
    is_reference = [role == reference for role in labels["role"]] if len(pairs) else [False] * labels.height
    paints = iter(colours([row for row, is_it in zip(rows, is_reference, strict=True) if not is_it]))
    standing = _Standing.of(comparison, pairs, relation)
    is_seen = pl.Series(comparison.ontology.same >= 0)
    drawn, n_marks = [], 0
    for label, is_it in zip(labels.to_dicts(), is_reference, strict=True):
        marks = _annotations(comparison, label["row"]).filter(pl.col("parent_id").is_null())
        if not is_seen.all():  # what is not looked at is drawn where it met what is
            marks = marks.filter(is_seen.gather(marks["concept"]) | pl.col("row").is_in(standing.annotation))
        if wanted.classes is not None:
            marks = marks.filter(pl.col("class").is_in(list(wanted.classes)))
        n_marks += marks.height
        some = [_mark(row, standing) for row in marks.head(max(1, MOST_MARKS // labels.height)).to_dicts()]
        kept = [mark for mark in some if wanted.outcomes is None or mark.outcome in wanted.outcomes]
        drawn.append(Drawn(_name(label, labels), label["role"], REFERENCE if is_it else next(paints), is_it, kept))
    agreement = comparison.agreement[pairs]
    known = agreement[~np.isnan(agreement)]
    return Scene(
        of_asset["project_id"],
        of_asset["asset_id"],
        of_asset["name"],
        of_asset["width"],
        of_asset["height"],
        relation if len(pairs) else None,
        drawn,
        n_marks,
        float(known.mean()) if len(known) else None,
        len(pairs),
    )


def _run(column: pl.Series, value: int) -> tuple[int, int]:
    """Find where a value stands in a sorted column: first place, and the place after the last."""
    numbers = column.to_numpy()
    first, last = (int(np.searchsorted(numbers, value, side=side)) for side in ("left", "right"))
    return first, last


def _pairs(comparison: Comparison, asset: int, labels: pl.DataFrame, wanted: Wanted) -> tuple[str | None, Ints]:
    """Find the pairs of an asset: those of the relation that is wanted, else of the first that it has."""
    pairs = comparison.pair_rows
    here = np.flatnonzero(pairs.asset == asset)
    if wanted.labelers is not None:
        names = dict(labels.select("row", "labeler").iter_rows())
        held = set(_HELD_AGAINST.values())
        roles = dict(labels.select("row", pl.col("role").cast(pl.String)).iter_rows())
        shown = [row for row in names if names[row] in wanted.labelers or roles[row] in held]
        here = here[np.isin(pairs.label_a[here], shown) & np.isin(pairs.label_b[here], shown)]
    there = {RELATIONS[code] for code in np.unique(pairs.relation[here])}
    relation = wanted.relation or next((name for name in _PREFERRED if name in there), None)
    if relation is None:
        return None, here
    return relation, here[pairs.relation[here] == RELATIONS.index(relation)]


def _chosen(labels: pl.DataFrame, compared: Ints, relation: str | None, wanted: Wanted) -> pl.DataFrame:
    """Keep the labels that were compared; where none was, all submitted ones."""
    keep = pl.col("row").is_in(np.unique(compared).tolist()) if len(compared) else pl.col("role") == "submitted"
    labels = labels.filter(keep)
    if wanted.labelers is not None:
        held = _HELD_AGAINST.get(relation or "", "")
        labels = labels.filter(
            pl.col("labeler").is_in(list(wanted.labelers)) | (pl.col("role").cast(pl.String) == held)
        )
    return labels.with_columns(pl.col("role").cast(pl.String))


def _name(label: dict[str, Any], labels: pl.DataFrame) -> str:
    """Name a label by its labeler; by the label's id besides where there are several."""
    name = label["labeler"] or "unknown labeler"
    again = labels.filter(pl.col("labeler").eq_missing(label["labeler"]) & (pl.col("role") == label["role"])).height > 1
    return f"{name} ({label['label_id']})" if again else name


def _annotations(comparison: Comparison, label: int) -> pl.DataFrame:
    """Give the annotations of a label, with kind and class, in canonical order."""
    stored = comparison.project.tables["annotations"]
    first, last = _run(stored["label"], label)
    part = stored.slice(first, last - first).with_row_index("row", first)
    concept = comparison.project.ontology.select("kind", "class")[part["concept"]]
    return part.with_columns(*concept)


def _mark(row: dict[str, Any], standing: _Standing) -> Mark:
    outcome, similarity, told = standing.of_annotation(row["row"])
    return Mark(
        row["row"],
        row["kind"],
        row["class"],
        row["geometry"] or [],
        row["parts"],
        row["answer"],
        row["place"],
        row["annotation_id"],
        outcome,
        similarity,
        told,
    )


@dataclass(frozen=True)
class _Standing:
    """What became of the annotations of an asset, over some pairs: rows of the match table, seen from either side.

    `annotation` is sorted; `outcome` and `similarity` are of its rows, one for every label that it was compared with.
    """

    annotation: Ints
    outcome: Ints
    similarity: np.ndarray

    @classmethod
    def of(cls, comparison: Comparison, pairs: Ints, relation: str | None) -> _Standing:
        """Look at the rows of some pairs."""
        rows = _rows_of(comparison.rows, pairs)
        outcome = rows.outcome.astype(np.int64)
        side_a, side_b = (rows.a >= 0) & (outcome != BEST_OF_B), (rows.b >= 0) & (outcome != BEST_OF_A)
        seen_from_b = outcome[side_b]
        if relation in ("consensus", "self"):  # to the one who drew it, a mark that the other lacks is one too many
            seen_from_b = np.where(seen_from_b == MISSED, EXTRA, seen_from_b)
        annotation = np.concatenate([rows.a[side_a], rows.b[side_b]]).astype(np.int64)
        outcomes = np.concatenate([outcome[side_a], seen_from_b])
        outcomes[outcomes >= BEST_OF_A] = MATCHED
        order = np.argsort(annotation, kind="stable")
        similarity = np.concatenate([rows.similarity[side_a], rows.similarity[side_b]])
        return cls(annotation[order], outcomes[order], similarity[order])

    def of_annotation(self, row: int) -> tuple[str | None, float | None, str]:
        """Give the outcome of an annotation, its mean similarity with what it met, and both in words."""
        first, last = (int(np.searchsorted(self.annotation, row, side=side)) for side in ("left", "right"))
        if first == last:
            return None, None, "not compared"
        n = np.bincount(self.outcome[first:last], minlength=len(OUTCOMES))
        outcome = max(_FROM_GOOD_TO_BAD, key=lambda code: n[code])
        met = self.similarity[first:last][np.isin(self.outcome[first:last], (MATCHED, WRONG_CLASS, NEAR_MISS))]
        met = met[~np.isnan(met)]
        parts = [f"{OUTCOMES[code].replace('_', ' ')} {n[code]}" for code in _FROM_GOOD_TO_BAD if n[code]]
        told = OUTCOMES[outcome].replace("_", " ") if last - first == 1 else f"{', '.join(parts)} of {last - first}"
        return OUTCOMES[outcome], float(met.mean()) if len(met) else None, told


def _rows_of(rows: Rows, pairs: Ints) -> Rows:
    """Take the rows of some pairs; rows are sorted by pair."""
    first, last = (np.searchsorted(rows.pair, pairs, side=side) for side in ("left", "right"))
    runs = [np.arange(start, stop) for start, stop in zip(first, last, strict=True)]
    return rows.where(np.concatenate(runs) if runs else np.empty(0, np.int64))
