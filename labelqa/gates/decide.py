"""Whether the rows of a level meet a rule: pass, fail or inconclusive, each with the bound it was decided by.

One-sided bounds are the finite-sample ones of `labelqa.stats.betting`: they hold for any number of assets and any
distribution, where t and percentile intervals err several times too often near 1.

Source
------
Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 65-70.
Of k rows, those whose bound at level 5 % / k misses the limit fail; of the rest, those whose bound at 5 % over their
number does; until none is added. A bound at a stricter level lies further out, so the chance that any row fails that
is not beyond the limit is 5 % at most, under any dependence between rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.gates.catalogue import level_of, size_of
from labelqa.gates.figures import Figures
from labelqa.gates.policy import Rule
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.coco.figures import NAMES as COCO
from labelqa.measures.estimate import Estimator, Evidence, Uncertainty
from labelqa.project import Project
from labelqa.stats.ratio import Interval, ratio

ERROR_RATE = 0.05
"""Chance that a bound is wrong; under `detect`, that any of a rule's bounds is."""

PASS, FAIL, INCONCLUSIVE = OUTCOMES = ("pass", "fail", "inconclusive")

TOO_FEW = "too_few"
NOT_SHOWN = "not_shown"
NOT_IN_EXPORT = "not_in_export"
"""Reasons of inconclusive rows, besides those of undefined measures."""

_ROUNDING = 1e-12
"""A value may miss the limit by so much: sums of scores carry rounding errors."""


class Bounds:
    """Bounds of ratios, one-sided, at any level.

    Parameters
    ----------
    project : Project
        Its asset ids say in which order assets are taken.
    seed : int
    """

    def __init__(self, project: Project, seed: int = 0) -> None:
        self._seed = seed
        self._estimator = Estimator(project, Uncertainty("exact", seed=seed))
        self._whole: dict[tuple[int, str, float], tuple[Figures, Interval]] = {}

    def of(self, evidence: Evidence, n_groups: int, alpha: float, *, lower: bool) -> Floats:
        """Bound the ratio of every group from below or above, each wrong with probability `alpha` at most."""
        return _side(self._interval(evidence, n_groups, alpha), lower)

    def of_level(self, figures: Figures, measure: str, alpha: float, *, lower: bool) -> Floats:
        """Bound a measure of every group of a level, which is worked out once for all rules about it."""
        key = id(figures), measure, alpha  # the figures are kept, so that no others get their id
        if key not in self._whole:
            self._whole[key] = figures, self._interval(figures.evidence[measure], figures.n_groups, alpha)
        return _side(self._whole[key][1], lower)

    def _interval(self, evidence: Evidence, n_groups: int, alpha: float) -> Interval:
        self._estimator.uncertainty = Uncertainty("exact", 1 - 2 * alpha, self._seed)
        return self._estimator.interval(evidence, n_groups)


def _side(interval: Interval, lower: bool) -> Floats:
    return interval.low if lower else interval.high


@dataclass(frozen=True)
class Decided:
    """What was found for each row: float64 and text of one length; nan and "" where there is none."""

    value: Floats
    bound: Floats
    alpha: Floats
    n: Ints
    outcome: NDArray[np.str_]
    reason: list[str]


