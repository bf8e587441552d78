"""Label Studio: the miniature exports, cell by cell."""

import json
from datetime import UTC, datetime
from math import hypot

import polars as pl
import pytest

from labelqa.formats.read import read
from tests.formats.miniatures import HERE, problems

MADE = datetime(2026, 3, 2, 9, 0, 0, 500_000, UTC)
CHANGED = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
SEVERAL = "one label a region; the first is its class, all are answers about it"
UNSIZED = (
    "original_width and original_height; without them coordinates stay percent, "
    "and what is turned is turned as if the image were square"
)
ANN, BOB = "ann@example.org", "bob@example.org"


COLUMNS = ["annotation_id", "kind", "class", "geometry", "answer"]


def miniature(name):
    return read(HERE / "label_studio" / name)


def shown(project, *columns, of=None):
    """Give the annotations, or those of one asset, by id; those without one by their class."""
    found = project.annotations.filter(pl.lit(True) if of is None else pl.col("asset_id") == of)
    keyed = pl.when(pl.col("annotation_id").str.contains("#")).then("class").otherwise("annotation_id")
    return {row[0]: row[1:] for row in found.select(keyed.alias("key"), *(columns or COLUMNS[1:])).rows()}


def left_out(project):
    """Give record, field and reason of what was left out."""
    return [
        (record, field, expected.removesuffix("; the annotation is left out"))
        for severity, record, field, _, expected, n in problems(project)
        if severity == "error" and expected.endswith(("annotation is left out", "are left out")) and n == 1
    ]


def results(tmp_path, *items, **of_task):
    """Read one annotation made of some items."""
    task = {"id": 1, "annotations": [{"id": 1, "completed_by": 1, "result": list(items)}], **of_task}
    (tmp_path / "export.json").write_text(json.dumps([task]))
    return read(tmp_path / "export.json")


def test_rectangles_benchmark_predictions_and_reviews():
    project = miniature("boxes.json")
    added = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert project.assets.drop("labels_asked").rows() == [
        ("5", "0", "/data/0.jpg", 200, 100, None, None, added, []),
        ("5", "2", "/data/2.jpg", 200, 100, None, None, added, []),
        ("default", "3", ("words " * 100)[:300], None, None, None, None, added, []),
    ]
    predicted = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert project.labels.drop("source", "review_seconds", "n_unread").rows() == [
        ("5", "0", "11", ANN, "submitted", "submitted", MADE, CHANGED, 12.5, 1),
        ("5", "0", "12", BOB, "submitted", "submitted", MADE, CHANGED, 12.5, 1),
        ("5", "0", "13", "3", "submitted", "skipped", MADE, CHANGED, None, 1),
        ("5", "0", "14", None, "benchmark", "submitted", MADE, CHANGED, 12.5, 1),
        ("5", "0", "prediction/0/model/1", "model", "prediction", "submitted", None, None, None, 1),
        ("5", "0", "prediction/11", "yolo-2", "prediction", "submitted", predicted, None, None, 1),
        ("5", "2", "21", ANN, "submitted", "submitted", MADE, CHANGED, 12.5, 2),
    ]
    columns = ["asset_id", "label_id", "annotation_id", "kind", "class", "geometry", "answer", "score", "is_crowd"]
    assert project.annotations.select(columns).rows() == [
        ("0", "11", "r1", "bbox", "car", [20, 20, 80, 60], None, None, False),
        ("0", "11", "r2", "bbox", "van", [100, 50, 150, 62.5], None, None, False),
        ("0", "12", "r1", "bbox", "car", [22, 20, 82, 60], None, None, False),
        ("0", "14", "r1", "bbox", "car", [20, 20, 80, 60], None, None, False),
        ("0", "prediction/11", "p1", "bbox", "car", [20, 20, 80, 60], None, 0.875, False),
        ("2", "21", "r3", "bbox", "car", [2, 1, 4, 2], None, None, False),
        ("2", "21", "s2", "bbox", "shape", [80, 40, 100, 50], None, None, False),
        ("2", "21", "s1", "bbox", "tree", [0, 0, 20, 10], None, None, False),
        ("2", "21", "21#3", "checklist", "label", None, ["car", "van"], None, False),
    ]
    assert project.labelers.rows() == [
        ("3", None, False),
        (ANN, "Ann Lee", False),
        (BOB, None, False),
        ("model", None, True),
        ("yolo-2", None, True),
    ]
    assert project.reviews.rows() == [
        ("5", "0", "11", ANN, "rea@example.org", "accepted", datetime(2026, 3, 5, tzinfo=UTC)),
        ("5", "0", "12", BOB, "9", "rejected", datetime(2026, 3, 4, tzinfo=UTC)),
    ]
    assert project.sources.drop("file").rows() == [("label_studio", 3, 0, 7, 9)]
    assert problems(project) == [
        ("warning", 2, "label", "['car', 'van']", SEVERAL, 1),
        ("warning", 2, "value", "'-10.0 x -10.0'",
         "a width and height from 0; read as drawn from the opposite corner", 1),
    ]  # fmt: skip


