"""The work in a part of a project: the same labels, times, verdicts and costs, counted for some labels only.

What is about labelers or assets as such is not worked out anew: idle caps, ranks, fair comparison, curves and findings
are those of the whole project, of the labelers and assets looked at; forecast, reviews, issues and pre-labels stay whole.
Where other classes or roles are looked at, the quality of all labels is another one, and ranks and the like are made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.measures.quality.labels import label_benchmark, label_consensus
from labelqa.measures.score import Scores
from labelqa.measures.tables import Tables
from labelqa.measures.workforce import breakdown
from labelqa.measures.workforce.findings.search import Findings, Search
from labelqa.measures.workforce.periods import Calendar
from labelqa.measures.workforce.tables import by_class, makers, over_time
from labelqa.measures.workforce.tally import Facts, tally

if TYPE_CHECKING:
    from labelqa.measures.workforce.workforce import Workforce

Record = TypeVar("Record", bound=Any)
Flags = NDArray[np.bool_]
Makers = dict[str, Callable[[], pl.DataFrame]]

_OF_PROJECTS = ("cap", "review_cap")
"""Arrays that hold projects, not labels."""

_FIXED = ("cap_seconds", "review_cap_seconds", "cap_rule", "labels_per_asset")
"""Columns of projects that do not depend on what is looked at."""

_OF_LABELERS = ("adjusted", "ranks", "curves")
"""Tables of the whole project, of the labelers looked at."""

_WHOLE = ("reviews", "issues", "forecast", "automation")
"""Tables that stay."""


def selected(team: Workforce, part: Scores, calendar: Calendar) -> dict[str, Any]:
    """Look at the work of a part of the labels.

    Parameters
    ----------
    team : Workforce
    part : Scores
        Selected from `team.scores`, or these themselves.
    calendar : Calendar

    Returns
    -------
    dict
        What changes in `team`.
    """
    looked, facts, terms = part.kept.looked_at, team.facts, replace(team.terms, calendar=calendar)
    make: Makers = {name: partial(team.tables.__getitem__, name) for name in team.tables}
    if looked.whole is not team.scores.kept.looked_at.whole:
        facts = _with_quality(facts, looked.whole)
        make |= {name: maker for name, maker in makers(facts, part, terms).items() if name not in _WHOLE}
    keep = looked.label_fits[facts.effort.row]
    some = facts if keep.all() else _kept(facts, keep)
    if some is not facts:
        make |= _of_labels(some, part, Tables(make))
    if some is not facts or calendar != team.terms.calendar:
        make |= over_time(some, calendar)
    search = Search(lambda: _findings(team, part)) if part is not team.scores else team.search
    return {"tables": Tables(make), "scores": part, "facts": facts, "search": search, "terms": terms}


def _with_quality(facts: Facts, comparison: Comparison) -> Facts:
    """Set other scores beside the labels."""
    row = facts.effort.row
    return replace(facts, consensus=label_consensus(comparison)[row], benchmark=label_benchmark(comparison)[row])


def _of_labels(some: Facts, part: Scores, whole: Mapping[str, pl.DataFrame]) -> Makers:
    """Give what makes the tables that go by the labels looked at."""
    effort = some.effort
    groups = cache(lambda: some.groups(effort.labeler, effort.n_labelers))

    def labelers() -> pl.DataFrame:
        table = pl.DataFrame([effort.labelers.alias("labeler")]).hstack(tally(some, groups()))
        worked, known = table.filter(pl.col("n_labels") + pl.col("n_skipped") > 0), whole["labelers"]
        quadrants = known.select("labeler", "quadrant")
        found = worked.join(quadrants, on="labeler", how="left", nulls_equal=True, maintain_order="left")
        return found.select(known.columns)

    def sittings() -> pl.DataFrame:
        return whole["sittings"].filter(pl.col("sitting").is_in(pl.Series(np.unique(some.times.sitting)).implode()))

    def of_workers(name: str) -> pl.DataFrame:
        return whole[name].filter(pl.col("labeler").is_in(_workers(some).implode()))

    return {
        "project": lambda: _projects(some, part, whole["project"]),
        "labelers": labelers,
        "classes": partial(by_class, some, part),
        "batches": partial(breakdown.by_asset_field, some, "batch"),
        "datasets": partial(breakdown.by_asset_field, some, "dataset"),
        "sittings": sittings,
        "labels": partial(breakdown.each_label, some),
        **{name: partial(of_workers, name) for name in _OF_LABELERS},
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


def _workers(facts: Facts) -> pl.Series:
    """Name those who made a label."""
    return facts.effort.labelers.gather(np.unique(facts.effort.labeler))


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


def _findings(team: Workforce, part: Scores) -> Findings:
    """Keep what is said of a labeler, an asset, a class or a project looked at."""
    whole, facts, looked = team.search.found, team.facts, part.kept.looked_at
    effort = facts.effort
    worked = effort.labelers.gather(np.unique(effort.labeler[looked.label_fits[effort.row]])).implode()
    by_labeler = pl.any_horizontal(pl.col("labeler", "other").is_in(worked))
    named = pl.col("labeler").is_not_null()
    place = whole.table.join(part.assets, on=["project_id", "asset_id"], how="semi")["number"]
    of_asset = pl.col("number").is_in(place.implode()) | pl.col("asset_id").is_null()
    classes = effort.source.ontology["class"].filter(pl.Series(looked.whole.ontology.same >= 0)).unique().implode()
    of_class = pl.col("class").is_null() | pl.any_horizontal(pl.col("class", "other_class").is_in(classes))
    kept = whole.table.filter(pl.when(named).then(by_labeler).otherwise(of_asset).fill_null(False), of_class)
    evidence = whole.evidence.join(kept, on="number", how="semi", maintain_order="left")
    return Findings(kept, evidence, whole.how)
