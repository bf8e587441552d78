"""Scores: every quality table of a project, with how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from labelqa.comparison import Comparison, Scheme
from labelqa.comparison.comparer import Comparer, Progress
from labelqa.comparison.comparison import joined
from labelqa.comparison.threads import in_order
from labelqa.errors import UsageError
from labelqa.measures.estimate import Estimator, Uncertainty
from labelqa.measures.quality.groups import Groups
from labelqa.measures.quality.scoring import RELATIONS, PartScores, Rollups, Scoring
from labelqa.project import Project
from labelqa.project.parts import Part, parts
from labelqa.project.project import Names

TABLES = (
    "project",
    "labelers",
    "assets",
    "labels",
    "classes",
    "attributes",
    "agreement",
    "confusion",
    "pairs",
    "matches",
)
"""The tables of scores, in the order in which they are written."""


@dataclass(frozen=True, eq=False)
class Scores:
    """The quality of a project, one table a level; every number can be traced to rows of `matches`.

    Under the scheme `coco`, project and labelers have COCO's twelve figures besides (AP, AP50 ... ARl).
    `self_consistency` is the agreement of labelers with themselves where they labeled an asset twice, `n_self` the pairs.
    A measure comes with its interval in `_low` and `_high` and with its counts. Where it is undefined it is null, and
    the column `undefined` says why: no_pair, no_benchmark, nothing_drawn, nothing_in_benchmark, nothing_matched,
    one_asset (an interval needs two).

    Attributes
    ----------
    project : polars.DataFrame
        One row a project: project_id, n_assets, n_labels, n_annotations, consensus, benchmark, precision, recall, f1,
        mean_iou, accuracy, all with intervals; n_assets_consensus, n_assets_benchmark, n_pairs, n_benchmark (pairs with the
        benchmark), n_matched, n_drawn, n_expected.
    labelers : polars.DataFrame
        One row a labeler: labeler, n_labels, n_assets, consensus, n_pairs, benchmark, n_benchmark (labels compared
        with it), precision, recall, f1, mean_iou, accuracy, intervals, n_matched, n_drawn, n_expected. Benchmark labels are no
        one's work.
    assets : polars.DataFrame
        One row an asset: project_id, asset_id, n_labels, consensus, agreement_rate, winning_label, benchmark.
    labels : polars.DataFrame
        One row a label: label_id, asset_id, labeler, role, consensus, benchmark, project_id.
    classes : polars.DataFrame
        One row a class and kind: class, kind, n_annotations, consensus, benchmark, precision, recall, f1, intervals.
    attributes : polars.DataFrame
        One row a question nested under annotations of a class: class, question, kind, consensus, benchmark, intervals,
        n_consensus, n_benchmark. Compared on matched annotations only.
    agreement : polars.DataFrame
        One row for two labelers that share assets: labeler_a, labeler_b, agreement, n_pairs, n_assets.
    confusion : polars.DataFrame
        relation, class_a, class_b (null = unmatched), n, kind, question.
    comparison : Comparison
        What it all was made of; `pairs` and `matches` are its tables.
    how : dict
        Scheme, interval, seed, version and sources, as plain data.
    """

    project: pl.DataFrame
    labelers: pl.DataFrame
    assets: pl.DataFrame
    labels: pl.DataFrame
    classes: pl.DataFrame
    attributes: pl.DataFrame
    agreement: pl.DataFrame
    confusion: pl.DataFrame
    comparison: Comparison
    how: Mapping[str, Any]

    @property
    def pairs(self) -> pl.DataFrame:
        """Pairs of labels; see `Comparison.pairs`."""
        return self.comparison.pairs

    @property
    def matches(self) -> pl.DataFrame:
        """The match table; see `Comparison.matches`."""
        return self.comparison.matches

    @cached_property
    def conflicts(self) -> pl.DataFrame:
        """CVAT's conflicts, under the schemes that reproduce its report; see `labelqa.measures.cvat.conflicts`.

        Raises
        ------
        UsageError
            Under another scheme.
        """
        from labelqa.measures.cvat import conflicts

        if self.comparison.scheme.family != "cvat":
            raise UsageError('Conflicts are what CVAT reports; score with scheme="cvat"')
        return conflicts(self.comparison)

    def select(
        self,
        *,
        projects: Names | None = None,
        assets: Names | None = None,
        batches: Names | None = None,
        labelers: Names | None = None,
        metadata: Mapping[str, str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Scores:
        """Look at some of the labels, each still compared with everybody it met; conditions as in `Project.select`.

        Of assets, batches and projects it gives what scoring them alone would. Of labelers and days it gives their
        labels, with the consensus they have with all others and with the benchmark, which `Project.select` would take
        away. Nothing is compared anew. COCO's own figures are not in it.

        Raises
        ------
        UsageError
            If a name does not occur in the project.

        Examples
        --------
        >>> import labelqa
        >>> scores = labelqa.score(labelqa.demo(assets=40, labelers=4, seed=1))
        >>> ana = scores.select(labelers="ana@example.com")
        >>> ana.labelers["consensus"][0] == scores.labelers["consensus"][0]
        True
        """
        from labelqa.measures.selected import selected

        made_of = self.comparison.project.selection(
            projects=projects,
            assets=assets,
            batches=batches,
            labelers=labelers,
            metadata=metadata,
            since=since,
            until=until,
        )
        how = self.how["interval"]
        uncertainty = Uncertainty(how["method"], how["confidence"], how["seed"])
        return Scores(**selected(self.comparison, self.assets, made_of, uncertainty), how=self.how)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{f.name} {getattr(self, f.name).height}" for f in fields(self) if f.type == "pl.DataFrame")
        return f"<Scores ({self.how['scheme']['name']}): rows in {sizes}>"


def score(
    project: Project,
    scheme: Scheme | str | Path | Mapping[str, Any] | None = None,
    *,
    interval: str = "cluster",
    confidence: float = 0.95,
    seed: int = 0,
    progress: Progress | None = None,
) -> Scores:
    """Score a project: consensus between labelers, accuracy against the benchmark, confusion.

    Parameters
    ----------
    project : Project
    scheme : Scheme, name, TOML file, mapping or None
        How labels are compared; see `Scheme`.
    interval : "cluster", "bootstrap" or "exact"
        How intervals are made; see `Uncertainty`. `exact` holds for any number of assets.
    confidence : float in (0, 1)
    seed : int
        For `bootstrap` and `exact`.
    progress : callable, optional
        Called with assets done and assets in all.

    Returns
    -------
    Scores

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.

    Examples
    --------
    >>> import labelqa
    >>> scores = labelqa.score(labelqa.demo(assets=40, labelers=4, seed=1))
    >>> scores.project["n_assets"].to_list()
    [40]
    """
    uncertainty = Uncertainty(interval, confidence, seed)
    made_by = Scheme.of(scheme)
    comparer = Comparer.of(project, RELATIONS, made_by)
    scoring = Scoring(comparer, Groups.of(project, project.assets["project_id"], comparer.ontology))
    rollups = Rollups(scoring, Estimator(project, uncertainty))
    scored: list[PartScores] = []
    compared: list[tuple[Part, Comparison]] = []
    for part, (told, comparison) in in_order(lambda part: (part, scoring.score(part)), parts(project)):
        rollups.add(told)
        scored.append(told)
        compared.append((part, comparison.narrowed()))
        if progress:
            progress(part.assets.stop, project.assets.height)
    tables = dict(rollups.tables(project.ontology))
    if made_by.name == "coco":
        from labelqa.measures.coco import columns

        tables["project"] = columns.with_projects(tables["project"], project)
        tables["labelers"] = columns.with_labelers(tables["labelers"], project)
    return Scores(
        **tables,
        assets=pl.concat([one.assets for one in scored]),
        labels=pl.concat([one.labels for one in scored]),
        comparison=joined(project, made_by, comparer.ontology, compared),
        how={
            "scheme": made_by.as_dict(),
            "interval": {"method": interval, "confidence": confidence, "seed": seed, "cluster": "asset"},
            "sources": project.sources.to_dicts(),
        },
    )
