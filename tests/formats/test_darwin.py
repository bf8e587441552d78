"""V7 Darwin: the miniature exports, mark by mark."""

import json
import tarfile
from math import nan

import polars as pl
import pytest

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.read import read
from labelqa.formats.readers.darwin import video
from labelqa.formats.readers.darwin.whereabouts import Origin, origins
from tests.formats.miniatures import HERE, problems

ANN = "ann@example.org"
VALUE = ["annotation_id", "kind", "class", "geometry", "parts", "answer", "place", "parent_id", "score"]


def miniature(name):
    return read(HERE / "darwin" / name)


def marks(project, *kinds):
    table = project.annotations.filter(pl.col("kind").is_in(kinds)) if kinds else project.annotations
    return table.select(VALUE).rows()


def item(annotations, **more):
    slot = {"slot_name": "0", "width": 10, "height": 10}
    return {"version": "2.0", "item": {"name": "a", "slots": [slot]}, "annotations": annotations} | more


def written(tmp_path, document):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    return read(path)


def test_the_item_is_an_asset_and_its_marks_are_one_label():
    project = miniature("shapes.json")
    assert project.assets.drop("labels_asked").rows() == [
        ("default", "day/one/cat.jpg", "cat.jpg", 100, 50, None, "Pets", None, []),
    ]
    columns = ["label_id", "labeler", "role", "n_unread", "created_at"]
    assert project.labels.select(columns).rows() == [(f"item-cat.jpg/{ANN}", ANN, "submitted", 7, None)]
    assert project.labelers.rows() == [(ANN, "Ann", False)]


def test_shapes():
    project = miniature("shapes.json")
    assert marks(project, "bbox", "polyline", "point", "mask", "relation") == [
        ("a1", "bbox", "cat", [10, 10, 30, 20], None, None, None, None, None),
        ("m2", "mask", "light", [3, 1, 4, 2], [0, 1], None, None, None, None),
        ("m1", "mask", "shadow", [1, 1, 3, 3], [0, 4], None, None, None, None),
        ("a5", "point", "nose", [3.5, 4.5], None, None, None, None, None),
        ("a4", "polyline", "tail", [1, 1, 2, 3, 4, 4], None, None, None, None, None),
        ("s1/0", "relation", "reads", None, None, ["a1", "a2"], None, None, None),
        ("s1/1", "relation", "reads", None, None, ["a2", "a3"], None, None, None),
        ("g1/0", "relation", "sits in", None, None, ["a2", "a7"], None, None, None),
    ]
    basket, iris, legs = marks(project, "keypoints")
    assert iris[3:6] == ([5, 6], [2], ["inner"])
    assert basket[3] == [10, 20, 30, 20, 30, 30, 10, 30, 15, 15, 35, 15, 35, 25, 15, 25]
    assert basket[5][::5] == ["front-left-top", "back-right-top"]
    assert legs == ("a6", "keypoints", "legs", [1, 2, 3, 4], [2, 1], ["left", "right"], None, None, None)
    rings, eye = marks(project, "polygon")
    assert rings[3:5] == ([0, 0, 30, 0, 30, 30, 0, 30, 10, 10, 20, 10, 20, 20], [4, 3])
    assert rings[8] == 0.5
    assert eye[3][:2] == [60, 25]
    assert len(eye[3]) == 128
    assert eye[3][32:34] == pytest.approx([50, 30])
    stated = dict(project.annotations.select("annotation_id", "stated").drop_nulls().rows())
    assert str(stated) == str({"a1": [nan] * 5 + [7.0], "a2": [nan, 0.0, 0.0, 30.0, 30.0]})


