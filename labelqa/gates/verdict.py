"""Verdicts: what came of each rule, with the rows behind it, and what the pipeline is to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from labelqa.errors import UsageError
from labelqa.gates.decide import FAIL, INCONCLUSIVE, PASS
from labelqa.gates.policy import Policy, Rule

PASSED, FAILED, UNDECIDED = 0, 1, 4
"""Exit codes of a gate."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """What came of one rule.

    Parameters
    ----------
    rule : Rule
    rows : polars.DataFrame
        One row a member of the level, failed ones first, worst first: its names, `value`, `bound` (null under `estimate`),
        `alpha` (chance that the bound is wrong), `n`, `outcome`, `reason` (of an inconclusive row).
    names : tuple of str
        The columns of `rows` that name its member.
    outcome : str
        pass, fail or inconclusive: fail if any row fails, else inconclusive if any row is or there is none.
    reason : str or None
        Why, where it is inconclusive.
    is_baseline : bool
        Whether it holds the rule's measure against a baseline instead of the limit. Then the names end in `assets` (same
        assets or new assets), `before` is the measure of the earlier run, `change` the mean change of an asset, better
        above 0, and `bound` what the change is at most.
    """

    rule: Rule
    rows: pl.DataFrame
    names: tuple[str, ...]
    outcome: str
    reason: str | None = None
    is_baseline: bool = False

    @property
    def name(self) -> str:
        """The rule's name; against a baseline, with that said."""
        return f"{self.rule.name}, baseline" if self.is_baseline else self.rule.name

    @property
    def offending(self) -> pl.DataFrame:
        """The rows that do not pass."""
        return self.rows.filter(pl.col("outcome") != PASS)

    @property
    def worst(self) -> Mapping[str, Any]:
        """The row that decides: the first that fails, else that is inconclusive, else the one nearest to the limit."""
        return self.rows.row(0, named=True) if self.rows.height else {}

    @property
    def blocks(self) -> bool:
        """Whether it stops the pipeline."""
        if self.rule.severity == "warn":
            return False
        return self.outcome == FAIL or (self.outcome == INCONCLUSIVE and self.rule.inconclusive == "fail")

    @property
    def method(self) -> str:
        """How the bound was made: none, or betting."""
        return "none" if self.rule.evidence == "estimate" and not self.is_baseline else "betting"

    @classmethod
    def of(
        cls, rule: Rule, names: tuple[str, ...], rows: pl.DataFrame, absent: str, *, is_baseline: bool = False
    ) -> Verdict:
        """Sum the rows of a rule up; `absent` is the reason where there are none."""
        worst_is_high = not rule.is_floor and not is_baseline
        found = set(rows["outcome"].unique())
        outcome = next((one for one in (FAIL, INCONCLUSIVE) if one in found), PASS if found else INCONCLUSIVE)
        rank = pl.col("outcome").replace_strict({FAIL: 0, INCONCLUSIVE: 1, PASS: 2}, return_dtype=pl.Int8)
        by = "change" if is_baseline else "value"
        shown = rows.sort(rank, by, *names, descending=[False, worst_is_high, *[False] * len(names)], nulls_last=True)
        reason = (shown["reason"][0] if shown.height else absent) if outcome == INCONCLUSIVE else None
        return cls(rule, shown, names, outcome, reason, is_baseline)


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What came of a policy.

    Parameters
    ----------
    verdicts : tuple of Verdict
        One a rule, in the order of the policy.
    policy : Policy
    how : mapping
        Scheme, seed, error rate and sources, as plain data.
    assets : polars.DataFrame
        All assets: project_id, asset_id.
    """

    verdicts: tuple[Verdict, ...]
    policy: Policy
    how: Mapping[str, Any]
    assets: pl.DataFrame

    @property
    def exit_code(self) -> int:
        """0 if nothing stops the pipeline, 1 if a rule failed, 4 if one is inconclusive and none failed."""
        stopping = {verdict.outcome for verdict in self.verdicts if verdict.blocks}
        return FAILED if FAIL in stopping else UNDECIDED if stopping else PASSED

    @property
    def outcome(self) -> str:
        """pass, fail or inconclusive, as the exit code says."""
        return {PASSED: PASS, FAILED: FAIL, UNDECIDED: INCONCLUSIVE}[self.exit_code]

    @property
    def passed(self) -> bool:
        """Whether the pipeline may go on."""
        return self.exit_code == PASSED

    @cached_property
    def table(self) -> pl.DataFrame:
        """One row a verdict.

        rule, outcome, severity, blocks, measure, level, evidence, at_least, at_most; worsening, of a verdict against a
        baseline; value, before, change, bound and n of the row that decides; n_rows, n_offending, reason.
        """
        rows = [
            {
                "rule": one.name,
                "outcome": one.outcome,
                "severity": one.rule.severity,
                "blocks": one.blocks,
                "measure": one.rule.measure,
                "level": one.rule.level,
                "evidence": one.rule.evidence,
                "at_least": one.rule.limit if one.rule.is_floor and not one.is_baseline else None,
                "at_most": one.rule.limit if not one.rule.is_floor and not one.is_baseline else None,
                "worsening": one.rule.worsening if one.is_baseline else None,
                "value": one.worst.get("value"),
                "before": one.worst.get("before"),
                "change": one.worst.get("change"),
                "bound": one.worst.get("bound"),
                "n": one.worst.get("n"),
                "n_rows": one.rows.height,
                "n_offending": one.offending.height,
                "reason": one.reason,
            }
            for one in self.verdicts
        ]
        return pl.DataFrame(rows, schema=_TABLE)

    @cached_property
    def rejected(self) -> pl.DataFrame:
        """One row for each asset and rule of level `asset` that it does not meet, sorted.

        project_id, asset_id, rule, measure, at_least, at_most, value, n, outcome, reason. An asset for which a rule is
        inconclusive is rejected, unless inconclusive passes by the policy. Severity does not matter: it says whether the
        pipeline stops, not whether an asset is good.

        Raises
        ------
        UsageError
            If no rule of the policy is about single assets.
        """
        rules = [one for one in self.verdicts if one.rule.level == "asset"]  # none has evidence, so none a baseline
        if not rules:
            raise UsageError(f'{self.policy.where}: no rule is of level = "asset"; nothing says which assets to keep')
        parts = [_unmet(one) for one in rules]
        return pl.concat(parts).join(self.assets, on=_ASSET, how="semi").sort(*_ASSET, "rule")

    @cached_property
    def kept(self) -> pl.DataFrame:
        """The assets that meet every rule of level `asset`: project_id, asset_id; errors as for `rejected`."""
        return self.assets.join(self.rejected, on=_ASSET, how="anti", maintain_order="left")

    def __getitem__(self, rule: str) -> Verdict:
        return next(one for one in self.verdicts if one.name == rule)

    def __repr__(self) -> str:
        outcomes = [one.outcome for one in self.verdicts]
        counts = ", ".join(f"{outcomes.count(one)} {one}" for one in (FAIL, INCONCLUSIVE, PASS))
        return f"<Verdicts: {self.outcome} (rules: {counts})>"


def _unmet(verdict: Verdict) -> pl.DataFrame:
    """List the assets that do not meet a rule."""
    rule = verdict.rule
    failing = [FAIL] if rule.inconclusive == "pass" else [FAIL, INCONCLUSIVE]
    limit = pl.lit(rule.limit, pl.Float64)
    return verdict.rows.filter(pl.col("outcome").is_in(failing)).select(
        *_ASSET,
        rule=pl.lit(rule.name),
        measure=pl.lit(rule.measure),
        at_least=limit if rule.is_floor else pl.lit(None, pl.Float64),
        at_most=pl.lit(None, pl.Float64) if rule.is_floor else limit,
        value="value",
        n="n",
        outcome="outcome",
        reason="reason",
    )


_ASSET = ("project_id", "asset_id")

_TABLE = {
    **dict.fromkeys(("rule", "outcome", "severity"), pl.String()),
    "blocks": pl.Boolean(),
    **dict.fromkeys(("measure", "level", "evidence"), pl.String()),
    **dict.fromkeys(("at_least", "at_most", "worsening", "value", "before", "change", "bound"), pl.Float64()),
    **dict.fromkeys(("n", "n_rows", "n_offending"), pl.Int64()),
    "reason": pl.String(),
}

ROWS = {
    "value": pl.Float64(),
    "bound": pl.Float64(),
    "alpha": pl.Float64(),
    "n": pl.Int64(),
    "outcome": pl.String(),
    "reason": pl.String(),
}
"""The columns of `Verdict.rows` after the names."""

BASELINE_ROWS = ("assets", "value", "before", "change", "bound", "alpha", "n", "outcome", "reason")
"""The last name of a row against a baseline, and the columns after it."""


def numbers(values: np.ndarray) -> pl.Series:
    """Make a column of numbers, null where there is none."""
    return pl.Series(values, dtype=pl.Float64, nan_to_null=True)
