"""What to act on."""

from __future__ import annotations

import polars as pl

from labelqa.report.document.blocks import Block, Item, Listing, Section, Words
from labelqa.report.document.told import Told
from labelqa.report.numbers import count, counted, percent

_SHOWN, _OF_A_KIND = 12, 3


def section(told: Told) -> Section | None:
    """Tell the findings, or that there are none."""
    work = told.work
    tested = work.detectors.filter(work.detectors["n_tested"] > 0)
    if tested.is_empty():
        return None
    rate = percent(work.how["false_alarms"])
    lead = f"Where nothing is wrong, at most {rate} of projects have any finding; each passed a test of its own."
    ranked = work.findings.sort("p_value", "number").with_columns(place=pl.int_range(pl.len()).over("finding"))
    rows = ranked.filter(pl.col("place") < _OF_A_KIND).head(_SHOWN).to_dicts()
    blocks: list[Block] = [Words(f"None: {counted(int(tested['n_tested'].sum()), 'test')} were made.", "good")]
    if rows:
        items = [
            Item(row["finding"].replace("_", " "), f"{row['sentence']}.", f"{count(row['n'])} observations", "doubt")
            for row in rows
        ]
        n_more = work.findings.height - len(rows)
        more = f"and {counted(n_more, 'more finding')}; labelqa workforce -o writes all" if n_more > 0 else ""
        blocks = [Listing(items, more)]
    return Section("findings", "What to act on", lead, blocks)