def test_comments_on_a_task_are_counted(tmp_path):
    tasks = [
        {"id": 1, "data": {}, "annotations": [], "comment_count": 3, "unresolved_comment_count": 1},
        {"id": 2, "data": {}, "annotations": [], "comment_count": 0, "unresolved_comment_count": "many"},
    ]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    issues = read(tmp_path / "tasks.json", format="label_studio").issues
    assert issues.select("asset_id", "category", "state", "n").rows() == [
        ("1", "comment", "open", 1),
        ("1", "comment", "resolved", 2),
    ]


def test_shapes_on_an_image_become_pixels():
    project = miniature("shapes.json")
    assert project.sources.drop("file").rows() == [("label_studio", 4, 0, 4, 13)]
    value = ("kind", "class", "geometry", "parts")
    assert shown(project, *value, of="1") == {"point": ("point", "nose", [100, 25], None)}
    rows = shown(project, *value, of="2")
    assert rows.pop("turned") == ("rotated_bbox", "car", pytest.approx([105, 60, 20, 10, 36.86989764584402]), None)
    kind, cls, corners, parts = rows.pop("ellipse")
    assert (kind, cls, len(corners), parts) == ("polygon", "eye", 2 * 64, None)
    assert corners[:2] == [100, 70]  # 20 px along, which is down after a quarter turn
    assert corners[32:34] == pytest.approx([90, 50])  # 10 px across
    on_it = [hypot((x - 100) / 10, (y - 50) / 20) for x, y in zip(corners[::2], corners[1::2], strict=True)]
    assert on_it == pytest.approx([1] * 64)
    assert rows == {
        "right angle": ("bbox", "car", [70, 20, 100, 40], None),
        "full turn": ("bbox", "car", [20, 20, 80, 60], None),
        "polygon": ("polygon", "roof", [0, 0, 100, 0, 100, 50], None),
        "open": ("polyline", "wire", [0, 0, 100, 0], None),
        "ring": ("polygon", "room", [0, 0, 100, 0, 100, 50], None),
        "fork": ("polyline", "road", [0, 0, 20, 0, 0, 0, 20, 10], [2, 2]),
    }
    # The image was shown lying on its right side, 100 x 200: its top is the right edge of what was seen.
    assert shown(project, *value, of="3") == {
        "on its side": ("bbox", "car", [20, 70, 30, 90], None),
        "point": ("point", "nose", [20, 90], None),
    }
    assert shown(project, *value, of="4") == {
        "bitmask": ("mask", "mud", [1, 0, 3, 2], [0, 3, 1]),
        "brush": ("mask", "mud", [1, 0, 3, 2], [0, 3, 1]),
    }
    assert problems(project) == [
        ("error", 3, "image_rotation", None, "an image turned by right angles; the annotation is left out", 1),
        ("note", 2, None, None, "an ellipse is read as a polygon of 64 corners on it", 1),
        ("note", 3, "image_rotation", None, "a shape on a turned image is turned back with it", 3),
    ]


