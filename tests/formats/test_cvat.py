"""CVAT: the miniature exports, cell by cell."""

from datetime import UTC, datetime
from math import isnan, nan

import polars as pl
import pytest

from labelqa.errors import InputError
from labelqa.formats.read import read
from labelqa.formats.readers.cvat.shapes import ELLIPSE_CORNERS, of_points
from labelqa.formats.readers.cvat.tracks import Key, filled
from tests.formats.miniatures import HERE, problems

CORNERS = ["tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2"]
CUBOID = [1, 2, 1, 8, 5, 2, 5, 8, 3, 1, 3, 7, 7, 1, 7, 7]


def miniature(*names):
    return read([HERE / "cvat" / name for name in names])


def tops(project):
    """List the marks at the top: id, kind, class, value and place, sorted by id."""
    table = project.annotations.filter(pl.col("parent_id").is_null()).sort("asset_id", "label_id", "annotation_id")
    return table.select("annotation_id", "kind", "class", "geometry", "parts", "answer", "place").rows()


def nested(project):
    """List the attributes: parent, question, kind, answer or number, place."""
    table = project.annotations.filter(pl.col("parent_id").is_not_null())
    rows = table.select("asset_id", "parent_id", "class", "kind", "geometry", "answer", "place").iter_rows()
    return sorted(
        (asset, parent, cls, kind, answer[0] if answer else geometry[0], place)
        for asset, parent, cls, kind, geometry, answer, place in rows
    )


def stated(project, annotation_id):
    """Give group and layer of a mark; nothing else is stated."""
    (row,) = project.annotations.filter(pl.col("annotation_id") == annotation_id)["stated"].to_list()
    assert row is None or all(isnan(number) for number in row[:5])
    return row and row[5:]


def test_images():
    project = miniature("images.xml")
    made = datetime(2026, 3, 2, 7, 0, 0, 500_000, UTC)
    assert project.assets.drop("metadata", "labels_asked").rows() == [
        ("default", "a/one.jpg", "a/one.jpg", 100, 80, "task 7", None, made),
        ("default", "three.jpg", "three.jpg", None, 80, "task 7", None, made),
        ("default", "two.jpg", "two.jpg", 100, 80, "task 7", None, made),
    ]
    changed = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert project.labels.select("asset_id", "label_id", "labeler", "role", "updated_at", "n_unread").rows() == [
        ("a/one.jpg", "31/a/one.jpg", "job 31", "submitted", changed, 0),
        ("three.jpg", "32/three.jpg", "job 32", "submitted", changed, 9),
        ("two.jpg", "32/two.jpg", "job 32", "submitted", changed, 0),
    ]
    marks = tops(project)
    (ellipse,) = (mark for mark in marks if mark[0] == "7")
    assert ellipse[1:3] == ("polygon", "car")
    assert len(ellipse[3]) == 2 * ELLIPSE_CORNERS
    for x, y in zip(ellipse[3][::2], ellipse[3][1::2], strict=True):
        assert ((x - 50) / 10) ** 2 + ((y - 40) / 5) ** 2 == pytest.approx(1)
    assert [mark for mark in marks if mark != ellipse] == [
        ("1", "bbox", "car", [10, 20, 30, 40], None, None, None),
        ("10", "keypoints", "person", [0, 0, 4, 9], [0, 1], ["head", "foot"], None),
        ("2", "rotated_bbox", "car", [20, 25, 20, 10, 90], None, None, None),
        ("3", "polygon", "car", [1, 2, 3, 4, 6, 5], None, None, None),
        ("4", "polyline", "lane", [0, 0, 10.5, 10], None, None, None),
        ("5", "point", "car", [5, 6], None, None, None),
        ("6", "keypoints", "car", [5, 6, 7, 8], [2, 2], None, None),
        ("8", "mask", "car", [11, 20, 13, 22], [0, 1, 1, 2], None, None),
        ("9", "keypoints", "car", CUBOID, [2] * 8, CORNERS, None),
        ("tags", "checklist", "tag", None, None, ["car", "night"], None),
        ("11", "bbox", "car", [1, 2, 3, 4], None, None, None),
    ]
    assert nested(project) == [
        ("a/one.jpg", "1", "colour", "choice", "dark blue", None),
        ("a/one.jpg", "1", "doors", "number", 5, None),
        ("a/one.jpg", "1", "occluded", "choice", "true", None),
        ("a/one.jpg", "1", "parked", "choice", "true", None),
        ("a/one.jpg", "1", "plate", "text", "", None),
        ("a/one.jpg", "10", "foot: shoe", "choice", "left", None),
        ("a/one.jpg", "tags", "car: parked", "choice", "false", None),
    ]
    assert [stated(project, name) for name in ("1", "2", "10")] == [[3, 2], None, [0, 1]]
    declared = project.ontology.filter("declared").select("kind", "class", "answers").rows()
    assert ("choice", "colour", ["dark blue", "red"]) in declared
    assert ("polyline", "unused", []) in declared
    assert ("checklist", "tag", ["car", "night"]) in declared
    assert ("keypoints", "person", []) in declared
    assert not [cls for _, cls, _ in declared if "head" in cls]  # a point of a skeleton is no class
    assert project.sources.drop("file").rows() == [("cvat", 4, 1, 3, 19)]


