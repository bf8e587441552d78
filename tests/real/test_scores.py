"""Scores of real data against numbers that other programs gave for them (see `expected.json` beside the data)."""

import json

import numpy as np
import polars as pl
import pytest

import labelqa

LAYOUTS = {
    "labelbox.ndjson": None,
    "label_studio.json": None,
    "table.csv": None,
    "coco_by_labeler": "expert",
}


@pytest.fixture(scope="module")
def expected(data):
    text = json.loads((data / "expected.json").read_text())
    (pedestrians,) = [value for key, value in text.items() if key.startswith("pedestrians")]
    return pedestrians


@pytest.fixture(scope="module")
def projects(data):
    return {name: labelqa.read(data / "pedestrians" / name, benchmark=who) for name, who in LAYOUTS.items()}


def matched(matches, relation):
    rows = matches.filter(relation=relation, outcome="matched")
    return rows.height, pytest.approx(rows["similarity"].sum(), abs=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pedestrians(projects, expected, layout):
    scores = labelqa.score(projects[layout])
    stored, gold = expected["as stored"], expected["as stored"]["benchmark"]
    consensus = scores.pairs.filter(relation="consensus")
    assert consensus.height == stored["pairs"]
    assert consensus["both_empty"].sum() == stored["both_empty"]
    assert (stored["matched"], stored["sum_iou"]) == matched(scores.matches, "consensus")
    assert (gold["TP"], gold["sum_iou"]) == matched(scores.matches, "benchmark")
    row = scores.project.row(0, named=True)
    assert (row["n_matched"], row["n_drawn"], row["n_expected"]) == (
        gold["TP"],
        gold["TP"] + gold["FP"],
        gold["TP"] + gold["FN"],
    )
    both_sides = consensus.select("n_matched", "n_wrong_class", "n_near_miss").sum().sum_horizontal().item()
    in_all = 2 * both_sides + consensus["n_extra"].sum() + consensus["n_missed"].sum()
    assert 2 * stored["matched"] / in_all == pytest.approx(stored["pooled_f1"], abs=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pedestrians_clipped_to_the_frame(projects, expected, layout):
    (clipped,) = [value for key, value in expected.items() if key.startswith("clipped")]
    scores = labelqa.score(projects[layout], {"clip": True})
    assert (clipped["matched"], clipped["sum_iou"]) == matched(scores.matches, "consensus")
    assert (clipped["benchmark"]["TP"], clipped["benchmark"]["sum_iou"]) == matched(scores.matches, "benchmark")


def test_all_layouts_give_equal_scores(projects):
    tables = [labelqa.score(project) for project in projects.values()]
    for one in tables[1:]:
        for name in ("labelers", "assets", "project", "classes"):
            a, b = (getattr(scores, name).select(pl.col(pl.Float64)) for scores in (tables[0], one))
            for column in a.columns:
                left, right = (np.sort(frame[column].fill_null(-1).to_numpy()) for frame in (a, b))
                np.testing.assert_allclose(left, right, atol=1e-12, err_msg=f"{name}.{column}")


def test_three_pairs_lie_at_the_threshold_and_one_of_them_matches(projects):
    """They are within 2e-15 of 0.5: one at or above it, two below, in every layout. No tolerance is applied."""
    for project in projects.values():
        matches = labelqa.score(project).matches
        at_threshold = matches.filter((pl.col("similarity") - 0.5).abs() < 1e-9)
        assert sorted(at_threshold["outcome"]) == ["matched", "near_miss", "near_miss"]


@pytest.mark.parametrize(
    ("truth", "detections", "count", "total"),
    [
        ("coco/instances_val2014_100.json", "coco/instances_val2014_fakebbox100_results.json", 650, 559.574975),
        ("self_check/valid_annotations.coco.json", "self_check/coco_instances_results.json", 308, None),
    ],
)
def test_coco_boxes_against_detections(data, truth, detections, count, total):
    stem = (data / truth).name.removesuffix(".json")
    project = labelqa.read([data / truth, data / detections], benchmark=stem)
    matches = labelqa.compare(project, against="benchmark").matches.filter(outcome="matched")
    assert matches.height == count
    if total:
        assert matches["similarity"].sum() == pytest.approx(total, abs=1e-6)
    if "self_check" in truth:  # an annotation id of 0 is an id like any other
        assert matches.filter(annotation_b="0").height == 1
    again = labelqa.read([data / detections, data / truth], benchmark=stem)
    assert labelqa.score(again).labelers.equals(labelqa.score(project).labelers)
