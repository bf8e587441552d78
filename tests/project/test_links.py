"""What annotations say of each other: parents and ends of relations that are not there, circles, ids that look derived."""

import numpy as np
import pytest

import labelqa
from labelqa.project import Builder
from labelqa.project.links import in_circles


class Two:
    """A project of one asset with two labels that hold the same annotations."""

    def __init__(self):
        self.builder = Builder()
        self.builder.source("f.json", "test")
        self.builder.asset("p", "x")
        self._labels = [self.builder.label("p", "x", f"l{n}", f"ann{n}", record=n) for n in (1, 2)]

    def both(self, *value, **more):
        for label in self._labels:
            self.builder.annotation(label, *value, **more)

    def project(self):
        project = self.builder.project()
        labelqa.score(project)
        return project


@pytest.fixture
def two():
    return Two()


BOX = ("bbox", "car", [0, 0, 4, 4])


def listed(project):
    return project.problems.select("severity", "record", "field", "found").rows()


def test_a_parent_that_is_not_there_is_listed(two):
    two.both(*BOX, annotation_id="box")
    two.both("choice", "colour", answer=["red"], parent_id="box")
    two.both("choice", "brand", answer=["fiat"], parent_id="bike")
    project = two.project()
    assert listed(project) == [("warning", n, "parent_id", "'bike'") for n in (1, 2)]
    comparison = labelqa.score(project).comparison
    assert comparison.attributes["class_a"].to_list() == ["colour"]
    assert comparison.matches["class_a"].to_list() == ["car"]


def test_one_question_under_several_parents_that_are_not_there(two):
    for parent in (None, "bike", "boat"):
        two.both("choice", "brand", answer=["fiat"], parent_id=parent)
    assert labelqa.score(two.project()).comparison.matches["class_a"].to_list() == ["brand"]


def test_a_parent_in_another_label_is_none():
    builder = Builder()
    builder.source("f.json", "test")
    builder.asset("p", "x")
    first, second = (builder.label("p", "x", f"l{n}", f"ann{n}", record=n) for n in (1, 2))
    builder.annotation(first, *BOX, annotation_id="box")
    builder.annotation(second, "choice", "colour", answer=["red"], parent_id="box")
    assert listed(builder.project()) == [("warning", 2, "parent_id", "'box'")]


def test_attributes_of_themselves_are_listed(two):
    two.both(*BOX, annotation_id="box")
    two.both("choice", "a", answer=["x"], annotation_id="self", parent_id="self")
    two.both("choice", "b", answer=["x"], annotation_id="hen", parent_id="egg")
    two.both("choice", "c", answer=["x"], annotation_id="egg", parent_id="hen")
    two.both("choice", "d", answer=["x"], annotation_id="below", parent_id="egg")
    two.both("choice", "e", answer=["x"], annotation_id="fine", parent_id="box")
    circles = [row for row in listed(two.project()) if row[0] == "warning"]
    names = ("below", "egg", "hen", "self")
    assert circles == [("warning", n, "parent_id", repr(name)) for n in (1, 2) for name in names]


def test_an_object_under_an_object_is_noted(two):
    two.both(*BOX, annotation_id="box")
    two.both("bbox", "wheel", [0, 0, 1, 1], annotation_id="part", parent_id="box")
    project = two.project()
    assert listed(project) == [("note", None, "parent_id", None)]
    assert project.problems["n"].to_list() == [2]
    assert labelqa.score(project).matches["kind"].to_list() == ["bbox"]


def test_relations_without_objects_at_their_ends_are_listed(two):
    two.both(*BOX, annotation_id="box")
    two.both("choice", "weather", answer=["sun"], annotation_id="sky")
    two.both("relation", "near", answer=["box", "box"], annotation_id="itself")
    two.both("relation", "near", answer=["box", "gone"], annotation_id="dangling")
    two.both("relation", "near", answer=["box", "sky"], annotation_id="question")
    two.both("relation", "near", answer=["loop", "loop"], annotation_id="loop")
    found = {row[3] for row in listed(two.project())}
    assert found == {"'gone'", "'sky'", "'loop'"}


def test_a_given_id_that_looks_derived_takes_no_other_annotations_place(two):
    two.both(*BOX, annotation_id="l1#1")
    two.both("bbox", "car", [5, 5, 9, 9])
    two.both("relation", "near", answer=["l1#1", "l1#1"])
    project = two.project()
    for label in ("l1", "l2"):
        ids = project.annotations.filter(label_id=label)["annotation_id"]
        assert ids.n_unique() == len(ids) == 3


def test_ids_once_derived_stay_when_a_part_is_taken(two):
    two.both(*BOX)
    two.both("bbox", "truck", [5, 5, 9, 9])
    project = two.project()
    trucks = project.select(classes="truck")
    assert trucks.annotations["annotation_id"].to_list() == ["l1#1", "l2#1"]


def test_a_circle_of_any_length_comes_to_an_end():
    n = 100_000
    assert in_circles(np.roll(np.arange(n), 1)).all()
    assert not in_circles(np.arange(-1, n - 1)).any()
    assert in_circles(np.array([], np.int64)).tolist() == []
