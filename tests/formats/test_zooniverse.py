"""Zooniverse: the miniature export, mark by mark."""

import csv
import json
from datetime import UTC, datetime

import polars as pl
import pytest

from labelqa.errors import FormatError
from labelqa.formats.read import read
from tests.formats.miniatures import HERE, problems

MADE = datetime(2026, 3, 2, 9, 0, 31, tzinfo=UTC)
PATH = HERE / "zooniverse" / "classifications.csv"


@pytest.fixture(scope="module")
def project():
    return read(PATH)


def rows_of(project, label):
    columns = ["annotation_id", "kind", "class", "geometry", "answer", "place", "parent_id"]
    return project.annotations.filter(label_id=label).select(columns).rows()


def written(tmp_path, annotations, **more):
    path = tmp_path / "a.csv"
    row = {"classification_id": "1", "user_name": "ann", "annotations": json.dumps(annotations), "subject_ids": "7"}
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, row | more)
        writer.writeheader()
        writer.writerow(row | more)
    return read(path)


def test_subjects_are_assets(project):
    assert project.assets.drop("metadata", "labels_asked").rows() == [
        ("11", "7", "7.jpg", 200, 100, None, None, None),
        ("11", "8", "8.jpg", None, None, None, None, None),
        ("11", "9", "nine", 200, 100, None, None, None),
    ]
    assert project.assets["metadata"].to_list()[0] == [
        {"key": "#file_name", "value": "7.jpg"},
        {"key": "site", "value": "3"},
    ]


def test_classifications_are_labels(project):
    columns = ["asset_id", "label_id", "labeler", "role", "created_at", "seconds", "n_unread", "record"]
    assert project.labels.select(columns).rows() == [
        ("7", "101", "ann", "submitted", MADE, 29.5, 3, 1),
        ("7", "102", "not-logged-in-ab12", "submitted", MADE, None, 0, 2),
        ("7", "103", "not-logged-in-cd34", "submitted", MADE, 60.0, 1, 3),
        ("8", "104", "eve", "benchmark", MADE, 29.5, 6, 4),
        ("8", "105", "ann", "submitted", MADE, None, 0, 5),
        ("9", "107", "ann", "submitted", MADE, 29.5, 0, 7),
    ]
    assert project.sources.select("n_records", "n_skipped").rows() == [(9, 3)]


def test_drawn_marks(project):
    rows = {row[2]: row for row in rows_of(project, "101") if row[1] not in ("choice", "checklist")}
    assert {name: (row[0], row[1], row[3], row[5]) for name, row in rows.items() if name not in ("Eye", "Egg")} == {
        "Nest": ("T0/0", "point", [10, 20], None),
        "Twig": ("T0/1", "polyline", [0, 0, 5, 6], None),
        "Bird": ("T0/2", "bbox", [10, 5, 30, 10], None),
        "Wing": ("T0/3", "rotated_bbox", [20, 15, 20, 10, 30], None),
        "Shell": ("T0/6", "polygon", [0, 0, 9, 0, 9, 9], None),
        "T0 tool 7": ("T0/7", "rotated_bbox", [5, 6, 2, 4, 10], "1"),
    }
    for name, (right, down) in {"Eye": (5, 5), "Egg": (5, 10)}.items():  # the egg is turned upright
        across, along = rows[name][3][::2], rows[name][3][1::2]
        assert len(across) == 64
        assert (min(across), max(across)) == pytest.approx((50 - right, 50 + right))
        assert (min(along), max(along)) == pytest.approx((50 - down, 50 + down))


def test_an_ellipse_is_turned_counterclockwise(tmp_path):
    mark = {"tool": 0, "x": 0, "y": 0, "rx": 10, "ry": 1, "angle": 45, "frame": 0}
    ((*_, geometry, _, _, _),) = rows_of(written(tmp_path, [{"task": "T0", "value": [mark]}]), "1")
    assert geometry[:2] == pytest.approx([50**0.5, -(50**0.5)])  # up to the right: y points down


def test_answers_about_marks(project):
    assert [row for row in rows_of(project, "101") if row[6]] == [
        ("101#1", "checklist", "Bird: detail 2", None, ["0", "2"], None, "T0/2"),
        ("101#2", "choice", "Bird: detail 1", None, ["0"], None, "T0/2"),
        ("101#3", "choice", "Bird: detail 3", None, ["male"], None, "T0/2"),
    ]


def test_lines_by_hand_are_outlines_if_most_of_their_tool_are_closed(project):
    assert [row[:4] for row in rows_of(project, "103")] == [
        ("T1/0", "polygon", "T1 tool 0", [0, 0, 5, 0, 5, 5]),
        ("T1/1", "polygon", "T1 tool 0", [0, 0, 5, 0, 5, 5]),
        ("T1/2", "polygon", "T1 tool 0", [0, 0, 5, 0, 5, 5]),
        ("T1/3", "polyline", "River", [0, 0, 5, 0, 5, 5]),
    ]


