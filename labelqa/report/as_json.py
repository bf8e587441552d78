"""Scores as one JSON document, made piece by piece so that a large one is never held whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

import labelqa
from labelqa.measures.score import TABLES, Scores

SCHEMA_VERSION = 1

_LEFT_OUT = ("labels", "pairs", "matches")
"""Tables with a row for every label or pair: too long for one document."""

_ROWS = 10_000


def document(scores: Scores) -> Iterator[str]:
    """Tell scores as JSON, in pieces.

    The document is an object: `schema_version`; `labelqa_version`; `how` (scheme, interval, sources); a list of
    objects for each of the tables project, labelers, assets, classes, attributes, agreement, confusion, problems; and `left_out`,
    which names the tables that are not in it, with their row counts. Undefined numbers are null. It is plain ASCII,
    so that names in it can neither steer a terminal nor fail to print.

    Examples
    --------
    >>> import labelqa
    >>> text = "".join(document(labelqa.score(labelqa.demo(assets=10, labelers=2))))
    >>> list(json.loads(text))[:4]
    ['schema_version', 'labelqa_version', 'how', 'left_out']
    """
    yield "{\n"
    yield f'"schema_version": {SCHEMA_VERSION},\n"labelqa_version": {encoded(labelqa.__version__)},\n'
    yield f'"how": {encoded(dict(scores.how))},\n'
    yield f'"left_out": {encoded(_left_out(scores))}'
    for name in (*TABLES, "problems"):
        if name not in _LEFT_OUT:
            yield f',\n"{name}": ['
            before = "\n"
            for frame in _batches(scores, name):
                for piece in encoded_rows(frame, before):
                    before = ",\n"
                    yield piece
            yield "]" if before == "\n" else "\n]"
    yield "\n}\n"


def _batches(scores: Scores, name: str) -> Iterator[pl.DataFrame]:
    """Give a table in pieces."""
    if name == "problems":
        yield scores.problems
    else:
        yield from scores.scan(name).collect_batches(chunk_size=_ROWS, maintain_order=True)


def _left_out(scores: Scores) -> dict[str, Any]:
    # Not scores.pairs and scores.matches: only to count their rows, the tables need not be made.
    sizes = [scores.kept.height(name) for name in _LEFT_OUT]
    return {"rows": dict(zip(_LEFT_OUT, sizes, strict=True)), "remedy": "-o writes these tables"}


def encoded_rows(frame: pl.DataFrame, before: str = "\n") -> Iterator[str]:
    """Write the rows of a frame as JSON objects, in pieces; nan becomes null. `before` stands before the first."""
    for part in frame.with_columns(pl.selectors.float().fill_nan(None)).iter_slices(_ROWS):
        yield before + ",\n".join(map(encoded, part.iter_rows(named=True)))
        before = ",\n"


def encoded(value: Any) -> str:
    """Write plain data as JSON in plain ASCII."""
    return json.dumps(value, allow_nan=False)
