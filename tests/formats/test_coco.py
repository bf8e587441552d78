"""COCO instances, results, and one file a labeler, cell by cell; together and alone; whatever their order."""

import contextlib
import gzip
import itertools
import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labelqa.errors import InputError, LabelqaError
from labelqa.formats.read import read
from labelqa.formats.readers.coco import FORMAT
from labelqa.formats.sample import Sample
from labelqa.kinds import polygon
from labelqa.project import Project

HERE = Path(__file__).parent / "coco"
MINIATURES = ["ann.json", "bob.json", "model.json", "shapes.json", "panoptic.json"]

MARKS = ["label_id", "annotation_id", "class", "geometry", "score", "is_crowd"]
IMAGES = [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}]
CATEGORIES = [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}]
STATED = "one shape for each annotation; the most detailed is read, area and box are kept as stated"
BOX = {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}


@pytest.fixture
def written(tmp_path):
    """Write JSON files, read some of them (all, if none is named), give the project."""

    def write_and_read(files, *wanted, **options):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(content))
        return read([tmp_path / name for name in wanted or files], **options)

    return write_and_read


def instances(*annotations, images=IMAGES, categories=CATEGORIES):
    return {"images": images, "categories": categories, "annotations": list(annotations)}


def problems(project, *severities):
    listed = project.problems.filter(project.problems["severity"].is_in(severities or ["error", "warning", "note"]))
    return listed.select("severity", "record", "field", "found", "expected", "n").rows()


def assert_same(one, other):
    for name in ("assets", "labels", "annotations", "labelers", "ontology"):
        assert one.tables[name].equals(other.tables[name]), name


# --- the miniatures, cell by cell ----------------------------------------------------------------------------------


def test_instances():
    project = read(HERE / "ann.json")
    assert project.assets.select("project_id", "asset_id", "name", "width", "height").rows() == [
        ("default", "2", None, 64, 48),
        ("default", "3", "twice.jpg", None, None),
        ("default", "4", "twice.jpg", None, None),
        ("default", "a.jpg", "a.jpg", 64, 48),
        ("default", "b.jpg", "b.jpg", 64, 48),
    ]
    assert project.labels.select("asset_id", "label_id", "labeler", "role", "status", "record").rows() == [
        ("2", "ann/2", "ann", "submitted", "submitted", 3),
        ("3", "ann/3", "ann", "submitted", "submitted", 4),
        ("4", "ann/4", "ann", "submitted", "submitted", 5),
        ("a.jpg", "ann/a.jpg", "ann", "submitted", "submitted", 1),
        ("b.jpg", "ann/b.jpg", "ann", "submitted", "submitted", 2),
    ]
    assert project.annotations.select(MARKS).rows() == [
        ("ann/2", "2", "car", [5.0, 4.0, 9.0, 9.0], None, False),
        ("ann/a.jpg", "0", "car", [10.0, 20.0, 40.5, 60.25], None, False),
        ("ann/a.jpg", "1", "person", [0.0, 0.0, 64.0, 48.0], None, True),
    ]
    assert project.annotations.select("annotation_id", "kind", "stated").rows() == [
        ("2", "bbox", None),
        ("0", "bbox", [1227.6]),
        ("1", "mask", [pytest.approx(math.nan, nan_ok=True), 0.0, 0.0, 64.0, 48.0]),
    ]
    assert project.ontology.select("kind", "class", "declared").rows() == [
        ("bbox", "bus", True),
        ("bbox", "car", True),
        ("mask", "person", True),
    ]
    assert project.labelers.rows() == [("ann", None, False)]
    back = "a width and height of 0 or more; read as drawn from the other corner"
    shared = "a name that occurs once; the image's id is taken as the asset's id"
    outside = "geometry inside the frame; compared as stored (a scheme with clip cuts it to the frame)"
    assert problems(project) == [
        ("warning", 1, "geometry", "'0: 10.0, 20.0, 40.5, 60.25'", outside, 1),
        ("warning", 3, "annotations[...].bbox", "'9.0, 9.0, -4.0, -5.0'", back, 1),
        ("warning", 4, "images[...].file_name", "'twice.jpg'", shared, 1),
        ("warning", 5, "images[...].file_name", "'twice.jpg'", shared, 1),
        ("note", 3, None, "'attributes'", "bbox, polygon and mask; attributes is not read yet", 1),
        ("note", None, "annotations[...].area, bbox", None, STATED, 1),
    ]
    assert project.sources.select("format", "n_records", "n_skipped", "n_labels", "n_annotations").rows() == [
        ("coco", 11, 0, 5, 3)
    ]


