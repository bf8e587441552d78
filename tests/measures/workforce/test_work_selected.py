"""The work of a part: the labels looked at, counted as in the whole."""

from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import labelqa

RATES = {"currency": "EUR", "default": {"per_hour": 20}}
SAME = ("project", "labelers", "timeline", "labeler_timeline", "classes", "batches", "datasets", "labels")


@pytest.fixture(scope="module")
def team():
    return labelqa.workforce(labelqa.demo(assets=120, labelers=5, seed=2), rates=RATES)


@pytest.mark.parametrize("table", SAME)
def test_everything_is_the_whole(team, table):
    assert_frame_equal(getattr(team.select(), table), getattr(team, table), check_exact=True)


@pytest.mark.parametrize("table", SAME)
def test_a_labeler_is_counted_as_in_the_whole(team, table):
    who = team.labelers["labeler"][2]
    found = getattr(team.select(labelers=who), table)
    whole = getattr(team, table)
    assert found.height
    if "labeler" in found.columns:
        assert_frame_equal(found, whole.filter(pl.col("labeler") == who), check_exact=True)
    else:
        n = team.labelers.filter(pl.col("labeler") == who)["n_labels"][0]
        assert found["n_labels"].sum() >= n
        assert found.columns == whole.columns


def test_days_add_up(team):
    middle = team.labels["created_at"].sort()[team.labels.height // 2]
    parts = [team.select(until=middle), team.select(since=middle)]
    for column in ("n_labels", "n_annotations", "active_seconds", "cost"):
        assert sum(part.project[column][0] for part in parts) == pytest.approx(team.project[column][0])
    assert sum(part.timeline["n_labels"].sum() for part in parts) == team.timeline["n_labels"].sum()


def test_agreement_of_the_part_is_that_of_its_scores(team):
    batch = team.batches["batch"].drop_nulls()[0]
    found = team.select(batches=batch)
    assert found.project["consensus"][0] == found.scores.project["consensus"][0]
    assert found.scores.project["consensus"][0] != team.scores.project["consensus"][0]
    given = team.select(batches=batch, scores=found.scores)
    assert given.scores is found.scores
    assert_frame_equal(given.labelers, found.labelers)


def test_another_period_holds_the_same_labels(team):
    months = team.select(every="month")
    assert months.timeline.height < team.timeline.height
    assert months.timeline["n_labels"].sum() == team.timeline["n_labels"].sum()
    assert months.how["time"]["every"] == "month"


def test_findings_are_those_about_who_is_looked_at():
    project = labelqa.demo(assets=400, labelers=6, seed=0)
    team = labelqa.workforce(project)
    named = team.findings.filter(pl.col("labeler").is_not_null())
    assert named.height
    who = named["labeler"][0]
    other = next(name for name in team.labelers["labeler"] if name not in (*named["labeler"], *named["other"]))
    assert team.select(labelers=who).findings.filter(pl.col("labeler") == who).height
    assert team.select(labelers=other).findings["labeler"].null_count() == team.select(labelers=other).findings.height
    found = team.select(labelers=who)
    assert set(found.evidence["number"]) <= set(found.findings["number"])


def test_nothing_left_is_nothing(team):
    found = team.select(until=datetime(1990, 1, 1, tzinfo=UTC))
    assert found.labelers.is_empty()
    assert found.timeline.is_empty()
    assert found.labels.is_empty()


def test_of_a_class_quality_changes_and_work_does_not(team):
    found = team.select(classes="car")
    for column in ("n_labels", "n_annotations", "active_seconds", "cost"):
        assert_frame_equal(found.labelers.select("labeler", column), team.labelers.select("labeler", column))
    expected = labelqa.score(team.scores.comparison.project).select(classes="car")
    for table in ("project", "labelers"):
        ours, theirs = getattr(found, table), getattr(expected, table)
        assert (
            ours["benchmark"].to_list() == theirs["benchmark"].to_list() != getattr(team, table)["benchmark"].to_list()
        )
    assert found.classes["class"].to_list() == ["car"]
    assert_frame_equal(found.classes, team.classes.filter(pl.col("class") == "car"))
    assert_frame_equal(found.forecast, team.forecast)
    ranked = found.ranks.filter(pl.col("measure") == "benchmark").sort("labeler")["value"]
    scores = expected.labels.filter(pl.col("benchmark").is_not_null() & (pl.col("role") == "submitted"))
    assert ranked.to_list() == pytest.approx(
        scores.group_by("labeler").agg(pl.col("benchmark").mean()).sort("labeler")["benchmark"].to_list()
    )
    of_another = pl.col("class").is_not_null() & (pl.col("class") != "car") & pl.col("other_class").ne_missing("car")
    assert found.findings.filter(of_another).is_empty()
    assert_frame_equal(found.findings, team.findings.filter(~of_another))


@pytest.mark.parametrize("table", [*SAME, "ranks", "curves", "adjusted", "sittings"])
def test_selections_of_selections_add_up(team, table):
    who, day = team.labelers["labeler"][2], team.labels["created_at"].median()
    at_once = team.select(labelers=who, classes="car", since=day)
    for found in (
        team.select(classes="car").select(labelers=who).select(since=day),
        team.select(since=day).select(classes="car", every="day").select(labelers=who),
        team.select(
            labelers=who, classes="car", since=day, scores=team.scores.select(labelers=who, classes="car", since=day)
        ),
    ):
        assert_frame_equal(getattr(found, table), getattr(at_once, table), check_exact=True)


def test_without_the_benchmark_there_is_no_accuracy(team):
    found = team.select(roles="submitted")
    assert found.labelers["benchmark"].null_count() == found.labelers.height
    assert found.labelers["n_labels"].to_list() == team.labelers["n_labels"].to_list()
    assert set(found.ranks["measure"]) == set(team.ranks["measure"]) - {"benchmark"}


def test_a_table_nobody_looks_at_is_not_made(monkeypatch):
    from labelqa.measures.workforce import tables

    monkeypatch.setattr(tables, "fair_comparison", None)
    team = labelqa.workforce(labelqa.demo(assets=20, labelers=3, seed=2))
    assert team.select(labelers=team.labelers["labeler"][0]).timeline.height
    with pytest.raises(TypeError):
        _ = team.adjusted
