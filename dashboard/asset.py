"""One asset: its place among all, worst first, what of a comparison is about it, and why it has its score.

What became of a mark is what most of the labels say that it was compared with, of equally many the better: as drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import polars as pl

from dashboard.components.names import plain, short
from dashboard.components.numbers import count, score
from dashboard.objects import OUTCOMES, RELATIONS

MARKED = OUTCOMES[:5]
"""What may have become of a mark, from good to bad."""

DISPUTED = MARKED[1:]
_MUTUAL = ("consensus", "self")
"""Where neither side is right, what only one has is extra, whichever it is."""

_TOLD = 6


def relations(scores) -> list[str]:
    """Name the ways in which labels met."""
    return [RELATIONS[code] for code in np.unique(scores.comparison.pair_rows.relation)]


def outcomes(relation: str) -> tuple[str, ...]:
    """Give the outcomes that there may be in a relation."""
    return tuple(name for name in MARKED if name != "missed" or relation not in _MUTUAL)


def ranked(scores, relation: str) -> pl.DataFrame:
    """List the assets whose labels met in a relation, lowest score first.

    Columns: row (of the asset), project_id, asset_id, name, n_labels, n_pairs, score (of labelers with themselves the mean
    over pairs, else the asset's), n_disputed and n_ for each of `MARKED`: its marks by what became of them.
    """
    comparison = scores.comparison
    project, pairs = comparison.project, comparison.pair_rows
    n_assets = project.assets.height
    here = pairs.relation == RELATIONS.index(relation)
    known = here & ~np.isnan(comparison.agreement)
    n_known = np.bincount(pairs.asset[known], minlength=n_assets)
    total = np.bincount(pairs.asset[known], weights=comparison.agreement[known], minlength=n_assets)
    marks = _marks(comparison, relation)
    table = project.assets.select(
        pl.int_range(pl.len()).alias("row"),
        "project_id",
        "asset_id",
        "name",
        pl.Series("n_pairs", np.bincount(pairs.asset[here], minlength=n_assets)),
        pl.Series("mean", total / np.maximum(n_known, 1)).set(pl.Series(n_known == 0), None),
        *(pl.Series(f"n_{name}", marks[:, code]) for code, name in enumerate(MARKED)),
        pl.Series("n_disputed", marks[:, 1:].sum(axis=1)),
    )
    own = scores.assets.select("project_id", "asset_id", "n_labels", "consensus", "benchmark")
    value = pl.col(relation if relation in own.columns else "mean")
    return (
        table.filter(pl.col("n_pairs") > 0)
        .join(own, on=["project_id", "asset_id"], how="inner", maintain_order="left")
        .with_columns(score=value)
        .filter(pl.col("score").is_not_null())
        .drop("mean", "consensus", "benchmark")
        .sort("score", "project_id", "asset_id")
    )


def _marks(comparison, relation: str) -> np.ndarray:
    """Count the marks of each asset by what became of them: int64 (assets, `MARKED`)."""
    project, pairs, rows = comparison.project, comparison.pair_rows, comparison.rows
    here = np.flatnonzero((pairs.relation == RELATIONS.index(relation))[rows.pair])
    a, b, outcome = rows.a[here], rows.b[here], rows.outcome[here].astype(np.int64)
    missed, extra, of_a, of_b = (OUTCOMES.index(name) for name in ("missed", "extra", "best_of_a", "best_of_b"))
    seen_from_b = np.where(outcome == missed, extra, outcome) if relation in _MUTUAL else outcome
    is_seen = comparison.concepts.of_annotation >= 0  # of a class that is looked at; nobody is not
    on_a, on_b = is_seen[a] & (outcome != of_b), is_seen[b] & (outcome != of_a)
    annotation = np.concatenate([a[on_a], b[on_b]])
    found = np.concatenate([outcome[on_a], seen_from_b[on_b]])
    found[found >= of_a] = 0
    mark, place = np.unique(annotation, return_inverse=True)
    n_met = np.bincount(place * len(MARKED) + found, minlength=len(mark) * len(MARKED)).reshape(-1, len(MARKED))
    label = project.tables["annotations"]["label"].to_numpy()[mark]
    asset = project.tables["labels"]["asset"].to_numpy()[label].astype(np.int64)
    n_assets = project.assets.height
    cells = asset * len(MARKED) + n_met.argmax(axis=1)
    return np.bincount(cells, minlength=n_assets * len(MARKED)).reshape(n_assets, len(MARKED))


def alone(comparison, row: int):
    """Cut a comparison to one asset, given by its row: its `pairs` and `matches` are of that asset only."""
    pairs, rows = comparison.pair_rows, comparison.rows
    here = np.flatnonzero(pairs.asset == row)
    first, last = (np.searchsorted(rows.pair, here, side=side) for side in ("left", "right"))
    runs = [np.arange(start, stop) for start, stop in zip(first, last, strict=True)]
    kept = rows.where(np.concatenate(runs) if runs else np.empty(0, np.int64))
    kept = replace(kept, pair=np.repeat(np.arange(len(here)), last - first).astype(rows.pair.dtype))
    columns = {name: getattr(pairs, name)[here] for name in ("relation", "asset", "label_a", "label_b")}
    return replace(comparison, pair_rows=replace(pairs, **columns), agreement=comparison.agreement[here], rows=kept)


def why(relation: str, value: float, labels: pl.DataFrame, pairs: pl.DataFrame, matches: pl.DataFrame) -> list[str]:
    """Say in sentences why an asset has its score, in plain text.

    Parameters
    ----------
    relation : str
    value : float
        The score.
    labels : polars.DataFrame
        The scores of the asset's labels: labeler, consensus, benchmark.
    pairs, matches : polars.DataFrame
        Its pairs of labels in the relation, and what met in them.
    """
    said = [_mean(relation, value, labels, pairs)]
    worst = pairs.filter(pl.col("agreement").is_not_null()).sort("agreement", "label_a", "label_b").head(1)
    if worst.height and worst["agreement"][0] < 1:
        pair = worst.row(0, named=True)
        rows = matches.filter(pl.col("label_a") == pair["label_a"], pl.col("label_b") == pair["label_b"])
        said.append(_least(relation, pair, rows, alone=pairs.height == 1))
    return said


def _mean(relation: str, value: float, labels: pl.DataFrame, pairs: pl.DataFrame) -> str:
    if relation not in labels.columns:
        return (
            f"{score(value)} is the mean agreement of {_counted(pairs.height, 'pair')} of labels by the same labeler."
        )
    known = labels.filter(pl.col(relation).is_not_null()).sort(relation, "labeler")
    named = zip(short(known["labeler"]), known[relation], strict=True)
    named = zip(short(known["labeler"]), known[relation], strict=True)
    each = [f"{name} {score(of)}" for name, of in islice(named, _TOLD)]
    more = f" and {known.height - _TOLD} more" if known.height > _TOLD else ""
    what = "their agreement with the benchmark" if relation == "benchmark" else "their mean agreement with the others"
    if known.height < 2:
        what = "its agreement with the benchmark" if relation == "benchmark" else "its mean agreement with the others"
        return f"{score(value)} is of one label, {what}: {', '.join(each)}."
    return f"{score(value)} is the mean of {known.height} labels by {what}: {', '.join(each)}{more}."


def _least(relation: str, pair: dict, rows: pl.DataFrame, *, alone: bool) -> str:
    a, b = short([pair["labeler_a"], pair["labeler_b"]])
    b = "the benchmark" if relation == "benchmark" else b
    counts = dict(rows.group_by(pl.col("outcome").cast(pl.String)).len().iter_rows())
    matched = rows.filter(pl.col("outcome").is_in(["matched", "best_of_a", "best_of_b"]))
    parts = []
    if matched.height:
        mean = matched["similarity"].mean()
        how = "" if mean is None or mean == 1 else f" (mean similarity {score(mean)})"
        parts.append(f"{count(matched.height)} matched{how}")
    if counts.get("wrong_class"):
        parts.append(f"{count(counts['wrong_class'])} of another class{_swapped(rows)}")
    if counts.get("near_miss"):
        parts.append(f"{_counted(counts['near_miss'], 'near miss', 'near misses')}")
    for outcome, who in (("missed", b), ("extra", a)):
        if counts.get(outcome):
            parts.append(f"{count(counts[outcome])} only {'in' if who == 'the benchmark' else 'by'} {who}")
    least = "" if alone else "Least: "
    return f"{least}{a} with {b} {score(pair['agreement'])}: {', '.join(parts) or 'one of the two is empty'}."


def _swapped(rows: pl.DataFrame) -> str:
    """Name what is most often taken for what."""
    swaps = (
        rows.filter(pl.col("outcome") == "wrong_class", pl.col("class_a") != pl.col("class_b"))
        .group_by("class_a", "class_b")
        .len()
        .sort("len", "class_a", "class_b", descending=[True, False, False])
    )
    return f" ({plain(swaps['class_a'][0], 30)} for {plain(swaps['class_b'][0], 30)})" if swaps.height else ""


def _counted(n: int, one: str, many: str | None = None) -> str:
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def chosen(table: pl.DataFrame, outcomes: Sequence[str], order: str) -> pl.DataFrame:
    """Keep the assets of `ranked` that have marks with one of these outcomes; `order` is score or disputed."""
    if outcomes:
        table = table.filter(pl.sum_horizontal(pl.col(f"n_{name}") for name in outcomes) > 0)
    if order == "disputed":
        n = pl.sum_horizontal(pl.col(f"n_{name}") for name in outcomes) if outcomes else pl.col("n_disputed")
        table = table.sort(n, "score", "project_id", "asset_id", descending=[True, False, False, False])
    return table
