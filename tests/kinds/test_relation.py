"""Links against plain loops over dictionaries of partners."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds.kind import Partners, Runs
from labelqa.kinds.relation import Ends, Relation, end_rows, linked

NOBODY = -1
SCHEMA = {"parts": pl.List(pl.UInt32), "answer": pl.List(pl.String)}


@st.composite
def projects(draw):
    """Labels of up to 4 objects and up to 4 links each, pairs of labels, and which objects are the same."""
    n_objects = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    first = np.cumsum([0, *n_objects])
    links = [
        draw(
            st.lists(
                st.tuples(*[st.sampled_from([NOBODY, *range(first[k], first[k + 1])])] * 2, st.booleans()), max_size=4
            )
        )
        for k in range(len(n_objects))
    ]
    label = st.integers(0, len(n_objects) - 1)
    pairs = draw(st.lists(st.tuples(label, label), max_size=4))
    partners = []
    for a, b in pairs:
        left, right = (draw(st.permutations(range(first[side], first[side + 1]))) for side in (a, b))
        n = draw(st.integers(0, min(len(left), len(right))))
        partners.append(dict(zip(left[:n], right[:n], strict=True)))
    return links, pairs, partners


def by_loop(links, pairs, partners):
    """Go through all links of either label of each pair."""
    start = np.cumsum([0, *map(len, links)])
    found = []
    for pair, ((a, b), partner) in enumerate(zip(pairs, partners, strict=True)):
        for i, (p, q, two_way) in enumerate(links[a]):
            for j, (r, s, other_way) in enumerate(links[b]):
                if NOBODY in (p, q, r, s) or two_way != other_way:
                    continue
                seen = (partner.get(p), partner.get(q))
                if seen == (r, s) or (two_way and seen == (s, r)):
                    found.append((pair, start[a] + i, start[b] + j))
    return found


@given(projects())
def test_links_equal_plain_loops(project):
    links, pairs, partners = project
    flat = np.array([link for label in links for link in label], dtype=np.int64).reshape(-1, 3)
    size = np.array([len(label) for label in links])
    first = np.cumsum(size) - size
    a, b = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    same = [(pair, *ends) for pair, partner in enumerate(partners) for ends in partner.items()]
    matched = Partners(*np.array(same, dtype=np.int64).reshape(-1, 3).T)
    ends = Ends(flat[:, 0], flat[:, 1], flat[:, 2] == 1)
    found = linked(ends, Runs(first[a], size[a], first[b], size[b]), matched)
    assert list(zip(found.pair, found.a, found.b, strict=True)) == by_loop(*project)
    assert (found.similarity == 1).all()


def test_ends_are_looked_up_within_their_label():
    annotations = pl.DataFrame({"label": [0, 0, 1, 1], "annotation_id": ["m", "n", "m", "o"]})
    links = pl.DataFrame({"label": [0, 1, 1, 1], "answer": [["n", "m"], ["m", "n"], ["m"], None]})
    assert end_rows(links, annotations).rows() == [(1, 0), (2, None), (2, None), (None, None)]


def test_a_link_without_direction_may_be_drawn_either_way():
    rows = [{"answer": ["m", "n"], "parts": [1]}, {"answer": ["n", "m"], "parts": [1]}, {"answer": ["n", "m"]}]
    values = Relation().values(pl.DataFrame(rows, schema=SCHEMA))
    same = Relation().similarity(values, np.array([0, 0, 1, 2]), np.array([1, 2, 2, 2]))
    assert same.tolist() == [1.0, 0.0, 0.0, 1.0]


def test_rows_of_the_ends_come_with_the_table():
    frame = pl.DataFrame([{"answer": ["m", "n"]}, {"answer": ["m", "x"], "parts": []}], schema=SCHEMA)
    values = Relation().values(frame.with_columns(from_row=pl.Series([4, 9]), to_row=pl.Series([7, None])))
    assert values.start.tolist() == [4, 9]
    assert values.end.tolist() == [7, NOBODY]
    assert values.two_way.tolist() == [False, False]


@pytest.mark.parametrize("partner", [20, 21])
def test_an_end_without_a_partner_is_unlike_everything(partner):
    ends = Ends(np.array([10, 20]), np.array([11, 21]), np.array([False, False]))
    runs = Runs(*(np.array([n]) for n in (0, 1, 1, 1)))
    matched = Partners(np.array([0]), np.array([10 + partner - 20]), np.array([partner]))
    assert len(Relation().candidates(ends, runs, matched).pair) == 0


def test_no_links():
    nothing = np.empty(0, np.int64)
    runs = Runs(*[np.array([0, 0])] * 4)
    found = linked(Ends(nothing, nothing, nothing == 1), runs, Partners(nothing, nothing, nothing))
    assert len(found.pair) == 0
