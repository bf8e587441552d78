"""The pages of benchmarks and classes: their numbers are those of the scores, whoever is filtered."""

import polars as pl
import pytest

import labelqa
from dashboard import doubts


@pytest.fixture(scope="module")
def scores():
    return labelqa.score(labelqa.demo(assets=120, labelers=5, seed=3))


def tiles(app):
    return {metric.label: metric.value for metric in app.metric}


def downloads(app, column):
    return [frame.value for frame in app.dataframe if column in frame.value.columns]


def test_benchmarks_are_those_of_the_scores(run, full, scores):
    app = run("06_benchmarks.py", full)
    row = scores.project.row(0, named=True)
    assert tiles(app) == {
        "Benchmark": f"{row['benchmark']:.3f}",
        "Precision": f"{row['precision']:.3f}",
        "Recall": f"{row['recall']:.3f}",
        "F1": f"{row['f1']:.3f}",
        "Assets with a benchmark": f"{row['n_assets_benchmark'] / row['n_assets']:.0%}",
    }
    told = [one.value for one in app.caption]
    assert any(f"{row['n_assets_benchmark']} of {row['n_assets']} assets" in one for one in told)


def test_what_is_held_against_the_benchmark_is_everybodys(run, full, scores):
    expected = doubts.doubts(scores).height
    assert expected
    who = scores.labelers["labeler"][0]
    for address in ({}, {"labeler": who}):
        app = run("06_benchmarks.py", full, address=address)
        assert len(downloads(app, "doubt")[0]) == expected
    row = scores.select(labelers=who).project.row(0, named=True)
    assert tiles(app)["F1"] == f"{row['f1']:.3f}"


def test_without_a_benchmark_it_says_how_to_name_one(run, tiny):
    app = run("06_benchmarks.py", tiny)
    assert "--benchmark" in app.info[0].value
    assert not app.metric


def test_the_most_frequent_mistake_is_listed_first(run, full, scores):
    app = run("06_benchmarks.py", full)
    cells = scores.confusion.filter((pl.col("relation") == "benchmark") & pl.col("question").is_null())
    wrong = cells.filter(~pl.col("class_a").eq_missing(pl.col("class_b")))
    listed = downloads(app, "mine")[0]
    assert len(listed) == wrong["n"].max()


def test_classes_of_a_question_are_its_answers(run, full, scores):
    app = run("07_classes.py", full, address={"of": "answers to weather"})
    assert not app.exception
    assert app.selectbox(key="of").value == "weather"
    pairs = downloads(app, "other_class")[0]
    answers = scores.confusion.filter(pl.col("question") == "weather")["class_a"].unique()
    assert set(pairs["class"]) <= set(answers)
    assert len(pairs)
