"""The matching engine against brute force, on every path through it."""

from contextlib import contextmanager
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from labelqa.stats import assignment, large_components, small_components
from labelqa.stats.assignment import assign, greedy

TOLERANCE = 2.0**-40
PATHS = ("as built", "large", "large, sparse solver", "tiny batches")


@contextmanager
def path(name):
    """Send all components but the stars down one path."""
    with pytest.MonkeyPatch.context() as patch:
        if name.startswith("large"):
            patch.setattr(assignment, "LARGEST_SMALL_WORK", -1)
        if name == "large, sparse solver":
            patch.setattr(large_components, "DENSE_CELLS", 0)
            patch.setattr(large_components, "SPARSE_SHARE", 1.0)
        if name == "tiny batches":
            patch.setattr(small_components, "_BATCH_ELEMENTS", 1)
        yield


def all_matchings(weights):
    """List every matching of {(i, j): weight}: the partner of each row, n_columns for none, with its total."""
    n, m = (1 + max(end) for end in zip(*weights, strict=True))
    found = [((), 0.0)]
    for i in range(n):
        found = [
            ((*partners, j), total + weights.get((i, j), 0.0))
            for partners, total in found
            for j in range(m + 1)
            if j == m or ((i, j) in weights and j not in partners)
        ]
    return found


def oracle(left, right, weight, tolerance=TOLERANCE):
    """Apply the tie rule word for word to a graph of one component."""
    rows = {node: i for i, node in enumerate(sorted(set(left)))}
    columns = {node: j for j, node in enumerate(sorted(set(right)))}
    ends = [(rows[i], columns[j]) for i, j in zip(left, right, strict=True)]
    matchings = all_matchings(dict(zip(ends, weight, strict=True)))
    greatest = max(total for _, total in matchings)
    first = min(partners for partners, total in matchings if greatest - total < tolerance)
    return [first[i] == j for i, j in ends]


def components_of(left, right):
    """Split edges into connected components: lists of edge numbers."""
    groups = []
    for edge, ends in enumerate(zip(left, right, strict=True)):
        nodes, edges = {("left", ends[0]), ("right", ends[1])}, [edge]
        for other in [group for group in groups if group[0] & nodes]:
            groups.remove(other)
            nodes, edges = nodes | other[0], other[1] + edges
        groups.append((nodes, edges))
    return [sorted(edges) for _, edges in groups]


def oracle_of_union(left, right, weight, tolerance=TOLERANCE):
    expected = [False] * len(left)
    for edges in components_of(left, right):
        part = oracle(*([values[e] for e in edges] for values in (left, right, weight)), tolerance)
        for edge, is_chosen in zip(edges, part, strict=True):
            expected[edge] = is_chosen
    return expected


def edges_of(table):
    """Turn a table of weights, 0 for no edge, into edges."""
    left, right = np.nonzero(table)
    return left, right, np.asarray(table)[left, right]


def random_graph(rng, n, m, share, noise=0.0):
    weights = rng.choice([0.5, 0.6, 0.7, 0.75, 1.0], (n, m)) + noise * rng.integers(-1, 2, (n, m))
    return edges_of(np.where(rng.random((n, m)) < share, np.minimum(weights, 1.0), 0.0))


def union_of(graphs):
    """Put graphs beside one another."""
    parts, lefts, rights = [], 0, 0
    for left, right, weight in graphs:
        parts.append((left + lefts, right + rights, weight))
        lefts, rights = lefts + left.max(initial=-1) + 1, rights + right.max(initial=-1) + 1
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


@st.composite
def graphs(draw, largest=5):
    n, m = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    palette = draw(st.sampled_from([(0.5, 0.6, 0.7, 0.75, 1.0), (0.5, 0.6), (1.0,), (1 / 2, 1 / 3, 1 / 6, 5 / 6)]))
    noise = draw(st.sampled_from([0.0, -1e-15, -3e-13]))
    cell = st.none() | st.tuples(st.sampled_from(palette), st.integers(0, 1 if noise else 0))
    cells = draw(st.lists(cell, min_size=n * m, max_size=n * m))
    table = np.array([0.0 if found is None else found[0] + noise * found[1] for found in cells]).reshape(n, m)
    return edges_of(table)


