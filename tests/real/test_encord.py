"""Encord's own sample exports."""

import json
from collections import Counter

import polars as pl
import pytest

from labelqa.formats.read import read

NAMES = ["audio", "image_group_with_reviews", "native_image", "skeleton", "video_bbox_point"]


def frames(unit):
    labels = unit["labels"]
    return [labels] if "objects" in labels else list(labels.values())


def counted(document):
    """Count the boxes, points and so on of a row, a box of one object in a video once, and all answers."""
    counts, hashes, answered = Counter(), set(), set()
    for unit in document["data_units"].values():
        for frame in frames(unit):
            for one in frame.get("objects", ()):
                is_track = one["shape"] == "bounding_box" and document["data_type"] == "video"
                counts["track" if is_track else one["shape"]] += not is_track or one["objectHash"] not in hashes
                if not is_track or one["objectHash"] not in hashes:
                    about = document["object_answers"].get(one["objectHash"], {"classifications": []})
                    counts["answer"] += len(about["classifications"])
                hashes.add(one["objectHash"])
            for one in frame.get("classifications", ()):
                answered.add(one["classificationHash"])
                counts["answer"] += len(
                    document["classification_answers"][one["classificationHash"]]["classifications"]
                )
    for key, one in document["classification_answers"].items():
        counts["answer"] += len(one["classifications"]) if key not in answered else 0
    return counts


KINDS = {"bbox": "bounding_box", "keypoints": "skeleton", "choice": "answer", "checklist": "answer", "text": "answer"}


@pytest.mark.parametrize("name", NAMES)
def test_every_mark_and_answer_is_read(data, name):
    path = data / "formats" / "encord" / f"{name}_label_row.json"
    document = json.loads(path.read_text())
    project = read(path)
    found = Counter()
    for kind, n in project.annotations.group_by("kind").len().rows():
        found[KINDS.get(kind, kind)] += n
    assert found == +counted(document)
    assert project.assets["asset_id"].to_list() == sorted(document["data_units"])
    assert project.labels.height == len(document["data_units"])
    assert project.labels["n_unread"].sum() == 0
    assert project.problems.is_empty()
    assert project.labels["created_at"].null_count() == 0


def test_a_box_and_a_skeleton_in_pixels(data):
    folder = data / "formats" / "encord"
    document = json.loads((folder / "native_image_label_row.json").read_text())
    (unit,) = document["data_units"].values()
    boxes = {one["objectHash"]: one["boundingBox"] for one in unit["labels"]["objects"] if "boundingBox" in one}
    project = read(folder / "native_image_label_row.json")
    for mark, geometry in project.annotations.filter(kind="bbox").select("annotation_id", "geometry").rows():
        x, y, w, h = (boxes[mark][side] for side in "xywh")
        expected = (x * unit["width"], y * unit["height"], (x + w) * unit["width"], (y + h) * unit["height"])
        assert geometry == pytest.approx(expected)
    skeleton = read(folder / "skeleton_label_row.json").annotations.row(0, named=True)
    assert skeleton["geometry"] == pytest.approx([150, 112.5, 350, 112.5, 0, 0, 150, 262.5])
    assert skeleton["parts"] == [2, 1, 0, 1]


def test_reviews(data):
    path = data / "formats" / "encord" / "image_group_with_reviews_label_row.json"
    said = set()
    for key, unit in json.loads(path.read_text())["data_units"].items():
        for one in unit["labels"].get("objects", []) + unit["labels"].get("classifications", []):
            for review in one.get("reviews", ()):
                said.add((key, "accepted" if review["approved"] else "rejected", review["createdAt"]))
    reviews = read(path).reviews.select(
        "asset_id",
        pl.col("verdict").cast(pl.String),
        pl.col("created_at").dt.strftime("%a, %d %b %Y %H:%M:%S UTC"),
    )
    assert set(reviews.rows()) == said
    assert reviews.height == len(said)


def test_the_ontology_beside_the_video(data):
    folder = data / "formats" / "encord"
    project = read([folder / "video_bbox_point_label_row.json", folder / "video_bbox_point_ontology.json"])
    ontology = json.loads((folder / "video_bbox_point_ontology.json").read_text())
    tracks = {one["name"] for one in ontology["objects"] if one["shape"] == "bounding_box"}
    declared = project.tables["ontology"].filter(pl.col("declared"))
    assert set(declared.filter(kind="track")["class"]) == tracks
    questions = declared.filter(pl.col("kind") == "choice").select("class", "answers").rows()
    assert questions == [("", ["Radio One", "Radio Two"]), ("Fundus ", []), ("Stomach", ["Antrum ", "Fundus"])]
    assert project.problems.is_empty()
