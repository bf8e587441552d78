"""Values are laid out as their kind says, or left out and counted when the project is built."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import labelqa
from labelqa.kinds import kinds, raster
from labelqa.project import Builder, layout, schema
from labelqa.project.validate import usable
from tests.laws.test_kinds import SCHEMA, VALUES

COLUMNS = {name: SCHEMA[name] for name in schema.VALUE}
every_kind = pytest.mark.parametrize("name", sorted(kinds()))

numbers = st.sampled_from([0.0, 1.0, 2.0, 0.5, -1.0, 1e7, float("nan"), float("inf")]) | st.floats(-100, 100)
few_numbers = st.none() | st.lists(numbers | st.none(), max_size=9)
few_parts = st.none() | st.lists(st.integers(0, 4) | st.sampled_from([2**32 - 1, None]), max_size=4)
few_answers = st.none() | st.lists(st.sampled_from(["a", "b", "", "a\x1fb", None]), max_size=3)
anything = st.fixed_dictionaries({"geometry": few_numbers, "parts": few_parts, "answer": few_answers})


def table(*values):
    return pl.DataFrame([{**dict.fromkeys(COLUMNS), **value} for value in values], schema=COLUMNS)


def passes(name, *values):
    frame = table(*({column: value.get(column) for column in COLUMNS} for value in values))
    return usable(pl.Series([name] * len(values), dtype=pl.String), frame).tolist()


def test_every_kind_has_a_layout():
    assert sorted(layout.LAYOUTS) == sorted(kinds())


def test_masks_are_bounded_as_the_kind_bounds_them():
    assert layout.MAX_PIXELS == raster.MAX_PIXELS


@every_kind
@given(data=st.data())
def test_the_values_of_a_kind_pass(name, data):
    assert passes(name, data.draw(VALUES[name])) == [True]


@every_kind
@given(data=st.data())
def test_what_passes_is_taken_by_the_kind_and_wholly_like_itself(name, data):
    value = data.draw(anything)
    if passes(name, value) == [True]:
        rest = (pl.lit(None, dtype).alias(column) for column, dtype in SCHEMA.items() if column not in COLUMNS)
        frame = table(value, value).with_columns(rest)
        kind = kinds()[name]
        assert kind.similarity(kind.values(frame), np.array([0]), np.array([1])).tolist() == [1.0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bbox", {"geometry": [1, 2, 3]}),
        ("bbox", {}),
        ("bbox", {"geometry": [5, 0, 0, 5]}),
        ("bbox", {"geometry": [0, 0, None, 5]}),
        ("choice", {"answer": []}),
        ("choice", {"answer": ["a", "b"]}),
        ("choice", {"answer": [None]}),
        ("checklist", {}),
        ("cuboid", {"geometry": [1, 2, 3, 4, 5, 6]}),
        ("interval", {"geometry": [5, 4]}),
        ("keypoints", {"geometry": [1, 2, 3]}),
        ("keypoints", {"geometry": [1, 2], "parts": [3]}),
        ("keypoints", {"geometry": [1, 2], "parts": [2, 2]}),
        ("keypoints", {"geometry": [1, 2], "answer": ["nose", "eye"]}),
        ("mask", {"geometry": [0, 0, 2, 2], "parts": [1, 2]}),
        ("mask", {"geometry": [0, 0, 2, 2], "parts": [2**32 - 1, 5]}),
        ("mask", {"geometry": [0.0, 0.0, 2.5, 2.0], "parts": [5]}),
        ("mask", {"geometry": [2, 2, 0, 0], "parts": [4]}),
        ("mask", {"geometry": [0.0, 0.0, 1e5, 1e5], "parts": [2**32 - 1]}),
        ("number", {}),
        ("number", {"geometry": [float("nan")]}),
        ("point", {"geometry": [1]}),
        ("polygon", {"geometry": [0, 0, 1, 1, 2, 2], "parts": [2, 2]}),
        ("polygon", {"geometry": [0, 0, 1]}),
        ("polygon", {"geometry": [0, 0, 1, 1], "parts": [None, 2]}),
        ("relation", {"answer": ["a"]}),
        ("relation", {"answer": ["a", "b"], "parts": [2]}),
        ("text", {"answer": []}),
        ("track", {"geometry": [0, 0, 1, 1] * 2, "parts": [2, 1]}),
        ("track", {"geometry": [0, 0, 1, 1] * 2, "parts": [1, 1]}),
        ("track", {"geometry": [0, 0, 1, 1] * 2, "parts": [1]}),
        ("track", {"geometry": [0, 0, 1, 1, 0, 5, 1, 1], "parts": [1, 2]}),
        ("hologram", {"geometry": [1, 2]}),
    ],
)
def test_what_is_laid_out_otherwise_does_not_pass(name, value):
    assert passes(name, value) == [False]


def test_every_row_is_judged_by_itself():
    kind = pl.Series(["bbox", "point", "bbox", "text"])
    frame = table({"geometry": [0, 0, 1, 1]}, {"geometry": [1]}, {"geometry": [1]}, {"answer": ["a"]})
    assert usable(kind, frame).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    "wrong", [None, [0, 0, 1], [4, 0, 1, 1], [0, 4, 1, 1], [0, 0, None, 1], [0.0, 0.0, math.nan, 1.0]], ids=str
)
def test_one_wrong_box_among_boxes_is_found(wrong):
    frame = table({"geometry": [0, 0, 1, 1]}, {"geometry": wrong}, {"geometry": [2, 2, 2, 2]})
    assert usable(pl.Series(["bbox"] * 3), frame).tolist() == [True, False, True]
    assert usable(pl.Series(["bbox"] * 2), frame[[0, 2]]).tolist() == [True, True]


def two_labels():
    builder = Builder()
    builder.source("f.json", "test")
    builder.asset("p", "x")
    return builder, [builder.label("p", "x", f"l{n}", f"ann{n}", record=n) for n in (1, 2)]


def test_a_value_laid_out_wrongly_is_left_out_counted_and_listed():
    builder, (first, second) = two_labels()
    builder.bbox(first, "car", 0, 0, 10, 10)
    builder.annotation(first, "bbox", "car", [1, 2, 3], annotation_id="odd")
    builder.bbox(second, "car", 0, 0, 10, 10)
    builder.annotation(second, "mask", "sky", [0, 0, 2, 2], parts=[3])
    builder.annotation(second, "hologram", "sky", [0, 0, 2, 2])
    project = builder.project()
    assert project.annotations["class"].to_list() == ["car", "car"]
    assert project.labels["n_unread"].to_list() == [1, 2]
    assert project.problems.select("severity", "record", "field", "found").rows() == [
        ("error", 1, "geometry, parts, answer", "'odd: 1.0, 2.0, 3.0'"),
        ("error", 2, "geometry, parts, answer", "'sky: 0.0, 0.0, 2.0, 2.0 parts 3'"),
        ("error", 2, "kind", "'hologram'"),
    ]
    expected = project.problems["expected"].to_list()
    assert expected[0] == "bbox: left, top, right, bottom, none beyond its opposite; the annotation is left out"
    assert expected[2] == "a kind of annotation that labelqa knows; the annotation is left out"
    assert labelqa.score(project).pairs.height == 1


def test_a_choice_of_several_answers_is_a_checklist_and_one_of_none_is_left_out():
    builder, (first, second) = two_labels()
    builder.annotation(first, "choice", "weather", answer=["sun", "rain"])
    builder.annotation(second, "choice", "weather")
    project = builder.project()
    assert project.annotations.select("kind", "answer").rows() == [("checklist", ["sun", "rain"])]
    assert project.labels["n_unread"].to_list() == [0, 1]


def test_numbers_that_fit_no_part_are_no_part():
    builder, (first, second) = two_labels()
    builder.annotation(first, "polygon", "car", [0, 0, 1, 0, 1, 1], parts=[-1, 4])
    builder.annotation(second, "polygon", "car", [0, 0, 1, 0, 1, 1], parts=[2**40])
    project = builder.project()
    assert project.annotations.is_empty()
    assert project.labels["n_unread"].to_list() == [1, 1]
