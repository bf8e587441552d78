"""Who agrees with whom."""

from __future__ import annotations

import polars as pl

from labelqa.report.document.blocks import Block, Figure, Section, Words
from labelqa.report.document.charts.heat import Square, heat
from labelqa.report.document.told import Told
from labelqa.report.numbers import counted, interval

_SHOWN = 30
_WEAKEST = 0.08


def section(told: Told) -> Section | None:
    """Draw the agreement of every two labelers who share assets."""
    pairs = told.scores.agreement.filter(pl.col("agreement").is_not_null())
    if pairs.is_empty():
        return None
    labelers = told.scores.labelers.sort("n_labels", "labeler", descending=[True, False])["labeler"].to_list()
    there = {*pairs["labeler_a"], *pairs["labeler_b"]}
    names = sorted([name for name in labelers if name in there][:_SHOWN])
    place = {name: k for k, name in enumerate(names)}
    low, high = float(pairs["agreement"].min()), float(pairs["agreement"].max())  # type: ignore[arg-type]
    cells: dict[tuple[int, int], Square] = {}
    for row in pairs.filter(pl.col("labeler_a").is_in(names) & pl.col("labeler_b").is_in(names)).to_dicts():
        a, b, number = row["labeler_a"], row["labeler_b"], row["agreement"]
        shown = interval(number, row["agreement_low"], row["agreement_high"])
        said = f"{a} with {b}: {shown}, {counted(row['n_pairs'], 'pair')} on {counted(row['n_assets'], 'asset')}"
        strength = _WEAKEST + (1 - _WEAKEST) * ((number - low) / (high - low) if high > low else 1.0)
        cells[place[a], place[b]] = cells[place[b], place[a]] = Square(0.9 * strength, f"{number:.2f}", said)
    caption = f"Mean agreement, from {low:.2f} (faint) to {high:.2f} (strong). Empty: they share no asset."
    if len(there) > _SHOWN:
        caption += f" The {_SHOWN} of {len(there):,} labelers with most labels."
    blocks: list[Block] = [Figure(heat(names, names, cells, "Agreement of every two labelers"), caption)]
    usual = float(pairs.select(pl.col("agreement").dot("n_pairs") / pl.col("n_pairs").sum()).item())
    worst = pairs.filter(pl.col("agreement_high") < usual).sort("agreement_high", "labeler_a", "labeler_b").head(1)
    for row in worst.to_dicts():
        shown = interval(row["agreement"], row["agreement_low"], row["agreement_high"])
        n = counted(row["n_assets"], "asset")
        blocks.append(
            Words(f"Surely below the mean, and most so: {row['labeler_a']} with {row['labeler_b']}, {shown} on {n}.")
        )
    return Section("agreement", "Who agrees with whom", "", blocks)
