"""Objects that met in comparisons: the stored match table as plain columns, without a name looked up for nothing.

A million rows are some arrays; names are gathered for what is drawn.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from dashboard.data import intervals

RELATIONS = ("benchmark", "consensus", "prediction", "review", "self")
"""What the numbers of the stored pairs stand for."""

OUTCOMES = ("matched", "wrong_class", "near_miss", "missed", "extra", "best_of_a", "best_of_b")
"""What the numbers in the stored match table stand for."""

_SAME = ("matched", "best_of_a", "best_of_b")
"""Outcomes of annotations that are one thing: others count for as many as there are in a union."""

QUESTIONS = ("checklist", "choice", "number", "ranking", "rating", "taxonomy", "text")
"""Kinds that a label answers once: two answers are compared with each other, however unlike they are."""


def met(scores, relation: str, labeler: str | None = None) -> pl.DataFrame:
    """List the objects and answers that met in a relation, those of one labeler if one is given.

    Columns: pair, asset (row of the asset), mine, other (rows of annotations, null where nobody is), similarity, outcome
    (as seen by the labeler: missed is what only the other has), n_seen (sides of a class that is looked at), partner (row
    of the other's label).
    """
    comparison = scores.comparison
    pairs = comparison.pair_rows
    keep = pairs.relation == RELATIONS.index(relation)
    labels = comparison.project.labels["labeler"]
    swapped = np.zeros(len(keep), bool)
    if labeler is not None:
        is_mine = (labels == labeler).fill_null(False).to_numpy()
        swapped = is_mine[pairs.label_b] & ~is_mine[pairs.label_a] & (relation == "consensus")
        keep = keep & (is_mine[pairs.label_a] | swapped)
    rows = comparison.rows
    taken = np.flatnonzero(keep[rows.pair])
    pair, a, b, outcome = rows.pair[taken], rows.a[taken], rows.b[taken], rows.outcome[taken].astype(np.int64)
    turn, is_seen = swapped[pair], comparison.concepts.of_annotation >= 0
    seen = outcome.copy()
    for one, other in (("missed", "extra"), ("best_of_a", "best_of_b")):
        seen[turn & (outcome == OUTCOMES.index(one))] = OUTCOMES.index(other)
        seen[turn & (outcome == OUTCOMES.index(other))] = OUTCOMES.index(one)
    frame = pl.DataFrame(
        {
            "pair": pair.astype(np.int64),
            "asset": pairs.asset[pair],
            "mine": np.where(turn, b, a).astype(np.int64),
            "other": np.where(turn, a, b).astype(np.int64),
            "similarity": rows.similarity[taken],
            "outcome": pl.Series(seen.astype(np.uint8)).cat.to(pl.Enum(OUTCOMES)),  # numbers: there may be millions
            "n_seen": is_seen[a].astype(np.int64) + is_seen[b],
            "partner": np.where(turn, pairs.label_a[pair], pairs.label_b[pair]),
        }
    )
    return frame.with_columns(pl.when(pl.col(side) >= 0).then(pl.col(side)) for side in ("mine", "other"))


def described(scores, rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Add what is known of the annotations of either side: `class_mine`, `class_other`, `kind_...`, `box_...`."""
    project = scores.comparison.project
    annotations = project.tables["annotations"]
    for side in ("mine", "other"):
        row = rows[side]
        concept = annotations["concept"].gather(row)
        for column in columns:
            if column == "box":
                rows = rows.with_columns(box(annotations["geometry"].gather(row)).alias(f"box_{side}"))
            else:
                rows = rows.with_columns(project.ontology[column].gather(concept).alias(f"{column}_{side}"))
    return rows


def box(geometry: pl.Series) -> pl.Series:
    """Give the box around shapes laid out as x, y, x, y ...: a struct of left, top, width, height; null without one."""
    n = geometry.list.len().fill_null(0).to_numpy()
    drawn = np.flatnonzero((n > 0) & (n % 2 == 0))
    sides = {name: np.full(len(n), np.nan) for name in ("left", "top", "width", "height")}
    if len(drawn):
        flat = (geometry if len(drawn) == len(n) else geometry.gather(drawn)).explode().to_numpy()
        corners = flat.reshape(-1, 2, 2) if (n[drawn] == 4).all() else None  # boxes
        first = np.concatenate([[0], np.cumsum(n[drawn].astype(np.int64))[:-1]]) // 2
        for axis, start, size in ((0, "left", "width"), (1, "top", "height")):
            if corners is None:
                low, high = (end.reduceat(flat[axis::2], first) for end in (np.minimum, np.maximum))
            else:
                low, high = (end(corners[:, 0, axis], corners[:, 1, axis]) for end in (np.minimum, np.maximum))
            sides[start][drawn], sides[size][drawn] = low, high - low
    return pl.DataFrame(sides).with_columns(pl.all().fill_nan(None)).select(pl.struct(pl.all())).to_series()


def agreement_by(rows: pl.DataFrame, group: str) -> pl.DataFrame:
    """Estimate the agreement of objects and answers in groups, as labels' agreement is made of them.

    Of objects, the similarity of what matched over all there is on either side; of answers, their mean similarity. `rows`
    has `kind` besides the columns of `met`. Columns: the group, agreement with its 95 % interval (assets as clusters), n
    (rows), n_assets.
    """
    asked = pl.col("kind").is_in(QUESTIONS)
    counts = asked | pl.col("outcome").is_in(_SAME)
    union = pl.when(counts).then(1.0).otherwise(pl.col("n_seen"))
    known = rows.filter(pl.col(group).is_not_null() & pl.col("similarity").is_not_nan())
    names = known[group].unique().sort()
    number = dict(zip(names, range(len(names)), strict=True))
    n_assets = int(known["asset"].max() or 0) + 1
    key = pl.col(group).replace_strict(number, return_dtype=pl.Int64) * n_assets + pl.col("asset")
    cells = (
        known.group_by(key=key, maintain_order=True)
        .agg(above=pl.when(counts).then(pl.col("similarity")).otherwise(0.0).sum(), below=union.sum(), n=pl.len())
        .select(
            pl.lit(names).gather(pl.col("key") // n_assets).alias(group),
            pl.col("key") % n_assets,
            "above",
            "below",
            "n",
        )
        .rename({"key": "asset"})
    )
    return ratios(cells, group, "agreement")


def ratios(cells: pl.DataFrame, group: str, name: str, limits: tuple[float, float] = (0.0, 1.0)) -> pl.DataFrame:
    """Estimate `above` over `below` in groups of cells, one cell an asset; see `labelqa.cluster_interval`.

    Columns: the group, `name` with `_low` and `_high` (null with one asset), n, n_assets.
    """
    rows = cells.filter(pl.col("below") > 0).sort(group, "asset")
    found = rows.group_by(group, maintain_order=True).agg(pl.col("n").sum().cast(pl.Int64))
    interval = intervals(rows[group].rank("dense") - 1, found.height, rows["above"], rows["below"], limits)
    ends = {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
    return found.select(
        group,
        *(pl.Series(end, values, nan_to_null=True) for end, values in ends.items()),
        "n",
        pl.Series("n_assets", interval.n_clusters),
    )