def test_files_of_two_labelers_share_images_by_name_and_classes_by_name():
    project = read([HERE / "ann.json", HERE / "bob.json"])
    assert project.labels.filter(asset_id="a.jpg")["labeler"].to_list() == ["ann", "bob"]
    person = project.annotations.filter(**{"class": "person"})
    assert person["label_id"].to_list() == ["ann/a.jpg", "bob/a.jpg"]
    assert person["geometry"].to_list() == [[0.0, 0.0, 64.0, 48.0]] * 2
    assert ("note", 1, None, "'keypoints'", "bbox; keypoints is not read yet", 1) in problems(project)


def test_results_refer_to_the_instances_beside_them():
    project = read([HERE / "ann.json", HERE / "model.json"])
    model = project.annotations.filter(labeler="model")
    assert model.select(MARKS).rows() == [
        ("model/2", "model/2#0", "car", [5.0, 4.0, 9.0, 9.0], 0.5, False),
        ("model/a.jpg", "model/a.jpg#0", "car", [10.0, 20.0, 40.0, 60.0], 0.9, False),
        ("model/a.jpg", "5", "person", [1.5, 2.25, 4.5, 6.25], 0.25, False),
    ]
    assert model["kind"].to_list() == ["mask", "bbox", "bbox"]
    labels = project.labels.filter(labeler="model")
    assert labels["asset_id"].to_list() == project.assets["asset_id"].to_list()
    assert labels["role"].unique().to_list() == ["submitted"]
    assert labels["n_unread"].sum() == 0
    assert project.labelers.select("labeler", "is_model").rows() == [("ann", False), ("model", True)]


def test_results_alone_are_known_by_their_ids():
    project = read(HERE / "model.json")
    assert project.assets["asset_id"].to_list() == ["0", "2"]
    assert project.annotations["class"].to_list() == ["1", "2", "1"]
    ((_, _, _, _, expected, _),) = [row for row in problems(project, "warning") if "label" not in row]
    assert expected.startswith("the instances file that the results belong to; ids are taken as asset ids and classes")


def test_faults():
    project = read(HERE / "faults.json")
    assert project.annotations.select(MARKS).rows() == [
        ("faults/a.jpg", "faults/a.jpg#0", "2", [2.0, 2.0, 5.0, 6.0], None, False),
        ("faults/a.jpg", "faults/a.jpg#1", "auto", [1.0, 2.0, 4.0, 6.0], None, False),
        ("faults/a.jpg", "9", "auto", [1.0, 2.0, 4.0, 6.0], None, False),
    ]
    image = "the id of an image of the instances file; the annotation is left out"
    category = "the id of a category of the instances file; the annotation is left out"
    assert problems(project, "error") == [
        ("error", 3, "annotations[...].image_id", "'9'", image, 1),
        ("error", 3, "images[...].id", "'nothing'", "a value; the record is left out", 1),
        ("error", 4, "annotations[...].category_id", "'9'", category, 1),
        ("error", 5, "annotations[...].category_id", None, category, 1),
        ("error", 6, "annotations[...].bbox", "'[1.0, 2.0, 3.0]'", "four numbers; the annotation is left out", 1),
        (
            "error",
            7,
            "annotations[...].bbox",
            "'1000000000.0, 2.0, 3.0, 4.0'",
            "numbers within 10000000 pixels; the annotation is left out",
            1,
        ),
        ("error", 8, "annotations[...].bbox[...]", "'a text'", "a number; the record is left out", 1),
        ("error", 10, "annotations[...].image_id", "'nothing'", "a value; the record is left out", 1),
        ("error", 12, "annotations[...].image_id", "'9'", image, 1),
    ]
    assert [row[2:4] for row in problems(project, "warning")] == [
        ("annotation_id", "'1'"),
        ("annotation_id", "'1'"),
        ("categories[...].id", "'1'"),
        ("images[...].id", "'1'"),
        ("score", "7.0"),
    ]
    assert project.sources.select("n_records", "n_skipped").row(0) == (18, 9)
    assert project.labels["n_unread"].item() == 5


