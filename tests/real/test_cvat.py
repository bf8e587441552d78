"""Real CVAT exports: everything is read, and CVAT's own quality report comes out conflict by conflict."""

import json
from collections import Counter
from xml.etree import ElementTree

import polars as pl
import pytest

from labelqa.comparison import compare
from labelqa.formats.read import read
from labelqa.measures.cvat import conflicts, counts, summary
from labelqa.measures.score import score
from tests.naive_cvat import compared

SHAPES = ("box", "polygon", "polyline", "points", "ellipse", "mask", "cuboid", "skeleton")


@pytest.fixture(scope="module")
def comparison(data):
    names = ("rest_annotations_task22_jobs27_28.json", "rest_jobs.json")
    project = read([data / "cvat" / name for name in names])
    found = compare(project, "benchmark", "cvat")
    assert found.matches.rows() == compared(project).matches.rows()
    return found


@pytest.fixture(scope="module")
def report(data):
    return json.loads((data / "cvat" / "quality_report_task22_full.json").read_text())["fields"]["data"]


def test_the_report_conflict_by_conflict(comparison, report):
    expected = Counter()
    for frame, result in report["frame_results"].items():
        for conflict in result["conflicts"]:
            ids = {
                one["job_id"]: "tags" if one["type"] == "tag" else str(one["obj_id"])
                for one in conflict["annotation_ids"]
            }
            expected[frame, conflict["type"], conflict["severity"], ids.get(27), ids.get(28)] += 1
    table = conflicts(comparison).with_columns(pl.col("asset_id").str.split("/").list.last())
    found = Counter(table.select("asset_id", "type", "severity", "annotation_a", "annotation_b").rows())
    assert found == expected
    assert found.total() == report["comparison_summary"]["conflict_count"] == 42


def test_the_head_of_the_report(comparison, report):
    theirs = report["comparison_summary"]["annotations"]
    ours = summary(comparison)
    for name in ("valid", "missing", "extra", "total", "ds", "gt"):
        assert ours[name] == theirs[f"{name}_count"]
    for name in ("accuracy", "precision", "recall"):
        assert ours[name] == theirs[name]


def test_the_scores_have_the_head_of_the_report(data, report):
    names = ("rest_annotations_task22_jobs27_28.json", "rest_jobs.json")
    scores = score(read([data / "cvat" / name for name in names]), "cvat")
    theirs = report["comparison_summary"]["annotations"]
    for name in ("accuracy", "precision", "recall"):
        assert scores.project[name].to_list() == [pytest.approx(theirs[name], abs=1e-15)]
    assert scores.conflicts.height == 42


def test_the_confusion_matrices_of_the_report(comparison, report):
    cells = counts(comparison)
    for frame, result in report["frame_results"].items():
        matrix = result["annotations"]["confusion_matrix"]
        names = [name if name != "unmatched" else None for name in matrix["labels"]]
        here = cells.filter(pl.col("asset_id") == f"22/{frame}")
        found = {(a, b): n for a, b, n in here.select("class_a", "class_b", "n").iter_rows()}
        assert [[found.get((a, b), 0) for b in names] for a in names] == matrix["rows"]


def test_matching_equal_labels_first_gives_another_report(data, report):
    """CVAT does so since 2026; on these jobs a dog then gets a dog far away, and not the cat it lies on."""
    names = ("rest_annotations_task22_jobs27_28.json", "rest_jobs.json")
    newer = summary(compare(read([data / "cvat" / name for name in names]), "benchmark", "cvat_2026"))
    assert newer["valid"] == report["comparison_summary"]["annotations"]["valid_count"] + 1


def test_every_mark_of_the_jobs_is_read(data):
    path = data / "cvat" / "rest_annotations_task22_jobs27_28.json"
    content = json.loads(path.read_text())
    project = read([path, data / "cvat" / "rest_jobs.json"])
    marks = project.annotations.filter(pl.col("parent_id").is_null())
    for job, part in content["job"].items():
        mine = marks.filter(pl.col("label_id").str.starts_with(f"{job}/"))
        drawn = mine.filter(pl.col("kind") != "checklist")
        assert sorted(drawn["annotation_id"]) == sorted(str(shape["id"]) for shape in part["shapes"])
        tags = mine.filter(pl.col("kind") == "checklist")["answer"].list.len().sum()
        assert tags == len({(tag["frame"], tag["label_id"]) for tag in part["tags"]}) == len(part["tags"])
    shapes = [shape for part in content["job"].values() for shape in part["shapes"]]
    answers = sum(len(shape["attributes"]) for shape in shapes) + sum(
        len(tag["attributes"]) for part in content["job"].values() for tag in part["tags"]
    )
    assert project.annotations.height - marks.height == answers + sum(bool(shape["occluded"]) for shape in shapes)
    assert project.problems.filter(pl.col("severity") != "note").height == 0
    # Job 27 covers frames 0 to 10; which three frames of the ground truth are empty is not in the export.
    roles = project.labels.group_by("labeler", "role").len().sort("labeler").rows()
    assert roles == [("job 27", "submitted", 11), ("job 28", "benchmark", 2)]


