"""COCO's evaluation against pycocotools: projects and files with ties, crowds, empty images, and what it must refuse."""

import contextlib
import copy
import io
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from labelqa.coco import coco_eval
from labelqa.errors import InputError, UsageError
from labelqa.formats.rle import from_coco
from labelqa.kinds.rings import Rings
from labelqa.measures.coco.figures import NAMES
from labelqa.measures.coco.layout import Marks, Sides
from labelqa.measures.coco.overlaps import overlaps
from labelqa.measures.coco.pixels import drawn
from labelqa.project import Builder

FRAME = (47, 40)  # height, width
SCORES = [0.1, 0.5, 0.9]
AREAS = [100.0, 1024.0, 5000.0, 9216.0, 20000.0]


def reference(truth, results, kind):
    """The twelve figures of pycocotools; it needs one detection at least."""
    with contextlib.redirect_stdout(io.StringIO()):
        one = COCO()
        one.dataset = copy.deepcopy(truth)
        one.createIndex()
        evaluation = COCOeval(one, one.loadRes(copy.deepcopy(results)), {"bbox": "bbox", "mask": "segm"}[kind])
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return dict(zip(NAMES, [None if value == -1 else float(value) for value in evaluation.stats], strict=True))


def assert_equal(figures, expected):
    assert list(figures) == list(expected)
    for name, value in expected.items():
        assert figures[name] == (None if value is None else pytest.approx(value, abs=1e-12)), name
    assert set(figures.undefined) == {name for name, value in expected.items() if value is None}


# --- drawn scenes ----------------------------------------------------------------------------------------------------

sides = st.tuples(*[st.integers(0, 80).map(lambda n: n / 4)] * 2, *[st.integers(1, 80).map(lambda n: n / 4)] * 2)


@st.composite
def scenes(draw):
    """Images in any order of ids, some empty; truth with crowds and areas of any size; detections with few scores."""
    ids = draw(st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True))
    truth, results = [], []
    for image in ids:
        mine = draw(st.lists(sides, max_size=5))
        for box in mine:
            x, y, w, h = box
            outlines = [[x, y, x + w, y, x + w, y + h]]
            if draw(st.booleans()):
                outlines.append([x, y + h / 2, x + w, y, x + w / 2, y + h, x, y + h])
            truth.append(
                {
                    "id": len(truth) + 1,
                    "image_id": image,
                    "category_id": draw(st.integers(0, 1)),
                    "bbox": list(box),
                    "area": draw(st.sampled_from([w * h, *AREAS])),
                    "iscrowd": draw(st.sampled_from([0, 0, 0, 1])),
                    "segmentation": outlines,
                }
            )
        some = st.one_of(sides, st.sampled_from(mine)) if mine else sides
        for x, y, w, h in draw(st.lists(some, max_size=6)):
            if draw(st.booleans()):
                w = draw(st.integers(1, 80)) / 4
            found = {"image_id": image, "category_id": draw(st.integers(0, 1)), "bbox": [x, y, w, h]}
            results.append({**found, "score": draw(st.sampled_from(SCORES))})
    return {
        "images": [{"id": k, "file_name": f"{k * 37 % 100}.jpg", "width": FRAME[1], "height": FRAME[0]} for k in ids],
        "categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}],
        "annotations": truth,
    }, results


def as_masks(results):
    """Give detections the pixels of a triangle in their box, as compressed run lengths."""
    found = []
    for one in results:
        x, y, w, h = one["bbox"]
        (coded,) = coco_mask.frPyObjects([[x, y, x + w, y, x + w, y + h]], *FRAME)
        shape = {"size": list(FRAME), "counts": coded["counts"].decode()}
        found.append({key: value for key, value in one.items() if key != "bbox"} | {"segmentation": shape})
    return found


