"""What the benchmark may have wrong, on assets where it is known."""

import polars as pl
import pytest

import labelqa
from dashboard import doubts
from labelqa.project import Builder

TRUE = (10.0, 10.0, 50.0, 50.0)
BESIDE = (10.0, 10.0, 50.0, 28.0)
FAR = (100.0, 100.0, 140.0, 140.0)


def project(benchmark, *labels):
    """One asset; each label is a list of (class, box) or an answer."""
    builder = Builder()
    builder.source("x", "example")
    builder.asset("p", "a", width=200, height=200)
    for name, marks, role in (
        ("expert", benchmark, "benchmark"),
        *((f"l{k}", marks, "submitted") for k, marks in enumerate(labels)),
    ):
        label = builder.label("p", "a", name, name, role=role)
        for mark in marks:
            if isinstance(mark, str):
                builder.answer(label, "choice", "weather", [mark])
            else:
                builder.bbox(label, mark[0], *mark[1])
    return builder.project()


def found(benchmark, *labels):
    table = doubts.doubts(labelqa.score(project(benchmark, *labels)))
    return table.select("doubt", "class", "benchmark_class", "n_against", "n_labels", "labelers").rows()


def test_labelers_agree_on_what_the_benchmark_does_not_have():
    cat, more = ("cat", TRUE), ("cat", FAR)
    rows = found([cat], [cat, more], [cat, more], [cat])
    assert rows == [(doubts.ABSENT, "cat", None, 2, 3, "l0, l1")]


def test_labelers_agree_on_another_class():
    rows = found([("cat", TRUE)], [("dog", TRUE)], [("dog", TRUE)], [("dog", TRUE)])
    assert rows == [(doubts.OTHER, "dog", "cat", 3, 3, "l0, l1, l2")]


def test_labelers_agree_on_another_place():
    rows = found([("cat", TRUE)], [("cat", BESIDE)], [("cat", BESIDE)])
    assert rows == [(doubts.BESIDE, "cat", "cat", 2, 2, "l0, l1")]


def test_the_benchmark_has_something_alone():
    cat = ("cat", TRUE)
    rows = found([cat, ("dog", FAR)], [cat], [cat], [cat, ("dog", FAR)])
    assert rows == [(doubts.ALONE, None, "dog", 2, 3, "l0, l1")]


def test_answers_count_as_well():
    rows = found(["sun"], ["rain"], ["rain"], ["sun"])
    assert rows == [(doubts.OTHER, "weather: rain", "weather: sun", 2, 3, "l0, l1")]


def test_labelers_who_err_each_in_their_own_way_are_no_evidence():
    assert found([("cat", TRUE)], [("dog", TRUE)], [("cow", TRUE)], [("cat", TRUE)]) == []
    assert found(["sun"], ["rain"], ["fog"], ["sun"]) == []


def test_one_labeler_or_half_of_them_are_no_majority():
    assert found([("cat", TRUE)], [("dog", TRUE)]) == []
    two = [("dog", TRUE)], [("dog", TRUE)]
    assert found([("cat", TRUE)], *two, [("cat", TRUE)], [("cat", TRUE)]) == []


@pytest.mark.parametrize("labels", [(), ([("cat", TRUE)],)])
def test_without_a_benchmark_there_is_nothing_to_doubt(labels):
    builder = Builder()
    builder.source("x", "example")
    builder.asset("p", "a")
    for marks in labels:
        builder.bbox(builder.label("p", "a", "l", "ana"), *marks[0][:1], *marks[0][1])
    table = doubts.doubts(labelqa.score(builder.project()))
    assert table.is_empty()
    assert table.schema["share"] == pl.Float64
