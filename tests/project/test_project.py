"""Projects: what is merged, what is listed, parts, sums and Parquet."""

from datetime import UTC, datetime

import polars as pl
import pytest

from labelqa.errors import InputError, UsageError
from labelqa.formats.read import read
from labelqa.project import Builder, Project, schema
from labelqa.project import parquet as parquet_folder
from tests.conftest import random_project


@pytest.fixture
def project():
    return random_project(5)


def built(*labels, **asset):
    """Make a project of one asset and labels given as keyword dicts with boxes."""
    builder = Builder()
    builder.source("f.json", "test")
    builder.asset("p", "x", **asset)
    for number, (label_id, labeler, boxes) in enumerate(labels, 1):
        label = builder.label("p", "x", label_id, labeler, record=number)
        for box in boxes:
            builder.bbox(label, "car", *box)
    return builder.project()


def test_tables_have_the_documented_columns(project):
    for name, columns in schema.TABLES.items():
        assert dict(project.tables[name].schema) == schema.dtypes(columns), name
        for column, meaning in columns.items():
            assert meaning.nullable or project.tables[name][column].null_count() == 0, (name, column)


def test_parquet_round_trip_without_loss(project, tmp_path):
    project.write(tmp_path / "out")
    assert read(tmp_path / "out").equals(project)
    project.write(tmp_path / "out")  # over an earlier one
    assert parquet_folder.read(tmp_path / "out").equals(project)


def test_write_leaves_other_folders_alone(project, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="holds no labelqa project"):
        project.write(tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        project.write(tmp_path / "thesis.txt")


def test_a_damaged_folder_is_an_error_that_names_the_file(project, tmp_path):
    project.write(tmp_path)
    (tmp_path / "labels.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(InputError, match=r"labels\.parquet"):
        read(tmp_path)
    project.write(tmp_path)
    (tmp_path / "project.json").write_text('{"schema": 99}')
    with pytest.raises(InputError, match="schema"):
        read(tmp_path)


def test_select_everything_is_the_same_project(project):
    assert project.select().equals(project)


def test_select_keeps_what_fits(project):
    cats = project.select(classes="cat")
    assert cats.annotations["class"].unique().to_list() == ["cat"]
    assert cats.labels.height == project.labels.height  # a label without cats says that there was none
    one = project.select(labelers=["p0", "p1"], roles="submitted")
    assert set(one.labels["labeler"]) == {"p0", "p1"}
    assert set(one.labels["role"].cast(pl.String)) == {"submitted"}
    asset = project.select(assets="a1")
    assert asset.assets["asset_id"].to_list() == ["a1"]
    expected = project.annotations.filter(pl.col("asset_id") == "a1")
    assert asset.annotations.equals(expected)
    early = project.select(since=datetime(2026, 1, 2, tzinfo=UTC), until=datetime(2026, 1, 4, tzinfo=UTC))
    assert set(early.labels["created_at"].dt.day()) == {2, 3}


def test_select_by_batch_and_metadata():
    builder = Builder()
    builder.source("f", "test")
    builder.asset("p", "x", batch="one", metadata=[("camera", "front")])
    builder.asset("p", "y", batch="two", metadata=[("camera", "rear"), ("night", "yes")])
    project = builder.project()
    assert project.select(batches="two").assets["asset_id"].to_list() == ["y"]
    assert project.select(metadata={"camera": "front"}).assets["asset_id"].to_list() == ["x"]
    assert project.select(metadata={"camera": "rear", "night": "no"}).assets.height == 0


def test_unknown_names_are_errors_with_a_suggestion(project):
    with pytest.raises(UsageError, match=r"no class 'cats'.*did you mean 'cat'"):
        project.select(classes="cats")
    with pytest.raises(UsageError, match="no labeler 'expert'"):
        project.with_benchmark("expert")


def test_concat_of_parts_is_the_whole(project):
    parts = [project.select(assets=[f"a{k}"]) for k in range(6)]
    whole = Project.concat(parts[::-1])
    for name in ("assets", "labels", "annotations", "labelers", "ontology"):
        assert whole.tables[name].equals(project.tables[name]), name


def test_concat_of_a_project_with_itself_counts_nothing_twice(project):
    twice = Project.concat([project, project])
    for name in ("assets", "labels", "annotations", "labelers", "ontology"):
        assert twice.tables[name].equals(project.tables[name]), name
    doubled = twice.problems.filter(pl.col("field") == "label_id")
    assert doubled["n"].sum() == project.labels.height


def test_with_benchmark_changes_the_role(project):
    gold = project.with_benchmark("p0")
    assert set(gold.labels.filter(labeler="p0")["role"]) == {"benchmark"}
    assert gold.labels.filter(pl.col("labeler") != "p0").equals(project.labels.filter(pl.col("labeler") != "p0"))


def test_annotation_ids_are_derived_once_and_stay():
    project = built(("L", "ana", [(5, 5, 9, 9), (0, 0, 4, 4)]))
    assert project.annotations["annotation_id"].to_list() == ["L#0", "L#1"]
    assert project.annotations["geometry"].to_list() == [[0, 0, 4, 4], [5, 5, 9, 9]]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1e300, 1e8])