# --- ids -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id_", [0, "0", 0.0, "img", 2**70, -1])
def test_ids_of_any_type_refer(written, id_):
    image, category = {"id": id_, "file_name": "a.jpg"}, {"id": id_, "name": "car"}
    box = {"id": id_, "image_id": id_, "category_id": id_, "bbox": [1, 2, 3, 4]}
    project = written({"ann.json": instances(box, images=[image], categories=[category])})
    shown = "0" if id_ == 0 else str(id_)
    assert project.annotations.select("annotation_id", "class").rows() == [(shown, "car")]
    assert problems(project) == []


def test_an_id_means_the_same_as_number_float_and_text(written):
    boxes = [{"image_id": image, "category_id": 1, "bbox": [1, 2, 3, 4]} for image in (1, 1.0, "1")]
    assert written({"ann.json": instances(*boxes)}).annotations.height == 3


def test_annotation_ids_may_repeat_across_images(written):
    project = written({"ann.json": instances({**BOX, "id": 7}, {**BOX, "id": 7, "image_id": 2})})
    assert project.annotations["annotation_id"].to_list() == ["7", "7"]
    assert problems(project) == []


def test_the_same_image_twice_is_one(written):
    project = written({"ann.json": instances(BOX, images=[*IMAGES, {"id": 1, "file_name": "a.jpg", "width": 9}])})
    assert project.assets.select("asset_id", "width").rows() == [("a.jpg", 9), ("b.jpg", None)]
    assert [row[2:4] for row in problems(project)] == [("images[...].id", "'1'")]


# --- instances that lack something ---------------------------------------------------------------------------------


def test_without_categories_their_ids_are_the_classes(written):
    project = written({"ann.json": instances(BOX, categories=[])})
    assert project.annotations["class"].to_list() == ["1"]
    assert [row[2] for row in problems(project)] == ["category_id"]


def test_without_images_the_annotations_name_them(written):
    project = written({"ann.json": instances(BOX, images=[])})
    assert project.labels.select("asset_id", "label_id").rows() == [("1", "ann/1")]
    assert [row[2] for row in problems(project)] == ["images"]


def test_images_alone_are_empty_labels(written):
    project = written({"ann.json": instances()})
    assert (project.labels.height, project.annotations.height) == (2, 0)
    assert problems(project) == []


def test_instances_with_scores_are_by_a_model(written):
    project = written({"ann.json": instances({**BOX, "score": 0.5})})
    assert project.labelers["is_model"].to_list() == [True]


def test_members_may_stand_in_any_order(written):
    whole = instances({**BOX, "id": 3})
    orders = list(itertools.permutations(whole))
    projects = [written({f"{n}/ann.json": {key: whole[key] for key in order}}) for n, order in enumerate(orders)]
    for project in projects:
        assert project.annotations.equals(projects[0].annotations)


# --- labelers ------------------------------------------------------------------------------------------------------


def test_labeler_is_the_files_stem(tmp_path):
    (tmp_path / "worker-01.json.gz").write_bytes(gzip.compress(json.dumps(instances(BOX)).encode()))
    assert read(tmp_path).labelers["labeler"].to_list() == ["worker-01"]


def test_files_of_one_name_are_told_apart_by_their_folder(written):
    project = written({"ann/coco.json": instances(BOX), "bob/coco.json": instances(BOX), "expert.json": instances()})
    assert project.labelers["labeler"].to_list() == ["ann/coco", "bob/coco", "expert"]
    assert project.labels.height == 6


def test_a_labeler_can_be_named_the_benchmark(written):
    project = written({"ann.json": instances(BOX), "expert.json": instances(BOX)}, benchmark="expert")
    assert dict(project.labels.select("labeler", "role").iter_rows()) == {"ann": "submitted", "expert": "benchmark"}


# --- results and several instances files ---------------------------------------------------------------------------


