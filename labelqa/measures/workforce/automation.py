"""Automation: what becomes of pre-labels, and whether they save time.

Each submitted label is matched with the newest prediction of its asset that is not younger than the label itself.

| pre-label | match |
|---|---|
| kept | matched, similarity 1 |
| edited | matched below 1, wrong class, near miss |
| deleted | missed: nothing submitted corresponds |
| added | extra: submitted without a pre-label |

Seconds saved are those of unaided labels of like size less those of aided ones: a label is compared with labels of the
same labeler on assets without a pre-label that hold about as many annotations (up to 8 exactly as many). It is no
experiment: where easy assets were pre-labeled, their ease counts as the model's merit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.comparison import Comparison
from labelqa.comparison.match import EXTRA, MATCHED, MISSED, NEAR_MISS, WRONG_CLASS, Rows
from labelqa.comparison.pairs import RELATIONS
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.quality.labels import Work
from labelqa.measures.workforce.fair import usable_seconds
from labelqa.measures.workforce.saving import Saving
from labelqa.stats.grouped import count_by, total_by
from labelqa.stats.ratio import Interval, cluster_interval

SAME = 1.0 - 1e-9
"""Similarity from which a pre-label was kept as it was."""

BANDS = 10
"""Bands of confidence: 0 to 0.1 ... 0.9 to 1."""

LEVELS = ("project", "labeler", "class", "confidence", "class_confidence")

KEPT, EDITED, DELETED, ADDED = range(4)
_FATES = ("kept", "edited", "deleted", "added")


@dataclass(frozen=True, eq=False)
class _Marks:
    """Pre-labels and added annotations, M of them, in the order of the match table.

    Row of the submitted label, asset, labeler (-1 if unknown), ontology row of the class, band of confidence (-1 if there
    is none, and for what was added), fate, similarity (nan where it has no partner): arrays [M].
    """

    label: Ints
    asset: Ints
    labeler: Ints
    concept: Ints
    band: Ints
    fate: Ints
    similarity: Floats
    is_object: NDArray[np.bool_]


def automation(comparison: Comparison, seconds: Floats | None = None, confidence: float = 0.95) -> pl.DataFrame:
    """Tell what became of the pre-labels, and what they saved.

    Parameters
    ----------
    comparison : Comparison
        Of the relation prediction: `labelqa.compare(project, against="predictions")`.
    seconds : float64 [n_labels], optional
        Of each label of the project in its order, idle time capped, nan where unknown; else the export's, cut at 300 s.
    confidence : float in (0, 1)

    Returns
    -------
    polars.DataFrame
        Without rows where there are no pre-labels. One row for each of `level`: the project (one row over all), each
        labeler, each class and kind, each band of confidence, each class in each band:

        - level, labeler, class, kind, confidence_from, confidence_to (null where a row is about all of them, or the model
          gave no confidence)
        - n_labels (aided labels that the row is about), n_prelabels, n_kept, n_edited, n_deleted, n_added
        - kept_rate, edited_rate, deleted_rate: shares of the pre-labels; added_rate: share of what was submitted; each
          with _low, _high (assets as clusters)
        - iou: mean similarity of pre-label and submitted object where both are there, kept ones included; with interval
        - seconds_saved: per aided label, with interval; seconds_saved_total; n_timed (aided labels with a counterpart to
          compare), n_unaided (labels they are compared with)
        - advice: "no" where most pre-labels are deleted or labels get slower, both beyond doubt (the interval is on that
          side); "yes" where most are of use and labels are not slower beyond doubt; else "unclear"; for the levels class,
          confidence and class_confidence
        - undefined: what is null and why (no_prelabel, nothing_submitted, nothing_in_both, one_asset, no_time, no_unaided)
    """
    pairs = _aided_pairs(comparison)
    if not len(pairs):
        return pl.DataFrame(schema=_SCHEMA)
    marks = _marks(comparison, pairs)
    labels = comparison.pair_rows.label_a[pairs]
    saving = Saving.of(comparison, labels, usable_seconds(comparison, seconds))
    parts = [_level(level, comparison, marks, labels, saving, confidence) for level in LEVELS]
    return pl.concat(parts).select(*_SCHEMA)


def left_out(comparison: Comparison) -> dict[str, int]:
    """Count pairs of a label with a prediction that are not looked at: another prediction is newer, or it came later."""
    rows = np.flatnonzero(comparison.pair_rows.relation == RELATIONS.index("prediction"))
    in_time = _in_time(comparison, rows)
    return {"later_than_label": int((~in_time).sum()), "not_newest": int(in_time.sum()) - len(_aided_pairs(comparison))}


def _in_time(comparison: Comparison, rows: Ints) -> NDArray[np.bool_]:
    """Tell which predictions were there when the label was submitted, or may have been."""
    created = comparison.project.tables["labels"]["created_at"].to_physical().cast(pl.Int64)
    time = created.fill_null(-1).to_numpy()
    pairs = comparison.pair_rows
    label, prediction = time[pairs.label_a[rows]], time[pairs.label_b[rows]]
    return np.asarray((label < 0) | (prediction < 0) | (prediction <= label))


def _aided_pairs(comparison: Comparison) -> Ints:
    """Give the rows of the pairs of each label with its newest prediction in time; missing times last."""
    pairs = comparison.pair_rows
    rows = np.flatnonzero(pairs.relation == RELATIONS.index("prediction"))
    rows = rows[_in_time(comparison, rows)]
    created = comparison.project.tables["labels"]["created_at"].to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    order = np.lexsort((pairs.label_b[rows], -created[pairs.label_b[rows]], pairs.label_a[rows]))
    first = order[np.diff(pairs.label_a[rows][order], prepend=-1) > 0]
    return np.sort(rows[first])


def _marks(comparison: Comparison, pairs: Ints) -> _Marks:
    """Say what became of each pre-label of these pairs."""
    chosen = np.zeros(len(comparison.pair_rows), bool)
    chosen[pairs] = True
    rows: Rows = comparison.rows.where(np.flatnonzero(chosen[comparison.rows.pair]))
    pair = rows.pair.astype(np.int64)
    label = comparison.pair_rows.label_a[pair]
    together = np.isin(rows.outcome, (MATCHED, WRONG_CLASS, NEAR_MISS))
    kept = (rows.outcome == MATCHED) & (rows.similarity >= SAME)
    fate = np.select(
        [kept, together, rows.outcome == MISSED, rows.outcome == EXTRA], [KEPT, EDITED, DELETED, ADDED], -1
    )
    stored = comparison.project.tables["annotations"]
    score = np.append(stored["score"].cast(pl.Float64).fill_null(np.nan).to_numpy(), np.nan)[rows.b]
    band = np.where(np.isnan(score), -1, np.floor(np.clip(np.nan_to_num(score), 0.0, 1.0) * BANDS))
    of_annotation = comparison.concepts.of_annotation
    concept = np.where(rows.b >= 0, of_annotation[rows.b], of_annotation[rows.a])
    known = fate >= 0
    return _Marks(
        label[known],
        comparison.pair_rows.asset[pair][known],
        Work.of(comparison).labeler[label][known],
        comparison.concepts.same[concept][known],
        np.minimum(band, BANDS - 1).astype(np.int64)[known],
        fate[known],
        np.where(together, rows.similarity, np.nan)[known],
        ~comparison.concepts.is_question[concept][known],
    )


def _level(
    level: str, comparison: Comparison, marks: _Marks, labels: Ints, saving: Saving, confidence: float
) -> pl.DataFrame:
    """Make the rows of one level. Classes of several projects with one name and kind are one."""
    ontology = comparison.project.ontology
    cls = ontology.select(pl.struct("class", "kind").rank("dense")).to_series().to_numpy().astype(np.int64) - 1
    of_label = Work.of(comparison).labeler[labels]
    n_bands = BANDS + 1
    has_added = not level.endswith("confidence")
    added = marks.fate == ADDED
    keys = {
        "project": np.zeros(len(marks.label), np.int64),
        "labeler": marks.labeler,
        "class": cls[marks.concept],
        "confidence": np.where(added, -1, marks.band + 1),
        "class_confidence": np.where(added, -1, cls[marks.concept] * n_bands + marks.band + 1),
    }
    key = keys[level]
    # A label belongs to the project and its labeler even where neither it nor the pre-label holds anything.
    of_labels = {"project": np.zeros(len(labels), np.int64), "labeler": of_label}
    if level in of_labels:
        members, held = labels, of_labels[level]
    else:
        offered = ~added
        members, held = marks.label[offered], key[offered]
    values = np.unique(np.concatenate([key, held]))
    values = values[values >= 0]
    n = len(values)
    group = np.searchsorted(values, key).clip(max=max(n - 1, 0))
    group = np.where(key >= 0, group, -1)
    belongs = held >= 0
    cells = np.unique(np.searchsorted(values, held[belongs]) * len(saving.asset) + members[belongs])
    slice_, label = cells // len(saving.asset), cells % len(saving.asset)
    saved = saving.of_slices(slice_, label, n, confidence)
    names: dict[str, pl.Series] = {}
    if level == "labeler":
        names["labeler"] = comparison.project.labelers["labeler"].gather(values)
    if level.startswith("class"):
        first = np.unique(cls, return_index=True)[1]
        at = first[values // n_bands if level == "class_confidence" else values]
        names["class"], names["kind"] = ontology["class"].gather(at), ontology["kind"].gather(at)
    if level.endswith("confidence"):
        band = values % n_bands - 1
        low = pl.Series(np.where(band >= 0, band / BANDS, np.nan)).fill_nan(None)
        names["confidence_from"] = low
        names["confidence_to"] = pl.Series(np.where(band >= 0, (band + 1) / BANDS, np.nan)).fill_nan(None)
    return _table(level, names, marks, group, n, count_by(slice_, n), saved, confidence, has_added)


def _table(
    level: str,
    names: dict[str, pl.Series],
    marks: _Marks,
    group: Ints,
    n: int,
    n_labels: Ints,
    saved: pl.DataFrame,
    confidence: float,
    has_added: bool,
) -> pl.DataFrame:
    """Lay out the counts, rates and savings of n groups."""
    used = group >= 0
    counts = {name: count_by(group[used & (marks.fate == fate)], n) for fate, name in enumerate(_FATES)}
    offered = marks.fate != ADDED
    submitted = marks.fate != DELETED
    both = marks.is_object & ~np.isnan(marks.similarity)
    rates: list[tuple[str, Interval, str]] = []
    for fate, name in enumerate(_FATES):
        base, reason = (submitted, "nothing_submitted") if fate == ADDED else (offered, "no_prelabel")
        is_so = (marks.fate == fate).astype(np.float64)
        rates.append((f"{name}_rate", _share(group, marks.asset, is_so, used & base, n, confidence), reason))
    similar = _share(group, marks.asset, np.nan_to_num(marks.similarity), used & both, n, confidence)
    rates.append(("iou", similar, "nothing_in_both"))
    if not has_added:  # what the model did not see has no confidence
        rates[ADDED] = ("added_rate", rates[ADDED][1], "no_confidence")
    table = pl.DataFrame(
        {
            "level": pl.repeat(level, n, eager=True),
            "n_labels": n_labels,
            "n_prelabels": counts["kept"] + counts["edited"] + counts["deleted"],
            **{f"n_{name}": counts[name] for name in _FATES},
            **{
                f"{name}{end}": pl.Series(values).fill_nan(None)
                for name, interval, _ in rates
                for end, values in (("", interval.value), ("_low", interval.low), ("_high", interval.high))
            },
        },
    ).hstack(saved)
    missing: list[pl.Expr] = [
        pl.when(pl.col(name).is_null())
        .then(pl.lit(f"{name}: {reason}"))
        .when(pl.col(f"{name}_low").is_null())
        .then(pl.lit(f"{name} interval: one_asset"))
        for name, _, reason in rates
    ]
    missing.append(pl.col("saving_undefined"))
    if not has_added:
        gone = ("n_added", "added_rate", "added_rate_low", "added_rate_high")
        table = table.with_columns(pl.lit(None, _SCHEMA[name]).alias(name) for name in gone)
    return table.with_columns(
        *(series.alias(name) for name, series in names.items()),
        *(pl.lit(None, dtype).alias(name) for name, dtype in list(_SCHEMA.items())[1:6] if name not in names),
        advice=_advice() if level not in ("project", "labeler") else pl.lit(None, pl.String),
        undefined=pl.concat_str(missing, separator="; ", ignore_nulls=True).replace("", None),
    ).select(*_SCHEMA)


def _advice() -> pl.Expr:
    """Say whether the model should pre-label here."""
    slower = (pl.col("seconds_saved_high") < 0).fill_null(False)
    return (
        pl.when((pl.col("deleted_rate_low") > 0.5) | slower)
        .then(pl.lit("no"))
        .when((pl.col("deleted_rate_high") < 0.5) & ~slower)
        .then(pl.lit("yes"))
        .otherwise(pl.lit("unclear"))
    )


def _share(group: Ints, asset: Ints, values: Floats, which: NDArray[np.bool_], n: int, confidence: float) -> Interval:
    """Mean of values in each group, assets as clusters."""
    base = int(asset.max(initial=0)) + 1
    cells, cell = np.unique(group[which] * base + asset[which], return_inverse=True)
    size = count_by(cell, len(cells)).astype(np.float64)
    return cluster_interval(cells // base, n, total_by(cell, values[which], len(cells)), size, confidence)


_SCHEMA: dict[str, pl.DataType] = {
    "level": pl.String(),
    "labeler": pl.String(),
    "class": pl.String(),
    "kind": pl.String(),
    "confidence_from": pl.Float64(),
    "confidence_to": pl.Float64(),
    **{name: pl.Int64() for name in ("n_labels", "n_prelabels", *(f"n_{fate}" for fate in _FATES))},
    **{
        f"{name}{end}": pl.Float64()
        for name in (*(f"{fate}_rate" for fate in _FATES), "iou", "seconds_saved")
        for end in ("", "_low", "_high")
    },
    "seconds_saved_total": pl.Float64(),
    "n_timed": pl.Int64(),
    "n_unaided": pl.Int64(),
    "advice": pl.String(),
    "undefined": pl.String(),
}
