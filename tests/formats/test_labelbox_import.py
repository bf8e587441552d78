"""Labelbox's import format: pre-labels, one annotation a record."""

from labelqa import read
from tests.formats.miniatures import HERE


def test_marks_become_the_labels_of_a_model():
    project = read(HERE / "labelbox_import" / "model.ndjson")
    assert project.labels.select("asset_id", "label_id", "labeler", "role").rows() == [
        ("a.jpg", "model/a.jpg", "model", "prediction"),
        ("text-1", "model/text-1", "model", "prediction"),
        ("video-1", "model/video-1", "model", "prediction"),
    ]
    assert project.labelers["is_model"].to_list() == [True]
    columns = ["asset_id", "annotation_id", "kind", "class", "geometry", "answer", "parent_id", "score"]
    assert sorted(project.annotations.select(columns).rows(), key=str) == sorted(
        [
            ("a.jpg", "u1", "bbox", "cat", [1, 2, 11, 22], None, None, 0.5),
            ("a.jpg", "model/a.jpg#1", "choice", "coat", None, ["long"], "u1", None),
            ("a.jpg", "u2", "polygon", "dog", [0, 0, 9, 0, 9, 9], None, None, None),
            ("a.jpg", "u3", "relation", "chases", None, ["u2", "u1"], None, None),
            ("text-1", "u4", "span", "person", [3, 6], None, None, None),
            ("text-1", "u5", "choice", "mood", None, ["glad"], None, None),
            ("text-1", "model/text-1#3", "text", "how much", None, ["a lot"], "u5", None),
            ("text-1", "u6", "checklist", "topics", None, ["art", "food"], None, None),
        ],
        key=str,
    )


def test_what_is_not_read_is_listed():
    project = read(HERE / "labelbox_import" / "model.ndjson")
    found = project.problems.select("severity", "record", "field", "n").rows()
    assert ("error", 8, "dataRow", 1) in found
    assert ("error", 9, "objects", 1) in found
    assert any(severity == "note" and record == 7 for severity, record, _, _ in found)
    source = project.sources.row(0, named=True)
    assert (source["n_records"], source["n_skipped"]) == (9, 1)
    assert project.labels.filter(asset_id="video-1")["n_unread"].to_list() == [1]
