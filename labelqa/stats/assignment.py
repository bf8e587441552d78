"""One-to-one matching in a huge union of small bipartite graphs: of greatest total weight, or greedy.

The nodes on the left and on the right are the annotations of two labels, an edge is a pair that is alike enough, its
weight the similarity. Nine edges in ten are the only one at both ends and most of the others form stars, so the work
goes from the frequent to the rare: isolated edges, stars, components solved many at a time
(`labelqa.stats.small_components`), components solved one at a time (`labelqa.stats.large_components`). Each step is a
few array operations over all the edges that the steps before it left.

The tie rule
------------
Matchings of one component whose total is less than `tolerance` below the greatest are tied, and the lexicographically
first of them is taken: going through the left nodes in canonical order, each takes the earliest right node that it can
have in a tied matching, given what the nodes before it took; having any is preferred to having none.

Totals are exact: weights are first rounded to multiples of 2**-50 (so by 4.4e-16 at most, where the tolerance is
9.1e-13), whose sums and differences float64 holds without error. So all paths through this module decide alike to the
bit, and the result depends on the canonical order and on nothing else: not on other components, nor on how the edges
are cut into blocks, as long as no component is cut.

Source
------
The tie rule is ours. Greedy matching by rounds of mutual best: Preis (1999), "Linear time 1/2-approximation algorithm
for maximum weighted matching in general graphs", doi:10.1007/3-540-49116-3_24. Components by hooking and jumping:
Shiloach, Vishkin (1982), doi:10.1016/0196-6774(82)90008-6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labelqa.stats.grouped import count_by
from labelqa.stats.large_components import match_large
from labelqa.stats.small_components import match_small, work

# A component that needs at most this much work (see `small_components.work`) is solved together with others of its shape.
# Anything from 256 to 16384 is equally fast; a high limit spares most runs the import of scipy's solver. At 4096 no
# matching there has more than 7 edges, so its total stays below 2**53 on the grid.
LARGEST_SMALL_WORK = 4096
# The rounds of `greedy` that are worth their while.
GREEDY_ROUNDS = 16
# Weights are whole multiples of 1 / _GRID; 2**53 / _GRID = 8 is the largest sum that is exact in float64.
_GRID = 2.0**50
# A similarity may come out above 1 by rounding.
_HEAVIEST = 1 + 2.0**-20
# Degrees are counted in an array as long as the range of the node numbers, unless more than this would be gaps.
_LONGEST_GAP = 1 << 20


def assign(left: ArrayLike, right: ArrayLike, weight: ArrayLike, *, tolerance: float = 2.0**-40) -> NDArray[np.bool_]:
    """Choose the edges of the one-to-one matching of greatest total weight; ties go by the rule of this module.

    Parameters
    ----------
    left, right : int64 [E]
        The ends of each edge: node numbers in canonical order, each side on its own. Edges are sorted by (left, right)
        and none occurs twice.
    weight : float64 [E]
        Similarities, in (0, 1].
    tolerance : float
        Totals of one component that differ by less are ties.

    Returns
    -------
    bool [E]

    Raises
    ------
    ValueError
        If lengths differ, edges are not sorted, a weight is outside (0, 1], or the tolerance is not above 0.

    Examples
    --------
    Taking 0.9 first would leave nothing for node 1 on the left:

    >>> assign([0, 0, 1], [0, 1, 0], [0.9, 0.8, 0.7])
    array([False,  True,  True])

    All equal: the first meets the first.

    >>> assign([0, 0, 1, 1], [0, 1, 0, 1], [1.0, 1.0, 1.0, 1.0])
    array([ True, False, False,  True])
    """
    lefts, rights, weights = _checked(left, right, weight)
    if weights.size and not (weights.min() > 0 and weights.max() <= _HEAVIEST):
        raise ValueError(f"weights are similarities in (0, 1], got {weights.min()} to {weights.max()}")
    if not tolerance > 0:
        raise ValueError(f"tolerance must be above 0, got {tolerance}; 2**-40 is the rule of this library")
    chosen = _isolated(lefts, rights)
    edges = _others(lefts, rights, weights, chosen)
    edges = replace(edges, weight=np.rint(edges.weight * _GRID))
    limit = tolerance * _GRID

    in_star, best = _stars(edges, limit)
    chosen[edges.index[best]] = True

    found = _components(edges.select(~in_star))
    small = work(found.n_rows, found.n_columns) <= LARGEST_SMALL_WORK
    for kind, solve in ((small, match_small), (~small, match_large)):
        at = np.flatnonzero(kind[found.graph])
        if at.size:
            ends = found.graph[at], found.row[at], found.column[at]
            taken = solve(*ends, found.weight[at], found.n_rows, found.n_columns, limit)
            chosen[found.index[at[taken]]] = True
    return chosen


def greedy(left: ArrayLike, right: ArrayLike, weight: ArrayLike) -> NDArray[np.bool_]:
    """Choose edges by falling weight, each if both its ends are still free; equal weights go by (left, right).

    In one round all edges are taken that come first at both their ends, which is what going through them one by one
    would have done. Two or three rounds suffice in practice; what is left after many is gone through one by one.

    Parameters
    ----------
    left, right
        As for `assign`.
    weight : float64 [E]
        Finite.

    Returns
    -------
    bool [E]

    Raises
    ------
    ValueError
        If lengths differ, edges are not sorted, or a weight is not finite.

    Examples
    --------
    >>> greedy([0, 0, 1], [0, 1, 0], [0.9, 0.8, 0.7])
    array([ True, False, False])
    """
    lefts, rights, weights = _checked(left, right, weight)
    if not np.isfinite(weights).all():
        raise ValueError("weights must be finite; leave edges without a weight out")
    chosen = _isolated(lefts, rights)
    edges = _others(lefts, rights, weights, chosen)

    turn = np.empty(edges.index.size, dtype=np.int64)
    turn[np.argsort(-edges.weight, kind="stable")] = np.arange(turn.size)
    for _ in range(GREEDY_ROUNDS):
        if not turn.size:
            break
        first_of_left = np.minimum.reduceat(turn, _starts(edges.left))
        first_of_right = np.minimum.reduceat(turn[edges.by_right], _starts(edges.right[edges.by_right]))
        taken = (turn == first_of_left[edges.left]) & (turn == first_of_right[edges.right])
        chosen[edges.index[taken]] = True

        left_is_free, right_is_free = np.ones(edges.n_left, dtype=np.bool_), np.ones(edges.n_right, dtype=np.bool_)
        left_is_free[edges.left[taken]] = False
        right_is_free[edges.right[taken]] = False
        still_open = left_is_free[edges.left] & right_is_free[edges.right]
        turn, edges = turn[still_open], edges.select(still_open)

    taken_on_left, taken_on_right = bytearray(edges.n_left), bytearray(edges.n_right)
    in_turn = np.argsort(turn)
    columns = (edges.index, edges.left, edges.right)
    for index, i, j in zip(*(column[in_turn].tolist() for column in columns), strict=True):
        if not (taken_on_left[i] or taken_on_right[j]):
            chosen[index] = taken_on_left[i] = taken_on_right[j] = True
    return chosen


def _checked(
    left: ArrayLike, right: ArrayLike, weight: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Check and convert the edges [E]; see `assign`."""
    lefts, rights = np.asarray(left), np.asarray(right)
    weights = np.asarray(weight, dtype=np.float64)
    if lefts.ndim != 1 or rights.shape != lefts.shape or weights.shape != lefts.shape:
        shapes = f"{lefts.shape}, {rights.shape} and {weights.shape}"
        raise ValueError(f"left, right and weight must be flat and equally long, got shapes {shapes}")
    if lefts.size == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), weights
    if lefts.dtype.kind not in "iu" or rights.dtype.kind not in "iu":
        raise ValueError(f"left and right must be whole numbers, got {lefts.dtype} and {rights.dtype}")
    in_order = lefts[1:] > lefts[:-1]
    in_order |= (lefts[1:] == lefts[:-1]) & (rights[1:] > rights[:-1])
    if not in_order.all():
        at = int(in_order.argmin()) + 1
        raise ValueError(f"edges must be sorted by (left, right), without duplicates; edge {at} is out of order")
    return lefts.astype(np.int64, copy=False), rights.astype(np.int64, copy=False), weights


