"""One-to-one matching of many little bipartite graphs at once, exact ties included: a dynamic programme over subsets.

Graphs of one shape, n rows and m columns, are solved together: every step below is one array operation over the K
graphs of that shape. A *state* is the set of columns that are taken; with `best[i][S]` the greatest weight that rows
i, i + 1, ... can still collect when the columns in S are taken,

    best[n][S] = 0,    best[i][S] = max(best[i + 1][S], max over j not in S of weight[i, j] + best[i + 1][S + j]).

Going forward, row i takes the first column from which a tied total can still be reached: the tie rule of
`labelqa.stats.assignment`, word for word. At row i only sets of at most i columns can be taken, which keeps wide graphs
of few rows cheap. Weights are whole numbers, so all totals are exact as long as they stay below 2**53.

Source
------
Held, Karp (1962), "A dynamic programming approach to sequencing problems", for programmes over subsets.
"""

from functools import lru_cache
from itertools import combinations, pairwise
from math import comb

import numpy as np
from numpy.typing import NDArray

ENDLESS = 1 << 40
# float64 in the tables of one batch: 2**17 are 1 MiB, which stays in the cache.
_BATCH_ELEMENTS = 1 << 17

# Larger components are rare, so that shapes of their own would be batches of a few graphs.
_FREQUENT = 3
# Up to this size the rare ones are made as broad as long; beyond, that would be too much work.
_SQUARE = 8

_EMPTY = 1  # the state of no column taken; state 0 stands for "not possible", the last one for "after the last row"


