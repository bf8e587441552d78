"""Scores of some labels, each still compared with everybody it met, or of some classes in them. Nothing is compared anew.

For some assets the tables are those of scoring these assets alone, to the bit. Of some labelers or days they have the
labels made by them or then: their consensus is with all other labels of their assets, and a pair is looked at when
either of its labels is.

Of some classes they have what the table of classes says of them: the same matches, their annotations alone counted. Where
annotations of one class are matched first (all schemes but those that match without regard to class), agreement, precision
and recall are those of comparing these classes alone, pairs without any of them left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, cached_property, partial

import numpy as np
import polars as pl

from labelqa.comparison import Comparison
from labelqa.comparison.agreement import Ends, agreements
from labelqa.comparison.marks import parents
from labelqa.comparison.pairs import RELATIONS, Pairs
from labelqa.comparison.rows import Rows
from labelqa.kinds.kind import Ints
from labelqa.measures.estimate import Estimator, Uncertainty
from labelqa.measures.kept import Flags, Held, Kept, Looked
from labelqa.measures.quality.scored import Scored
from labelqa.measures.quality.scoring import GROUPED, Rollups, Scoring
from labelqa.measures.tables import Tables
from labelqa.project.subset import Selection, fitting
from labelqa.stats.grouped import count_by


def selected(kept: Kept, selection: Selection, uncertainty: Uncertainty) -> tuple[Mapping[str, pl.DataFrame], Held]:
    """Roll the labels that fit up again.

    Parameters
    ----------
    kept : Kept
        Of the whole project, or a part of it; with the relations benchmark, consensus and self.
    selection : Selection
        What is looked at.
    uncertainty : Uncertainty

    Returns
    -------
    tables, kept
        What `labelqa.Scores` is made of.
    """
    looked = _looked(kept.looked_at, selection)
    part = _Part(looked, uncertainty)
    makers: dict[str, Callable[[], pl.DataFrame]] = {name: partial(part.table, name) for name in GROUPED}
    return Tables(makers), _held(part, part.assets, looked)


def rolled_up(comparison: Comparison, uncertainty: Uncertainty) -> tuple[Mapping[str, pl.DataFrame], Held]:
    """Roll up a whole comparison that is there already; as `selected`."""
    assets = cache(lambda: Scored.of(comparison).assets())
    part = _Part(Looked.at_all(comparison, assets), uncertainty)
    makers: dict[str, Callable[[], pl.DataFrame]] = {name: partial(part.table, name) for name in GROUPED}
    return Tables(makers), _held(part, assets)


def _held(part: _Part, assets: Callable[[], pl.DataFrame], looked: Looked | None = None) -> Held:
    """Hold what is looked at, and tables that are made when somebody looks."""
    tables = Tables({"assets": assets, "labels": part.labels})
    return Held(part.comparison.project, tables, part.comparison, looked)


def _looked(before: Looked, selection: Selection) -> Looked:
    """Look at what fits, of what was looked at before."""
    whole, project = before.whole, before.whole.project
    if selection.classes is not None:
        whole = _of_classes(whole, project.ontology["class"].is_in(selection.classes).to_numpy())
    if selection.roles is not None:
        whole = _of_roles(whole, project.tables["labels"]["role"].is_in(selection.roles).to_numpy())
    asset_fits, label_fits = (flags.to_numpy() for flags in fitting(project, selection))
    asset_fits, label_fits = asset_fits & before.asset_fits, label_fits & before.label_fits
    if selection.of_labels:
        asset = project.tables["labels"]["asset"].to_numpy()
        asset_fits &= count_by(asset[label_fits], len(asset_fits)) > 0
    assets = before.assets if whole is before.whole else lambda: Scored.of(whole).assets()
    return Looked(whole, assets, asset_fits, label_fits)


class _Part:
    """The labels looked at, and the tables that are made of them."""

    def __init__(self, looked: Looked, uncertainty: Uncertainty) -> None:
        self._looked = looked
        self.comparison = _cut(looked)
        self._uncertainty = uncertainty

    @cached_property
    def _scored(self) -> Scored:
        return self._looked.scored(self.comparison)

    @cached_property
    def _scoring(self) -> Scoring:
        project = self.comparison.project
        return Scoring.of(project, project.assets["project_id"], self.comparison.scheme)

    def table(self, name: str) -> pl.DataFrame:
        """Make a table with a row for each group."""
        project = self.comparison.project
        rollups = Rollups(self._scoring, Estimator(project, self._uncertainty), (name,))
        rollups.add(self._scoring.sums(self._scored, 0, (name,)))
        table = dict(rollups.tables(project.ontology))[name]
        if name not in ("project", "classes"):
            return table
        here = project.assets.filter(pl.Series(self._looked.asset_fits))
        n_assets = here.group_by("project_id").agg(pl.len().cast(pl.Int64).alias("n_assets"))
        if name == "project":
            found = table.drop("n_assets").join(n_assets, on="project_id", maintain_order="left")
            return found.select(table.columns)
        is_seen = pl.Series(self.comparison.ontology.same >= 0)
        known = project.ontology.filter(is_seen).join(n_assets, on="project_id", how="semi")["class"].unique()
        return table.filter(pl.col("class").is_in(known.implode()))

    def assets(self) -> pl.DataFrame:
        """Make the table of assets: winning labels and agreement rates are the asset's, whoever is looked at."""
        whole = self._looked.assets()
        own = self._scored.assets().with_columns(whole["winning_label"], whole["agreement_rate"])
        return own.select(whole.columns).filter(pl.Series(self._looked.asset_fits))

    def labels(self) -> pl.DataFrame:
        """Make the table of labels."""
        return self._scored.labels().filter(pl.Series(self._looked.label_fits))