def test_tags_attributes_texts_directions_and_properties_are_questions():
    rows = [row[1:3] + row[5:8] for row in marks(miniature("shapes.json"), "checklist", "choice", "text")]
    assert rows == [
        ("checklist", "attributes", ["red", "striped"], None, "a2"),
        ("checklist", "fur", ["long", "red"], None, "a1"),
        ("checklist", "tag", ["indoors", "night"], None, None),
        ("choice", "indoors: room", ["kitchen"], None, "tag"),
        ("choice", "mood", ["calm"], None, "a1"),
        ("choice", "quality", ["good"], None, None),
        ("text", "text", ["asleep"], None, "a1"),
    ]
    assert [(row[2], row[3], row[7]) for row in marks(miniature("shapes.json"), "number")] == [
        ("direction angle", [1.5], "a2"),
        ("direction length", [10], "a2"),
    ]


def test_what_cannot_be_read_is_listed():
    left_out, read = "; the annotation is left out", "shapes, tags, masks, strings and graphs"
    found = problems(miniature("shapes.json"))
    assert {row[4]: row[3] for row in found if row[0] == "error"} == {
        f"a mask for each number in a raster layer{left_out}": None,
        f"a name, which is its class{left_out}": "'x2'",
        f"a raster layer with the pixels of the mask{left_out}": "'m3'",
        "an annotation as Darwin has it; it is left out": (
            "'annotation 21: Expected `float`, got `str` - at `$.bounding_box.x`'"
        ),
        f"at least one point{left_out}": "'x3'",
        f"ids of the marks that are joined, of two at least{left_out}": "'g2'",
    }
    assert {row[4]: row[5] for row in found if row[0] == "note"} == {
        "ellipses; read as polygons of 64 corners": 1,
        f"{read}; reviewer without verdict is not read yet": 1,
        f"{read}; table is not read yet": 1,
        f"{read}; the same tag once more is not read yet": 1,
    }
    assert [row[2:5] for row in found if row[0] == "warning"] == [
        ("annotators", "'ann@example.org, bob@example.org'",
         "one labeler for each item; the label is credited to who made most of its marks"),
    ]  # fmt: skip


def test_video():
    project = miniature("video.json")
    cat, dog = marks(project, "track")
    assert cat[:3] == ("v1", "track", "cat")
    assert cat[4] == [1, 2, 3, 4, 6]  # hidden in 5
    assert cat[3] == [0, 0, 10, 10, 0, 0, 10, 10, 10, 5, 20, 15, 20, 10, 30, 20, 20, 10, 30, 20]
    assert (dog[3], dog[4]) == ([0, 0, 10, 10] * 2 + [20, 0, 30, 10] * 2, [0, 1, 2, 3])  # not interpolated
    assert marks(project, "point", "interval", "mask") == [
        ("v4", "interval", "indoors", [0, 3], None, None, None, None, None),
        ("v4@5", "interval", "indoors", [5, 8], None, None, None, None, None),
        ("m1@4", "mask", "shadow", [0, 1, 3, 2], [0, 3], None, "4", None, None),
        ("m1@5", "mask", "shadow", [0, 1, 3, 2], [0, 3], None, "5", None, None),
        ("v3@0", "point", "eye", [1, 2], None, None, "0", None, None),
        ("v3@1", "point", "eye", [1, 2], None, None, "1", None, None),
        ("v3@2", "point", "eye", [3, 4], None, None, "2", None, None),
    ]
    assert [row[1:3] + row[5:8] for row in marks(project, "checklist", "choice", "text")] == [
        ("checklist", "attributes", ["closed"], "1", "v3@1"),
        ("choice", "color", ["green"], "2", "v3@2"),
        ("choice", "fur", ["long"], None, "v1"),
        ("choice", "pose", ["up"], "2", "v1"),
        ("text", "text", ["jumps"], "2", "v1"),
    ]
    assert project.labels["n_unread"].to_list() == [3]
    assert [row[3] for row in problems(project)] == ["'v5'", "'v6'", "'a shape through frames'"]


