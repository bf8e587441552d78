"""Laws every kind of annotation obeys. A new kind adds its values to `VALUES` and inherits them all."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.kinds import LinkKind, ObjectKind, QuestionKind, kinds
from labelqa.kinds.kind import Runs
from labelqa.project import schema

coordinates = st.one_of(st.integers(-5, 12).map(float), st.floats(-1e4, 1e4, allow_nan=False))


@st.composite
def boxes(draw):
    x, y, u, v = (draw(coordinates) for _ in range(4))
    return {"geometry": [min(x, u), min(y, v), max(x, u), max(y, v)]}


@st.composite
def tracks(draw):
    frames = sorted(draw(st.sets(st.integers(0, 6), max_size=4)))
    return {"parts": frames, "geometry": [side for _ in frames for side in draw(boxes())["geometry"]]}


@st.composite
def cuboids(draw):
    centre, sizes = ([draw(coordinates) for _ in range(3)] for _ in "cs")
    return {"geometry": [*centre, *map(abs, sizes), draw(st.sampled_from([0.0, 0.5, 7.0]) | st.floats(-10, 10))]}


@st.composite
def masks(draw):
    """Draw some pixels of a small grid; their box may be wider than the pixels, and runs may be empty."""
    left, top, width, height = (draw(st.integers(low, 4)) for low in (-2, -2, 0, 0))
    cuts = sorted(draw(st.lists(st.integers(0, width * height), max_size=6)))
    parts = [end - start for start, end in zip([0, *cuts], [*cuts, width * height], strict=True)]
    return {"geometry": [float(side) for side in (left, top, left + width, top + height)], "parts": parts}


@st.composite
def numbers(draw):
    scale = draw(st.sampled_from([(0.0, 10.0), (1.0, 5.0), (None, None)]))
    return {"geometry": [draw(coordinates)], "scale_min": scale[0], "scale_max": scale[1]}


@st.composite
def polygons(draw):
    """Draw rings that may cross themselves and one another, lie on a line or have too few corners."""
    x_and_y = st.tuples(coordinates, coordinates) | st.tuples(st.integers(0, 4), st.integers(0, 4))
    rings = draw(st.lists(st.lists(x_and_y, max_size=6), max_size=3))
    numbers = [float(number) for ring in rings for corner in ring for number in corner]
    return {"geometry": numbers, "parts": None if len(rings) == 1 else [len(ring) for ring in rings]}


@st.composite
def rotated_boxes(draw):
    geometry = [draw(coordinates) for _ in range(4)]
    return {"geometry": [*geometry, draw(st.sampled_from([0.0, 90.0, -30.0, 360.0]) | st.floats(-720, 720))]}


@st.composite
def skeletons(draw):
    n = draw(st.sampled_from([0, 1, 3, 17]))
    names = draw(st.none() | st.permutations([f"p{k}" for k in range(n)]))
    return {
        "geometry": [draw(coordinates) for _ in range(2 * n)],
        "parts": draw(st.none() | st.lists(st.integers(0, 2), min_size=n, max_size=n)),
        "answer": names,
    }


answers = st.sampled_from(["a", "b", "c", "é", ""])
VALUES = {
    "bbox": boxes(),
    "choice": answers.map(lambda a: {"answer": [a]}),
    "checklist": st.sets(answers, max_size=4).map(lambda s: {"answer": sorted(s)}),
    "cuboid": cuboids(),
    "interval": st.tuples(coordinates, coordinates).map(lambda ends: {"geometry": sorted(ends)}),
    "keypoints": skeletons(),
    "mask": masks(),
    "number": numbers(),
    "point": st.tuples(coordinates, coordinates).map(lambda xy: {"geometry": list(xy)}),
    "polygon": polygons(),
    "polyline": polygons(),
    "ranking": st.lists(answers, max_size=5, unique=True).map(lambda items: {"answer": items}),
    "rating": numbers(),
    "relation": st.tuples(answers, answers, st.sampled_from([[0], [1], None])).map(
        lambda link: {"answer": list(link[:2]), "parts": link[2]}
    ),
    "rotated_bbox": rotated_boxes(),
    "span": st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda ends: {"geometry": sorted(map(float, ends))}),
    "taxonomy": st.sets(st.lists(answers, min_size=1, max_size=3).map("\x1f".join)).map(
        lambda s: {"answer": sorted(s)}
    ),
    "text": st.text("abé\u0301 🙂", max_size=80).map(lambda text: {"answer": [text]}),
    "track": tracks(),
}
SCHEMA = {
    "geometry": pl.List(pl.Float64),
    "parts": pl.List(pl.UInt32),
    "answer": pl.List(pl.String),
    "width": pl.Float64,
    "height": pl.Float64,
    "scale_min": pl.Float64,
    "scale_max": pl.Float64,
}

MOVES = {
    "bbox": "++",
    "cuboid": "+++***.",
    "interval": "+",
    "keypoints": "++",
    "mask": "++",
    "point": "++",
    "polygon": "++",
    "polyline": "++",
    "rotated_bbox": "++**.",
    "span": "+",
    "track": "++",
}
"""Kinds whose values can be moved and scaled: what is a coordinate (+), a size (*) or neither, over and over."""

every_kind = pytest.mark.parametrize("name", sorted(kinds()))
objects = pytest.mark.parametrize("name", [n for n, k in kinds().items() if isinstance(k, ObjectKind)])


def laid_out(name, values):
    """Lay values out on a frame of 640 x 480; columns a value does not give are null."""
    rows = [{**dict.fromkeys(SCHEMA), "width": 640.0, "height": 480.0, **value} for value in values]
    return kinds()[name].values(pl.DataFrame(rows, schema=SCHEMA))


def moved(name, value, shift=0, scale=1):
    """Move and scale a value, and its frame with it; coordinates are on a grid, so that this is exact."""
    pattern = MOVES[name]
    marks = [pattern[k % len(pattern)] for k in range(len(value["geometry"]))]
    numbers = [round(64 * number) / 64 for number in value["geometry"]]
    geometry = [
        number if mark == "." else number * scale + (shift if mark == "+" else 0)
        for mark, number in zip(marks, numbers, strict=True)
    ]
    return {**value, "geometry": geometry, "width": 640.0 * scale, "height": 480.0 * scale}


def index(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_every_kind_has_values_to_be_tested_with():
    assert sorted(VALUES) == sorted(kinds())
    assert all(isinstance(kind, ObjectKind | QuestionKind | LinkKind) for kind in kinds().values())


@every_kind
@given(data=st.data())
def test_a_value_is_wholly_like_itself(name, data):
    value = data.draw(VALUES[name])
    values = laid_out(name, [value, value])
    assert kinds()[name].similarity(values, index(0, 0), index(0, 1)).tolist() == [1.0, 1.0]


@every_kind
@given(data=st.data())
def test_similarity_is_symmetric_and_between_0_and_1(name, data):
    values = laid_out(name, [data.draw(VALUES[name]), data.draw(VALUES[name])])
    forth, back = kinds()[name].similarity(values, index(0, 1), index(1, 0))
    if np.isnan(forth):
        assert np.isnan(back)
        assert isinstance(kinds()[name], QuestionKind), "only answers may be neither alike nor unlike"
    else:
        assert forth == back
        assert 0 <= forth <= 1


@every_kind
@given(data=st.data())
def test_a_similarity_does_not_depend_on_the_others_in_the_array(name, data):
    values = data.draw(st.lists(VALUES[name], min_size=2, max_size=6))
    together = kinds()[name].similarity(laid_out(name, values), index(0), index(len(values) - 1))
    alone = kinds()[name].similarity(laid_out(name, [values[0], values[-1]]), index(0), index(1))
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("name", sorted(MOVES))
@given(data=st.data())
def test_where_things_are_makes_no_difference(name, data):
    pair = data.draw(VALUES[name]), data.draw(VALUES[name])
    shift = data.draw(st.sampled_from([1, -7, 1000, 2**16]))
    here = laid_out(name, [moved(name, value) for value in pair])
    there = laid_out(name, [moved(name, value, shift) for value in pair])
    similarities = [kinds()[name].similarity(values, index(0), index(1))[0] for values in (here, there)]
    assert similarities[0] == pytest.approx(similarities[1], abs=1e-6)


@pytest.mark.parametrize("name", sorted(set(MOVES) - {"mask"}))
@given(data=st.data())
def test_how_large_things_are_makes_no_difference(name, data):
    """Provided that the frame grows with them. Masks are in whole pixels and are left out."""
    pair = data.draw(VALUES[name]), data.draw(VALUES[name])
    scale = data.draw(st.sampled_from([0.25, 2, 1024]))
    small = laid_out(name, [moved(name, value) for value in pair])
    large = laid_out(name, [moved(name, value, scale=scale) for value in pair])
    similarities = [kinds()[name].similarity(values, index(0), index(1))[0] for values in (small, large)]
    assert similarities[0] == pytest.approx(similarities[1], abs=1e-6)


@every_kind
def test_no_values_give_no_similarities(name):
    values = laid_out(name, [])
    assert kinds()[name].similarity(values, index(), index()).tolist() == []


@objects
@pytest.mark.parametrize("least", [0.0, 0.1, 0.5, 0.75, 1.0])
@given(data=st.data())
def test_candidates_are_exactly_the_pairs_that_reach_the_least(name, least, data):
    """However a kind rules pairs out beforehand, none that counts is lost and none is invented."""
    kind = kinds()[name]
    counts = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=5))
    values = laid_out(name, [data.draw(VALUES[name]) for _ in range(sum(counts))])
    n, first = np.array(counts), np.cumsum(counts) - counts
    a, b = (np.array(data.draw(st.lists(st.integers(0, len(counts) - 1), min_size=4, max_size=4))) for _ in "ab")
    runs = Runs(first[a], n[a], first[b], n[b])
    found = kind.candidates(values, runs, least)
    expected = ObjectKind.candidates(kind, values, runs, least)
    for column in ("pair", "a", "b", "similarity"):
        assert getattr(found, column).tolist() == getattr(expected, column).tolist()


def test_the_questions_of_the_schema_are_the_question_kinds():
    questions = {name for name, kind in kinds().items() if isinstance(kind, QuestionKind)}
    assert questions <= set(schema.QUESTIONS)
    assert not set(schema.QUESTIONS) & {name for name, kind in kinds().items() if isinstance(kind, ObjectKind)}
