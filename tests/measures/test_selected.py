"""A part of scores: that of assets is what scoring them alone gives; that of labels keeps whom they met."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import labelqa

TABLES = (
    "project",
    "labelers",
    "assets",
    "labels",
    "classes",
    "attributes",
    "agreement",
    "confusion",
    "pairs",
    "matches",
)


@pytest.fixture(scope="module")
def project():
    return labelqa.demo(assets=90, labelers=5, seed=4)


@pytest.fixture(scope="module")
def scores(project):
    return labelqa.score(project)


@pytest.mark.parametrize("interval", ["cluster", "exact"])
@pytest.mark.parametrize("table", TABLES)
def test_some_assets_are_scored_as_by_themselves(project, table, interval):
    batch = project.assets["batch"].drop_nulls()[0]
    found = getattr(labelqa.score(project, interval=interval).select(batches=batch), table)
    alone = getattr(labelqa.score(project.select(batches=batch), interval=interval), table)
    assert alone.height > 0 or table == "attributes"
    assert_frame_equal(found, alone, check_exact=True)


def test_some_projects_are_scored_as_by_themselves(project):
    other = labelqa.demo(assets=30, labelers=4, seed=9)
    renamed = {
        name: other.tables[name].with_columns(pl.lit("other").alias("project_id")) for name in ("assets", "ontology")
    }
    both = labelqa.Project.concat([project, labelqa.Project({**other.tables, **renamed})])
    found, alone = labelqa.score(both).select(projects="other"), labelqa.score(both.select(projects="other"))
    assert found.project["project_id"].to_list() == ["other"]
    for table in TABLES:
        assert_frame_equal(getattr(found, table), getattr(alone, table), check_exact=True)


def test_everything_is_the_whole(scores):
    for table in TABLES:
        assert_frame_equal(getattr(scores.select(), table), getattr(scores, table), check_exact=True)


def test_a_labeler_keeps_partners_and_benchmark(scores):
    who = scores.labelers["labeler"][1]
    found = scores.select(labelers=who)
    assert_frame_equal(found.labelers, scores.labelers.filter(pl.col("labeler") == who), check_exact=True)
    assert found.labels["labeler"].unique().to_list() == [who]
    mine = scores.labels.filter((pl.col("labeler") == who) & (pl.col("role") == "submitted"))
    assert found.project["n_labels"][0] == scores.labelers.filter(pl.col("labeler") == who)["n_labels"][0]
    assert found.project["consensus"][0] == pytest.approx(
        mine.group_by("asset_id").agg(pl.col("consensus").mean())["consensus"].mean()
    )
    assert found.project["n_assets"][0] == mine["asset_id"].n_unique() == found.assets.height
    sides = found.agreement.select((pl.col("labeler_a") == who) | (pl.col("labeler_b") == who)).to_series()
    assert sides.all()
    assert_frame_equal(
        found.agreement, scores.agreement.filter((pl.col("labeler_a") == who) | (pl.col("labeler_b") == who))
    )


def test_days_split_the_labels(scores, project):
    labels = project.labels.filter(pl.col("role") == "submitted")
    middle: datetime = labels["created_at"].median()
    before, after = scores.select(until=middle), scores.select(since=middle)
    assert before.project["n_labels"][0] + after.project["n_labels"][0] == scores.project["n_labels"][0]
    assert before.labelers["n_pairs"].sum() + after.labelers["n_pairs"].sum() == scores.labelers["n_pairs"].sum()
    late = labels.filter(pl.col("created_at") >= middle)["label_id"]
    expected = scores.labels.filter(pl.col("label_id").is_in(late.implode()))
    assert after.project["benchmark"][0] == pytest.approx(
        expected.group_by("asset_id").agg(pl.col("benchmark").mean())["benchmark"].mean()
    )
    classes = after.classes.filter(pl.col("consensus").is_not_null())
    assert classes.height
    assert (classes["n_annotations"] <= scores.classes["n_annotations"].max()).all()


def test_winners_are_the_assets_own(scores):
    found = scores.select(labelers=scores.labelers["labeler"][0]).assets
    whole = scores.assets.join(found, on="asset_id", how="semi", maintain_order="left")
    assert_frame_equal(
        found.select("asset_id", "winning_label", "agreement_rate"),
        whole.select("asset_id", "winning_label", "agreement_rate"),
    )


def test_nothing_left_has_no_number(scores):
    found = scores.select(since=datetime(1990, 1, 1, tzinfo=UTC), until=datetime(1990, 1, 1, tzinfo=UTC) + timedelta(1))
    assert found.labels.is_empty()
    assert found.project.is_empty()
    assert found.labelers.is_empty()


def test_an_unknown_name_is_refused(scores):
    with pytest.raises(labelqa.UsageError, match="no labeler 'nobody'"):
        scores.select(labelers="nobody")


def test_an_unknown_condition_is_refused(scores):
    with pytest.raises(TypeError, match="labeler"):
        scores.select(labeler="ann")


@pytest.mark.parametrize("scheme", [None, "labelbox", "label_studio", "regions"])
@pytest.mark.parametrize("wanted", [["car"], ["person", "weather"], ["truck", "car", "hazards"]])
def test_classes_are_scored_as_by_themselves_but_for_pairs_without_them(project, scheme, wanted):
    leaving_out = labelqa.Scheme.of(scheme).as_dict() | {"both_empty": "leave_out"}
    part = labelqa.score(project, scheme).select(classes=wanted)
    alone = labelqa.score(project.select(classes=wanted), leaving_out)
    measures = ["consensus", "benchmark", "precision", "recall", "f1", "accuracy", "mean_iou"]
    ends = [f"{name}_{end}" for name in measures for end in ("low", "high")]
    counts = ["n_labels", "n_annotations", "n_drawn", "n_expected", "n_matched"]
    assert part.project["consensus"][0] is not None
    for table in ("project", "labelers"):
        columns = [*measures, *ends, *(name for name in counts if name in getattr(part, table).columns)]
        assert_frame_equal(getattr(part, table).select(columns), getattr(alone, table).select(columns))
    for table in ("classes", "assets", "labels", "agreement"):
        assert_frame_equal(getattr(part, table), getattr(alone, table))
    seen = ("label_a", "label_b", "agreement", "n_matched")
    counted = alone.pairs.filter(~pl.col("both_empty"))
    assert_frame_equal(part.pairs.select(seen), counted.select(seen))


def test_a_class_is_scored_as_in_the_table_of_classes(scores):
    for name in scores.classes.filter(pl.col("kind") == "bbox")["class"].to_list():
        found, row = scores.select(classes=name), scores.classes.filter(pl.col("class") == name)
        for measure in ("consensus", "consensus_low", "benchmark", "benchmark_high", "precision", "recall", "f1"):
            assert found.project[measure][0] == row[measure][0]
        assert found.project["n_annotations"][0] == row["n_annotations"][0]


def test_what_a_class_is_taken_for_stays_to_be_seen(scores):
    found = scores.select(classes="car")
    either = (pl.col("class_a") == "car") | (pl.col("class_b") == "car")
    assert_frame_equal(found.matches, scores.matches.filter(either))
    assert found.matches.filter(pl.col("class_a") != pl.col("class_b")).height
    assert_frame_equal(found.confusion, scores.confusion.filter(either))


def test_selections_of_selections_add_up(scores):
    who, batch = scores.labelers["labeler"][1], scores.comparison.project.assets["batch"].drop_nulls()[0]
    at_once = scores.select(labelers=who, batches=batch, classes=["car", "truck"])
    for found in (
        scores.select(classes=["car", "truck"]).select(batches=batch).select(labelers=who),
        scores.select(labelers=who).select(classes=["car", "truck"]).select(batches=batch),
        scores.select(batches=batch).select(labelers=who, classes=["car", "truck"]),
    ):
        for table in TABLES:
            assert_frame_equal(getattr(found, table), getattr(at_once, table), check_exact=True)


def test_roles_are_scored_as_by_themselves(project, scores):
    found, alone = scores.select(roles="submitted"), labelqa.score(project.select(roles="submitted"))
    assert found.project["benchmark"].to_list() == [None]
    for table in ("labelers", "labels", "classes", "agreement", "confusion", "pairs", "matches"):
        assert_frame_equal(getattr(found, table), getattr(alone, table), check_exact=True)
    assert scores.select(roles="benchmark").labelers.is_empty()