@pytest.mark.parametrize("name", PATHS)
@settings(max_examples=150, deadline=None)
@given(graph=graphs())
def test_small_graphs_follow_the_tie_rule(name, graph):
    with path(name):
        assert assign(*graph).tolist() == oracle_of_union(*(column.tolist() for column in graph))


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("tolerance", [0.1, 0.2, 0.3, 0.6])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_wide_tolerance_is_spent_as_the_rule_says(name, tolerance, data):
    # Eighths add up exactly; nodes may stay unmatched and swaps may lose something, as long as the sum of it all fits.
    n, m = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    eighths = data.draw(st.lists(st.sampled_from([0, 1, 1, 2, 3, 4, 5]), min_size=n * m, max_size=n * m))
    graph = edges_of(np.array(eighths).reshape(n, m) / 8)
    with path(name):
        chosen = assign(*graph, tolerance=tolerance).tolist()
    assert chosen == oracle_of_union(*(column.tolist() for column in graph), tolerance)


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("noise", [0.0, 1e-15])
@pytest.mark.parametrize("share", [0.4, 0.7, 1.0])
def test_a_union_of_graphs_follows_the_tie_rule(name, noise, share):
    rng = np.random.default_rng(7)
    shapes = [(n, m) for n in range(1, 6) for m in range(1, 6) if n * m < 25] * 2
    union = union_of([random_graph(rng, n, m, share, noise) for n, m in shapes])
    with path(name):
        assert assign(*union).tolist() == oracle_of_union(*(column.tolist() for column in union))


@pytest.mark.parametrize("name", PATHS)
def test_five_by_five_without_gaps(name):
    rng = np.random.default_rng(3)
    for noise in (0.0, 1e-15):
        graph = random_graph(rng, 5, 5, 1.0, noise)
        with path(name):
            assert assign(*graph).tolist() == oracle(*(column.tolist() for column in graph))


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("size", range(3, 11))
@pytest.mark.parametrize("closed", [False, True])
def test_chains_and_cycles_of_ties(name, size, closed):
    rng = np.random.default_rng(size)
    table = np.eye(size) + np.eye(size, k=1)
    table[-1, 0] = closed
    for _ in range(4):
        graph = edges_of(0.6 * table)
        with path(name):
            assert assign(*graph).tolist() == oracle(*(column.tolist() for column in graph))
        table = table[rng.permutation(size)][:, rng.permutation(size)]


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(("n", "m"), [(2, 7), (7, 2), (3, 6), (6, 3), (6, 5), (5, 6)])
def test_oblong_graphs(name, n, m):
    rng = np.random.default_rng(10 * n + m)
    for share in (0.6, 0.9):
        graph = random_graph(rng, n, m, share)
        with path(name):
            assert assign(*graph).tolist() == oracle_of_union(*(column.tolist() for column in graph))


def test_all_paths_agree_on_graphs_too_big_for_brute_force():
    rng = np.random.default_rng(11)
    shapes = [(n, m) for n in range(2, 10) for m in range(2, 10)]
    union = union_of([random_graph(rng, n, m, rng.choice([0.3, 0.6, 1.0]), 1e-15) for n, m in shapes])
    expected = assign(*union)
    for name in PATHS[1:]:
        with path(name):
            np.testing.assert_array_equal(assign(*union), expected)
    left, right, weight = union
    rough = np.maximum(np.rint((weight * 9) % 1 * 6), 1) / 8
    for tolerance in (0.2, 0.45):
        expected = assign(left, right, rough, tolerance=tolerance)
        for name in PATHS[1:]:
            with path(name):
                np.testing.assert_array_equal(assign(left, right, rough, tolerance=tolerance), expected)


@pytest.mark.parametrize("centre", ["left", "right"])
@pytest.mark.parametrize("solver", ["stars", "small", "large"])
def test_stars_by_all_solvers(centre, solver):
    weight = np.array([0.6, 0.7 - 1e-15, 0.7, 0.7, 0.65])
    middle, points = np.zeros(5, dtype=np.int64), np.arange(5)
    left, right = (middle, points) if centre == "left" else (points, middle)
    if solver == "stars":
        chosen = assign(left, right, weight)
    else:
        solve = small_components.match_small if solver == "small" else large_components.match_large
        n_rows, n_columns = np.array([left[-1] + 1]), np.array([right[-1] + 1])
        chosen = solve(middle, left, right, np.rint(weight * 2.0**50), n_rows, n_columns, TOLERANCE * 2.0**50)
    assert chosen.tolist() == [False, True, False, False, False]


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(("gap", "is_tied"), [(2.0**-41, True), (2.0**-39, False), (2.0**-40, False)])
def test_totals_tie_only_below_the_tolerance(name, gap, is_tied):
    square = ([0, 0, 1, 1], [0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5 - gap])
    with path(name):
        assert assign(*square).tolist() == [is_tied, not is_tied, not is_tied, is_tied]
    star = ([0, 0], [0, 1], [0.5, 0.5 + gap])
    assert assign(*star).tolist() == [is_tied, not is_tied]


