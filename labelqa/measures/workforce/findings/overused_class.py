"""Systematic bias: a class given more often than others give it to the same objects."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.measures.workforce.findings.seen import Seen
from labelqa.measures.workforce.findings.tested import Row, Tested
from labelqa.stats.grouped import count_by
from labelqa.stats.two_way import additive_effects

FINDING = "overused_class"
MARGIN = 0.05
"""Of the objects that either side calls by the class."""
LEAST_ROWS = 10
"""Disagreements about a class from which it is tested."""
LEAST_ASSETS = 5
"""Assets with such objects from which a labeler is tested."""

METHOD = (
    f"gives a class to more than {MARGIN:.0%} of the objects concerned that the benchmark (without one: the median labeler) "
    "calls otherwise, less the reverse; least squares over objects that two labels have in one place, one-sided t tests "
    "with assets as clusters (approximate for few assets)"
)


def overused_class(seen: Seen) -> Tested:
    """Test every labeler with every class that is disagreed about."""
    met = seen.met
    differ = met.class_a != met.class_b
    n = len(seen.comparison.project.ontology)
    disputed = count_by(met.class_a[differ], n) + count_by(met.class_b[differ], n)
    # Rows by class, once for each class that a side has.
    row = np.concatenate([np.arange(len(met)), np.flatnonzero(differ)])
    of = np.concatenate([met.class_a, met.class_b[differ]])
    order = np.lexsort((row, of))
    row, first = row[order], np.searchsorted(of[order], np.arange(n + 1))
    parts = []
    for cls in np.flatnonzero(disputed >= LEAST_ROWS).tolist():
        part = met.where(row[first[cls] : first[cls + 1]])
        more = (part.class_a == cls).astype(np.float64) - (part.class_b == cls)
        fit = additive_effects(
            [part.who_a, part.who_b], [1, -1], seen.n_labelers + 1, more, part.asset, centre="median",
            reference=seen.n_labelers,
        )  # fmt: skip
        who = np.flatnonzero((fit.error[:-1] > 0) & (fit.n_clusters[:-1] >= LEAST_ASSETS))
        parts.append(
            pl.DataFrame(
                {
                    "finding": FINDING,
                    "labeler": seen.names.gather(who),
                    "class": seen.class_name(cls),
                    "project_id": seen.comparison.project.ontology["project_id"][cls],
                    "effect": fit.value[who],
                    "unit": "share of objects",
                    "limit": MARGIN,
                    "n": fit.n_clusters[who],
                    "p_value": fit.p_above(MARGIN)[who],
                    "row": who,
                    "concept": cls,
                }
            )
        )
    if not parts:
        return Tested.nothing(FINDING, METHOD, "hardly any object is called by two classes")

    def tell(row: Row) -> str:
        return f"{row['labeler']} calls {row['effect']:.0%} more of the objects concerned {row['class']} than others do"

    disputed_row = np.flatnonzero(differ)
    sides = [
        who[disputed_row] * n + cls[disputed_row] for who, cls in ((met.who_a, met.class_a), (met.who_b, met.class_b))
    ]
    side = np.concatenate(sides)
    by_side = np.argsort(side, kind="stable")
    side = side[by_side]

    def behind(row: Row) -> pl.DataFrame:
        key = row["row"] * n + row["concept"]
        place = by_side[slice(*np.searchsorted(side, (key, key + 1)))]
        mine, is_b = disputed_row[place % len(disputed_row)], place >= len(disputed_row)
        order = np.lexsort((mine, -met.similarity[mine]))
        mine = mine[order]
        return seen.marks_behind(met.where(mine), met.similarity[mine], is_b[order])

    return Tested(FINDING, pl.concat(parts), tell, behind, METHOD)
