"""Scores of a stored project, part by part, are those of the project in memory, to the bit."""

import polars as pl
import pytest

import labelqa
from labelqa.measures.score import LARGE, TABLES
from labelqa.measures.score_stored import score_stored
from labelqa.project import Builder, parts, stored_project
from labelqa.project.stored_project import Stored
from labelqa.project.tables import Folder
from tests.conftest import random_project
from tests.project.test_stored import seal


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "ANNOTATIONS_AT_ONCE", 23)
    monkeypatch.setattr(stored_project, "_AT_ONCE", 10)


def linked_project():
    """Boxes with attributes and links between them, by three labelers and a benchmark, in two projects."""
    builder = Builder()
    builder.source("made", "test")
    for k in range(24):
        project, asset = f"p{k % 2}", f"asset {k // 2}"
        builder.asset(project, asset, width=100, height=100)
        for who in range(4):
            role = "benchmark" if who == 3 else "submitted"
            label = builder.label(project, asset, f"{k}/{who}", None if who == 2 and k == 5 else f"w{who}", role=role)
            for n in range(2 + (k + who) % 3):
                left = 20 * n + (k * who) % 5
                builder.bbox(
                    label, "cat" if (n + who * k) % 7 else "dog", left, 0, left + 15, 15, annotation_id=f"m{n}"
                )
                builder.annotation(
                    label, "choice", "tame", answer=["yes" if (who + n) % 2 else "no"], parent_id=f"m{n}"
                )
            builder.annotation(label, "relation", "next to", answer=["m0", "m1"], annotation_id="link")
            builder.answer(label, "choice", "weather", ["sun" if k % (who + 1) else "rain"])
    return builder.project()


PROJECTS = {
    "boxes and questions": lambda: random_project(3, n_assets=30),
    "links and attributes": linked_project,
    "generated": lambda: labelqa.demo(assets=25, labelers=4, seed=5),
    "one label each": lambda: random_project(4, n_assets=20, n_labelers=1),
}


def assert_same(found, expected, tables=TABLES):
    for name in tables:
        assert getattr(found, name).equals(getattr(expected, name)), name
        assert found.scan(name).collect().equals(getattr(expected, name)), name
    assert found.how == expected.how
    for name in LARGE:
        assert found.kept.height(name) == getattr(expected, name).height


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
@pytest.mark.parametrize("options", [{}, {"interval": "bootstrap", "seed": 3}, {"interval": "exact"}], ids=str)
def test_scores_are_those_in_memory(tmp_path, project, options):
    project = project()
    project.write(tmp_path / "project")
    found = score_stored(tmp_path / "project", tmp_path / "scores", tables=LARGE, **options)
    assert len(Stored.of(Folder(tmp_path / "project")).bounds) > 3
    assert_same(found, labelqa.score(project, **options))
    assert sorted(path.name for path in (tmp_path / "scores").iterdir()) == sorted(f"{name}.parquet" for name in LARGE)


@pytest.mark.parametrize("scheme", ["labelbox", "label_studio", "coco", "cvat", "macro", {"both_empty": "leave_out"}])
def test_under_every_scheme(tmp_path, scheme):
    project = linked_project()
    project.write(tmp_path / "project")
    found = score_stored(tmp_path / "project", tmp_path / "scores", scheme)
    assert_same(found, labelqa.score(project, scheme))  # the match table, which was not written, is made when looked at


def test_other_labelers_may_be_the_benchmark(tmp_path):
    project = random_project(8, n_assets=20)
    project.write(tmp_path / "project")
    who = project.labelers["labeler"][1]
    expected = labelqa.score(project.with_benchmark(who))
    found = score_stored(Stored.of(Folder(tmp_path / "project")).with_benchmark(who), tmp_path / "scores")
    assert_same(found, expected)
    assert found.problems.equals(expected.problems)
    with pytest.raises(labelqa.UsageError, match="no labeler 'nobody'"):
        Stored.of(Folder(tmp_path / "project")).with_benchmark("nobody")


def test_a_project_without_labels_or_assets(tmp_path):
    project = random_project(0)
    for number, empty in enumerate((project.select(labelers=[]), project.select(assets=[]))):
        empty.write(tmp_path / f"project {number}")
        assert_same(score_stored(tmp_path / f"project {number}", tmp_path / f"{number}"), labelqa.score(empty))


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("assets", lambda frame: frame.reverse(), "assets by asset_id and project_id"),
        ("labels", lambda frame: frame.reverse(), "row numbers below 6, ascending"),
        ("annotations", lambda frame: frame.with_columns(label=pl.col("label") + 10_000), "row numbers below"),
        ("annotations", lambda frame: frame.with_columns(concept=pl.lit(99, pl.UInt32)), "a row of the table ontology"),
        ("labels", lambda frame: frame.with_columns(n_unread=pl.lit(-1, pl.Int64)), "a count"),
        ("assets", lambda frame: frame.drop("width"), "columns"),
        ("labelers", lambda frame: frame.with_columns(is_model=pl.lit(1)), "columns"),
    ],
)
def test_tables_of_no_project_are_told(tmp_path, table, change, told):
    random_project(0).write(tmp_path / "project")
    file = tmp_path / "project" / f"{table}.parquet"
    change(pl.read_parquet(file)).write_parquet(file)
    with pytest.raises(labelqa.InputError, match="the file that the manifest tells of"):
        score_stored(tmp_path / "project", tmp_path / "scores")
    seal(tmp_path / "project")
    with pytest.raises(labelqa.InputError, match=told) as error:
        score_stored(tmp_path / "project", tmp_path / "scores")
    assert f"{table}.parquet" in str(error.value)


def test_faults_name_the_row_of_the_whole_table(tmp_path):
    project = random_project(3, n_assets=30)
    project.write(tmp_path / "project")
    file = tmp_path / "project" / "annotations.parquet"
    row = project.tables["annotations"].height - 2
    spoilt = pl.when(pl.int_range(pl.len()) == row).then(7.0).otherwise("score")
    pl.read_parquet(file).with_columns(score=spoilt).write_parquet(file)
    seal(tmp_path / "project")
    for look in (score_stored, lambda source, _: labelqa.read(source)):
        with pytest.raises(labelqa.InputError, match="a confidence from 0 to 1") as error:
            look(tmp_path / "project", tmp_path / "scores")
        assert f"record {row + 1}" in str(error.value)


def test_tables_that_cannot_be_written_are_told(tmp_path):
    random_project(0, n_assets=20).write(tmp_path / "project")
    (tmp_path / "scores" / "pairs.parquet").mkdir(parents=True)
    with pytest.raises(labelqa.UsageError, match="cannot be written to"):
        score_stored(tmp_path / "project", tmp_path / "scores")
    with pytest.raises(labelqa.UsageError, match="no large table 'pears'"):
        score_stored(tmp_path / "project", tmp_path / "scores", tables=["pears"])
    with pytest.raises(labelqa.UsageError, match="A table of scores is one of"):
        score_stored(tmp_path / "project", tmp_path / "other", tables=[]).scan("pears")
