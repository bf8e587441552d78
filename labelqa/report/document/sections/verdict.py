"""What came of a policy: may the pipeline go on, and what stands in the way."""

from __future__ import annotations

from labelqa.gates.verdict import Verdict, Verdicts
from labelqa.report.document.blocks import Block, Cell, Column, Item, Listing, Section, Table, Words
from labelqa.report.document.told import Told
from labelqa.report.numbers import UNDEFINED, count, counted
from labelqa.report.verdicts.sentences import bounded, demanded, figure, found, named, reason

_SHOWN = 8
_TONES = {"pass": "good", "fail": "bad", "inconclusive": "doubt"}
_SAID = {"pass": "Passed", "fail": "Failed", "inconclusive": "Inconclusive"}


def section(told: Told) -> Section | None:
    """Tell what came of the policy, if there is one."""
    return None if told.verdicts is None else of(told.verdicts)


def of(verdicts: Verdicts) -> Section:
    """Tell what came of a policy."""
    said = f"{_SAID[verdicts.outcome]} (exit code {verdicts.exit_code})"
    rules = verdicts.verdicts
    blocks: list[Block] = [
        Words(said, f"verdict {_TONES[verdicts.outcome]}"),
        Table(
            [
                Column("verdict", [_outcome(one) for one in rules]),
                Column("rule", [one.name for one in rules]),
                Column("measure", [f"{one.rule.measure}, {one.rule.level}" for one in rules]),
                Column("limit", [demanded(one) for one in rules], is_number=True),
                Column("value", [figure(one.worst.get("value"), one.rule) for one in rules], is_number=True),
                Column(
                    "bound",
                    [bounded(one, one.worst) or UNDEFINED for one in rules],
                    is_number=True,
                    hint="One-sided; holds for any number of assets. It decides, not the value.",
                ),
                Column("n", [_count(one) for one in rules], is_number=True),
                Column("why", [reason(one.reason) for one in rules]),
            ]
        ),
        *(_offending(one) for one in rules if one.outcome != "pass" and one.rows.height > 1),
    ]
    lead = f"{counted(len(rules), 'rule')}; each shows the row that decides, and the limit itself passes."
    return Section("verdict", "Verdict", lead, blocks)


def _outcome(one: Verdict) -> Cell:
    is_told = one.rule.severity == "warn" and one.outcome != "pass"
    return Cell(f"{one.outcome} (warn)" if is_told else one.outcome, tone=_TONES[one.outcome])


def _count(one: Verdict) -> Cell:
    n = one.worst.get("n") or 0
    return Cell(count(n), sort=n)


def _offending(one: Verdict) -> Listing:
    rows = one.offending
    items = [
        Item(row["outcome"], f"{one.name}: {named(one, row)}", found(one, row), _TONES[row["outcome"]])
        for row in rows.head(_SHOWN).to_dicts()
    ]
    more = f"and {counted(rows.height - _SHOWN, 'more row')}" if rows.height > _SHOWN else ""
    return Listing(items, more)