def test_frames_to_fill_in_are_limited_for_the_whole_file(tmp_path, monkeypatch):
    monkeypatch.setattr("labelqa.formats.readers.darwin.items.MAX_FRAMES", 10)
    box = {"x": 0, "y": 0, "w": 1, "h": 1}
    one = {"name": "cat", "frames": {"0": {"bounding_box": box}}, "ranges": [[0, 7]]}
    project = written(tmp_path, item([one, one]))
    assert [len(row[4]) for row in marks(project)] == [7]
    assert project.labels["n_unread"].to_list() == [1]


def test_slots_are_assets_and_marks_of_models_are_predictions():
    project = miniature("slots")
    assert project.assets["asset_id"].to_list() == ["pair/left", "pair/right"]
    assert project.labels.select("label_id", "labeler", "role", "n_unread").rows() == [
        ("item-pair/yolo/left", "yolo", "prediction", 1),
        ("item-pair/yolo/right", "yolo", "prediction", 0),
    ]
    assert project.labelers.rows() == [("yolo", None, True)]
    assert [(row[0], row[8]) for row in marks(project)] == [("p1", 0.9), ("p2", 0.8)]


def test_version_1_with_labelers_in_the_names_of_files():
    project = miniature("legacy")
    assert project.labels.select("asset_id", "label_id", "labeler").rows() == [
        ("a.png", "First/annotator1_a.png/annotator1", "annotator1"),
        ("a.png", "First/annotator2_a.png/annotator2", "annotator2"),
        ("a.png", "Second/annotator12_a.png/annotator12", "annotator1"),
        ("b.png", "First/annotator1_b.png/annotator1", "annotator1"),
    ]
    assert [row[3:5] for row in marks(project, "polygon")] == [
        ([0, 0, 10, 0, 10, 10], None),
        ([0, 0, 10, 0, 10, 10, 1, 1, 2, 1, 2, 2], [3, 3]),
        ([0, 0, 10, 0, 10, 10, 12, 0, 20, 0, 20, 10], [3, 3]),
    ]
    assert [row[2:4] + row[5:] for row in marks(project, "checklist")] == [
        ("attributes", None, ["red"], None, "1", None),
        ("tag", None, ["blurred"], None, None, None),
    ]
    crossed = "'First/annotator2_a.png/annotator2#0'"  # its second ring crosses the first
    assert [row[3] for row in problems(project)] == [crossed, "'annotator12'", None]
    again = sorted((path.name, path) for path in (HERE / "darwin" / "legacy").iterdir())
    assert read([path for _, path in reversed(again)]).labels.equals(project.labels)


def test_an_archive_reads_as_its_folder(tmp_path):
    with tarfile.open(tmp_path / "export.tar.gz", "w:gz") as archive:
        archive.add(HERE / "darwin" / "legacy", "legacy")
    packed, plain = read(tmp_path / "export.tar.gz"), miniature("legacy")
    assert packed.annotations.equals(plain.annotations)
    assert packed.labels.drop("source").equals(plain.labels.drop("source"))


def names(*names):
    return [File(name, 0, None, lambda: None) for name in names]


def test_who_by_the_names_of_files_and_folders():
    files = names("x/ann/a.json", "x/bob/a.json")
    assert {name: origin.labeler for name, origin in origins(files, {}).of.items()} == {
        "x/ann/a.json": "ann",
        "x/bob/a.json": "bob",
    }
    files = names("x.tar.gz: rel/north/a.json", "x.tar.gz: rel/south/b.json")
    items = {"x.tar.gz: rel/north/a.json": "/north", "x.tar.gz: rel/south/b.json": "/south"}
    assert {origin.labeler for origin in origins(files, items).of.values()} == {"rel"}
    found = origins(names("Rater-3_a_b.json", "cam1_a.json", "annotator_5.json"), {}).of
    assert found["Rater-3_a_b.json"] == Origin("Rater-3", "Rater-3", "Rater-3_")
    assert {found["cam1_a.json"].labeler, found["annotator_5.json"].labeler} == {None}


