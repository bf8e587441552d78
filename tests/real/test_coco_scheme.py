"""The scheme `coco` on the authors' example: AP and AR beside the match table."""

import pytest

import labelqa


@pytest.mark.parametrize(("results", "kind"), [("fakebbox100", "bbox"), ("fakesegm100", "mask")])
def test_scores_have_the_figures_of_the_evaluation(data, results, kind):
    truth = data / "coco" / "instances_val2014_100.json"
    found = data / "coco" / f"instances_val2014_{results}_results.json"
    scores = labelqa.score(labelqa.read([truth, found], benchmark=truth.stem), "coco")
    expected = labelqa.coco_eval(truth, found, kind=kind)
    for table in (scores.project, scores.labelers):
        assert table.height == 1
        for name, value in expected.items():
            assert table[name].to_list() == [pytest.approx(value, abs=1e-9)]
    assert scores.project["n_matched"].item() > 500
