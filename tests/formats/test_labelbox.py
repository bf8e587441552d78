"""Labelbox: the miniature exports, cell by cell."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labelqa.formats.read import read
from labelqa.formats.readers.labelbox import frames as frames_module
from labelqa.formats.readers.labelbox import pages, timeline
from labelqa.formats.readers.labelbox.masks import _names as mask_names
from labelqa.formats.readers.labelbox.scene import Scene
from labelqa.formats.readers.labelbox.schema import Object
from tests.formats.miniatures import HERE, problems

MADE = datetime(2026, 3, 2, 9, 0, 0, 500_000, UTC)
CHANGED = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)


def miniature(name):
    return read(HERE / "labelbox" / name)


def test_boxes_benchmark_times_and_reviews():
    project = miniature("boxes.ndjson")
    metadata = [{"key": "camera", "value": "front"}, {"key": "speed", "value": "42.5"}, {"key": "wet", "value": "true"}]
    added = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert project.assets.drop("labels_asked").rows() == [
        ("p1", "row2", "street 2.jpg", None, None, None, None, None, []),
        ("p1", "row3", None, None, None, None, None, None, []),
        ("p1", "street-1", "street 1.jpg", 640, 480, "week 9", "Streets", added, metadata),
        ("p2", "street-1", "street 1.jpg", 640, 480, "week 10", "Streets", added, metadata),
    ]
    assert project.assets["labels_asked"].to_list() == [None, None, 3, None]
    ann, bob, cho, rea = (f"{name}@example.org" for name in ("ann", "bob", "cho", "rea"))
    assert project.labels.drop("source", "n_unread").rows() == [
        ("p1", "row2", "7", None, "submitted", "submitted", None, None, None, None, 2),
        ("p1", "street-1", "gold", rea, "benchmark", "submitted", MADE, CHANGED, 12.5, 3, 1),
        ("p1", "street-1", "l1", ann, "submitted", "submitted", MADE, CHANGED, 12.5, 3, 1),
        ("p1", "street-1", "l2", bob, "submitted", "submitted", MADE, CHANGED, None, None, 1),
        ("p1", "street-1", "l3", cho, "submitted", "skipped", MADE, CHANGED, None, 3, 1),
        ("p2", "street-1", "w1", ann, "submitted", "submitted", MADE, CHANGED, 12.5, 3, 1),
    ]
    columns = ["asset_id", "label_id", "annotation_id", "kind", "class", "geometry", "answer", "score", "is_crowd"]
    assert project.annotations.select(columns).rows() == [
        ("row2", "7", "3", "bbox", "old_style", [15, 20, 20, 30], None, None, False),
        ("street-1", "gold", "f9", "bbox", "car", [20, 10, 60, 40], None, None, False),
        ("street-1", "l1", "f1", "bbox", "car", [20, 10, 60, 40], None, None, False),
        ("street-1", "l1", "f2", "bbox", "van", [60.25, 50.5, 70.25, 60.5], None, None, False),
        ("street-1", "l2", "f1", "bbox", "car", [20, 11, 60, 41], None, None, False),
        ("street-1", "w1", "f1", "bbox", "wheel", [5, 5, 7, 7], None, None, False),
    ]
    # A review is of the label where the row has one in the project, else of the asset.
    assert project.reviews.rows() == [
        ("p1", "street-1", None, None, rea, "accepted", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("p2", "street-1", "w1", ann, rea, "rejected", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("p2", "street-1", "w1", ann, rea, "accepted", datetime(2026, 3, 4, 10, tzinfo=UTC)),
    ]
    assert project.labelers.rows() == [(name, None, False) for name in (ann, bob, cho, rea)]
    assert project.sources.drop("file").rows() == [("labelbox", 3, 0, 6, 6)]
    assert problems(project) == [
        ("warning", 2, "bounding_box", "'-5.0 x -10.0'",
         "a width and height from 0; read as drawn from the opposite corner", 1),
        ("warning", 2, "labeler", "'7'",
         "a labeler for each label; a label by nobody known is compared with the benchmark only", 1),
    ]  # fmt: skip


def test_radio_and_checklist():
    project = miniature("questions.ndjson")
    assert project.annotations.select("label_id", "annotation_id", "kind", "class", "geometry", "answer").rows() == [
        ("a", "f-Seen", "checklist", "Seen", None, ["dog", "tree"]),
        ("a", "f-Weather", "choice", "Weather", None, ["Sunny"]),
        ("b", "f-Seen", "checklist", "Seen", None, []),
        ("b", "f-Weather", "choice", "Weather", None, ["Rain"]),
        ("c", "c#0", "choice", "weather_id", None, ["sunny"]),
    ]
    assert project.ontology.select("kind", "class", "answers").rows() == [
        ("checklist", "Seen", ["dog", "tree"]),
        ("choice", "Weather", ["Rain", "Sunny"]),
        ("choice", "weather_id", ["sunny"]),
    ]
    assert project.reviews.select("label_id", "reviewer", "verdict", "created_at").rows() == [
        ("c", "rea@example.org", "rejected", datetime(2026, 3, 4, tzinfo=UTC)),
        ("c", "rea@example.org", "accepted", datetime(2026, 3, 5, tzinfo=UTC)),
    ]
    assert problems(project) == []


ANNOTATIONS = ["annotation_id", "kind", "class", "geometry", "parts", "answer", "place", "parent_id"]


def marks(project, label):
    """Give the annotations of a label by id, without the ids of those that have none in the export."""
    rows = project.annotations.filter(label_id=label).select(ANNOTATIONS).rows()
    found = {row[0]: tuple(row[1:]) for row in rows if "#" not in row[0]}
    return found, [row[1:] for row in rows if "#" in row[0]]


def shape(kind, cls, geometry, parts=None, place=None):
    return (kind, cls, geometry, parts, None, place, None)


def asked(kind, question, *answers, parent=None, place=None):
    return (kind, question, None, None, list(answers), place, parent)


def unread(project):
    """Give what is counted as not read: record, kind and number of each sort."""
    end = " is not read yet"
    rows = problems(project)
    return sorted((record, expected.partition("; ")[2].removesuffix(end), n)
                  for _, record, _, _, expected, n in rows if expected.endswith(end))  # fmt: skip


def incomplete(project):
    return dict(project.labels.filter(project.labels["n_unread"] > 0).select("label_id", "n_unread").rows())


def test_every_shape_in_an_image_with_what_is_nested_in_it():
    found, others = marks(miniature("media.ndjson"), "im")
    assert found == {
        "poly": shape("polygon", "roof", [1, 2, 9, 2, 9, 8]),
        "q1": asked("choice", "Worn", "yes", parent="poly"),
        "q2": asked("text", "How", "moss", parent="q1"),
        "open": shape("polygon", "roof", [1, 2, 3, 4, 5, 0]),
        "line": shape("polyline", "gutter", [0, 0, 4, 3]),
        "old": shape("polyline", "gutter", [7, 7, 8, 8]),
        "dot": shape("point", "chimney", [3.5, 4.5]),
        "bare": shape("bbox", "roof", [2, 1, 6, 4]),
        "bare2": shape("point", "chimney", [1, 1]),
        "object 1": shape("bbox", "car", [0, 0, 2, 2]),
        "object 1/Damage": asked("checklist", "Damage", "dent", "rust", parent="object 1"),
        # Both answers bring up a question of this name.
        "d1": asked("choice", "dent: Where", "door", parent="object 1/Damage"),
        "d2": asked("choice", "rust: Where", "roof", parent="object 1/Damage"),
        "d3": asked("taxonomy", "Depth", "deep\x1fthrough", parent="object 1/Damage"),
        "t1": asked("text", "Notes", "flat\nroof"),
        "t2": asked("taxonomy", "Levels"),
        "r1": ("relation", "drains", None, None, ["line", "poly"], None, None),
        "r2": ("relation", "beside", None, [1], ["poly", "open"], None, None),
        "r3": ("relation", "above", None, None, ["dot", "poly"], None, None),
    }
    assert others == [("relation", "of", None, [1], ["dot", "open"], None, None)]


def test_confidence_becomes_the_score():
    annotations = miniature("media.ndjson").annotations
    assert annotations.filter(annotations["score"].is_not_null()).select("annotation_id", "score").rows() == [
        ("dot", 0.75)
    ]


def test_documents_have_pages_and_words():
    project = miniature("media.ndjson")
    found, others = marks(project, "pa")
    # The words of page 1 in one order: z a b e c. The third selection skips none of them, the first one skips e.
    assert found == {
        "pb": shape("bbox", "figure", [58, 48, 70, 113], place="2"),
        "pi": shape("bbox", "figure", [144, 72, 180, 144], place="1"),
        "pp": shape("bbox", "figure", [25, 100, 45, 120], place="1"),
        "pc": asked("choice", "Language", "en"),
        "e1": shape("span", "term", [1, 3], place="1"),
        "e1/1": shape("span", "term", [4, 5], place="1"),
        "e1/2": shape("span", "term", [0, 1], place="2"),
        "e2": shape("span", "term", [3, 5], place="1"),
        "e4": shape("span", "term", [2, 4], place="1"),
    }
    assert not others
    assert marks(project, "pb")[0] == {"e3": shape("span", "term", [0, 3], place="1")}


def test_texts_and_conversations():
    project = miniature("media.ndjson")
    assert marks(project, "tx")[0] == {"w1": shape("span", "name", [3, 4]), "w2": shape("span", "name", [5, 10])}
    assert marks(project, "ch")[0] == {
        "c1": shape("span", "name", [0, 9], place="4"),
        "c2": asked("choice", "best", "m2", place="m1"),
        "c3": asked("checklist", "good", "m2", "m3", place="m1"),
        "c4": asked("ranking", "order", "m2", "m3", place="m1"),
        "k1": asked("choice", "Tone", "kind", place="4"),
        "k2": asked("checklist", "Topics", "date", "price", place="4"),
        "k3": asked("text", "Summary", "short", place="5"),
        "k4": asked("text", "Why", "thanks", place="4", parent="k1"),
        "k5": asked("choice", "Tone", "rude", place="5"),
    }


def test_maps_are_read_in_their_own_unit():
    assert marks(miniature("media.ndjson"), "mp")[0] == {
        "g1": shape("polygon", "field", [-99.5, 19.5, -99.25, 19.5, -99.25, 19.75, -99.4, 19.55, -99.3, 19.55, -99.3,
                                         19.6], [3, 3]),
        "g2": shape("polyline", "road", [-99.5, 19.5, -99.25, 19.75]),
        "g3": shape("point", "well", [-99.5, 19.5]),
        "g4": shape("bbox", "lake", [1, 2, 4, 8]),
        "g5": shape("polygon", "field", [0, 0, 1, 0, 1, 1, 2, 2, 3, 2, 3, 3], [3, 3]),
    }  # fmt: skip


def test_what_is_said_of_the_media():
    project = miniature("media.ndjson")
    assert problems(project) == [
        ("warning", 2, None, None, "points; a box in percent of its page is read with the page's dimensions", 1),
        ("note", 1, None, "'ImageSegmentationMask'",
         "a PNG of each mask, named by its feature id; ImageSegmentationMask is not read yet", 2),
        ("note", 1, None, "'classification of ImageSegmentationMask without a PNG'",
         "a documented kind of annotation; classification of ImageSegmentationMask without a PNG is not read yet", 1),
        ("note", 2, None, None,
         "characters; words selected in a document are counted by their ids, as spans of words of a page", 4),
        ("note", 5, None, None, "pixels; marks on a map are in its own unit (degrees), and read as they are", 5),
    ]  # fmt: skip
    assert incomplete(project) == {"im": 3}


def test_videos():
    project = miniature("time.ndjson")
    found, others = marks(project, "v")
    # From frame 2 to 6 the box moves by 8 to the right and 4 down, then it stays to the end of the segment.
    t1 = [number for frame in range(5) for number in (10 + 2 * frame, frame, 20 + 2 * frame, 10 + frame)]
    t1 += [18, 4, 28, 14] * 2 + [0, 0, 10, 10] * 2
    assert found == {
        "t1": shape("track", "car", t1, [2, 3, 4, 5, 6, 7, 8, 12, 13]),
        "t2": shape("track", "car", [0, 0, 10, 10], [10]),
        "t3": shape("track", "car", [5, 5, 15, 15, 7, 7, 17, 17], [20, 22]),
        "s1/2": shape("point", "sign", [1, 2], place="2"),
        "s1/6": shape("polyline", "sign", [1, 1, 2, 2], place="6"),
        "n1": asked("choice", "Lights", "on", parent="t2"),
        "n2/2": asked("choice", "Lights", "off", parent="t1", place="2"),
        "n2/6": asked("choice", "Lights", "on", parent="t1", place="6"),
        "n3": asked("choice", "Colour", "red", parent="t1"),
        "n4/2": asked("choice", "Lit", "yes", parent="s1/2", place="2"),
        "gl": asked("choice", "Scene", "street"),
        "w1/0": shape("interval", "Weather: rain", [1, 8]),
        "w1/1": shape("interval", "Weather: sun", [8, 11]),
        "w1/12": asked("choice", "Weather", "fog", place="12"),
        "w2/2": asked("choice", "Crowd", "few", place="2"),
        "w2/6": asked("choice", "Crowd", "many", place="6"),
        "w3/0": shape("interval", "Said", [2, 3]),
        "w3/0/text": asked("text", "Said", "hello", parent="w3/0"),
        "w3/1": shape("interval", "Said", [4, 6]),
        "w3/1/text": asked("text", "Said", "hello", parent="w3/1"),
        "w4": shape("interval", "Seen: cat", [2, 4]),
        "w4/Seen: dog": shape("interval", "Seen: dog", [2, 4]),
    }
    assert others == [shape("bbox", "car", [1, 1, 2, 2], place="8")]
    assert unread(project) == [
        (1, "segment before the first answer", 1),
        (1, "segment of a mark that is in no frame", 2),
        (1, "segment of a track without a box in it", 1),
    ]
    assert incomplete(project) == {"v": 4}
    assert project.annotations.filter(annotation_id="t1")["score"].to_list() == [0.5]
    without = "segments of a track; without them its boxes are read in the frames that are written only"
    assert [row for row in problems(project) if row[4] == without] == [("note", 1, None, None, without, 1)]


def test_volumes_and_recordings():
    project = miniature("time.ndjson")
    assert marks(project, "sc")[0] == {
        "d1/Axial 1": shape("polyline", "vessel", [1, 2, 3, 4], place="Axial 1"),
        "d2": shape("track", "node", [2, 1, 6, 4] * 2, [3, 4], place="Axial"),
        "gq/Axial": asked("choice", "Quality", "good", place="Axial"),
        "gf/Axial 1": asked("choice", "Slice", "clear", place="Axial 1"),
    }
    assert marks(project, "so")[0] == {
        "a1/0": shape("interval", "Speaker: ann", [0, 1.5]),
        "a1/0/Speaker: bob": shape("interval", "Speaker: bob", [0, 1.5]),
        "a2/a1/0": asked("choice", "Mood", "calm", parent="a1/0"),
        "a1/1": shape("interval", "Speaker: ann", [2, 2.5]),
        "a1/1/Speaker: bob": shape("interval", "Speaker: bob", [2, 2.5]),
        "a2/a1/1": asked("choice", "Mood", "calm", parent="a1/1"),
        "a3": asked("choice", "Noise", "low"),
        "a4": shape("interval", "Words", [0.5, 0.9]),
        "a4/text": asked("text", "Words", "so it is", parent="a4"),
        "a5/0.5": asked("choice", "Click", "yes", place="0.5"),
    }


def test_predictions_of_model_runs():
    project = miniature("runs.ndjson")
    assert project.labels.select("project_id", "label_id", "labeler", "role", "n_unread").rows() == [
        ("p", "l1", "ann@example.org", "submitted", 0),
        ("p", "prediction/p1", "detector v1", "prediction", 0),
        ("p", "prediction/p3", "detector run2", "prediction", 0),
        ("p", "prediction/r1/detector run2/0", "detector run2", "prediction", 0),
        ("m1", "prediction/p4", "detector v1", "prediction", 0),
    ]
    assert project.labelers.rows() == [
        ("ann@example.org", None, False), ("detector run2", None, True), ("detector v1", None, True)
    ]  # fmt: skip
    assert project.annotations.select("annotation_id", "score").rows() == [
        ("f", None), ("g", 0.9), ("h", None), ("k", None)
    ]  # fmt: skip
    assert project.assets.select("project_id", "asset_id").rows() == [("p", "r1"), ("m1", "r2"), ("m3", "r2")]
    assert unread(project) == [(1, "label as a model run has copied it", 1)]
    (error,) = project.problems.filter(severity="error").select("record", "field", "expected").rows()
    assert error == (2, "experiments", "runs of a model with labels and predictions; they are left out")


def test_marks_that_cannot_be_read_are_listed_one_by_one():
    project = miniature("bad_marks.ndjson")
    assert project.annotations.select("label_id", "kind", "class", "answer", "parts").rows() == [
        ("b", "relation", "relationship", ["x1", "2"], None),
        ("w", "track", "car", None, [7]),
    ]
    errors = project.problems.filter(severity="error").select("field", "expected", "found").rows()
    out = "; the annotation is left out"
    assert sorted((field, expected.removesuffix(out), found or "") for field, expected, found in errors) == sorted([
        ("objects", "a bounding_box with left, top, width and height", ""),
        ("objects", "a polygon as a list of points with x and y", ""),
        ("objects", "a polygon of at least one point", ""),
        ("objects", "a line as a list of points with x and y", ""),
        ("objects", "a point with x and y", ""),
        ("objects", "a mask or composite_mask", ""),
        ("objects", "a mask with a url, and color_rgb of a composite mask", ""),
        ("objects", "a location with 0 <= start <= end < 10000000", ""),
        ("objects", "a conversational_location with message_id and location", ""),
        ("objects", "a location with groups of tokens", ""),
        ("objects", "a unit of points, pixels, inches or percent", ""),
        ("objects", "page_dimensions with width and height, for a box in percent", ""),
        ("objects", "a message_id of each message", ""),
        ("objects", "selected_messages with a list of messages", ""),
        ("objects", "an order of its own for each of the ranked_messages", ""),
        ("objects", "GeoJSON of type Polygon or MultiPolygon with coordinates", ""),
        ("objects", "GeoJSON of type Point with coordinates", ""),
        ("objects", "a bounding_box with the coordinates of a polygon", ""),
        ("objects", "a name", ""),
        ("classifications", "a text_answer with content as text", ""),
        ("classifications", "a text_answer with content as text", ""),
        ("classifications", "a name of each answer", ""),
        ("classifications", "a name of each answer", ""),
        ("relationships", "a source and a target", ""),
        ("relationships", "a source and a target", ""),
        ("relationships", "ids as source and target", ""),
        ("frames", "the number of a frame", "'one'"),
        ("frames", "each frame once", "'7'"),
        ("frames", "a bounding_box", ""),
        ("segments", "segments as pairs of first and last frame; they are left out", "'f'"),
        ("segments", "an object", ""),
        ("segments", "an object", ""),
        ("timestamp", "objects and classifications", "'5'"),
    ])  # fmt: skip
    assert unread(project) == [
        (1, "ImageCuboid", 1),
        (1, "classification of ImageCuboid", 1),
        (1, "classification of a classification without an answer", 1),
        (1, "classification of a relationship", 1),
        (1, "classification without an answer", 1),
        (1, "mark inside one that is left out", 3),
    ]
    assert incomplete(project) == {"b": 18 + 2 + 2 + 3 + 2 + 3 + 1, "g": 1, "s": 2, "w": 1 + 1 + 1 + 1 + 1 + 1 + 1}


def test_odd_blocks_are_counted_by_kind():
    project = miniature("unread.ndjson")
    assert unread(project) == [
        (1, "an object without annotation_kind", 2),
        (1, "classification without an answer", 3),
        (1, "review of this shape", 1),
        (1, "workflow action 'Escalate'", 1),
        (2, "segment of a mark that is in no frame", 2),
    ]
    errors = project.problems.filter(severity="error").select("record", "field", "expected").rows()
    assert errors == [
        (2, "classifications", "a name; the annotation is left out"),  # of the direction Axial
        (2, "objects", "a name; the annotation is left out"),
    ]
    assert incomplete(project) == {"polygons": 2, "clip": 2, "scan": 2, "video": 3}


def test_faults_cost_what_they_must_and_are_listed():
    project = miniature("faults.ndjson")
    assert project.assets.select("asset_id", "width", "height").rows() == [("f1", None, None)]
    assert project.annotations.select("annotation_id", "geometry").rows() == [("ok", [1, 1, 2, 2])]
    assert project.labels.select("label_id", "labeler", "created_at", "updated_at", "seconds").rows() == [
        ("f1//1", None, None, None, None),
        ("l1", "ann@example.org", None, CHANGED, None),
    ]
    assert project.sources.select("n_records", "n_skipped", "n_labels", "n_annotations").rows() == [(4, 2, 2, 2)]
    top = "projects[...].labels[...].annotations.objects[...].bounding_box.top"
    assert problems(project) == [
        ("error", 1, "data_row", None, "a global_key or an id; the record is left out", 1),
        ("error", 3, "classifications", None, "a name of each answer; the annotation is left out", 1),
        ("error", 3, "classifications", None, "a name; the annotation is left out", 1),
        ("error", 3, "geometry", "'z: 1.0, 1e+300, 2.0, 1e+300'",
         "finite numbers, coordinates within 10000000 pixels; the annotation is left out", 1),
        ("error", 3, "objects", None, "a bounding_box; the annotation is left out", 1),
        ("error", 3, "objects", None, "a name; the annotation is left out", 1),
        ("error", 4, top, "'a text'", "a number or null; the record is left out", 1),
        ("warning", 3, "benchmark_reference_label", "'elsewhere'",
         "the id of a label in the same row; the benchmark is not in the export", 1),
        ("warning", 3, "created_at", "'yesterday'",
         "a time as ISO 8601, such as 2026-01-31T12:00:00Z; read as unknown", 1),
        ("warning", 3, "height", "99.5", "a whole number of pixels from 1 to 10000000; read as unknown", 1),
        ("warning", 3, "labeler", "'f1//1'",
         "a labeler for each label; a label by nobody known is compared with the benchmark only", 1),
        ("warning", 3, "seconds", "-7.0", "a duration in seconds from 0 to ten years; read as unknown", 1),
        ("warning", 3, "width", "0.0", "a whole number of pixels from 1 to 10000000; read as unknown", 1),
        ("note", 2, None, None, "a project that the data row is in; the row is left out", 1),
        ("note", 3, "labels", None, "an id of the label; one is derived", 1),
    ]  # fmt: skip


def test_a_list_of_rows_reads_as_the_lines_do():
    project = miniature("rows.json")
    assert project.annotations.select("asset_id", "label_id", "geometry").rows() == [
        ("r1", "l1", [1, 1, 2, 2]),
        ("r2", "l2", [2, 2, 3, 3]),
    ]
    assert problems(project) == []


@pytest.mark.parametrize("second", ["same", "changed"])
def test_a_row_read_twice_counts_once(tmp_path, second):
    text = (HERE / "labelbox" / "boxes.ndjson").read_text()
    changed = text.replace("09:01:00", "09:30:00").replace('"left": 20', '"left": 25')
    (tmp_path / "a.ndjson").write_text(text)
    (tmp_path / "b.ndjson").write_text(text if second == "same" else changed)
    twice, once = read(tmp_path), miniature("boxes.ndjson")
    assert twice.labels["label_id"].to_list() == once.labels["label_id"].to_list()
    newest = [20, 10, 60, 40] if second == "same" else [25, 10, 65, 40]
    assert twice.annotations["geometry"].to_list()[1] == newest


def picture(path, mode, *areas):
    """Write a picture of 20 x 10 pixels, black but for areas: color, left, top, right, bottom."""
    image = Image.new(mode, (20, 10))
    for color, *box in areas:
        image.paste(color, box)
    image.save(path)


@pytest.mark.parametrize("names", [("own.png", "shared.png"), ("own.png", "both.png"), ("own.png", "both/1.png")])
def test_masks_are_read_from_the_pictures_beside_the_export(tmp_path, names):
    folder = tmp_path / "masks"
    (folder / "both").mkdir(parents=True)
    picture(folder / names[0], "L", (255, 2, 1, 4, 3))
    # A picture named by the mark is its alone, whatever its colour; one named by the composite mask is of many.
    color = (1, 1, 1) if names[1] == "shared.png" else (255, 0, 10)
    picture(folder / names[1], "RGB", (color, 5, 6, 7, 7), *([] if color[0] == 1 else [((255, 0, 11), 0, 0, 3, 3)]))
    project = read([HERE / "labelbox" / "media.ndjson", folder])
    found, _ = marks(project, "im")
    assert found["own"] == shape("mask", "snow", [2, 1, 4, 3], [0, 4])
    assert found["shared"] == shape("mask", "ice", [5, 6, 7, 7], [0, 2])
    assert found["s1"] == asked("choice", "Thick", "yes", parent="shared")
    assert unread(project) == []
    assert incomplete(project) == {}


def test_a_mask_that_is_not_given_costs_only_itself(tmp_path):
    picture(tmp_path / "shared.png", "1", (1, 0, 0, 1, 1))
    Image.new("L", (20, 11)).save(tmp_path / "own.png")
    project = read([HERE / "labelbox" / "media.ndjson", tmp_path])
    assert marks(project, "im")[0]["shared"] == shape("mask", "ice", [0, 0, 1, 1], [0, 1])
    assert project.problems.filter(severity="error").select("record", "field", "expected").rows() == [
        (1, "objects", "a mask of the size of its image, 20 x 10; found 20 x 11; the annotation is left out")
    ]
    assert incomplete(project) == {"im": 1}
    (tmp_path / "own.png").unlink()
    project = read([HERE / "labelbox" / "media.ndjson", tmp_path])
    assert unread(project) == [(1, "ImageSegmentationMask", 1)]
    assert incomplete(project) == {"im": 1}
    remedy = project.problems.filter(found="'ImageSegmentationMask'")["remedy"].to_list()
    assert remedy == ["Read the export together with the folder of the PNG files: [export, folder]."]


def test_masks_in_the_frames_of_a_video(tmp_path):
    def mask(url):
        return {"name": "car", "annotation_kind": "VideoSegmentationMask", **url}

    own = {"mask": {"url": "https://api.example.org/projects/p/annotations/f1/index/7/mask"}}
    shared = {"composite_mask": {"url": "https://api.example.org/tasks/t/masks/m/index/9", "color_rgb": [9, 9, 9]}}
    frames = {
        "7": {"objects": {"f1": {"feature_id": "f1", **mask(own)}, "f2": {"feature_id": "f2", **mask(shared)}}},
        "8": {"objects": {"f1": {"feature_id": "f1", **mask(own)}}},
    }
    label = {"id": "l", "label_details": {"created_by": "ann"}, "annotations": {"frames": frames, "segments": {}}}
    row = {"data_row": {"id": "film"}, "projects": {"p": {"labels": [label]}}}
    (tmp_path / "export.ndjson").write_text(json.dumps(row))
    (tmp_path / "f1").mkdir()
    picture(tmp_path / "f1_7.png", "L", (255, 0, 0, 2, 1))
    picture(tmp_path / "f1" / "8.png", "L", (255, 1, 1, 2, 2))
    picture(tmp_path / "m_7.png", "RGB", ((9, 9, 9), 3, 3, 4, 4))
    picture(tmp_path / "f1.png", "L", (255, 9, 9, 10, 10))
    project = read(tmp_path)
    assert marks(project, "l")[0] == {
        "f1/7": shape("mask", "car", [0, 0, 2, 1], [0, 2], "7"),
        "f1/8": shape("mask", "car", [1, 1, 2, 2], [0, 1], "8"),
        "f2/7": shape("mask", "car", [3, 3, 4, 4], [0, 1], "7"),
    }
    assert problems(project) == []


@pytest.mark.parametrize(
    ("feature", "url", "frame", "names"),
    [
        ("f", "https://x/projects/p/annotations/f/mask", None, ["f"]),
        ("f", "https://x/projects/p/annotations/f/index/1/mask", None, ["f", "f_1", "f/1"]),
        ("f", "https://x/tasks/t/masks/m/index/2?token=y", None, ["f", "m_2", "m/2"]),
        (None, "https://x/masks/feature/f?token=y", None, ["f"]),
        (None, "https://bucket/our%20masks/cat%201.png", None, ["cat 1.png"]),
        (None, "https://bucket/12", None, []),
        (None, "masks/cat.png", None, ["cat.png"]),
        (None, "http://[", None, ["["]),
        (None, None, "3", []),
        ("f", None, "3", ["f_3", "f/3"]),
    ],
)
def test_names_that_a_mask_may_have(feature, url, frame, names):
    assert list(mask_names(feature, url, frame)) == names


def test_segments_too_long_to_fill_in(tmp_path, monkeypatch):
    monkeypatch.setattr(frames_module, "MAX_FILLED", 10)
    text = (HERE / "labelbox" / "time.ndjson").read_text().replace("[[2, 8], [12, 13]]", "[[2, 2147483647]]")
    (tmp_path / "x").write_text(text)
    project = read(tmp_path / "x")
    assert marks(project, "v")[0]["t1"][3] == [2, 6, 12]
    expected = (
        "at most 10 boxes between key frames in a file; of further tracks only the frames that are written are read"
    )
    assert [row for row in problems(project) if row[4] == expected] == [("warning", 1, None, None, expected, 1)]


def test_a_long_track_is_read_as_short_ones_are(monkeypatch):
    short = miniature("time.ndjson")
    monkeypatch.setattr(frames_module, "_LONG", 1)
    assert miniature("time.ndjson").equals(short)


def test_deep_nesting_ends_in_a_problem_or_is_read(tmp_path):
    def nested(levels):
        question = {"name": "q", "radio_answer": {"name": "yes"}}
        for _ in range(levels):
            question = {"name": "q", "radio_answer": {"name": "yes", "classifications": [question]}}
        return question

    label = {"id": "l", "label_details": {"created_by": "ann"}}
    rows = [
        {"data_row": {"id": str(levels)}, "projects": {"p": {"labels": [
            {**label, "id": f"l{levels}", "annotations": {"classifications": [nested(levels)]}}]}}}
        for levels in (3, 150)
    ]  # fmt: skip
    text = json.dumps(rows[0]) + "\n" + json.dumps(rows[1]) + "\n" + rows_of_depth(5000)
    (tmp_path / "x").write_text(text)
    project = read(tmp_path / "x")
    assert project.annotations.height == 4 + 151
    chain = project.annotations.filter(label_id="l3")
    ids = ["/q", "/q/q", "/q/q/q"]
    assert sorted(chain["parent_id"].drop_nulls().to_list(), key=len) == ids
    (error,) = project.problems.filter(severity="error").select("record", "expected").rows()
    assert error == (3, "brackets nested less deeply; the record is left out")


def rows_of_depth(levels):
    """Write a row by hand: json.dumps cannot nest so deeply either."""
    inner = '{"name":"q","radio_answer":{"name":"yes","classifications":['
    return (
        '{"data_row":{"id":"deep"},"projects":{"p":{"labels":[{"id":"d","annotations":{"classifications":['
        + inner * levels + "]}}" * levels + "]}}]}}}"
    )  # fmt: skip


BOX = st.tuples(*[st.integers(-50, 50)] * 4).map(lambda sides: tuple(map(float, sides)))


@given(
    st.dictionaries(st.integers(0, 60), BOX, min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=4),
)
def test_tracks_are_filled_in_as_by_hand(boxes, given_segments):
    text = json.dumps([[first, first + length] for first, length in given_segments])
    segments = timeline.segments_of(msgspec.Raw(text.encode()))
    written = [timeline.Box(frame, sides) for frame, sides in sorted(boxes.items())]
    geometry, numbers = timeline.filled(written, segments)
    expected = dict(boxes)
    for first, last in segments:
        inside = [frame for frame in sorted(boxes) if first <= frame <= last]
        for frame in range(first, last + 1) if inside else ():
            before = max((one for one in inside if one <= frame), default=inside[0])
            after = min((one for one in inside if one >= frame), default=inside[-1])
            share = (frame - before) / (after - before) if before < frame < after else 0.0
            start = boxes[before] if frame >= before else boxes[after]
            expected[frame] = tuple(a + share * (b - a) for a, b in zip(start, boxes[after], strict=True))
    assert numbers.tolist() == sorted(expected)
    assert geometry == pytest.approx([side for frame in sorted(expected) for side in expected[frame]])
    assert timeline.n_filled(written, segments) >= len(numbers)
    frames = [box.frame for box in written]
    assert timeline.n_empty(frames, segments) == sum(
        not any(first <= frame <= last for frame in frames) for first, last in segments
    )


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6, unique=True), min_size=1, max_size=6))
def test_words_have_one_position_each_and_spans_share_the_words_that_are_in_both(selections):
    marks_of = [
        Object(feature_id=str(n), location=msgspec.Raw(json.dumps({"groups": [{"page_number": 1, "tokens": one}]}).encode()))
        for n, one in enumerate(selections)
    ]  # fmt: skip
    scene = Scene(None, 1, tokens=pages.positions(marks_of))
    assert sorted(scene.tokens.values()) == list(range(len({token for one in selections for token in one})))
    assert pages.positions(marks_of[::-1]) == scene.tokens
    for mark, words in zip(marks_of, selections, strict=True):
        spans = list(pages.selected(mark.location, scene))
        covered = [at for _, start, end in spans for at in range(int(start), int(end))]
        assert sorted(covered) == sorted(scene.tokens["1", word] for word in words)
    longest = max(selections, key=len)
    if sum(len(one) == len(longest) for one in selections) == 1:
        assert [scene.tokens["1", word] for word in longest] == sorted(scene.tokens["1", word] for word in longest)
