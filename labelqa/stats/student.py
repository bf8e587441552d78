"""Quantiles of Student's t for whole degrees of freedom, without scipy, whose import takes longer than scoring a project.

The tail is an incomplete beta function, P(T > t) = I(v / (v + t^2); v / 2, 1 / 2) / 2, worked out as a continued
fraction, and Newton's method on the logarithms of both inverts it. That is done once for each probability, for all degrees
up to 840. Beyond, the quantile is a smooth function of 1 / v that begins at the normal quantile; a polynomial through
that and eight of the others gives it to rounding.

Source
------
Abramowitz, Stegun (1964), "Handbook of Mathematical Functions": 26.7.1 and 26.5.27 for the tail, 26.5.8 for the continued
fraction, 26.7.5 for the expansion in 1 / v, 25.2.28 for the polynomial by forward differences. Lentz (1976),
doi:10.1364/AO.15.000668, as modified by Thompson and Barnett (1986), for evaluating the fraction from its start.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MOST = 840
"""Degrees up to which quantiles are worked out one by one; a multiple of 1, 2 ... 8."""

_NODES = 9
_ROUNDS = 20
_TERMS = 500


def t_quantile(degrees: NDArray[np.floating | np.integer], probability: float) -> Floats:
    """Quantile of Student's t, elementwise over whole `degrees` of freedom (>= 1), at `probability` in (0, 1).

    Examples
    --------
    >>> t_quantile(np.array([1, 10, 1_000_000]), 0.975).round(3)
    array([12.706,  2.228,  1.96 ])
    """
    if probability < 0.5:
        return -t_quantile(degrees, 1 - probability)
    if probability == 0.5:
        return np.zeros(len(degrees))
    few = _up_to_most(probability)
    quantile: Floats = few.take(np.minimum(degrees, _MOST).astype(np.int64) - 1)
    many = np.flatnonzero(degrees > _MOST)
    if len(many):
        quantile[many] = _beyond(_MOST / degrees.take(many).astype(np.float64), probability, few)
    return quantile


@lru_cache(maxsize=16)
def _up_to_most(probability: float) -> Floats:
    """Quantiles for 1, 2 ... `_MOST` degrees, at a probability above 1/2: float64 [_MOST]."""
    quantile, wanted = np.full(_MOST, NormalDist().inv_cdf(probability)), 1 - probability
    for _ in range(_ROUNDS):
        tail, density = _tails(quantile)
        step = np.log(tail / wanted) * tail / (quantile * density)
        quantile *= np.exp(step)
        if np.abs(step).max() < 1e-9:  # the next one would be its square
            break
    return quantile


def _beyond(x: Floats, probability: float, few: Floats) -> Floats:
    """Quantiles for `_MOST` / x degrees, 0 < x < 1, from those for `_MOST` / 0, `_MOST` / 1 ... degrees: float64 [N]."""
    known = np.array([NormalDist().inv_cdf(probability), *(few[_MOST // k - 1] for k in range(1, _NODES))])
    quantile, binomial = np.zeros(len(x)), np.ones(len(x))
    for k in range(_NODES):
        quantile += known[0] * binomial
        known = np.diff(known)
        binomial *= (x - k) / (k + 1)
    return quantile


def _tails(t: Floats) -> tuple[Floats, Floats]:
    """P(T > t) and the density at t > 0, for 1, 2 ... degrees: float64 [N] each."""
    degrees = np.arange(1.0, len(t) + 1)
    a, b, square = degrees / 2, np.full(len(t), 0.5), t * t
    log_x = -np.log1p(square / degrees)
    y = square / (degrees + square)
    scale = _gamma_ratios(len(t)) / np.sqrt(np.pi)
    # The fraction converges quickly for the smaller side alone.
    outside = square > 3 * degrees / (degrees + 2)
    fraction = _fraction(np.where(outside, a, b), np.where(outside, b, a), np.where(outside, np.exp(log_x), y))
    part = scale * np.exp(a * log_x) * np.sqrt(y) * fraction / np.where(outside, a, b)
    return np.where(outside, part, 1 - part) / 2, scale / np.sqrt(degrees) * np.exp((a + 0.5) * log_x)


def _gamma_ratios(n: int) -> Floats:
    """Gamma((v + 1) / 2) / Gamma(v / 2) for v = 1, 2 ... n: float64 [n]."""
    ratio = np.empty(n)
    for first, start in enumerate((1 / np.sqrt(np.pi), np.sqrt(np.pi) / 2)):
        v = np.arange(first + 1, n - 1, 2)
        ratio[first::2] = start * np.cumprod(np.append(1.0, (v + 1) / v))
    return ratio


def _fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """The continued fraction of the incomplete beta function I(x; a, b), elementwise: float64 [N]."""
    c, d = np.ones(len(x)), 1 / (1 - (a + b) * x / (a + 1))
    fraction = d.copy()
    for m in range(1, _TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            c, d = 1 + term / c, 1 / (1 + term * d)
            fraction *= c * d
        if np.abs(c * d - 1).max() < 1e-15:
            break
    return fraction
