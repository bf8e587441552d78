"""How each number is defined, and how these were made."""

from __future__ import annotations

from labelqa.report import definitions
from labelqa.report.document.blocks import Block, Column, Section, Table, Words
from labelqa.report.document.told import Told
from labelqa.report.sections.origin import method, rules


def section(told: Told) -> Section | None:
    """Define every number of the report."""
    scheme = told.scores.how["scheme"]
    known = definitions.DEFINITIONS.values()
    blocks: list[Block] = [
        Words(f"Agreement of two labels: {definitions.agreement(scheme)}."),
        Words(f"Matching: {definitions.matching(scheme)}."),
        Table(
            [
                Column("number", [one.title for one in known]),
                Column("meaning", [one.meaning for one in known]),
                Column("formula", [one.formula for one in known]),
            ]
        ),
        Table(
            [
                Column("outcome", [name.replace("_", " ") for name in definitions.OUTCOMES]),
                Column("meaning", list(definitions.OUTCOMES.values())),
            ]
        ),
        Words(f"Scheme {scheme['name']}: {', '.join(rules(scheme))}.", "faint"),
        Words(f"{told.confidence} intervals: {method(told.scores.how['interval'])}.", "faint"),
    ]
    if scheme["note"]:
        blocks.append(Words(scheme["note"], "faint"))
    return Section("definitions", "How each number is defined", "", blocks)
