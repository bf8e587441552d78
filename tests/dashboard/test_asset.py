"""One asset: the order of the gallery, what a comparison says of an asset alone, and why it has its score."""

from collections import Counter

import polars as pl
import pytest

import labelqa
from dashboard import asset
from labelqa.project import Builder

GOOD_TO_BAD = ("matched", "wrong_class", "near_miss", "missed", "extra")


@pytest.fixture(scope="module")
def scores():
    return labelqa.score(labelqa.demo(assets=60, labelers=4, seed=8))


def marks_by_hand(scores, relation):
    """Count marks by what most of the labels say that they were compared with, from the match table with names."""
    met = {}
    for row in scores.matches.filter(pl.col("relation") == relation).iter_rows(named=True):
        key = (row["project_id"], row["asset_id"])
        for side in "ab":
            if row[f"annotation_{side}"] is not None:
                turned = side == "b" and relation == "consensus" and row["outcome"] == "missed"
                outcome = "extra" if turned else row["outcome"]
                mark = (row[f"label_{side}"], row[f"annotation_{side}"])
                met.setdefault(key, {}).setdefault(mark, Counter())[outcome] += 1
    return {
        key: Counter(max(GOOD_TO_BAD, key=lambda name, n=n: n[name]) for n in marks.values())
        for key, marks in met.items()
    }


@pytest.mark.parametrize("relation", ["consensus", "benchmark"])
def test_assets_are_listed_worst_first_with_their_scores_and_marks(scores, relation):
    listed = asset.ranked(scores, relation)
    known = scores.assets.filter(pl.col(relation).is_not_null())
    assert listed["score"].to_list() == sorted(known[relation].to_list())
    assert dict(listed.select("asset_id", "score").iter_rows()) == dict(known.select("asset_id", relation).iter_rows())
    assert listed["asset_id"].to_list() == scores.comparison.project.assets["asset_id"].gather(listed["row"]).to_list()
    counted = marks_by_hand(scores, relation)
    for row in listed.iter_rows(named=True):
        expected = counted.get((row["project_id"], row["asset_id"]), Counter())
        assert {name: row[f"n_{name}"] for name in GOOD_TO_BAD} == {name: expected[name] for name in GOOD_TO_BAD}
    disputed = asset.chosen(listed, (), "disputed")["n_disputed"].to_list()
    assert disputed == sorted(disputed, reverse=True)
    some = asset.chosen(listed, ("wrong_class",), "score")
    assert 0 < some.height < listed.height
    assert some["n_wrong_class"].min() > 0


def test_labelers_with_themselves_are_ranked_by_their_pairs():
    builder = Builder()
    for one, labeler, offset in (("a", "ana", 0), ("a", "ana", 1), ("b", "ben", 0), ("b", "ben", 2)):
        builder.asset("p", one)
        builder.bbox(builder.label("p", one, f"{one}{offset}", labeler), "cat", offset, 0, offset + 10, 10)
    listed = asset.ranked(labelqa.score(builder.project()), "self")
    assert listed["score"].to_list() == pytest.approx([8 / 12, 9 / 11])
    assert listed["asset_id"].to_list() == ["b", "a"]


def test_relations_are_those_of_the_stored_pairs(scores):
    assert set(asset.relations(scores)) == set(scores.pairs["relation"])
    assert "missed" in asset.outcomes("benchmark")
    assert "missed" not in asset.outcomes("consensus")


def test_an_asset_alone_has_its_rows_of_the_tables(scores):
    project = scores.comparison.project
    for row in (0, 7, project.assets.height - 1):
        one = asset.alone(scores.comparison, row)
        here = pl.col("asset_id") == project.assets["asset_id"][row]
        assert one.pairs.equals(scores.pairs.filter(here))
        assert one.matches.equals(scores.matches.filter(here))


def test_the_sentences_hold_the_numbers_of_the_tables(scores):
    row = asset.ranked(scores, "consensus").row(0, named=True)
    one = asset.alone(scores.comparison, row["row"])
    pairs = one.pairs.filter(pl.col("relation") == "consensus")
    labels = scores.labels.filter(pl.col("asset_id") == row["asset_id"], pl.col("role") == "submitted")
    mean, least = asset.why("consensus", row["score"], labels, pairs, one.matches)
    known = labels["consensus"].drop_nulls()
    assert mean.startswith(f"{row['score']:.3f} is the mean of {len(known)} labels")
    assert row["score"] == pytest.approx(known.mean())
    assert all(f"{value:.3f}" in mean for value in known)
    worst = pairs.sort("agreement", "label_a", "label_b").row(0, named=True)
    names = [worst[f"labeler_{side}"].partition("@")[0] for side in "ab"]
    assert least.startswith(f"Least: {names[0]} with {names[1]} {worst['agreement']:.3f}: ")
    told = {"n_matched": "matched", "n_wrong_class": "of another class", "n_missed": f"only by {names[1]}",
            "n_extra": f"only by {names[0]}"}  # fmt: skip
    for column, words in told.items():
        assert (f"{worst[column]} {words}" in least) == (worst[column] > 0)


def test_full_agreement_has_nobody_to_blame():
    pairs = pl.DataFrame({"agreement": [1.0], "label_a": ["1"], "label_b": ["2"]})
    labels = pl.DataFrame({"labeler": ["a", "b"], "consensus": [1.0, 1.0]})
    assert asset.why("consensus", 1.0, labels, pairs, pl.DataFrame()) == [
        "1.000 is the mean of 2 labels by their mean agreement with the others: a 1.000, b 1.000."
    ]
