"""Rules and verdicts in words; names in them as they came, to be made safe by whoever prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labelqa.gates.policy import Rule
from labelqa.gates.verdict import Verdict
from labelqa.report.numbers import UNDEFINED, count, counted, percent
from labelqa.report.reasons import REASONS

_REASONS = {
    "too_few": "fewer than min_n",
    "not_shown": "the value meets the limit, the bound does not: more assets may show it",
    "other_scheme": "it is measured under another scheme",
    "no_outline": "nothing is outlined",
    "not_in_baseline": "the baseline has nothing to compare with",
}
UNNAMED = "(none)"
_ENDS = 60


def figure(value: float | None, rule: Rule) -> str:
    """Write a number of a rule in its unit, with as many places as show on which side of the limit it is.

    Examples
    --------
    >>> rule = Rule("r", "consensus", "project", 0.9)
    >>> figure(0.71234567, rule), figure(0.9, rule), figure(0.8999996, rule), figure(None, rule)
    ('0.7123', '0.9000', '0.8999996', '-')
    >>> figure(35.601513, Rule("r", "seconds_per_label", "project", 60)), figure(12.0, Rule("r", "n_labels", "project", 9))
    ('35.6', '12')
    """
    if value is None:
        return UNDEFINED
    if rule.unit == "count":
        return count(int(value))
    shown = ""
    for places in (4, 5, 7, 9, 12):
        shown = f"{value:.{places}f}" if rule.unit == "share" else f"{value:.{places}g}"
        if value == rule.limit or (float(shown) - rule.limit) * (value - rule.limit) > 0:
            break
    return shown


def limit(rule: Rule) -> str:
    """Say what a rule demands, as in `at least 0.9`."""
    shown = count(int(rule.limit)) if rule.unit == "count" else f"{rule.limit:.12g}"
    return f"{'at least' if rule.is_floor else 'at most'} {shown}"


def demanded(verdict: Verdict) -> str:
    """Say what a verdict is about a limit or a baseline, as in `at least 0.9` or `at most 0.02 worse than before`."""
    if not verdict.is_baseline:
        return limit(verdict.rule)
    worsening = verdict.rule.worsening
    return f"at most {worsening:.12g} worse than before" if worsening else "no worse than before"


def demand(verdict: Verdict) -> str:
    """Say what a verdict is about, as in `consensus of each labeler at least 0.8 (detect)`."""
    rule = verdict.rule
    of = f" {', '.join(rule.of)}" if rule.of else ""
    whose = "project" if rule.level == "project" else f"each {rule.level}"
    how = "baseline" if verdict.is_baseline else rule.evidence
    return f"{rule.measure} of {whose}{of} {demanded(verdict)} ({how})"


def bounded(verdict: Verdict, row: Mapping[str, Any]) -> str:
    """Say by what bound a row was decided, as in `>= 0.8812 at 95 %`; empty if by none."""
    rule = verdict.rule
    if row.get("bound") is None or row.get("alpha") is None:
        return ""
    surely = percent(1 - row["alpha"])
    if verdict.is_baseline:
        return f"change <= {signed(row['bound'], -rule.worsening)} at {surely}"
    is_lower = rule.is_floor == (rule.evidence == "assure")
    return f"{'>=' if is_lower else '<='} {figure(row['bound'], rule)} at {surely}"


def signed(change: float, limit: float) -> str:
    """Write a change with its sign, with as many places as show on which side of a limit it is.

    Examples
    --------
    >>> signed(-0.03214, 0.0), signed(0.5, 0.0), signed(-0.0200001, -0.02)
    ('-0.0321', '+0.5000', '-0.0200001')
    """
    shown = ""
    for places in (4, 5, 7, 9, 12):
        shown = f"{change:+.{places}f}"
        if change == limit or (float(shown) - limit) * (change - limit) > 0:
            break
    return shown


def reason(code: str | None) -> str:
    """Say why something is inconclusive."""
    if code is None:
        return ""
    return _REASONS.get(code) or REASONS.get(code) or code.replace("_", " ")


def named(verdict: Verdict, row: Mapping[str, Any]) -> str:
    """Name a row, as in `car, bbox`; names without end are cut in the middle."""
    return ", ".join(UNNAMED if row[name] is None else _cut(str(row[name])) for name in verdict.names)


def _cut(name: str) -> str:
    return name if len(name) <= 2 * _ENDS else f"{name[:_ENDS]}…{name[-_ENDS:]}"


def found(verdict: Verdict, row: Mapping[str, Any]) -> str:
    """Say what was found in a row: value, bound, n, reason."""
    rule = verdict.rule
    parts = [f"{rule.measure} {figure(row['value'], rule)}"]
    if verdict.is_baseline:
        parts += [f"before {figure(row['before'], rule)}", f"mean change {signed(row['change'], -rule.worsening)}"]
    parts += [bounded(verdict, row), f"n = {count(row['n'])}"]
    return ", ".join(part for part in (*parts, reason(row["reason"])) if part)


def summed(verdict: Verdict) -> str:
    """Say in one sentence what came of a rule."""
    if not verdict.rows.height:
        return f"{demand(verdict)}: {reason(verdict.reason)}"
    row = verdict.worst
    is_clear = verdict.rows.height == 1 and verdict.rule.level == "project" and not verdict.is_baseline
    whose = "" if is_clear else f"{named(verdict, row)}: "
    n_off = verdict.offending.height
    tail = f"; {count(n_off)} of {counted(verdict.rows.height, 'row')} not passed" if n_off > 1 else ""
    return f"{demand(verdict)}: {whose}{found(verdict, row)}{tail}"


def headline(outcome: str, exit_code: int, n_rules: int) -> str:
    """Say what came of the policy."""
    return f"{outcome.upper()} (exit code {exit_code}; {counted(n_rules, 'rule')})"