@pytest.mark.parametrize(
    ("image_rotation", "rotation", "kind", "geometry"),
    [
        # 200 x 100 px; the rectangle is 10 % x 30 % of what is shown, its corner at 50 %, 20 % of it
        (180, 0, "bbox", [80, 50, 100, 80]),
        (270, 0, "bbox", [100, 50, 160, 60]),
        (-90, 0, "bbox", [100, 50, 160, 60]),
        (90, 90, "bbox", [40, 50, 50, 110]),
        (180, 180, "bbox", [100, 80, 120, 110]),
        (0, -90, "bbox", [100, 0, 130, 20]),
        (90, 180, "bbox", [-20, 50, 40, 60]),
    ],
)
def test_rectangles_turned_by_right_angles_stay_boxes(tmp_path, image_rotation, rotation, kind, geometry):
    value = {"x": 50, "y": 20, "width": 10, "height": 30, "rotation": rotation, "rectanglelabels": ["car"]}
    size = {"original_width": 200, "original_height": 100, "image_rotation": image_rotation}
    found = results(tmp_path, {"id": "r", "type": "rectanglelabels", "from_name": "l", **size, "value": value})
    assert shown(found, "kind", "geometry") == {"r": (kind, geometry)}


def test_curves_become_straight_pieces(tmp_path):
    vertices = [
        {"x": 0, "y": 0, "controlPoint2": {"x": 0, "y": 40}},
        {"x": 60, "y": 0, "controlPoint1": {"x": 60, "y": 40}},
    ]
    item = {"id": "v", "type": "vector", "from_name": "v", "original_width": 100, "original_height": 100}
    project = results(tmp_path, {**item, "value": {"vertices": vertices}})
    (kind, cls, geometry) = shown(project, "kind", "class", "geometry")["v"]
    assert (kind, cls, len(geometry)) == ("polyline", "v", 2 * 17)
    assert geometry[:2] == [0, 0]
    assert geometry[16:18] == [30, 30]  # half way: (0 + 3 * 0 + 3 * 60 + 60) / 8, (3 * 40 + 3 * 40) / 8
    assert geometry[-2:] == [60, 0]
    closed = results(tmp_path, {**item, "value": {"closed": True, "vertices": [*vertices, {"x": 30, "y": 9}]}})
    assert len(shown(closed, "geometry")["v"][0]) == 2 * (17 + 1)


def test_items_of_one_region_are_one_object_with_answers():
    project = miniature("regions.json")
    nested = ("kind", "class", "geometry", "answer", "parent_id")
    assert shown(project, *nested, of="1") == {
        "r": ("bbox", "sign", [20, 20, 80, 60], None, None),
        "state": ("checklist", "state", None, ["old", "red"], "r"),
        "legible": ("choice", "legible", None, ["yes"], "r"),
        "metres": ("number", "metres", [12], None, "r"),
        "sharpness": ("rating", "sharpness", [4], None, "r"),
        "words": ("text", "words", None, ["STOP"], "r"),
    }
    of_2 = project.annotations.filter(pl.col("asset_id") == "2")
    objects = of_2.filter(pl.col("geometry").is_not_null())
    assert sorted(objects.select("annotation_id", "kind", "class", "geometry").rows(), key=str) == [
        ("2#1", "bbox", "car", [100, 50, 200, 100]),
        ("k", "point", "nose", [100, 50]),
        ("m", "bbox", "car", [0, 0, 100, 50]),
        ("n", "bbox", "label", [0, 0, 100, 50]),
        ("s", "bbox", "sign", [0, 0, 100, 50]),
        ("t", "bbox", "words", [20, 20, 80, 60]),
    ]
    answers = of_2.filter(pl.col("geometry").is_null())
    assert sorted(answers.select("kind", "class", "answer", "parts", "parent_id").rows(), key=str) == [
        ("checklist", "label", ["car", "van"], None, "m"),
        ("choice", "legible", ["yes"], None, "t"),
        ("relation", "a", ["s", "m"], [1], None),
        ("relation", "b", ["s", "m"], [1], None),
        ("relation", "next to", ["s", "m"], None, None),
        ("relation", "relation", ["m", "s"], None, None),
        ("relation", "relation", ["s", "gone"], None, None),
        ("text", "title", ["lost"], None, None),
        ("text", "words", ["EXIT"], None, "t"),
    ]
    assert dict(project.labels.select("label_id", "n_unread").rows()) == {"1": 0, "2": 3, "3": 0, "4": 0}
    assert problems(project) == [
        ("error", 2, "from_id", None, "from_id and to_id; the annotation is left out", 1),
        ("error", 2, "id", None,
         "a region that can be read for the answers about it; the annotation is left out", 1),
        ("error", 2, "value", None, "x, y, width and height; the annotation is left out", 1),
        ("warning", 2, "id", "'m'", "an id that one region has; the further ones get ids derived from the label's", 1),
        ("warning", 2, "id", None, "an id of the region that an answer is about; read as one on the task", 1),
        ("warning", 2, "label", "['car', 'van']", SEVERAL, 1),
        ("warning", 2, "rectanglelabels", None, "a label; a region without one is called like its control", 1),
        ("warning", 2, "relation", "'gone'",
         "an object of the same label at either end of a relation; one without is like no other", 1),
        ("note", 2, "parentID", None, "regions without order; that one is inside another is not kept", 1),
        ("note", 2, None, "'meta (a note on a region)'",
         "the control tags of Label Studio's documentation; meta (a note on a region) is not read yet", 1),
    ]  # fmt: skip


