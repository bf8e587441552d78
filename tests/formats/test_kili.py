"""Kili: labels and their roles, jobs and what they are answered with, frames, pages, and what is wrong."""

import json
from datetime import UTC, datetime

import pytest

from labelqa import read
from labelqa.errors import FormatError
from tests.formats.miniatures import HERE, problems

FOLDER = HERE / "kili"


def rows(project, *kinds, **only):
    names = ["kind", "class", "geometry", "parts", "answer", "parent_id", "place"]
    found = project.annotations.filter(**only).select(names).rows()
    rounded = [(*row[:2], [round(side, 6) for side in row[2] or ()], *row[3:]) for row in found]
    return [row for row in rounded if row[0] in kinds]


def test_labels_and_their_roles():
    project = read(FOLDER / "assets.json")
    assert project.assets.select("asset_id", "width", "height").rows() == [("a.jpg", 100, 200), ("b.txt", None, None)]
    assert project.assets["metadata"][0].to_list() == [{"key": "shop", "value": "north"}]
    assert project.labels.select("label_id", "labeler", "role", "seconds").rows() == [
        ("l1", "ann@example.org", "submitted", 12.5),
        ("l2", "bob@example.org", "submitted", None),
        ("l4", "eve@example.org", "reviewed", None),
        ("l5", "net", "prediction", None),
        ("b.txt/eve@example.org/0", "eve@example.org", "benchmark", None),
    ]
    assert project.labels["created_at"][0] == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert project.labelers.filter(is_model=True)["labeler"].to_list() == ["net"]
    notes = {(field, found) for severity, _, field, found, _, _ in problems(project) if severity == "note"}
    assert {("labelType", "'AUTOSAVE'"), (None, "'label of type OTHER'"), (None, "'3d'")} <= notes


def test_shapes_in_pixels():
    project = read(FOLDER / "assets.json")
    assert rows(project, "bbox", "rotated_bbox", "point", "polyline", "keypoints", label_id="l1") == [
        ("bbox", "CAR", [10.0, 40.0, 50.0, 80.0], None, None, None, None),
        ("keypoints", "HEAD", [50.0, 20.0], [2], ["NOSE"], None, None),
        ("point", "EYE", [50.0, 100.0], None, None, None, None),
        ("polyline", "ROAD", [0.0, 0.0, 100.0, 200.0], None, None, None, None),
        ("rotated_bbox", "BOAT", [15.0, 15.0, 14.142136, 28.284271, -45.0], None, None, None, None),
    ]
    kite, lawn, sky = sorted(rows(project, "polygon"), key=lambda row: row[1])
    assert kite[2] == [0.0, 10.0, 10.0, 0.0, 20.0, 20.0, 10.0, 30.0]
    assert lawn[2:4] == ([0.0, 0.0, 100.0, 0.0, 100.0, 200.0], None)
    assert sky[3] == [3, 3, 3]


def test_answers():
    project = read(FOLDER / "assets.json")
    assert [row[:2] + row[4:6] for row in rows(project, "choice", "checklist", "text", label_id="l1")] == [
        ("checklist", "TAGS", ["A", "B"], None),
        ("choice", "COLOUR", ["RED"], "m1"),
        ("choice", "WEATHER", ["SUNNY"], None),
        ("text", "PLATE", ["AB 12"], "m1"),
        ("text", "REMARK", ["fine"], None),
    ]
    assert [row[:2] + row[4:5] for row in rows(project, "choice", "checklist", label_id="l2")] == [
        ("checklist", "TAGS", ["A"])
    ]
    assert project.annotations.filter(label_id="l5")["score"].to_list() == [0.75]


def test_spans_and_relations():
    project = read(FOLDER / "assets.json")
    assert [row[:5] for row in rows(project, "span", "relation")] == [
        ("relation", "IN", [], None, ["e1", "e2"]),
        ("span", "CITY", [0.0, 5.0], None, None),
        ("span", "COUNTRY", [10.0, 16.0], None, None),
    ]


def test_frames_pages_and_no_resolution():
    project = read(FOLDER / "video_and_pages.json")
    assert rows(project, "track", "point", "choice", asset_id="v.mp4") == [
        ("choice", "SHOT", [], None, ["DAY"], None, "0"),
        ("point", "EYE", [50.0, 50.0], None, None, None, "2"),
        ("track", "CAR", [0.0, 0.0, 50.0, 50.0, 10.0, 0.0, 60.0, 50.0], [0, 2], None, None, None),
    ]
    assert rows(project, "bbox", asset_id="d.pdf") == [("bbox", "HEAD", [0.0, 0.0, 100.0, 50.0], None, None, None, "2")]
    assert sorted(row[2] for row in rows(project, "bbox", asset_id="n.jpg")) == [
        [0.0, 0.0, 0.5, 0.5],
        [5.0, 6.0, 7.0, 8.0],
    ]
    warned = [(problem[2], problem[5]) for problem in problems(project) if problem[0] == "warning"]
    assert ("resolution", 1) in warned


def test_what_is_wrong_is_listed():
    project = read(FOLDER / "faults.json")
    assert rows(project, "point") == [("point", "X", [50.0, 50.0], None, None, None, None)]
    fields = [field for severity, _, field, *_ in problems(project) if severity == "error"]
    expected = ["A", "B", *["C"] * 5, "K", "None", "X", "X", "externalId", "geometry", "jsonResponse"]
    assert sorted(map(str, fields)) == expected
    assert dict(project.labels.select("label_id", "n_unread").rows())["l2"] == 1
    assert project.sources.select("n_records", "n_skipped").row(0) == (3, 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[{}]", "no 'externalId' in the first record"),
        ('[{"externalId": "a"}]', "no list 'labels' and no 'latestLabel' in the first record"),
        ("<a/>", "no JSON"),
    ],
)
def test_refusals(text, reason, tmp_path):
    (tmp_path / "x").write_text(text)
    with pytest.raises(FormatError) as error:
        read(tmp_path / "x")
    assert error.value.refusals["kili"] == reason


def test_answers_of_no_known_form_and_frames_beyond_reason_are_counted(tmp_path):
    shape = {"annotations": [{"mid": "m", "type": "marker", "point": {"x": 0.5, "y": 0.5}, "categories": []}]}
    responses = [
        {"1": {"JOB": shape}, "99999999999": {"JOB": shape}},
        {"JOB": {"ranking": ["a", "b"]}},
        {"JOB": {}, "OTHER": {"isKeyFrame": True}},
        {"NER": {"annotations": [{"beginOffset": 10**400, "endOffset": 5, "mid": "n", "categories": []}]}},
    ]
    labels = [
        {"id": f"l{k}", "labelType": "DEFAULT", "author": {"email": f"{k}@example.org"}, "jsonResponse": response}
        for k, response in enumerate(responses)
    ]
    (tmp_path / "kili.json").write_text(json.dumps([{"externalId": "a", "labels": labels}]))
    project = read(tmp_path / "kili.json")
    assert project.annotations.height == 0
    assert project.labels["n_unread"].to_list() == [2, 1, 0, 1]
    told = [(severity, found) for severity, _, _, found, _, _ in problems(project) if severity in ("error", "note")]
    assert ("note", "'answer without categories, text or annotations'") in told
    assert [severity for severity, _ in told].count("error") == 1
