"""Many tests at once: which p-values stand when as many were looked at.

Source
------
Benjamini, Hochberg (1995), "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57,
289-300: of the findings at most this share is false in the mean, if the p-values are independent or positively
dependent (Benjamini, Yekutieli 2001). With no true effect at all it bounds the chance of any finding.
Benjamini, Heller (2008), "Screening for partial conjunction hypotheses", Biometrics 64, 1215-1222: do at least u of n
have the effect; the Bonferroni form, which holds under any dependence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values: a test is a finding at rate r if its adjusted value is at most r.

    Parameters
    ----------
    p : float64 [n]
        In [0, 1]; nan for what was not tested, which counts for nothing and stays nan.

    Returns
    -------
    float64 [n]

    Raises
    ------
    ValueError
        If a p-value lies outside [0, 1].

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, float("nan")]).round(3).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    values = np.asarray(p, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(values))
    if ((values[tested] < 0) | (values[tested] > 1)).any():
        raise ValueError("p-values lie between 0 and 1")
    adjusted = np.full(len(values), np.nan)
    order = tested[np.argsort(values[tested], kind="stable")]
    scaled = values[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def at_least(p: ArrayLike, u: int) -> float:
    """p-value of "fewer than u of these have the effect"; nan if fewer than u were tested.

    Examples
    --------
    >>> at_least([0.001, 0.002, 0.9], 2)
    0.004
    """
    values = np.asarray(p, dtype=np.float64)
    values = np.sort(values[~np.isnan(values)])
    if not 1 <= u <= len(values):
        return float("nan")
    return float(min(1.0, (len(values) - u + 1) * values[u - 1]))
