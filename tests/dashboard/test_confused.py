"""What is behind the confusion matrix, against its cells and against the match table."""

import polars as pl
import pytest

import labelqa
from dashboard import confused


@pytest.fixture(scope="module")
def scores():
    return labelqa.score(labelqa.demo(assets=80, labelers=5, seed=2))


@pytest.mark.parametrize("relation", ["benchmark", "consensus"])
def test_as_many_matches_as_each_cell_counts(scores, relation):
    cells = scores.confusion.filter(pl.col("relation") == relation)
    assert {None, "weather", "hazards"} <= set(cells["question"])
    for cell in cells.iter_rows(named=True):
        rows = confused.behind(scores, relation, cell["question"], cell["class_a"], cell["class_b"])
        assert rows.height == cell["n"], cell


def test_a_cell_lists_its_matches_worst_first(scores):
    rows = confused.behind(scores, "benchmark", None, "truck", "car")
    matches = scores.matches.filter(
        (pl.col("relation") == "benchmark")
        & (pl.col("class_a") == "truck")
        & (pl.col("class_b") == "car")
        & (pl.col("outcome") == "wrong_class")
    )
    assert rows.height
    assert sorted(rows["similarity"]) == sorted(matches["similarity"])
    assert rows["agreement"].to_list() == sorted(rows["agreement"])
    assert set(rows["mine"]) == {"truck"}
    assert set(rows["theirs"]) == {"car"}


def test_pairs_of_classes_by_how_often_they_are_confused(scores):
    found = confused.pairs(scores).row(0, named=True)
    assert (found["class"], found["other_class"]) == ("car", "truck")
    together = scores.matches.filter((pl.col("relation") == "consensus") & (pl.col("kind") == "bbox"))
    together = together.filter(pl.col("outcome").is_in(["matched", "wrong_class"]))
    both = together.filter(pl.col("class_a").is_in(["car", "truck"]) & pl.col("class_b").is_in(["car", "truck"]))
    mixed = both.filter(pl.col("class_a") != pl.col("class_b"))
    assert (found["n"], found["n_met"]) == (mixed.height, both.height)
    assert found["confused"] == pytest.approx(mixed.height / both.height)
    assert found["confused_low"] < found["confused"] < found["confused_high"]


def test_pairs_of_answers(scores):
    found = confused.pairs(scores, "weather")
    matches = scores.matches.filter((pl.col("relation") == "consensus") & (pl.col("class_a") == "weather"))
    said = [{one[0], other[0]} for one, other in matches.select("answer_a", "answer_b").drop_nulls().iter_rows()]
    assert found.height
    for row in found.iter_rows(named=True):
        two = {row["class"], row["other_class"]}
        assert row["n"] == said.count(two)
        assert row["n_met"] == sum(one <= two for one in said)
    assert confused.pairs(scores, "hazards").is_empty()
