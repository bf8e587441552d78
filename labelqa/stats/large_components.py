"""One-to-one matching of big bipartite graphs, one by one, exact ties included: an optimum, its duals, then tied swaps.

1. scipy finds one matching of greatest weight per graph.
2. Dual prices `u[row] + v[column] >= weight`, with equality on the matching and 0 at unmatched nodes, follow from it by
   relaxation. With *slack* = u + v - weight on edges, any other matching loses exactly the slacks of its edges plus the
   prices of the nodes it leaves unmatched. So only edges of less slack than the limit can be part of a tied matching.
3. Such edges matter only on an alternating cycle, or on an alternating path between nodes that may stay unmatched. What
   lies on none is trimmed away. Nothing is left where the optimum is unique: most graphs end here.
4. In the others rows go in order. A row takes the first column for which the cheapest alternating cycle, given what the
   rows before it took, keeps the whole loss below the limit: the tie rule of `labelqa.stats.assignment`, word for word.

Weights are whole numbers of at most 2**50, so prices, slacks and losses are exact and nothing accumulates. Should the
solver ever round (it would have to add up more than eight of the greatest weights), its matching is taken as the optimum.

Source
------
Crouse (2016), "On implementing 2D rectangular assignment algorithms", doi:10.1109/TAES.2016.140952, is scipy's solver;
Jonker, Volgenant (1987), doi:10.1007/BF02278710, its sparse one; Burkard, Dell'Amico, Martello (2012), "Assignment
Problems", chapter 4, for duals, alternating cycles and cycle cancelling.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A graph of more rows * columns than this goes to the sparse solver, if at most this share of them are edges: it is
# 1.5 to 10 times faster there.
DENSE_CELLS = 250_000
SPARSE_SHARE = 0.1

_NONE = -1


def match_large(
    component: NDArray[np.int64],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    weight: NDArray[np.float64],
    n_rows: NDArray[np.int64],
    n_columns: NDArray[np.int64],
    limit: float,
) -> NDArray[np.bool_]:
    """Match C graphs, by the tie rule of `labelqa.stats.assignment`.

    Parameters
    ----------
    component : int64 [E]
        The graph of each edge, 0..C - 1, ascending; a graph without an edge is passed over.
    row, column : int64 [E]
        The ends of each edge, counted within its graph. Edges of one graph are sorted by (row, column), and every row
        and column has an edge.
    weight : float64 [E]
        Whole numbers from 0 to 2**50.
    n_rows, n_columns : int64 [C]
    limit : float
        Totals of one graph that differ by less are ties; above 0.

    Returns
    -------
    bool [E]
        The edges of the matchings.
    """
    present = np.bincount(component, minlength=n_rows.size) > 0
    component = (np.cumsum(present) - 1)[component]
    n_rows, n_columns = n_rows[present], n_columns[present]
    chosen = _any_optimum(component, row, column, weight, n_rows, n_columns)
    # From here on all graphs share one numbering of rows and one of columns.
    row = row + (np.cumsum(n_rows) - n_rows)[component]
    column = column + (np.cumsum(n_columns) - n_columns)[component]
    graph_of_row = np.repeat(np.arange(n_rows.size), n_rows)
    u, v = _dual_prices(row, column, weight, chosen, int(n_columns.sum()))
    slack = np.maximum(u[row] + v[column] - weight, 0.0)
    open_edges, open_rows = _on_tied_cycles(row, column, slack, chosen, u, v, graph_of_row, limit)
    edges = np.flatnonzero(open_edges | (chosen & open_rows[row]))
    for part in np.split(edges, np.flatnonzero(np.diff(component[edges])) + 1):
        if part.size:
            rows, local_row = np.unique(row[part], return_inverse=True)
            columns, local_column = np.unique(column[part], return_inverse=True)
            tied = _Tied(local_row, local_column, slack[part], u[rows], v[columns], chosen[part])
            chosen[part] = tied.first_matching(limit)
    return chosen


def _any_optimum(
    component: NDArray[np.int64],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    weight: NDArray[np.float64],
    n_rows: NDArray[np.int64],
    n_columns: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Find one matching of greatest weight per graph: edges [E] as in `match_large` -> bool [E]."""
    from scipy.optimize import linear_sum_assignment  # here, because importing scipy is slow

    chosen = np.zeros(row.size, dtype=np.bool_)
    limits = np.searchsorted(component, np.arange(n_rows.size + 1))
    for graph, (n, m) in enumerate(zip(n_rows.tolist(), n_columns.tolist(), strict=True)):
        edges = slice(limits[graph], limits[graph + 1])
        i, j, w = row[edges], column[edges], weight[edges]
        if n * m > DENSE_CELLS and w.size <= SPARSE_SHARE * n * m:
            partner = _sparse_optimum(i, j, w, n, m)
        else:
            table = np.zeros((n, m))
            table[i, j] = w
            matched_rows, matched_columns = linear_sum_assignment(table, maximize=True)
            partner = np.full(n, _NONE)
            partner[matched_rows] = matched_columns  # a pair without an edge has weight 0 and is no edge below
        chosen[edges] = partner[i] == j
    return chosen


