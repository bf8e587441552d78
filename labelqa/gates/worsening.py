"""Whether rows are worse than they were, beyond chance.

Two questions, each over the values of single assets (above / below of a cell), all of which lie in [0, 1]:

- *same assets*: those that both runs have. The differences, new minus old, are paired by asset.
- *new assets*: those that only the new run has, against all of the old run. The smaller set has k assets; the larger one is
  cut into k blocks of equal size (a few are left over), and the differences are those of an asset and the mean of a block.
  Which asset meets which block is drawn by the hash of seed and asset, whatever the values.

Either way the differences lie in [-1, 1] and are draws of one mean, which is below -worsening if that is shown. Their mean
is bounded from above by betting, as in `decide`, which holds for any number of assets and any distribution. Holm's
procedure runs over all questions of all rows, so that the chance of any false alarm of a rule is 5 % at most. With
k assets in blocks of b the differences have the variance of Welch's test, not more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.gates.cells import IN_ROW
from labelqa.gates.decide import ERROR_RATE, FAIL, PASS
from labelqa.gates.policy import Rule
from labelqa.kinds.kind import Floats, Ints
from labelqa.stats.betting import exact_interval
from labelqa.stats.keyed_random import keys_of, mix

SAME, NEW = "same assets", "new assets"

_KEY = [IN_ROW, "asset_id"]
_BLOCKS = 1
"""Stands for the order of blocks, beside the seed, in their keys."""


@dataclass(frozen=True)
class Differences:
    """Differences of single assets, D of them, in Q questions.

    Parameters
    ----------
    questions : polars.DataFrame
        One row a question: `row` (of the rows compared) and `of` (same or new assets).
    question : int64 [D]
    value : float64 [D]
        Above 0 is better.
    key : uint64 [D]
    """

    questions: pl.DataFrame
    question: Ints
    value: Floats
    key: NDArray[np.uint64]


def differences(new: pl.DataFrame, old: pl.DataFrame, is_floor: bool, seed: int) -> Differences:
    """Set the values of the newer run against those of the older one.

    Parameters
    ----------
    new, old : polars.DataFrame
        Cells: row (a number), asset_project, asset_id, above, below.
    is_floor : bool
        Whether more is better.
    seed : int
    """
    sides = [_values(cells, seed) for cells in (new, old)]
    same = sides[0].join(sides[1], on=["row", *_KEY], how="inner", suffix="_old", maintain_order="left")
    same = same.select("row", "key", value=pl.col("value") - pl.col("value_old"), of=pl.lit(SAME))
    added = sides[0].join(sides[1], on=["row", *_KEY], how="anti", maintain_order="left")
    found = pl.concat([same, _met(added, sides[1], seed)])
    questions = found.select("row", "of").unique().sort("row", "of", descending=[False, True])
    numbered = questions.with_row_index("question")
    numbered = found.join(numbered, on=["row", "of"], how="left", maintain_order="left")
    value = numbered["value"].to_numpy() * (1.0 if is_floor else -1.0)
    return Differences(questions, numbered["question"].to_numpy().astype(np.int64), value, numbered["key"].to_numpy())


def _values(cells: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Give the value of each cell, in the order that is drawn: row, asset, key, value."""
    ids = cells.select(pl.concat_str(*_KEY, separator="\x1f")).to_series()
    keys = keys_of(ids.to_list())
    order = pl.Series("order", mix(seed, keys), dtype=pl.UInt64)
    values = cells.select(
        "row", *_KEY, pl.Series("key", keys, dtype=pl.UInt64), value=pl.col("above") / pl.col("below")
    )
    return values.with_columns(order).sort("row", "order", *_KEY).drop("order")


def _met(added: pl.DataFrame, old: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Let assets meet blocks of the other run's, within each row."""
    sizes = [side.group_by("row").agg(n=pl.len()) for side in (added, old)]
    both = sizes[0].join(sizes[1], on="row", suffix="_old")
    both = both.with_columns(k=pl.min_horizontal("n", "n_old"))
    blocks = []
    for side, n in ((added, "n"), (old, "n_old")):
        place = side.join(both, on="row", how="inner", maintain_order="left").with_columns(
            block=pl.int_range(pl.len()).over("row") // (pl.col(n) // pl.col("k"))
        )
        held = place.filter(pl.col("block") < pl.col("k"))
        blocks.append(held.group_by("row", "block", maintain_order=True).agg(pl.col("value").mean()))
    met = blocks[0].join(blocks[1], on=["row", "block"], suffix="_old", maintain_order="left")
    key = mix(mix(seed, _BLOCKS), met["block"].cast(pl.UInt64).to_numpy())
    return met.select(
        "row", key=pl.Series(key, dtype=pl.UInt64), value=pl.col("value") - pl.col("value_old"), of=pl.lit(NEW)
    )


@dataclass(frozen=True)
class Worsened:
    """What was found in Q questions: arrays of that length.

    `change` (mean difference) and `bound` (at most so much, with probability 1 - `alpha`) are better above 0; `outcome` is
    pass, fail, or empty where there are too few differences to ask.
    """

    change: Floats
    bound: Floats
    alpha: Floats
    n: Ints
    outcome: NDArray[np.str_]


def worsened(rule: Rule, found: Differences, seed: int) -> Worsened:
    """Find the questions in which a worsening beyond the rule's is shown, Holm over all."""
    n_questions = found.questions.height
    n = np.bincount(found.question, minlength=n_questions)
    total = np.bincount(found.question, found.value, minlength=n_questions)
    change = total / np.maximum(n, 1)
    left = np.flatnonzero(n >= rule.min_n)
    outcome = np.full(n_questions, "", dtype="<U12")
    outcome[left] = PASS
    bound, alpha = np.full(n_questions, np.nan), np.full(n_questions, np.nan)
    while len(left):
        level = ERROR_RATE / len(left)
        asked = np.zeros(n_questions, bool)
        asked[left] = True
        some = asked[found.question]
        above, below = (found.value[some] + 1) / 2, np.ones(int(some.sum()))
        high = exact_interval(
            found.question[some], n_questions, np.clip(above, 0, 1), below, found.key[some], 1 - 2 * level, seed
        ).high
        alpha[left], bound[left] = level, 2 * high[left] - 1
        beyond = left[bound[left] < -rule.worsening]
        if not len(beyond):
            break
        outcome[beyond] = FAIL
        left = np.setdiff1d(left, beyond)
    return Worsened(change, bound, alpha, n, outcome)
