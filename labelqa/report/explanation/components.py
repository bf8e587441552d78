"""What the agreement of two labels is the mean of, with the sums behind each part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from labelqa.comparison import Scheme
from labelqa.project import schema

_EXACT = 1e-9


@dataclass(frozen=True)
class Component:
    """A part of an agreement: a question, or objects together; `sums` says what it is made of."""

    name: str
    score: float
    sums: str


def components(rows: pl.DataFrame, agreement: float | None, scheme: Scheme) -> list[Component]:
    """Take the agreement of two labels apart.

    Parameters
    ----------
    rows : polars.DataFrame
        The rows of the match table of one pair of labels, columns as in `Comparison.matches`.
    agreement : float or None
    scheme : Scheme

    Returns
    -------
    list of Component
        Empty where the parts do not add up to the agreement by a plain mean: under weights, or with best partners.

    Examples
    --------
    >>> rows = pl.DataFrame({"kind": ["bbox", "bbox"], "class_a": ["car", "car"], "class_b": ["car", None],
    ...                      "similarity": [0.8, 0.0], "outcome": ["matched", "extra"]})
    >>> components(rows, 0.4, Scheme())
    [Component(name='objects', score=0.4, sums='0.800 / (2 + 1 - 1)')]
    """
    if agreement is None or rows.is_empty() or scheme.matching == "best":
        return []
    is_question = pl.col("kind").is_in(schema.QUESTIONS)
    asked = rows.filter(is_question & pl.col("similarity").is_not_null())
    parts = [
        (kind, Component(a if a is not None else b, similarity, _answered(outcome)))
        for kind, a, b, similarity, outcome in asked.select(
            "kind", "class_a", "class_b", "similarity", "outcome"
        ).iter_rows()
    ]
    parts += _drawn(rows.filter(~is_question), scheme)
    by_kind: dict[str, list[float]] = {}
    for kind, part in parts:
        by_kind.setdefault(kind if scheme.average == "types" else "", []).append(part.score)
    means = [_mean(scores) for scores in by_kind.values()]
    found = [part for _, part in parts]
    return found if means and abs(_mean(means) - agreement) <= _EXACT else []


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _answered(outcome: str) -> str:
    return {"matched": "equal answers", "wrong_class": "different answers"}.get(outcome, "answered by one only")


def _drawn(rows: pl.DataFrame, scheme: Scheme) -> list[tuple[str, Component]]:
    """Sum objects: all together, or by kind or class, as the scheme averages."""
    by = {"micro": None, "kinds": "kind", "macro": "class", "types": "class"}[scheme.average]
    if rows.is_empty():
        return []
    if by == "class":
        names = sorted({*rows["class_a"].drop_nulls(), *rows["class_b"].drop_nulls()})
        groups = [(name, pl.col("class_a") == name, pl.col("class_b") == name) for name in names]
    elif by == "kind":
        groups = [(k, pl.col("kind") == k, pl.col("kind") == k) for k in sorted(rows["kind"].unique())]
    else:
        groups = [("objects", pl.lit(True), pl.lit(True))]
    found = []
    for name, of_a, of_b in groups:
        part = _summed(
            name, rows, of_a & pl.col("class_a").is_not_null(), of_b & pl.col("class_b").is_not_null(), scheme
        )
        kind = rows.filter(of_a.fill_null(False) | of_b.fill_null(False))["kind"][0]
        found.append((kind, part))
    return found


def _summed(name: str, rows: pl.DataFrame, of_a: pl.Expr, of_b: pl.Expr, scheme: Scheme) -> Component:
    matched = of_a.fill_null(False) & (pl.col("outcome") == "matched")
    n_a, n_b, n_matched, total = rows.select(
        of_a.fill_null(False).sum().alias("a"),
        of_b.fill_null(False).sum().alias("b"),
        matched.sum().alias("matched"),
        pl.col("similarity").filter(matched).sum().alias("total"),
    ).row(0)
    if scheme.denominator == "larger":
        below, shown = max(n_a, n_b), f"the larger of {n_a} and {n_b}"
    elif scheme.denominator == "dice":
        below, shown = (n_a + n_b) / 2, f"(({n_a} + {n_b}) / 2)"
    else:
        below, shown = n_a + n_b - n_matched, f"({n_a} + {n_b} - {n_matched})"
    return Component(name, total / below, f"{total:.3f} / {shown}")
