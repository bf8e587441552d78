"""Whether rings lie apart: against shapely's overlay of every two of them."""

from itertools import combinations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds.apart import lie_apart
from labelqa.kinds.rings import Rings

boxes = st.tuples(*[st.integers(0, 9)] * 2, *[st.integers(1, 5)] * 2)


def rings_of(rows):
    corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for row in rows for x, y, w, h in row]
    count = np.array([len(row) for row in rows], dtype=np.int64)
    return Rings(np.array(corners, float).reshape(-1, 2), np.full(int(count.sum()), 4), count)


@given(st.lists(st.lists(boxes, min_size=1, max_size=5), max_size=5))
def test_against_every_two(rows):
    shapes = [[shapely.box(x, y, x + w, y + h) for x, y, w, h in row] for row in rows]
    expected = [all(a.intersection(b).area == 0 for a, b in combinations(row, 2)) for row in shapes]
    assert lie_apart(rings_of(rows)).tolist() == expected


def test_rings_of_some_rows():
    rings = rings_of([[(0, 0, 1, 1)], [(1, 1, 2, 2), (5, 5, 1, 1)], [(7, 7, 1, 1)]])
    some = rings.taken(np.array([2, 1]))
    assert some.count.tolist() == [1, 2]
    assert some.xy[::4].tolist() == [[7, 7], [1, 1], [5, 5]]