def _sparse_optimum(
    row: NDArray[np.int64], column: NDArray[np.int64], weight: NDArray[np.float64], n_rows: int, n_columns: int
) -> NDArray[np.int64]:
    """Find the partners [n] of one matching of greatest weight in one graph without a table of n * m.

    The solver wants every row matched and no weight of 0: each row gets a column of its own to stay unmatched with, and
    all weights grow by one, which adds n to every total.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    alone = np.arange(n_rows)
    data = np.concatenate((weight + 1.0, np.ones(n_rows)))
    ends = (np.concatenate((row, alone)), np.concatenate((column, n_columns + alone)))
    padded = csr_array((data, ends), shape=(n_rows, n_columns + n_rows))
    matched_rows, matched_columns = min_weight_full_bipartite_matching(padded, maximize=True)
    partner = np.full(n_rows, _NONE)
    partner[matched_rows] = matched_columns
    return partner


def _dual_prices(
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    weight: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    n_columns: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute prices u [rows] and v [columns] that prove the chosen edges optimal; edges [E] are sorted by row.

    The smallest u, by Bellman-Ford: raise u to what an edge demands, lower v of the row's partner by as much. Each
    graph comes to rest after at most as many rounds as it has rows, whatever the others do.
    """
    start = np.flatnonzero(np.diff(row, prepend=-1))
    u, v = np.zeros(start.size), np.zeros(n_columns)
    matched, partner, gain = row[chosen], column[chosen], weight[chosen]
    v[partner] = gain
    for _ in range(start.size + 1):
        demanded = np.maximum.reduceat(weight - v[column], start)[matched]
        if not (demanded > u[matched]).any():
            break
        u[matched] = np.maximum(demanded, u[matched])
        v[partner] = gain - u[matched]
    return u, v


