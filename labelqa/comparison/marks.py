"""Marks: the annotations of a project laid out as arrays, pool by pool, as the comparer runs over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison.concepts import Concepts
from labelqa.comparison.match import KindRows
from labelqa.comparison.pairs import label_runs
from labelqa.comparison.scheme import Scheme
from labelqa.errors import InputError
from labelqa.kinds import LinkKind, ObjectKind, QuestionKind
from labelqa.kinds.kind import Ints, Values
from labelqa.kinds.pools import Pool, surroundings
from labelqa.kinds.relation import end_rows
from labelqa.project import Project, schema

_TOP, _NOWHERE = -1, -2
"""In place of the row an annotation is nested under: it is not nested; the label has no such annotation."""


@dataclass(frozen=True)
class Marks:
    """What is compared: objects, questions and links of labels, and the questions nested under other annotations."""

    objects: list[tuple[ObjectKind, KindRows]]
    questions: list[tuple[QuestionKind, KindRows]]
    links: list[tuple[LinkKind, KindRows]]
    attributes: list[tuple[QuestionKind, KindRows]]

    @classmethod
    def of(cls, project: Project, scheme: Scheme, pools: Sequence[Pool], concepts: Concepts) -> Marks:
        """Lay out the annotations of each pool that occurs."""
        layout = _Layout.of(project, scheme, concepts)
        occurring = set(layout.kinds)
        marks = cls([], [], [], [])
        for pool in pools:
            if not occurring.intersection(pool.members):
                continue
            member = layout.members(pool)
            top = layout.rows(pool, np.flatnonzero(member & (layout.parent == _TOP)), layout.label)
            nested = np.flatnonzero(member & (layout.parent >= 0))
            if isinstance(pool.kind, ObjectKind):
                marks.objects.extend([(pool.kind, top)] if top else [])
            elif isinstance(pool.kind, LinkKind):
                marks.links.extend([(pool.kind, top)] if top else [])
            elif isinstance(pool.kind, QuestionKind):
                marks.questions.extend([(pool.kind, top)] if top else [])
                under = layout.rows(pool, nested[np.argsort(layout.parent[nested], kind="stable")], layout.parent)
                marks.attributes.extend([(pool.kind, under)] if under else [])
        return marks

    def sizes(self, label_a: Ints, label_b: Ints) -> Ints:
        """Count the annotations on both sides of pairs of labels."""
        size = np.zeros(len(label_a), np.int64)
        for _, rows in (*self.objects, *self.questions, *self.links):
            runs = rows.runs(label_a, label_b)
            size += runs.n_a + runs.n_b
        return size


@dataclass(frozen=True)
class _Layout:
    """The annotations table as arrays over its N rows; `parent` is the row an annotation is nested under.

    `parent` is -1 at the top, and -2 where the label has no such annotation: those are compared nowhere.
    """

    project: Project
    scheme: Scheme
    concepts: Concepts
    concept: Ints
    label: Ints
    place: Ints
    parent: Ints
    kinds: list[str]
    further: pl.DataFrame | None

    @classmethod
    def of(cls, project: Project, scheme: Scheme, concepts: Concepts) -> _Layout:
        stored = project.tables["annotations"]
        return cls(
            project,
            scheme,
            concepts,
            stored["concept"].to_numpy().astype(np.int64),
            stored["label"].to_numpy().astype(np.int64),
            _places(stored["place"]),
            parents(stored),
            project.ontology["kind"].to_list(),
            _further(project, scheme),
        )

    def members(self, pool: Pool) -> NDArray[np.bool_]:
        """Tell which annotations are of the pool."""
        return np.array([kind in pool.members for kind in self.kinds], np.bool_).take(self.concept)

    def rows(self, pool: Pool, row: Ints, owner: Ints) -> KindRows | None:
        """Lay out some rows, sorted by their owner; None if there are none."""
        if len(row) == 0:
            return None
        n_owners = self.project.tables["labels"].height if owner is self.label else len(self.label)
        first = label_runs(owner.take(row), n_owners)
        score = self.project.tables["annotations"]["score"]
        confidence = score.gather(row).fill_null(-1.0) if self.scheme.matching == "confidence" else score.clear()
        return KindRows(
            row,
            self.concepts.of_annotation.take(row),
            self.place.take(row),
            self._values(pool, row),
            first,
            confidence.to_numpy(),
        )

    def _values(self, pool: Pool, row: Ints) -> Values:
        stored, project = self.project.tables["annotations"], self.project
        frames = _frames(project, self.label[row]) if pool.kind.columns is None or self.scheme.clip else pl.DataFrame()
        if pool.kind.columns is None:
            value = self._all_columns(pool, row, frames)
        else:
            value = stored[list(pool.kind.columns)]
            value = value if len(row) == len(stored) else value[row]
        try:
            values = pool.kind.values(value)
        except ValueError as error:
            raise InputError(
                f"values laid out as the kind {pool.name} says ({error})",
                field="geometry, parts, answer",
                remedy="Check what wrote them; labelqa/kinds/README.md lists the layouts.",
            ) from None
        if self.scheme.clip and isinstance(pool.kind, ObjectKind):
            width, height = (frames[side].fill_null(np.nan).to_numpy() for side in ("width", "height"))
            values = pool.kind.clipped(values, width, height)
        return values

    def _all_columns(self, pool: Pool, row: Ints, frames: pl.DataFrame) -> pl.DataFrame:
        """Look up all that a kind may want to know about some rows."""
        stored, ontology = self.project.tables["annotations"], self.project.ontology
        taken = stored.select(*schema.VALUE, "label", "stated")
        taken = taken if len(row) == len(stored) else taken[row]
        value = taken.select(schema.VALUE).with_columns(
            *frames,
            *ontology.select("scale_min", "scale_max", "kind")[self.concept[row]],
            taken["stated"].list.get(schema.STATED.index("area"), null_on_oob=True).fill_nan(None).alias("area"),
            taken["stated"],
            pl.Series("class", self.concepts.same[self.concept[row]]),
        )
        if self.further is not None:
            value = value.with_columns(self.further[row].get_columns())
        return value.with_columns(end_rows(taken, stored)) if isinstance(pool.kind, LinkKind) else value


def _places(place: pl.Series) -> Ints:
    """Number the places: int64 [N], 0 for the asset as a whole."""
    if place.null_count() == len(place):
        return np.zeros(len(place), np.int64)
    return place.rank("dense").fill_null(0).to_numpy().astype(np.int64)


def _further(project: Project, scheme: Scheme) -> pl.DataFrame | None:
    """Let the scheme's family look at all annotations at once, if it wants to."""
    look = surroundings(scheme.family)
    if look is None:
        return None
    stored = project.tables["annotations"]
    asset = project.tables["labels"]["asset"].gather(stored["label"])
    frames = project.assets.select(pl.col("width", "height").gather(asset))
    return look(stored.with_columns(asset, *project.ontology.select("kind", "class")[stored["concept"]], *frames))


def parents(stored: pl.DataFrame) -> Ints:
    """Look up the row that each annotation of the table is nested under: int64 [N], -1 at the top, -2 if it is not there."""
    parent = np.full(stored.height, _TOP)
    if stored["parent_id"].null_count() == stored.height:
        return parent
    nested = stored.select("label", "parent_id", row=pl.int_range(pl.len())).filter(pl.col("parent_id").is_not_null())
    places = stored.select("label", "annotation_id", parent=pl.int_range(pl.len()))
    found = nested.join(places, left_on=["label", "parent_id"], right_on=["label", "annotation_id"], how="left")
    parent[found["row"].to_numpy()] = found["parent"].fill_null(_NOWHERE).to_numpy()
    return parent


def _frames(project: Project, label: Ints) -> pl.DataFrame:
    """Give width and height in pixels of the frame of each label's asset, null where unknown."""
    asset = project.tables["labels"]["asset"].gather(label)
    return project.assets.select(pl.col("width", "height").cast(pl.Float64).gather(asset))
