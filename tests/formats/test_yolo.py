"""YOLO: lines of fractions, what turns them into pixels and classes, and whose they are."""

import shutil

import pytest
from PIL import Image

from labelqa import read
from labelqa.errors import FormatError
from labelqa.formats.readers.yolo.classes import names_in
from tests.formats.miniatures import HERE, problems

FOLDER = HERE / "yolo"


def rows(project):
    names = ["asset_id", "labeler", "kind", "class", "geometry", "parts", "score"]
    return [(*row[:4], [round(x, 9) for x in row[4]], *row[5:]) for row in project.annotations.select(names).rows()]


def said(project, severity):
    return [problem[1:5] for problem in problems(project) if problem[0] == severity]


def write(folder, **texts):
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_txt", ".txt").replace("_csv", ".csv").replace(
            "_yaml", ".yaml"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_two_labelers_in_pixels():
    paths = [FOLDER / name for name in ("ann", "bob", "sizes.csv", "train.txt")]
    project = read(paths)
    assert project.assets.select("asset_id", "width", "height").rows() == [("1.jpg", 100, 200)]
    assert [problem[:2] + problem[4:] for problem in said(project, "note")] == [(None, "image")]
    assert rows(project) == [
        ("1.jpg", "ann", "bbox", "cat", [40.0, 60.0, 60.0, 140.0], None, None),
        ("1.jpg", "ann", "bbox", "dog", [0.0, 0.0, 20.0, 40.0], None, None),
        ("1.jpg", "ann", "polygon", "dog", [10.0, 20.0, 50.0, 20.0, 50.0, 100.0], None, None),
        ("1.jpg", "bob", "bbox", "cat", [37.5, 60.0, 62.5, 140.0], None, 0.875),
        ("1.jpg", "bob", "polygon", "dog", [10.0, 20.0, 50.0, 20.0, 50.0, 100.0], None, 0.25),
    ]
    assert dict(project.labelers.select("labeler", "is_model").rows())["bob"]
    assert not dict(project.labelers.select("labeler", "is_model").rows())["ann"]


def test_without_sizes_coordinates_are_fractions_of_a_frame_that_is_not_known():
    project = read([FOLDER / "ann", FOLDER / "bob"])
    assert rows(project)[0] == ("1", "ann", "bbox", "cat", [0.4, 0.3, 0.6, 0.7], None, None)
    assert project.assets.select("width", "height").row(0) == (None, None)
    ((_, field, _, expected),) = said(project, "warning")
    assert field == "image"
    assert "coordinates are fractions" in expected


def test_images_beside_tell_sizes_and_names(tmp_path):
    write(tmp_path, ann__labels__1_txt="0 0.5 0.5 0.2 0.4\n", ann__labels__2_txt="0 0.5 0.5 0.2 0.4\n")
    (tmp_path / "ann" / "images").mkdir()
    Image.new("RGB", (50, 20)).save(tmp_path / "ann" / "images" / "1.png")
    turned = Image.new("RGB", (50, 20)).getexif()
    turned[0x0112] = 6
    Image.new("RGB", (50, 20)).save(tmp_path / "ann" / "labels" / "2.jpg", exif=turned)
    for path in (tmp_path / "ann" / "labels", shutil.make_archive(tmp_path / "ann", "zip", tmp_path / "ann")):
        project = read(path)
        assert project.assets.select("asset_id", "width", "height").rows() == [("1.png", 50, 20), ("2.jpg", 20, 50)]
        assert project.annotations["geometry"].to_list() == [[20.0, 6.0, 30.0, 14.0], [8.0, 15.0, 12.0, 35.0]]