def test_instances_files_that_agree_are_taken_together(written):
    files = {
        "ann.json": instances(images=IMAGES[:1]),
        "bob.json": instances(images=IMAGES[1:], categories=CATEGORIES[1:]),
        "model.json": [BOX, {**BOX, "image_id": 2, "category_id": 2}],
    }
    project = written(files)
    assert project.annotations.select("asset_id", "class").rows() == [("a.jpg", "car"), ("b.jpg", "bus")]
    assert problems(project) == []


def test_instances_files_without_any_of_the_images_take_no_part(written):
    files = {
        "train.json": instances(images=[{"id": 7, "file_name": "t.jpg"}]),
        "val.json": instances(),
        "model.json": [BOX],
    }
    project = written(files)
    assert project.labels.filter(labeler="model")["asset_id"].to_list() == ["a.jpg", "b.jpg"]


def test_of_instances_files_that_disagree_the_one_that_knows_most_is_taken(written):
    files = {
        "few.json": instances(images=[{"id": 1, "file_name": "x.jpg"}]),
        "most.json": instances(),
        "model.json": [BOX, {**BOX, "image_id": 2}],
    }
    for names in itertools.permutations(files):
        project = written(files, *names)
        assert project.annotations["asset_id"].to_list() == ["a.jpg", "b.jpg"]
        ((severity, _, field, found, expected, _),) = problems(project)
        assert (severity, field) == ("warning", "image_id, category_id")
        assert found.endswith("most.json'")
        assert expected.endswith("the one that knows most of the images is taken")


def test_results_on_no_known_image_are_errors(written):
    project = written({"ann.json": instances(), "model.json": [{**BOX, "image_id": 9}]})
    assert project.labels["labeler"].unique().to_list() == ["ann"]
    assert [row[:4] for row in problems(project)] == [("error", 1, "image_id", "'9'")]


def test_an_empty_list_of_results_is_an_empty_label_for_every_image(written):
    project = written({"ann.json": instances(), "model.json": []}, format="coco")
    assert project.labels["label_id"].to_list() == ["ann/a.jpg", "model/a.jpg", "ann/b.jpg", "model/b.jpg"]


# --- boxes, outlines, keypoints ------------------------------------------------------------------------------------

TRIANGLE = {**BOX, "segmentation": [[1, 2, 4, 2, 4, 6]]}
RECTANGLE = {**BOX, "segmentation": [[1, 2, 1, 6, 4, 6, 4, 2]]}
SKELETON = {**BOX, "keypoints": [1, 2, 2, 0, 0, 0], "num_keypoints": 1}
NAN = pytest.approx(math.nan, nan_ok=True)