def work(n_rows: NDArray[np.int64], n_columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the elementary steps for each graph, by its shape: [C] -> [C], at most `ENDLESS`.

    Examples
    --------
    >>> work(np.array([2, 3, 7, 300]), np.array([2, 4, 7, 300]))
    array([            6,            64,          3129, 1099511627776])
    """
    breadth = n_columns.max(initial=0) + 1
    shapes, which = np.unique(n_rows * breadth + n_columns, return_inverse=True)
    steps = [_steps(*divmod(shape, breadth)) for shape in shapes.tolist()]
    return np.array(steps, dtype=np.int64)[which]


@lru_cache(maxsize=4096)
def _steps(n_rows: int, n_columns: int) -> int:
    """Count columns times states over all rows but the last, which is not tabulated."""
    steps = 0
    for row in range(1, n_rows):
        steps += n_columns * _n_states(n_columns, row)
        if steps >= ENDLESS:
            return ENDLESS
    return steps


def match_small(
    component: NDArray[np.int64],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    weight: NDArray[np.float64],
    n_rows: NDArray[np.int64],
    n_columns: NDArray[np.int64],
    limit: float,
) -> NDArray[np.bool_]:
    """Match C little graphs, by the tie rule of `labelqa.stats.assignment`.

    Parameters
    ----------
    component : int64 [E]
        The graph of each edge, 0..C - 1, ascending; a graph without an edge is passed over.
    row, column : int64 [E]
        The ends of each edge, counted within its graph.
    weight : float64 [E]
        Whole numbers >= 0.
    n_rows, n_columns : int64 [C]
    limit : float
        Totals of one graph that differ by less are ties; above 0.

    Returns
    -------
    bool [E]
        The edges of the matchings.
    """
    chosen = np.zeros(component.size, dtype=np.bool_)
    n_rows, n_columns = _rounded(n_rows, n_columns)
    shape = n_rows * (n_columns.max(initial=0) + 1) + n_columns
    by_shape = np.argsort(shape[component], kind="stable")
    shape_changes = np.flatnonzero(np.diff(shape[component[by_shape]])) + 1
    for edges in np.split(by_shape, shape_changes):
        if edges.size:
            n, m = int(n_rows[component[edges[0]]]), int(n_columns[component[edges[0]]])
            slot = np.cumsum(np.diff(component[edges], prepend=component[edges[0]]) != 0)
            per_batch = max(1, _BATCH_ELEMENTS // (n * (m + _n_states(m, n - 1))))
            limits = np.searchsorted(slot, np.arange(0, slot[-1] + 1 + per_batch, per_batch))
            for first, last in pairwise(limits.tolist()):
                batch, graph = edges[first:last], slot[first:last] - slot[first]
                table = np.full((n, m, int(graph[-1]) + 1), -np.inf)
                table[row[batch], column[batch], graph] = weight[batch]
                chosen[batch] = _partners(table, limit)[row[batch], graph] == column[batch]
    return chosen


def _rounded(n_rows: NDArray[np.int64], n_columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Make rare shapes alike, by rows and columns without an edge: fewer shapes, and nothing else, come of it.

    Sizes above 3 are made even, and as great as the other one unless that is very great.

    Examples
    --------
    >>> _rounded(np.array([2, 2, 4, 5, 7]), np.array([2, 3, 3, 2, 100]))
    (array([2, 2, 4, 6, 8]), array([  2,   3,   4,   6, 100]))
    """
    rows, columns = (size + ((size > _FREQUENT) & (size % 2 == 1)) for size in (n_rows, n_columns))
    longer = np.maximum(rows, columns)
    square = (longer > _FREQUENT) & (longer <= _SQUARE)
    return np.where(square, longer, rows), np.where(square, longer, columns)


def _partners(weight: NDArray[np.float64], limit: float) -> NDArray[np.int64]:
    """Find the partner of every row in K graphs of one shape: [n, m, K] with -inf for no edge -> [n, K], m for none."""
    n, m, n_graphs = weight.shape
    best = _best_from(weight)
    after_taking = _after_taking(m, n - 1)
    graph = np.arange(n_graphs)

    partner = np.empty((n, n_graphs), dtype=np.int64)
    state = np.full(n_graphs, _EMPTY)
    so_far = np.zeros(n_graphs)
    greatest = np.zeros(n_graphs)
    for i in range(n):
        reached = np.concatenate((after_taking[state].T, state[np.newaxis]))  # [m + 1, K]: column j, or none
        total = best[i + 1][reached, graph[: best[i + 1].shape[1]]]
        total[:m] += weight[i]
        total += so_far
        if i == 0:
            greatest = total.max(axis=0)
        taken = (greatest - total < limit).argmax(axis=0)
        partner[i] = taken
        state = reached[taken, graph]
        matched = np.flatnonzero(taken < m)
        so_far[matched] += weight[i, taken[matched], matched]
    return partner


def _best_from(weight: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Compute best[i][state, k] for i = 1..n from weights [n, m, K]; best[0] is not needed, best[n] is [states, 1]."""
    n, m, n_graphs = weight.shape
    after_taking = _after_taking(m, n - 1)
    rest = np.zeros((after_taking.shape[0], 1))
    rest[0] = -np.inf
    best = [rest] * (n + 1)
    for i in range(n - 1, 0, -1):
        states = 1 + _n_states(m, i)
        here = np.empty((states, n_graphs))
        here[:] = rest[:states]
        for j in range(m):
            np.maximum(here, rest[after_taking[:states, j]] + weight[i, j], out=here)
        best[i] = rest = here
    return best


def _n_states(n_columns: int, most: int) -> int:
    """Count the sets of at most `most` out of `n_columns` columns."""
    return sum(comb(n_columns, size) for size in range(min(most, n_columns) + 1))


@lru_cache(maxsize=1024)
def _after_taking(n_columns: int, most: int) -> NDArray[np.int64]:
    """Tabulate the state after a column is taken: [states, n_columns], 0 where it was taken before.

    Sets of at most `most` columns are numbered from 1 by size, so those of at most i columns are a prefix; taking one
    more than `most` leads to the last state.

    Examples
    --------
    >>> _after_taking(2, 1)  # states: not possible, {}, {0}, {1}, after the last row
    array([[0, 0],
           [2, 3],
           [0, 4],
           [4, 0],
           [0, 0]])
    """
    columns = [1 << j for j in range(n_columns)]
    sets = [sum(taken) for size in range(min(most, n_columns) + 1) for taken in combinations(columns, size)]
    number = {taken: k for k, taken in enumerate(sets, start=_EMPTY)}
    last = len(sets) + _EMPTY
    rows = [[0 if taken & j else number.get(taken | j, last) for j in columns] for taken in sets]
    table = np.array([[0] * n_columns, *rows, [0] * n_columns], dtype=np.int64)
    table.flags.writeable = False
    return table
