"""A policy as text: what it demands."""

from __future__ import annotations

from labelqa.gates.policy import Policy
from labelqa.report.names import one_line
from labelqa.report.numbers import count, counted
from labelqa.report.page import Column, Page, heading, table
from labelqa.report.verdicts.sentences import limit


def drawn(policy: Policy, page: Page | None = None) -> str:
    """Draw the rules of a policy.

    Examples
    --------
    >>> print(drawn(Policy.of({"rules": {"some": {"measure": "n_labels", "at_least": 1}}})).splitlines()[1])
    1 rule  scheme: as given
    """
    page = page or Page()
    rules = policy.rules
    columns = [
        Column("rule", [rule.name for rule in rules], is_name=True),
        Column("measure", [rule.measure for rule in rules], is_name=True),
        Column("level", [rule.level for rule in rules], is_name=True),
        Column("of", [", ".join(rule.of) or "all" for rule in rules], is_name=True, rank=3),
        Column("limit", [limit(rule) for rule in rules]),
        Column("evidence", [rule.evidence for rule in rules], is_name=True),
        Column("min n", [count(rule.min_n) for rule in rules]),
        Column("severity", [rule.severity for rule in rules], is_name=True, rank=1),
        Column("inconclusive", [rule.inconclusive for rule in rules], is_name=True, rank=2),
    ]
    scheme = one_line(policy.scheme) if policy.scheme else "as given"
    return page.draw([heading(counted(len(rules), "rule"), f"scheme: {scheme}"), table(columns, page)])
