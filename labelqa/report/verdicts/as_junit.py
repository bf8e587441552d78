"""Verdicts as JUnit XML: a test case for each rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from labelqa.gates.verdict import Verdict, Verdicts
from labelqa.report.names import one_line
from labelqa.report.verdicts.sentences import found, named, summed

_SHOWN = 100

_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def document(verdicts: Verdicts) -> Iterator[str]:
    """Write verdicts as JUnit XML, in pieces.

    A failed rule is a failure, an inconclusive one that stops the pipeline an error; one that does not is skipped, and
    a warning passes with its finding in system-out.

    Examples
    --------
    >>> import labelqa
    >>> from labelqa.gates.gate import gate
    >>> rule = {"measure": "n_labels", "at_least": 1}
    >>> print("".join(document(gate(labelqa.demo(assets=10, labelers=2), {"rules": {"some": rule}}))).splitlines()[1])
    <testsuites name="labelqa gate" tests="1" failures="0" errors="0">
    """
    results = [_result(one) for one in verdicts.verdicts]
    counts = f'tests="{len(results)}" failures="{results.count("failure")}" errors="{results.count("error")}"'
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="labelqa gate" {counts}>\n'
    skipped = results.count("skipped")
    yield f'<testsuite name={_attribute(verdicts.policy.where)} {counts} skipped="{skipped}" time="0">\n'
    for verdict, result in zip(verdicts.verdicts, results, strict=True):
        yield from _case(verdict, result)
    yield "</testsuite>\n</testsuites>\n"


def _result(verdict: Verdict) -> str:
    if verdict.outcome == "pass" or verdict.rule.severity == "warn":
        return ""
    if verdict.outcome == "fail":
        return "failure"
    return "error" if verdict.blocks else "skipped"


def _case(verdict: Verdict, result: str) -> Iterator[str]:
    rule = verdict.rule
    head = f'<testcase name={_attribute(verdict.name)} classname={_attribute(f"labelqa.{rule.level}")} time="0"'
    if verdict.outcome == "pass":
        yield f"{head}/>\n"
        return
    said = _attribute(summed(verdict))
    yield f"{head}>\n"
    if result == "skipped":
        yield f"<skipped message={said}/>\n"
    elif result:
        yield f'<{result} type="{verdict.outcome}" message={said}>{_body(verdict)}</{result}>\n'
    else:
        yield f"<system-out>{_text(f'warning: {verdict.outcome}: {summed(verdict)}')}\n{_body(verdict)}</system-out>\n"
    yield "</testcase>\n"


def _body(verdict: Verdict) -> str:
    rows = verdict.offending
    lines = [f"{row['outcome']}: {named(verdict, row)}: {found(verdict, row)}" for row in rows.head(_SHOWN).to_dicts()]
    if rows.height > _SHOWN:
        lines.append(f"and {rows.height - _SHOWN:,} more")
    return "\n".join(map(_text, lines))


def _text(text: str) -> str:
    return escape(_UNFIT.sub("�", one_line(text)))


def _attribute(text: str) -> str:
    return quoteattr(_UNFIT.sub("�", one_line(text)))