def written(folder, truth, results):
    for name, content in (("truth", truth), ("found", results)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder / "truth.json", folder / "found.json"


def as_projects(truth, results, kind):
    """The same as two projects of other ids, built by hand."""
    order = {image["id"]: f"image {image['id']}" for image in truth["images"]}
    names = {category["id"]: category["name"] for category in truth["categories"]}
    projects = []
    for annotations, role in ((truth["annotations"], "benchmark"), (results, "prediction")):
        builder = Builder()
        builder.source("by-hand", "by-hand")
        labels = {}
        for image, asset in order.items():
            builder.asset("p", asset, width=FRAME[1], height=FRAME[0])
            labels[image] = builder.label("p", asset, f"{role} {asset}", role, role=role)
        for number, one in enumerate(annotations):
            label, cls = labels[one["image_id"]], names[one["category_id"]]
            x, y, w, h = one.get("bbox") or (math.nan,) * 4
            facts = {"annotation_id": str(number), "score": one.get("score"), "is_crowd": bool(one.get("iscrowd"))}
            facts["stated"] = [one["area"]] if role == "benchmark" else None
            if kind == "bbox":
                builder.bbox(label, cls, x, y, x + w, y + h, **facts)
            else:
                shape = one["segmentation"]
                if isinstance(shape, list):
                    coded = coco_mask.merge(coco_mask.frPyObjects(shape, *FRAME))
                    shape = {"size": FRAME, "counts": coded["counts"]}
                value = from_coco(shape["counts"], *shape["size"])
                builder.annotation(label, "mask", cls, value.geometry, parts=value.parts, **facts)
        projects.append(builder.project())
    return projects


@settings(max_examples=40, deadline=None)
@given(scenes(), st.sampled_from(["bbox", "mask"]))
def test_files_and_projects_equal_pycocotools(tmp_path_factory, scene, kind):
    truth, results = scene
    if kind == "mask":
        results = as_masks(results)
    figures = coco_eval(*written(tmp_path_factory.mktemp("coco"), truth, results), kind)
    if results:
        assert_equal(figures, reference(truth, results, kind))
    else:
        assert all(value in (None, 0.0) for value in figures.values())
    assert figures.left_out == {}
    assert_equal(coco_eval(*as_projects(truth, results, kind), kind), figures)


def crowded(n, score):
    """One image with n detections of one class; every third on a truth."""
    truth = [
        {"id": k + 1, "image_id": 1, "category_id": 1, "bbox": [4 * k, 0, 4, 9], "area": 36.0, "iscrowd": 0}
        for k in range(0, n, 3)
    ]
    results = [{"image_id": 1, "category_id": 1, "bbox": [4 * k, 0, 4, 9 - k % 4], "score": score(k)} for k in range(n)]
    images = [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}]
    return {"images": images, "categories": [{"id": 1, "name": "cat"}], "annotations": truth}, results


@pytest.mark.parametrize("score", [lambda _: 0.5, lambda k: (k * 31 % 250) / 250, lambda k: 1 - k / 250])
def test_no_more_than_100_detections_of_a_class_in_an_image(tmp_path, score):
    truth, results = crowded(250, score)
    figures = coco_eval(*written(tmp_path, truth, results))
    assert_equal(figures, reference(truth, results, "bbox"))
    assert figures.counts["detections"] == 100


def test_many_of_the_same_place(tmp_path):
    box = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 40, 40]}
    kinds = [{"area": area, "iscrowd": crowd} for area in (100.0, 1024.0, 2000.0) for crowd in (0, 1)]
    truth = [{**box, **kinds[k % 6], "id": k + 1} for k in range(900)]
    content = {"images": [{"id": 1}], "categories": [{"id": 1, "name": "cat"}], "annotations": truth}
    results = [{**box, "bbox": [0, 0, 40, 40 - k % 3], "score": 0.5} for k in range(120)]
    assert_equal(coco_eval(*written(tmp_path, content, results)), reference(content, results, "bbox"))


