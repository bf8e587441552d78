"""Self-consistency, worked out by hand."""

import pytest

import labelqa
from labelqa.project import Builder


def project():
    """Ann labels two assets twice, agreeing fully on one and to 0.5 on the other; Bob labels each once."""
    builder = Builder()
    builder.source("by-hand", "by-hand")
    for asset, bottom in (("x", 10), ("y", 5)):
        builder.asset("p", asset)
        for label_id, labeler, side in (("first", "ann", 10), ("second", "ann", bottom), ("other", "bob", 10)):
            label = builder.label("p", asset, f"{asset}-{label_id}", labeler)
            builder.bbox(label, "car", 0, 0, 10, side)
    return builder.project()


def test_labelers_and_projects():
    scores = labelqa.score(project())
    row = scores.project.row(0, named=True)
    assert (row["self_consistency"], row["n_self"]) == (0.75, 2)
    assert row["self_consistency_low"] < 0.75 < row["self_consistency_high"]
    ann, bob = scores.labelers.iter_rows(named=True)
    assert (ann["self_consistency"], ann["n_self"]) == (0.75, 2)
    assert (bob["self_consistency"], bob["n_self"]) == (None, 0)
    assert "self_consistency: no_repeat" in bob["undefined"]
    assert "self_consistency" not in ann["undefined"]


def test_repeats_are_no_consensus():
    scores = labelqa.score(project())
    assert scores.pairs.filter(relation="consensus").height == 4
    assert scores.project["consensus"].to_list() == [pytest.approx((1 + (1 + 0.5 + 0.75) / 3) / 2)]
