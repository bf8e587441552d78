"""Objects that met, against the match table with names and formulas written out."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

import labelqa
from dashboard import objects


@pytest.fixture(scope="module")
def scores():
    return labelqa.score(labelqa.demo(assets=80, labelers=4, seed=6))


@pytest.mark.parametrize("relation", ["consensus", "benchmark"])
def test_rows_are_those_of_the_match_table(scores, relation):
    rows = objects.described(scores, objects.met(scores, relation), "class")
    matches = scores.matches.filter(pl.col("relation") == relation)
    assert rows.height == matches.height
    for ours, theirs in (("outcome", "outcome"), ("class_mine", "class_a"), ("class_other", "class_b")):
        assert sorted(rows[ours].to_list(), key=str) == sorted(matches[theirs].to_list(), key=str)
    assert rows["similarity"].sum() == pytest.approx(matches["similarity"].sum())


def test_rows_are_seen_from_the_labelers_side(scores):
    who = scores.labelers["labeler"][2]
    rows = objects.described(scores, objects.met(scores, "consensus", who), "class")
    named = scores.matches.filter(pl.col("relation") == "consensus")
    first, second = named.filter(pl.col("labeler_a") == who), named.filter(pl.col("labeler_b") == who)
    turned = {"missed": "extra", "extra": "missed"}
    expected = first["outcome"].to_list() + [turned.get(one, one) for one in second["outcome"]]
    assert first.height
    assert second.height
    assert sorted(rows["outcome"]) == sorted(expected)
    extra = rows.filter(pl.col("outcome") == "extra")
    assert extra["mine"].null_count() == 0
    assert extra["other"].null_count() == extra.height


def test_boxes_around_shapes():
    found = objects.box(pl.Series([[1.0, 2.0, 4.0, 8.0], [0.0, 0.0, 3.0, 1.0, 1.0, 5.0], None]))
    assert found.struct.unnest().rows() == [(1, 2, 3, 6), (0, 0, 3, 5), (None, None, None, None)]


def test_agreement_of_a_class_is_matched_over_the_union_with_its_interval(scores):
    rows = objects.described(scores, objects.met(scores, "consensus"), "kind")
    rows = rows.with_columns(kind=pl.coalesce("kind_mine", "kind_other"))
    found = objects.agreement_by(rows, "kind").filter(pl.col("kind") == "bbox").row(0, named=True)
    union = {"matched": 1, "wrong_class": 2, "near_miss": 2, "missed": 1, "extra": 1}
    above, below = {}, {}
    for row in rows.filter(pl.col("kind") == "bbox").iter_rows(named=True):
        asset = row["asset"]
        above[asset] = above.get(asset, 0) + (row["similarity"] if row["outcome"] == "matched" else 0)
        below[asset] = below.get(asset, 0) + union[row["outcome"]]
    top, bottom = np.array(list(above.values())), np.array(list(below.values()))
    value, n = top.sum() / bottom.sum(), len(top)
    error = np.sqrt(n / (n - 1) * ((top - value * bottom) ** 2).sum()) / bottom.sum()
    half = stats.t.ppf(0.975, n - 1) * error
    assert found["agreement"] == pytest.approx(value)
    assert (found["agreement_low"], found["agreement_high"]) == pytest.approx((value - half, value + half))
    assert found["n_assets"] == n


def test_agreement_of_answers_is_their_mean_similarity(scores):
    rows = objects.described(scores, objects.met(scores, "consensus"), "kind")
    rows = rows.with_columns(kind=pl.coalesce("kind_mine", "kind_other"))
    found = objects.agreement_by(rows, "kind").filter(pl.col("kind") == "checklist")["agreement"][0]
    answers = scores.matches.filter((pl.col("relation") == "consensus") & (pl.col("kind") == "checklist"))
    assert 0 < answers.filter(pl.col("outcome") == "wrong_class")["similarity"].max() < 1
    assert found == pytest.approx(answers["similarity"].mean())


def test_one_asset_has_no_interval():
    cells = pl.DataFrame(
        {
            "group": ["a", "b", "b"],
            "asset": [1, 1, 2],
            "above": [1.0, 1.0, 0.0],
            "below": [2.0, 1.0, 1.0],
            "n": [2, 1, 1],
        }
    )
    found = objects.ratios(cells, "group", "share")
    assert found["share"].to_list() == [0.5, 0.5]
    assert found["share_low"].to_list()[0] is None
    assert found["share_low"].to_list()[1] < 0.5
