"""A pair of classes that most labelers confuse: the ontology's problem, not theirs."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.workforce.findings.screen import Screen, may_be_found
from labelqa.measures.workforce.findings.seen import Seen
from labelqa.measures.workforce.findings.tested import Row, Tested
from labelqa.stats.grouped import tallied
from labelqa.stats.multiple import at_least
from labelqa.stats.two_way import additive_effects

FINDING = "confused_classes"
RATE = 0.05
"""Of a labeler's objects of the two classes."""
LEAST_ROWS = 10
LEAST_ASSETS = 5

METHOD = (
    f"more than half of the labelers take one class for the other in more than {RATE:.0%} of the objects of either; the "
    "rate of two labels is split between their labelers by least squares, so that one confused labeler does not stain "
    "his partners; one-sided t tests with assets as clusters, joined by Benjamini and Heller's partial conjunction "
    "(approximate for few assets)"
)


def confused_classes(seen: Seen) -> Tested:
    """Test every pair of classes that is confused now and then."""
    met, n_classes = seen.met, len(seen.comparison.project.ontology)
    low, high = np.minimum(met.class_a, met.class_b), np.maximum(met.class_a, met.class_b)
    who_b = np.where(met.who_b == seen.n_labelers, -1, met.who_b)  # the benchmark is not confused
    cell = low * n_classes + high
    key, count = tallied(cell[np.flatnonzero(low != high)], n_classes * n_classes)
    order = np.argsort(cell, kind="stable")
    sorted_cells = cell[order]

    def rows_of(one: int, other: int) -> Ints:
        """Rows with these classes on the two sides."""
        ends = [np.searchsorted(sorted_cells, one * n_classes + other, side=side) for side in ("left", "right")]
        return order[ends[0] : ends[1]]

    screen = Screen.of(met, cell, who_b, seen.n_labelers)
    tests = []
    for first, second in (divmod(pair, n_classes) for pair in key[count >= LEAST_ROWS].tolist()):
        test = {
            "finding": FINDING,
            "class": seen.class_name(first),
            "other_class": seen.class_name(second),
            "project_id": seen.comparison.project.ontology["project_id"][first],
            "unit": "share of objects, median labeler",
            "limit": RATE,
            "first": first,
            "second": second,
        }
        alike, confused = (first * n_classes + first, second * n_classes + second), first * n_classes + second
        effects = screen.effects(alike, confused, LEAST_ASSETS)
        if effects is not None and not may_be_found(effects, RATE):
            tests.append(test | _judged(effects, 1.0))
            continue
        part = np.sort(np.concatenate([rows_of(first, first), rows_of(first, second), rows_of(second, second)]))
        fit = additive_effects(
            [met.who_a[part], who_b[part]], [1, 1], seen.n_labelers,
            (met.class_a[part] != met.class_b[part]).astype(np.float64), met.asset[part], centre="none",
        )  # fmt: skip
        known = np.flatnonzero(~np.isnan(fit.error) & (fit.n_clusters >= LEAST_ASSETS))
        if len(known) < 2:
            continue
        certain = np.where(fit.value > RATE, RATE**fit.n_clusters, 1.0)  # all alike: no spread to test with
        p = np.where(fit.error > 0, fit.p_above(RATE), certain)[known]
        tests.append(test | _judged(fit.value[known], at_least(p, len(known) // 2 + 1)))
    if not tests:
        return Tested.nothing(FINDING, METHOD, "no two classes are confused often by labelers who can be told apart")

    def tell(row: Row) -> str:
        return (
            f"{row['n_over']} of {row['n']} labelers take {row['class']} for {row['other_class']} or the reverse in more "
            f"than {RATE:.0%} of these objects (median {row['effect']:.0%}): the definitions need work"
        )

    def behind(row: Row) -> pl.DataFrame:
        mine = np.flatnonzero((low == row["first"]) & (high == row["second"]))
        mine = mine[np.lexsort((mine, -met.similarity[mine]))]
        return seen.marks_behind(met.where(mine), met.similarity[mine], np.zeros(len(mine), bool))

    return Tested(FINDING, pl.DataFrame(tests), tell, behind, METHOD)


def _judged(effects: Floats, p_value: float) -> dict[str, float]:
    """Give what a test says of the labelers' rates of confusion."""
    n_over = int((effects > RATE).sum())
    return {"effect": float(np.median(effects)), "n": len(effects), "p_value": p_value, "n_over": n_over}
