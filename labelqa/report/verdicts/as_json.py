"""Verdicts as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from importlib.resources import files
from typing import Any

import labelqa
from labelqa.gates.verdict import Verdict, Verdicts
from labelqa.report.as_json import encoded, encoded_rows

SCHEMA_VERSION = 1

SCHEMA = f"urn:labelqa:verdicts:{SCHEMA_VERSION}"
"""The name of the schema, which is its `$id`."""


def schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of the document.

    Examples
    --------
    >>> schema()["$id"]
    'urn:labelqa:verdicts:1'
    """
    found: dict[str, Any] = json.loads(files(__package__).joinpath("verdicts.schema.json").read_bytes())
    return found


def document(verdicts: Verdicts) -> Iterator[str]:
    """Tell verdicts as JSON, in pieces.

    The document is an object: `schema` (its name, see `schema`), `schema_version`; `labelqa_version`; `outcome`; `exit_code`;
    `how`; and `verdicts`, one object each: `name`, `rule` (its fields), `is_baseline`, `outcome`, `blocks`, `reason`,
    `method`, `value`, `before`, `change`, `bound`, `alpha`, `n` of the row that decides, `n_rows`, `n_offending`, and
    `offending`, the rows that do not pass. It is plain ASCII.

    Examples
    --------
    >>> import json
    >>> from labelqa.gates.gate import gate
    >>> found = gate(labelqa.demo(assets=10, labelers=2), {"rules": {"some": {"measure": "n_labels", "at_least": 1}}})
    >>> json.loads("".join(document(found)))["outcome"]
    'pass'
    """
    yield f'{{\n"schema": {encoded(SCHEMA)},\n"schema_version": {SCHEMA_VERSION},\n'
    yield f'"labelqa_version": {encoded(labelqa.__version__)},\n'
    yield f'"outcome": {encoded(verdicts.outcome)},\n"exit_code": {verdicts.exit_code},\n'
    yield f'"how": {encoded(dict(verdicts.how))},\n"verdicts": ['
    for place, verdict in enumerate(verdicts.verdicts):
        yield ",\n" if place else "\n"
        yield encoded(_facts(verdict))[:-1] + ', "offending": ['
        yield from encoded_rows(verdict.offending)
        yield "]}"
    yield "\n]\n}\n"


def _facts(verdict: Verdict) -> dict[str, Any]:
    row = verdict.worst
    return {
        "name": verdict.name,
        "rule": asdict(verdict.rule),
        "is_baseline": verdict.is_baseline,
        "outcome": verdict.outcome,
        "blocks": verdict.blocks,
        "reason": verdict.reason,
        "method": verdict.method,
        **{name: row.get(name) for name in ("value", "before", "change", "bound", "alpha", "n")},
        "n_rows": verdict.rows.height,
        "n_offending": verdict.offending.height,
    }
