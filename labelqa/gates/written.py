"""A policy as the text of a TOML file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labelqa.gates.policy import Policy, Rule

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(policy: Policy) -> str:
    """Write a policy as TOML; reading it gives an equal policy.

    Examples
    --------
    >>> from labelqa.gates.policy import Policy
    >>> rule = {"measure": "consensus", "level": "project", "at_least": 0.8}
    >>> print(written(Policy.of({"rules": {"agreement": rule}})))
    [rules.agreement]
    measure = "consensus"
    level = "project"
    at_least = 0.8
    evidence = "assure"
    severity = "error"
    min_n = 1
    inconclusive = "fail"
    <BLANKLINE>
    """
    head = [] if policy.scheme is None else [f"scheme = {_text(policy.scheme)}\n"]
    return "\n".join([*head, *("\n".join(_lines(rule)) + "\n" for rule in policy.rules)])


def _lines(rule: Rule) -> Iterator[str]:
    yield f"[rules.{rule.name if _BARE.fullmatch(rule.name) else _text(rule.name)}]"
    yield f"measure = {_text(rule.measure)}"
    yield f"level = {_text(rule.level)}"
    if rule.of:
        yield f"of = [{', '.join(map(_text, rule.of))}]"
    yield f"{'at_least' if rule.is_floor else 'at_most'} = {rule.limit!r}"
    yield f"evidence = {_text(rule.evidence)}"
    yield f"severity = {_text(rule.severity)}"
    yield f"min_n = {rule.min_n}"
    yield f"inconclusive = {_text(rule.inconclusive)}"
    if rule.worsening:
        yield f"worsening = {rule.worsening!r}"


def _text(value: str) -> str:
    """Quote a text; JSON's escapes are TOML's, but for the control character DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
