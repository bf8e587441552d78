"""The demo project: its shape, its determinism, and that what is asked for is what comes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from labelqa.errors import UsageError
from labelqa.project import Project
from labelqa.simulation import demo, truth


@pytest.fixture(scope="module")
def project() -> Project:
    return demo(assets=1000, labelers=6, seed=4)


def test_every_asset_is_labeled_by_three_different_labelers(project: Project) -> None:
    submitted = project.labels.filter(pl.col("role") == "submitted")
    per_asset = submitted.group_by("asset_id").agg(n=pl.len(), n_labelers=pl.col("labeler").n_unique())
    assert per_asset.height == project.assets.height == 1000
    assert per_asset["n"].unique().to_list() == per_asset["n_labelers"].unique().to_list() == [3]


@pytest.mark.parametrize(("labelers", "expected"), [(1, 1), (2, 2), (3, 3), (4, 3), (40, 3)])
def test_fewer_labelers_make_fewer_labels(labelers: int, expected: int) -> None:
    project = demo(assets=60, labelers=labelers)
    assert project.labels.filter(pl.col("role") == "submitted").height == 60 * expected
    assert project.labelers.filter(pl.col("labeler") != "expert@example.com").height == min(labelers, 40)


def test_work_is_shared_out_evenly(project: Project) -> None:
    counts = project.labels.filter(pl.col("role") == "submitted")["labeler"].value_counts()["count"]
    assert len(counts) == 6
    assert counts.is_between(440, 560).all()


def test_benchmark_is_the_experts_and_covers_about_15_percent(project: Project) -> None:
    benchmark = project.labels.filter(pl.col("role") == "benchmark")
    assert 110 < benchmark.height < 190
    assert benchmark["labeler"].unique().to_list() == ["expert@example.com"]
    assert benchmark["asset_id"].is_unique().all()


def test_skipped_labels_hold_no_annotations(project: Project) -> None:
    skipped = project.labels.filter(pl.col("status") == "skipped")
    assert 10 < skipped.height < 120
    assert project.annotations.join(skipped, on="label_id", how="semi").height == 0
    answered = project.labels.filter(pl.col("status") == "submitted")
    weather = project.annotations.filter(pl.col("class") == "weather")
    assert sorted(weather["label_id"]) == sorted(answered["label_id"])


def test_boxes_are_finite_ordered_and_inside_the_frame(project: Project) -> None:
    boxes = np.stack(project.annotations.filter(pl.col("kind") == "bbox")["geometry"].to_list())
    assert boxes.shape[1] == 4
    assert np.isfinite(boxes).all()
    assert (boxes[:, :2] < boxes[:, 2:]).all()
    assert (boxes >= 0).all()
    assert (boxes <= [1280, 720, 1280, 720]).all()


def test_some_assets_are_empty_and_some_are_crowded(project: Project) -> None:
    boxes = project.annotations.filter((pl.col("role") == "benchmark") & (pl.col("kind") == "bbox"))
    n_truth = project.labels.filter(pl.col("role") == "benchmark").join(
        boxes.group_by("label_id").len(), on="label_id", how="left"
    )["len"]
    assert n_truth.null_count() > 3
    assert (n_truth >= 10).sum() > 5


def test_classes_differ_in_frequency_and_size(project: Project) -> None:
    boxes = project.annotations.filter(pl.col("kind") == "bbox").with_columns(
        height=pl.col("geometry").list.get(3) - pl.col("geometry").list.get(1)
    )
    per_class = boxes.group_by("class").agg(n=pl.len(), height=pl.col("height").median()).sort("n", descending=True)
    assert per_class["class"].head(2).to_list() == ["car", "person"]
    height = dict(per_class.select("class", "height").iter_rows())
    assert height["traffic light"] < height["car"] < height["person"]


def test_questions_have_only_declared_answers(project: Project) -> None:
    answers = {cls: set(declared) for cls, declared in project.ontology.select("class", "answers").iter_rows()}
    assert project.ontology["declared"].all()
    questions = project.annotations.filter(pl.col("kind") != "bbox")
    for cls, kind, answer in questions.select("class", "kind", "answer").unique().iter_rows():
        assert set(answer) <= answers[cls]
        assert answer == sorted(set(answer))
        assert len(answer) == 1 if kind == "choice" else len(answer) >= 1


def test_time_is_three_weeks_of_working_days(project: Project) -> None:
    labels = project.labels.filter(pl.col("role") == "submitted")
    days = labels["created_at"].dt.date()
    assert days.dt.weekday().is_between(1, 5).all()
    assert days.n_unique() == 15
    assert (days.max() - days.min()).days == 18
    assert labels["seconds"].min() > 0
    idle = labels.filter(pl.col("seconds") >= 10_000)
    assert 3 < idle.height < 40
    assert labels["seconds"].median() < 60


def test_pilot_batch_is_labeled_first(project: Project) -> None:
    labels = project.labels.join(project.assets, on="asset_id").filter(pl.col("role") == "submitted")
    last = labels.filter(pl.col("batch") == "pilot")["created_at"].max()
    assert last < labels.filter(pl.col("batch") == "main")["created_at"].min()


def test_benchmark_labels_are_no_ones_work(project: Project) -> None:
    benchmark = project.labels.filter(pl.col("role") == "benchmark")
    assert benchmark["seconds"].null_count() == benchmark.height


def test_reviews_follow_quality(project: Project) -> None:
    reviews = project.reviews
    submitted = project.labels.filter((pl.col("role") == "submitted") & (pl.col("status") == "submitted"))
    assert 0.15 < reviews.height / submitted.height < 0.25
    assert reviews.join(submitted, on="label_id", how="semi").height == reviews.height
    reviewed = submitted.filter(pl.col("review_seconds").is_not_null())
    assert sorted(reviewed["label_id"]) == sorted(reviews["label_id"])
    later = reviews.join(submitted, on="label_id", suffix="_label")
    assert (later["created_at"] > later["created_at_label"]).all()
    accepted = reviews.group_by("labeler").agg(share=(pl.col("verdict") == "accepted").mean())
    share = dict(accepted.join(truth(6, 4), on="labeler").select("profile", "share").iter_rows())
    assert share["careless"] < share["careful"] - 0.2


def test_assets_carry_what_they_can_be_sliced_by(project: Project) -> None:
    assert set(project.assets["batch"]) == {"main", "pilot"}
    assert project.assets["dataset"].unique().to_list() == ["streets"]
    pairs = project.assets.explode("metadata").unnest("metadata")
    assert set(pairs["key"]) == {"camera", "lighting"}
    assert set(pairs["value"]) == {"front", "left", "right", "day", "dusk", "night"}
    assert project.select(metadata={"lighting": "night"}).assets.height > 50


def test_reading_it_raises_no_problem(project: Project) -> None:
    assert project.problems.height == 0
    assert project.sources.select("file", "format", "n_records").row(0) == ("demo", "demo", 1000)


def test_same_arguments_give_the_same_project() -> None:
    assert demo(assets=50, labelers=5, seed=9).equals(demo(assets=50, labelers=5, seed=9))
    assert truth(5, 9).equals(truth(5, 9))


def test_another_seed_gives_another_project() -> None:
    assert not demo(assets=50, seed=1).annotations.equals(demo(assets=50, seed=2).annotations)
    assert not truth(seed=1).equals(truth(seed=2))


def test_an_asset_is_the_same_however_many_are_asked_for() -> None:
    few, many = demo(assets=20, seed=3), demo(assets=120, seed=3)
    part = many.select(assets=few.assets["asset_id"])
    for table in ("assets", "labels", "annotations", "reviews"):
        assert getattr(few, table).equals(getattr(part, table)), table


def test_no_assets_make_an_empty_project() -> None:
    project = demo(assets=0)
    assert (project.assets.height, project.labels.height, project.annotations.height) == (0, 0, 0)
    assert project.ontology.height == 7


@pytest.mark.parametrize("seed", [-1, 0, 2**64 - 1, 2**80])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    assert demo(assets=3, seed=seed).assets.height == 3


def test_numpy_numbers_are_whole_numbers() -> None:
    assert demo(assets=np.int32(5), labelers=np.uint8(2), seed=np.int64(3)).equals(demo(5, 2, 3))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"assets": -1}, "at least 0 as assets; found -1"),
        ({"labelers": 0}, "at least 1 as labelers; found 0"),
        ({"assets": 2.5}, "a whole number as assets; found 2.5"),
        ({"labelers": "many"}, "a whole number as labelers; found 'many'"),
        ({"seed": None}, "a whole number as seed; found None"),
    ],
)
def test_wrong_arguments_are_told(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        demo(**arguments)  # type: ignore[arg-type]
