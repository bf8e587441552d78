"""Run every detector, keep what stands among all that was tested, and show what is behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import polars as pl

from labelqa.comparison import Comparison
from labelqa.errors import UsageError
from labelqa.kinds.kind import Floats
from labelqa.measures.cache import Cache
from labelqa.measures.workforce.findings.bias import bias
from labelqa.measures.workforce.findings.confused_classes import confused_classes
from labelqa.measures.workforce.findings.contested_assets import contested_assets
from labelqa.measures.workforce.findings.copies import copies
from labelqa.measures.workforce.findings.drift import drift
from labelqa.measures.workforce.findings.fast_and_poor import fast_and_poor
from labelqa.measures.workforce.findings.overused_class import overused_class
from labelqa.measures.workforce.findings.same_answer import same_answer
from labelqa.measures.workforce.findings.seen import Seen
from labelqa.measures.workforce.findings.tested import EVIDENCE, TESTS, Tested, laid_out
from labelqa.project.threads import in_order
from labelqa.stats.multiple import benjamini_hochberg

DETECTORS: tuple[Callable[[Seen], Tested], ...] = (
    fast_and_poor,
    copies,
    same_answer,
    drift,
    bias,
    overused_class,
    confused_classes,
    contested_assets,
)

SHOWN_LABELS = 20
"""Labels named in a finding's own row; all are in `evidence`."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What to act on.

    Attributes
    ----------
    table : polars.DataFrame
        One row a finding, by kind, then the surest first: number, finding, labeler, other, class, other_class,
        project_id, asset_id (null where it is not about one), sentence, effect, unit, limit (what the effect was tested
        against), n (assets, labels or labelers), p_value, q_value (adjusted for the tests of its kind), rate (it stands at
        this one), since, n_rows, label_ids (the first 20 labels behind it).
    evidence : polars.DataFrame
        All rows behind them, the strongest first: number, project_id, asset_id, label_id, other_label_id, annotation_id,
        other_annotation_id, value.
    how : polars.DataFrame
        One row a detector: finding, n_tested, n_found, rate, method, reason (why nothing was tested).
    """

    table: pl.DataFrame
    evidence: pl.DataFrame
    how: pl.DataFrame


@dataclass(frozen=True, eq=False)
class Search:
    """Findings that are looked for when they are first asked for: it takes longer than all else about the work.

    Parameters
    ----------
    look : callable
        Gives the findings.
    """

    look: Callable[[], Findings]

    @cached_property
    def found(self) -> Findings:
        """The findings."""
        return self.look()

    @classmethod
    def of(cls, comparison: Comparison, seconds: Floats, rate: float, cache: Cache | None = None) -> Search:
        """Prepare to call `findings`, or to look into a cache for them; an argument that is wrong is refused at once."""
        _check_rate(rate)
        if cache is None:
            return cls(lambda: findings(comparison, seconds, rate))
        entries = cache

        def look() -> Findings:
            times = blake2b(seconds.tobytes(), digest_size=20).hexdigest()
            asked = [comparison.scheme.as_dict(), times, rate]
            found = entries.tables("findings", asked, _KEPT, lambda: vars(findings(comparison, seconds, rate)))
            return Findings(**found)

        return cls(look)


def findings(comparison: Comparison, seconds: Floats | None = None, rate: float = 0.05) -> Findings:
    """Look for what to act on.

    Parameters
    ----------
    comparison : Comparison
        With the relations consensus and benchmark.
    seconds : float64 [n_labels], optional
        Of each label of the project in its order, idle time capped, nan where unknown; else the export's, cut at 300 s.
    rate : float in (0, 1)
        Greatest chance of any finding in a project where nothing is wrong. Each detector gets an equal part of it, and
        controls the share of false findings among its own at that part (Benjamini and Hochberg).

    Returns
    -------
    Findings

    Raises
    ------
    UsageError
        If `rate` is out of range.
    """
    _check_rate(rate)
    seen = Seen.of(comparison, seconds)
    part = rate / len(DETECTORS)
    found: list[dict[str, Any]] = []
    behind, how = [pl.DataFrame(schema=_EVIDENCE)], []
    for tested in in_order(lambda detector: detector(seen), DETECTORS):
        q = pl.Series("q_value", benjamini_hochberg(tested.rows["p_value"].to_numpy()))
        stands = tested.rows.with_columns(q).filter(pl.col("q_value") <= part)
        stands = stands.sort("p_value", pl.col("effect").abs(), descending=[False, True], maintain_order=True)
        evidence = [tested.behind(row) for row in stands.iter_rows(named=True)]
        for row, rows in zip(stands.iter_rows(named=True), evidence, strict=True):
            labels = rows["label_id"].unique(maintain_order=True).head(SHOWN_LABELS).to_list()
            more = {"sentence": tested.tell(row), "rate": part, "n_rows": rows.height, "label_ids": labels}
            found.append({"number": len(found) + 1, **row, **more})
        if evidence:
            height = [rows.height for rows in evidence]
            number = np.arange(len(found) - len(evidence), len(found)).repeat(height) + 1
            shown = laid_out(pl.concat(evidence), EVIDENCE)
            behind.append(shown.select(pl.Series("number", number), pl.all()))
        how.append(
            {
                "finding": tested.finding,
                "n_tested": tested.rows["p_value"].is_not_nan().sum(),
                "n_found": stands.height,
                "rate": part,
                "method": tested.method,
                "reason": tested.reason,
            }
        )
    table = [{name: row.get(name) for name in _COLUMNS} for row in found]
    return Findings(pl.DataFrame(table, schema=_COLUMNS), pl.concat(behind), pl.DataFrame(how, schema=_HOW))


def _check_rate(rate: float) -> None:
    if not 0 < rate < 1:
        raise UsageError(f"A rate of false alarms lies between 0 and 1, such as 0.05, not {rate!r}")


_COLUMNS = {
    "number": pl.Int64(),
    **{name: TESTS[name] for name in ("finding", "labeler", "other", "class", "other_class", "project_id", "asset_id")},
    "sentence": pl.String(),
    **{name: TESTS[name] for name in ("effect", "unit", "limit", "n", "p_value")},
    "q_value": pl.Float64(),
    "rate": pl.Float64(),
    "since": TESTS["since"],
    "n_rows": pl.Int64(),
    "label_ids": pl.List(pl.String()),
}

_EVIDENCE = {"number": pl.Int64(), **EVIDENCE}

_HOW = {
    "finding": pl.String(),
    "n_tested": pl.Int64(),
    "n_found": pl.Int64(),
    "rate": pl.Float64(),
    "method": pl.String(),
    "reason": pl.String(),
}

_KEPT = {"table": _COLUMNS, "evidence": _EVIDENCE, "how": _HOW}