ring = st.lists(st.floats(-30, 80), min_size=6, max_size=14).map(lambda numbers: numbers[: len(numbers) & ~1])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # within pycocotools
@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(ring, min_size=1, max_size=3), min_size=1, max_size=5))
def test_outlines_are_drawn_as_pycocotools_draws_them(outlines):
    rings = [np.reshape(ring, (-1, 2)) for one in outlines for ring in one]
    laid_out = Rings(
        np.concatenate(rings), np.array([len(ring) for ring in rings]), np.array([len(one) for one in outlines])
    )
    height, width = (np.full(len(outlines), float(side)) for side in FRAME)
    masks, left_out = drawn(laid_out, np.full(len(outlines), True), width, height)
    assert not left_out.any()
    for number, one in enumerate(outlines):
        expected = coco_mask.merge(coco_mask.frPyObjects(one, *FRAME))
        (left, top), (right, bottom) = masks.box[:2, number], masks.box[2:, number]
        assert [left, top, right - left, bottom - top] == coco_mask.toBbox(expected).tolist()
        mine = masks.keys[masks.first[number] : masks.first[number] + masks.size[number]] & (1 << 31) - 1
        pixels = np.zeros((right - left) * (bottom - top), bool)
        for start, end in mine.reshape(-1, 2):
            pixels[start:end] = True
        assert np.array_equal(
            pixels.reshape((bottom - top, right - left), order="F"),
            coco_mask.decode(expected)[top:bottom, left:right].astype(bool),
        )


def test_holes_of_polygons_are_not_filled():
    square, hole = [0.0, 0, 40, 0, 40, 40, 0, 40], [10.0, 10, 30, 10, 30, 30, 10, 30]
    builder = Builder()
    builder.asset("p", "a", width=50, height=50)
    gold, model = (builder.label("p", "a", who, who, role=who) for who in ("benchmark", "prediction"))
    builder.annotation(gold, "polygon", "ring", [*square, *hole], parts=[4, 4])
    builder.annotation(model, "polygon", "ring", square, score=0.5)
    project = builder.project()
    figures = coco_eval(project, project, "mask")
    assert (pytest.approx(1.0), pytest.approx(1.0 if 1200 / 1600 >= 0.75 else 0.0)) == (figures.AP50, figures.AP75)
    assert figures.AP < 0.7


def test_a_box_without_area_overlaps_nothing():
    box = np.array([[1.0], [1.0], [1.0], [5.0]])
    zero, one = np.zeros(1, np.int64), np.zeros(1)
    mark = Marks(zero, zero, one, box, zero, np.array([False]), one)
    assert len(overlaps(Sides.of(mark, mark, 1, 1), zero).overlap) == 0


# --- undefined, left out, refused ------------------------------------------------------------------------------------


def project_of(*marks, labels=(), **sizes):
    """A project of (labeler, role, asset, class, box, score)."""
    builder = Builder()
    builder.source("by-hand", "by-hand")
    numbers = {}
    for labeler, role, asset in [mark[:3] for mark in marks] + list(labels):
        if (labeler, asset) not in numbers:
            builder.asset("p", asset, **sizes)
            numbers[labeler, asset] = builder.label("p", asset, f"{labeler}/{asset}", labeler, role=role)
    for labeler, _, asset, cls, box, score in marks:
        builder.bbox(numbers[labeler, asset], cls, *box, score=score)
    return builder.project()


BOX = (0, 0, 50, 50)
GOLD = ("gold", "submitted", "a", "cat", BOX, None)
FOUND = ("model", "submitted", "a", "cat", BOX, 0.5)


def test_a_figure_without_ground_truth_is_none_and_says_why():
    figures = coco_eval(project_of(GOLD), project_of(FOUND))
    assert (figures["APm"], figures.APs, figures.ARl) == (pytest.approx(1.0), None, None)
    assert figures.undefined == dict.fromkeys(["APs", "APl", "ARs", "ARl"], "nothing_of_this_size")
    nothing = coco_eval(project_of(labels=[("gold", "submitted", "a")]), project_of(FOUND))
    assert nothing.as_dict() == dict.fromkeys(NAMES)
    assert set(nothing.undefined.values()) == {"nothing_in_benchmark"}


def test_figures_are_a_mapping():
    figures = coco_eval(project_of(GOLD), project_of(FOUND))
    assert tuple(figures) == NAMES
    assert len(figures) == 12
    assert dict(figures) == figures.as_dict()
    assert figures["AP"] == figures.AP
    with pytest.raises(KeyError):
        figures["kind"]


def test_no_detections_at_all_score_0():
    figures = coco_eval(project_of(GOLD), project_of(labels=[("model", "prediction", "a")]))
    assert (figures.AP, figures.AR100, figures.APs) == (0.0, 0.0, None)