def test_several_images_of_a_task_are_places():
    project = miniature("regions.json")
    assert project.annotations.filter(pl.col("asset_id") == "3").select(
        "class", "geometry", "answer", "place"
    ).rows() == [
        ("car", [0, 0, 100, 50], None, "0"),
        ("car", [0, 0, 200, 50], None, "1"),
        ("sharp", None, ["no"], "0"),
        ("sharp", None, ["yes"], "1"),
    ]
    assert shown(project, "place", of="4") == {"a": ("left",), "b": ("right",)}
    sizes = dict(zip(project.assets["asset_id"], project.assets.select("width", "height").rows(), strict=True))
    assert sizes == {"1": (200, 100), "2": (200, 100), "3": (None, None), "4": (200, 100)}


def test_video():
    project = miniature("video.json")
    value = ("kind", "class", "geometry", "parts", "parent_id")
    assert shown(project, *value, of="1") == {
        "a": (
            "track",
            "dog",
            # to 20 in two frames, gone in frame 4, back in frame 5, and kept until the video ends
            [0, 0, 20, 20, 20, 0, 40, 20, 40, 0, 60, 20, 100, 0, 120, 20, 100, 0, 120, 20],
            [1, 2, 3, 5, 6],
            None,
        )
    }
    assert shown(project, *value, of="2") == {
        "b": ("track", "cat", [10, 0, 20, 20], [2], None),  # no size: percent; of one frame's key frames the last
        "c": ("track", "box", pytest.approx([30, 0, 50, 10]), [4], None),
        "t": ("interval", "run", [1, 16], None, None),
        "t/1": ("interval", "run", [20, 21], None, None),
        "certainty": ("choice", "certainty", None, None, "t"),
    }
    assert left_out(project) == [
        (2, "value.framesCount", "at most 1000000 frames of a track and 5000000 of all tracks of a file"),
        (2, "value.ranges", "an end from the start on"),
        (2, "value.ranges", "ranges"),
        (2, "value.sequence", "a sequence of key frames"),
        (2, "value.sequence", "x, y, width and height"),
        (2, "value.sequence[...].frame", "whole frame numbers from 0"),
    ]
    assert [row for row in problems(project) if row[0] != "error"] == [
        ("warning", 2, "original_width", None, UNSIZED, 2),
        ("note", 2, None, None, "a turned rectangle of a video is read as the upright box round it", 1),
    ]


def test_a_file_of_long_tracks_ends_at_a_bound(tmp_path):
    key = {"frame": 1, "x": 0, "y": 0, "width": 10, "height": 10}
    value = {"sequence": [key], "framesCount": 900_000, "labels": ["dog"]}
    items = [{"id": str(n), "type": "videorectangle", "from_name": "b", "value": value} for n in range(8)]
    project = results(tmp_path, *items)
    assert project.annotations.height == 5
    assert project.annotations["parts"].list.len().unique().to_list() == [900_000]
    assert [field for _, field, _ in left_out(project)] == ["value.framesCount"] * 3


