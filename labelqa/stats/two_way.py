"""Additive effects in an unbalanced two-way table, with errors by cluster: who is how good, what is how hard.

Observations are sums of effects: score = effect of the labeler + effect of the asset, agreement = effects of two
labelers + effect of the asset, difference = effect of one labeler - effect of another. Labelers meet different assets,
so plain means mix the two; least squares takes them apart. Effects of the columns (assets) are swept out first, which
leaves a system as small as the number of labelers.

Source
------
Searle (1987), "Linear Models for Unbalanced Data", chapters 4 and 5 (two-way crossed classification, absorbing,
connectedness); Abowd, Creecy, Kramarz (2002), "Computing person and firm effects using linked longitudinal
employer-employee data" (effects are identified within connected groups only); Cameron, Miller (2015), "A practitioner's
guide to cluster-robust inference", Journal of Human Resources 50 (the variance: assets are the clusters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from labelqa.stats.crossed import TINY, Crossed, Floats, Ints
from labelqa.stats.grouped import distinct
from labelqa.stats.ratio import check_confidence
from labelqa.stats.student import t_quantile

_MOST_DENSE = 1500
"""Units of a connected group up to which errors are computed; above, effects alone, by conjugate gradients."""

REASONS = ("", "no_evidence", "nothing_shared", "not_identified", "one_cluster", "too_many_units")
DEFINED, NO_EVIDENCE, NOTHING_SHARED, NOT_IDENTIFIED, ONE_CLUSTER, TOO_MANY = range(6)


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of n units (labelers), within connected groups.

    Attributes
    ----------
    value, error : float64 [n]
        Effect as a difference from its group's centre, and its standard error; nan where undefined.
    group : int64 [n]
        The connected group of each unit, the largest first; -1 for units without evidence. Effects of different groups
        cannot be compared.
    level : float64 [n]
        What is expected of a unit of effect 0 on the average column of the group.
    n_clusters : int64 [n]
        Clusters that tell something of the unit.
    reason : int64 [n]
        Number in `REASONS`: why the effect or, with `one_cluster` and `too_many_units`, its error is undefined.
    residual : float64 [n_observations]
        What the effects leave over; nan where an effect is undefined.
    """

    value: Floats
    error: Floats
    group: Ints
    level: Floats
    n_clusters: Ints
    reason: Ints
    residual: Floats

    def interval(self, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Give t intervals with (clusters of the unit - 1) degrees of freedom; nan where undefined."""
        check_confidence(confidence)
        half = t_quantile(np.maximum(self.n_clusters - 1.0, 1.0), 0.5 + confidence / 2) * self.error
        return self.value - half, self.value + half

    def p_below(self, limit: float | Floats) -> Floats:
        """p-value of each effect against "not below the limit", one-sided t; nan where undefined."""
        from scipy.special import stdtr  # here, because importing scipy is slow

        with np.errstate(invalid="ignore", divide="ignore"):
            t = (self.value - limit) / self.error
        defined = ~np.isnan(t)
        p = np.full(len(t), np.nan)
        p[defined] = stdtr(self.n_clusters[defined] - 1.0, t[defined])
        return p

    def p_above(self, limit: float | Floats) -> Floats:
        """p-value of each effect against "not above the limit"."""
        flipped = Effects(-self.value, self.error, self.group, self.level, self.n_clusters, self.reason, self.residual)
        return flipped.p_below(-np.asarray(limit, dtype=np.float64))


def additive_effects(
    units: Sequence[ArrayLike],
    signs: Sequence[float],
    n_units: int,
    response: ArrayLike,
    cluster: ArrayLike,
    *,
    column: ArrayLike | None = None,
    centre: str = "mean",
    reference: int | None = None,
) -> Effects:
    """Fit response = sum of sign * effect of unit (+ effect of column) + noise by least squares.

    Parameters
    ----------
    units : arrays of int [n_observations]
        The units of each observation: one array (its labeler) or two (both labelers of a pair); -1 for nobody.
    signs : floats, one for each array
        (1,) for scores, (1, 1) for agreements, (1, -1) for differences.
    n_units : int
    response : float64 [n_observations], finite
    cluster : int [n_observations]
        Observations of one cluster may depend on each other (those of one asset). A column lies within one cluster.
    column : int [n_observations], optional
        The asset, when its effect is to be taken out.
    centre : "mean", "median" or "none"
        Zero of each group: the mean over its units, weighted by their clusters; their median (then one unit that is
        far off moves no other); or none, for designs that fix it themselves, such as (1, 1) without columns.
    reference : int, optional
        A unit that is zero in its group instead.

    Returns
    -------
    Effects

    Raises
    ------
    ValueError
        If lengths differ, a response is not finite, or `centre` is unknown.

    Examples
    --------
    Unit 1 scores 0.2 less on the same columns, but meets easy ones more often:

    >>> unit, column = [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 3]
    >>> found = additive_effects([unit], [1], 2, [0.6, 0.4, 0.5, 0.3, 0.1, 0.9], column, column=column)
    >>> found.value.round(3).tolist(), found.reason.tolist()
    ([0.1, -0.1], [0, 0])
    """
    if centre not in ("mean", "median", "none"):
        raise ValueError(f"centre must be mean, median or none, got {centre!r}")
    crossed = Crossed.of(units, signs, n_units, cluster, column=column)
    return effects(crossed, np.asarray(response, dtype=np.float64), centre=centre, reference=reference)


def effects(crossed: Crossed, response: Floats, *, centre: str = "mean", reference: int | None = None) -> Effects:
    """Fit effects to a response; arguments and errors as of `additive_effects`."""
    if response.shape != crossed.clusters.shape:
        raise ValueError("units, response, cluster and column must be flat and equally long")
    if not np.isfinite(response).all():
        raise ValueError("responses must be finite; leave rows without a value out")
    return _fitted(_Table(crossed, response), centre, reference)


class _Table:
    """A response to the observations, and its side of the normal equations once the columns are swept out."""

    def __init__(self, crossed: Crossed, y: Floats) -> None:
        self.crossed, self.y = crossed, y
        self.right: Floats = crossed.gathered(y)
        if crossed.columns is not None:
            columns, ones = crossed.columns, np.ones(len(y))
            mean = np.bincount(columns, 1.0 / np.bincount(columns)[columns] * y)
            self.right = self.right - np.asarray(crossed.by(columns, ones).T @ mean)

    def swept(self, values: Floats) -> Floats:
        """Take the mean of its column from each value."""
        columns = self.crossed.columns
        if columns is None:
            return values
        mean = np.bincount(columns, values) / np.bincount(columns)
        return values - mean[columns]


def _fitted(table: _Table, centre: str, reference: int | None) -> Effects:
    """Solve group by group."""
    crossed = table.crossed
    n, n_clusters = crossed.n_units, crossed.n_clusters
    diagonal = crossed.system.diagonal()
    reason = np.where(crossed.seen, NOTHING_SHARED, NO_EVIDENCE).astype(np.int64)
    group = np.where(diagonal > TINY, _groups(crossed.system, diagonal), -1)
    value, error = np.full(n, np.nan), np.full(n, np.nan)
    for number in range(int(group.max(initial=-1)) + 1):
        members = np.flatnonzero(group == number)
        if len(members) > _MOST_DENSE:
            solved = _by_gradients(table, members, n_clusters, centre, reference)
        else:
            solved = _densely(table, members, n_clusters, centre, reference)
        value[members], error[members], reason[members] = solved
        lone = members[(n_clusters[members] < 2) & (reason[members] == DEFINED)]
        error[lone], reason[lone] = np.nan, ONE_CLUSTER
    expected = crossed.spread_out(np.nan_to_num(value))
    is_undefined = np.append(np.isnan(value), False)
    undefined = np.zeros(len(expected), bool)
    for unit in crossed.unit.T:
        undefined |= is_undefined.take(unit)
    left = np.where(undefined, np.nan, table.y - expected)
    level = _levels(crossed, left, group)
    residual = table.swept(np.where(undefined, 0.0, left))
    if crossed.columns is not None:  # a column with an undefined effect in it has no residuals
        torn = np.bincount(crossed.columns, undefined.astype(np.float64)) > 0
        undefined = torn[crossed.columns]
    return Effects(value, error, group, level, n_clusters, reason, np.where(undefined, np.nan, residual))


def _groups(system: Any, diagonal: Floats) -> Ints:
    """Number the connected groups, the one with most units first."""
    from scipy.sparse.csgraph import connected_components

    _, of_unit = connected_components(system, directed=False)
    size = np.bincount(of_unit[diagonal > TINY], minlength=int(of_unit.max(initial=-1)) + 1)
    order = np.lexsort((np.arange(len(size)), -size))
    rank = np.empty(len(size), np.int64)
    rank[order] = np.arange(len(size))
    return np.asarray(rank[of_unit], dtype=np.int64)


def _weights(members: Ints, n_clusters: Ints, reference: int | None) -> Floats:
    """Weigh the members whose mean is zero: by clusters, or the reference alone."""
    if reference is not None and (members == reference).any():
        return np.asarray(members == reference, dtype=np.float64)
    weight = np.maximum(n_clusters[members], 1).astype(np.float64)
    shares: Floats = weight / weight.sum()
    return shares


def _densely(
    table: _Table, members: Ints, n_clusters: Ints, centre: str, reference: int | None
) -> tuple[Floats, Floats, Ints]:
    """Solve a group by its eigenvectors, which also tell what is not identified."""
    block = table.crossed.system[members][:, members].toarray()
    strength, vectors = np.linalg.eigh(block)
    known = strength > TINY * strength.max()
    inverse = (vectors[:, known] / strength[known]) @ vectors[:, known].T
    effect = inverse @ table.right[members]
    fixed = reference is not None and bool((members == reference).any())
    if centre == "none" and not fixed:
        contrast = np.eye(len(members))
    else:
        contrast = np.eye(len(members)) - _weights(members, n_clusters, reference)[None, :]
    unknown = np.abs(contrast @ vectors[:, ~known]).max(axis=1, initial=0.0) > 1e-6
    # Observations of other groups have nobody of this one in them, and add nothing.
    every = np.zeros(table.crossed.n_units)
    every[members] = effect
    left = table.swept(table.y - table.crossed.spread_out(every))
    scores = table.crossed.by(table.crossed.clusters, left)[:, members]
    spread = (scores.T @ scores).toarray()
    towards = contrast @ inverse
    n = np.maximum(n_clusters[members], 2).astype(np.float64)
    variance = np.maximum(((towards @ spread) * towards).sum(axis=1), 0.0) * n / (n - 1)
    centred = contrast @ effect
    if centre == "median" and not fixed and not unknown.all():
        centred = centred - np.median(centred[~unknown])
    reason = np.where(unknown, NOT_IDENTIFIED, DEFINED).astype(np.int64)
    return np.where(unknown, np.nan, centred), np.where(unknown, np.nan, np.sqrt(variance)), reason


def _by_gradients(
    table: _Table, members: Ints, n_clusters: Ints, centre: str, reference: int | None
) -> tuple[Floats, Floats, Ints]:
    """Solve a large group without its inverse: effects without errors."""
    from scipy.sparse.linalg import cg

    block = table.crossed.system[members][:, members]
    effect = np.asarray(cg(block, table.right[members], rtol=1e-10, maxiter=10 * len(members))[0])
    fixed = reference is not None and bool((members == reference).any())
    if centre == "median" and not fixed:
        effect = effect - np.median(effect)
    elif centre != "none" or fixed:
        effect = effect - float(_weights(members, n_clusters, reference) @ effect)
    return effect, np.full(len(members), np.nan), np.full(len(members), TOO_MANY, np.int64)


def _levels(crossed: Crossed, left: Floats, group: Ints) -> Floats:
    """Mean over the columns (else observations) of each group of what its effects leave over: [n_units]."""
    level = np.full(len(group), np.nan)
    n_groups = int(group.max(initial=-1)) + 1
    # The group of an observation is that of any of its units; all are in one.
    of_unit = np.append(group, -1)
    row_group = of_unit.take(crossed.unit[:, 0])
    for unit in crossed.unit.T[1:]:
        np.maximum(row_group, of_unit.take(unit), out=row_group)
    usable = ~np.isnan(left) & (row_group >= 0)
    if not usable.any():
        return level
    if crossed.columns is None:
        mean, owner = left[usable], row_group[usable]
    else:
        used = crossed.columns[usable]
        key, place = distinct(used, int(used.max()) + 1)
        mean, owner = np.bincount(place, left[usable]) / np.bincount(place), np.zeros(len(key), np.int64)
        owner[place] = row_group[usable]
    total, size = np.bincount(owner, mean, n_groups), np.bincount(owner, minlength=n_groups)
    of_group = np.divide(total, size, out=np.full(n_groups, np.nan), where=size > 0)
    level[group >= 0] = of_group[group[group >= 0]]
    return level