def test_faults_of_images():
    left_out = "; the annotation is left out"
    assert problems(miniature("images.xml")) == [
        ("error", 3, "box", None, f"a label{left_out}", 1),
        ("error", 3, "box", None, f"a number in 'xbr'{left_out}", 1),
        ("error", 3, "doors", "'many'", "a number; the attribute is left out", 1),
        ("error", 3, "mask", None,
         f"run lengths as whole numbers, not negative and within the raster's size{left_out}", 1),
        ("error", 3, "mask", None, f"whole numbers in 'rle', with a comma between them{left_out}", 1),
        ("error", 3, "mask", None, f"whole numbers in left, top, width, height{left_out}", 1),
        ("error", 3, "polygon", None, f"x and y in 'points', with a semicolon between the points{left_out}", 1),
        ("error", 3, "polyline", None, f"x and y of at least 2 points of a shape 'polyline'{left_out}", 1),
        ("error", 3, "skeleton", None, f"x and y of each point of a skeleton{left_out}", 1),
        ("error", 4, None, None, "a name or an id of the image; it is left out", 1),
        ("warning", 3, "width", "'wide'", "a whole number of pixels; read as unknown", 1),
        ("note", 3, None, "'element heart'", "shapes, tags and their attributes; element heart is not read yet", 1),
        ("note", 3, None, "'shape marked as outside of its frame'",
         "shapes, tags and their attributes; shape marked as outside of its frame is not read yet", 1),
        ("note", None, None, None, "ellipses; each is read as a polygon of 64 corners", 1),
    ]  # fmt: skip


def test_two_tasks_of_a_project_on_one_image():
    project = miniature("project.xml")
    assert project.labels.select("asset_id", "label_id", "labeler").rows() == [
        ("Test/one.jpg", "task 8/Test/one.jpg", "ann@example.org"),
        ("Train/one.jpg", "task 8/Train/one.jpg", "ann@example.org"),
        ("Train/one.jpg", "task 9/Train/one.jpg", "bob"),
    ]
    assert project.assets.select("asset_id", "name", "dataset").rows() == [
        ("Test/one.jpg", "one.jpg", "Test"),
        ("Train/one.jpg", "one.jpg", "Train"),
    ]
    assert project.annotations.height == 2
    assert problems(project) == []


def test_a_jobs_list_tells_whose_an_xml_is(tmp_path):
    text = (HERE / "cvat" / "jobs.json").read_text().replace('"id": 51', '"id": 31').replace('"id": 52', '"id": 32')
    (tmp_path / "jobs.json").write_text(text)
    project = read([HERE / "cvat" / "images.xml", tmp_path / "jobs.json"])
    assert project.labels.select("label_id", "labeler", "role").rows() == [
        ("31/a/one.jpg", "ann", "submitted"),
        ("32/three.jpg", "job 32", "benchmark"),
        ("32/two.jpg", "job 32", "benchmark"),
    ]
    assert project.labelers.rows() == [("ann", "Ann Low", False), ("job 32", None, False)]