def test_truth_and_detections_may_be_in_one_project():
    project = project_of(GOLD, FOUND)
    assert coco_eval(project, project) == coco_eval(project_of(GOLD), project_of(FOUND))
    marks = [("gold", "benchmark", *GOLD[2:]), FOUND, ("ann", "submitted", *GOLD[2:])]
    project = project_of(*marks)
    assert coco_eval(project, project).counts["truth"] == 1


def test_what_takes_no_part_is_counted():
    truth = project_of(GOLD, ("gold", "submitted", "b", "cat", BOX, None))
    more = [
        ("model", "submitted", "a", "cat", BOX, None),
        ("model", "submitted", "a", "cow", BOX, 0.5),
        ("model", "submitted", "elsewhere", "cat", BOX, 0.5),
    ]
    assert coco_eval(truth, project_of(FOUND, *more)).left_out == {
        "asset with detections and without ground truth": 1,
        "detection without confidence": 1,
        "detection of a class that is not in the ground truth": 1,
    }
    builder = Builder()
    builder.asset("p", "a")
    gold = builder.label("p", "a", "L", "gold")
    builder.bbox(gold, "cat", *BOX)
    builder.annotation(gold, "point", "cat", [1, 1])
    builder.annotation(gold, "bbox", "cat", [1, 1, 9, 9], place="3")
    builder.answer(gold, "choice", "weather", ["fine"])
    figures = coco_eval(builder.project(), project_of(FOUND))
    assert figures.left_out == {"annotation on a frame or page": 1, "point of the ground truth": 1}
    assert figures.counts["truth"] == 1


def test_outlines_that_are_too_much_are_left_out():
    builder = Builder()
    builder.asset("p", "a")
    builder.asset("p", "b", width=9_999_999, height=9_999_999)
    for asset in "ab":
        gold = builder.label("p", asset, asset, "gold")
        builder.annotation(gold, "polygon", "cat", [0, 0, 9e6, 0, 9e6, 9e6])
        builder.annotation(gold, "mask", "cat", [0, 0, 2, 2], parts=[0, 4])
    model = builder.label("p", "a", "m", "model")
    builder.annotation(model, "mask", "cat", [0, 0, 2, 2], parts=[0, 4], score=0.5)
    project = builder.project()
    figures = coco_eval(project, project, "mask")
    assert figures.left_out == {"ground truth that cannot be laid out": 2}
    assert figures.counts["truth"] == 2


@pytest.mark.parametrize(
    ("marks", "says"),
    [
        ([GOLD], "no confidences"),
        ([FOUND, ("other", "submitted", *FOUND[2:])], r"more than one label of asset 'a' \(by model, other\)"),
    ],
)
def test_detections_that_cannot_be_ranked_are_refused(marks, says):
    with pytest.raises(UsageError, match=says):
        coco_eval(project_of(GOLD), project_of(*marks))


def test_calls_that_mean_nothing_are_refused(tmp_path):
    project = project_of(GOLD, FOUND)
    with pytest.raises(UsageError, match="no evaluation of 'masks'; did you mean 'mask'"):
        coco_eval(project, project, "masks")
    with pytest.raises(UsageError, match="no evaluation of 'masks'"):
        coco_eval("a.json", "b.json", "masks")
    with pytest.raises(UsageError, match="two projects or two paths"):
        coco_eval(project, tmp_path)
    with pytest.raises(UsageError, match="boxes only"):
        coco_eval(project, project, "mask")
    with pytest.raises(InputError):
        coco_eval(tmp_path / "none.json", tmp_path / "none.json")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="COCO files"):
        coco_eval(tmp_path, tmp_path)
    project.write(tmp_path / "written")
    with pytest.raises(UsageError, match="holds a project"):
        coco_eval(tmp_path / "written", tmp_path / "written")


def test_one_file_may_be_both_sides(tmp_path):
    truth, results = crowded(9, lambda _: 0.5)
    for one in truth["annotations"]:
        one["score"] = 0.5
    path, _ = written(tmp_path, truth, results)
    assert pytest.approx(1.0) == coco_eval(path, path).AP
