"""Labelbox: the miniature exports, cell by cell."""

from datetime import UTC, datetime

import pytest

from labelqa.formats.read import read
from tests.formats.miniatures import HERE, problems

MADE = datetime(2026, 3, 2, 9, 0, 0, 500_000, UTC)
CHANGED = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)


def miniature(name):
    return read(HERE / "labelbox" / name)


def test_boxes_benchmark_times_and_reviews():
    project = miniature("boxes.ndjson")
    metadata = [{"key": "camera", "value": "front"}, {"key": "speed", "value": "42.5"}, {"key": "wet", "value": "true"}]
    added = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert project.assets.rows() == [
        ("p1", "row2", "street 2.jpg", None, None, None, None, None, []),
        ("p1", "row3", None, None, None, None, None, None, []),
        ("p1", "street-1", "street 1.jpg", 640, 480, "week 9", "Streets", added, metadata),
        ("p2", "street-1", "street 1.jpg", 640, 480, "week 10", "Streets", added, metadata),
    ]
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


def test_what_is_not_read_yet_is_counted_by_kind():
    project = miniature("unread.ndjson")
    assert project.annotations["class"].to_list() == ["car", "Weather"]
    assert project.labels["label_id"].to_list() == ["polygons", "clip", "scan", "sound", "video"]
    found = [
        (record, expected.removeprefix("bbox, radio or checklist; ").removesuffix(" is not read yet"), n)
        for severity, record, field, _, expected, n in problems(project)
        if (severity, field) == ("note", None)
    ]
    unread_labels = project.problems.filter(project.problems["field"] == "label").height
    assert len(found) == project.problems.height - unread_labels
    assert sorted(found) == [
        (1, "ImagePolygon", 2),
        (1, "an object without annotation_kind", 1),
        (1, "answer on a message", 1),
        (1, "classification of an answer", 1),
        (1, "classification of an object", 2),
        (1, "classification without radio_answer or checklist_answers", 1),
        (1, "experiment (labels of a model run)", 2),
        (1, "relationship", 1),
        (1, "review of this shape", 1),
        (1, "text answer", 1),
        (1, "workflow action 'Escalate'", 1),
        (2, "DICOMPolyline", 1),
        (2, "VideoBoundingBox", 2),
        (2, "an object of a frame", 1),
        (2, "classification of a frame", 2),
        (2, "classification of a group", 1),
        (2, "segment", 2),
        (2, "timestamp", 2),
    ]
    n_unread = dict(project.labels.filter(project.labels["n_unread"] > 0).select("label_id", "n_unread").rows())
    assert n_unread == {"polygons": 7, "clip": 2, "scan": 2, "sound": 2, "video": 5}


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
         "finite coordinates within 10000000 pixels; the annotation is left out", 1),
        ("error", 3, "objects", None, "a bounding_box; the annotation is left out", 1),
        ("error", 3, "objects", None, "a name; the annotation is left out", 1),
        ("error", 4, top, "'a text'", "a number; the record is left out", 1),
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