def test_a_damaged_end_of_an_xml_loses_only_what_follows(tmp_path):
    text = (HERE / "cvat" / "images.xml").read_text()
    (tmp_path / "cut.xml").write_text(text[: text.index('<image id="2"') + 30])
    project = read(tmp_path / "cut.xml")
    assert project.assets.height == 2
    assert [row[:2] for row in problems(project) if "the rest is lost" in row[4]] == [("error", 2)]
    (tmp_path / "cut.xml").write_text(text[: text.index("</meta>")])
    with pytest.raises(InputError, match="whole XML"):
        read(tmp_path / "cut.xml")


def test_video():
    project = miniature("video.xml")
    assert project.assets.drop("metadata", "labels_asked").rows() == [
        ("default", "drive.mp4", "drive.mp4", 64, 48, None, None, None)
    ]
    assert project.labels.select("label_id", "labeler", "n_unread").rows() == [("41/drive.mp4", "ann@example.org", 3)]
    marks = [mark for mark in tops(project) if mark[0] != "track 7 at 10"]
    # Every second frame is one; the car is outside from frame 16 until it comes back in frame 20.
    boxes = [0, 0, 10, 10, 2, 1, 12, 11, 4, 2, 14, 12, 5, 5, 6, 6]
    assert marks == [
        ("track 0", "track", "car", boxes, [10, 12, 14, 20], None, None),
        ("track 1 at 10", "rotated_bbox", "car", [5, 2, 10, 4, 350], None, None, "10"),
        ("track 1 at 12", "bbox", "car", [0, 0, 10, 4], None, None, "12"),  # half way from 350 to 10 degrees
        ("track 1 at 14", "rotated_bbox", "car", [5, 2, 10, 4, 10], None, None, "14"),
        ("track 2 at 10", "polygon", "car", [0, 0, 4, 0, 4, 4], None, None, "10"),
        ("track 3 at 10", "keypoints", "person", [1, 2], [2], ["head"], "10"),
        ("track 3 at 12", "keypoints", "person", [0, 0], [0], ["head"], "12"),
        ("track 4 at 10", "keypoints", "person", [3, 4], [1], ["head"], "10"),
    ]
    assert [row[1:] for row in nested(project)] == [
        ("track 0", "colour", "choice", "red", None),
        ("track 0", "occluded", "choice", "true", "14"),
        ("track 0", "turns", "choice", "false", "10"),
        ("track 0", "turns", "choice", "true", "14"),
        ("track 2 at 10", "occluded", "choice", "true", "10"),
        ("track 2 at 10", "turns", "choice", "true", "10"),
    ]
    assert stated(project, "track 0") == [2, 1]
    left_out = "; the annotation is left out"
    assert problems(project) == [
        ("error", 6, "track", None, f"a label{left_out}", 1),
        ("error", 7, "track", "'track 6'", f"a frame number from 0{left_out}", 1),
        ("note", 8, None, "'element heart of a track'",
         "shapes, tags and their attributes; element heart of a track is not read yet", 1),
        ("note", None, None, None, "ellipses; each is read as a polygon of 64 corners", 1),
    ]  # fmt: skip


