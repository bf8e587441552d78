"""A run against an earlier one: a verdict for each rule whose measure is known asset by asset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from labelqa.errors import UsageError
from labelqa.gates.cells import cells_of, names_of, slices_of
from labelqa.gates.decide import TOO_FEW
from labelqa.gates.figures import Sources
from labelqa.gates.policy import Policy, Rule
from labelqa.gates.saved import SavedScores
from labelqa.gates.verdict import BASELINE_ROWS, Verdict, numbers
from labelqa.gates.worsening import differences, worsened
from labelqa.measures.score import DEFINITIONS, Scores

NOT_IN_BASELINE = "not_in_baseline"

_SAYS_NOTHING = ("name", "note")
"""What of a scheme changes no number."""


class Baseline:
    """The earlier run.

    Parameters
    ----------
    given : Scores or folder
        Scores, or what `labelqa score EXPORT -o DIR` has saved of them.

    Raises
    ------
    UsageError
        If the folder holds no scores, or they were made by other definitions than those of this version.
    """

    def __init__(self, given: Scores | str | Path) -> None:
        self._run: Sources | SavedScores
        self.how: Mapping[str, Any]
        if isinstance(given, Scores):
            self._run, self.how, self.where = Sources(given), given.how, "The baseline"
        else:
            saved = SavedScores(given)
            self._run, self.how, self.where = saved, saved.how, str(given)

    def check(self, scores: Scores, policy: Policy) -> None:
        """Refuse to compare what cannot be compared.

        Raises
        ------
        UsageError
            If the schemes differ, or no rule is about a measure that is known asset by asset.
        """
        mine, theirs = ({**how["scheme"]} for how in (scores.how, self.how))
        differ = [name for name in mine if name not in _SAYS_NOTHING and mine[name] != theirs.get(name)]
        if differ:
            told = ", ".join(f"{name} {theirs.get(name)!r} then, {mine[name]!r} now" for name in differ)
            raise UsageError(
                f"{self.where}: labels were compared by another scheme ({told}); score the earlier export again with "
                "the scheme of this run"
            )
        if not any(rule.is_comparable for rule in policy.rules):
            raise UsageError(
                f"{policy.where}: no rule is about a measure that is known asset by asset; nothing can be held against "
                "the baseline"
            )

    def told(self) -> dict[str, Any]:
        """Say what it is, as plain data."""
        return {"definitions": DEFINITIONS, "version": self.how.get("version"), "sources": self.how.get("sources")}

    def cells(self, rule: Rule, newer: Sources) -> pl.DataFrame:
        """Give the cells of the rule's measure in the earlier run."""
        if isinstance(self._run, Sources):
            return cells_of(self._run, rule.level, rule.measure)
        return self._run.cells(rule.level, rule.measure, slices_of(newer.scores.comparison.project, rule.level))


def worse_than(baseline: Baseline, rule: Rule, sources: Sources, main: str, seed: int) -> Verdict:
    """Hold a rule's measure against the baseline.

    Rows are those that both runs have; each has a question or two, see `labelqa.gates.worsening`. Without any the verdict
    is inconclusive.
    """
    new, old = cells_of(sources, rule.level, rule.measure), baseline.cells(rule, sources)
    names = names_of(rule.level, new)
    if rule.of:
        new = new.filter(pl.col(main).is_in(rule.of))
    old = old.with_columns(pl.col(name).cast(new.schema[name]) for name in names)
    sums = [cells.group_by(names).agg(value=pl.col("above").sum() / pl.col("below").sum()) for cells in (new, old)]
    rows = sums[0].join(sums[1].rename({"value": "before"}), on=names, how="inner", nulls_equal=True)
    rows = rows.sort(names, nulls_last=True).with_row_index("row")
    key = rows.select("row", *names)
    new, old = (cells.join(key, on=names, how="inner", nulls_equal=True, maintain_order="left") for cells in (new, old))
    found = differences(new, old, rule.is_floor, seed)
    said = worsened(rule, found, seed)
    frame = found.questions.join(rows, on="row", how="left", maintain_order="left").with_columns(
        pl.col("of").alias("assets"),
        change=numbers(said.change),
        bound=numbers(said.bound),
        alpha=numbers(said.alpha),
        n=pl.Series(said.n, dtype=pl.Int64),
        outcome=pl.Series(said.outcome.tolist(), dtype=pl.String),
        reason=pl.lit(None, pl.String),
    )
    asked = frame.filter(pl.col("outcome") != "").select(*names, *BASELINE_ROWS)
    absent = TOO_FEW if frame.height else NOT_IN_BASELINE
    return Verdict.of(rule, (*names, "assets"), asked, absent, is_baseline=True)