@pytest.mark.parametrize("name", PATHS)
def test_the_tolerance_bounds_the_whole_loss_not_each_edge(name):
    # Two swaps of 0.6 tolerances each: only the first of them fits.
    gap = 0.6 * TOLERANCE
    table = np.zeros((4, 4))
    table[:2, :2] = table[2:, 2:] = [[0.5, 0.5 + gap], [0.5, 0.5]]
    table[1, 2] = 0.01
    with path(name):
        assert np.flatnonzero(assign(*edges_of(table))).tolist() == [0, 3, 6, 7]


@pytest.mark.parametrize("name", PATHS)
def test_a_weight_below_the_tolerance_is_better_than_none(name):
    table = np.array([[0.5, 1e-14, 0.0], [0.0, 0.5, 1e-14], [0.0, 1e-14, 1e-20]])
    with path(name):
        assert np.flatnonzero(assign(*edges_of(table))).tolist() == [0, 2, 5]


@pytest.mark.parametrize("name", PATHS)
def test_components_do_not_touch_one_another(name):
    rng = np.random.default_rng(5)
    graphs = [random_graph(rng, *rng.integers(1, 8, 2), 0.5) for _ in range(60)]
    with path(name):
        alone = np.concatenate([assign(*graph) for graph in graphs])
        np.testing.assert_array_equal(assign(*union_of(graphs)), alone)
        halves = [assign(*union_of(half)) for half in (graphs[:23], graphs[23:])]
        np.testing.assert_array_equal(np.concatenate(halves), alone)


@pytest.mark.parametrize("choose", [assign, greedy])
def test_only_the_order_of_the_numbers_counts(choose):
    rng = np.random.default_rng(6)
    left, right, weight = union_of([random_graph(rng, *rng.integers(1, 7, 2), 0.5) for _ in range(60)])
    expected = choose(left, right, weight)
    far_left, far_right = np.sort(rng.choice(90_000, left[-1] + 1)) * 500, np.arange(right.max() + 1) * 40_000 + 77
    far_left += np.arange(far_left.size)
    np.testing.assert_array_equal(choose(far_left[left], far_right[right], weight), expected)
    np.testing.assert_array_equal(choose(left.astype(np.uint32), (right + 9).astype(np.int32), weight), expected)


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(("n", "m"), [(30, 30), (100, 100), (20, 50), (50, 20)])
def test_the_total_is_the_one_scipy_finds(name, n, m):
    rng = np.random.default_rng(n + m)
    for table in (rng.random((n, m)) * 0.5 + 0.5, rng.random((n, m)) * (rng.random((n, m)) < 4 / n)):
        with path(name):
            left, right, weight = edges_of(table)
            chosen = assign(left, right, weight)
        assert np.bincount(left[chosen]).max() == np.bincount(right[chosen]).max() == 1
        rows, columns = linear_sum_assignment(table, maximize=True)
        assert weight[chosen].sum() == pytest.approx(table[rows, columns].sum(), rel=0, abs=1e-12)


def test_the_total_of_a_big_tied_graph_is_the_greatest():
    rng = np.random.default_rng(1)
    table = rng.choice([0.5, 0.6, 0.7, 0.75, 1.0], (150, 120))
    left, right, weight = edges_of(table)
    chosen = assign(left, right, weight)
    rows, columns = linear_sum_assignment(table, maximize=True)
    assert weight[chosen].sum() == pytest.approx(table[rows, columns].sum(), rel=0, abs=1e-11)
    assert chosen.sum() == 120


def test_a_big_graph_of_equal_weights_is_matched_in_order():
    left, right, weight = edges_of(np.full((60, 80), 0.7))
    chosen = assign(left, right, weight)
    assert right[chosen].tolist() == left[chosen].tolist() == list(range(60))
    # The same with the columns numbered backwards before the solver sees them: the rule, not the solver, decides.
    sums = np.random.default_rng(2).integers(1, 9, 60)[:, None] + np.arange(60)[::-1]
    left, right, weight = edges_of(sums / 128)
    assert right[assign(left, right, weight)].tolist() == list(range(60))


