"""Scores: every quality table of a project, with how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Unpack

import polars as pl

from labelqa.comparison import Comparison, Scheme
from labelqa.comparison.comparer import Progress
from labelqa.comparison.comparison import joined
from labelqa.errors import UsageError, near_match
from labelqa.measures.cache import Cache
from labelqa.measures.estimate import Estimator, Uncertainty
from labelqa.measures.kept import Held, Kept
from labelqa.measures.quality.scoring import Rollups, Scoring, Sums
from labelqa.measures.selected import rolled_up, selected
from labelqa.measures.tables import Table
from labelqa.project import Project
from labelqa.project.parts import Part, parts
from labelqa.project.project import LabelConditions, Names
from labelqa.project.threads import in_order

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

LARGE = ("assets", "labels", "pairs", "matches")
"""Those that grow with the project."""

COCO = "coco"
"""The scheme with figures of its own."""

MANIFEST = "scores.json"
"""The file, beside saved tables, that says how they were made."""

DEFINITIONS = 1
"""Version of what the measures mean: raised with every change of a number (see the changelog)."""


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

    tables: Mapping[str, pl.DataFrame]
    kept: Kept
    how: Mapping[str, Any]

    project = Table()
    labelers = Table()
    classes = Table()
    attributes = Table()
    agreement = Table()
    confusion = Table()

    @property
    def assets(self) -> pl.DataFrame:
        """Scores of the assets."""
        return self.kept.scan("assets").collect()

    @property
    def labels(self) -> pl.DataFrame:
        """Scores of the labels."""
        return self.kept.scan("labels").collect()

    @property
    def pairs(self) -> pl.DataFrame:
        """Pairs of labels; see `Comparison.pairs`."""
        return self.kept.scan("pairs").collect()

    @property
    def matches(self) -> pl.DataFrame:
        """The match table; see `Comparison.matches`."""
        return self.kept.scan("matches").collect()

    @property
    def comparison(self) -> Comparison:
        """What it all was made of; of scores of a stored project it is made when somebody looks, in memory."""
        return self.kept.comparison

    @property
    def problems(self) -> pl.DataFrame:
        """The problems of the project; see `labelqa.project.schema.PROBLEMS`."""
        return self.kept.project.problems

    @property
    def sources(self) -> pl.DataFrame:
        """The files the project was read from; see `labelqa.project.schema.SOURCES`."""
        return self.kept.project.sources

    def scan(self, table: str) -> pl.LazyFrame:
        """Look at a table without reading it: of a stored project, assets, labels and pairs may be larger than memory.

        Raises
        ------
        UsageError
            If there is no such table.
        """
        if table not in TABLES:
            raise UsageError(
                f"A table of scores is one of {', '.join(TABLES)}, not {table!r}{near_match(table, TABLES)}"
            )
        return self.kept.scan(table) if table in LARGE else getattr(self, table).lazy()

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

    @cached_property
    def whole(self) -> Scores:
        """What these were selected from, of the classes and roles looked at; themselves where nothing was selected."""
        if not self.kept.is_part:
            return self
        how = self.how["interval"]
        uncertainty = Uncertainty(how["method"], how["confidence"], how["seed"])
        return Scores(*rolled_up(self.kept.looked_at.whole, uncertainty), how=self.how)

    def select(
        self, *, classes: Names | None = None, roles: Names | None = None, **conditions: Unpack[LabelConditions]
    ) -> Scores:
        """Look at some of the labels, each still compared with everybody it met, or at some classes of marks in them.

        Of assets, batches and projects it gives what scoring them alone would. Of labelers and days it gives their
        labels, with the consensus they have with all others and with the benchmark, which `Project.select` would take
        away. Nothing is compared anew, tables are made when somebody looks at them, and selections of selections add up.
        COCO's own figures are not in it.

        Parameters
        ----------
        classes : str or iterable of str, optional
            Classes and questions. Every agreement is restricted to their annotations, as in the table `classes`: pairs of
            labels in which neither side has any say nothing. `matches` and `confusion` still show what annotations of
            other classes they are taken for. Labels stay, even without such an annotation.
        roles : str or iterable of str, optional
            Labels with these roles, compared with each other: without `benchmark`, with no ground truth.
        **conditions
            As in `Project.select`.

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
        >>> import polars as pl
        >>> cars = scores.select(classes="car")
        >>> cars.project["consensus"][0] == scores.classes.filter(pl.col("class") == "car")["consensus"][0]
        True
        """
        made_of = self.comparison.project.selection(classes=classes, roles=roles, **conditions)
        how = self.how["interval"]
        uncertainty = Uncertainty(how["method"], how["confidence"], how["seed"])
        return Scores(*selected(self.kept, made_of, uncertainty), how=self.how)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {getattr(self, name).height}" for name in TABLES if name not in LARGE)
        return f"<Scores ({self.how['scheme']['name']}): rows in {sizes}>"


def score(
    project: Project,
    scheme: Scheme | str | Path | Mapping[str, Any] | None = None,
    *,
    interval: str = "cluster",
    confidence: float = 0.95,
    seed: int = 0,
    progress: Progress | None = None,
    cache: str | Path | None = None,
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
    cache : path, optional
        A folder in which the comparison of a large project is kept as Parquet, so that it is not made again for the same
        project and scheme; as of `labelqa.read`.

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
    scoring = Scoring.of(project, project.assets["project_id"], made_by)
    entries = Cache.of(cache, project)
    known = None if entries is None else entries.find(made_by, scoring.comparer.ontology)
    if known is not None:
        found, held = rolled_up(known, uncertainty)
        if made_by.name == COCO:
            found = {**found, **with_coco(found, project)}
        return Scores(found, held, how_made(made_by, uncertainty, project))
    rollups = Rollups(scoring, Estimator(project, uncertainty))
    assets, labels = [], []
    compared: list[tuple[Part, Comparison]] = []

    def run(part: Part) -> tuple[Part, Sums, pl.DataFrame, pl.DataFrame, Comparison]:
        sums, scored = scoring.score(part)
        return part, sums, scored.assets(), scored.labels(), scored.comparison.narrowed()

    for part, sums, of_assets, of_labels, comparison in in_order(run, parts(project)):
        rollups.add(sums)
        assets.append(of_assets)
        labels.append(of_labels)
        compared.append((part, comparison))
        if progress:
            progress(part.assets.stop, project.assets.height)
    whole = partial(joined, project, made_by, scoring.comparer.ontology, compared)
    kept = Held(project, {"assets": pl.concat(assets), "labels": pl.concat(labels)}, whole)
    if entries is not None:
        entries.keep(kept.comparison)
    tables = dict(rollups.tables(project.ontology))
    if made_by.name == COCO:
        tables |= with_coco(tables, project)
    return Scores(tables, kept, how_made(made_by, uncertainty, project))


def with_coco(tables: Mapping[str, pl.DataFrame], project: Project) -> dict[str, pl.DataFrame]:
    """Add COCO's figures to the tables of projects and labelers."""
    from labelqa.measures.coco import columns

    return {
        "project": columns.with_projects(tables["project"], project),
        "labelers": columns.with_labelers(tables["labelers"], project),
    }


def how_made(scheme: Scheme, uncertainty: Uncertainty, project: Project) -> dict[str, Any]:
    """Tell how scores were made, as plain data."""
    method = {"method": uncertainty.method, "confidence": uncertainty.confidence, "seed": uncertainty.seed}
    return {
        "definitions": DEFINITIONS,
        "scheme": scheme.as_dict(),
        "interval": {**method, "cluster": "asset"},
        "sources": project.sources.to_dicts(),
    }
