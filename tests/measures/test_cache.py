"""What was worked out before: the same numbers without comparing, and nothing for another project, scheme or code."""

import json

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import labelqa
from labelqa.measures import cache as module
from labelqa.measures import score as scoring
from labelqa.measures.workforce.findings import search
from labelqa.project import entries

TABLES = scoring.TABLES


@pytest.fixture(autouse=True)
def least(monkeypatch):
    monkeypatch.setattr(module, "LEAST_ANNOTATIONS", 10)


@pytest.fixture(scope="module")
def project():
    return labelqa.demo(assets=60, labelers=4, seed=3)


def no_comparing(monkeypatch):
    def refuse(*_):
        raise AssertionError("compared again")

    monkeypatch.setattr(scoring.Scoring, "score", refuse)
    monkeypatch.setattr(search, "findings", refuse)


@pytest.mark.parametrize("scheme", [None, "label_studio", "coco", "regions"])
@pytest.mark.parametrize("interval", ["cluster", "exact"])
def test_the_second_time_gives_the_same_without_comparing(project, tmp_path, monkeypatch, scheme, interval):
    first = labelqa.score(project, scheme, interval=interval, cache=tmp_path)
    no_comparing(monkeypatch)
    again = labelqa.Project({name: table.rechunk() for name, table in project.tables.items()})
    found = labelqa.score(again, scheme, interval=interval, cache=tmp_path)
    for table in TABLES:
        assert_frame_equal(getattr(found, table), getattr(first, table), check_exact=True)
    who = project.labelers["labeler"][0]
    for table in TABLES:
        one, other = (getattr(scores.select(labelers=who), table) for scores in (found, first))
        assert_frame_equal(one, other, check_exact=True)
    assert found.how == first.how


def test_findings_are_looked_for_once(project, tmp_path, monkeypatch):
    first = labelqa.workforce(project, cache=tmp_path)
    expected = labelqa.workforce(project)
    for name in ("findings", "evidence", "detectors"):
        assert_frame_equal(getattr(first, name), getattr(expected, name))
    no_comparing(monkeypatch)
    found = labelqa.workforce(project, cache=tmp_path)
    for name in ("findings", "evidence", "detectors"):
        assert_frame_equal(getattr(found, name), getattr(expected, name))
    for other in ({"cap": 1.0}, {"false_alarms": 0.2}):
        with pytest.raises(AssertionError, match="compared again"):
            _ = labelqa.workforce(project, cache=tmp_path, **other).findings


@pytest.mark.parametrize("change", ["answer", "geometry", "role", "class"])
def test_another_project_is_compared_anew(project, tmp_path, change):
    labelqa.score(project, cache=tmp_path)
    tables = dict(project.tables)
    if change == "class":
        tables["ontology"] = tables["ontology"].with_columns(pl.col("class").replace("car", "auto"))
    elif change == "role":
        tables["labels"] = tables["labels"].with_columns(role=pl.lit("submitted", tables["labels"].schema["role"]))
    else:
        first = pl.int_range(pl.len()) == pl.col(change).is_not_null().arg_max()
        by = {"answer": pl.lit(["rain"]), "geometry": pl.col("geometry").list.eval(pl.element() + 1e-9)}
        tables["annotations"] = tables["annotations"].with_columns(
            pl.when(first).then(by[change]).otherwise(pl.col(change)).alias(change)
        )
    other = labelqa.Project(tables)
    assert other.digest != project.digest
    found, expected = labelqa.score(other, cache=tmp_path), labelqa.score(other)
    assert_frame_equal(found.matches, expected.matches)


def test_other_schemes_and_other_code_have_entries_of_their_own(project, tmp_path, monkeypatch):
    labelqa.score(project, cache=tmp_path)
    labelqa.score(project, {"denominator": "dice"}, cache=tmp_path)
    monkeypatch.setattr(module, "code", lambda *_: "other")
    labelqa.score(project, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("pairs", "label_a", 10**6),
        ("pairs", "relation", 7),
        ("rows", "a", 10**6),
        ("rows", "a", -2),
        ("rows", "pair", 10**6),
        ("rows", "pair", -1),
        ("rows", "outcome", 9),
    ],
)
def test_rows_that_are_not_there_are_not_believed(project, tmp_path, table, column, value):
    expected = labelqa.score(project, cache=tmp_path)
    (entry,) = tmp_path.iterdir()
    path = entry / f"{table}.parquet"
    frame = pl.read_parquet(path)
    frame[5, column] = value
    frame.write_parquet(path)
    listed = json.loads((entry / "entry.json").read_text())
    (entry / "entry.json").write_text(json.dumps({**listed, table: entries._digest(path)}))
    found = labelqa.score(project, cache=tmp_path)
    assert_frame_equal(found.matches, expected.matches)


def test_small_projects_are_not_kept(project, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LEAST_ANNOTATIONS", 10**6)
    assert labelqa.workforce(project, cache=tmp_path / "cache").findings is not None
    assert not (tmp_path / "cache").exists()


def test_a_part_is_no_project(project):
    part = labelqa.score(project).select(labelers=project.labelers["labeler"][0])
    with pytest.raises(labelqa.UsageError, match="of a part"):
        labelqa.workforce(project, scores=part)


def test_rows_of_one_project_do_not_depend_on_chunks(project):
    cut = {name: pl.concat([table[:3], table[3:]], rechunk=False) for name, table in project.tables.items()}
    assert labelqa.Project(cut).digest == project.digest
    assert len({labelqa.demo(10, 2, seed).digest for seed in range(3)}) == 3