def test_jobs_labels_and_annotations_read_together():
    project = miniature("annotations.json", "jobs.json", "labels.json")
    days = [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (8, 9)]
    assert project.labels.select("asset_id", "label_id", "labeler", "role", "updated_at", "n_unread").rows() == [
        ("5/0", "51/0", "ann", "submitted", days[0], 1),
        ("5/0", "52/0", "job 52", "benchmark", days[1], 0),
        ("5/0", "54/0", "job 54", "consensus", None, 0),
        ("5/1", "51/1", "ann", "submitted", days[0], 0),
        ("5/2", "51/2", "ann", "submitted", days[0], 0),  # looked at, and empty
        ("6", "53", "bob", "submitted", None, 2),
        ("9/7", "55/7", "job 55", "submitted", None, 1),
    ]
    marks = [mark for mark in tops(project) if mark[0] != "67"]
    assert marks == [
        ("65", "bbox", "car", [10, 20, 30, 40], None, None, None),
        ("68", "mask", "car", [11, 20, 13, 22], [0, 1, 1, 2], None, None),
        ("69", "keypoints", "person", [4, 1, 4, 9], [2, 1], ["head", "foot"], None),
        ("70", "keypoints", "car", CUBOID, [2] * 8, CORNERS, None),
        ("74", "bbox", "label 77", [1, 1, 2, 2], None, None, None),
        ("shape 1", "point", "car", [5, 6], None, None, None),
        ("track 65 at 0", "bbox", "car", [0, 0, 4, 4], None, None, None),
        ("80", "bbox", "car", [10, 20, 30, 41], None, None, None),
        ("tags", "checklist", "tag", None, None, ["car", "person"], None),
        ("track 65 at 1", "bbox", "car", [2, 0, 6, 4], None, None, None),
        ("81", "polygon", "car", [0, 0, 4, 0, 4, 4], None, None, "3"),
        ("tags 3", "checklist", "tag", None, None, ["car"], "3"),
        # The last key frame holds to the end of the job.
        ("track 82", "track", "car", [0, 0, 4, 4, 2, 1, 6, 5, *[4, 2, 8, 6] * 3], [0, 1, 2, 3, 4], None, None),
        ("track 83 at 0", "polyline", "car", [0, 0, 4, 4], None, None, "0"),
        ("90", "cuboid", "truck", [1, 2, 3, 4, 2, 1.5, 0.5], None, None, None),
    ]
    assert nested(project) == [
        ("5/0", "65", "doors", "number", 5, None),
        ("5/0", "65", "occluded", "choice", "true", None),
        ("5/0", "65", "parked", "choice", "true", None),
        ("5/0", "69", "foot: attribute 99", "text", "left", None),
        ("5/0", "track 65 at 0", "colour", "choice", "red", None),
        ("5/0", "track 65 at 0", "parked", "choice", "false", None),
        ("5/1", "tags", "car: parked", "choice", "true", None),
        ("5/1", "track 65 at 1", "colour", "choice", "red", None),
        ("5/1", "track 65 at 1", "parked", "choice", "false", None),
        ("6", "track 82", "occluded", "choice", "true", "2"),
        ("6", "track 82", "parked", "choice", "false", "0"),
        ("6", "track 82", "parked", "choice", "true", "2"),
        ("9/7", "90", "load", "text", "sand", None),
    ]
    assert project.annotations.filter(pl.col("annotation_id") == "65")["score"].to_list() == [0.5]
    assert stated(project, "65") == [3, 2]


def test_issues_belong_to_the_label_of_their_frame():
    project = miniature("jobs.json", "issues.json", "job_51.json", "labels.json")
    raised, resolved = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 1, 21, tzinfo=UTC)
    columns = ["asset_id", "label_id", "state", "raised_by", "created_at", "resolved_at", "n"]
    assert project.issues.select(columns).rows() == [
        ("5/0", "51/0", "open", "rea", raised, None, 1),
        ("5/2", "51/2", "resolved", "rea", raised, resolved, 1),
    ]
    assert {("frame", "77", 1), ("job", "'job 999'", 1)} <= set(
        project.problems.filter(severity="warning").select("field", "found", "n").iter_rows()
    )
    assert project.select(assets="5/2").issues["state"].to_list() == ["resolved"]


def test_a_score_that_is_no_confidence_is_listed(tmp_path):
    for path in (HERE / "cvat" / name for name in ("annotations.json", "jobs.json", "labels.json")):
        (tmp_path / path.name).write_text(path.read_text().replace('"score": 0.5', '"score": 7'))
    project = read(tmp_path)
    assert project.annotations.filter(pl.col("annotation_id") == "65")["score"].to_list() == [None]
    assert project.problems.filter(field="score").select("severity", "found", "n").rows() == [("warning", "7.0", 1)]


def test_faults_of_the_json():
    found = problems(miniature("annotations.json", "jobs.json", "labels.json"))
    left_out = "; the annotation is left out"
    assert [row[:2] + row[2:5] for row in found if row[0] == "error"] == [
        ("error", 1, "shapes", "'Expected `int | null`, got `str` - at `$.frame`'",
         "an entry of 'shapes' as CVAT writes it; it is left out"),
        ("error", 1, "shapes[...].frame", "-1", f"a frame number from 0{left_out}"),
        ("error", 1, "shapes[...].points", "'71'",
         f"one of cuboid, ellipse, mask, points, polygon, polyline, rectangle{left_out}"),
        ("error", 1, "shapes[...].points", "'91'", f"a cuboid that is turned about the vertical axis only{left_out}"),
        ("error", 1, "tracks[...].shapes", "'track 84'", f"key frames of a track{left_out}"),
        ("error", 1, "tracks[...].shapes", "'track 86'", f"four coordinates of a rectangle{left_out}"),
        ("error", 1, None, "\"nothing in the field 'id'\"", "a job, a label or an issue; the entry is left out"),
        ("error", 1, None, "\"nothing in the field 'id' or 'name'\"", "a job, a label or an issue; the entry is left out"),
    ]  # fmt: skip
    assert [row[0:1] + row[3:4] for row in found if row[0] != "error"] == [
        ("warning", "'77'"),
        ("note", "'track 83'"),
        ("note", "'annotations of a whole task beside those of its jobs'"),
        ("note", "'shape marked as outside of its frame'"),
        ("note", "'skeleton in a track'"),
        ("note", "'job 52'"),
        ("note", "'job 55'"),
        ("note", None),
    ]


