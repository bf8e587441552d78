"""The gate: a project against a policy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelqa.comparison import Scheme
from labelqa.comparison.comparer import Progress
from labelqa.errors import UsageError
from labelqa.gates.baseline import Baseline, worse_than
from labelqa.gates.catalogue import level_of
from labelqa.gates.decide import ERROR_RATE, INCONCLUSIVE, NOT_IN_EXPORT, Bounds, decide
from labelqa.gates.figures import Figures, Sources
from labelqa.gates.policy import Policy, Rule
from labelqa.gates.verdict import ROWS, Verdict, Verdicts, numbers
from labelqa.measures.score import Scores, score
from labelqa.measures.workforce.rates import RateCard
from labelqa.project import Project


def gate(
    project_or_scores: Project | Scores,
    policy: Policy | str | Path | Mapping[str, Any],
    *,
    scheme: Scheme | str | Path | Mapping[str, Any] | None = None,
    rates: RateCard | str | Path | Mapping[str, Any] | None = None,
    baseline: Scores | str | Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Verdicts:
    """Hold a project against a policy.

    Parameters
    ----------
    project_or_scores : Project or Scores
    policy : Policy, TOML file or mapping
        The rules; see `Policy` and `Rule`.
    scheme : Scheme, name, TOML file, mapping or None
        How labels are compared, unless the policy says or scores are given.
    rates : RateCard, TOML file, mapping or None
        What labeling costs, for rules about money.
    baseline : Scores or folder, optional
        An earlier run, or the folder that `labelqa score -o` saved it to: rules fail, too, where their measure has
        become worse beyond chance; see `labelqa.gates.worsening`.
    seed : int
        For the order in which bounds take the assets.
    progress : callable, optional
        Called with pairs done and pairs in all.

    Returns
    -------
    Verdicts
        `exit_code` is 0, 1 (a rule failed) or 4 (inconclusive); see `Verdicts`.

    Raises
    ------
    UsageError
        If the policy or an argument is wrong, the policy names another scheme than the scores were made with, or the
        baseline was made by another scheme or other definitions.

    Examples
    --------
    >>> import labelqa
    >>> rule = {"measure": "consensus", "level": "project", "at_least": 0.5, "min_n": 20}
    >>> verdicts = gate(labelqa.demo(assets=60, labelers=4, seed=1), {"rules": {"agreement": rule}})
    >>> verdicts.outcome, verdicts.exit_code
    ('pass', 0)
    """
    rules = Policy.of(policy)
    card = RateCard.of(rates)
    earlier = None if baseline is None else Baseline(baseline)
    scores = _scores(project_or_scores, rules, scheme, seed, progress)
    sources, bounds = Sources(scores, card), Bounds(scores.comparison.project, seed)
    verdicts = [verdict_of(rule, sources, bounds) for rule in rules.rules]
    if earlier is not None:
        earlier.check(scores, rules)
        compared = [rule for rule in rules.rules if rule.is_comparable]
        verdicts += [worse_than(earlier, rule, sources, level_of(rule.level).main, seed) for rule in compared]
    return Verdicts(
        tuple(verdicts),
        rules,
        {
            "scheme": scores.how["scheme"],
            "seed": seed,
            "error_rate": ERROR_RATE,
            "cluster": "asset",
            "sources": scores.how["sources"],
            "baseline": None if earlier is None else earlier.told(),
        },
        scores.assets.select("project_id", "asset_id"),
    )


def _scores(
    given: Project | Scores,
    policy: Policy,
    scheme: Scheme | str | Path | Mapping[str, Any] | None,
    seed: int,
    progress: Progress | None,
) -> Scores:
    if policy.scheme is not None and scheme is not None:
        raise UsageError(f"{policy.where}: the policy names the scheme, {policy.scheme!r}; give no other")
    wanted = policy.scheme if scheme is None else scheme
    if isinstance(given, Project):
        return score(given, wanted, seed=seed, progress=progress)
    if wanted is not None and Scheme.of(wanted) != given.comparison.scheme:
        made_with = given.comparison.scheme.name
        raise UsageError(f"{policy.where}: these scores were made with the scheme {made_with!r}, not the one asked for")
    return given


def verdict_of(rule: Rule, sources: Sources, bounds: Bounds) -> Verdict:
    """Hold what is looked at against one rule."""
    figures = sources.figures(rule.level, rule.measure)
    level = level_of(rule.level)
    rows, missing = _chosen(rule, level.main, figures)
    found = decide(rule, figures, rows, bounds)
    names = tuple(name for name in level.names if name in figures.frame.columns)
    frame = figures.frame.select(names)[pl.Series(rows, dtype=pl.UInt32)].with_columns(
        value=numbers(found.value),
        bound=numbers(found.bound),
        alpha=numbers(found.alpha),
        n=pl.Series(found.n, dtype=pl.Int64),
        outcome=pl.Series(found.outcome.tolist(), dtype=pl.String),
        reason=pl.Series([told or None for told in found.reason], dtype=pl.String),
    )
    if missing:
        absent = {"outcome": INCONCLUSIVE, "reason": NOT_IN_EXPORT, "n": 0}
        schema = {**dict.fromkeys(names, pl.String()), **ROWS}
        frame = pl.concat([frame, pl.DataFrame([{level.main: name, **absent} for name in missing], schema=schema)])
    return Verdict.of(rule, names, frame, NOT_IN_EXPORT)


def _chosen(rule: Rule, main: str, figures: Figures) -> tuple[np.ndarray, list[str]]:
    """Find the rows that the rule holds for, and the names it chooses that do not occur."""
    if not rule.of:
        return np.arange(figures.frame.height), []
    names = figures.frame[main]
    rows = np.flatnonzero(names.is_in(rule.of).fill_null(False).to_numpy())
    known = set(names.to_list())
    return rows, [name for name in rule.of if name not in known]