def test_a_damaged_image_tells_nothing(tmp_path):
    write(tmp_path, **{"1_txt": "0 0.5 0.5 0.2 0.4\n"})
    (tmp_path / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    project = read(tmp_path / "1.txt")
    assert project.assets.select("asset_id", "width").rows() == [("1.png", None)]


def test_a_size_that_two_folders_tell_differently_is_not_taken(tmp_path):
    write(
        tmp_path,
        x__a__1_txt="0 0.5 0.5 0.2 0.4\n",
        sizes_csv="image,width,height\nu/1.jpg,10,10\nv/1.jpg,20,20\n?,0,x\n",
    )
    project = read(tmp_path)
    assert project.assets["width"].to_list() == [None]
    assert said(project, "error") == [
        (3, "row", "'?, 0, x'", "a name, and whole numbers of pixels as width and height; the row is left out")
    ]


def test_poses():
    project = read(FOLDER / "pose")
    assert [row[2:] for row in rows(project)] == [
        ("bbox", "person", [0.4, 0.3, 0.6, 0.7], None, None),
        ("keypoints", "person", [0.5, 0.4, 0.0, 0.0], [2, 0], None),
    ]


def test_four_corners_are_a_box_turned_if_they_are_one_and_the_size_is_known(tmp_path):
    project = read(FOLDER / "turned")
    assert {row[2] for row in rows(project)} == {"polygon"}
    write(tmp_path, sizes_csv="image,width,height\n8,100,200\n")
    project = read([FOLDER / "turned", tmp_path / "sizes.csv"])
    assert [row[2:5] for row in rows(project)] == [
        ("polygon", "cat", [10.0, 20.0, 50.0, 20.0, 90.0, 60.0, 10.0, 60.0]),
        ("rotated_bbox", "cat", [30.0, 40.0, 40.0, 40.0, 0.0]),
    ]


def test_four_corners_among_longer_outlines_are_outlines(tmp_path):
    write(
        tmp_path,
        **{"1_txt": "0 0.1 0.1 0.5 0.1 0.5 0.3 0.1 0.3\n", "2_txt": "0 0.1 0.1 0.5 0.1 0.5 0.3\n"},
        sizes_csv="image,width,height\n1,100,200\n2,100,200\n",
    )
    assert {row[2] for row in rows(read(tmp_path))} == {"polygon"}


def test_empty_texts_and_listed_images_are_empty_labels(tmp_path):
    write(
        tmp_path, ann__1_txt="0 0.5 0.5 0.2 0.4\n", ann__2_txt="", ann__train_txt="data/1.jpg\ndata/2.jpg\ndata/3.jpg\n"
    )
    archive = shutil.make_archive(tmp_path / "zip" / "ann", "zip", tmp_path / "ann")
    for path in (tmp_path / "ann", archive):
        project = read(path)
        counts = project.labels.select("asset_id", "labeler", "n_unread").rows()
        assert counts == [(f"{n}.jpg", "ann", 0) for n in (1, 2, 3)]
        assert project.annotations.height == 1


def test_what_is_wrong_with_a_line_costs_it_alone():
    project = read(FOLDER / "faults.txt")
    assert project.annotations.height == 9
    assert {record for record, *_ in said(project, "error")} == {2, 3, 4, 5, 6, 7, 10}
    assert len(said(project, "error")) == 7
    assert project.labels["n_unread"].to_list() == [7]
    assert project.sources.select("n_records", "n_skipped").row(0) == (16, 7)
    warned = {field: found for _, field, found, _ in said(project, "warning")}
    assert warned["class"] == "'3, 9'"
    assert "score" in warned  # a confidence of 7


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names: [a, 'b c', \"d\"]\nnc: 3", {0: "a", 1: "b c", 2: "d"}),
        ("names: ['a',\n  'b']  # end\nnc: 2", {0: "a", 1: "b"}),
        ("names: {0: a, 2: 'b, c'}\n", {0: "a", 2: "b, c"}),
        ("nc: 2\nnames:\n  0: a\n  1: b # c\nkpt_shape: [2, 3]\n", {0: "a", 1: "b"}),
        ("names:\n  - a\n  - 'b'\ntrain: x", {0: "a", 1: "b"}),
        ("train: x", {}),
        ("names:", {}),
        ("names: [", {}),
    ],
)
def test_names_in_every_way_of_yaml(text, names):
    assert names_in(text) == names


def test_class_files_in_every_place(tmp_path):
    write(tmp_path, ann__labels__train__1_txt="1 0.5 0.5 0.2 0.4\n")
    classes = {
        "ann/classes.txt": "a\nb\n",
        "ann/labels/obj.names": "a\n\nc\n",
        "ann/labels/train/data.yaml": "nc: 2\ntrain: x\nnames: [a, d]\n",
    }
    expected = {"ann/classes.txt": "b", "ann/labels/obj.names": "1", "ann/labels/train/data.yaml": "d"}
    assert [row[3] for row in rows(read(tmp_path / "ann"))] == ["1"]
    for name, text in classes.items():  # each nearer than the one before
        (tmp_path / name).write_text(text)
        assert [row[3] for row in rows(read(tmp_path / "ann" / "labels"))] == [expected[name]]
    (tmp_path / "ann" / "labels" / "train" / "data.yaml").unlink()
    (tmp_path / "ann" / "labels" / "obj.names").unlink()
    archive = shutil.make_archive(tmp_path / "zip" / "ann", "zip", tmp_path / "ann")
    assert [row[3] for row in rows(read(archive))] == ["b"]


def test_a_class_file_that_is_given_names_the_classes(tmp_path):
    write(tmp_path, x__y__z__w__labels__1_txt="1 0.5 0.5 0.2 0.4\n", u__data_yaml="path: x\nnames: [a, b]\n")
    project = read([tmp_path / "x", tmp_path / "u" / "data.yaml"])
    assert [row[3] for row in rows(project)] == ["b"]


def test_a_class_file_alone_is_no_export():
    project = read(FOLDER / "data.yaml")
    assert [found[3] for found in said(project, "error")] == [
        "labels beside the class file or the sizes; nothing is read"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "word\n",
        "1 2 3 4 5\n",
        "0 120 80 30 40\n",
        "a,b\n1,2\n",
        "0.5 0.5 0.2 0.1\n",
        "names: x\n",
        "cat 0.1 0.1 0.1 0.1\n",
    ],
)
def test_refusals(text, tmp_path):
    (tmp_path / "x").write_text(text)
    with pytest.raises(FormatError) as error:
        read(tmp_path / "x")
    assert error.value.refusals["yolo"].startswith("no lines of a class number and fractions")
