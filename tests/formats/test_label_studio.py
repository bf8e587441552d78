"""Label Studio: the miniature exports, cell by cell."""

from datetime import UTC, datetime

from labelqa.formats.read import read
from tests.formats.miniatures import HERE, problems

MADE = datetime(2026, 3, 2, 9, 0, 0, 500_000, UTC)
CHANGED = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
ANN, BOB = "ann@example.org", "bob@example.org"


def miniature(name):
    return read(HERE / "label_studio" / name)


def test_rectangles_benchmark_predictions_and_reviews():
    project = miniature("boxes.json")
    added = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert project.assets.rows() == [
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
    assert project.sources.drop("file").rows() == [("label_studio", 3, 0, 7, 8)]
    assert problems(project) == [
        ("warning", 2, "rectanglelabels", "['car', 'van']", "one label a rectangle; the first is taken", 1),
        ("warning", 2, "value", "'-10.0 x -10.0'",
         "a width and height from 0; read as drawn from the opposite corner", 1),
    ]  # fmt: skip


def test_choices():
    project = miniature("questions.json")
    assert project.annotations.select("label_id", "annotation_id", "kind", "class", "geometry", "answer").rows() == [
        ("a", "c2", "checklist", "seen", None, ["dog", "tree"]),
        ("a", "c1", "choice", "weather", None, ["sunny"]),
        ("b", "c2", "checklist", "seen", None, []),
        ("b", "c3", "choice", "mood", None, ["calm"]),
        ("b", "c1", "choice", "weather", None, ["rain"]),
    ]
    assert problems(project) == []


def test_one_task_and_lines_of_tasks():
    assert miniature("one_task.json").annotations["geometry"].to_list() == [[20, 20, 80, 60]]
    assert miniature("lines.ndjson").labels.select("asset_id", "label_id", "record").rows() == [
        ("1", "10", 1),
        ("2", "20", 2),
        ("3", "30", 3),
    ]


def test_what_is_not_read_yet_is_counted_by_type():
    project = miniature("unread.json")
    assert project.annotations["annotation_id"].to_list() == ["r4", "r1"]
    assert project.assets["asset_id"].to_list() == ["1", "2", "3"]
    found = [
        (record, expected.split("; ")[1].removesuffix(" is not read yet"), n)
        for severity, record, field, _, expected, n in problems(project)
        if (severity, field) == ("note", None)
    ]
    unread_labels = project.problems.filter(project.problems["field"] == "label").height
    assert len(found) == project.problems.height - unread_labels
    assert sorted(found) == [
        (1, "an item without type", 1),
        (1, "choice about a region", 2),
        (1, "choice that is a path", 1),
        (1, "draft", 2),
        (1, "keypointlabels", 1),
        (1, "labels", 1),
        (1, "rectangle on one of several images", 3),
        (1, "relation", 1),
        (1, "review without verdict", 1),
        (1, "rotated rectangle", 2),
        (1, "textarea", 1),
        (3, "annotation given by its id only", 2),
        (3, "prediction given by its id only", 1),
    ]
    assert dict(project.labels.select("label_id", "n_unread").rows()) == {"1": 11, "2": 2}


def test_faults_cost_what_they_must_and_are_listed():
    project = miniature("faults.json")
    assert project.annotations.select("annotation_id", "geometry", "score").rows() == [
        ("ok", [0, 0, 100, 50], None),
        ("r2", [20, 20, 80, 60], None),
    ]
    assert project.labels["label_id"].to_list() == [f"2/{ANN}/0", "4"]
    assert project.sources.select("n_records", "n_skipped").rows() == [(4, 2)]
    size = "original_width and original_height from 1 (percent become pixels by them); the annotation is left out"
    assert problems(project) == [
        ("error", 1, "id", None, "an id of the task; the record is left out", 1),
        ("error", 2, "from_name", None, "from_name, which names the question; the annotation is left out", 1),
        ("error", 2, "rectanglelabels", None, "a label; the annotation is left out", 1),
        ("error", 2, "rectanglelabels", None, "a label; the annotation is left out", 1),
        ("error", 2, "value", None, "choices; the annotation is left out", 1),
        ("error", 2, "value", None, "x, y, width and height; the annotation is left out", 1),
        ("error", 2, "value", None, "x, y, width and height; the annotation is left out", 1),
        ("error", 2, None, None, size, 1),
        ("error", 3, "annotations[...].result[...].value.x", "'a text'", "a number or null; the record is left out", 1),
        ("error", 4, None, None, size, 1),
        ("warning", 4, "score", "7.0", "a confidence from 0 to 1; read as unknown", 1),
        ("note", 2, "annotations", None, "an id of the annotation; one is derived", 1),
    ]