def test_each_annotation_is_read_as_the_most_detailed_shape_that_it_has():
    project = read(HERE / "shapes.json")
    marks = project.annotations.sort(pl.col("annotation_id").cast(pl.Int64))
    dog, ring = [1.0, 1.0, 4.0, 4.0], [1.0, 1.0, 5.0, 1.0, 5.0, 5.0]
    union = marks.filter(annotation_id="3")["geometry"].item().to_list()
    assert marks.select("annotation_id", "kind", "geometry", "parts", "answer", "is_crowd", "stated").rows() == [
        ("1", "polygon", ring, None, None, False, [9.5, 1.0, 1.0, 5.0, 5.0]),
        (
            "2",
            "polygon",
            [0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 0.0, 2.0, 4.0, 3.0, 6.0, 3.0, 6.0, 5.0, 4.0, 5.0],
            [4, 4],
            None,
            False,
            [10.0, 0.0, 0.0, 6.0, 5.0],
        ),
        ("3", "polygon", union, None, None, False, [NAN, 0.0, 0.0, 6.0, 2.0]),
        ("4", "mask", [1.0, 1.0, 3.0, 3.0], [0, 4], None, True, [4.0, 1.0, 1.0, 3.0, 3.0]),
        ("5", "mask", [1.0, 1.0, 3.0, 3.0], [0, 4], None, True, [NAN, 1.0, 1.0, 3.0, 3.0]),
        ("6", "keypoints", [1.0, 1.0, 0.0, 0.0, 4.0, 4.0], [2, 0, 1], ["nose", "left", "right"], False, [8.0, *dog]),
        ("7", "bbox", dog, None, None, False, None),
        ("8", "bbox", dog, None, None, False, None),
        ("9", "bbox", dog, None, None, False, [5.0]),
        ("10", "bbox", [2.0, 2.0, 4.0, 4.0], None, None, False, None),
        ("12", "bbox", [1.0, 1.0, 2.0, 2.0], None, None, False, None),
        ("13", "polygon", ring, None, None, False, None),
        ("14", "mask", [0.0, 0.0, 2.0, 2.0], [0, 4], None, False, None),
        ("16", "polygon", ring, None, None, False, None),
    ]
    assert polygon.iou([np.reshape(union, (-1, 2))], [[[0, 0], [6, 0], [6, 2], [0, 2]]]).tolist() == [1.0]
    assert project.labels["n_unread"].to_list() == [2]
    assert project.sources.select("n_records", "n_skipped").row(0) == (19, 2)
    assert project.ontology.filter(declared=True).select("class", "kind").rows() == [
        ("dog", "bbox"),
        ("person", "bbox"),
        ("person", "keypoints"),
        ("dog", "mask"),
        ("dog", "polygon"),
    ]
    kept = [(row[0], row[1], row[2].removeprefix("annotations[...]."), row[4]) for row in problems(project) if row[2]]
    assert kept == [
        (
            "error",
            10,
            "segmentation",
            "run lengths that add up to the 48 pixels of the raster; found 100014; " + INSTEAD,
        ),
        ("error", 11, "segmentation", "outlines as x, y of every corner, an even number of numbers; " + LEFT_OUT),
        ("error", 12, "segmentation", "outlines as lists of x, y, ..., or run lengths with a size; " + INSTEAD),
        ("error", 15, "keypoints", "x, y and visibility (0, 1 or 2) of every point; they are left out"),
        (
            "warning",
            3,
            "segmentation",
            "parts that do not overlap; they are joined, since COCO means what is in any of them",
        ),
        ("warning", 5, "area", "an area of 0 or more; read as unknown"),
        ("warning", 13, "segmentation", "three corners or more in every part; parts with fewer are left out"),
        ("warning", 14, "segmentation.size", "a mask of the size of its image; laid on its top left corner"),
        ("warning", 16, "bbox", "four numbers; the box is left out"),
        ("note", None, "area, bbox", STATED),
    ]
    assert problems(project)[-1][5] == 6


INSTEAD, LEFT_OUT = "its box is read instead", "the annotation is left out"


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        ({"a.json": instances(TRIANGLE)}, {"polygon"}),
        ({"a.json": instances(RECTANGLE)}, {"bbox"}),
        ({"a.json": instances(RECTANGLE, TRIANGLE)}, {"polygon"}),
        ({"a.json": instances(SKELETON)}, {"keypoints"}),
        ({"a.json": instances(TRIANGLE), "b.json": instances(BOX)}, {"bbox"}),
        ({"a.json": instances(TRIANGLE), "b.json": instances(RECTANGLE)}, {"bbox"}),
        ({"a.json": instances(TRIANGLE), "b.json": instances()}, {"polygon"}),
        ({"a.json": instances(TRIANGLE), "b.json": instances(TRIANGLE, BOX)}, {"polygon", "bbox"}),
        ({"a.json": instances(SKELETON), "b.json": instances(TRIANGLE)}, {"bbox"}),
        ({"a.json": instances({**SKELETON, **TRIANGLE}), "b.json": instances(TRIANGLE)}, {"polygon"}),
        ({"a.json": instances({**SKELETON, **TRIANGLE}), "b.json": [{**SKELETON, "bbox": None}]}, {"keypoints"}),
        ({"a.json": instances(TRIANGLE), "b.json": [{**TRIANGLE, "score": 0.5}]}, {"polygon"}),
        ({"a.json": instances(TRIANGLE), "b.json": [{**BOX, "score": 0.5}]}, {"bbox"}),
    ],
)  # fmt: skip
def test_files_read_together_are_read_so_that_they_meet(written, files, kinds):
    project = written(files)
    assert set(project.annotations["kind"]) == kinds
    assert project.labels["n_unread"].sum() == 0