def test_stretches_of_text_sound_and_time():
    project = miniature("stretches.json")
    value = ("kind", "class", "geometry", "place")
    assert shown(project, *value, of="1") == {"a": ("span", "person", [0, 5], None)}
    assert shown(project, *value, of="2") == {
        "b": ("span", "person", [10, 13], None),  # "Bob" from 10 to 12: the end is included
        "c": ("span", "smile", [3, 4], None),
        "h": ("span", "claim", [12, 31], None),
        "i": ("span", "claim", [2, 7], "/p[1]/text()[1]"),
        "j": ("span", "claim", [4, 8], "/p[1]/text()[1]"),
        "l": ("span", "joke", [0, 9], "3"),
        "m": ("span", "claim", [4, 8], None),
    }
    of_sound = project.annotations.filter(pl.col("asset_id") == "3")
    assert of_sound.select("annotation_id", "kind", "class", "geometry", "answer", "parent_id").rows() == [
        ("s", "interval", "speech", [0, 2], None, None),
        ("t", "interval", "speech", [2.25, 4.5], None, None),
        ("u", "interval", "words", [5.5, 6], None, None),
        ("3#3", "text", "words", None, ["bye"], "u"),
        ("3#4", "text", "words", None, ["hello"], "s"),
    ]
    assert shown(project, *value, of="4") == {
        "i": ("interval", "run", [3, 17], None),
        "k": ("interval", "run", [60, 120], None),
        "l": ("interval", "run", [86_400, 172_800], None),
        "o": ("interval", "run", [-86_400, 0], None),
    }
    assert left_out(project) == [
        (2, "value", "a start and end in whole characters from 0"),
        (2, "value", "an end from the start on"),
        (2, "value", "globalOffsets, or the marked text, for a mark across elements"),
        (4, "value", "an end from the start on"),
        (4, "value.start", "a number or a date such as 2026-01-31 12:00:00"),
    ]
    assert [row for row in problems(project) if row[0] == "note"] == [
        ("note", 2, None, None, "a mark across elements is placed where it starts, with the length of its text", 1),
        ("note", 2, None, None, "an end that is not included; one that is, by the marked text, is moved by one", 1),
    ]


def test_milliseconds_since_1970_become_seconds(tmp_path):
    value = {"start": 1602708145233, "end": 1602708375312, "timeserieslabels": ["run"]}
    project = results(tmp_path, {"id": "t", "type": "timeserieslabels", "from_name": "ts", "value": value})
    assert shown(project, "kind", "geometry") == {"t": ("interval", [1602708145.233, 1602708375.312])}


def test_a_question_with_one_answer_here_and_several_there_is_a_checklist():
    project = miniature("questions.json")
    assert project.annotations.select("label_id", "annotation_id", "kind", "class", "geometry", "answer").rows() == [
        ("a", "c2", "checklist", "seen", None, ["dog", "tree"]),
        ("a", "c1", "choice", "weather", None, ["sunny"]),
        ("b", "c2", "checklist", "seen", None, []),
        ("b", "c3", "choice", "mood", None, ["calm"]),
        ("b", "c1", "choice", "weather", None, ["rain"]),
    ]
    assert problems(project) == []


