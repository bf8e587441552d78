"""An asset on which no two labels agree: unclear to everybody, not one labeler's mistake."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.quality.labels import counted_pairs
from labelqa.measures.workforce.fair import LEAST_LABELS
from labelqa.measures.workforce.findings.seen import Seen
from labelqa.measures.workforce.findings.tested import Row, Tested
from labelqa.stats.grouped import count_by, total_by

FINDING = "contested_asset"

METHOD = (
    f"of {LEAST_LABELS} labels or more no two agree to the scheme's `agree_at`; chance that all, or all but one, of them go "
    "astray as far independently of each other, each as often as where two others agree, and no more seldom than everybody "
    "on assets with as many annotations (one pseudo-label added): Poisson binomial with estimated rates (approximate)"
)


def contested_assets(seen: Seen) -> Tested:
    """Test every asset with enough labels."""
    comparison, work = seen.comparison, seen.work
    pairs, rows = comparison.pair_rows, counted_pairs(comparison, "consensus")
    n_labels, n_assets = len(work.asset), comparison.project.assets.height
    a, b = pairs.label_a[rows], pairs.label_b[rows]
    agreement = comparison.agreement[rows]
    is_met = np.zeros(n_labels, np.bool_)
    is_met[a] = is_met[b] = True
    met = np.flatnonzero(is_met)
    asset = work.asset[met]
    size = count_by(asset, n_assets)
    best = np.full(n_assets, -np.inf)
    np.maximum.at(best, pairs.asset[rows], agreement)
    own = np.full(n_labels, -np.inf)
    np.maximum.at(own, a, agreement)
    np.maximum.at(own, b, agreement)
    tested = np.flatnonzero(size >= LEAST_LABELS)
    if not len(tested):
        return Tested.nothing(FINDING, METHOD, f"no asset has {LEAST_LABELS} labels that were compared")
    agree_at = comparison.scheme.agree_at
    usual = met[
        (size[asset] >= LEAST_LABELS) & (_best_of_others(a, b, pairs.asset[rows], agreement, met, asset) >= agree_at)
    ]
    contested = (size >= LEAST_LABELS) & (best < agree_at)
    here = met[contested[asset]]
    fullness = _fullness(seen, met)
    rate = np.maximum(
        _rate(work.labeler[usual], own[usual], work.labeler[here], best[work.asset[here]], 0.0),
        _rate(fullness[work.asset[usual]], own[usual], fullness[work.asset[here]], best[work.asset[here]], 1.0),
    )
    p = np.where(contested, _all_but_one(work.asset[here], rate, n_assets), 1.0)
    mean = total_by(pairs.asset[rows], agreement, n_assets) / np.maximum(count_by(pairs.asset[rows], n_assets), 1)
    names = comparison.project.assets.select("project_id", "asset_id")[tested]
    table = names.with_columns(
        pl.lit(FINDING).alias("finding"),
        pl.Series("effect", mean[tested]),
        pl.lit("mean agreement").alias("unit"),
        pl.lit(comparison.scheme.agree_at).alias("limit"),
        pl.Series("n", size[tested]),
        pl.Series("p_value", p[tested]),
        pl.Series("row", tested),
    )

    def tell(row: Row) -> str:
        return (
            f"No two of the {row['n']} labels of asset {row['asset_id']} agree (mean agreement {row['effect']:.2f}); "
            f"by chance {row['p_value']:.2g}"
        )

    def behind(row: Row) -> pl.DataFrame:
        of = rows[pairs.asset[rows] == row["row"]]
        labels = comparison.project.labels["label_id"]
        shown = seen.labels_behind(pairs.label_a[of], comparison.agreement[of])
        return shown.with_columns(labels.gather(pairs.label_b[of]).alias("other_label_id"))

    return Tested(FINDING, table, tell, behind, METHOD)


def _best_of_others(a: Ints, b: Ints, asset: Ints, agreement: Floats, label: Ints, asset_of: Ints) -> Floats:
    """Greatest agreement of two labels on the asset of each label other than itself; -inf without any."""
    order = np.lexsort((np.arange(len(asset)), -agreement, asset))
    a, b, asset, agreement = a[order], b[order], asset[order], agreement[order]
    found = np.full(len(label), -np.inf)
    at = np.searchsorted(asset, asset_of)
    open_ = np.arange(len(label))
    while len(open_):  # a label is in few pairs of its asset, so this ends soon
        open_ = open_[at[open_] < len(asset)]
        open_ = open_[asset[at[open_]] == asset_of[open_]]
        place = at[open_]
        free = (a[place] != label[open_]) & (b[place] != label[open_])
        found[open_[free]] = agreement[place[free]]
        open_ = open_[~free]
        at[open_] += 1
    return found


def _fullness(seen: Seen, met: Ints) -> Ints:
    """Number the assets by how many annotations their labels have in the mean, in steps of a half doubling."""
    annotations = seen.comparison.project.tables["annotations"].filter(pl.col("parent_id").is_null())
    n_marks = count_by(annotations["label"].to_numpy().astype(np.int64), len(seen.work.asset)).astype(np.float64)
    n_assets = seen.comparison.project.assets.height
    mean = total_by(seen.work.asset[met], n_marks[met], n_assets) / np.maximum(
        count_by(seen.work.asset[met], n_assets), 1
    )
    return np.round(2.0 * np.log2(1.0 + mean)).astype(np.int64)


def _rate(group: Ints, own: Floats, wanted: Ints, limit: Floats, more: float) -> Floats:
    """Share of a group's values that stay within a limit, with so many more values that do."""
    order = np.lexsort((own, group))
    keys, groups = group[order] * 4.0 + own[order], group[order]
    first, last = np.searchsorted(groups, wanted), np.searchsorted(groups, wanted, side="right")
    n_low = np.searchsorted(keys, wanted * 4.0 + limit, side="right") - first
    return np.asarray((n_low + more) / np.maximum(last - first + more, 1.0), dtype=np.float64)


def _all_but_one(asset: Ints, rate: Floats, n_assets: int) -> Floats:
    """Probability that all or all but one of an asset's labels go astray: float64 [n_assets]."""
    log_rate, odds_right = np.log(rate), (1.0 - rate) / rate
    everyone = np.exp(total_by(asset, log_rate, n_assets))
    return np.minimum(everyone * (1.0 + total_by(asset, odds_right, n_assets)), 1.0)
