"""Encord: the miniature exports, mark by mark."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from labelqa.errors import FormatError
from labelqa.formats.read import read
from tests.formats.miniatures import HERE, problems

ANN, BOB = "ann@example.org", "bob@example.org"
VALUE = ["annotation_id", "kind", "class", "geometry", "parts", "answer", "place", "parent_id", "score"]


def miniature(*names):
    return read([HERE / "encord" / name for name in names])


def marks(project, label, *kinds):
    table = project.annotations.filter(label_id=label)
    return (table.filter(pl.col("kind").is_in(kinds)) if kinds else table).select(VALUE).rows()


def row(objects, data_type="image/png", **more):
    labels = {"objects": objects, "classifications": []}
    unit = {"data_hash": "u", "data_type": data_type, "width": 100, "height": 50, "labels": labels}
    return {"label_hash": "l", "data_units": {"u": unit}, "object_answers": {}, "label_status": "LABELLED"} | more


def written(tmp_path, *documents):
    (tmp_path / "a.json").write_text(json.dumps(list(documents)))
    return read(tmp_path / "a.json")


def mark(**shape):
    return {"objectHash": "o", "name": "Car", "createdBy": ANN} | shape


def test_data_units_are_assets_with_a_label_of_each_row():
    project = miniature("images.json")
    assert project.assets.select("asset_id", "name", "width", "height", "dataset").rows() == [
        ("g1", "g1.png", 10, 20, "Street"),
        ("g2", "g2.png", 10, 20, "Street"),
        ("u1", "u1.png", 200, 100, "Street"),
        ("u2", "u2.png", None, None, "Street"),
        ("u5", "u5.png", 10, 10, "Street"),
    ]
    assert project.labels.select("asset_id", "label_id", "labeler", "role", "n_unread").rows() == [
        ("g1", "l3/g1", ANN, "consensus", 0),
        ("g1", "l4/consensus-bob/g1", BOB, "submitted", 0),
        ("g2", "l3/g2", ANN, "consensus", 0),
        ("g2", "l4/consensus-bob/g2", BOB, "submitted", 0),
        ("u1", "l1", ANN, "submitted", 6),
        ("u2", "l2", ANN, "submitted", 1),
    ]
    times = project.labels.filter(label_id="l1").select("created_at", "updated_at").row(0)
    assert times == (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert project.sources.select("n_records", "n_skipped").rows() == [(6, 1)]


def test_shapes_become_pixels():
    project = miniature("images.json")
    assert marks(project, "l1", "bbox", "rotated_bbox", "point", "polygon", "mask", "cuboid") == [
        ("o2", "bbox", "Car", [0, 0, 20, 10], None, None, None, None, 0.75),
        ("o1", "bbox", "Car", [20, 20, 80, 60], None, None, None, None, None),
        ("o10", "cuboid", "Box", [1, 2, 3, 4, 5, 6, 0.5], None, None, None, None, None),
        ("o9", "mask", "Puddle", [3, 1, 5, 2], [0, 2], None, None, None, None),
        ("o7", "point", "Light", [50, 50], None, None, None, None, None),
        ("o5", "polygon", "Road", [0, 0, 100, 0, 100, 50], None, None, None, None, None),
        ("o4", "polygon", "Road", [0, 0, 200, 0, 200, 100, 100, 20, 120, 20, 120, 30, 0, 90, 20, 90, 20, 100],
         [3, 3, 3], None, None, None, None),
        ("o3", "rotated_bbox", "Sign", [40, 30, 40, 40, 30], None, None, None, None, None),
    ]  # fmt: skip


def test_a_mask_is_placed_row_by_row():
    """One pixel of background, two set, three of background, in rows of three from (2, 1)."""
    ((*_, geometry, parts, _, _, _, _),) = marks(miniature("images.json"), "l1", "mask")
    assert (geometry, parts) == ([3, 1, 5, 2], [0, 2])


def test_points_keep_their_order_beyond_nine():
    ((_, _, _, line, *_),) = marks(miniature("images.json"), "l1", "polyline")
    assert line[::2] == [10.0 * number for number in range(11)]


def test_skeletons_have_names_and_visibility():
    ((_, _, name, geometry, visibility, names, *_),) = marks(miniature("images.json"), "l1", "keypoints")
    assert (name, visibility, names) == ("Walker", [2, 1, 0, 1], ["p0", "p1", "p2", "p3"])
    assert geometry == pytest.approx([0, 20, 20, 20, 0, 0, 60, 20])


def test_answers_of_classifications_and_about_objects():
    rows = marks(miniature("images.json"), "l1", "choice", "checklist", "text", "number")
    assert [(row[0] if "#" not in row[0] else None, *row[1:4], row[5], row[7]) for row in rows] == [
        (None, "checklist", "Doors", None, ["Left", "Right"], "o1"),
        ("c2", "checklist", "Seen", None, [], None),
        (None, "choice", "Color", None, ["Red"], "o1"),
        ("c1", "choice", "Weather", None, ["Rain"], None),
        ("c4", "number", "Speed", [50], None, None),
        (None, "text", "How much rain", None, ["a lot"], "c1"),
        (None, "text", "Plate", None, ["AB 1"], "o1"),
    ]


def test_verdicts_are_reviews_of_the_label_once_each():
    reviews = miniature("images.json").reviews
    assert reviews.select("label_id", "reviewer", "verdict", "created_at").rows() == [
        ("l1", BOB, "accepted", datetime(2026, 3, 2, 11, tzinfo=UTC)),
        ("l1", BOB, "rejected", datetime(2026, 3, 2, 11, tzinfo=UTC)),
    ]


def test_what_cannot_be_read_is_listed():
    found = problems(miniature("images.json"))
    left_out, read = "; the annotation is left out", "shapes, classifications and answers"
    assert {(row[1], row[4]): row[3] for row in found if row[0] == "error"} == {
        (1, f"a cuboid that turns about the upright axis only{left_out}"): "'o15'",
        (1, f"numbers as coordinates{left_out}"): "'o13'",
        (1, "what Encord has there; it is left out"): "'Expected `int | str | null`, got `array` - at `$.createdBy`'",
        (2, f"a width and height of the data unit (fractions become pixels by them){left_out}"): "'o1'",
        (6, "a data unit; the record is left out"): "'l6'",
    }
    assert {row[4]: row[5] for row in found if row[0] == "note"} == {
        "marks that are not deleted; deleted ones are left out": 1,
        "rows that are labelled; of others only the asset is read": 1,
        f"{read}; answers about an object that is not there is not read yet": 1,
        f"{read}; classification without answers is not read yet": 1,
        f"{read}; head_pose is not read yet": 1,
        f"{read}; review without verdict is not read yet": 1,
    }
    credited = "one labeler for each label row; the row is credited to who made most of its marks"
    assert [row[3] for row in found if row[4] == credited] == [f"'{ANN}, {BOB}'"]


def test_video():
    project = miniature("video.json")
    track, *points = marks(project, "v1", "track", "point")[::-1]
    assert track[:3] == ("b1", "track", "Car")
    assert track[3] == pytest.approx([10, 5, 20, 10, 20, 10, 30, 15, 20, 10, 30, 15])
    assert track[4] == [9, 10, 11]
    assert track[8] is None  # one of the boxes was drawn by hand
    assert [(row[0], row[3], row[6]) for row in points] == [("p1@11", [60, 25], "11"), ("p1@9", [50, 25], "9")]
    assert [(*row[1:3], *row[5:8]) for row in marks(project, "v1", "choice", "checklist", "text")] == [
        ("checklist", "Signal", ["Brake", "Left"], "10", "b1"),
        ("checklist", "Signal", ["Left"], "9", "b1"),
        ("choice", "Broken", ["No"], None, "p1@9"),
        ("choice", "Color", ["Red"], None, "b1"),
        ("choice", "Weather", ["Rain"], "9", None),
        ("text", "Scene", ["dusk"], "2", None),
        ("text", "Scene", ["dusk"], "3", None),
    ]
    assert sorted(row[4].partition(";")[0] for row in problems(project) if row[0] == "error") == [
        "a frame with a number",
        "answers about at most 200000 frames",
        "one box of an object in each frame",
    ]
    assert project.labels["n_unread"].to_list() == [5]


def test_sound_text_and_data_groups():
    project = miniature("ranges.ndjson")
    assert project.assets.select("asset_id", "name", "width").rows() == [
        ("i", "Picture", 10),
        ("su", "su.png", None),
        ("t", "a.txt", None),
        ("xu", "xu.png", None),
    ]
    assert marks(project, "s1", "interval") == [
        ("r1", "interval", "Speech", [1.5, 2.25], None, None, None, None, None),
        ("r1@1", "interval", "Speech", [3, 4], None, None, None, None, None),
    ]
    assert [row[3] for row in marks(project, "x1", "span")] == [[0, 6]]
    assert [row[2:4] for row in marks(project, "dg/i")] == [("Car", [0, 0, 5, 5])]
    assert [(row[1], row[2], row[3], row[5]) for row in marks(project, "dg/t")] == [
        ("span", "Name", [2, 5], None),
        ("text", "Tone", None, ["dry"]),
    ]
    assert dict(project.labels.select("label_id", "n_unread").rows()) == {"s1": 1, "x1": 2, "dg/i": 0, "dg/t": 0}
    assert sorted((row[1], row[3]) for row in problems(project)) == [
        (1, "'r2'"),
        (2, "'r3'"),
        (2, "'text marked by nodes of a page'"),
    ]


def test_an_ontology_beside_the_rows_declares_and_tells_kinds():
    project = miniature("images.json", "video.json", "ontology.json")
    declared = project.tables["ontology"].filter(pl.col("declared"))
    assert declared.select("kind", "class", "answers").rows() == [
        ("bbox", "Car", []),
        ("checklist", "Weather", ["Rain"]),
        ("choice", "Color", ["Blue", "Red"]),
        ("number", "Speed", []),
        ("text", "How much rain", []),
        ("track", "Car", []),
    ]
    weather = project.annotations.filter(pl.col("class") == "Weather")
    assert weather["kind"].unique().to_list() == ["checklist"]
    assert [row[3] for row in problems(project) if "a shape that is read" in row[4]] == ["'head_pose'"]


def test_an_ontology_alone_is_a_project_without_labels():
    project = miniature("ontology.json")
    assert project.labels.is_empty()
    assert project.tables["ontology"].height == 5


def test_a_question_that_an_ontology_calls_single_and_nobody_answered(tmp_path):
    ontology = {"objects": [], "classifications": [{"featureNodeHash": "x", "attributes": [
        {"name": "Mood", "type": "radio", "featureNodeHash": "q"}]}]}  # fmt: skip
    (tmp_path / "ontology.json").write_text(json.dumps(ontology))
    answers = {"c": {"classifications": [{"name": "Mood", "answers": [], "featureHash": "q"}]}}
    (tmp_path / "row.json").write_text(json.dumps(row([], classification_answers=answers)))
    project = read(tmp_path)
    assert project.annotations.is_empty()
    assert any("question without answer" in problem[4] for problem in problems(project))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"boundingBox": {"x": 0, "y": 0, "w": 1}}, "x, y, w and h"),
        ({"boundingBox": [1, 2, 3, 4]}, "x, y, w and h"),
        ({"boundingBox": {"x": True, "y": 0, "w": 1, "h": 1}}, "numbers as coordinates"),
        ({"rotatableBoundingBox": {"x": 0, "y": 0, "w": 1, "h": 1, "theta": "1"}}, "numbers as coordinates"),
        ({"polygon": {"a": {"x": 0, "y": 0}}}, "points by number"),
        ({"polygon": {}}, "points with x and y"),
        ({"polygons": [[[0, 0, 1]]]}, "rings with an x and a y"),
        ({"polygons": [[["a", 0]]]}, "numbers as coordinates"),
        ({"polyline": {"0": {"x": 0, "y": 0, "z": 1}}}, "not in space"),
        ({"point": {"0": {"x": 0}}}, "points with x and y"),
        ({"bitmask": {"width": 1, "height": 1}}, "a rleString"),
        ({"bitmask": {"width": 1e300, "height": 1, "rleString": "1"}}, "left out"),
        ({"bitmask": {"width": 1.5, "height": 1, "rleString": "1"}}, "whole numbers"),
        ({"bitmask": {"width": 9, "height": 9, "rleString": "zzz"}}, "run lengths"),
        ({"cuboid": {"position": [1, 2, 3]}}, "a position, size and orientation"),
        ({"cuboid": {"position": [1, 2, "x"], "size": [1, 1, 1], "orientation": [0, 0, 0]}}, "numbers as coordinates"),
    ],
)
def test_damaged_shapes(tmp_path, shape, expected):
    project = written(tmp_path, row([mark(**shape)]))
    assert project.annotations.is_empty()
    assert project.labels["n_unread"].to_list() == [1]
    assert any(expected in problem[4] for problem in problems(project))


def test_slices_tell_the_size_of_a_volume(tmp_path):
    def volume(*sizes):
        frames = {
            str(number): {"objects": [mark(boundingBox={"x": 0, "y": 0, "w": 1, "h": 1})], "metadata": size}
            for number, size in enumerate(sizes)
        }
        return row([], data_units={"u": {"data_type": "application/dicom", "labels": frames}})

    size = {"width": 20, "height": 10}
    project = written(tmp_path, volume(size, size))
    assert project.assets.select("width", "height").rows() == [(20, 10)]
    assert marks(project, "l")[0][1:5] == ("track", "Car", [0, 0, 20, 10] * 2, [0, 1])
    torn = written(tmp_path, volume(size, {"width": 30, "height": 10}))
    assert torn.annotations.is_empty()
    assert torn.labels["n_unread"].to_list() == [2]


def test_rings_of_points(tmp_path):
    ring = [{"x": 0, "y": 0}, {"x": 1, "y": 0}, {"x": 1, "y": 1}]
    project = written(tmp_path, row([mark(polygons=[[ring]])]))
    assert marks(project, "l")[0][3] == [0, 0, 100, 0, 100, 50]


def test_a_shape_that_is_far_too_large_is_left_out(tmp_path):
    project = written(tmp_path, row([mark(boundingBox={"x": 1e300, "y": 0, "w": 1, "h": 1})]))
    assert project.annotations.is_empty()
    assert project.labels["n_unread"].to_list() == [1]


def test_other_files_of_encord_are_refused_with_a_reason(tmp_path):
    (tmp_path / "a.json").write_text('[{"label_hash": "l", "data_hash": "d", "label_status": "LABELLED"}]')
    with pytest.raises(FormatError) as error:
        read(tmp_path / "a.json")
    assert "a list of label rows without their labels" in error.value.refusals["encord"]