def test_answers_about_the_task():
    project = miniature("answers.json")
    assert shown(project, of="t1") == {"c1": ("choice", "weather", None, ["sunny"])}
    assert shown(project, of="t2") == {
        "c1": ("choice", "weather", None, ["rain"]),
        "c2": ("checklist", "seen", None, []),
        "c3": ("choice", "mood", None, ["calm"]),
        "c6": ("checklist", "kinds", None, ["dog", "tree"]),
        "c4": ("choice", "bare", None, ["one"]),
        "c5": ("taxonomy", "tree", None, ["animal\x1fdog", "plant"]),
        "t": ("taxonomy", "topic", None, ["One", "Three\x1fSub"]),
        "u": ("taxonomy", "flat", None, ["flat"]),
        "r": ("rating", "stars", [3], None),
        "n": ("number", "count", [2.5], None),
        "d": ("text", "when", None, ["1991-05-22T09:17"]),
        "x": ("text", "words", None, ["Hello\nWorld"]),
        "y": ("text", "line", None, ["plain"]),
        "p": ("choice", "better", None, ["left"]),
        "k": ("ranking", "order", None, ["b", "a"]),
        "buckets/good": ("ranking", "buckets/good", None, ["c", "a"]),
        "buckets/bad": ("ranking", "buckets/bad", None, []),
        "m": ("ranking", "all", None, ["z", "y"]),
        "o": ("ranking", "old", None, ["q", "2"]),
        "guess": ("choice", "guess", None, ["maybe"]),
    }
    assert project.ontology["scale_max"].null_count() == project.ontology.height
    assert shown(project, of="t3") == {}
    assert left_out(project) == [
        (3, "from_name", "from_name, which names the question"),
        (3, "value", "choices"),
        (3, "value", "paths, each a list of texts from the root on"),
        (3, "value.choices", "choices as texts"),
        (3, "value.datetime", "datetime"),
        (3, "value.number", "a finite number as number"),
        (3, "value.ranker", "ranker, a list of items or one for each bucket"),
        (3, "value.ranker", "the ids of the items"),
        (3, "value.rating", "a finite number as rating"),
        (3, "value.selected", "selected, left or right"),
        (3, "value.taxonomy", "taxonomy, a list of paths"),
        (3, "value.text", "text"),
    ]
    assert dict(project.labels.select("label_id", "n_unread").rows()) == {"a": 0, "b": 0, "c": 12}
    assert [row for row in problems(project) if row[0] == "note"] == [
        ("note", 2, None, None, "items in buckets; those that a ranker leaves in none are no answer", 1)
    ]


def test_completions_of_versions_before_1_0():
    project = miniature("completions.json")
    columns = ("asset_id", "label_id", "labeler", "role", "status", "created_at", "seconds", "n_unread")
    assert project.labels.select(columns).rows() == [
        ("1", "1001", None, "benchmark", "submitted", datetime(2020, 8, 11, 9, 51, 20, tzinfo=UTC), 4.5, 0),
        ("2", "2//1", None, "consensus", "submitted", None, None, 0),
        ("2", "2/103/0", "103", "submitted", "skipped", None, None, 0),
    ]
    assert project.annotations.select("label_id", "class", "answer").rows() == [
        ("1001", "q", ["good"]),
        ("2//1", "q", ["good"]),
        ("2//1", "r", ["bad"]),
        ("2/103/0", "q", ["good"]),
    ]
    assert ("note", 3, None, "'completion given by its id only'") in [row[:4] for row in problems(project)]
    assert ("warning", 2, "created_at", "'1e+300'") in [row[:4] for row in problems(project)]


def test_annotations_and_predictions_that_lie_by_themselves():
    project = miniature("stored.ndjson")
    added = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert project.assets.select("project_id", "asset_id", "name", "created_at").rows() == [
        ("5", "70", "a text", added),
        ("default", "stored.ndjson#3", None, None),
    ]
    assert project.labels.select("asset_id", "label_id", "labeler", "role", "seconds").rows() == [
        ("70", "7", ANN, "submitted", 2.5),
        ("70", "prediction/70/m/0", "m", "prediction", None),
        ("stored.ndjson#3", "prediction/stored.ndjson#3/m/0", "m", "prediction", None),
    ]
    # The score of a prediction is about its only item; of several, each has its own or none.
    assert project.annotations.select("label_id", "class", "score").rows() == [
        ("7", "q", None),
        ("prediction/70/m/0", "q", 0.75),
        ("prediction/stored.ndjson#3/m/0", "q", None),
        ("prediction/stored.ndjson#3/m/0", "r", 0.5),
    ]


def test_one_task_and_lines_of_tasks():
    assert miniature("one_task.json").annotations["geometry"].to_list() == [[20, 20, 80, 60]]
    assert miniature("lines.ndjson").labels.select("asset_id", "label_id", "record").rows() == [
        ("1", "10", 1),
        ("2", "20", 2),
        ("3", "30", 3),
    ]