def _on_tied_cycles(
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    slack: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    graph_of_row: NDArray[np.int64],
    limit: float,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Keep the edges [E] that a tied matching might hold in place of the chosen ones, and the rows it might move.

    A few too many do no harm.

    Rows are the nodes of a directed graph, with an arc from a row to the owner of a column it could take. One more node
    a graph stands for "unmatched". A tied matching is the chosen one turned along cycles of these arcs, so what cannot
    be entered, or cannot be left, is trimmed until nothing changes.
    """
    n_rows = u.size
    outside = n_rows + graph_of_row
    owner = np.full(v.size, _NONE)
    owner[column[chosen]] = row[chosen]
    matched = np.zeros(n_rows, dtype=np.bool_)
    matched[row[chosen]] = True

    edges = np.flatnonzero((slack < limit) & ~chosen)
    head = owner[column[edges]]
    head = np.where(head == _NONE, outside[row[edges]], head)
    # A row may step out (stay unmatched), and come in: if it is unmatched, or its partner may stay unmatched.
    steps_out = np.flatnonzero(matched & (u < limit))
    partner_price = np.zeros(n_rows)
    partner_price[row[chosen]] = v[column[chosen]]
    comes_in = np.flatnonzero(partner_price < limit)
    tails = np.concatenate((row[edges], steps_out, outside[comes_in]))
    heads = np.concatenate((head, outside[steps_out], comes_in))

    kept = np.arange(tails.size)
    while True:
        entered, left = np.zeros((2, n_rows + int(graph_of_row[-1]) + 1), dtype=np.bool_)
        entered[heads[kept]] = True
        left[tails[kept]] = True
        on_the_way = entered[tails[kept]] & left[heads[kept]]
        if on_the_way.all():
            break
        kept = kept[on_the_way]

    open_edges = np.zeros(row.size, dtype=np.bool_)
    open_edges[edges[kept[kept < edges.size]]] = True
    return open_edges, (entered & left)[:n_rows]


@dataclass
class _Tied:
    """The part of one graph in which tied matchings differ; n rows, m columns, E edges sorted by (row, column).

    Attributes
    ----------
    row, column : int64 [E]
    cost : float64 [E]
        What a matching loses by holding the edge; 0 on the chosen edges.
    row_cost, column_cost : float64 [n], [m]
        What it loses by leaving the node unmatched; 0 for nodes that are unmatched now.
    chosen : bool [E]
        The edges of one optimal matching. `row_cost` and `column_cost` are not negative.
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    cost: NDArray[np.float64]
    row_cost: NDArray[np.float64]
    column_cost: NDArray[np.float64]
    chosen: NDArray[np.bool_]

    def __post_init__(self) -> None:
        n, m = self.row_cost.size, self.column_cost.size
        self.start = np.searchsorted(self.row, np.arange(n + 1))
        self.held = np.full(n, _NONE)  # the edge each row is matched by
        self.held[self.row[self.chosen]] = np.flatnonzero(self.chosen)
        self.owner = np.full(m, _NONE)
        self.owner[self.column[self.chosen]] = self.row[self.chosen]
        self.now = np.where(self.held == _NONE, self.row_cost, self.cost[self.held])  # what each row costs now
        self.row_is_open = np.ones(n, dtype=np.bool_)
        self.column_is_open = np.ones(m, dtype=np.bool_)

    def first_matching(self, limit: float) -> NDArray[np.bool_]:
        """Find the first matching in lexicographic order that loses less than `limit`: bool [E]."""
        loss = 0.0
        for row in range(self.row_cost.size):
            edges = np.arange(self.start[row], self.start[row + 1])
            earlier = edges[self.column_is_open[self.column[edges]]]
            if self.held[row] != _NONE:
                earlier = earlier[earlier < self.held[row]]
            if earlier.size:
                loss += self._improve(row, earlier, limit - loss)
            self.row_is_open[row] = False
            if self.held[row] != _NONE:
                self.column_is_open[self.column[self.held[row]]] = False
        chosen = np.zeros(self.row.size, dtype=np.bool_)
        chosen[self.held[self.held != _NONE]] = True
        return chosen

    def _improve(self, row: int, earlier: NDArray[np.int64], limit: float) -> float:
        """Give `row` the first of the `earlier` edges that costs less than `limit`, if any; return the cost."""
        distance, step, came_in = self._ways_back(row)
        outside = self.row_cost.size
        displaced = self.owner[self.column[earlier]]
        back = np.where(
            displaced == _NONE, distance[outside] - self.column_cost[self.column[earlier]], distance[displaced]
        )
        extra = self.cost[earlier] - self.now[row] + back
        affordable = np.flatnonzero(extra < limit)
        if not affordable.size:
            return 0.0
        first = int(affordable[0])
        moves = [(row, int(earlier[first]))]
        node = int(displaced[first])
        while node != row:
            if node == _NONE:
                node = came_in
                continue
            moves.append((node, int(step[node])))
            node = int(self.owner[self.column[step[node]]]) if step[node] != _NONE else _NONE
        for mover, _ in moves:
            if self.held[mover] != _NONE:
                self.owner[self.column[self.held[mover]]] = _NONE
        for mover, edge in moves:
            self.held[mover] = edge
            self.now[mover] = self.row_cost[mover] if edge == _NONE else self.cost[edge]
            if edge != _NONE:
                self.owner[self.column[edge]] = mover
        return float(extra[first])

    def _ways_back(self, target: int) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
        """Find the cheapest way for each displaced row to end in the place that `target` gives up.

        Returns
        -------
        distance : float64 [n + 1]
            Cost of the way; the last is the way from "unmatched". inf if there is none.
        step : int64 [n]
            The edge a row takes on its way, or -1 to stay unmatched.
        came_in : int
            The row that goes next after one has stepped out.
        """
        n = self.row_cost.size
        usable = self.row_is_open[self.row] & self.column_is_open[self.column] & (self.row != target)
        usable[self.held[self.held != _NONE]] = False
        edges = np.flatnonzero(usable)
        tail, start = self.row[edges], np.flatnonzero(np.diff(self.row[edges], prepend=-1))
        head = self.owner[self.column[edges]]
        free = head == _NONE
        toll = self.cost[edges] - self.now[tail] - np.where(free, self.column_cost[self.column[edges]], 0.0)
        head[free] = n

        is_matched = self.held != _NONE
        leaves = np.zeros(n)  # what it costs that the partner of a row stays unmatched
        leaves[is_matched] = self.column_cost[self.column[self.held[is_matched]]]
        steps_out = is_matched & self.row_is_open
        steps_out[target] = False

        distance, step, came_in = np.full(n + 1, np.inf), np.full(n, _NONE), _NONE
        distance[target] = 0.0
        for _ in range(n + 1):
            before = distance.copy()
            inward = np.where(self.row_is_open, before[:n] + leaves, np.inf)
            if inward.min() < before[n]:
                came_in = int(inward.argmin())
                distance[n] = inward[came_in]
            if edges.size:
                way = toll + before[head]
                shortest = np.minimum.reduceat(way, start)
                is_shortest = np.flatnonzero(way == np.repeat(shortest, np.diff(start, append=edges.size)))
                nearest = is_shortest[np.flatnonzero(np.diff(tail[is_shortest], prepend=-1))]
                better = shortest < before[tail[start]]
                distance[tail[start][better]] = shortest[better]
                step[tail[start][better]] = edges[nearest[better]]
            outward = np.where(steps_out, self.row_cost - self.now + before[n], np.inf)
            better_out = np.flatnonzero(outward < distance[:n])
            distance[better_out] = outward[better_out]
            step[better_out] = _NONE
            if not (distance < before).any():
                break
        return distance, step, came_in