def decide(rule: Rule, figures: Figures, rows: Ints, bounds: Bounds) -> Decided:
    """Decide a rule for some rows of its level.

    Parameters
    ----------
    rule : Rule
    figures : Figures
        Of the rule's level and measure.
    rows : int64 [k]
        Rows of the level that the rule holds for.
    bounds : Bounds

    Returns
    -------
    Decided
        Arrays of length k.
    """
    frame = figures.frame[pl.Series(rows, dtype=pl.UInt32)]
    evidence = figures.evidence.get(rule.measure)
    value: Floats
    if evidence is None:
        value = np.full(len(rows), np.nan)
        if rule.measure in frame.columns:
            value = frame[rule.measure].cast(pl.Float64).fill_null(np.nan).to_numpy()
        n = _sizes(rule, frame)
    else:
        totals = ratio(evidence.group, figures.n_groups, evidence.numerator, evidence.denominator)
        value = totals[figures.group[rows]]
        n = np.bincount(evidence.group, minlength=figures.n_groups)[figures.group[rows]]

    undefined = np.isnan(value)
    few = ~undefined & (n < rule.min_n)
    open_ = ~(undefined | few)
    bound, alpha = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    meets = _meets(value, rule, _ROUNDING * max(1.0, rule.limit))
    outcome = np.where(open_, np.where(meets, PASS, FAIL), INCONCLUSIVE)
    reason = np.where(few, TOO_FEW, "").astype(object)
    if evidence is not None and rule.evidence == "assure" and open_.any():
        alpha[open_] = ERROR_RATE
        of_level = bounds.of_level(figures, rule.measure, ERROR_RATE, lower=rule.is_floor)
        bound[open_] = of_level[figures.group[rows[open_]]]
        unsure = open_ & meets & ~_meets(bound, rule)
        outcome[unsure], reason[unsure] = INCONCLUSIVE, NOT_SHOWN
    if evidence is not None and rule.evidence == "detect":
        groups = figures.group[rows[open_]]
        bound[open_], alpha[open_], failed = _holm(rule, figures, groups, bounds)
        outcome[open_] = np.where(failed, FAIL, PASS)
    told = frame["undefined"].to_list() if "undefined" in frame.columns else [None] * len(rows)
    for row in np.flatnonzero(undefined):
        reason[row] = _reason(rule.measure, told[row])
    return Decided(value, bound, alpha, n.astype(np.int64), outcome, reason.tolist())


def _meets(number: Floats, rule: Rule, slack: float = 0.0) -> NDArray[np.bool_]:
    return number >= rule.limit - slack if rule.is_floor else number <= rule.limit + slack


def _holm(rule: Rule, figures: Figures, groups: Ints, bounds: Bounds) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Find the groups that miss the limit: their bounds, the level of each, and which they are."""
    bound, alpha = np.full(len(groups), np.nan), np.full(len(groups), np.nan)
    failed = np.zeros(len(groups), bool)
    while not failed.all():
        left = np.flatnonzero(~failed)
        level = ERROR_RATE / len(left)
        alpha[left] = level
        bound[left] = _bound(rule, figures, groups[left], level, bounds)
        beyond = left[~_meets(bound[left], rule)]
        if not len(beyond):
            break
        failed[beyond] = True
    return bound, alpha, failed


def _bound(rule: Rule, figures: Figures, groups: Ints, alpha: float, bounds: Bounds) -> Floats:
    """Bound some groups on the side from which they may miss the limit."""
    evidence, lower = figures.evidence[rule.measure], not rule.is_floor
    wanted = np.zeros(figures.n_groups, bool)
    wanted[groups] = True
    some = wanted[evidence.group]
    if some.all():
        return bounds.of_level(figures, rule.measure, alpha, lower=lower)[groups]
    part = Evidence(evidence.group[some], evidence.asset[some], evidence.numerator[some], evidence.denominator[some])
    return bounds.of(part, figures.n_groups, alpha, lower=lower)[groups]


def _sizes(rule: Rule, frame: pl.DataFrame) -> Ints:
    """Count what the plain measure of each row comes from; a row that is one thing counts 1."""
    size = size_of(rule.measure, level_of(rule.level))
    if size and size in frame.columns:
        return frame[size].fill_null(0).cast(pl.Int64).to_numpy()
    return np.ones(frame.height, np.int64)


def _reason(measure: str, undefined: str | None) -> str:
    """Find why a measure is undefined in what the table says of its row."""
    for entry in (undefined or "").split("; "):
        name, colon, code = entry.partition(": ")
        if colon and name == measure:
            return code
    return "other_scheme" if measure in COCO else _USUAL.get(measure, "nothing_to_measure")


_USUAL = {"consensus": "no_pair", "agreement_rate": "no_pair", "benchmark": "no_benchmark"}
