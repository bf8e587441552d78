"""COCO instances, results, and one file a labeler, cell by cell; together and alone; whatever their order."""

import contextlib
import gzip
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelqa.errors import InputError, LabelqaError
from labelqa.formats.read import read
from labelqa.formats.readers.coco import FORMAT
from labelqa.formats.sample import Sample
from labelqa.project import Project

HERE = Path(__file__).parent / "coco"

MARKS = ["label_id", "annotation_id", "class", "geometry", "score", "is_crowd"]
IMAGES = [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}]
CATEGORIES = [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}]
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
    assert project.ontology.select("kind", "class", "declared").rows() == [
        ("bbox", "bus", True),
        ("bbox", "car", True),
        ("bbox", "person", True),
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
        ("note", 2, None, "'segmentation'", "bbox; segmentation is not read yet", 1),
        ("note", 3, None, "'attributes'", "bbox; attributes is not read yet", 1),
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
        ("model/a.jpg", "model/a.jpg#0", "car", [10.0, 20.0, 40.0, 60.0], 0.9, False),
        ("model/a.jpg", "5", "person", [1.5, 2.25, 4.5, 6.25], 0.25, False),
    ]
    labels = project.labels.filter(labeler="model")
    assert labels["asset_id"].to_list() == project.assets["asset_id"].to_list()
    assert labels["role"].unique().to_list() == ["submitted"]
    assert dict(labels.filter(labels["n_unread"] > 0).select("asset_id", "n_unread").iter_rows()) == {"2": 1}
    assert project.labelers.select("labeler", "is_model").rows() == [("ann", False), ("model", True)]
    assert [row[2:] for row in problems(project, "note")][-2:] == [
        (None, "'annotation without bbox'", "bbox; annotation without bbox is not read yet", 1),
        (None, "'segmentation'", "bbox; segmentation is not read yet", 1),
    ]


def test_results_alone_are_known_by_their_ids():
    project = read(HERE / "model.json")
    assert project.assets["asset_id"].to_list() == ["0", "2"]
    assert project.annotations["class"].to_list() == ["1", "2"]
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


# --- recognition ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "is_whole", "reason"),
    [
        (b'{"images": [], "annotations": []}', True, None),
        (b'{"images": [], "categories": []}', True, None),
        (b'{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "fi', False, None),
        (b'{"info": {}, "annotations": [{"segmentation": [[1, 2]], "image_id": 1, "bbox": [1', False, None),
        (b'[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}]', True, None),
        (b'[{"image_id": 1, "category_id": 2, "segmentation": {}}]', True, None),
        (b'[{"image_id": 1, "caption": "a"}]', True, "none of bbox, segmentation, keypoints in the first element of the list"),
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
    names = ["ann.json", "bob.json", "model.json", "faults.json"]
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
    content = json.loads((HERE / data.draw(st.sampled_from(["ann.json", "model.json"]))).read_text())
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
    text = bytearray((HERE / data.draw(st.sampled_from(["ann.json", "bob.json", "model.json"]))).read_bytes())
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