def test_without_a_jobs_list_the_job_is_the_labeler():
    project = miniature("annotations.json", "labels.json")
    known = project.labels.select("asset_id", "labeler", "role").unique().sort("labeler", "asset_id").rows()
    assert known == [
        # The labels are those of task 5; tracks and no jobs list: a video.
        ("5", "job 51", "submitted"),
        ("5/0", "job 52", "submitted"),
        ("5", "job 53", "submitted"),
        ("5/7", "job 55", "submitted"),
    ]
    assert project.annotations["kind"].is_in(["track"]).sum() == 2
    alone = miniature("job_51.json")
    assert alone.labels.select("asset_id", "labeler").rows() == [("0", "job_51")]
    assert alone.annotations["class"].to_list() == ["label 1"]
    joined = miniature("job_51.json", "jobs.json", "labels.json")
    assert joined.labels.select("asset_id", "labeler").rows() == [("5/0", "ann"), ("5/1", "ann"), ("5/2", "ann")]
    assert joined.annotations["class"].to_list() == ["car"]


def test_a_task_backup_has_names_and_nobody():
    project = miniature("backup.json")
    assert project.labels.select("asset_id", "labeler").rows() == [("0", "backup 1"), ("0", "backup 2")]
    assert tops(project) == [
        ("shape 1", "rotated_bbox", "car", [2, 3, 2, 2, 30], None, None, None),
        ("tags", "checklist", "tag", None, None, ["night"], None),
        ("shape 1", "polyline", "car", [1, 2, 3, 4], None, None, None),
    ]
    assert nested(project) == [("0", "shape 1", "colour", "text", "red", None)]


def test_the_order_of_files_does_not_matter():
    one, other = (miniature(*names) for names in (("annotations.json", "jobs.json"), ("jobs.json", "annotations.json")))
    assert one.annotations.equals(other.annotations)
    assert one.labels.equals(other.labels)


@pytest.mark.parametrize(
    ("keys", "last", "step", "frames"),
    [
        ([], 5, 1, []),
        ([Key(3, (0, 0, 1, 1))], None, 1, [3]),
        ([Key(3, (0, 0, 1, 1))], 5, 1, [3, 4, 5]),
        ([Key(3, (0, 0, 1, 1), outside=True)], 5, 1, []),
        ([Key(8, (0, 0, 1, 1), outside=True), Key(2, (0, 0, 1, 1))], 20, 3, [2, 5]),
    ],
)
def test_tracks_are_filled(keys, last, step, frames):
    assert [key.frame for key in filled(keys, last, step)] == frames


def test_a_track_without_end_is_refused():
    with pytest.raises(ValueError, match="at most"):
        filled([Key(0, (0, 0, 1, 1)), Key(2**31 - 1, (0, 0, 1, 1))])


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        ("rectangle", [1, 2, 3]), ("ellipse", [1, 2, 3]), ("ellipse", [nan, 1, 2, 3]), ("polygon", [1, 2, 3, 4]),
        ("polyline", [1, 2, 3]), ("points", []), ("mask", [1, 2]), ("mask", [1.5, 0, 0, 0, 0]), ("mask", [3, 0, 0, 0, 0]),
        ("mask", [1e300, 0, 0, 0, 0]), ("cuboid", [1, 2]), ("heart", [1, 2]),
    ],
)  # fmt: skip
def test_numbers_that_are_no_such_shape(shape, numbers):
    with pytest.raises(ValueError, match=r"."):
        of_points(shape, numbers, 0.0)
