"""The comparer: a project and a scheme in, the match table and the agreement of every pair of labels out.

A project is compared part by part, on threads. What comes of a part depends on its own assets alone, and sums run over
rows in id order, so the cut does not show in the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from labelqa.comparison.agreement import Ends, agreements
from labelqa.comparison.comparison import Comparison, MadeOf, joined
from labelqa.comparison.concepts import Classes
from labelqa.comparison.labels import Labels
from labelqa.comparison.marks import Marks
from labelqa.comparison.match import (
    BEST_OF_A,
    MATCHED,
    Rows,
    match_answers,
    match_links,
    match_objects,
)
from labelqa.comparison.pairs import Pairs, check_number, pair_labels, relations_against
from labelqa.comparison.scheme import Scheme
from labelqa.kinds.kind import Ints, Partners
from labelqa.kinds.pools import Pool, surroundings
from labelqa.project import Project
from labelqa.project.parts import Part, parts
from labelqa.project.threads import in_order
from labelqa.stats.memory import keep_freed

_BLOCK = 400_000
"""Annotations on both sides of pairs that are matched at once, about: assets with very many labels take several goes."""

_TOGETHER = (MATCHED, BEST_OF_A)
"""Outcomes of annotations that are the same thing, once for each annotation of side a."""

Progress = Callable[[int, int], None]
"""Called with the number of assets done and of all assets."""


def compare(
    project: Project,
    against: str = "labelers",
    scheme: Scheme | str | Path | Mapping[str, Any] | None = None,
    *,
    progress: Progress | None = None,
) -> Comparison:
    """Compare the submitted labels of a project with each other or with another role's labels.

    Parameters
    ----------
    project : Project
    against : "labelers", "benchmark", "predictions" or "reviewed"
        `labelers` gives the relations `consensus` (two labelers) and `self` (one labeler twice); the others give
        `benchmark`, `prediction` and `review`, with the labeler's label on side a.
    scheme : Scheme, name, TOML file, mapping or None
        How labels are compared; see `Scheme`.
    progress : callable, optional
        Called with assets done and assets in all.

    Returns
    -------
    Comparison

    Raises
    ------
    UsageError
        If `against` or `scheme` is unknown.

    Examples
    --------
    >>> import labelqa
    >>> comparison = labelqa.compare(labelqa.demo(assets=30, labelers=3, seed=1), against="benchmark")
    >>> comparison.pairs["relation"].unique().to_list()
    ['benchmark']
    """
    return compare_relations(project, relations_against(against), Scheme.of(scheme), progress)


def compare_relations(
    project: Project, relations: tuple[str, ...], scheme: Scheme, progress: Progress | None = None
) -> Comparison:
    """Compare the labels of several relations in one go."""
    comparer = Comparer.of(project, relations, scheme)
    done: list[tuple[Part, Comparison]] = []
    n_pairs = 0
    for part, compared in in_order(lambda part: (part, comparer.compare(part.project)), parts(project)):
        n_pairs += len(compared.pair_rows)
        check_number(n_pairs, project.tables["labels"]["asset"].to_numpy())
        done.append((part, compared.narrowed()))
        if progress:
            progress(part.assets.stop, project.assets.height)
    return joined(project, scheme, comparer.ontology, done)


@dataclass(frozen=True)
class Comparer:
    """Compares projects of one ontology, as the parts of a project are, in one way."""

    relations: tuple[str, ...]
    scheme: Scheme
    pools: list[Pool]
    ontology: Classes

    @classmethod
    def of(cls, project: Project, relations: tuple[str, ...], scheme: Scheme) -> Comparer:
        """Get ready for a project and its parts."""
        keep_freed()  # comparing makes one array after the other
        pools = scheme.pools()
        return cls(relations, scheme, pools, Classes.seen_by(scheme, pools, project.ontology))

    @property
    def looks_at_ids(self) -> bool:
        """Whether ids of annotations matter to more than links and attributes: to a family that looks at all of them."""
        return surroundings(self.scheme.family) is not None

    def compare(self, project: Project) -> Comparison:
        """Compare the labels of a part."""
        labels = Labels.of(project)
        pairs = pair_labels(project, labels, self.relations)
        concepts = self.ontology.of(project)
        marks = Marks.of(project, self.scheme, self.pools, concepts)
        found = [_compared(marks, pairs, block, self.scheme) for block in _blocks(pairs, marks)]
        rows, attribute_rows = found[0] if len(found) == 1 else (Rows.joined([one[k] for one in found]) for k in (0, 1))
        ends = Ends.of(rows, *concepts.sides(rows))
        agreement = agreements(ends, len(pairs), concepts, self.scheme)
        made_of = MadeOf(labels, concepts, ends)
        return Comparison(project, self.scheme, self.ontology, pairs, agreement, rows, attribute_rows, made_of)


def _compared(marks: Marks, pairs: Pairs, block: slice, scheme: Scheme) -> tuple[Rows, Rows]:
    """Match a block of pairs: rows, and those of what is nested under them."""
    rows = _match(marks, pairs.label_a[block], pairs.label_b[block], scheme)
    nested = _match_attributes(marks, rows)
    return _counted_from(rows, block.start), _counted_from(nested, block.start)


def _counted_from(rows: Rows, first_pair: int) -> Rows:
    return replace(rows, pair=rows.pair + first_pair) if first_pair else rows


def _match(marks: Marks, label_a: Ints, label_b: Ints, scheme: Scheme) -> Rows:
    """Make the rows of a block, sorted, pairs counted from 0."""
    drawn = [match_objects(kind, rows, label_a, label_b, scheme) for kind, rows in marks.objects]
    parts = drawn + [match_answers(kind, rows, label_a, label_b) for kind, rows in marks.questions]
    if marks.links:
        met = Rows.joined(drawn)
        met = met.where(np.isin(met.outcome, _TOGETHER))
        partners = Partners(met.pair, met.a, met.b)
        parts += [match_links(kind, rows, label_a, label_b, partners, scheme) for kind, rows in marks.links]
    return Rows.merged(parts)


def _match_attributes(marks: Marks, rows: Rows) -> Rows:
    """Compare what is nested under matched annotations, level by level: rows like theirs, sorted."""
    levels: list[Rows] = []
    parents = rows
    while marks.attributes and len(parents := parents.where(np.isin(parents.outcome, _TOGETHER))):
        found = [match_answers(kind, under, parents.a, parents.b) for kind, under in marks.attributes]
        below = Rows.joined(found)
        parents = Rows(parents.pair[below.pair], below.a, below.b, below.similarity, below.outcome)
        levels.append(parents)
    return Rows.joined(levels).sorted()


def _blocks(pairs: Pairs, marks: Marks) -> Iterator[slice]:
    """Cut the pairs into runs with about `_BLOCK` annotations each."""
    size = marks.sizes(pairs.label_a, pairs.label_b) + 1
    number = (np.cumsum(size) - size) // _BLOCK
    bounds = [*np.flatnonzero(np.diff(number, prepend=-1)).tolist(), len(pairs)]
    yield from (slice(start, stop) for start, stop in pairwise(bounds))