def test_dual_prices_prove_the_optimum_without_rounding():
    rng = np.random.default_rng(4)
    row, column, weight = edges_of(np.rint(rng.random((60, 50)) * (rng.random((60, 50)) < 0.3) * 2.0**50))
    one = np.zeros(row.size, dtype=np.int64)
    chosen = large_components.match_large(one, row, column, weight, np.array([60]), np.array([50]), 1.0)
    u, v = large_components._dual_prices(row, column, weight, chosen, 50)
    assert u.min() >= 0
    assert v.min() >= 0
    assert (u[row] + v[column] - weight).min() == 0
    assert (u[row] + v[column] == weight)[chosen].all()
    assert u.sum() + v.sum() == weight[chosen].sum()


def test_frequent_components_need_no_solver():
    rng = np.random.default_rng(8)
    union = union_of([random_graph(rng, n, m, 0.7) for n in range(1, 6) for m in range(1, 8)])
    with mock.patch.object(large_components, "_any_optimum", side_effect=AssertionError):
        assign(*union)


@pytest.mark.parametrize("choose", [assign, greedy])
def test_no_edges_and_one_edge(choose):
    assert choose([], [], []).tolist() == []
    assert choose([], [], []).dtype == np.bool_
    assert choose([5], [70_000_000], [0.5]).tolist() == [True]
    assert choose([5, 6], [0, 9_000_000_000], [0.5, 0.5]).tolist() == [True, True]


@pytest.mark.parametrize("choose", [assign, greedy])
@pytest.mark.parametrize(
    ("left", "right", "weight", "message"),
    [
        ([0, 1], [0], [1.0], "equally long"),
        ([[0]], [[0]], [[1.0]], "flat"),
        ([0.0], [0], [1.0], "whole numbers"),
        ([1, 0], [0, 0], [1.0, 1.0], "edge 1 is out of order"),
        ([0, 0], [1, 0], [1.0, 1.0], "edge 1 is out of order"),
        ([0, 0, 0], [0, 1, 1], [1.0, 1.0, 1.0], "edge 2 is out of order"),
        ([0], [0], [np.nan], "weights"),
        ([0], [0], [np.inf], "weights"),
    ],
)
def test_wrong_edges_are_refused(choose, left, right, weight, message):
    with pytest.raises(ValueError, match=message):
        choose(left, right, weight)


@pytest.mark.parametrize("weight", [0.0, -0.5, 1.5])
def test_only_similarities_are_assigned(weight):
    with pytest.raises(ValueError, match="similarities"):
        assign([0], [0], [weight])
    assert greedy([0], [0], [weight]).tolist() == [True]


@pytest.mark.parametrize("tolerance", [0.0, -1.0, np.nan])
def test_the_tolerance_must_be_above_0(tolerance):
    with pytest.raises(ValueError, match="tolerance"):
        assign([0], [0], [1.0], tolerance=tolerance)


def test_a_wider_tolerance_makes_more_ties():
    square = ([0, 0, 1, 1], [0, 1, 0, 1], [0.5, 0.6, 0.6, 0.5])
    assert assign(*square).tolist() == [False, True, True, False]
    assert assign(*square, tolerance=0.25).tolist() == [True, False, False, True]


def one_by_one(left, right, weight):
    """Match greedily in the plain way."""
    taken_left, taken_right, chosen = set(), set(), [False] * len(left)
    for edge in sorted(range(len(left)), key=lambda e: (-weight[e], left[e], right[e])):
        if left[edge] not in taken_left and right[edge] not in taken_right:
            taken_left.add(left[edge])
            taken_right.add(right[edge])
            chosen[edge] = True
    return chosen


@pytest.mark.parametrize("rounds", [assignment.GREEDY_ROUNDS, 1, 0])
@settings(max_examples=100, deadline=None)
@given(graph=graphs(largest=8))
def test_greedy_is_the_sequential_one(rounds, graph):
    with mock.patch.object(assignment, "GREEDY_ROUNDS", rounds):
        assert greedy(*graph).tolist() == one_by_one(*(column.tolist() for column in graph))


def test_greedy_on_many_and_on_long_graphs():
    rng = np.random.default_rng(9)
    union = union_of([random_graph(rng, *rng.integers(1, 9, 2), 0.5) for _ in range(100)])
    falling = edges_of((np.eye(90) + np.eye(90, k=1)) * np.linspace(1.0, 0.1, 90)[:, None])
    for graph in (union, falling, edges_of(np.ones((40, 40)))):
        assert greedy(*graph).tolist() == one_by_one(*(column.tolist() for column in graph))


@settings(max_examples=100, deadline=None)
@given(graph=graphs())
def test_greedy_gets_at_least_half_and_at_most_all(graph):
    _, _, weight = graph
    greatest, got = weight[assign(*graph)].sum(), weight[greedy(*graph)].sum()
    assert greatest / 2 - 1e-9 <= got <= greatest + 1e-9
