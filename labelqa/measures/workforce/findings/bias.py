"""Systematic bias: outlines too large or small, or shifted to one side, in objects that others drew too."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats
from labelqa.measures.workforce.findings.seen import Met, Seen
from labelqa.measures.workforce.findings.tested import Row, Tested
from labelqa.stats.crossed import Crossed
from labelqa.stats.two_way import Effects, effects

FINDING = "biased_outline"
MARGIN = 0.02
"""Of an object's width and height: less is not called a bias."""
LEAST_ASSETS = 5
"""Assets with matched outlines from which a labeler is tested."""

METHOD = (
    f"boxes and masks larger, smaller or further to a side by more than {MARGIN:.0%} of the object than the benchmark's, "
    "or without one than the median labeler's; least squares over matched pairs of one class, two-sided t tests with "
    "assets as clusters (approximate for few assets)"
)
_DIRECTIONS = {"size": ("larger", "smaller"), "right": ("further right", "further left"), "down": ("lower", "higher")}
_BOXES = ("bbox", "mask")


def bias(seen: Seen) -> Tested:
    """Test size, horizontal and vertical place of every labeler's boxes and masks."""
    met, measures = _measured(seen)
    fits: dict[str, Effects] = {}
    parts = []
    crossed = Crossed.of([met.who_a, met.who_b], [1, -1], seen.n_labelers + 1, met.asset)
    for name, values in measures.items():
        fit = fits[name] = effects(crossed, values, centre="median", reference=seen.n_labelers)
        who = np.flatnonzero((fit.error[:-1] > 0) & (fit.n_clusters[:-1] >= LEAST_ASSETS))
        p = np.minimum(1.0, 2.0 * np.minimum(fit.p_above(MARGIN), fit.p_below(-MARGIN)))[who]
        parts.append(
            pl.DataFrame(
                {
                    "finding": FINDING,
                    "labeler": seen.names.gather(who),
                    "effect": fit.value[who],
                    "unit": f"{name}, share of the object",
                    "limit": np.copysign(MARGIN, fit.value[who]),
                    "n": fit.n_clusters[who],
                    "p_value": p,
                    "row": who,
                    "measure": name,
                    "truth": fit.group[who] == fit.group[-1],
                },
                schema_overrides={"measure": pl.String, "finding": pl.String, "unit": pl.String},
            )
        )
    rows = pl.concat(parts)
    if not rows.height:
        return Tested.nothing(FINDING, METHOD, "no boxes or masks of two labels are one object")

    def tell(row: Row) -> str:
        way = _DIRECTIONS[row["measure"]][int(row["effect"] < 0)]
        verb = "draws" if row["measure"] == "size" else "draws objects"
        against = "the benchmark" if row["truth"] else "the others"
        return f"{row['labeler']} {verb} {abs(row['effect']):.1%} {way} than {against}"

    def behind(row: Row) -> pl.DataFrame:
        values, number = measures[row["measure"]], row["row"]
        mine = np.flatnonzero((met.who_a == number) | (met.who_b == number))
        flip = met.who_b[mine] == number
        value = np.where(flip, -values[mine], values[mine])
        order = np.lexsort((mine, -np.sign(row["effect"]) * value))
        return seen.marks_behind(met.where(mine[order]), value[order], flip[order])

    return Tested(FINDING, rows, tell, behind, METHOD)


def _measured(seen: Seen) -> tuple[Met, dict[str, Floats]]:
    """Compare sizes and centres of matched boxes and masks: difference of side a from side b."""
    project = seen.comparison.project
    kind = project.ontology["kind"].is_in(_BOXES).to_numpy()
    met = seen.met
    # Both concepts must be drawn so, also where kinds meet, and have an area.
    boxes = _boxes(project.tables["annotations"], kind[project.tables["annotations"]["concept"].to_numpy()])
    solid = boxes[2] > 0
    met = met.where((met.class_a == met.class_b) & solid.take(met.a) & solid.take(met.b))
    (x_a, y_a, width_a, height_a), (x_b, y_b, width_b, height_b) = boxes.take(met.a, axis=1), boxes.take(met.b, axis=1)
    return met, {
        "size": 0.5 * (np.log(width_a / width_b) + np.log(height_a / height_b)),
        "right": 2 * (x_a - x_b) / (width_a + width_b),
        "down": 2 * (y_a - y_b) / (height_a + height_b),
    }


def _boxes(stored: pl.DataFrame, is_box: np.ndarray) -> Floats:
    """Give centre x and y, width and height of the boxes among the annotations: [4, N], all 0 for the others.

    Those without an area, or with numbers that are not finite, are others.
    """
    geometry = stored["geometry"].filter(pl.Series(is_box))
    left, top, right, bottom = (geometry.list.get(k, null_on_oob=True).fill_null(np.nan).to_numpy() for k in range(4))
    found = np.stack([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])
    found[:, ~(np.isfinite(found).all(axis=0) & (found[2:] > 0).all(axis=0))] = 0.0
    boxes = np.zeros((4, len(stored)))
    boxes[:, np.flatnonzero(is_box)] = found
    return boxes
