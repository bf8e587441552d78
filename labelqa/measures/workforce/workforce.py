"""Workforce: every table about who did how much, how well, how fast, for how much money; and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import polars as pl

from labelqa.comparison import Scheme
from labelqa.comparison.comparer import Progress
from labelqa.errors import UsageError
from labelqa.measures.cache import Cache
from labelqa.measures.estimate import Estimator, Uncertainty
from labelqa.measures.score import Scores, score
from labelqa.measures.tables import Table, Tables
from labelqa.measures.workforce.cost import Costs
from labelqa.measures.workforce.effort import Effort
from labelqa.measures.workforce.findings.search import Search
from labelqa.measures.workforce.forecast import RECENT, Asked, check_plan, what_if
from labelqa.measures.workforce.periods import Calendar
from labelqa.measures.workforce.projects import cap_rule
from labelqa.measures.workforce.ranks import FUNNEL
from labelqa.measures.workforce.rates import RateCard
from labelqa.measures.workforce.tables import Terms, makers, seconds
from labelqa.measures.workforce.tally import Facts
from labelqa.measures.workforce.times import SITTING_GAP, check_cap, timed
from labelqa.measures.workforce.verdicts import Verdicts
from labelqa.project import Project
from labelqa.project.project import LabelConditions, Names

TABLES = (
    "project",
    "labelers",
    "timeline",
    "labeler_timeline",
    "classes",
    "batches",
    "datasets",
    "findings",
    "evidence",
    "detectors",
    "adjusted",
    "ranks",
    "curves",
    "sittings",
    "reviewers",
    "reviews",
    "issues",
    "forecast",
    "automation",
    "labels",
)
"""The tables of a workforce, in the order in which they are written."""


@dataclass(frozen=True, eq=False)
class Workforce:
    """The work in a project: throughput, time, quality, reviews, cost, forecast; one table a view.

    Work is what has role `submitted`; benchmark and prediction labels are no one's work. Every rate has its n beside it,
    intervals are in `_low` and `_high`, what is undefined is null, and the column `undefined` says why.

    Columns that `labelers`, `project`, `timeline`, `labeler_timeline`, `batches` and `datasets` share:

    - `n_labels` submitted, `n_annotations` in them, `n_skipped`, `n_assets` with a label submitted
    - `n_days` with work (local days), `labels_per_day` of these; `labels_per_calendar_day`: from the first to the last of
      them
    - `labeling_seconds`: raw, of labels submitted and skipped; `active_seconds`: with each label's idle time capped;
      `skipped_seconds`: the part of these spent on what was skipped
    - `n_timed`: submitted labels whose time is known; `time_source`: export, inferred (from gaps) or both; `n_outliers`:
      labels of extreme time, `n_overlaps`: labels that state more seconds than passed since the labeler's submission
      before; both are flagged in `labels` and kept
    - `seconds_per_label` (active, of submitted labels; interval), `raw_seconds_per_label`, `seconds_per_annotation`,
      `seconds_per_vertex` (labels in which all are outlines or points), `labels_per_hour` (active; interval),
      `annotations_per_hour`
    - `consensus`, `benchmark` (intervals): means of the labels' scores, in `project` of the assets', as in `Scores`;
      `n_consensus`, `n_benchmark` labels that have one
    - `n_reviewed` labels; `acceptance_rate` and `rejection_rate`: last verdict, over reviewed labels;
      `first_acceptance_rate`: first verdict; `n_sent_back`: rejected at least once; `rework_rate`: share of submitted
      labels sent back; `rejections_per_label`
    - `review_seconds`, `review_active_seconds`, `review_seconds_per_label` (of reviewed labels); `rework_seconds`: active
      time of labels made again after a rejection, null where the export adds it to the first label's
    - `hours_to_approval`: mean, from submission to first acceptance, of `n_approval_times` labels
    - `cost` of labeling, of `n_costed` submitted labels and what was skipped; `cost_per_label` (interval),
      `cost_per_annotation`, `cost_per_accepted_label` (cost of reviewed labels over those accepted; interval),
      `rejected_cost` (labels whose last verdict is a rejection), `review_cost`, `rework_cost`

    Attributes
    ----------
    project : polars.DataFrame
        One row a project: project_id, the shared columns, cap_seconds, review_cap_seconds, cap_rule, labels_per_asset
        (asked for), cost_per_asset (at that many labels), currency.
    labelers : polars.DataFrame
        One row a labeler with work: labeler (null: nobody is named), the shared columns, quadrant (speed and quality beside
        the team's: `fast, low`; see `ranks`).
    timeline, labeler_timeline : polars.DataFrame
        One row a period with work, or a period and labeler: period (its beginning, local time; null: no time in the
        export), labeler, the shared columns.
    classes : polars.DataFrame
        One row a class and kind: project_id, class, kind, n_annotations, n_labels, n_assets, n_labelers,
        labeling_seconds, active_seconds, cost; a label's time and cost are shared out evenly over its annotations, and a row
        with class null has the labels without any.
    batches, datasets : polars.DataFrame
        One row each: project_id, batch or dataset, the shared columns.
    findings, evidence, detectors : polars.DataFrame
        What to act on, a sentence each; the rows behind it; what was tested, and at what rate of false alarms. Columns as in
        `labelqa.measures.workforce.findings.search.Findings`.
    adjusted : polars.DataFrame
        Skill and speed adjusted for the difficulty of assets and the partners met, beside the raw numbers. Columns as in
        `labelqa.measures.workforce.fair.fair_comparison`.
    ranks : polars.DataFrame
        One row a measure and labeler: measure, labeler, n, n_assets, value, team, shrunk (toward the team, with interval),
        funnel_low, funnel_high (99.8 %: where a labeler like the team would be), position (inside, below, above),
        rank (1 is best), rank_low, rank_high (hold for all labelers at once).
    curves : polars.DataFrame
        One row a labeler: learning, fatigue, fading, each with interval and n; see `labelqa.measures.workforce.curves`.
    sittings : polars.DataFrame
        sitting, labeler, began_at, ended_at, n_labels, n_skipped, hours, active_seconds.
    reviewers : polars.DataFrame
        reviewer, n_reviews, n_accepted, n_rejected, n_labels, n_own, n_elsewhere, acceptance_rate, benchmark_agreement
        (intervals), n_benchmark, median_hours, n_hours.
    reviews : polars.DataFrame
        Who reviewed whom: labeler, reviewer, n_reviews, n_accepted, n_rejected, n_labels, median_hours.
    issues : polars.DataFrame
        Issues raised: project_id, category, state (open, resolved), n_issues, n_assets, n_labels, n_dated, median_days,
        longest_days (open ones up to the last moment in the export).
    forecast : polars.DataFrame
        One row a project and scenario: labels_per_asset, n_labelers, n_assets_left, n_labels_left, labels_per_day,
        n_days (of the recent past), days, finished_on, cost, with intervals from day-to-day variation.
    automation : polars.DataFrame
        What became of pre-labels: columns as in `labelqa.measures.workforce.automation.automation`, and money_saved
        (hours saved at the labeler's rate per hour, or the mean one).
    labels : polars.DataFrame
        Every label: project_id, asset_id, label_id, labeler, status, created_at, n_annotations, labeling_seconds,
        active_seconds, time_source, outlier (short, long), overlaps, sitting, cost, consensus, benchmark, verdict, n_rejected.
    scores : Scores
        The quality that it rests on.
    facts : Facts
        What all tables are made of: everything known of each label, as arrays.
    search : Search
    terms : Terms
        Calendar, rate card, caps and plan.
    how : dict
        Time zone, period, cap, rates, scheme, interval, version and sources, as plain data.
    """

    tables: Mapping[str, pl.DataFrame]
    scores: Scores
    facts: Facts
    search: Search
    terms: Terms
    how: Mapping[str, Any]

    project = Table()
    labelers = Table()
    timeline = Table()
    labeler_timeline = Table()
    classes = Table()
    batches = Table()
    datasets = Table()
    adjusted = Table()
    ranks = Table()
    curves = Table()
    sittings = Table()
    reviewers = Table()
    reviews = Table()
    issues = Table()
    forecast = Table()
    automation = Table()
    labels = Table()

    @property
    def findings(self) -> pl.DataFrame:
        """What to act on; looked for when it is first asked for, as are evidence and detectors."""
        return self.search.found.table

    @property
    def evidence(self) -> pl.DataFrame:
        """The rows behind the findings."""
        return self.search.found.evidence

    @property
    def detectors(self) -> pl.DataFrame:
        """What was tested."""
        return self.search.found.how

    def select(
        self,
        *,
        every: str | None = None,
        scores: Scores | None = None,
        classes: Names | None = None,
        roles: Names | None = None,
        **conditions: Unpack[LabelConditions],
    ) -> Workforce:
        """Look at the work of some labels, its tables made when somebody looks; conditions as in `Scores.select`.

        Idle caps, forecast, reviewers, issues and pre-labels stay those of the whole project, ranks, fair comparison, curves
        and findings those of the labelers, classes and assets looked at.

        Parameters
        ----------
        every : "hour", "day", "week" or "month", optional
            Another period of the timelines.
        scores : Scores, optional
            The same part of `scores`, if it is there already.
        classes, roles : optional
            Change the quality that is set beside the work, and the rows of `classes`. Labels, times and money stay: they are
            of whole labels.

        Raises
        ------
        UsageError
            If a name does not occur in the project.

        Examples
        --------
        >>> import labelqa
        >>> team = labelqa.workforce(labelqa.demo(assets=40, labelers=4, seed=1))
        >>> ana = team.select(labelers="ana@example.com", every="month")
        >>> ana.timeline["n_labels"].sum() == ana.labelers["n_labels"].sum() == ana.project["n_labels"].sum()
        True
        """
        from labelqa.measures.workforce.selected import selected

        time = self.how["time"]
        calendar = Calendar(every or time["every"], time["zone"])
        is_part = any(given is not None for given in (classes, roles, *conditions.values()))
        part = scores
        if part is None:
            part = self.scores.select(classes=classes, roles=roles, **conditions) if is_part else self.scores
        how = {**self.how, "time": {**time, "every": calendar.every}}
        return replace(self, **selected(self, part, calendar), how=how)

    def what_if(
        self, *, labels_per_asset: int | None = None, more_labelers: int = 0, rates: Any = None
    ) -> pl.DataFrame:
        """Forecast each project under one other plan, in the columns of `forecast`; arguments as in `workforce`.

        New labelers are as fast as those lately at work; without `rates` labels cost what they did.

        Raises
        ------
        UsageError
            If an argument is out of range, or the rate card cannot be read.

        Examples
        --------
        >>> import labelqa
        >>> team = labelqa.workforce(labelqa.demo(assets=40, labelers=4, seed=1))
        >>> team.what_if(more_labelers=4)["labels_per_day"][0] == 2 * team.forecast["labels_per_day"][0]
        True
        """
        check_plan(labels_per_asset, more_labelers)
        return what_if(self.facts, labels_per_asset, more_labelers, RateCard.of(rates))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {table.height}" for name, table in self.tables.items())
        return f"<Workforce ({self.how['time']['zone']}): rows in {sizes}>"


def workforce(
    project: Project,
    scheme: Scheme | str | Path | Mapping[str, Any] | None = None,
    *,
    every: str = "day",
    tz: str = "UTC",
    rates: RateCard | str | Path | Mapping[str, Any] | None = None,
    cap: float | None = None,
    labels_per_asset: int | None = None,
    more_labelers: int = 2,
    false_alarms: float = 0.05,
    interval: str = "cluster",
    confidence: float = 0.95,
    seed: int = 0,
    scores: Scores | None = None,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Workforce:
    """Measure the work in a project: who did how much, how fast, how well, for how much, and when it will be done.

    Parameters
    ----------
    project : Project
    scheme : Scheme, name, TOML file, mapping or None
        How labels are compared; see `Scheme`.
    every : "hour", "day", "week" or "month"
        Period of the timelines; weeks begin on Monday.
    tz : str
        Time zone of days and periods, such as "Europe/Berlin".
    rates : RateCard, TOML file, mapping or None
        What labeling costs; see `RateCard`. Without it every cost is null.
    cap : float, optional
        Most seconds that a label counts with in active time; by default the 95th percentile of each project's labels.
    labels_per_asset : int, optional
        How many labels are asked for on each asset; by default as the export states, else as many as most labeled assets
        have.
    more_labelers : int
        How many labelers the forecast adds in one of its scenarios.
    false_alarms : float in (0, 1)
        Greatest chance of any finding where nothing is wrong.
    interval, confidence, seed
        How intervals of shares and scores are made; see `Uncertainty`. Amounts have linearised ones.
    scores : Scores, optional
        Scores of this project, if they are there already; then `scheme` is theirs.
    progress : callable, optional
        Called with assets done and assets in all while they are scored.
    cache : path, optional
        A folder in which the comparison and the findings of a large project are kept; as of `labelqa.score`.

    Returns
    -------
    Workforce
        Its tables are made when somebody looks at them.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range, or the rate card cannot be read.

    Examples
    --------
    >>> import labelqa
    >>> team = workforce(labelqa.demo(assets=40, labelers=4, seed=1), rates={"currency": "EUR", "default": {"per_hour": 20}})
    >>> team.labelers["n_labels"].sum() == team.timeline["n_labels"].sum() == team.project["n_labels"].sum()
    True
    """
    calendar, card = Calendar(every, tz), RateCard.of(rates)
    uncertainty = Uncertainty(interval, confidence, seed)
    check_cap(cap)
    check_plan(labels_per_asset, more_labelers)
    if scores is None:
        scores = score(
            project, scheme, interval=interval, confidence=confidence, seed=seed, progress=progress, cache=cache
        )
    elif scores.comparison.project is not project or scores.kept.is_part or scheme is not None:
        raise UsageError(
            "These scores are of another project or scheme, or of a part; give scores of this project, and no scheme"
        )

    effort = Effort.of(project)
    times = timed(effort, cap)
    facts = Facts(
        effort=effort,
        times=times,
        verdicts=Verdicts.of(effort),
        costs=Costs.of(effort, times, card),
        day=calendar.days(effort),
        consensus=scores.labels["consensus"].fill_null(np.nan).to_numpy()[effort.row],
        benchmark=scores.labels["benchmark"].fill_null(np.nan).to_numpy()[effort.row],
        estimator=Estimator(project, uncertainty),
        has_rates=card is not None,
    )
    asked = Asked.of(facts, labels_per_asset)
    terms = Terms(calendar, card, cap, asked, more_labelers)
    return Workforce(
        tables=Tables(makers(facts, scores, terms)),
        scores=scores,
        facts=facts,
        search=Search.of(scores.comparison, seconds(facts), false_alarms, Cache.of(cache, project)),
        terms=terms,
        how={
            **scores.how,
            "time": {
                "zone": tz,
                "every": every,
                "cap": cap_rule(cap),
                "sitting_gap_seconds": SITTING_GAP,
                "caps": dict(zip(effort.projects, pl.Series(times.cap).fill_nan(None), strict=True)),
            },
            "rates": None
            if card is None
            else {**asdict(card), "strangers": card.strangers(project.labelers["labeler"])},
            "forecast": {"recent_days": RECENT, "labels_per_asset": asked.source},
            "funnel": FUNNEL,
            "false_alarms": false_alarms,
        },
    )
