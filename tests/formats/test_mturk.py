"""Mechanical Turk: which asset, where the answer is, whose, when, and what the requester thought of it."""

import csv
from datetime import UTC, datetime

import pytest

from labelqa import read
from labelqa.errors import FormatError, InputError
from tests.formats.miniatures import HERE, problems

FOLDER = HERE / "mturk"
BASE = ("HITId", "WorkerId", "AssignmentId")


def rows(project, **only):
    names = ["label_id", "kind", "class", "geometry", "answer"]
    found = project.annotations.filter(**only).select(names).rows()
    return [(*row[:3], row[3] or None, row[4]) for row in found]


def batch(folder, columns, *answers, name="batch.csv"):
    with (folder / name).open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*BASE, *columns])
        writer.writerows([f"H{n}", f"W{n}", f"A{n}", *cells] for n, cells in enumerate(answers))
    return folder / name


def kinds(project):
    return dict(project.annotations.select("class", "kind").unique().rows())


def test_who_when_how_long_and_the_verdict():
    project = read(FOLDER / "crowd.csv")
    assert project.assets.select("asset_id", "name", "width", "height", "batch").rows() == [
        ("https://x.org/a/1.jpg", "1.jpg", 640, 480, "77")
    ]
    assert project.assets["metadata"].item().to_list() == [{"key": "caption", "value": "one"}]
    assert project.labels.select("label_id", "labeler", "created_at", "seconds").rows() == [
        ("A1", "W1", datetime(2020, 10, 7, 18, 33, 53, tzinfo=UTC), 30.0),
        ("A2", "W2", datetime(2020, 10, 7, 18, 40, tzinfo=UTC), 12.5),
    ]
    assert project.reviews.select("verdict", "created_at").rows() == [
        ("accepted", datetime(2020, 10, 8, 17, tzinfo=UTC)),
        ("rejected", datetime(2020, 10, 9, 14, tzinfo=UTC)),
    ]


def test_what_crowd_elements_give():
    project = read(FOLDER / "crowd.csv")
    assert (
        sorted(rows(project, label_id="A1"), key=lambda row: (row[1], row[2]))
        == [
            ("A1", "bbox", "cat", [10.0, 20.0, 110.0, 220.0], None),
            ("A1", "bbox", "dog", [5.0, 5.0, 6.0, 7.0], None),
            ("A1", "checklist", "parts", None, ["head", "tail"]),
            ("A1", "checklist", "tags", None, ["a", "b"]),
            ("A1", "choice", "mood", None, ["good"]),
            ("A1", "choice", "note", None, ["fine"]),
            ("A1", "choice", "sure", None, ["yes"]),
            ("A1", "choice", "weather", None, ["sunny"]),
            ("A1", "point", "eye", [7.0, 8.0], None),
            ("A1", "polygon", "sky", [0.0, 0.0, 9.0, 0.0, 9.0, 9.0], None),
            ("A1", "polyline", "road", [1.0, 2.0, 3.0, 4.0], None),
            ("A1", "span", "person", [0.0, 5.0], None),
        ]
        or rows(project, label_id="A1")[0][3] == []
    )
    assert sorted((row[2], row[4][0]) for row in rows(project, label_id="A2")) == [
        ("mood", "bad"),
        ("sure", "no"),
        ("weather", "rain"),
    ]
    assert [(problem[0], problem[3]) for problem in problems(project) if problem[0] == "note"] == [("note", "'mask'")]
    assert dict(project.labels.select("label_id", "n_unread").rows()) == {"A1": 1, "A2": 0}


def test_columns():
    project = read(FOLDER / "columns.csv")
    assert project.assets.select("asset_id", "width", "height").rows() == [("H2", 640, 480), ("H3", None, None)]
    assert rows(project, kind="bbox") == [("A3", "bbox", "cat", [10.0, 20.0, 110.0, 220.0], None)]
    assert kinds(project) == {
        "cat": "bbox", "mood": "choice", "colours": "checklist", "quality": "choice", "comment": "text"
    }  # fmt: skip
    assert [row[4] for row in rows(project, **{"class": "colours"})] == [["blue", "red"], ["red"]]
    assert project.reviews.is_empty()  # approved by lapse of time is nobody's verdict
    assert project.labels.height == 2
    assert [problem[:3] for problem in problems(project)] == [("note", None, "WorkerId")]


