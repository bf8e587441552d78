"""What is left to do, and how long and how much money it will take at the recent pace.

An asset is done when it has as many labels as are asked for: as given, else as the export states, else as many as most
labeled assets of its project have. Labels of a day vary; with mean m and variance v over the n
last calendar days, idle days and weekends included, the labels of T days to come are about T m, give or take
t sqrt(v (T + T^2 / n)): the days vary, and the mean is known only so well. Days to finish are the T at which that reaches
what is left; if the pace is so uneven that it may be nothing, there is no upper end. Labels of many calendar days ahead
are taken to vary as those behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from labelqa.errors import UsageError
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.estimate import Evidence
from labelqa.measures.workforce.cost import Costs
from labelqa.measures.workforce.effort import Flags
from labelqa.measures.workforce.groups import linearised
from labelqa.measures.workforce.periods import NO_DAY
from labelqa.measures.workforce.rates import RateCard
from labelqa.measures.workforce.tally import Facts
from labelqa.stats.grouped import count_by, total_by
from labelqa.stats.student import t_quantile

RECENT = 28
"""Calendar days before the last one with work that count, at most."""

_LEAST_DAYS = 3
_MOST_DAYS = 100_000
_EPOCH = date(1970, 1, 1)

SCHEMA = {
    "project_id": pl.String,
    "scenario": pl.String,
    "labels_per_asset": pl.Int64,
    "n_labelers": pl.Int64,
    "n_assets_left": pl.Int64,
    "n_labels_left": pl.Int64,
    "labels_per_day": pl.Float64,
    "n_days": pl.Int64,
    "days": pl.Float64,
    "days_low": pl.Float64,
    "days_high": pl.Float64,
    "finished_on": pl.Date,
    "finished_on_low": pl.Date,
    "finished_on_high": pl.Date,
    "cost": pl.Float64,
    "cost_low": pl.Float64,
    "cost_high": pl.Float64,
    "undefined": pl.String,
}


@dataclass(frozen=True)
class _Pace:
    """How a project went lately: labels of each calendar day, labelers at work, the last day; cost of a label."""

    per_day: Floats
    n_labelers: int
    last_day: int
    cost: tuple[float, float, float]


@dataclass(frozen=True)
class Asked:
    """How many labels assets should have.

    Attributes
    ----------
    of_asset : int64 [A]
    of_project : int64 [P]
        The most frequent of its assets', of equally frequent ones the greatest.
    source : str
        given; stated (by the export), inferred (as many as most labeled assets of the project have), or both.
    """

    of_asset: Ints
    of_project: Ints
    source: str

    @classmethod
    def of(cls, facts: Facts, given: int | None) -> Asked:
        """Find out, `given` counting before what the export says, and that before what can be seen."""
        effort = facts.effort
        n_projects, n_assets = len(effort.projects), effort.source.assets.height
        if given is not None:
            return cls(np.full(n_assets, given), np.full(n_projects, given), "given")
        project = _project_of_asset(facts)
        stated = effort.source.assets["labels_asked"].fill_null(0).to_numpy().astype(np.int64)
        seen = count_by(effort.asset[effort.answered], n_assets)
        of_asset = np.where(stated > 0, stated, _most_frequent(seen, project, n_projects)[project])
        sources = {True: "stated", False: "inferred"}
        source = " and ".join(sources[bool(is_stated)] for is_stated in np.unique(stated > 0)[::-1])
        return cls(of_asset, _most_frequent(of_asset, project, n_projects), source or "inferred")


def _most_frequent(sizes: Ints, project: Ints, n_projects: int) -> Ints:
    """Give the size above 0 that most assets of each project have, the greatest of several; 1 without any."""
    found = np.ones(n_projects, np.int64)
    for code in range(n_projects):
        values, n = np.unique(sizes[(project == code) & (sizes > 0)], return_counts=True)
        if len(values):
            found[code] = values[len(n) - 1 - int(np.argmax(n[::-1]))]
    return found


def check_plan(labels_per_asset: int | None, more_labelers: int) -> None:
    """Check what a plan asks for.

    Raises
    ------
    UsageError
        If a number is out of range.
    """
    for name, value, least in (("labels_per_asset", labels_per_asset, 1), ("more_labelers", more_labelers, 0)):
        if value is not None and not (isinstance(value, int) and least <= value <= 1_000_000):
            raise UsageError(f"{name} is a whole number of at least {least}, not {value!r}")


def forecast(facts: Facts, asked: Asked, more_labelers: int) -> pl.DataFrame:
    """Forecast each project as it is, with more labelers, and with one label an asset less: the columns of `SCHEMA`."""
    effort = facts.effort
    sizes = count_by(effort.asset[effort.answered], effort.source.assets.height)
    project = _project_of_asset(facts)
    rows = []
    for code, name in enumerate(effort.projects):
        of_project = project == code
        pace = _pace(facts, (effort.project == code) & effort.answered)
        size, wanted = int(asked.of_project[code]), asked.of_asset[of_project]
        scenarios = [("as it is", size, wanted, 0), (f"{more_labelers} labelers more", size, wanted, more_labelers)]
        if size > 1:
            scenarios.append((f"{size - 1} labels an asset", size - 1, np.minimum(wanted, size - 1), 0))
        for scenario, k, of_asset, more in scenarios:
            missing = np.maximum(of_asset - sizes[of_project], 0)
            rows.append({"project_id": name, **_scenario(scenario, missing, pace, k, more, facts)})
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def what_if(facts: Facts, labels_per_asset: int | None, more_labelers: int, card: RateCard | None) -> pl.DataFrame:
    """Forecast each project under one plan: the columns of `SCHEMA`; without a card labels cost what they did."""
    if card is not None:
        facts = replace(facts, costs=Costs.of(facts.effort, facts.times, card), has_rates=True)
    scenarios = forecast(facts, Asked.of(facts, labels_per_asset), more_labelers)
    return scenarios.filter(pl.col("scenario") == f"{more_labelers} labelers more")


def _project_of_asset(facts: Facts) -> Ints:
    return facts.effort.source.assets["project_id"].rank("dense").to_numpy().astype(np.int64) - 1


def _pace(facts: Facts, which: Flags) -> _Pace:
    """Look at the last calendar days of a project."""
    effort = facts.effort
    dated = which & (facts.day != NO_DAY)
    cost = _cost_of_a_label(facts, which)
    if not dated.any():
        return _Pace(np.zeros(0), 0, NO_DAY, cost)
    days = facts.day[dated]
    last = int(days.max())
    first = max(int(days.min()), last - RECENT + 1)
    recent = days >= first
    per_day = count_by(days[recent] - first, last - first + 1).astype(np.float64)
    people = np.unique(effort.labeler[dated][recent])
    return _Pace(per_day, int((people < effort.n_labelers - 1).sum()), last, cost)


def _cost_of_a_label(facts: Facts, which: Flags) -> tuple[float, float, float]:
    """Estimate what a label costs, with days as clusters; labels without time are a day of their own."""
    known = which & ~np.isnan(facts.costs.labeling)
    if not known.any():
        return np.nan, np.nan, np.nan
    days, cell = np.unique(facts.day[known], return_inverse=True)
    n = len(days)
    cells = Evidence(
        np.zeros(n, np.int64),
        days,
        total_by(cell, facts.costs.labeling[known], n),
        count_by(cell, n).astype(np.float64),
    )
    found = linearised(cells, 1, facts.estimator.uncertainty.confidence)
    return float(found.value[0]), max(float(found.low[0]), 0.0), float(found.high[0])


def _scenario(name: str, missing: Ints, pace: _Pace, size: int, more: int, facts: Facts) -> dict[str, Any]:
    """Forecast one scenario: `missing` labels of each asset, `size` of them asked for, at this pace."""
    left, why = int(missing.sum()), []
    n, mean = len(pace.per_day), float(pace.per_day.mean()) if len(pace.per_day) else np.nan
    scale = (pace.n_labelers + more) / pace.n_labelers if pace.n_labelers else np.nan
    days, low, high = _days(left, pace.per_day * scale, facts.estimator.uncertainty.confidence)
    if np.isnan(days):
        why.append("days: no_time" if not n else "days: no_labeler")
    elif np.isnan(high):
        why.append("days interval: few_days" if n < _LEAST_DAYS else "days interval: uneven_pace")
    cost = [left * amount for amount in pace.cost] if left else ([0.0] * 3 if facts.has_rates else [np.nan] * 3)
    if np.isnan(cost[0]):
        why.append(f"cost: {facts.no_cost}")
    elif np.isnan(cost[2]):
        why.append("cost interval: one_day")
    ends = {"finished_on": days, "finished_on_low": low, "finished_on_high": high}
    return {
        "scenario": name,
        "labels_per_asset": size,
        "n_labelers": pace.n_labelers + more,
        "n_assets_left": int((missing > 0).sum()),
        "n_labels_left": left,
        "labels_per_day": _known(mean * scale),
        "n_days": n,
        "days": _known(days),
        "days_low": _known(low),
        "days_high": _known(high),
        **{field: _on(pace.last_day, value) for field, value in ends.items()},
        **{field: _known(value) for field, value in zip(("cost", "cost_low", "cost_high"), cost, strict=True)},
        "undefined": "; ".join(why) or None,
    }


def _days(left: int, per_day: Floats, confidence: float) -> tuple[float, float, float]:
    """Give the days that the labels left will take, and the ends of the interval; nan where there is none."""
    if left == 0:
        return 0.0, 0.0, 0.0
    n = len(per_day)
    if n == 0 or np.isnan(per_day).any():
        return np.nan, np.nan, np.nan
    mean = float(per_day.mean())
    if n < _LEAST_DAYS:
        return left / mean, np.nan, np.nan
    spread = float(per_day.var(ddof=1)) * float(t_quantile(np.array([n - 1.0]), 0.5 + confidence / 2)[0]) ** 2
    # (left - mean T)^2 = spread (T + T^2 / n), solved for T
    a, b = mean * mean - spread / n, 2 * left * mean + spread
    root = float(np.sqrt(max(b * b - 4 * a * left * left, 0.0)))
    low = 2 * left * left / (b + root)
    return left / mean, low, (b + root) / (2 * a) if a > 0 else np.nan


def _on(last_day: int, days: float) -> date | None:
    """Give the day that is so many days after the last one with work."""
    if np.isnan(days) or days > _MOST_DAYS or last_day == NO_DAY:
        return None
    try:
        return _EPOCH + timedelta(days=last_day + int(np.ceil(days)))
    except OverflowError:
        return None


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