def test_questions(project):
    assert [row[1:] for row in rows_of(project, "104")] == [
        ("checklist", "Animals", None, ["GULL", "TERN"], None, None),
        ("checklist", "TERN: DOING", None, ["EATING", "FLYING"], None, "Animals"),
        ("checklist", "Which?", None, ["Gull", "Tern"], None, None),
        ("choice", "Any birds?", None, ["Yes"], None, None),
        ("choice", "Country", None, ["Chile"], None, None),
        ("choice", "Day or night?", None, ["0"], None, None),
        ("choice", "Month", None, ["1"], None, None),
        ("choice", "Rain?", None, ["No"], None, None),
        ("choice", "TERN: HOWMANY", None, ["2"], None, "Animals"),
        ("number", "How windy?", [3.5], None, None, None),
        ("span", "bird", [4, 8], None, None, None),
        ("text", "Remarks", None, ["two of them\nfly"], None, None),
        ("text", "T1.0.0", None, ["wet"], None, "T1/0"),
    ]


def test_an_empty_list_is_no_answer_where_others_drew(project):
    """Of the two empty lists of classification 102 one is a drawing without marks."""
    assert rows_of(project, "102") == [("102#0", "checklist", "Which?", None, [], None, None)]


def test_texts_that_nearly_all_differ_were_typed(tmp_path):
    with (tmp_path / "a.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["classification_id", "annotations", "subject_ids"])
        for number in range(30):
            answers = [{"task": "T0", "value": f"words {number}"}, {"task": "T1", "value": f"answer {number % 3}"}]
            writer.writerow([number, json.dumps(answers), "7"])
    kinds = read(tmp_path / "a.csv").annotations.select("class", "kind").unique().sort("class").rows()
    assert kinds == [("T0", "text"), ("T1", "choice")]


def test_what_is_not_read_is_listed(project):
    found = problems(project)
    read = "drawings, questions, dropdowns, surveys, sliders and highlights"
    assert sorted((row[1], row[4].partition(";")[0], row[5]) for row in found if row[0] == "error") == [
        (1, "a mark with its coordinates", 1),
        (1, "a number as x", 1),
        (3, "as many numbers in pathX as in pathY", 1),
        (4, "a choice", 1),
        (4, "a start and an end", 1),
        (4, "a task with its name", 1),
        (4, "a task with its name", 1),
        (6, "valid JSON", 1),
        (8, "a subject", 1),
        (9, "a list of tasks", 1),
    ]
    assert {row[4]: row[5] for row in found if row[0] == "note"} == {
        f"{read}; mark with triangle is not read yet": 1,
        f"{read}; answer about a mark is not read yet": 1,
        f"{read}; answer to a task of type unknown is not read yet": 1,
        f"{read}; the same choice of a survey once more is not read yet": 1,
        "circles and ellipses; read as polygons of 64 corners": 2,
        "lines by hand that end where they begin, as most of their tool do; read as outlines": 1,
        "one version of each workflow; all are read together": 2,
        "volunteers who are logged in; others are told apart by their address, which may be of several people": 2,
    }
    assert [row[1:3] for row in found if row[0] == "warning"] == [
        (2, "metadata"),
        (4, "parent_id"),
        (5, "metadata"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        [{"tool": 0, "x": True, "y": 1}],
        [{"tool": 0, "pathX": [1, None], "pathY": [1, 2]}],
        [{"tool": 0, "pathX": "x", "pathY": [1, 2]}],
        [{"tool": 0, "points": []}],
        [{"tool": 0, "points": [[1]]}],
        [{"tool": 0, "x": 1e300, "y": 1}],
        [{"tool": [1], "hologram": {}}],
        [{"choice": 3}],
        [{"start": 1, "end": None}],
        [{"value": {"a": 1}}],
    ],
)
def test_odd_answers_are_counted(tmp_path, value):
    project = written(tmp_path, [{"task": "T0", "value": value}])
    assert project.annotations.filter(~pl.col("kind").is_in(["checklist"])).is_empty()
    assert project.labels["n_unread"].to_list() == [1]


def test_a_number_without_measure_is_counted(tmp_path):
    project = written(tmp_path, [{"task": "T0", "value": 10**400}])
    assert project.annotations.is_empty()
    assert project.labels["n_unread"].to_list() == [1]


def test_tasks_inside_tasks_without_end(tmp_path):
    tasks = [{"task": "T0", "value": "x"}]
    for _ in range(100):
        tasks = [{"task": "T1", "value": tasks}]
    project = written(tmp_path, tasks)
    assert project.labels["n_unread"].to_list() == [1]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("classification_id,workflow_id,extractor,annotations", "'extractor' among the columns"),
        ("subject_id,workflow_id,reducer", "'reducer' among the columns"),
        ("subject_id,project_id,locations,metadata", "an export of subjects"),
        ("classification_id,annotations", "no column 'subject_ids'"),
        ("classification_id,subject_ids", "no column 'annotations'"),
    ],
)
def test_other_files_of_zooniverse_are_refused_with_a_reason(tmp_path, header, reason):
    (tmp_path / "a.csv").write_text(f"{header}\n")
    with pytest.raises(FormatError) as error:
        read(tmp_path / "a.csv")
    assert reason in error.value.refusals["zooniverse"]
