"""Verdicts as one HTML page that needs nothing outside of itself."""

from __future__ import annotations

from collections.abc import Iterator

from labelqa.gates.verdict import Verdicts
from labelqa.report.document.blocks import Column, Section, Table, Words
from labelqa.report.document.report import footer
from labelqa.report.document.sections import verdict
from labelqa.report.html.page import page
from labelqa.report.numbers import count, counted

_SHOWN = 500


def document(verdicts: Verdicts) -> Iterator[str]:
    """Write verdicts as HTML, in pieces: what came of the rules, the rows that do not pass, and what it was made of.

    Examples
    --------
    >>> import labelqa
    >>> from labelqa.gates.gate import gate
    >>> rule = {"measure": "n_labels", "at_least": 1}
    >>> "".join(document(gate(labelqa.demo(assets=10, labelers=2), {"rules": {"some": rule}})))[:15]
    '<!doctype html>'
    """
    sections = [verdict.of(verdicts), *_rejected(verdicts), _made_of(verdicts)]
    lead = f"{counted(verdicts.assets.height, 'asset')} held against {counted(len(verdicts.policy.rules), 'rule')}."
    yield from page(f"Gate: {verdicts.outcome}", lead, sections, footer())


def _rejected(verdicts: Verdicts) -> Iterator[Section]:
    """List the assets that do not meet the rules about them, if there are such rules."""
    if not any(one.rule.level == "asset" for one in verdicts.verdicts):
        return
    rows = verdicts.rejected
    n_kept, n_rejected = verdicts.kept.height, verdicts.assets.height - verdicts.kept.height
    lead = f"By the rules about single assets: {count(n_kept)} kept, {count(n_rejected)} rejected."
    shown = rows.head(_SHOWN)
    columns = [Column(name, [str(value) for value in shown[name]]) for name in ("project_id", "asset_id", "rule")]
    columns += [
        Column("value", ["-" if value is None else f"{value:.4g}" for value in shown["value"]], is_number=True),
        Column("n", [count(n) for n in shown["n"]], is_number=True),
        Column("why", [f"{row['outcome']} {row['reason'] or ''}".strip() for row in shown.to_dicts()]),
    ]
    more = f"and {counted(rows.height - _SHOWN, 'more row')}; --rejects writes all" if rows.height > _SHOWN else ""
    yield Section("assets", "Assets", lead, [Table(columns, more=more)] if rows.height else [])


def _made_of(verdicts: Verdicts) -> Section:
    """Say what was held against the rules, and how bounds were made."""
    sources = verdicts.how["sources"]
    files = Table(
        [
            Column("file", [source["file"] for source in sources]),
            Column("format", [source["format"] for source in sources]),
            Column("labels", [count(source["n_labels"]) for source in sources], is_number=True),
        ]
    )
    said = (
        f"Labels are compared by the scheme {verdicts.how['scheme']['name']}. Bounds are one-sided, take assets as the sampling "
        "unit and hold for any number of them; under detect, and against a baseline, 5 % in all, Holm over the rows."
    )
    return Section("made", "Made of", "", [Words(said), *([files] if sources else [])])