@pytest.mark.parametrize(
    ("found", "passes"),
    [
        (["rater1_a", "rater1_b", "rater2_a", "rater12_b"], {"rater12": "rater1"}),
        (["rater1_a", "rater1_b", "rater12_b", "rater13_a"], {"rater12": "rater1", "rater13": "rater1"}),
        (["rater1_a", "rater12_a"], {}),  # all items again: a twelfth labeler as likely
        (["rater1_a", "rater1_b", "rater12_c"], {}),  # another item
        (["rater1_a", "rater1_b", "rater12_b", "rater11_b"], {}),  # numbered on beyond nine
        (["rater1_a", "rater1_b", "rater32_b"], {}),  # nobody is number 3
        (["rater1_a", "rater1_b", "rater112_b"], {}),
    ],
)
def test_further_passes(found, passes):
    assert origins(names(*(f"{name}.json" for name in found)), {}).passes == passes


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ({"dense_rle": [0, 99], "mask_annotation_ids_mapping": {"m": 1}}, "add up to 10 x 10"),
        ({"dense_rle": [0, 100, 1], "mask_annotation_ids_mapping": {"m": 1}}, "pairs"),
        ({"dense_rle": [0, -1, 1, 101], "mask_annotation_ids_mapping": {"m": 1}}, "within the frame"),
        ({"dense_rle": [0, 10**30], "mask_annotation_ids_mapping": {"m": 1}}, "left out"),
        ({"dense_rle": [0, 2**63 - 1, 0, 2**63 - 1], "mask_annotation_ids_mapping": {"m": 1}}, "within the frame"),
        ({"dense_rle": [0, 100], "mask_annotation_ids_mapping": {"m": 10**18 * 8}}, "small numbers"),
    ],
)
def test_damaged_raster_layers(tmp_path, layer, expected):
    mask = {"id": "m", "name": "x", "mask": {}}
    project = written(tmp_path, item([mask, {"id": "r", "name": "__raster_layer__", "raster_layer": layer}]))
    assert project.annotations.height == 0
    assert project.labels["n_unread"].to_list()[0] >= 1
    assert any(expected in row[4] for row in problems(project))


def test_masks_need_the_size_of_their_slot(tmp_path):
    layer = {"dense_rle": [0, 100], "mask_annotation_ids_mapping": {"m": 1}}
    document = item([{"id": "m", "name": "x", "mask": {}}, {"name": "r", "raster_layer": layer}])
    document["item"]["slots"] = [{"slot_name": "0", "width": 10.5, "height": 10}]
    assert any("the width and height of its slot" in row[4] for row in problems(written(tmp_path, document)))


@pytest.mark.parametrize("ranges", [[[3, 1]], [[]], [[1, 2, 3]], [[-1, 2]], [[0, 10**18]]])
def test_ranges_that_are_none(ranges):
    with pytest.raises(ValueError, match="ranges of frames"):
        video.ranges_of(video.Annotation(ranges=ranges), [])


def test_an_open_range_ends_with_the_last_frame():
    assert video.ranges_of(video.Annotation(segments=[[2]]), [(4, video.Marks())]) == [(2, 5)]


def test_one_damaged_file_costs_itself(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(item([])))
    (tmp_path / "b.json").write_text(json.dumps(item([{"name": "x", "keypoint": {"x": 1, "y": 1}}]))[:-30])
    project = read(tmp_path, format="darwin")
    assert project.labels.height == 1
    assert {name.rpartition("/")[2] for name in project.problems.filter(severity="error")["file"]} == {"b.json"}
    damaged = project.sources.filter(pl.col("file").str.ends_with("b.json"))
    assert damaged.select("n_records", "n_skipped").rows() == [(1, 1)]
    assert project.problems.filter(severity="error")["n"].sum() == 1
    with pytest.raises(InputError):
        read(tmp_path / "b.json", format="darwin")


def test_an_item_without_name_is_a_skipped_record(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"version": "2.0", "item": {"slots": []}, "annotations": []}))
    project = read(tmp_path / "a.json", format="darwin")
    assert project.sources.select("n_records", "n_skipped").rows() == [(1, 1)]
