"""The report as JSON: scores, work and verdicts, each as its own command writes it."""

from __future__ import annotations

from collections.abc import Iterator

import labelqa
from labelqa.report import as_json
from labelqa.report.as_json import encoded
from labelqa.report.definitions import DEFINITIONS, agreement
from labelqa.report.document.told import Told
from labelqa.report.verdicts import as_json as verdicts_as_json
from labelqa.report.workforce import files

SCHEMA_VERSION = 1


def document(told: Told) -> Iterator[str]:
    """Tell a report as JSON, in pieces.

    The document is an object: `schema_version`, `labelqa_version`, `definitions` (title, meaning and formula of every measure),
    `agreement` (how that of two labels comes about), and `scores`, `workforce` and `verdicts`, laid out as `labelqa score
    --json`, `labelqa workforce --json` and `labelqa gate --json` do; `verdicts` is null without a policy.
    """
    known = {
        name: {"title": one.title, "meaning": one.meaning, "formula": one.formula} for name, one in DEFINITIONS.items()
    }
    yield f'{{\n"schema_version": {SCHEMA_VERSION},\n"labelqa_version": {encoded(labelqa.__version__)},\n'
    yield f'"definitions": {encoded(known)},\n"agreement": {encoded(agreement(told.scores.how["scheme"]))},\n"scores": '
    yield from as_json.document(told.scores)
    yield ',\n"workforce": '
    yield from files.document(told.work)
    yield ',\n"verdicts": '
    if told.verdicts is None:
        yield "null"
    else:
        yield from verdicts_as_json.document(told.verdicts)
    yield "\n}\n"