def _of_classes(whole: Comparison, wanted: Flags) -> Comparison:
    """Look at annotations of these classes (rows of the ontology) alone; what others they met stays to be seen in the rows."""
    ontology = replace(whole.ontology, same=np.where(wanted, whole.ontology.same, -1))
    seen = replace(whole, ontology=ontology, made_of=None)
    rows = seen.rows
    sides = seen.concepts.sides(rows)
    rows = rows.where(np.flatnonzero(np.maximum(*sides) >= 0))
    n_pairs = len(whole.pair_rows)
    there = count_by(rows.pair, n_pairs) > 0
    nested = whole.attribute_rows.where(_nested(whole, ontology.same))
    part = _pairs_of(replace(seen, rows=rows, attribute_rows=nested), there)
    counted = replace(part.rows, pair=part.rows.pair.astype(np.int64))
    ends = Ends.of(counted, *part.concepts.sides(counted))
    return replace(part, agreement=agreements(ends, len(part.pair_rows), part.concepts, part.scheme))


def _of_roles(whole: Comparison, has_role: Flags) -> Comparison:
    """Keep the pairs of labels that both have a role looked at."""
    keep = has_role[whole.pair_rows.label_a] & has_role[whole.pair_rows.label_b]
    return whole if keep.all() else _pairs_of(whole, keep)


def _nested(whole: Comparison, same: Ints) -> Ints:
    """Find the answers that are nested under annotations looked at, or answer a question that is."""
    rows = whole.attribute_rows
    if not len(rows):
        return np.empty(0, np.int64)
    stored = whole.project.tables["annotations"]
    seen = np.append(same[stored["concept"].to_numpy()] >= 0, False)
    above = np.append(parents(stored), -1)
    at = np.maximum(rows.a, rows.b).astype(np.int64)
    found = seen[at]
    while (at >= 0).any():  # a step up for each level of nesting
        at = np.maximum(above[at], -1)
        found |= seen[at]
    return np.flatnonzero(found)


def _cut(looked: Looked) -> Comparison:
    """Keep the pairs that have a label that fits; against the benchmark that is the labeler's."""
    pairs, fits = looked.whole.pair_rows, looked.label_fits
    keep = fits[pairs.label_a]
    keep |= fits[pairs.label_b] & (pairs.relation != RELATIONS.index("benchmark"))
    return looked.whole if keep.all() else _pairs_of(looked.whole, keep)


def _pairs_of(whole: Comparison, keep: Flags) -> Comparison:
    """Take some of the pairs and what is in them."""
    pairs = whole.pair_rows
    number = (np.cumsum(keep) - 1).astype(whole.rows.pair.dtype)

    def cut(rows: Rows) -> Rows:
        kept = rows.where(np.flatnonzero(keep.take(rows.pair)))
        return replace(kept, pair=number.take(kept.pair))

    return replace(
        whole,
        pair_rows=Pairs(pairs.relation[keep], pairs.asset[keep], pairs.label_a[keep], pairs.label_b[keep]),
        agreement=whole.agreement[keep],
        rows=cut(whole.rows),
        attribute_rows=cut(whole.attribute_rows),
        made_of=None,
    )
