"""The work in a part of a project: the same labels, times, verdicts and costs, counted for some labels only.

What is about labelers or assets as such is not worked out anew: idle caps, ranks, fair comparison, curves and findings
are those of the whole project, of the labelers and assets looked at; forecast, reviewers, issues and pre-labels stay whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.measures.score import Scores
from labelqa.measures.workforce import breakdown
from labelqa.measures.workforce.findings.search import Findings, Search
from labelqa.measures.workforce.periods import Calendar
from labelqa.measures.workforce.tally import Facts, tally

Record = TypeVar("Record", bound=Any)
Flags = NDArray[np.bool_]

_OF_PROJECTS = ("cap", "review_cap")
"""Arrays that hold projects, not labels."""

_FIXED = ("cap_seconds", "review_cap_seconds", "cap_rule", "labels_per_asset")
"""Columns of projects that do not depend on what is looked at."""


def selected(facts: Facts, label_fits: Flags, scores: Scores, calendar: Calendar, whole: Any) -> Mapping[str, Any]:
    """Make the tables of a `Workforce` that change, from those of the whole.

    Parameters
    ----------
    facts : Facts
        Of the whole project.
    label_fits : bool [n_labels]
        The labels of the project that are looked at.
    scores : Scores
        Of the same part.
    calendar : Calendar
    whole : Workforce
    """
    keep = label_fits[facts.effort.row]
    some = _kept(facts, keep)
    timeline, labeler_timeline = breakdown.by_period(some, calendar)
    labelers = _labelers(some, whole.labelers)
    labels = whole.labels.filter(pl.Series(keep))
    worked = labelers["labeler"].implode()
    mine = {name: _of(getattr(whole, name), worked) for name in ("adjusted", "ranks", "curves")}
    return {
        "project": _projects(some, scores, whole.project),
        "labelers": labelers,
        "timeline": timeline,
        "labeler_timeline": labeler_timeline,
        "classes": breakdown.by_class(some),
        "batches": breakdown.by_asset_field(some, "batch"),
        "datasets": breakdown.by_asset_field(some, "dataset"),
        "search": Search(lambda: _findings(whole, worked, scores)),
        "sittings": whole.sittings.filter(pl.col("sitting").is_in(labels["sitting"].unique().implode())),
        "labels": labels,
        **mine,
    }


def _kept(facts: Facts, keep: Flags) -> Facts:
    """Take some of the labels."""
    parts = {name: _cut(getattr(facts, name), keep) for name in ("effort", "times", "verdicts", "costs")}
    arrays = {name: getattr(facts, name)[keep] for name in ("day", "consensus", "benchmark")}
    return replace(facts, **parts, **arrays)


def _cut(record: Record, keep: Flags) -> Record:
    arrays = {
        field.name: value[keep]
        for field in fields(record)
        if isinstance(value := getattr(record, field.name), np.ndarray) and field.name not in _OF_PROJECTS
    }
    return replace(record, **arrays)


def _labelers(facts: Facts, whole: pl.DataFrame) -> pl.DataFrame:
    names = facts.effort.labelers.alias("labeler")
    table = pl.DataFrame([names]).hstack(tally(facts, facts.groups(facts.effort.labeler, facts.effort.n_labelers)))
    worked = table.filter(pl.col("n_labels") + pl.col("n_skipped") > 0)
    known = whole.select("labeler", "quadrant")
    return worked.join(known, on="labeler", how="left", nulls_equal=True, maintain_order="left").select(whole.columns)


def _projects(facts: Facts, scores: Scores, whole: pl.DataFrame) -> pl.DataFrame:
    """Tally the projects looked at; agreement is taken from the scores, which average over assets."""
    effort = facts.effort
    tallied = tally(facts, facts.groups(effort.project, len(effort.projects)))
    agreement = [f"{name}{end}" for name in ("consensus", "benchmark") for end in ("", "_low", "_high")]
    table = pl.DataFrame([effort.projects.alias("project_id")]).hstack(tallied.drop(agreement))
    table = table.join(scores.project.select("project_id", *agreement), on="project_id", maintain_order="left")
    table = table.join(whole.select("project_id", *_FIXED, "currency"), on="project_id", maintain_order="left")
    cost = (pl.col("cost_per_label") * pl.col("labels_per_asset")).alias("cost_per_asset")
    return table.with_columns(cost).select(whole.columns)


def _of(table: pl.DataFrame, worked: pl.Series) -> pl.DataFrame:
    return table.filter(pl.col("labeler").is_in(worked))


def _findings(whole: Any, worked: pl.Series, scores: Scores) -> Findings:
    """Keep what is said of a labeler, an asset or a project looked at."""
    findings = whole.findings
    by_labeler = pl.any_horizontal(pl.col("labeler", "other").is_in(worked))
    named = pl.col("labeler").is_not_null()
    place = findings.join(scores.assets, on=["project_id", "asset_id"], how="semi")["number"]
    of_asset = pl.col("number").is_in(place.implode()) | pl.col("asset_id").is_null()
    kept = findings.filter(pl.when(named).then(by_labeler).otherwise(of_asset).fill_null(False))
    return Findings(kept, whole.evidence.join(kept, on="number", how="semi", maintain_order="left"), whole.detectors)