def test_impossible_coordinates_leave_the_annotation_out_and_are_listed(bad):
    project = built(("L", "ana", [(0, 0, 4, bad), (0, 0, 4, 4)]))
    assert project.annotations.height == 1
    problem = project.problems.row(0, named=True)
    assert (problem["severity"], problem["file"], problem["record"], problem["field"]) == (
        "error",
        "f.json",
        1,
        "geometry",
    )


def test_geometry_outside_the_frame_is_kept_and_listed():
    project = built(("L", "ana", [(-3, 0, 4, 4), (0, 0, 100.0000001, 4), (0, 0, 101, 4)]), width=100, height=50)
    assert project.annotations.height == 3
    assert project.problems["n"].sum() == 2  # rounding is not leaving


def test_many_problems_of_one_sort_are_counted_not_listed():
    project = built(("L", "ana", [(0, 0, 4, float("nan"))] * 1000))
    of_boxes = project.problems.filter(pl.col("field") == "geometry")
    assert of_boxes.height == 101
    assert of_boxes["n"].sum() == 1000


def test_of_labels_with_one_id_the_newest_stays_whatever_the_order():
    kept = []
    for order in (1, -1):
        builder = Builder()
        builder.source("f", "test")
        builder.asset("p", "x")
        for labeler, when in [("ana", "2026-01-01"), ("bob", "2026-02-01")][::order]:
            builder.bbox(builder.label("p", "x", "L", labeler, updated_at=when), labeler, 0, 0, 1, 1)
        project = builder.project()
        kept.append((project.labels["labeler"].to_list(), project.annotations["class"].to_list()))
        assert project.problems["n"].sum() == 1
    assert kept == [(["bob"], ["bob"])] * 2


def test_a_question_with_several_answers_anywhere_is_a_checklist_everywhere():
    builder = Builder()
    builder.source("f", "test")
    builder.asset("p", "x")
    builder.answer(builder.label("p", "x", "1", "ana"), "choice", "signs", ["stop"])
    builder.answer(builder.label("p", "x", "2", "bob"), "checklist", "signs", ["stop", "yield"])
    assert builder.project().annotations["kind"].to_list() == ["checklist", "checklist"]


def test_a_question_answered_twice_keeps_one_answer():
    builder = Builder()
    builder.source("f", "test")
    builder.asset("p", "x")
    label = builder.label("p", "x", "1", "ana")
    for answer in ("rain", "fog"):
        builder.answer(label, "choice", "weather", [answer])
    project = builder.project()
    assert project.annotations["answer"].to_list() == [["fog"]]
    assert project.problems["severity"].to_list() == ["error"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.5+02:00", datetime(2026, 1, 2, 1, 4, 5, 500000, tzinfo=UTC)),
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("yesterday", None),
    ],
)
def test_times(text, expected):
    builder = Builder()
    builder.source("f", "test")
    builder.asset("p", "x")
    builder.label("p", "x", "1", "ana", created_at=text)
    project = builder.project()
    assert project.labels["created_at"].to_list() == [expected]
    assert project.problems.height == (expected is None)


def test_an_empty_project_is_a_project():
    project = Builder().project()
    assert project.assets.height == 0
    assert project.annotations.height == 0
    assert project.select().equals(project)


def test_select_from_many_assets():
    builder = Builder()
    builder.source("f", "test")
    n = 20_000
    ids = pl.Series(range(n)).cast(pl.String)
    builder.assets_frame(pl.DataFrame({"asset_id": ids, "project_id": ["p"] * n, "metadata": [[]] * n}))
    builder.labels_frame(
        pl.DataFrame({"asset_id": ids, "label_id": ids, "project_id": ["p"] * n}).with_columns(
            labeler=pl.lit("ana"), role=pl.lit("submitted"), status=pl.lit("submitted")
        )
    )
    project = builder.project()
    assert project.select().equals(project)
    assert project.select(assets=["7", "9"]).labels["label_id"].to_list() == ["7", "9"]