def test_what_is_not_read_is_counted():
    project = miniature("unread.json")
    assert project.annotations["annotation_id"].to_list() == ["r1"]
    assert project.assets["asset_id"].to_list() == ["1", "3"]
    found = [
        (record, expected.split("; ")[1].removesuffix(" is not read yet"), n)
        for severity, record, field, _, expected, n in problems(project)
        if (severity, field) == ("note", None)
    ]
    assert sorted(found) == [
        (1, "an item without type", 1),
        (1, "chatmessage", 1),
        (1, "draft", 2),
        (1, "review without verdict", 1),
        (1, "step in the history of an annotation", 1),
        (2, "annotation given by its id only", 2),
        (2, "prediction given by its id only", 1),
    ]
    assert dict(project.labels.select("label_id", "n_unread").rows()) == {"1": 2}


def test_faults_cost_what_they_must_and_are_listed():
    project = miniature("faults.json")
    assert project.sources.select("n_records", "n_skipped").rows() == [(6, 1)]
    assert project.assets["asset_id"].to_list() == ["2", "3", "4", "5", "x.jpg"]
    assert shown(project, "geometry", "score", of="2") == {
        "ok": ([0, 0, 100, 50], None),
        "r1": ([20, 20, 80, 60], None),  # the size is that of the others
        "r2": ([20, 20, 80, 60], None),
        "rh": ([20, 20, 80, 60], None),
    }
    # Without a size: 40 % to the left of 10 %, 30 % down from 20 %.
    assert shown(project, "geometry", of="3") == {"r1": ([-30, 20, 10, 50],)}
    assert shown(project, "answer", of="4") == {"c": (["yes"],)}
    assert left_out(project) == [
        (2, "from_name", "a label, or from_name"),
        (2, "value", "2 vertices or more of a line"),
        (2, "value", "3 points or more of a polygon"),
        (2, "value", "imageDataURL, a PNG in base64"),
        (2, "value", "points, each with x and y"),
        (2, "value", "points"),
        (2, "value", "rle, a list of bytes"),
        (2, "value", "vertices"),
        (2, "value", "x, y, width and height"),
        (2, "value", "x, y, width and height"),
        (2, "value.imageDataURL", "a PNG that can be read"),
        (2, "value.rle", "a brush mask that can be read"),
        (2, "value.rle", "a brush mask that can be read"),
        (3, "original_width", "original_width and original_height, the size of the mask"),
        (5, "original_width", "original_width and original_height in whole pixels"),
    ]
    others = [row[:4] for row in problems(project) if "left out" not in row[4]]
    assert ("warning", 2, "original_width", "'200 x -100'") in others
    assert ("warning", 2, "score") in [row[:3] for row in others]
    assert ("warning", 3, "original_width", None) in others
    assert ("note", 1, "id", None) in others
    lost = [(severity, record, found) for severity, record, field, found, *_ in problems(project) if field == "result"]
    assert lost == [
        ("error", 4, "'\"x\"'"),
        ("error", 4, "'7'"),
        ("error", 4, "'{\"a\": 1}'"),
        ("error", 4, repr('{"id": {"a": 1}, "type": "choices", "from_name": "q", "to_name": "text", "value": {}}')),
    ]
    assert dict(project.labels.select("label_id", "n_unread").rows()) == {
        "1": 0, f"2/{ANN}/0": 13, "3": 1, "4": 3, "5": 1, "6": 0, "7": 1,
    }  # fmt: skip


def test_several_labels_need_an_id_of_their_region(tmp_path):
    value = {"start": 0, "end": 4, "text": "Anna", "labels": ["person", "friend"]}
    project = results(tmp_path, {"type": "labels", "from_name": "ner", "value": value})
    assert shown(project, "kind", "class") == {"person": ("span", "person")}
    assert left_out(project) == [(1, "id", "an id of a region with several labels; all but the first are left out")]
    assert project.labels["n_unread"].to_list() == [1]


def test_a_mark_of_many_numbers_is_read_like_any_other(tmp_path):
    points = [[x / 100, 50 + (x % 2)] for x in range(6000)]
    size = {"original_width": 100, "original_height": 100}
    value = {"points": points, "polygonlabels": ["river"]}
    project = results(
        tmp_path, {"id": "p", "type": "polygonlabels", "from_name": "l", **size, "value": value, "score": 0.5}
    )
    ((geometry, score),) = shown(project, "geometry", "score").values()
    assert score == 0.5
    assert geometry == pytest.approx([number for point in points for number in point])
