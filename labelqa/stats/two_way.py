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
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labelqa.stats.grouped import distinct
from labelqa.stats.ratio import check_confidence
from labelqa.stats.student import t_quantile

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TINY = 1e-9
"""Of the largest eigenvalue: below it a direction is one that the data say nothing of."""

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
    y = np.asarray(response, dtype=np.float64)
    clusters = _numbered(cluster)
    columns = None if column is None else _numbered(column)
    parts = [np.asarray(unit, dtype=np.int64) for unit in units]
    if any(part.shape != y.shape for part in (*parts, clusters, *(() if columns is None else (columns,)))):
        raise ValueError("units, response, cluster and column must be flat and equally long")
    if not np.isfinite(y).all():
        raise ValueError("responses must be finite; leave rows without a value out")
    design = _design(parts, signs, n_units)
    table = _Table(design, y, clusters, columns)
    return _fitted(table, centre, reference)


def _numbered(codes: ArrayLike) -> Ints:
    """Number codes from 0 without gaps."""
    number = np.asarray(codes, dtype=np.int64)
    least = int(number.min(initial=0))
    return distinct(number - least, int(number.max(initial=0)) - least + 1)[1]


def _design(parts: list[Ints], signs: Sequence[float], n_units: int) -> csr_array:
    from scipy.sparse import coo_array

    n = len(parts[0])
    row, unit = np.tile(np.arange(n), len(parts)), np.concatenate(parts)
    weight = np.repeat(np.asarray(signs, dtype=np.float64), n)
    there = unit >= 0
    return coo_array((weight[there], (row[there], unit[there])), shape=(n, n_units)).tocsr()


def _indicator(codes: Ints, weight: Floats) -> csr_array:
    """Make a matrix [n_codes, n_observations] that adds weighted rows up by code."""
    from scipy.sparse import coo_array

    shape = (int(codes.max(initial=-1)) + 1, len(codes))
    return coo_array((weight, (codes, np.arange(len(codes)))), shape=shape).tocsr()


class _Table:
    """The observations and their normal equations once the columns are swept out."""

    def __init__(self, design: csr_array, y: Floats, clusters: Ints, columns: Ints | None) -> None:
        self.design, self.y, self.clusters, self.columns = design, y, clusters, columns
        self.system: Any = (design.T @ design).tocsr()
        self.right: Floats = np.asarray(design.T @ y)
        if columns is not None:
            size = np.bincount(columns).astype(np.float64)
            mean = _indicator(columns, 1.0 / size[columns])
            summed = _indicator(columns, np.ones(len(y))) @ design
            self.system = (self.system - summed.T @ (mean @ design)).tocsr()
            self.right = self.right - np.asarray(summed.T @ (mean @ y))
        self.system.data[np.abs(self.system.data) < _TINY] = 0.0
        self.system.eliminate_zeros()

    def swept(self, values: Floats) -> Floats:
        """Take the mean of its column from each value."""
        if self.columns is None:
            return values
        mean = np.bincount(self.columns, values) / np.bincount(self.columns)
        return values - mean[self.columns]

    def n_clusters(self, informative: NDArray[np.bool_]) -> Ints:
        """Count the clusters of each unit among the informative observations."""
        if not informative.any():
            return np.zeros(self.design.shape[1], np.int64)
        kept = self.design[np.flatnonzero(informative)]
        met = _indicator(self.clusters[informative], np.ones(int(informative.sum()))) @ abs(kept)
        return np.bincount(met.tocsr().nonzero()[1], minlength=self.design.shape[1]).astype(np.int64)