def _isolated(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Find the edges [E] that are the only one at both their ends: bool [E]."""
    if left.size == 0:
        return np.zeros(0, dtype=np.bool_)
    new_left = np.ones(left.size + 1, dtype=np.bool_)
    np.not_equal(left[1:], left[:-1], out=new_left[1:-1])
    lowest = right.min()
    if right.max() - lowest > 4 * right.size + _LONGEST_GAP:
        right = np.unique(right, return_inverse=True)[1]
        lowest = np.int64(0)
    numbers = right - lowest
    alone_on_right = count_by(numbers, int(numbers.max()) + 1) == 1
    alone: NDArray[np.bool_] = new_left[:-1] & new_left[1:] & alone_on_right[numbers]
    return alone


@dataclass(frozen=True, eq=False)
class _Edges:
    """Edges [N] of the original ones, sorted by (left, right), their nodes renumbered without gaps in the same order."""

    index: NDArray[np.int64]  # which of the original edges
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    weight: NDArray[np.float64]
    by_right: NDArray[np.int64]  # puts edges in the order of (right, left)

    @property
    def n_left(self) -> int:
        return int(self.left[-1]) + 1 if self.left.size else 0

    @property
    def n_right(self) -> int:
        return int(self.right[self.by_right[-1]]) + 1 if self.right.size else 0

    def select(self, mask: NDArray[np.bool_]) -> _Edges:
        """Keep the edges of a mask [N]."""
        position = np.cumsum(mask) - 1
        by_right = position[self.by_right[mask[self.by_right]]]
        return _renumbered(self.index[mask], self.left[mask], self.right[mask], self.weight[mask], by_right)


def _others(
    left: NDArray[np.int64], right: NDArray[np.int64], weight: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> _Edges:
    """Take the edges that are not chosen out of all edges [E]."""
    index = np.flatnonzero(~chosen)
    right = right[index]
    return _renumbered(index, left[index], right, weight[index], np.argsort(right, kind="stable"))


def _renumbered(
    index: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    weight: NDArray[np.float64],
    by_right: NDArray[np.int64],
) -> _Edges:
    """Close the gaps in the node numbers of edges [N]."""
    dense_right = np.empty_like(right)
    dense_right[by_right] = _runs(right[by_right])
    return _Edges(index, _runs(left), dense_right, weight, by_right)


def _starts(ascending: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find where each run of equal values [N] starts.

    Examples
    --------
    >>> _starts(np.array([5, 5, 7, 9, 9]))
    array([0, 2, 3])
    """
    return np.flatnonzero(np.concatenate(([True], ascending[1:] != ascending[:-1]))[: ascending.size])


def _runs(ascending: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each run of equal values a number: [N] -> [N].

    Examples
    --------
    >>> _runs(np.array([5, 5, 7, 9, 9]))
    array([0, 0, 1, 2, 2])
    """
    runs = np.zeros(ascending.size, dtype=np.int64)
    np.cumsum(ascending[1:] != ascending[:-1], out=runs[1:])
    return runs


def _stars(edges: _Edges, limit: float) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Solve the components in which all edges share one node.

    Returns
    -------
    in_star : bool [N]
    best : int64 [stars]
        The position of the edge that each star keeps.
    """
    left, right = edges.left, edges.right
    shared_left = (np.bincount(left) > 1)[left]
    shared_right = (np.bincount(right) > 1)[right]
    # A star with its centre on the left: none of the centre's edges ends in a shared node on the right.
    centred_left = (np.bincount(left, weights=shared_right) == 0)[left]
    centred_right = (np.bincount(right, weights=shared_left) == 0)[right]

    of_left = np.flatnonzero(centred_left)
    of_right = edges.by_right[centred_right[edges.by_right]]
    best_of_left = of_left[_first_near_greatest(left[of_left], edges.weight[of_left], limit)]
    best_of_right = of_right[_first_near_greatest(right[of_right], edges.weight[of_right], limit)]
    return centred_left | centred_right, np.concatenate((best_of_left, best_of_right))


def _first_near_greatest(group: NDArray[np.int64], weight: NDArray[np.float64], limit: float) -> NDArray[np.int64]:
    """Find in each group the first weight less than `limit` below the greatest: [N] -> positions [groups].

    Examples
    --------
    >>> _first_near_greatest(np.array([0, 0, 0, 1]), np.array([5.0, 6.5, 7.0, 4.0]), 1.0)
    array([1, 3])
    """
    if not group.size:
        return np.zeros(0, dtype=np.int64)
    start = _starts(group)
    greatest = np.repeat(np.maximum.reduceat(weight, start), np.diff(start, append=group.size))
    near = np.flatnonzero(greatest - weight < limit)
    return near[_starts(group[near])]


@dataclass(frozen=True, eq=False)
class _Components:
    """Edges [N] of C connected components, sorted by (component, left, right), with nodes counted within components."""

    index: NDArray[np.int64]  # which of the original edges
    graph: NDArray[np.int64]  # the component of the edge
    row: NDArray[np.int64]  # its ends within the component
    column: NDArray[np.int64]
    weight: NDArray[np.float64]
    n_rows: NDArray[np.int64]  # [C]
    n_columns: NDArray[np.int64]  # [C]


def _components(edges: _Edges) -> _Components:
    """Sort edges [N] by connected component."""
    graph_of_left = _component_of_left(edges)
    graph_of_right = np.empty(edges.n_right, dtype=np.int64)
    graph_of_right[edges.right] = graph_of_left[edges.left]  # all edges of a node write the same number
    row, n_rows = _counted_within(graph_of_left)
    column, n_columns = _counted_within(graph_of_right)
    graph = graph_of_left[edges.left]
    order = np.argsort(graph, kind="stable")
    return _Components(
        edges.index[order],
        graph[order],
        row[edges.left[order]],
        column[edges.right[order]],
        edges.weight[order],
        n_rows,
        n_columns,
    )


def _component_of_left(edges: _Edges) -> NDArray[np.int64]:
    """Find the component of every left node: edges [N] -> [n_left], numbered in the order of first left nodes.

    Every left node carries the number of the earliest left node it knows of. In a round it hears from the nodes it
    shares a right node with, passes the news to the node it knew of, then asks the node it has heard of. The numbers
    come to rest when no one hears anything new, after three or four rounds in practice.
    """
    if not edges.index.size:
        return np.zeros(0, dtype=np.int64)
    left_start, right_start = _starts(edges.left), _starts(edges.right[edges.by_right])
    left_by_right = edges.left[edges.by_right]
    known = np.arange(edges.n_left)
    while True:
        heard_on_right = np.minimum.reduceat(known[left_by_right], right_start)
        heard = np.minimum.reduceat(heard_on_right[edges.right], left_start)
        if np.array_equal(heard, known):
            break
        np.minimum.at(heard, known, heard.copy())
        known = heard[heard]
    return (np.cumsum(known == np.arange(known.size)) - 1)[known]


def _counted_within(graph: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count nodes within their component, in order: [nodes] -> numbers [nodes], sizes [C].

    Examples
    --------
    >>> _counted_within(np.array([0, 1, 0, 1, 1]))
    (array([0, 0, 1, 1, 2]), array([2, 3]))
    """
    size = np.bincount(graph)
    number = np.empty_like(graph)
    first = np.cumsum(size) - size
    number[np.argsort(graph, kind="stable")] = np.arange(graph.size) - np.repeat(first, size)
    return number, size