def test_what_is_not_read_since_another_file_lacks_it_is_said(written):
    project = written({"a.json": instances(TRIANGLE), "b.json": instances(BOX)})
    notes = project.problems.filter(severity="note").select("found", "expected", "remedy", "n").rows()
    together = "annotations of one shape in all files read together; outline is not read, since not every file has it"
    assert notes[1][1:] == (together, "Read the files apart from those without it.", 1)
    assert notes[1][0].endswith("b.json: box'")
    assert notes[0] == ("'segmentation'", "bbox; segmentation is not read yet", None, 1)


@pytest.mark.parametrize(
    "corners",
    [
        [1, 2, 4, 2, 4, 6, 1, 6],
        [4, 6, 1, 6, 1, 2, 4, 2],
        [1, 2, 4, 2, 4, 6, 1, 6, 1, 2],
        [1.004, 2, 4, 2, 4, 6, 1, 5.996],
    ],
)
def test_the_rectangle_of_the_box_is_no_outline(written, corners):
    project = written({"a.json": instances({**BOX, "segmentation": [corners]})})
    assert project.annotations["kind"].to_list() == ["bbox"]
    assert problems(project) == []


@pytest.mark.parametrize(
    "segmentation",
    [
        [[1, 2, 4, 6, 4, 2, 1, 6]],  # a bow tie on the same corners
        [[1, 2, 4, 2, 4, 6, 1, 5.9]],
        [[1, 2, 4, 2, 4, 6]],
        [[1, 2, 4, 2, 4, 6, 1, 6], [1, 2, 4, 2, 4, 6, 1, 6]],
        {"size": [9, 9], "counts": [0, 81]},
    ],
)
def test_anything_else_is_an_outline(written, segmentation):
    project = written({"a.json": instances({**BOX, "segmentation": segmentation})})
    assert project.annotations["kind"].item() in ("polygon", "mask")