def _fitted(table: _Table, centre: str, reference: int | None) -> Effects:
    """Solve group by group."""
    n = table.design.shape[1]
    diagonal = table.system.diagonal()
    seen = np.bincount(table.design.nonzero()[1], minlength=n) > 0
    reason = np.where(seen, NOTHING_SHARED, NO_EVIDENCE).astype(np.int64)
    group = np.where(diagonal > _TINY, _groups(table.system, diagonal), -1)
    # Observations that the sweep leaves nothing of, such as an asset with one label, say nothing.
    informative = np.ones(len(table.y), bool)
    if table.columns is not None:
        informative = np.bincount(table.columns)[table.columns] > 1
    n_clusters = table.n_clusters(informative)
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
    with np.errstate(invalid="ignore"):
        expected = table.design @ np.nan_to_num(value)
        undefined = (abs(table.design) @ np.isnan(value).astype(np.float64)) > 0
    left = np.where(undefined, np.nan, table.y - expected)
    level = _levels(table, left, group)
    residual = table.swept(np.where(undefined, 0.0, left))
    if table.columns is not None:  # a column with an undefined effect in it has no residuals
        torn = np.bincount(table.columns, undefined.astype(np.float64)) > 0
        undefined = torn[table.columns]
    return Effects(value, error, group, level, n_clusters, reason, np.where(undefined, np.nan, residual))


def _groups(system: Any, diagonal: Floats) -> Ints:
    """Number the connected groups, the one with most units first."""
    from scipy.sparse.csgraph import connected_components

    _, of_unit = connected_components(system, directed=False)
    size = np.bincount(of_unit[diagonal > _TINY], minlength=int(of_unit.max(initial=-1)) + 1)
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
    block = table.system[members][:, members].toarray()
    strength, vectors = np.linalg.eigh(block)
    known = strength > _TINY * strength.max()
    inverse = (vectors[:, known] / strength[known]) @ vectors[:, known].T
    effect = inverse @ table.right[members]
    fixed = reference is not None and bool((members == reference).any())
    if centre == "none" and not fixed:
        contrast = np.eye(len(members))
    else:
        contrast = np.eye(len(members)) - _weights(members, n_clusters, reference)[None, :]
    unknown = np.abs(contrast @ vectors[:, ~known]).max(axis=1, initial=0.0) > 1e-6
    design = table.design[:, members]
    # Only whole observations of this group: the others have no entry here, and add nothing.
    left = table.swept(table.y - design @ effect)
    scores = _indicator(table.clusters, left) @ design
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

    block = table.system[members][:, members]
    effect = np.asarray(cg(block, table.right[members], rtol=1e-10, maxiter=10 * len(members))[0])
    fixed = reference is not None and bool((members == reference).any())
    if centre == "median" and not fixed:
        effect = effect - np.median(effect)
    elif centre != "none" or fixed:
        effect = effect - float(_weights(members, n_clusters, reference) @ effect)
    return effect, np.full(len(members), np.nan), np.full(len(members), TOO_MANY, np.int64)


def _levels(table: _Table, left: Floats, group: Ints) -> Floats:
    """Mean over the columns (else observations) of each group of what its effects leave over: [n_units]."""
    level = np.full(len(group), np.nan)
    n_groups = int(group.max(initial=-1)) + 1
    # The group of an observation is that of any of its units; all are in one.
    of_row = np.asarray((abs(table.design) > 0).astype(np.float64) @ (np.maximum(group, -1) + 1.0))
    per_row = np.asarray((abs(table.design) > 0).astype(np.float64) @ np.ones(len(group)))
    row_group = np.where(per_row > 0, of_row / np.maximum(per_row, 1.0), 0.0).astype(np.int64) - 1
    usable = ~np.isnan(left) & (row_group >= 0)
    if not usable.any():
        return level
    columns = np.arange(len(left)) if table.columns is None else table.columns
    used = columns[np.flatnonzero(usable)]
    key, place = distinct(used, int(used.max()) + 1)
    mean = np.bincount(place, left[usable]) / np.bincount(place)
    owner = np.zeros(len(key), np.int64)
    owner[place] = row_group[usable]
    total, size = np.bincount(owner, mean, n_groups), np.bincount(owner, minlength=n_groups)
    of_group = np.divide(total, size, out=np.full(n_groups, np.nan), where=size > 0)
    level[group >= 0] = of_group[group[group >= 0]]
    return level
