"""The same work by batch, dataset, period and class; and every label and sitting by itself."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Ints
from labelqa.measures.workforce.effort import SECOND
from labelqa.measures.workforce.periods import Calendar
from labelqa.measures.workforce.tally import Facts, tally
from labelqa.measures.workforce.times import LONG, SHORT
from labelqa.stats.grouped import count_by, total_by

_OUTLIERS = {SHORT: "short", LONG: "long"}


def by_asset_field(facts: Facts, field: str) -> pl.DataFrame:
    """Tally batches or datasets: project_id, the field (null: not in one), and the columns of a tally."""
    effort = facts.effort
    assets = effort.source.assets.select("project_id", field)
    names = assets[pl.Series(effort.asset, dtype=pl.UInt32)].unique().sort("project_id", field, nulls_last=True)
    code = assets.join(
        names.with_row_index("code"), on=["project_id", field], how="left", nulls_equal=True, maintain_order="left"
    )["code"]
    group = code.gather(effort.asset).to_numpy().astype(np.int64)
    return names.hstack(tally(facts, facts.groups(group, names.height)))


def by_period(facts: Facts, calendar: Calendar) -> pl.DataFrame:
    """Tally periods; null for labels without time."""
    periods, place = calendar.periods(facts.effort)
    return pl.DataFrame([periods]).hstack(tally(facts, facts.groups(place, len(periods))))


def by_period_and_labeler(facts: Facts, calendar: Calendar) -> pl.DataFrame:
    """Tally each labeler's work in each period; the period is null for labels without time."""
    effort = facts.effort
    periods, place = calendar.periods(effort)
    met, group = np.unique(place * effort.n_labelers + effort.labeler, return_inverse=True)
    names = [periods.gather(met // effort.n_labelers), effort.labelers.gather(met % effort.n_labelers)]
    return pl.DataFrame(names).hstack(tally(facts, facts.groups(group, len(met))))


def by_class(facts: Facts) -> pl.DataFrame:
    """Count annotations by project, class and kind; time and cost of a label are shared out evenly over its annotations.

    Columns: project_id, class, kind, n_annotations, n_labels, n_assets, n_labelers, labeling_seconds, active_seconds, cost.
    In a row with class null are the labels in which nothing is marked, and what was skipped; so the sums add up.
    """
    effort, source = facts.effort, facts.effort.source
    n_labels = source.tables["labels"].height
    place = np.full(n_labels, -1)
    place[effort.row] = np.arange(len(effort))
    top = source.tables["annotations"].filter(pl.col("parent_id").is_null())
    label = place[top["label"].to_numpy()]
    label[label >= 0] = np.where(effort.answered[label[label >= 0]], label[label >= 0], -1)
    of_work = label >= 0
    label, concept = label[of_work], top["concept"].to_numpy()[of_work].astype(np.int64)
    nothing = np.flatnonzero(effort.n_annotations == 0)
    names = source.ontology.select("project_id", "class", "kind")
    empty = pl.DataFrame({"project_id": effort.projects}).select(
        "project_id", pl.lit(None, pl.String).alias("class"), pl.lit(None, pl.String).alias("kind")
    )
    group = np.concatenate([concept, names.height + effort.project[nothing]])
    label = np.concatenate([label, nothing])
    marked = np.arange(len(group)) < len(concept)
    names = pl.concat([names, empty])
    n, share = names.height, 1.0 / np.maximum(effort.n_annotations, 1)
    answered = effort.answered[label]
    sums = {
        name: total_by(group[known], (values * share)[label][known], n)
        if (known := ~np.isnan(values[label])).any()
        else np.full(n, np.nan)
        for name, values in (
            ("labeling_seconds", facts.times.raw),
            ("active_seconds", facts.times.active),
            ("cost", facts.costs.labeling),
        )
    }
    used = count_by(group, n) > 0
    table = names.with_columns(
        n_annotations=pl.Series(count_by(group[marked], n)),
        n_labels=pl.Series(_distinct(group[answered], label[answered], n)),
        n_assets=pl.Series(_distinct(group[answered], effort.asset[label[answered]], n)),
        n_labelers=pl.Series(_distinct(group[answered], effort.labeler[label[answered]], n)),
        **{name: pl.Series(values).fill_nan(None) for name, values in sums.items()},
    )
    return table.filter(pl.Series(used)).sort("project_id", "class", "kind", nulls_last=True)


def _distinct(group: Ints, values: Ints, n: int) -> Ints:
    """Count the distinct values of each group."""
    base = int(values.max(initial=0)) + 1
    met = np.sort(group * base + values)
    return count_by(met[np.diff(met, prepend=-1) != 0] // base, n)


def each_label(facts: Facts) -> pl.DataFrame:
    """Show every label of the effort: what is known of its time, cost and reviews."""
    effort, times, verdicts = facts.effort, facts.times, facts.verdicts
    timed = pl.Series(~np.isnan(times.raw))
    source = pl.Series(np.where(times.inferred, "inferred", "export")).set(~timed, None)
    verdict = pl.Series(np.where(verdicts.accepted, "accepted", "rejected")).set(pl.Series(verdicts.n == 0), None)
    shown = effort.source.labels.select("project_id", "asset_id", "label_id", "labeler", "status", "created_at")
    return shown[pl.Series(effort.row, dtype=pl.UInt32)].with_columns(
        pl.col("status").cast(pl.String),
        n_annotations=pl.Series(effort.n_annotations),
        labeling_seconds=pl.Series(times.raw).fill_nan(None),
        active_seconds=pl.Series(times.active).fill_nan(None),
        time_source=source,
        outlier=pl.Series(times.outlier).replace_strict(_OUTLIERS, default=None, return_dtype=pl.String),
        overlaps=pl.Series(times.overlaps),
        sitting=pl.Series(times.sitting).set(pl.Series(times.sitting < 0), None),
        cost=pl.Series(facts.costs.labeling).fill_nan(None),
        consensus=pl.Series(facts.consensus).fill_nan(None),
        benchmark=pl.Series(facts.benchmark).fill_nan(None),
        verdict=verdict,
        n_rejected=pl.Series(verdicts.n_rejected),
    )


def sittings(facts: Facts) -> pl.DataFrame:
    """Show every sitting: sitting, labeler, began_at, ended_at (submissions), n_labels, n_skipped, active_seconds."""
    effort, times = facts.effort, facts.times
    n = int(times.sitting.max(initial=-1)) + 1
    used = times.sitting >= 0
    sitting, created = times.sitting[used], effort.created[used]
    first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, np.iinfo(np.int64).min)
    np.minimum.at(first, sitting, created)
    np.maximum.at(last, sitting, created)
    who = np.zeros(n, np.int64)
    who[sitting] = effort.labeler[used]
    answered = effort.answered[used]
    active = times.active[used]
    known = ~np.isnan(active)
    total = total_by(sitting[known], active[known], n)
    some = count_by(sitting[known], n) > 0
    zone = pl.Datetime("us", "UTC")
    return pl.DataFrame(
        {
            "sitting": np.arange(n),
            "labeler": effort.labelers.gather(who),
            "began_at": pl.Series(first, dtype=pl.Int64).cast(zone),
            "ended_at": pl.Series(last, dtype=pl.Int64).cast(zone),
            "n_labels": count_by(sitting[answered], n),
            "n_skipped": count_by(sitting[~answered], n),
            "hours": (last - first) / (3600 * SECOND),
            "active_seconds": pl.Series(np.where(some, total, np.nan)).fill_nan(None),
        }
    )
