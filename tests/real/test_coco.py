"""COCO's own sample with its results, an export whose first annotation has id 0, and 44 labelers in 44 files."""

import contextlib
import io
import json
import re

import numpy as np
import polars as pl
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.optimize import linear_sum_assignment

from labelqa.coco import coco_eval
from labelqa.formats.read import read
from labelqa.measures.coco.figures import NAMES

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


# --- outlines ------------------------------------------------------------------------------------------------------


def test_outlines_and_masks_of_val2014(data):
    project = read([data / "coco" / name for name in ("instances_val2014_100.json", f"{RESULTS['mask']}.json")])
    raw = json.loads((data / "coco" / "instances_val2014_100.json").read_text())["annotations"]
    true = project.annotations.filter(labeler="instances_val2014_100")
    assert dict(true["kind"].value_counts().iter_rows()) == {"polygon": 830, "mask": 9}
    assert true.filter(kind="mask")["is_crowd"].all()
    by_id = {row["annotation_id"]: row for row in true.iter_rows(named=True)}
    n_parts, joined = 0, []
    for one in raw:
        row = by_id[str(one["id"])]
        x, y, w, h = one["bbox"]
        assert row["stated"] == [one["area"], x, y, x + w, y + h]
        if one["iscrowd"]:
            assert sum(row["parts"][1::2]) == sum(one["segmentation"]["counts"][1::2])
            continue
        rings = [ring[:-2] if ring[:2] == ring[-2:] else ring for ring in one["segmentation"]]
        if row["geometry"] == [number for ring in rings for number in ring]:
            assert (row["parts"] or [len(rings[0]) // 2]) == [len(ring) // 2 for ring in rings]
            n_parts += len(rings)
        else:
            joined.append(one["id"])
            assert len(rings) > 1
    listed = project.problems.filter(pl.col("expected").str.starts_with("parts that do not overlap"))
    assert listed["n"].sum() == len(joined)
    assert n_parts > 900
    model = project.annotations.filter(labeler=RESULTS["mask"])
    assert dict(model["kind"].value_counts().iter_rows()) == {"mask": 734}
    assert project.labels["n_unread"].sum() == 0


# --- evaluation ----------------------------------------------------------------------------------------------------

RESULTS = {"bbox": "instances_val2014_fakebbox100_results", "mask": "instances_val2014_fakesegm100_results"}
IN_EXPECTED = {"bbox": "cocoapi bbox 100", "mask": "cocoapi segm 100"}


def by_pycocotools(truth, results, kind):
    with contextlib.redirect_stdout(io.StringIO()):
        one = COCO()
        one.dataset = truth
        one.createIndex()
        evaluation = COCOeval(one, one.loadRes(results), {"bbox": "bbox", "mask": "segm"}[kind])
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(value) for value in evaluation.stats]


def content(*path):
    folder, *rest = path
    return json.loads(folder.joinpath(*rest).read_text())


@pytest.fixture(scope="module")
def expected(data):
    return {name: one["stats"] for name, one in content(data, "expected.json")["coco"].items()}


def assert_rounded(figures, stats):
    assert {name: round(value, 6) for name, value in figures.items()} == pytest.approx(stats, abs=1.5e-6)


@pytest.mark.parametrize("kind", ["bbox", "mask"])
def test_val2014_equals_pycocotools(data, expected, kind):
    folder = data / "coco"
    paths = [folder / "instances_val2014_100.json", folder / f"{RESULTS[kind]}.json"]
    stats = by_pycocotools(content(paths[0]), content(paths[1]), kind)
    figures = coco_eval(*paths, kind)
    assert list(figures.values()) == pytest.approx(stats, abs=1e-12)
    assert_rounded(figures, expected[IN_EXPECTED[kind]])
    assert figures.counts == {"images": 100, "classes": 70, "truth": 839, "crowds": 9, "detections": 734}
    assert figures.left_out == {}
    project = read(paths)
    truth, model = (project.select(labelers=name) for name in ("instances_val2014_100", RESULTS[kind]))
    assert coco_eval(truth, model, kind) == figures
    assert coco_eval(truth.with_benchmark("instances_val2014_100"), model, kind) == figures


def test_results_of_the_other_kind_equal_pycocotools(data):
    folder = data / "coco"
    truth = folder / "instances_val2014_100.json"
    for kind, name in (("bbox", RESULTS["mask"]), ("mask", RESULTS["bbox"])):
        stats = by_pycocotools(content(truth), content(folder, f"{name}.json"), kind)
        assert list(coco_eval(truth, folder / f"{name}.json", kind).values()) == pytest.approx(stats, abs=1e-12)


def test_the_figures_that_the_authors_of_coco_printed(data):
    printed = {}
    for block in (data / "coco" / "val2014_fake_eval_res.txt").read_text().split("type=")[1:3]:
        printed[block.split()[0]] = [float(number) for number in re.findall(r"\] = (\d\.\d+)", block)]
    for kind, name in (("bbox", "bbox"), ("mask", "segm")):
        figures = coco_eval(data / "coco" / "instances_val2014_100.json", data / "coco" / f"{RESULTS[kind]}.json", kind)
        assert [round(value, 3) for value in figures.values()] == printed[name]


def test_the_annotation_with_id_0_is_matched(data, expected):
    folder = data / "self_check"
    paths = [folder / "valid_annotations.coco.json", folder / "coco_instances_results.json"]
    truth, results = map(content, paths)
    assert [round(value, 6) for value in by_pycocotools(truth, results, "bbox")] == pytest.approx(
        list(expected["d2 breast cancer valid"].values()), abs=1.5e-6
    )
    for annotation in truth["annotations"]:
        annotation["id"] += 1
    stats = by_pycocotools(truth, results, "bbox")
    figures = coco_eval(*paths)
    assert list(figures.values()) == pytest.approx(stats, abs=1e-12)
    assert expected["d2 breast cancer valid"]["AP50"] < figures.AP50
    project = read(paths)
    assert coco_eval(project, project) == figures


@pytest.mark.parametrize("style", ["coco_format_v1/instances_default.json", "coco_format_v2/instances_v2.json"])
def test_detections_with_ids_of_their_own_meet_by_file_name(data, expected, style):
    folder = data / "same_boxes_nine_formats"
    paths = [folder / style, folder / "detections_coco" / "coco_dets.json"]
    figures = coco_eval(*paths)
    assert_rounded(figures, expected["od-review VOC100"])
    project = read(paths)
    assert coco_eval(project, project) == figures
    assert tuple(figures) == NAMES


def test_ground_truth_in_another_format(data):
    folder = data / "same_boxes_nine_formats"
    truth = read(folder / "coco_format_v1")
    assert pytest.approx(0.346958, abs=1e-6) == coco_eval(truth, read(folder / "detections_coco")).AP
    truth = read(folder / "cvat_format")
    assert pytest.approx(0.346958, abs=1e-6) == coco_eval(truth, read(folder / "detections_coco")).AP
