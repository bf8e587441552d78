"""SuperAnnotate: every kind of instance, who made it, and what becomes of the rest."""

from datetime import UTC, datetime

import numpy as np
import pytest

from labelqa import read
from labelqa.errors import FormatError
from tests.formats.miniatures import HERE, problems

FOLDER = HERE / "superannotate"


def rows(project, *kinds):
    names = ["kind", "class", "geometry", "parts", "answer", "parent_id"]
    return [row for row in project.annotations.select(names).rows() if row[0] in kinds]


def test_every_kind_of_instance():
    project = read(FOLDER / "photo.json")
    assert project.assets.select("asset_id", "name", "width", "height").rows() == [("photo.jpg", "photo.jpg", 640, 480)]
    assert project.labels.select("labeler", "role", "updated_at").rows() == [
        ("ann@example.org", "submitted", datetime(2024, 5, 1, 11, tzinfo=UTC))
    ]
    assert rows(project, "bbox", "rotated_bbox", "polyline", "point", "keypoints") == [
        ("bbox", "car", [10.0, 20.0, 110.0, 220.0], None, None, None),
        ("keypoints", "hand", [1.0, 2.0, 3.0, 4.0], [2, 2], ["thumb", "2"], None),
        ("point", "eye", [5.0, 6.0], None, None, None),
        ("polyline", "road", [0.0, 0.0, 9.0, 0.0], None, None, None),
        ("rotated_bbox", "boat", [-1.0, 2.0, 4.0, 2.0, 90.0], None, None, None),
    ]
    egg, kite, lawn = sorted(rows(project, "polygon"), key=lambda row: row[1])
    assert lawn[2:4] == ([0.0, 0.0, 9.0, 0.0, 9.0, 9.0, 1.0, 1.0, 2.0, 1.0, 2.0, 2.0], [3, 3])
    assert kite[2] == [0.0, 0.0, 0.0, 9.0, 30.0, 4.0, 2.0, 0.0]
    corners = np.reshape(egg[2], (-1, 2))
    np.testing.assert_allclose([np.ptp(corners[:, 0]), np.ptp(corners[:, 1])], [10.0, 20.0])
    said = [(kind, cls, answer, parent) for kind, cls, _, _, answer, parent in rows(project, "checklist", "text")]
    assert said == [
        ("checklist", "doors", ["2", "4"], "1"),
        ("checklist", "tags", ["outdoor", "sunny"], None),
        ("text", "remark", ["red one"], "1"),
    ]
    assert [row[2] for row in rows(project, "number")] == [[7.0]]
    assert project.annotations.filter(annotation_id="1", kind="bbox")["stated"].item()[5] == 4
    notes = {(problem[3], problem[5]) for problem in problems(project) if problem[0] == "note"}
    assert notes == {("'cuboid'", 1), ("'comment'", 1)}
    assert project.labels["n_unread"].item() == 1


def test_predictions_and_people():
    project = read(FOLDER / "list.json")
    assert project.labels.select("asset_id", "labeler", "role").rows() == [
        ("a.jpg", None, "prediction"),
        ("b.jpg", "bob@example.org", "submitted"),
    ]
    assert project.annotations.select("asset_id", "score").rows() == [("a.jpg", 0.75), ("b.jpg", None)]


def test_what_is_wrong_is_listed_and_costs_its_instance():
    project = read(FOLDER / "faults.json")
    assert rows(project, "bbox") == [("bbox", "good", [1.0, 1.0, 2.0, 2.0], None, None, None)]
    errors = [problem[2] for problem in problems(project) if problem[0] == "error"]
    assert len(errors) == 11
    assert "geometry" in errors
    assert {"instances[1]", "instances[8]", "instances[10]"} <= set(errors)
    assert project.labels["n_unread"].item() == 11


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{}", "no object 'metadata'"), ('{"metadata": {}}', "no list 'instances'"), ("<a/>", "no JSON")],
)
def test_refusals(text, reason, tmp_path):
    (tmp_path / "x").write_text(text)
    with pytest.raises(FormatError) as error:
        read(tmp_path / "x")
    assert error.value.refusals["superannotate"] == reason
