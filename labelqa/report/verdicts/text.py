"""Verdicts as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from labelqa.gates.verdict import Verdict, Verdicts
from labelqa.report.names import one_line
from labelqa.report.numbers import UNDEFINED, count
from labelqa.report.page import Column, Page, heading, more, notes_below, table
from labelqa.report.verdicts.sentences import bounded, demanded, figure, found, headline, named, reason

_SHOWN = 8
_STYLES = {"pass": "green", "fail": "bold red", "inconclusive": "yellow"}


def drawn(verdicts: Verdicts, page: Page | None = None) -> str:
    """Draw what came of a policy.

    Examples
    --------
    >>> import labelqa
    >>> from labelqa.gates.gate import gate
    >>> rule = {"measure": "n_labels", "at_least": 1}
    >>> print(drawn(gate(labelqa.demo(assets=10, labelers=2), {"rules": {"some": rule}})).splitlines()[0])
    PASS (exit code 0; 1 rule)
    """
    page = page or Page()
    return page.draw(_parts(verdicts, page))


def _parts(verdicts: Verdicts, page: Page) -> Iterator[RenderableType]:
    said = headline(verdicts.outcome, verdicts.exit_code, len(verdicts.verdicts))
    yield Text(said, style=_STYLES[verdicts.outcome])
    yield heading("Rules", "the row that decides; the limit itself passes")
    yield table(_columns(verdicts.verdicts), page)
    yield from notes_below(_notes(verdicts))
    for verdict in verdicts.verdicts:
        yield from _offending(verdict, page)


def _columns(verdicts: tuple[Verdict, ...]) -> list[Column]:
    return [
        Column("verdict", [Text(_outcome(one), style=_STYLES[one.outcome]) for one in verdicts]),
        Column("rule", [one.name for one in verdicts], is_name=True),
        Column("measure", [f"{one.rule.measure}, {one.rule.level}" for one in verdicts], is_name=True, rank=2),
        Column("limit", [demanded(one) for one in verdicts]),
        Column("value", [figure(one.worst.get("value"), one.rule) for one in verdicts]),
        Column("bound", [bounded(one, one.worst) or UNDEFINED for one in verdicts], rank=1),
        Column("n", [count(one.worst.get("n") or 0) for one in verdicts]),
        Column("rows", [count(one.rows.height) for one in verdicts], rank=3),
    ]


def _outcome(verdict: Verdict) -> str:
    return (
        f"{verdict.outcome} (warn)"
        if verdict.rule.severity == "warn" and verdict.outcome != "pass"
        else verdict.outcome
    )


def _notes(verdicts: Verdicts) -> list[str]:
    lines = [f"{one_line(one.name)}: {reason(one.reason)}" for one in verdicts.verdicts if one.reason]
    if any(one.method == "betting" for one in verdicts.verdicts):
        lines.append("bound: one-sided, holds for any number of assets; under detect 5 % in all, Holm over the rows")
    if any(one.is_baseline for one in verdicts.verdicts):
        lines.append("baseline: mean change of an asset, better above 0; 5 % in all, Holm over the rows")
    return lines


def _offending(verdict: Verdict, page: Page) -> Iterator[RenderableType]:
    if verdict.outcome == "pass" or verdict.rows.height < 2:
        return
    rows = verdict.offending
    yield heading(one_line(verdict.name), f"{count(rows.height)} of {count(verdict.rows.height)} not passed")
    shown = rows.head(_SHOWN).to_dicts()
    columns = [
        Column("", [row["outcome"] for row in shown], is_name=True),
        Column(verdict.rule.level, [named(verdict, row) for row in shown], is_name=True),
        Column("found", [found(verdict, row) for row in shown], is_name=True),
    ]
    yield table(columns, page)
    yield from more(rows.height - _SHOWN, where="--json writes all")
