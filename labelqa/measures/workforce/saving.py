"""Seconds that pre-labels save: aided labels against unaided ones of the same labeler and like size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.comparison import Comparison
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.quality.labels import Work
from labelqa.stats.grouped import count_by, divided, total_by
from labelqa.stats.student import t_quantile

_STEPS = 4
"""Steps of like size in a doubling of the number of annotations."""

LEAST_UNAIDED = 2
"""Unaided labels of a labeler and size from which they are compared with."""


@dataclass(frozen=True, eq=False)
class Saving:
    """Aided labels and what they are compared with; L labels of the project, S strata (labeler and size).

    `asset` int64 [L]; `saved` float64 [L]: mean seconds of the unaided labels of the stratum less the label's, nan where
    there is nothing to compare; `stratum` int64 [L]; `n_unaided` int64 [S], `squares` float64 [S]: unaided labels and the
    sum of squares of their deviations.
    """

    asset: Ints
    saved: Floats
    stratum: Ints
    n_unaided: Ints
    squares: Floats
    timed: np.ndarray

    @classmethod
    def of(cls, comparison: Comparison, aided: Ints, seconds: Floats) -> Saving:
        """Compare the aided labels, given by row, with those on assets without any prediction."""
        work = Work.of(comparison)
        labels = comparison.project.tables["labels"]
        n_labels = labels.height
        stored = comparison.project.tables["annotations"].filter(pl.col("parent_id").is_null())
        size = count_by(stored["label"].to_numpy().astype(np.int64), n_labels)
        # One for each size up to 8, then steps of about a fifth.
        bin_ = np.where(size > 0, np.round(_STEPS * np.log2(np.maximum(size, 1))) + 1, 0).astype(np.int64)
        _, stratum = np.unique((work.labeler + 1) * 1024 + bin_, return_inverse=True)
        stratum = stratum.astype(np.int64)
        n_strata = int(stratum.max(initial=-1)) + 1
        predicted = np.zeros(comparison.project.assets.height, bool)
        predicted[work.asset[(labels["role"] == "prediction").to_numpy()]] = True
        timed = work.counts & ~np.isnan(seconds)
        unaided = np.flatnonzero(timed & ~predicted[work.asset])
        n_unaided = count_by(stratum[unaided], n_strata)
        mean = divided(total_by(stratum[unaided], seconds[unaided], n_strata), n_unaided)
        off = seconds[unaided] - mean[stratum[unaided]]
        is_aided = np.zeros(n_labels, bool)
        is_aided[aided] = True
        comparable = is_aided & timed & (n_unaided[stratum] >= LEAST_UNAIDED)
        saved = np.where(comparable, mean[stratum] - seconds, np.nan)
        return cls(work.asset, saved, stratum, n_unaided, total_by(stratum[unaided], off * off, n_strata), timed)

    def of_slices(self, slice_: Ints, label: Ints, n: int, confidence: float) -> pl.DataFrame:
        """Mean saving of each of n slices; labels are given by slice, a label once in each.

        The variance has two parts: of the aided labels, assets as clusters, and of the means of the strata they are
        compared with.
        """
        n_with_time = count_by(slice_[self.timed[label]], n)
        known = ~np.isnan(self.saved[label])
        slice_, label = slice_[known], label[known]
        n_timed = count_by(slice_, n)
        total = total_by(slice_, self.saved[label], n)
        mean = divided(total, n_timed)
        base = int(self.asset.max(initial=0)) + 1
        cells, cell = np.unique(slice_ * base + self.asset[label], return_inverse=True)
        off = total_by(cell, self.saved[label] - mean[slice_], len(cells))
        n_assets = count_by(cells // base, n)
        aided = total_by(cells // base, off * off, n) * n_assets / np.maximum(n_assets - 1, 1)
        n_strata = len(self.n_unaided)
        strata, place = np.unique(slice_ * max(n_strata, 1) + self.stratum[label], return_inverse=True)
        of_slice, of_stratum = strata // max(n_strata, 1), strata % max(n_strata, 1)
        m = self.n_unaided[of_stratum].astype(np.float64)
        weight = count_by(place, len(strata)) / m
        means = total_by(of_slice, weight**2 * self.squares[of_stratum] * m / np.maximum(m - 1, 1), n)
        error = np.sqrt(aided + means) / np.maximum(n_timed, 1)
        half = np.where(n_assets > 1, t_quantile(np.maximum(n_assets - 1.0, 1.0), 0.5 + confidence / 2) * error, np.nan)
        reason = np.select([n_timed > 0, n_with_time > 0], ["", "seconds_saved: no_unaided"], "seconds_saved: no_time")
        reason = np.where((n_timed > 0) & (n_assets < 2), "seconds_saved interval: one_asset", reason)
        return pl.DataFrame(
            {
                "seconds_saved": pl.Series(mean).fill_nan(None),
                "seconds_saved_low": pl.Series(mean - half).fill_nan(None),
                "seconds_saved_high": pl.Series(mean + half).fill_nan(None),
                "seconds_saved_total": pl.Series(np.where(n_timed > 0, total, np.nan)).fill_nan(None),
                "n_timed": n_timed,
                "n_unaided": total_by(of_slice, m, n).astype(np.int64),
                "saving_undefined": pl.Series(reason.tolist(), dtype=pl.String).replace("", None),
            }
        )
