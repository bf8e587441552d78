"""Scores of some labels, each still compared with everybody it met. Nothing is compared anew.

For some assets the tables are those of scoring these assets alone, to the bit. Of some labelers or days they have the
labels made by them or then: their consensus is with all other labels of their assets, and a pair is looked at when
either of its labels is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.comparison.pairs import RELATIONS, Pairs
from labelqa.comparison.rows import Rows
from labelqa.measures.estimate import Estimator, Uncertainty
from labelqa.measures.kept import Held
from labelqa.measures.quality.labels import Work, label_benchmark, label_consensus
from labelqa.measures.quality.scored import Scored
from labelqa.measures.quality.scoring import Rollups, Scoring
from labelqa.project.subset import Selection, fitting
from labelqa.stats.grouped import count_by

Flags = NDArray[np.bool_]


def selected(whole: Comparison, assets: pl.DataFrame, selection: Selection, uncertainty: Uncertainty) -> dict[str, Any]:
    """Roll the labels that fit up again.

    Parameters
    ----------
    whole : Comparison
        Of the whole project, with the relations benchmark, consensus and self.
    assets : polars.DataFrame
        Its table of assets: winning labels and agreement rates are the asset's, whoever is looked at.
    selection : Selection
        What is looked at; classes and roles change what is compared, so they do not count here.
    uncertainty : Uncertainty

    Returns
    -------
    dict
        The tables of `labelqa.Scores` by name, and `kept`.
    """
    project = whole.project
    asset_fits, label_fits = (flags.to_numpy() for flags in fitting(project, selection))
    work = Work.of(whole)
    work = replace(work, counts=work.counts & label_fits)
    if selection.of_labels:
        asset_fits = asset_fits & (count_by(work.asset[label_fits], len(asset_fits)) > 0)
    comparison = _cut(whole, label_fits)
    scores = (
        np.where(label_fits, score, np.nan) for score in (label_consensus(comparison), label_benchmark(comparison))
    )
    scored = Scored(comparison, work, *scores)
    scoring = Scoring.of(project, project.assets["project_id"], whole.scheme)
    rollups = Rollups(scoring, Estimator(project, uncertainty))
    rollups.add(scoring.sums(scored, 0))
    tables = dict(rollups.tables(project.ontology))
    kept = pl.Series(asset_fits)
    n_assets = project.assets.filter(kept).group_by("project_id").agg(pl.len().cast(pl.Int64).alias("n_assets"))
    projects = tables["project"]
    tables["project"] = (
        projects.drop("n_assets").join(n_assets, on="project_id", maintain_order="left").select(projects.columns)
    )
    known = project.ontology.join(n_assets, on="project_id", how="semi")["class"].unique()
    tables["classes"] = tables["classes"].filter(pl.col("class").is_in(known.implode()))
    own = scored.assets().with_columns(assets["winning_label"], assets["agreement_rate"]).select(assets.columns)
    return {**tables, "kept": Held(own.filter(kept), scored.labels().filter(pl.Series(label_fits)), comparison)}


def _cut(whole: Comparison, label_fits: Flags) -> Comparison:
    """Keep the pairs that have a label that fits; against the benchmark that is the labeler's."""
    pairs = whole.pair_rows
    keep = label_fits[pairs.label_a]
    keep |= label_fits[pairs.label_b] & (pairs.relation != RELATIONS.index("benchmark"))
    number = np.cumsum(keep) - 1

    def cut(rows: Rows) -> Rows:
        kept = rows.where(np.flatnonzero(keep[rows.pair]))
        return replace(kept, pair=number[kept.pair].astype(rows.pair.dtype))

    return replace(
        whole,
        pair_rows=Pairs(pairs.relation[keep], pairs.asset[keep], pairs.label_a[keep], pairs.label_b[keep]),
        agreement=whole.agreement[keep],
        rows=cut(whole.rows),
        attribute_rows=cut(whole.attribute_rows),
    )
