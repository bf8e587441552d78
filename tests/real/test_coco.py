"""COCO's own sample with its results, an export whose first annotation has id 0, and 44 labelers in 44 files."""

import json

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linear_sum_assignment

from labelqa.formats.read import read

CORNERS = ["left", "top", "right", "bottom"]


@pytest.fixture(scope="module")
def coco(data):
    folder = data / "coco"
    return read([folder / "instances_val2014_100.json", folder / "instances_val2014_fakebbox100_results.json"])


@pytest.fixture(scope="module")
def self_check(data):
    return read(data / "self_check")


def boxes_of(project, labeler):
    """Give (asset, class, annotation id, corners) of each box of a labeler."""
    rows = project.annotations.filter(labeler=labeler)
    return list(rows.select("asset_id", "class", "annotation_id", "geometry").iter_rows())


def matched(project, true, found):
    """Pair boxes of one image and class at IoU >= 0.5, the greatest total first: pairs of ids, and the sum of IoU."""
    pairs, total = [], 0.0
    sides = [{}, {}]
    for side, labeler in zip(sides, (true, found), strict=True):
        for asset, cls, id_, box in boxes_of(project, labeler):
            side.setdefault((asset, cls), []).append((id_, box))
    for key in sorted(sides[0].keys() & sides[1].keys()):
        (ids_a, a), (ids_b, b) = (zip(*side[key], strict=True) for side in sides)
        similarity = _iou(np.array(a), np.array(b))
        similarity[similarity < 0.5] = 0
        for row, column in zip(*linear_sum_assignment(-similarity), strict=True):
            if similarity[row, column]:
                pairs.append((ids_a[row], ids_b[column]))
                total += similarity[row, column]
    return pairs, total


def _iou(a, b):
    sides = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    both = sides.clip(0).prod(axis=2)
    return both / ((a[:, 2:] - a[:, :2]).prod(axis=1)[:, None] + (b[:, 2:] - b[:, :2]).prod(axis=1)[None] - both)


def test_val2014_is_read_whole(coco, data):
    assert coco.assets.height == 100
    assert dict(coco.annotations["labeler"].value_counts().iter_rows()) == {
        "instances_val2014_100": 839,
        "instances_val2014_fakebbox100_results": 734,
    }
    assert coco.annotations["is_crowd"].sum() == 9
    assert coco.labelers["is_model"].to_list() == [False, True]
    assert coco.annotations["score"].null_count() == 839
    raw = json.loads((data / "coco" / "instances_val2014_100.json").read_text())
    expected = {str(one["id"]): one["bbox"] for one in raw["annotations"]}
    for _, _, id_, (left, top, right, bottom) in boxes_of(coco, "instances_val2014_100"):
        x, y, w, h = expected[id_]
        assert (left, top, right, bottom) == (x, y, x + w, y + h)


def test_an_image_without_results_is_an_empty_label_of_the_model(coco):
    labels = coco.labels.filter(labeler="instances_val2014_fakebbox100_results")
    assert labels.height == 100
    assert labels.join(coco.annotations, on="label_id", how="anti").height == 1


def test_val2014_matches(coco):
    pairs, total = matched(coco, "instances_val2014_100", "instances_val2014_fakebbox100_results")
    assert len(pairs) == 650
    assert total == pytest.approx(559.574975, abs=1e-6)


def test_results_without_boxes_are_counted_and_their_labels_exist(data):
    project = read(data / "coco")
    labels = project.labels.filter(labeler="instances_val2014_fakesegm100_results")
    assert labels.height == 100
    assert labels.join(project.annotations, on="label_id", how="semi").height == 0
    assert labels["n_unread"].sum() == 734
    notes = project.problems.filter(severity="note").select("found", "n").rows()
    assert ("'annotation without bbox'", 734) in notes
    assert ("'segmentation'", 839) in notes


def test_an_annotation_with_id_0_is_like_any_other(self_check):
    true, found = "valid_annotations.coco", "coco_instances_results"
    assert (len(boxes_of(self_check, true)), len(boxes_of(self_check, found))) == (430, 340)
    assert self_check.assets.height == 122
    assert self_check.labels.height == 244
    pairs, _ = matched(self_check, true, found)
    assert any(a == "0" for a, _ in pairs)


def test_what_is_no_coco_is_listed(self_check):
    left_out = self_check.problems.filter(pl.col("file").str.ends_with("metrics.json"))
    assert left_out.height == 1
    assert "the file is left out" in left_out["expected"][0]


def test_a_file_for_each_labeler(data):
    project = read(data / "pedestrians" / "coco_by_labeler", benchmark="expert")
    assert (project.sources.height, project.assets.height) == (44, 1448)
    assert (project.labels.height, project.annotations.height) == (11074, 12983)
    table = read(data / "pedestrians" / "table.csv")
    table = table.annotations.with_columns(asset_id=pl.format("{}.png", "asset_id"))
    names = ["asset_id", "labeler", "role", "class", "geometry"]
    one, other = (frame.select(names).sort(names) for frame in (project.annotations, table))
    assert one.equals(other)


def test_two_styles_and_detections_on_the_same_images(data):
    folder = data / "same_boxes_nine_formats"
    names = ["coco_format_v1", "coco_format_v2", "detections_coco"]
    project = read([folder / name for name in names])
    counts = dict(project.annotations["labeler"].value_counts().iter_rows())
    assert counts == {"instances_default": 273, "instances_v2": 273, "coco_dets": 452}
    one, other = (
        [(asset, cls, np.round(box, 3).tolist()) for asset, cls, _, box in boxes_of(project, name)]
        for name in ("instances_default", "instances_v2")
    )
    assert sorted(one) == sorted(other)