@settings(max_examples=40, deadline=None)
@given(
    shapes=st.lists(
        st.lists(st.tuples(*[st.integers(0, 8)] * 4).filter(lambda box: box[2] and box[3]), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_parts_are_their_union(tmp_path_factory, shapes):
    annotations = []
    for boxes in shapes:
        rings = [[x, y, x + w, y, x + w, y + h, x, y + h] for x, y, w, h in boxes]
        annotations.append({"image_id": 1, "category_id": 1, "id": len(annotations), "segmentation": rings})
    path = tmp_path_factory.mktemp("coco") / "a.json"
    path.write_text(json.dumps(instances(*annotations)))
    found = {row["annotation_id"]: row for row in read(path).annotations.iter_rows(named=True)}
    for number, boxes in enumerate(shapes):
        covered = np.zeros((16, 16), bool)
        for x, y, w, h in boxes:
            covered[y : y + h, x : x + w] = True
        row = found[str(number)]
        corners, rings = np.reshape(row["geometry"], (-1, 2)), []
        for size in row["parts"] or [len(corners)]:
            rings.append(corners[:size])
            corners = corners[size:]
        pixels = [((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)) for y, x in zip(*np.nonzero(covered), strict=True)]
        assert polygon.iou([rings], [pixels])[0] == pytest.approx(1.0)


def test_results_are_numbered_as_pycocotools_numbers_them(written):
    project = written({"a.json": instances(), "m.json": [{**BOX, "image_id": k, "score": 0.5} for k in (2, 1, 2)]})
    assert project.annotations.select("asset_id", "annotation_id").rows() == [
        ("a.jpg", "2"),
        ("b.jpg", "1"),
        ("b.jpg", "3"),
    ]


def test_results_say_nothing_of_visibility(written):
    points = [{"image_id": 1, "category_id": 1, "keypoints": [1, 2, 0.7, 0, 0, 0, 3, 4, 0], "score": 0.5}]
    project = written({"a.json": instances(SKELETON), "m.json": points})
    assert project.annotations.filter(labeler="m").select("geometry", "parts").row(0) == (
        [1.0, 2.0, 0.0, 0.0, 3.0, 4.0],
        [2, 0, 2],
    )


@pytest.mark.parametrize(
    "segmentation",
    [
        {"size": [10**6, 10**6], "counts": [10**12]},
        {"size": [4, 4], "counts": [-1, 17]},
        {"size": [4, 4], "counts": "P" * 100_000},
        {"size": [4, 4], "counts": [1e300]},
        {"size": [4], "counts": [16]},
        {"size": [4, 4], "counts": None},
        {"size": ["4", 4], "counts": [16]},
        [[1e300, 0, 5, 5, 0, 5]],
        [[0, 0, 1, 1]],
        [[]],
        [["a", "b"]],
        [0, 0, 4, 0, 4, 4],
        "abc",
        7,
        [[[[[[]]]]]],
    ],
)
def test_hostile_outlines_are_errors_or_nothing(written, segmentation):
    one = {"image_id": 1, "category_id": 1, "id": 1, "segmentation": segmentation}
    project = written({"a.json": instances(one)}, format="coco")
    assert project.annotations.height == 0
    assert project.labels["n_unread"].sum() == 1
    assert project.problems.height


# --- panoptic ------------------------------------------------------------------------------------------------------


def picture(path, rows):
    pixels = np.array(rows)
    Image.fromarray(np.stack([pixels & 255, pixels >> 8 & 255, pixels >> 16], axis=2).astype(np.uint8)).save(path)


def test_segments_without_their_pictures_are_counted():
    project = read(HERE / "panoptic.json")
    assert project.annotations.height == 0
    assert project.labels["n_unread"].to_list() == [3, 2]
    assert (
        "note",
        1,
        None,
        "'segment of a panoptic picture'",
        "bbox; segment of a panoptic picture is not read yet",
        5,
    ) in (problems(project))


def test_segments_are_masks_of_their_colours(tmp_path):
    picture(tmp_path / "a.png", [[1, 1, 1, 0], [1, 66051, 66051, 1], [1, 66051, 1, 1]])
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    project = read([HERE / "panoptic.json", tmp_path])
    assert project.annotations.select(
        "annotation_id", "kind", "class", "geometry", "parts", "is_crowd", "stated"
    ).rows() == [
        ("7", "mask", "dog", [0.0, 0.0, 0.0, 0.0], [], False, [0.0, 0.0, 0.0, 0.0, 0.0]),
        ("66051", "mask", "dog", [1.0, 1.0, 3.0, 3.0], [0, 3, 1], True, [3.0, 1.0, 1.0, 3.0, 3.0]),
        ("1", "mask", "sky", [0.0, 0.0, 4.0, 3.0], [0, 4, 2, 1, 1, 1, 1, 2], False, [8.0, 0.0, 0.0, 4.0, 3.0]),
    ]
    assert project.labels["n_unread"].to_list() == [0, 2]
    found = [(row[0], row[1], row[2]) for row in problems(project)]
    assert ("error", 2, "annotations[...].file_name") in found
    assert ("warning", 1, "annotations[...].segments_info") in found


# --- recognition ---------------------------------------------------------------------------------------------------


SHAPES = "bbox, segmentation, keypoints, segments_info"


@pytest.mark.parametrize(
    ("head", "is_whole", "reason"),
    [
        (b'{"images": [], "annotations": []}', True, None),
        (b'{"images": [], "categories": []}', True, None),
        (b'{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "fi', False, None),
        (b'{"info": {}, "annotations": [{"segmentation": [[1, 2]], "image_id": 1, "bbox": [1', False, None),
        (b'[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}]', True, None),
        (b'[{"image_id": 1, "category_id": 2, "segmentation": {}}]', True, None),
        (b'[{"image_id": 1, "caption": "a"}]', True, f"none of {SHAPES} in the first element of the list"),
        (b'[{"id": 1, "data": {}}]', True, "no 'image_id' in the first element of the list"),
        (b"[]", True, "no 'image_id' in the first element of the list"),
        (b'{"images": [], "annotations": [{"segments_info": []}]}', True, "no 'image_id' in the first annotations"),
        (b'{"images": {}, "annotations": []}', True, "no lists 'images' and 'annotations'"),
        (b'{"annotations": []}', True, "no lists 'images' and 'annotations'"),
        (b'{"images": [1], "annotations": []}', True, "no 'id' in the first images"),
        (b'{"data": 1}\n{"data": 2}\n', True, "neither a JSON object nor a JSON list"),
        (b"a,b\n1,2\n", True, "neither a JSON object nor a JSON list"),
    ],
)  # fmt: skip
def test_recognition(head, is_whole, reason):
    assert FORMAT.refuse(Sample(head, is_whole=is_whole)) == reason


def test_a_file_that_is_no_coco_is_listed_when_a_folder_is_read(written, tmp_path):
    written({"ann.json": instances(BOX)})
    (tmp_path / "metrics.json").write_text('{"loss": 1.5}\n{"loss": 1.25}\n')
    project = read(tmp_path)
    assert project.labels.height == 2
    assert "coco: neither a JSON object nor a JSON list" in project.problems["expected"][0]


# --- any order, any damage -----------------------------------------------------------------------------------------


@settings(max_examples=12)
@given(random=st.randoms(use_true_random=False))
def test_the_order_of_images_annotations_and_files_changes_nothing(tmp_path_factory, random):
    folder = tmp_path_factory.mktemp("coco")
    names = ["ann.json", "bob.json", "model.json", "faults.json", "shapes.json"]
    for name in names:
        content = json.loads((HERE / name).read_text())
        for part in content.values() if isinstance(content, dict) else [content]:
            if isinstance(part, list):
                random.shuffle(part)
        (folder / name).write_text(json.dumps(content))
    random.shuffle(names)
    shuffled = read([folder / name for name in names])
    plain = read([HERE / name for name in names])
    for name in ("assets", "annotations", "labelers", "ontology"):
        assert shuffled.tables[name].equals(plain.tables[name]), name
    rest = [name for name in plain.labels.columns if name not in ("source", "record")]
    assert shuffled.labels.select(rest).equals(plain.labels.select(rest))


JUNK = st.sampled_from(
    ["null", "-1", "0", "1.5", "1e300", '"x"', '""', "[]", "[1, 2]", "{}", '{"a": 1}', "true", "9" * 30]
)


@settings(max_examples=40)
@given(data=st.data())
def test_wrong_values_end_in_a_project_or_an_error(tmp_path_factory, data):
    content = json.loads((HERE / data.draw(st.sampled_from(MINIATURES))).read_text())
    for _ in range(data.draw(st.integers(1, 3))):
        place, parent = content, None
        while isinstance(place, (dict, list)) and place and data.draw(st.integers(0, 4)):
            key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            parent, place = place, place[key]
        if parent is not None:
            parent[key] = json.loads(data.draw(JUNK))
    path = tmp_path_factory.mktemp("coco") / "t.json"
    path.write_text(json.dumps(content))
    with contextlib.suppress(LabelqaError):
        assert isinstance(read(path, format="coco"), Project)


@settings(max_examples=40)
@given(data=st.data())
def test_damaged_text_ends_in_a_project_or_an_error(tmp_path_factory, data):
    text = bytearray((HERE / data.draw(st.sampled_from(MINIATURES))).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        text[start : start + data.draw(st.integers(0, 9))] = data.draw(
            st.sampled_from([b"", b"NaN", b"1e999", b"]", b"}", b'"', b",", b"\xff", b"[" * 200])
        )
    path = tmp_path_factory.mktemp("coco") / "t.json"
    path.write_bytes(text)
    with contextlib.suppress(LabelqaError):
        assert isinstance(read([path, HERE / "ann.json"], format="coco"), Project)


def test_a_truncated_file_keeps_what_came_before(tmp_path):
    text = (HERE / "ann.json").read_text()
    (tmp_path / "ann.json").write_text(text[: text.index('"categories"')])
    project = read(tmp_path / "ann.json", format="coco")
    assert project.labels.height == 5
    assert project.annotations["class"].to_list() == ["1", "1", "2"]
    assert problems(project, "error")[0][4].startswith("a whole file; it ends too early")


@pytest.mark.parametrize("text", ["", "[", '{"images": [', "null", "[[[[]]]]"])
def test_what_is_no_coco_at_all_is_an_error(tmp_path, text):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(InputError):
        read(tmp_path / "t.json")
