"""LabelMe JSON: every shape, what is said of it, and what becomes of the rest."""

import base64
import io
import json
import math

import numpy as np
import pytest
from PIL import Image

from labelqa import read
from labelqa.errors import FormatError
from tests.formats.miniatures import HERE, problems

FOLDER = HERE / "labelme"


def rows(project, *kinds):
    names = ["kind", "class", "geometry", "parts", "answer", "parent_id"]
    return [row for row in project.annotations.select(names).rows() if row[0] in kinds]


def test_every_shape():
    project = read(FOLDER / "cat.json")
    assert project.assets.select("asset_id", "name", "width", "height").rows() == [
        ("cat.jpg", "..\\images\\cat.jpg", 640, 480)
    ]
    assert project.labels.select("labeler").item() is not None
    assert rows(project, "bbox", "polyline", "point", "keypoints", "rotated_bbox") == [
        ("bbox", "box", [0.0, 0.0, 4.0, 2.0], None, None, None),
        ("bbox", "cat", [10.0, 20.0, 110.0, 220.5], None, None, None),
        ("keypoints", "ears", [7.0, 8.0, 9.0, 8.0], [2, 2], None, None),
        ("point", "nose", [7.0, 8.0], None, None, None),
        ("polyline", "tail", [1.0, 1.0, 2.0, 2.0], None, None, None),
        ("polyline", "tail", [1.0, 1.0, 2.0, 2.0, 3.0, 1.0], None, None, None),
        ("rotated_bbox", "box", [-1.0, 2.0, 4.0, 2.0, 90.0], None, None, None),
    ]
    circle, triangle = sorted(rows(project, "polygon"), key=lambda row: row[1], reverse=True)
    assert triangle[:3] == ("polygon", "cat", [0.0, 0.0, 10.0, 0.0, 10.0, 10.0])
    corners = np.reshape(circle[2], (-1, 2))
    assert len(corners) == 64
    np.testing.assert_allclose(np.hypot(*(corners - [50, 50]).T), 5.0)
    notes = [problem for problem in problems(project) if problem[0] == "note"]
    assert notes == [("note", None, "shape_type", None, "circles are read as polygons of 64 corners", 1)]
    assert not [problem for problem in problems(project) if problem[0] == "error"]


def test_what_is_said_of_the_image_and_of_shapes():
    project = read(FOLDER / "cat.json")
    assert {(kind, cls, answer[0], parent) for kind, cls, _, _, answer, parent in rows(project, "choice", "text")} == {
        ("choice", "blurred", "yes", None),
        ("choice", "night", "no", None),
        ("choice", "occluded", "yes", "1"),
        ("text", "description", "sleeps", "1"),
        ("choice", "difficult", "yes", "9"),
        ("choice", "colour", "red", "9"),
        ("choice", "count", "2", "9"),
    }
    stated = project.annotations.filter(annotation_id="1", kind="bbox")["stated"].item().to_list()
    assert stated[5] == 3
    assert all(math.isnan(number) for number in stated[:5])
    assert project.annotations.filter(annotation_id="9", kind="rotated_bbox")["score"].item() == 0.75


def test_a_mask_is_where_its_box_is(tmp_path):
    pixels = np.zeros((3, 3), np.uint8)
    pixels[0, 1] = pixels[2, 1] = pixels[2, 2] = 1
    stream = io.BytesIO()
    Image.fromarray(pixels * 255).save(stream, "PNG")
    shape = {"label": "fur", "points": [[20, 30], [22, 32]], "shape_type": "mask"}
    shape["mask"] = base64.b64encode(stream.getvalue()).decode()
    (tmp_path / "1.json").write_text(json.dumps({"imagePath": "1.jpg", "shapes": [shape]}))
    ((_, _, geometry, parts, _, _),) = rows(read(tmp_path / "1.json"), "mask")
    assert geometry == [21.0, 30.0, 23.0, 33.0]
    runs = np.repeat(np.arange(len(parts)) % 2, parts).reshape(2, 3).T
    assert runs.tolist() == pixels[:, 1:].tolist()


def test_what_is_wrong_with_a_shape_costs_it_alone():
    project = read(FOLDER / "shapes.json")
    assert rows(project, "polygon") == [
        ("polygon", "5", [1.0, 1.0, 2.0, 2.0, 3.0, 1.0], None, None, None),
        ("polygon", "a", [0.0, 0.0, 4.0, 0.0, 9.0, 2.0, 0.0, 2.0], None, None, None),
    ]
    assert project.annotations.height == 2
    listed = problems(project)
    errors = {record for severity, record, field, *_ in listed if severity == "error" and field != "geometry"}
    assert errors == {1, 2, 3, 4, 5, 6, 7, 8, 9, 12}
    assert sum(field == "geometry" for _, _, field, *_ in listed) == 1  # 1e300
    assert ("note", 10, "'cuboid'") in {(severity, record, found) for severity, record, _, found, _, _ in listed}
    assert project.labels["n_unread"].to_list() == [12]
    assert project.sources.select("n_records", "n_skipped").row(0) == (14, 10)


def test_a_wrong_frame_is_said_with_its_field():
    project = read(FOLDER / "faults.json")
    ((severity, record, field, found, expected, _),) = problems(project)
    assert (severity, record, field, found) == ("error", 1, "imageHeight", "'a text'")
    assert expected.endswith("the record is left out")


def test_two_folders_are_two_labelers_of_one_image(tmp_path):
    for name in ("ann", "bob"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.json").write_text('{"imagePath": "1.jpg", "shapes": []}')
    project = read(tmp_path)
    assert project.labels.select("asset_id", "labeler").rows() == [("1.jpg", "ann"), ("1.jpg", "bob")]
    assert project.annotations.is_empty()


def test_a_long_image_inside_the_file_is_passed_over(tmp_path):
    record = {"imageData": "x" * 3_000_000, "shapes": [], "imagePath": "1.jpg"}
    record = {"shapes": [], **record}
    (tmp_path / "1.json").write_text(json.dumps(record))
    assert read(tmp_path / "1.json").assets["asset_id"].to_list() == ["1.jpg"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"shapes": {}, "imagePath": ""}', "no list 'shapes'"),
        ('{"shapes": []}', "no 'imagePath'"),
        ("[]", "no JSON object"),
    ],
)
def test_refusals(text, reason, tmp_path):
    (tmp_path / "x").write_text(text)
    with pytest.raises(FormatError) as error:
        read(tmp_path / "x")
    assert error.value.refusals["labelme"] == reason