def test_a_plan_says_otherwise(tmp_path):
    path = batch(
        tmp_path,
        ["Input.a", "Input.b", "Answer.q", "Answer.r", "Answer.s"],
        ["1", "x", "5", "7", "no"],
        ["2", "x", "?", "7", "no"],
    )
    (tmp_path / "mturk.toml").write_text('asset = "b"\n[answers]\nq = "rating"\nr = "number"\ns = "skip"\n')
    for source in (tmp_path, [path, tmp_path / "mturk.toml"]):
        project = read(source)
        assert project.assets["asset_id"].to_list() == ["x"]
        assert kinds(project) == {"q": "rating", "r": "number"}
        assert sorted(row[3] for row in rows(project)) == [[5.0], [7.0], [7.0]]
        errors = [problem[1:5] for problem in problems(project) if problem[0] == "error"]
        assert errors == [(2, "Answer.q", "'?'", "a number; the answer is left out")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[answers]\nq = "stars"\n', "'stars'"),
        ("asset = 7\n", "asset = a column"),
        ('asset = "c"\n', "Input.a, Input.b"),
    ],
)
def test_a_plan_that_cannot_be(text, said, tmp_path):
    batch(tmp_path, ["Input.a", "Input.b", "Answer.q"], ["1", "x", "5"])
    (tmp_path / "mturk.toml").write_text(text)
    with pytest.raises(InputError, match=said):
        read(tmp_path)


def test_a_plan_alone_is_no_export():
    assert [problem[0] for problem in problems(read(FOLDER / "mturk.toml"))] == ["error"]


@pytest.mark.parametrize(
    ("inputs", "asset"),
    [(["x"], "x0"), (["x", "Image_URL"], "Image_URL0"), (["id", "url"], "url0"), (["x", "y"], "H0"), ([], "H0")],
)
def test_which_column_names_the_asset(inputs, asset, tmp_path):
    path = batch(
        tmp_path, [*(f"Input.{name}" for name in inputs), "Answer.q"], [*(f"{name}0" for name in inputs), "yes"]
    )
    assert read(path).assets["asset_id"].to_list() == [asset]


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["a", "b"] * 30, "choice"),
        ([str(n % 5) for n in range(60)], "choice"),
        (["a|b", "a"], "checklist"),
        ([f"word {n}" for n in range(30)], "text"),
        ([str(n / 7) for n in range(30)], "number"),
        (["a", "b" * 61], "text"),
        (["a\nb", "a"], "text"),
    ],
)
def test_the_kind_of_plain_answers(answers, kind, tmp_path):
    project = read(batch(tmp_path, ["Answer.q"], *([answer] for answer in answers)))
    assert kinds(project) == {"q": kind}
    assert project.annotations.height == len(answers)


def test_the_kind_of_a_question_is_the_same_in_all_files(tmp_path):
    paths = [
        batch(tmp_path, ["Answer.q"], ["a|b"], name="1.csv"),
        batch(tmp_path, ["Input.x", "Answer.q"], ["u", "a"], name="2.csv"),
    ]
    (tmp_path / "2.csv").write_text((tmp_path / "2.csv").read_text().replace("A0", "A9"))
    assert read(paths).annotations["kind"].to_list() == ["checklist", "checklist"]


def test_what_is_wrong_is_listed_and_costs_its_answer():
    project = read(FOLDER / "faults.csv")
    assert rows(project) == [("A5", "choice", "q", None, ["x"]), ("A6", "choice", "q", None, ["[not json"])]
    listed = [(severity, record, field) for severity, record, field, *_ in problems(project)]
    assert listed.count(("error", 1, "Answer.boxes.boundingBoxes")) == 3
    assert listed.count(("error", 1, "geometry")) == 1
    assert listed.count(("error", 2, "Answer.boxes.polygons")) == 1
    assert ("error", 3, "Input.text") in listed
    assert {("warning", 1, "created_at"), ("warning", 2, "created_at"), ("warning", 1, "WorkTimeInSeconds"),
            ("warning", 2, "seconds")} <= set(listed)  # fmt: skip
    assert dict(project.labels.select("label_id", "n_unread").rows()) == {"A5": 4, "A6": 1}
    assert project.sources.select("n_records", "n_skipped").row(0) == (3, 1)


def test_json_that_is_deep_is_no_answer(tmp_path):
    deep = '{"a":' * 100 + "1" + "}" * 100
    project = read(batch(tmp_path, ["Answer.q", "Answer.r"], [deep, "[" * 100_000]))
    assert project.labels.height == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("HITId,WorkerId\n", "no column 'AssignmentId'"),
        ("a,b\n", "no column 'HITId'"),
        ("[]", "no CSV with a header"),
        ("x = 1\n", "no CSV with a header"),
    ],
)
def test_refusals(text, reason, tmp_path):
    (tmp_path / "x").write_text(text)
    with pytest.raises(FormatError) as error:
        read(tmp_path / "x")
    assert error.value.refusals["mturk"] == reason