@pytest.mark.parametrize("folder", ["formats/cvat", "same_boxes_nine_formats/cvat_format"])
def test_every_element_of_an_xml_is_read(data, folder):
    paths = sorted((data / folder).glob("*.xml"))
    assert paths
    for path in paths:
        root = ElementTree.parse(path).getroot()
        project = read(path)
        marks = project.annotations.filter(pl.col("parent_id").is_null())
        images = root.findall("image")
        drawn = [shape for image in images for shape in image if shape.tag in SHAPES]
        tagged = [image for image in images if image.find("tag") is not None]
        n_marks = len(drawn) + len(tagged)
        attributes = sum(len(shape.findall("attribute")) for image in images for shape in image)
        attributes += sum(shape.get("occluded") == "1" for shape in drawn)
        for track in root.findall("track"):
            seen = [shape for shape in track if shape.tag in SHAPES and shape.get("outside") != "1"]
            n_marks += 1 if track.find("box") is not None else len(seen)
            attributes += sum(len(shape.findall("attribute")) for shape in seen if shape.tag != "box")
            attributes += sum(shape.get("occluded") == "1" for shape in seen)
        assert marks.height == n_marks
        assert project.annotations.height == n_marks + attributes
        assert project.labels.height == (len(images) or 1)
        assert project.problems.filter(~pl.col("expected").str.contains("does not cross|inside the frame")).height == 0


def test_a_track_ends_where_it_is_outside(data):
    project = read(data / "formats" / "cvat" / "cvat11_video_tracks.xml")
    tracks = project.annotations.filter(pl.col("kind") == "track").select("class", "parts", "geometry").rows()
    assert tracks == [("II", [10], [3, 4, 10, 5])]  # outside from the next frame on
    frames = project.annotations.filter(pl.col("class") == "skeleton").select("place", "parts", "answer").rows()
    assert sorted(frames) == [
        ("10", [2, 2, 2, 2], ["1", "2", "3", "4"]),
        ("13", [2, 2, 0, 2], ["1", "2", "3", "4"]),
        ("16", [2, 2, 0, 2], ["1", "2", "3", "4"]),
    ]
    assert project.assets.select("asset_id", "width", "height").rows() == [("t.mp4", 25, 20)]


def test_a_mask_of_the_documentation(data):
    path = data / "formats" / "cvat" / "cvat11_images_doc_example_mask.xml"
    (element,) = ElementTree.parse(path).getroot().iter("mask")
    runs, left, top = (
        [int(run) for run in element.get("rle").split(",")],
        int(element.get("left")),
        int(element.get("top")),
    )
    width, height = int(element.get("width")), int(element.get("height"))
    rows = [k % 2 for k, run in enumerate(runs) for _ in range(run)]
    expected = {(left + k % width, top + k // width) for k, is_set in enumerate(rows) if is_set}
    (mask,) = read(path).annotations.filter(pl.col("kind") == "mask").select("geometry", "parts").rows()
    x1, y1, x2, y2 = map(int, mask[0])
    columns = [k % 2 for k, run in enumerate(mask[1]) for _ in range(run)]
    found = {(x1 + k // (y2 - y1), y1 + k % (y2 - y1)) for k, is_set in enumerate(columns) if is_set}
    assert (x2 - x1) * (y2 - y1) == len(columns)
    assert found == expected
    assert len(rows) == width * height


def test_the_same_boxes_as_coco(data):
    folder = data / "same_boxes_nine_formats"
    found = read(folder / "cvat_format").annotations
    assert found.height == 273
    truth = next(path for path in sorted(folder.iterdir()) if path.is_dir() and "coco" in path.name)
    documents = [json.loads(path.read_text()) for path in sorted(truth.rglob("*.json"))]
    (document,) = [one for one in documents if isinstance(one, dict) and "images" in one]
    names = {image["id"]: image["file_name"].rpartition("/")[2] for image in document["images"]}
    classes = {category["id"]: category["name"] for category in document["categories"]}
    expected = sorted(
        (names[one["image_id"]], classes[one["category_id"]], *_corners(one["bbox"])) for one in document["annotations"]
    )
    ours = sorted(
        (asset.rpartition("/")[2], cls, *geometry)
        for asset, cls, geometry in found.select("asset_id", "class", "geometry").iter_rows()
    )
    assert len(expected) == 273
    assert [row[:2] for row in ours] == [row[:2] for row in expected]
    for one, other in zip(ours, expected, strict=True):
        assert one[2:] == pytest.approx(other[2:], abs=0.011)  # CVAT writes two decimals


def _corners(box):
    x, y, width, height = box
    return x, y, x + width, y + height
