"""Verdicts as Markdown, names escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labelqa.gates.verdict import Verdict, Verdicts
from labelqa.report.names import one_line
from labelqa.report.numbers import count
from labelqa.report.verdicts.sentences import bounded, demanded, figure, found, headline, named, reason

_SHOWN = 20
_LONGEST = 200

_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+\-.!|~^=:/@$]")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def escaped(text: str, longest: int = _LONGEST) -> str:
    r"""Write a text so that Markdown shows it as it is: no markup, no link, no mention, no HTML, one line, cut at a length.

    Examples
    --------
    >>> print(escaped("![x](http://a.b) <script>"))
    &#33;&#91;x&#93;&#40;http&#58;&#47;&#47;a&#46;b&#41; &lt;script&gt;
    """
    line = one_line(text[:longest] + "…" if len(text) > longest else text)
    html = "".join(_HTML.get(character, character) for character in line.replace("\x00", ""))
    parts = re.split(r"(&[a-z]+;)", html)
    return "".join(
        part if place % 2 else _SPECIAL.sub(lambda at: f"&#{ord(at[0])};", part) for place, part in enumerate(parts)
    )


def document(verdicts: Verdicts) -> Iterator[str]:
    """Write verdicts as Markdown, in pieces: a table of the rules, then the rows that do not pass.

    Examples
    --------
    >>> import labelqa
    >>> from labelqa.gates.gate import gate
    >>> rule = {"measure": "n_labels", "at_least": 1}
    >>> print("".join(document(gate(labelqa.demo(assets=10, labelers=2), {"rules": {"some": rule}}))).splitlines()[0])
    ## labelqa gate: PASS (exit code 0; 1 rule)
    """
    yield f"## labelqa gate: {headline(verdicts.outcome, verdicts.exit_code, len(verdicts.verdicts))}\n\n"
    yield "| verdict | rule | measure | level | limit | value | bound | n | evidence | severity |\n"
    yield "|---|---|---|---|---|---:|---|---:|---|---|\n"
    for one in verdicts.verdicts:
        rule, row = one.rule, one.worst
        cells = [
            f"**{one.outcome}**" if one.blocks else one.outcome,
            escaped(one.name),
            escaped(rule.measure),
            escaped(rule.level),
            demanded(one),
            figure(row.get("value"), rule),
            bounded(one, row).replace(">", "&gt;").replace("<", "&lt;"),
            count(row.get("n") or 0),
            "baseline" if one.is_baseline else rule.evidence,
            rule.severity,
        ]
        yield f"| {' | '.join(cells)} |\n"
    for one in verdicts.verdicts:
        if one.outcome != "pass":
            yield from _offending(one)


def _offending(verdict: Verdict) -> Iterator[str]:
    rows = verdict.offending
    yield f"\n### {escaped(verdict.name)}: {verdict.outcome}\n\n"
    if not rows.height:
        yield f"{escaped(reason(verdict.reason))}\n"
        return
    for row in rows.head(_SHOWN).to_dicts():
        yield f"- {row['outcome']}: {escaped(named(verdict, row))}: {escaped(found(verdict, row))}\n"
    if rows.height > _SHOWN:
        yield f"- and {count(rows.height - _SHOWN)} more\n"
